"""From the visit to what the public reads and can recompute."""

import datetime as dt
import json

from django.core.management import call_command
from django.utils import timezone
from playwright.sync_api import Page, expect

from inspections import fieldwork
from inspections.models import Draw, Visit
from inspections.states import VisitState
from inspections.verify_draw import first_difference
from tests.factories.fieldwork import account, fill, jpeg, sign_everything
from tests.journeys.planning_acts import decide, said, sure

FINDING = "部分处方缺少医师签名，涉及八月门诊处方五张。"
SUMMARY = "检查组两人到场逐项检查，发现部分处方缺少医师签名，已责令改正。"
PUBLIC_SUMMARY = "发现部分处方书写不规范，已责令限期改正。"


def plan_the_day(windows, page: Page, visit: Visit) -> None:
    page.goto("/office/")
    page.get_by_role("link", name="确定检查组组长和检查日期").click()
    page.goto(f"/office/visits/{visit.pk}/")
    page.get_by_label("计划检查日期").fill(str(timezone.localdate()))
    page.get_by_role("button", name="安排日期").click()
    expect(page.get_by_text(str(timezone.localdate()), exact=True).first).to_be_visible()
    page.goto("/office/visits/")
    windows.inspect(page, "visits")


def answer(page: Page, row: int, label: str) -> None:
    page.locator(f"#answers-{row}").get_by_text(label, exact=True).click()


def saved(page: Page) -> None:
    expect(page.locator("#save-line [data-words]")).to_contain_text("已入库")


def sign(page: Page, place, name: str = "") -> None:
    page.locator(f"#signature-{place} [data-sign]").click()
    if name:
        page.fill("#sign-name", name)
    box = page.locator("#sign-canvas").bounding_box()
    x, y = box["x"] + 30, box["y"] + box["height"] / 2
    page.mouse.move(x, y)
    page.mouse.down()
    for step in range(1, 12):
        page.mouse.move(x + step * 18, y + (30 if step % 2 else -30))
    page.mouse.up()
    with page.expect_navigation():
        page.get_by_role("button", name="确认签名").click()


def inspect_on_site(windows, page: Page, visit: Visit) -> None:
    """The leader's phone, from 工作台 to the closed record."""
    windows.inspect(page, "leader-home")
    page.locator("tr", has_text=visit.facility.name).get_by_role("link").click()
    page.get_by_role("button", name="开始检查").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("现场检查记录")
    windows.inspect(page, "record-empty")
    fill_in(windows, page, visit)
    for member in visit.members.filter(is_active=True):
        sign(page, member.inspector_id)
    sign(page, "facility", "某负责人")
    windows.inspect(page, "record-signed")
    page.get_by_role("button", name="办结记录").click()
    page.get_by_role("button", name="办结", exact=True).click()
    expect(page.locator(".notices")).to_contain_text("已办结", timeout=40_000)
    windows.inspect(page, "visit-ended")


def fill_in(windows, page: Page, visit: Visit) -> None:
    first, second = visit.record.answers.values_list("row_id", flat=True)[:2]
    for button in page.locator("[data-now]").all():
        button.click()
    for member in visit.members.filter(is_active=True):
        page.check(f"#field-present-{member.inspector_id}")
    page.check("#field-certificates_shown")
    page.check("#field-rights_told")
    page.fill("#field-site_conditions", "正常营业，两名药师在岗。")
    answer(page, first, "不符合")
    page.fill(f"#field-finding-{first}", FINDING)
    answer(page, second, "不适用")
    page.get_by_role("button", name="其余全部符合").click()
    page.get_by_role("button", name="填为符合").click()
    page.fill("#field-opinion", "责令限期改正。")
    saved(page)
    page.set_input_files(
        f"[data-camera='{first}']", {"name": "p.jpg", "mimeType": "image/jpeg", "buffer": jpeg(640, 480)}
    )
    expect(page.locator(f"#answers-{first} .photo")).to_contain_text("已入库")
    saved(page)
    windows.inspect(page, "record-filled")


def download_the_record(page: Page) -> None:
    with page.expect_download() as waiting:
        page.get_by_role("link", name="现场检查记录", exact=True).click()
    assert waiting.value.suggested_filename.endswith(".pdf")
    assert waiting.value.path().read_bytes().startswith(b"%PDF")


def report(windows, page: Page) -> None:
    page.get_by_role("link", name="写检查报告").click()
    expect(page.get_by_text(FINDING)).to_be_visible()
    page.get_by_label("发现问题已责令改正").check()
    page.get_by_label("责令改正并跟踪").check()
    page.get_by_label("检查情况", exact=False).first.fill(SUMMARY)
    page.get_by_label("向社会公示的检查情况").fill(PUBLIC_SUMMARY)
    windows.inspect(page, "report")
    page.get_by_role("button", name="提交审批").click()
    said(page, "提交")


def approve_report(windows, page: Page) -> None:
    page.goto("/office/")
    page.locator("tr", has_text="审批检查报告").get_by_role("link").click()
    expect(page.get_by_text(SUMMARY)).to_be_visible()
    windows.inspect(page, "approval-of-the-report")
    decide(page, "审批检查报告")


def publish_result(windows, staff: Page, colleague: Page, public: Page, visit: Visit) -> None:
    staff.goto("/office/")
    staff.get_by_role("link", name="拟定结果公示").click()
    windows.inspect(staff, "notice-prepared")
    staff.get_by_role("button", name="提交复核").click()
    expect(staff.get_by_text("须由另一人复核")).to_be_visible()
    expect(staff.get_by_role("button", name="复核通过")).to_have_count(0)
    colleague.goto("/office/")
    colleague.get_by_role("link", name="复核公示").click()
    windows.inspect(colleague, "notice-checked")
    colleague.get_by_role("button", name="复核通过").click()
    expect(colleague.locator(".page-header")).to_contain_text("待发布")
    assert public.request.get(f"/results/{visit.pk}/").status == 404
    staff.reload()
    sure(staff, "发布", "发布")
    expect(staff.locator(".page-header")).to_contain_text("已公示")
    windows.inspect(staff, "notice-published")


def end_the_other_visits(draw: Draw) -> None:
    """The other teams go the same way, by the verbs that their pages call."""
    now = timezone.now()
    for visit in draw.visits.filter(state=VisitState.ASSIGNED):
        by = account(visit, 1)
        record = fieldwork.start(visit, by=by, now=now)
        values = {"arrived_at": now, "left_at": now + dt.timedelta(hours=1)}
        later = values["left_at"]
        record = fill(record, by=by, now=later, **values)
        sign_everything(record, by=by, now=later)
        fieldwork.close(record, by=by, now=later)


def read_as_the_public(windows, page: Page, visit: Visit) -> None:
    name = visit.facility.name
    page.goto("/")
    windows.inspect(page, "public-home")
    page.get_by_role("searchbox").fill(name)
    page.get_by_role("button", name="查一查").click()
    expect(page.get_by_role("link", name=name)).to_be_visible()
    windows.inspect(page, "public-search")
    page.get_by_role("link", name="卫东区医疗保障局").click()
    expect(page.locator(".verdict")).to_contain_text("发现问题已责令改正")
    expect(page.get_by_text(PUBLIC_SUMMARY)).to_be_visible()
    windows.inspect(page, "public-result")
    page.get_by_role("link", name=visit.draw.number).click()
    expect(page.get_by_role("heading", level=1)).to_have_text(visit.draw.number)


def verify_the_draw(windows, page: Page, draw: Draw, folder, capsys) -> None:
    """What an outsider does with nothing but the public page."""
    expect(page.get_by_role("heading", name="检查人员调换")).to_be_visible()
    windows.inspect(page, "public-draw")
    with page.expect_download() as waiting:
        page.get_by_role("link", name="下载证据文件").click()
    file = folder / "evidence.json"
    waiting.value.save_as(file)
    assert first_difference(json.loads(file.read_bytes()), expected_seal_digest=draw.seal_digest) is None
    call_command("verify_draw", str(file), seal_digest=draw.seal_digest)
    assert "核验通过" in capsys.readouterr().out
