"""The pages of the registries: each shows what its reader may see, offers what the reader may do, and no more."""

import datetime as dt

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from registries import facilities, inspectors, interests, items, trail
from registries.checklists import Row, standard_rows
from registries.models import (
    Facility,
    InspectionItem,
    Inspector,
    ItemVersion,
    TrailEntry,
)
from tests.cast import make_user
from tests.factories import (
    id_number,
    insurance_code,
    make_facility,
    make_inspector,
    make_item,
    social_credit_code,
)

pytestmark = pytest.mark.django_db

FACILITY = {
    "insurance_code": insurance_code(1),
    "social_credit_code": social_credit_code(1),
    "name": "光明路诊所",
    "kind": "clinic",
    "level": "none",
    "address": "光明路1号",
    "agreement_status": "active",
    "grade": "B",
    "grade_source": "2025年度信用评价",
    "phone": "13800000001",
}
INSPECTOR = {
    "kind": "inspector",
    "unit": "卫东区医疗保障局",
    "name": "检查员甲",
    "post": "科员",
    "id_number": id_number(1),
    "sex": "男",
    "phone": "13900000001",
    "qualifications": "临床、会计",
}
ITEM = {
    "name": "定点医药机构常规检查",
    "list_kind": "double_random",
    "legal_basis": "《医疗保障基金使用监督管理条例》",
    "inspecting_body": "区医疗保障局",
    "category": "ordinary",
    "target": "定点医药机构",
    "method": "实地检查",
    "ratio_a_bp": "5",
    "ratio_b_bp": "10",
    "ratio_c_bp": "12.5",
    "ratio_d_bp": "20",
    "frequency_per_year": "2",
}


def url(name, *args):
    return reverse(f"registries:{name}", args=args)


def text(response):
    return response.content.decode()


def queries(client, address):
    with CaptureQueriesContext(
        connection,
    ) as captured:
        assert client.get(address).status_code == 200
    return len(captured)


@pytest.fixture
def staff(drafter, signed_in):
    return signed_in(drafter)


def test_a_facility_is_registered_on_its_page(staff, county):
    response = staff.post(url("facility_create"), FACILITY | {"tags": "透析、中医理疗"})
    facility = Facility.objects.get()
    assert response.url == url("facility", facility.pk)
    assert (facility.bureau, facility.grade) == (county, "B")
    assert {tag.name for tag in facility.tags.all()} == {"透析", "中医理疗"}


def test_all_problems_of_a_form_are_shown_at_once(staff):
    response = staff.post(
        url("facility_create"), FACILITY | {"insurance_code": "H1", "social_credit_code": "9"}
    )
    assert set(response.context["form"].errors) == {"insurance_code", "social_credit_code"}
    assert not Facility.objects.exists()


def test_a_code_registered_meanwhile_is_refused_at_its_field(staff, neighbour):
    make_facility(neighbour, 1, insurance_code=FACILITY["insurance_code"])
    response = staff.post(url("facility_create"), FACILITY)
    assert list(response.context["form"].errors) == ["insurance_code"]


def test_an_edit_form_does_not_bring_the_phone_to_the_screen_and_blank_keeps_it(staff, county):
    facility = make_facility(county, 1, phone="13812345678")
    page = staff.get(url("facility_amend", facility.pk))
    assert "13812345678" not in text(page)
    assert "138****5678" in text(page)
    changed = page.context["form"].initial | {"address": "新华路9号", "phone": ""}
    staff.post(url("facility_amend", facility.pk), {k: v for k, v in changed.items() if v is not None})
    facility.refresh_from_db()
    assert (facility.address, facility.phone) == ("新华路9号", "13812345678")


def test_the_second_of_two_browsers_is_told_what_the_first_one_changed(staff, colleague, signed_in, county):
    facility = make_facility(county, 1)
    form = staff.get(url("facility_amend", facility.pk)).context["form"].initial
    form = {name: value for name, value in form.items() if value is not None}
    staff.post(url("facility_amend", facility.pk), form | {"address": "甲地"})
    second = signed_in(colleague).post(url("facility_amend", facility.pk), form | {"address": "乙地"})
    assert "周经办" in text(second)
    assert "对方改成" in text(second)
    assert Facility.objects.get().address == "甲地"


@pytest.mark.parametrize(
    ("page", "values", "event"),
    [
        ("facility_agreement", {"status": "suspended", "reason": "整改"}, "变更协议状态"),
        ("facility_regrade", {"grade": "D", "source": "处罚", "effective_on": "2026-01-05"}, "变更信用等级"),
        ("facility_blacklist", {"reason": "骗保"}, "列入黑名单"),
    ],
)
def test_standing_is_changed_on_pages_of_its_own(staff, county, page, values, event):
    facility = make_facility(county, 1)
    assert staff.get(url(page, facility.pk)).status_code == 200
    assert staff.post(url(page, facility.pk), values).url == url("facility", facility.pk)
    assert trail.about(facility).get().event == event
    assert event in text(staff.get(url("facility", facility.pk)))


def test_a_blacklisted_facility_is_taken_out_on_the_same_page(staff, drafter, county):
    facility = facilities.blacklist(make_facility(county, 1), reason="骗保", by=drafter)
    assert "移出黑名单" in text(staff.get(url("facility_blacklist", facility.pk)))
    staff.post(url("facility_blacklist", facility.pk), {"reason": "期限届满"})
    facility.refresh_from_db()
    assert not facility.is_blacklisted


def test_lists_show_no_personal_data_and_details_show_it_masked(staff, county):
    facility = make_facility(county, 1, phone="13812345678")
    inspector = make_inspector(county, 1, phone="13912345678")
    shown = [text(staff.get(url(name))) for name in ("facilities", "inspectors")]
    details = text(staff.get(url("facility", facility.pk))) + text(staff.get(url("inspector", inspector.pk)))
    for secret in ("13812345678", "13912345678", id_number(1)):
        assert secret not in "".join(shown) + details
    for masked in ("138****5678", "139****5678"):
        assert masked in details
        assert masked not in "".join(shown)


@pytest.mark.parametrize("kind", ["facility", "inspector"])
def test_the_original_is_shown_once_for_a_purpose_and_leaves_a_trace(staff, county, kind):
    make = {"facility": make_facility, "inspector": make_inspector}[kind]
    row = make(county, 1, phone="13912345678")
    address = url(f"{kind}_reveal", row.pk)
    assert "13912345678" not in text(staff.get(address))
    assert "13912345678" not in text(staff.post(address, {"purpose": ""}))
    assert not TrailEntry.objects.exists()
    response = staff.post(address, {"purpose": "通知到岗"})
    assert "13912345678" in text(response)
    assert "no-store" in response["Cache-Control"]
    assert trail.about(row).get().note == "用途：通知到岗"
    assert "13912345678" not in text(staff.get(url(kind, row.pk)))


def test_those_without_the_permission_are_not_offered_the_original(signed_in, approver, county):
    inspector = make_inspector(county, 1)
    client = signed_in(approver)
    assert url("inspector_reveal", inspector.pk) not in text(client.get(url("inspector", inspector.pk)))
    assert client.post(url("inspector_reveal", inspector.pk), {"purpose": "好奇"}).status_code == 403


def test_a_supervisor_reads_and_is_offered_no_change(signed_in, approver, county):
    facility = make_facility(county, 1)
    client = signed_in(approver)
    page = text(client.get(url("facility", facility.pk)))
    assert facility.name in page
    assert url("facility_amend", facility.pk) not in page
    assert client.get(url("facility_amend", facility.pk)).status_code == 403


def test_the_bureau_above_reads_and_does_not_change(signed_in, city_staff, county):
    facility, inspector = make_facility(county, 1), make_inspector(county, 1)
    client = signed_in(city_staff)
    for name, row in (("facility", facility), ("inspector", inspector)):
        assert client.get(url(name, row.pk)).status_code == 200
        assert url(f"{name}_amend", row.pk) not in text(client.get(url(name, row.pk)))
        assert client.get(url(f"{name}_amend", row.pk)).status_code == 403


@pytest.mark.parametrize("page", ["facility", "facility_amend", "facility_agreement", "facility_reveal"])
def test_a_strangers_facility_does_not_exist(signed_in, outsider, county, page):
    facility = make_facility(county, 1)
    assert signed_in(outsider).get(url(page, facility.pk)).status_code == 404


@pytest.mark.parametrize("page", ["inspector", "inspector_amend", "inspector_status", "inspector_reveal"])
def test_a_strangers_inspector_does_not_exist(signed_in, outsider, county, page):
    inspector = make_inspector(county, 1)
    assert signed_in(outsider).get(url(page, inspector.pk)).status_code == 404


def test_facilities_are_found_by_name_and_code_and_filtered(staff, county):
    clinic = make_facility(county, 1, name="光明路诊所", grade="B")
    pharmacy = make_facility(county, 2, name="光明大药房", kind="pharmacy")
    ended = make_facility(county, 3, name="建设路门诊部", kind="outpatient", agreement_status="ended")

    def found(**wanted):
        return list(staff.get(url("facilities"), wanted).context["page"])

    assert found(q="光明") == [clinic, pharmacy]
    assert found(q=ended.insurance_code) == [ended]
    assert found(kind="pharmacy") == [pharmacy]
    assert found(grade="B") == [clinic]
    assert found(agreement="ended") == [ended]
    assert found(blacklist="yes") == []
    assert found(q="光明", sort="-grade") == [clinic, pharmacy]


def test_inspectors_are_filtered_by_speciality_and_status(staff, county):
    first = make_inspector(county, 1, qualifications=["临床"])
    second = make_inspector(county, 2, status="suspended")

    def found(**wanted):
        return list(staff.get(url("inspectors"), wanted).context["page"])

    assert found(qualification="临床") == [first]
    assert found(status="suspended") == [second]
    assert found(q="410403-002") == [second]


def test_a_list_holds_25_rows_and_says_how_many_there_are(staff, county):
    for n in range(1, 28):
        make_facility(county, n)
    page = staff.get(url("facilities"))
    assert len(page.context["page"].object_list) == 25
    assert "共 <strong>27</strong> 条" in text(page)
    assert len(staff.get(url("facilities"), {"page": 2}).context["page"].object_list) == 2


@pytest.mark.parametrize("name", ["items", "facilities", "inspectors"])
def test_an_empty_list_says_why_and_what_comes_next(staff, name):
    assert "里还没有" in text(staff.get(url(name)))
    assert "没有符合条件" in text(staff.get(url(name), {"q": "无此名称"}))


@pytest.mark.parametrize("name", ["items", "facilities", "inspectors", "accounts", "trail"])
def test_three_rows_cost_as_many_queries_as_one(name, city, county, neighbour, signed_in):
    role = {"accounts": "system_admin", "trail": "auditor"}.get(name, "staff")
    reader = make_user("reader", "阅者", city, role)
    client = signed_in(reader)
    bureaus = [city, county, neighbour]

    def add(n):
        bureau = bureaus[n % 3]
        who = make_user(f"user{n}", f"某{n}", bureau, "staff", "witness")
        make_facility(bureau, n)
        make_inspector(bureau, n)
        make_item(bureau, who, f"事项{n}")
        facilities.blacklist(Facility.objects.get(insurance_code__endswith=f"{n:05d}"), reason="骗保", by=who)

    add(1)
    queries(client, url(name))
    one = queries(client, url(name))
    add(2)
    add(3)
    assert queries(client, url(name)) == one


def test_an_inspector_is_registered_amended_and_suspended_on_pages(staff, county):
    staff.post(url("inspector_create"), INSPECTOR)
    inspector = Inspector.objects.get()
    assert (inspector.number, inspector.qualifications) == ("410403-001", ["临床", "会计"])
    page = staff.get(url("inspector_amend", inspector.pk))
    assert id_number(1) not in text(page)
    form = {name: value for name, value in page.context["form"].initial.items() if value is not None}
    staff.post(url("inspector_amend", inspector.pk), form | {"post": "副股长"})
    staff.post(url("inspector_status", inspector.pk), {"status": "suspended", "reason": "借调"})
    inspector.refresh_from_db()
    assert (inspector.post, inspector.status, inspector.id_number) == ("副股长", "suspended", id_number(1))


def test_a_sex_against_the_hidden_id_number_is_refused_at_the_sex(staff, drafter, county):
    inspector = inspectors.register(county, INSPECTOR | {"qualifications": []}, by=drafter)
    page = staff.get(url("inspector_amend", inspector.pk))
    form = {name: value for name, value in page.context["form"].initial.items() if value is not None}
    response = staff.post(url("inspector_amend", inspector.pk), form | {"sex": "女"})
    assert list(response.context["form"].errors) == ["sex"]


def test_inspectors_see_their_own_page_and_declare_their_interests(signed_in, drafter, county):
    account = make_user("jian.cha", "检查员甲", county, "inspector")
    own, other = make_inspector(county, 1, user=account), make_inspector(county, 2)
    facility = make_facility(county, 1, name="光明路诊所")
    client = signed_in(account)
    assert client.get(url("inspector", other.pk)).status_code == 404
    assert client.get(url("inspectors")).status_code == 403
    response = client.post(
        url("interest_declare", own.pk), {"facility": "光明路诊所", "who": "spouse", "relation": "配偶任职"}
    )
    assert response.url == url("inspector", own.pk)
    assert own.interests.get().facility == facility
    page = text(client.get(url("inspector", own.pk)))
    assert "配偶任职" in page
    assert url("interest_end", own.interests.get().pk) not in page
    assert client.post(url("interest_end", own.interests.get().pk)).status_code == 403


def test_inspectors_are_led_to_their_own_page_once_their_account_is_linked(signed_in, county):
    account = make_user("jian.cha", "检查员甲", county, "inspector")
    refused = signed_in(account).get(url("inspector_mine"))
    assert (refused.status_code, "还没有关联" in text(refused)) == (409, True)
    own = make_inspector(county, 1, user=account)
    assert signed_in(account).get(url("inspector_mine")).url == url("inspector", own.pk)


def test_a_facility_that_is_not_named_exactly_is_answered_with_the_near_ones(staff, county):
    inspector = make_inspector(county, 1)
    for n in (1, 2):
        make_facility(county, n, name=f"光明路第{n}诊所")
    response = staff.post(
        url("interest_declare", inspector.pk), {"facility": "光明路", "who": "spouse", "relation": "配偶任职"}
    )
    assert "光明路第1诊所" in response.context["form"].errors["facility"][0]
    assert not inspector.interests.exists()


def test_staff_ends_an_interest_and_links_an_account(staff, drafter, county):
    inspector = make_inspector(county, 1)
    interest = interests.declare(inspector, make_facility(county, 1), "曾任职", by=drafter)
    staff.post(url("interest_end", interest.pk))
    account = make_user("jian.cha", "检查员甲", county, "inspector")
    staff.post(url("inspector_account", inspector.pk), {"user": account.pk})
    inspector.refresh_from_db()
    interest.refresh_from_db()
    assert (inspector.user, interest.ended_by) == (account, drafter)


def test_an_item_goes_from_draft_to_publication_to_its_next_version(staff, time_machine):
    time_machine.move_to(dt.datetime(2026, 4, 1, 9, 0, tzinfo=dt.UTC), tick=False)
    staff.post(url("item_create"), ITEM | {"content": "人证相符\n进销存相符"})
    item = InspectionItem.objects.get()
    first = item.versions.get()
    assert (first.ratio_c_bp, [row.content for row in first.rows.all()]) == (1250, ["人证相符", "进销存相符"])
    assert staff.post(url("item_publish", item.pk), {"effective_from": "2026-04-01"}).url == url(
        "item", item.pk
    )
    page = staff.get(url("item_draft", item.pk))
    form = {name: value for name, value in page.context["form"].initial.items() if value is not None}
    form |= {name: value for name, value in ITEM.items() if name.startswith("ratio")} | {"joint_only": ""}
    staff.post(url("item_draft", item.pk), form | {"method": "书面检查"})
    second = item.versions.get(number=2)
    assert (second.state, second.method) == ("draft", "书面检查")
    shown = text(staff.get(url("item", item.pk)))
    assert "第1版（已公布）" in shown
    assert "第2版（草稿）" in shown


def test_each_line_of_the_content_holds_a_row_with_its_method_basis_and_marks(staff, county, drafter):
    draft = items.draft_item(county, "常规检查", {"legal_basis": "条例", "inspecting_body": "局"}, by=drafter)
    page = staff.get(url("item_draft", draft.item_id))
    form = {name: value for name, value in page.context["form"].initial.items() if value is not None}
    form |= {name: value for name, value in ITEM.items() if name.startswith("ratio")} | {"joint_only": ""}
    shown = form["content"].splitlines()
    assert shown[6].endswith(
        "｜现场记录配合情况，核对所提供资料｜《医疗保障基金使用监督管理条例》第三十九条｜关键项"
    )
    pasted = "新的一项\t看台账\t\t否决项"
    staff.post(url("item_draft", draft.item_id), form | {"content": f"{shown[6]}\n{pasted}\n人证相符"})
    version = ItemVersion.objects.get()
    assert items.checklist_of(version) == (
        standard_rows()[6],
        Row("新的一项", "看台账", "", is_veto=True),
        Row("人证相符"),
    )
    assert version.content == f"{standard_rows()[6].content}\n新的一项\n人证相符"


@pytest.mark.parametrize(
    ("line", "told"),
    [("甲｜乙｜丙｜重要", "标记只能写“关键项”或“否决项”"), ("甲｜乙｜丙｜关键项｜多了", "分成了 5 段")],
)
def test_a_row_that_cannot_be_read_is_told_at_the_content(staff, county, line, told):
    page = staff.post(url("item_create"), ITEM | {"content": line})
    assert told in page.context["form"].errors["content"][0]
    assert not InspectionItem.objects.exists()


def test_an_item_is_withdrawn_with_a_reason(staff, county, drafter):
    version = make_item(county, drafter)
    assert staff.post(url("item_withdraw", version.item_id), {"reason": ""}).status_code == 200
    staff.post(url("item_withdraw", version.item_id), {"reason": "依据废止"})
    version.refresh_from_db()
    assert version.state == "withdrawn"


def test_the_list_of_the_bureau_above_is_read_without_its_drafts(staff, city, city_staff):
    version = make_item(city, city_staff, "全市统一事项")
    items.draft_version(version.item, {"legal_basis": "秘密草稿", "inspecting_body": "局"}, by=city_staff)
    assert "全市统一事项" in text(staff.get(url("items")))
    page = text(staff.get(url("item", version.item_id), {"version": 2}))
    assert "秘密草稿" not in page
    assert staff.get(url("item_draft", version.item_id)).status_code == 404
