"""From the Excel files to the teams that were drawn, each act by the person whose work it is."""

from playwright.sync_api import Page, expect

from inspections.models import Draw, TeamMember, Visit
from registries.models import Inspector
from tests.cast import make_user
from tests.factories import workbooks
from tests.factories.draws import DICE

GRADES = "A" * 12 + "B" * 9 + "C" * 6 + "D" * 3
INSPECTORS = range(1, 7)
TASK = "定点医药机构常规检查"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def said(page: Page, words: str) -> None:
    """The message about what was just done."""
    expect(page.locator(".notices")).to_contain_text(words)


def sure(page: Page, button: str, answer: str) -> None:
    """Presses a button that asks first."""
    page.get_by_role("button", name=button, exact=True).click()
    page.locator("#confirm-dialog").get_by_role("button", name=answer, exact=True).click()


def upload(page: Page, title: str, filename: str, content: bytes) -> None:
    page.goto("/office/registries/imports/")
    page.get_by_label("名单种类").select_option(label=title)
    page.get_by_label("文件").set_input_files({"name": filename, "mimeType": XLSX, "buffer": content})
    page.get_by_role("button", name="上传并检查").click()
    expect(page.get_by_role("heading", level=1)).to_have_text(f"检查结果：{filename}")


def stat(page: Page, label: str):
    return page.locator(".stat", has_text=label).locator(".stat-count")


def take_in(page: Page, title: str, filename: str, content: bytes, *, new: int) -> None:
    """Upload, read the report, confirm."""
    upload(page, title, filename, content)
    expect(stat(page, "将新增")).to_have_text(str(new))
    expect(stat(page, "问题")).to_have_text("0")
    sure(page, "确认导入", "导入")
    said(page, f"“{filename}”已导入")
    expect(stat(page, "已新增")).to_have_text(str(new))


def publish_items(page: Page, count: int) -> None:
    page.get_by_role("link", name=f"公布这 {count} 项").click()
    page.get_by_role("button", name="全部公布").click()
    said(page, f"已公布 {count} 项抽查事项")


def import_lists(windows, page: Page) -> None:
    rows = [workbooks.facility_row(n, 信用等级=f"{grade}级") for n, grade in enumerate(GRADES, 1)]
    spoilt = workbooks.facility_row(99, 国家医保编码="P41040312")
    upload(page, "定点医药机构", "机构（有误）.xlsx", workbooks.facilities([*rows, spoilt]))
    expect(page.get_by_text("名单没有写入")).to_be_visible()
    windows.inspect(page, "a-list-with-a-mistake")
    take_in(page, "定点医药机构", "机构.xlsx", workbooks.facilities(rows), new=len(rows))
    windows.inspect(page, "facilities-taken-in")
    people = [workbooks.inspector_row(n) for n in INSPECTORS]
    take_in(page, "执法检查人员", "人员.xlsx", workbooks.inspectors(people), new=len(people))
    take_in(page, "抽查事项", "清单004.xlsx", workbooks.items_004(), new=1)
    publish_items(page, 1)
    take_in(page, "抽查事项", "清单003.xlsx", workbooks.items_003(), new=2)
    publish_items(page, 2)
    windows.inspect(page, "items")
    page.goto("/office/registries/facilities/")
    expect(page.get_by_text(f"共 {len(rows)} 条")).to_be_visible()
    windows.inspect(page, "facilities")


def link_accounts(windows, page: Page, county) -> None:
    """The accounts are there; staff say on the inspector's page whose they are."""
    for n, inspector in zip(INSPECTORS, Inspector.objects.order_by("number"), strict=True):
        user = make_user(f"jiancha{n}", inspector.name, county, "inspector")
        page.goto(f"/office/registries/inspectors/{inspector.pk}/")
        page.get_by_role("button", name="更多").click()
        page.get_by_role("link", name="关联登录账号").click()
        page.get_by_label("登录账号").select_option(str(user.pk))
        page.get_by_role("button", name="保存").click()
        expect(page.get_by_text(user.username, exact=True)).to_be_visible()
    windows.inspect(page, "inspector")


def draft_plan(windows, page: Page) -> None:
    page.goto("/office/plans/")
    windows.shot(page, "no-plan-yet")
    page.get_by_role("link", name="编制年度计划").click()
    page.get_by_label("工作要求").fill("一次完成，检查人员不少于两人，如实记录。")
    page.get_by_label("纪律要求").fill("廉洁执法，不得妨碍正常经营。")
    windows.shot(page, "plan-form")
    page.get_by_role("button", name="保存").click()
    page.get_by_role("link", name="增加抽查任务").first.click()
    page.get_by_label("任务名称").fill(TASK)
    page.get_by_label(f"{TASK}（第1版）").check()
    for grade, percent in zip("ABCD", ("5", "10", "15", "20"), strict=True):
        expect(page.get_by_label(f"{grade}级比例（%）")).to_have_value(percent)
    expect(page.get_by_label("全年抽取次数")).to_have_value("2")
    windows.inspect(page, "task-form")
    page.get_by_role("button", name="保存").click()
    expect(page.get_by_role("heading", name=f"1. {TASK}")).to_be_visible()
    windows.inspect(page, "plan-drafted")
    sure(page, "提交审批", "提交审批")
    expect(page.locator(".page-header")).to_contain_text("待审批")


def decide(page: Page, title: str, *, refuse: str = "") -> None:
    """A supervisor opens what waits on 工作台 and decides."""
    page.goto("/office/")
    page.locator("tr", has_text=title).get_by_role("link").click()
    if refuse:
        page.get_by_label("退回理由").fill(refuse)
        page.get_by_role("button", name="退回", exact=True).click()
        said(page, "已退回")
    else:
        page.get_by_role("button", name="同意", exact=True).click()
        said(page, "已同意")


def return_amend_and_approve_the_plan(windows, staff: Page, supervisor: Page) -> None:
    windows.inspect(supervisor, "supervisor-home")
    supervisor.get_by_role("link", name="审批年度计划").click()
    windows.inspect(supervisor, "approval-of-the-plan")
    assert staff.request.get(supervisor.url).status == 403
    decide(supervisor, "审批年度计划", refuse="请写明公示时限。")
    staff.goto("/office/")
    staff.get_by_role("link", name="修改被退回的年度计划").click()
    expect(staff.locator(".page-header")).to_contain_text("已退回")
    expect(staff.locator(".timeline")).to_contain_text("请写明公示时限。")
    staff.get_by_role("button", name="更多").click()
    staff.get_by_role("link", name="修改标题和要求").click()
    staff.get_by_label("工作要求").fill("一次完成，检查人员不少于两人，20个工作日内公示。")
    staff.get_by_role("button", name="保存").click()
    sure(staff, "提交审批", "提交审批")
    expect(staff.get_by_role("link", name="去审批")).to_have_count(0)
    decide(supervisor, "审批年度计划")
    windows.inspect(supervisor, "approvals")


def publish_plan(windows, page: Page) -> None:
    page.goto("/office/")
    page.get_by_role("link", name="公布年度计划").click()
    sure(page, "公布计划", "公布")
    expect(page.locator(".page-header")).to_contain_text("已公布")
    expect(page.get_by_text("卫医保抽查〔2026〕1号", exact=True)).to_be_visible()
    windows.inspect(page, "plan-published")


def seal(windows, page: Page) -> Draw:
    page.get_by_role("link", name="封存名单").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("封存名单（第1轮，共2轮）")
    windows.inspect(page, "before-the-seal")
    page.locator("form.form-page").get_by_role("button", name="封存名单").click()
    page.locator("#confirm-dialog").get_by_role("button", name="确定").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("卫医保抽〔2026〕1号")
    windows.inspect(page, "sealed")
    return Draw.objects.get()


def witness(windows, page: Page) -> None:
    windows.shot(page, "witness-home")
    page.get_by_role("link", name="到场见证抽取").click()
    windows.inspect(page, "ceremony-sealed")
    page.get_by_role("link", name="输入见证内容").click()
    page.get_by_label("随机内容").fill(DICE)
    windows.shot(page, "witness-speaks")
    page.get_by_role("button", name="确认在场并提交").click()
    expect(page.locator("[data-witnesses] li")).to_contain_text("冯见证")


def hold(windows, page: Page, draw: Draw, onlooker: Page) -> None:
    """Staff hold the draw; the witness's screen follows by itself."""
    page.get_by_role("link", name="打开抽取现场").click()
    page.locator("[data-hold]").click()
    page.get_by_role("button", name="现在抽取").click()
    expect(page.locator(".ceremony-figure")).to_contain_text("家机构抽中")
    drawn = list(draw.visits.order_by("position").values_list("facility__name", flat=True))
    for screen in (page, onlooker):
        expect(screen.locator("[data-results] b")).to_have_text(drawn)
    windows.inspect(page, "ceremony-drawn")
    page.goto(f"/office/draws/{draw.pk}/")
    expect(page.get_by_text("系统秘密数和种子不向任何人显示")).to_be_visible()
    windows.inspect(page, "drawn")


def ask_for_recusal(windows, page: Page, member: TeamMember) -> None:
    page.goto("/office/visits/?mine=on")
    page.get_by_role("link", name=member.visit.facility.name, exact=True).click()
    page.get_by_role("link", name=f"申请调换 {member.inspector.name}").click()
    page.get_by_label("执法回避").check()
    page.get_by_label("具体情况").fill("配偶在该机构任职。")
    windows.inspect(page, "recusal")
    page.get_by_role("button", name="提交调换申请").click()
    expect(page.locator("#swaps + ul")).to_contain_text("执法回避：配偶在该机构任职。")


def approve_recusal(windows, page: Page, member: TeamMember) -> Visit:
    page.goto("/office/")
    page.locator("tr", has_text="审批检查人员调换").get_by_role("link").click()
    windows.inspect(page, "approval-of-the-swap")
    decide(page, "审批检查人员调换")
    visit = Visit.objects.get(pk=member.visit_id)
    substitute = visit.members.get(place=member.place, is_active=True).inspector
    assert substitute != member.inspector
    page.goto(f"/office/visits/{visit.pk}/")
    expect(page.locator("#swaps + ul")).to_contain_text(f"{member.inspector.name} 换为 {substitute.name}")
    expect(page.locator(".team-list")).to_contain_text(f"{member.inspector.name}（已调换，不再参加）")
    windows.inspect(page, "visit-after-the-swap")
    return visit
