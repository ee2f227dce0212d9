"""The record on a phone in real Chromium: nothing typed is lost, with a closed tab or without a network."""

import os
from pathlib import Path

import pytest
from django.conf import settings
from django.test import Client
from playwright.sync_api import expect, sync_playwright

from inspections import fieldwork
from inspections.models import RecordAnswer
from tests.factories.fieldwork import account, jpeg, make_team_visit

PHONE = {"width": 360, "height": 740}
FLAGS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
]  # fmt: skip

pytestmark = [
    pytest.mark.browser,
    pytest.mark.django_db(transaction=True, serialized_rollback=True),
]


@pytest.fixture(scope="module")
def chromium():
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def visit(county, drafter):
    return make_team_visit(county, drafter)


@pytest.fixture
def record(visit):
    return fieldwork.start(visit, by=account(visit, 1))


@pytest.fixture
def phone(chromium, live_server, visit):
    """A browser context in which the first inspector is signed in."""
    client = Client()
    client.force_login(account(visit, 1))
    context = chromium.new_context(viewport=PHONE, locale="zh-CN", base_url=live_server.url)
    context.add_cookies(
        [
            {
                "name": settings.SESSION_COOKIE_NAME,
                "value": client.cookies[settings.SESSION_COOKIE_NAME].value,
                "url": live_server.url,
            }
        ]
    )
    yield context
    context.close()


@pytest.fixture
def open_record(phone, record):
    def open_it():
        page = phone.new_page()
        page.goto(f"/office/visits/{record.visit_id}/record/")
        return page

    return open_it


def says(page, words):
    expect(page.locator("#save-line [data-words]")).to_contain_text(words)


def shot(page, name):
    folder = os.environ.get("SCREENSHOTS")
    if folder:
        page.screenshot(path=Path(folder) / f"{name}.png", full_page=True)


def finding(record):
    return f"#field-finding-{record.answers.first().row_id}"


def answer(page, record, number, label):
    row = record.answers.all()[number - 1].row_id
    page.locator(f"#answers-{row}").get_by_text(label, exact=True).click()


def test_what_is_typed_is_stored_by_itself(open_record, record):
    page = open_record()
    says(page, "还没有填写")
    answer(page, record, 1, "不符合")
    page.fill(finding(record), "账册缺页")
    says(page, "已入库")
    stored = record.answers.first()
    assert (stored.answer, stored.finding) == ("violates", "账册缺页")
    assert page.evaluate("localStorage.length") == 0


def test_a_tab_closed_before_anything_was_sent_loses_nothing(open_record, record, phone):
    page = open_record()
    phone.set_offline(True)
    # A phone that ends a tab tells it nothing. A closing one would send once more, no longer held offline.
    page.evaluate("addEventListener('visibilitychange', event => event.stopImmediatePropagation(), true)")
    answer(page, record, 1, "不符合")
    page.fill(finding(record), "处方无签名")
    page.close()
    phone.set_offline(False)
    assert record.answers.first().finding == ""
    page = open_record()
    expect(page.locator(finding(record))).to_have_value("处方无签名")
    expect(page.locator("#record-notices")).to_contain_text("已找回")
    says(page, "已入库")
    assert record.answers.first().finding == "处方无签名"


def test_without_a_network_one_writes_on_and_it_is_sent_when_the_network_is_back(open_record, record, phone):
    page = open_record()
    phone.set_offline(True)
    answer(page, record, 1, "不符合")
    page.fill(finding(record), "离线填写")
    page.check("#field-certificates_shown")
    says(page, "未联网，先存在本机")
    shot(page, "offline-360")
    assert record.answers.first().finding == ""
    phone.set_offline(False)
    says(page, "已入库")
    assert record.answers.first().finding == "离线填写"
    record.refresh_from_db()
    assert record.certificates_shown_at < record.saved_at


def test_what_a_colleague_wrote_elsewhere_is_taken_in(open_record, record, visit):
    page = open_record()
    fieldwork.save(record, {"materials": "同事记的资料"}, revision=0, by=account(visit, 2))
    page.fill("#field-opinion", "我记的意见")
    says(page, "已入库")
    expect(page.locator("#field-materials")).to_have_value("同事记的资料")
    record.refresh_from_db()
    assert (record.materials, record.opinion) == ("同事记的资料", "我记的意见")


@pytest.mark.parametrize(("button", "kept"), [("保留本机的内容", "我的"), ("采用已入库的内容", "同事的")])
def test_where_both_wrote_the_person_decides(open_record, record, visit, button, kept):
    page = open_record()
    fieldwork.save(record, {"opinion": "同事的"}, revision=0, by=account(visit, 2))
    page.fill("#field-opinion", "我的")
    says(page, "等您选择")
    shot(page, "conflict-360")
    assert page.locator(".record-conflict li").all_inner_texts() == ["检查组意见"]
    page.get_by_role("button", name=button).click()
    expect(page.locator("#field-opinion")).to_have_value(kept)
    says(page, "已入库")
    record.refresh_from_db()
    assert record.opinion == kept


def test_the_rest_conforms_after_a_question(open_record, record):
    page = open_record()
    answer(page, record, 2, "不适用")
    page.get_by_role("button", name="其余全部符合").click()
    page.get_by_role("button", name="填为符合").click()
    expect(page.locator("[data-section=rows] [data-section-state]")).to_have_text("已完成")
    assert [one.answer for one in RecordAnswer.objects.all()] == ["conforms", "not_applicable", "conforms"]


def test_a_photo_appears_at_its_row_with_its_digest(open_record, record):
    page = open_record()
    row = record.answers.first().row_id
    page.set_input_files(
        f"[data-camera='{row}']", {"name": "a.jpg", "mimeType": "image/jpeg", "buffer": jpeg(640, 480)}
    )
    expect(page.locator(f"#answers-{row} .photo")).to_contain_text("已入库")
    assert record.attachments.get().row_id == row
    page.set_input_files(
        f"[data-camera='{row}']", {"name": "b.jpg", "mimeType": "image/jpeg", "buffer": b"no photo"}
    )
    expect(page.locator(f"#answers-{row} .photo.is-waiting")).to_contain_text("不是完整的照片")


def draw_a_signature(page):
    box = page.locator("#sign-canvas").bounding_box()
    x, y = box["x"], box["y"] + box["height"] / 2
    page.mouse.move(x + 30, y)
    page.mouse.down()
    for step in range(1, 12):
        page.mouse.move(x + 30 + step * 18, y + (30 if step % 2 else -30))
    page.mouse.up()


def sign(page, place, name=None):
    page.locator(f"#signature-{place} [data-sign]").click()
    if name:
        page.fill("#sign-name", name)
    draw_a_signature(page)
    shot(page, f"sign-{place if name else 'inspector'}-360")
    with page.expect_navigation():
        page.get_by_role("button", name="确认签名").click()


def test_a_whole_record_is_filled_in_signed_and_closed_on_a_phone(open_record, record, visit):
    page = open_record()
    shot(page, "empty-360")
    page.get_by_role("button", name="办结记录").click()
    page.get_by_role("button", name="办结", exact=True).click()
    expect(page.locator(".error-summary")).to_contain_text("没有填写到达时间")
    shot(page, "problems-360")
    for button in page.locator("[data-now]").all():
        button.click()
    for person in visit.members.all():
        page.check(f"#field-present-{person.inspector_id}")
    page.check("#field-certificates_shown")
    page.check("#field-rights_told")
    answer(page, record, 1, "不符合")
    page.fill(finding(record), "部分处方缺少医师签名，涉及三月门诊处方五张。")
    page.get_by_role("button", name="其余全部符合").click()
    page.get_by_role("button", name="填为符合").click()
    page.fill("#field-site_conditions", "正常营业，两名药师在岗。")
    says(page, "已入库")
    row = record.answers.first().row_id
    page.set_input_files(
        f"[data-camera='{row}']", {"name": "a.jpg", "mimeType": "image/jpeg", "buffer": jpeg(640, 480)}
    )
    expect(page.locator(f"#answers-{row} .photo")).to_contain_text("已入库")
    shot(page, "filled-360")
    page.set_viewport_size({"width": 1280, "height": 800})
    shot(page, "filled-1280")
    page.set_viewport_size(PHONE)
    for person in visit.members.all():
        sign(page, person.inspector_id)
    sign(page, "facility", "某负责人")
    shot(page, "signed-360")
    page.get_by_role("button", name="办结记录").click()
    page.get_by_role("button", name="办结", exact=True).click()
    expect(page.locator(".notices")).to_contain_text("已办结", timeout=30_000)
    shot(page, "visit-360")
    page.set_viewport_size({"width": 1280, "height": 800})
    shot(page, "visit-1280")
    page.goto(f"/office/visits/{visit.pk}/record/")
    shot(page, "closed-1280")
    page.goto("/office/visits/")
    shot(page, "visits-1280")
    page.set_viewport_size(PHONE)
    shot(page, "visits-360")
    assert visit.documents.count() == 1
    folder = os.environ.get("SCREENSHOTS")
    if folder:
        with visit.documents.get().file.open("rb") as file:
            (Path(folder) / "record.pdf").write_bytes(file.read())
