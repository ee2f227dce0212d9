"""The pages of joint plans: the list from upload to visits, partners on the page of a visit, who may open what."""

import re

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from inspections import joint, teams
from inspections.models import AssistedList, InspectionRecord, PlanTask, Visit
from inspections.states import VisitState
from registries.models import Bureau
from tests.factories import NOW, make_facility, make_item, make_task, make_visit, social_credit_code
from tests.factories.fieldwork import account, make_member
from tests.factories.workbooks import book

pytestmark = pytest.mark.django_db
HEALTH = "区卫生健康委员会"
PARTNERS = [{"department": HEALTH, "items": ["医疗机构依法执业检查"]}]
JOINT = {"partners": PARTNERS, "assignment": "assigned"}


@pytest.fixture(autouse=True)
def morning(time_machine):
    time_machine.move_to(NOW, tick=False)
    return time_machine


@pytest.fixture
def task(county, drafter):
    return make_task(county, drafter, items=[make_item(county, drafter)], joint_kind="assist", **JOINT)


@pytest.fixture
def visit(county, drafter):
    """Of a joint task that we lead; its report is to be written."""
    task = make_task(county, drafter, items=[make_item(county, drafter)], joint_kind="lead", **JOINT)
    members = [make_member(county, 1), make_member(county, 2)]
    return make_visit(
        task, make_facility(county, 1), members, by=drafter, state=VisitState.TO_REPORT, ended_on=NOW.date()
    )


def page(name, *args):
    return reverse(f"inspections:{name}", args=args)


def text(response) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", "", response.content.decode()))


def letter(*facilities, **fields):
    rows = [(one.social_credit_code, one.name) for one in facilities]
    content = book({"名单": [("统一社会信用代码", "机构名称"), *rows, (social_credit_code(99), "无名")]})
    values = {"initiator": HEALTH, "document_number": "卫卫健〔2026〕12号", "drawn_on": "2026-03-30"}
    return values | {"file": SimpleUploadedFile("名单.xlsx", content)} | fields


def ticket_in(response) -> str:
    return re.search(r'name="ticket" value="([^"]+)"', response.content.decode())[1]


def brought_in(client, task, *facilities) -> AssistedList:
    checked = client.post(page("assisted_check", task.pk), letter(*facilities))
    client.post(page("assisted_take_over", task.pk), {"ticket": ticket_in(checked)})
    return AssistedList.objects.get()


def test_from_the_plan_to_the_visits(county, drafter, signed_in, task):
    client, facility = signed_in(drafter), make_facility(county, 1, agreement_status="suspended")
    assert page("assisted_lists", task.pk) in client.get(page("plan", task.plan_id)).content.decode()
    assert "还没有导入名单" in text(client.get(page("assisted_lists", task.pk)))
    checked = client.post(page("assisted_check", task.pk), letter(facility))
    shown = text(checked)
    assert [word in shown for word in ("协议已中止", "名录库中没有使用这个代码", "还没有写入任何内容")] == [
        True
    ] * 3
    assert not AssistedList.objects.exists()
    confirmed = client.post(page("assisted_take_over", task.pk), {"ticket": ticket_in(checked)}, follow=True)
    assert confirmed.redirect_chain == [(page("assisted_list", AssistedList.objects.get().pk), 302)]
    assert [word in text(confirmed) for word in ("卫医保联〔2026〕1号", "第1诊所", "无名")] == [True] * 3
    visit = client.get(page("visit", Visit.objects.get().pk))
    assert [word in text(visit) for word in ("配合联合抽查", "选派检查人员", HEALTH)] == [True] * 3
    assert "卫医保联〔2026〕1号" in text(client.get(page("assisted_lists", task.pk)))


def test_a_refusal_stands_at_its_field_and_keeps_what_was_typed(county, drafter, signed_in, task):
    client = signed_in(drafter)
    answer = client.post(page("assisted_check", task.pk), letter(drawn_on="2026-04-02"))
    assert answer.context["form"].errors["drawn_on"] == ["请填写发起部门的抽取日期，不能晚于今天。"]
    assert 'value="卫卫健〔2026〕12号"' in answer.content.decode()
    wrong = SimpleUploadedFile("名单.docx", b"no workbook")
    refused = client.post(page("assisted_check", task.pk), letter(file=wrong))
    assert "这不是 Excel 文件" in text(refused)


def test_a_list_without_a_match_offers_no_confirming(drafter, signed_in, task):
    answer = signed_in(drafter).post(page("assisted_check", task.pk), letter())
    assert "没有一家可以列入检查的机构" in text(answer)
    assert 'name="ticket"' not in answer.content.decode()


@pytest.mark.parametrize(
    ("person", "read", "bring_in"),
    [("approver", 200, 403), ("witness", 403, 403), ("outsider", 404, 404), ("city_staff", 404, 404)],
)
def test_a_list_is_for_those_who_handle_and_approve(
    county, drafter, signed_in, task, request, person, read, bring_in
):
    listed = brought_in(signed_in(drafter), task, make_facility(county, 1))
    client = signed_in(request.getfixturevalue(person))
    assert client.get(page("assisted_list", listed.pk)).status_code == read
    assert client.get(page("assisted_lists", task.pk)).status_code == read
    assert client.get(page("assisted_check", task.pk)).status_code == bring_in
    assert client.post(page("assisted_take_over", task.pk), {"ticket": "x"}).status_code == bring_in


def test_an_inspector_opens_no_list_and_is_not_sent_there(county, drafter, signed_in, task):
    listed = brought_in(signed_in(drafter), task, make_facility(county, 1))
    client = signed_in(make_member(county, 1).user)
    assert client.get(page("assisted_list", listed.pk)).status_code == 403
    shown = client.get(page("visit", listed.visits.get().pk))
    assert page("assisted_list", listed.pk) not in shown.content.decode()


def test_a_task_of_our_own_has_no_lists(visit, drafter, signed_in):
    assert signed_in(drafter).get(page("assisted_lists", visit.draw.task_id)).status_code == 404


def test_the_page_of_a_list_costs_the_same_for_one_facility_and_for_three(
    county, drafter, signed_in, task, django_assert_max_num_queries
):
    client = signed_in(drafter)
    listed = brought_in(client, task, make_facility(county, 1))
    with django_assert_max_num_queries(20) as first:
        client.get(page("assisted_list", listed.pk))
    for n in (2, 3):
        facility = make_facility(county, n)
        Visit.objects.create(
            bureau=county,
            assisted=listed,
            number=listed.number,
            given_at=NOW,
            facility=facility,
            position=n,
            code=facility.insurance_code,
            grade="A",
        )
    with django_assert_max_num_queries(len(first)):
        client.get(page("assisted_list", listed.pk))


def test_partners_are_entered_and_taken_off_on_the_page_of_the_visit(drafter, signed_in, visit):
    client = signed_in(account(visit, 1))
    values = {"department": HEALTH, "name": "钱卫健", "certificate_number": "16040399001"}
    assert client.post(page("partner_enter", visit.pk), values).url == page("visit", visit.pk)
    again = client.post(page("partner_enter", visit.pk), values)
    assert "已经登记" in again.context["form"].errors["certificate_number"][0]
    assert "钱卫健" in text(client.get(page("visit", visit.pk)))
    partner = visit.partner_inspectors.get()
    signed_in(drafter).post(page("partner_remove", visit.pk, partner.pk))
    assert "钱卫健" not in text(client.get(page("visit", visit.pk)))


def test_results_stand_on_the_visit_and_beside_the_report(drafter, approver, signed_in, visit):
    InspectionRecord.objects.create(visit=visit, place="建设路1号", methods=["实地检查"])
    values = {"department": HEALTH, "result": "发现超范围执业。"}
    signed_in(drafter).post(page("partner_result", visit.pk), values)
    leader = signed_in(account(visit, 1))
    for client in (leader, signed_in(approver)):
        for name in ("visit", "report"):
            assert "发现超范围执业。" in text(client.get(page(name, visit.pk)))


def test_who_may_not_enter_anything_sees_what_was_entered_and_no_buttons(drafter, approver, signed_in, visit):
    person = {"department": HEALTH, "name": "钱卫健", "certificate_number": "16040399001"}
    partner = joint.enter_inspector(visit, person, by=drafter)
    pages = [page("partner_enter", visit.pk), page("partner_result", visit.pk)]
    removal = page("partner_remove", visit.pk, partner.pk)
    for user, status in ((approver, 403), (account(visit, 2), 403)):
        client = signed_in(user)
        shown = client.get(page("visit", visit.pk))
        assert "钱卫健" in text(shown)
        assert [one in shown.content.decode() for one in (*pages, removal)] == [False] * 3
        assert [client.get(one).status_code for one in pages] == [status] * 2
        assert client.post(removal).status_code == status
    assert visit.partner_inspectors.exists()


def test_a_partner_of_another_visit_is_not_found(county, drafter, signed_in, visit):
    person = {"department": HEALTH, "name": "钱卫健", "certificate_number": "16040399001"}
    partner = joint.enter_inspector(visit, person, by=drafter)
    other = make_visit(visit.draw.task, make_facility(county, 2), [], by=drafter, position=2)
    answer = signed_in(drafter).post(page("partner_remove", other.pk, partner.pk))
    assert answer.status_code == 404


def test_the_public_plan_names_the_departments_and_who_draws(task, client):
    shown = text(client.get(reverse("public:plan", args=[task.plan_id])))
    assert f"{HEALTH}：医疗机构依法执业检查" in shown
    assert [word in shown for word in ("联合抽查（本单位配合）", "由发起部门抽取", "尚未抽取")] == [
        True,
        True,
        False,
    ]


# Before the visit is over


NAME, PARTNER = "卫东区隐名医院", "钱卫健"
PARTNER_PAGES = ("partner_enter", "partner_result")


@pytest.fixture
def coming(county, drafter):
    """Of inspectors 1 and 2 and somebody of another department, at a facility whose name is found nowhere else."""
    task = make_task(county, drafter, items=[make_item(county, drafter)], joint_kind="lead", **JOINT)
    members = [make_member(county, 1), make_member(county, 2)]
    found = make_visit(task, make_facility(county, 1, name=NAME), members, by=drafter)
    person = {"department": HEALTH, "name": PARTNER, "certificate_number": "16040399001"}
    joint.enter_inspector(found, person, by=drafter)
    return found


def opened(client, visit) -> dict[str, int]:
    return {name: client.get(page(name, visit.pk)).status_code for name in PARTNER_PAGES}


def test_before_accepting_the_leader_reads_neither_facility_nor_partners_on_any_joint_page(
    county, drafter, signed_in, coming
):
    Bureau.objects.filter(pk=county.pk).update(names_hidden=True)
    client, partner = signed_in(account(coming, 1)), coming.partner_inspectors.get()
    shown = client.get(page("visit", coming.pk)).content.decode()
    assert [word in shown for word in (NAME, PARTNER, partner.certificate_number)] == [False] * 3
    assert opened(client, coming) == dict.fromkeys(PARTNER_PAGES, 404)
    person = {"department": HEALTH, "name": "李卫健", "certificate_number": "16040399002"}
    assert client.post(page("partner_enter", coming.pk), person).status_code == 404
    assert client.post(page("partner_remove", coming.pk, partner.pk)).status_code == 404
    assert list(coming.partner_inspectors.values_list("name", flat=True)) == [PARTNER]
    assert opened(signed_in(drafter), coming) == dict.fromkeys(PARTNER_PAGES, 200)
    teams.accept(coming, by=account(coming, 1))
    assert NAME in client.get(page("partner_enter", coming.pk)).content.decode()
    assert PARTNER in client.get(page("visit", coming.pk)).content.decode()


def test_partners_names_and_certificates_stay_within_the_bureau(coming, drafter, city_staff, signed_in):
    number = coming.partner_inspectors.get().certificate_number
    own, above = (
        signed_in(person).get(page("visit", coming.pk)).content.decode() for person in (drafter, city_staff)
    )
    assert [word in own for word in (NAME, HEALTH, PARTNER, number)] == [True] * 4
    assert [word in above for word in (NAME, HEALTH, PARTNER, number)] == [True, True, False, False]


def test_of_handlers_only_a_superior_opens_no_page_of_a_joint_visit(coming, drafter, city_staff, signed_in):
    client = signed_in(city_staff)
    assert opened(client, coming) == dict.fromkeys(PARTNER_PAGES, 403)
    PlanTask.objects.filter(pk=coming.errand.pk).update(winners_shown="handlers")
    assert opened(client, coming) == dict.fromkeys(PARTNER_PAGES, 404)
    assert client.get(page("visit", coming.pk)).status_code == 404
    assert NAME not in client.get(page("visits")).content.decode()
    assert opened(signed_in(drafter), coming) == dict.fromkeys(PARTNER_PAGES, 200)


def test_of_handlers_only_a_listed_visit_is_kept_as_close_as_a_drawn_one(
    county, drafter, city_staff, signed_in, task
):
    PlanTask.objects.filter(pk=task.pk).update(winners_shown="handlers")
    listed = brought_in(signed_in(drafter), task, make_facility(county, 1, name=NAME))
    visit = listed.visits.get()
    for client, known in ((signed_in(drafter), True), (signed_in(city_staff), False)):
        assert (NAME in client.get(page("visits")).content.decode()) is known
        assert (client.get(page("visit", visit.pk)).status_code == 200) is known
