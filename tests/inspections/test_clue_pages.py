"""The pages of clues: who may open what, the way from registering to closing, and what stays within the bureau."""

import datetime as dt
import re

import pytest
from django.urls import reverse

from inspections import approvals, teams
from inspections.models import ApprovalSubject, Clue, Visit
from inspections.states import ClueState
from registries.models.bureaus import ClueHandling
from tests.cast import make_user
from tests.factories import NOW, make_facility, make_inspector, make_item, make_task
from tests.factories.clues import (
    CONTENT,
    OUTCOME,
    approved_clue,
    drawing_clue,
    make_scope,
    missed_clue,
    proposed_clue,
    registered_clue,
)
from tests.factories.draws import end_visit, minutes
from tests.factories.fieldwork import make_member

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def morning(time_machine):
    time_machine.move_to(NOW, tick=False)
    return time_machine


@pytest.fixture
def facility(county):
    return make_facility(county, 1)


@pytest.fixture
def item(county, drafter):
    return make_item(county, drafter)


@pytest.fixture
def clue(county, facility, drafter):
    return registered_clue(county, facility, by=drafter)


def page(name, *args):
    return reverse(f"inspections:{name}", args=args)


def text(response) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", "", response.content.decode()))


POSTED = {
    "source": "complaint",
    "facility": "第1诊所",
    "received_on": "2026-03-30",
    "content": CONTENT,
}


def errand(item, **fields):
    return {
        "way": "direct",
        "items": [item.pk],
        "ends_on": "2026-05-31",
        "method": "实地检查",
        "team_size": 2,
        "qualification": "",
        "cap_ground": "",
    } | fields


@pytest.mark.parametrize(
    ("person", "read", "handle"),
    [
        ("drafter", 200, 200),
        ("approver", 200, 403),
        ("witness", 403, 403),
        ("outsider", 404, 404),
        ("city_staff", 404, 404),
    ],
)
def test_a_clue_is_for_the_staff_and_supervisors_of_its_own_bureau(
    clue, signed_in, request, person, read, handle
):
    client = signed_in(request.getfixturevalue(person))
    assert client.get(page("clue", clue.pk)).status_code == read
    assert client.get(page("clue_propose", clue.pk)).status_code == handle
    assert client.get(page("clue_close", clue.pk)).status_code == handle


def test_an_inspector_opens_neither_the_list_nor_a_clue(clue, county, signed_in):
    client = signed_in(make_member(county, 1).user)
    assert [client.get(page(*one)).status_code for one in (("clues",), ("clue", clue.pk))] == [403, 403]


def test_the_list_shows_the_own_bureaus_clues_and_filters_them(
    clue, county, neighbour, outsider, drafter, signed_in
):
    registered_clue(county, make_facility(county, 2), source="risk")
    registered_clue(neighbour, by=outsider)
    client = signed_in(drafter)
    shown = text(client.get(page("clues")))
    assert [f"卫医保线索〔2026〕{n}号" in shown for n in (1, 2)] == [True, True]
    assert "新医保线索" not in shown
    filtered = text(client.get(page("clues"), {"source": "risk", "state": "registered"}))
    assert [f"卫医保线索〔2026〕{n}号" in filtered for n in (1, 2)] == [False, True]
    assert "没有符合条件的线索" in text(client.get(page("clues"), {"q": "不存在"}))
    assert CONTENT not in shown


def test_an_empty_list_says_what_clues_are_for(drafter, signed_in):
    assert "还没有线索" in text(signed_in(drafter).get(page("clues")))


def test_the_list_costs_the_same_for_one_clue_and_for_three(
    clue, county, drafter, signed_in, django_assert_max_num_queries, django_assert_num_queries
):
    client = signed_in(drafter)
    with django_assert_max_num_queries(20) as captured:
        client.get(page("clues"))
    for n in (2, 3):
        registered_clue(county, make_facility(county, n))
    with django_assert_num_queries(len(captured)):
        client.get(page("clues"))


def test_a_clue_goes_from_registering_to_its_visit_on_screen(
    county, facility, item, drafter, approver, signed_in
):
    staff, supervisor = signed_in(drafter), signed_in(approver)
    assert "请勿写举报人" in text(staff.get(page("clue_create")))
    assert staff.post(page("clue_create"), POSTED).status_code == 302
    clue = Clue.objects.get()
    assert "研判线索" in text(staff.get(page("clue", clue.pk)))
    assert staff.post(page("clue_propose", clue.pk), errand(item)).status_code == 302
    approval = approvals.open_approval(ApprovalSubject.CLUE, clue.pk)
    deciding = text(supervisor.get(page("approval", approval.pk)))
    assert CONTENT in deciding
    assert "2026 年本局已安排 0 次" in deciding
    assert "同意之后" in deciding
    assert supervisor.post(page("approval", approval.pk), {"decision": "approve"}).status_code == 302
    visit = clue.visits.get()
    shown = text(staff.get(page("visit", visit.pk)))
    assert "选派检查人员" in shown
    assert "经审批直接检查" in shown
    assert "打开检查任务" in text(staff.get(page("clue", clue.pk)))


def test_a_refusal_stands_at_its_field_and_nothing_is_registered(facility, drafter, signed_in):
    refused = signed_in(drafter).post(page("clue_create"), POSTED | {"content": "举报人电话13800001234"})
    assert "为保护举报人" in text(refused)
    unknown = signed_in(drafter).post(page("clue_create"), POSTED | {"facility": "没有这家"})
    assert "名录库中没有这家机构" in text(unknown)
    assert Clue.objects.count() == 0


def test_only_the_ways_of_the_bureaus_setting_are_offered(county, clue, item, drafter, signed_in):
    client = signed_in(drafter)
    assert "触发定向抽查" not in _ways(client, clue)
    refused = client.post(page("clue_propose", clue.pk), errand(item, way="draw"))
    assert refused.status_code == 200
    county.clue_handling = ClueHandling.EITHER
    county.save()
    assert "触发定向抽查" in _ways(client, clue)


def _ways(client, clue) -> str:
    return "".join(str(one) for one in client.get(page("clue_propose", clue.pk)).context["form"]["way"])


def scoped(county, drafter, item, **conditions):
    """The bureau decides case by case, has a published plan and a saved scope."""
    county.clue_handling = ClueHandling.EITHER
    county.save()
    make_task(county, drafter, items=[item])
    return make_scope(county, **conditions)


def test_a_draw_over_a_saved_scope_is_proposed_and_approved_on_screen(
    county, clue, item, drafter, approver, signed_in
):
    scope = scoped(county, drafter, item)
    staff, supervisor = signed_in(drafter), signed_in(approver)
    form = staff.get(page("clue_propose", clue.pk)).context["form"]
    assert list(form.fields)[:4] == ["way", "scope", "ratio_bp", "items"]
    assert [label for _, label in form.fields["scope"].choices] == [
        "仅涉及机构，比例 100%",
        "城区诊所：机构类型：诊所；所在乡镇街道：建设路街道",
    ]
    sent = errand(item, way="draw", scope=scope.pk, ratio_bp="12.5")
    assert staff.post(page("clue_propose", clue.pk), sent).status_code == 302
    approval = approvals.open_approval(ApprovalSubject.CLUE, clue.pk)
    deciding = text(supervisor.get(page("approval", approval.pk)))
    assert "城区诊所（机构类型：诊所；所在乡镇街道：建设路街道）" in deciding
    assert (
        "在范围“城区诊所”内抽取一部分机构：现有 1 家，各信用等级均为 12.5%。涉及机构在范围内，不一定抽中。"
        in deciding
    )
    supervisor.post(page("approval", approval.pk), {"decision": "approve"})
    shown = text(staff.get(page("clue", clue.pk)))
    assert "机构类型：诊所；所在乡镇街道：建设路街道" in shown
    assert "各信用等级均为 12.5%" in shown


def test_a_scope_that_leaves_its_facility_out_is_refused_at_its_field(county, clue, item, drafter, signed_in):
    scope = scoped(county, drafter, item, kinds=["pharmacy"])
    sent = errand(item, way="draw", scope=scope.pk, ratio_bp="10")
    refused = signed_in(drafter).post(page("clue_propose", clue.pk), sent).context["form"]
    assert [("scope" in refused.errors), ("机构类型是“诊所”" in str(refused.errors["scope"]))] == [True, True]
    without = signed_in(drafter).post(page("clue_propose", clue.pk), sent | {"ratio_bp": ""})
    assert "请填写抽查比例" in text(without)


def test_a_scope_under_a_proposal_is_not_deleted_on_screen(county, clue, item, drafter, signed_in):
    scope = scoped(county, drafter, item)
    client = signed_in(drafter)
    client.post(page("clue_propose", clue.pk), errand(item, way="draw", scope=scope.pk, ratio_bp="10"))
    answer = client.post(page("scope_delete", scope.pk), follow=True)
    assert "还没有批准，不能删除" in text(answer)


def test_where_its_facility_was_not_drawn_the_page_says_so_and_offers_the_direct_way(
    county, facility, drafter, signed_in
):
    clue = missed_clue(county, facility, make_scope(county))
    client = signed_in(drafter)
    shown = client.get(page("clue", clue.pk))
    assert "定向抽查没有抽到涉及机构" in text(shown)
    assert "抽中了另外 2 家，“第1诊所”不在其中" in text(shown)
    assert page("clue_propose", clue.pk) in shown.content.decode()
    form = client.get(page("clue_propose", clue.pk)).context["form"]
    assert ([value for value, _ in form.fields["way"].choices], "scope" in form.fields) == (["direct"], False)
    for visit in Visit.objects.all():
        end_visit(visit)
    assert "抽中的各家检查已经结束" in text(client.get(page("clue", clue.pk)))
    assert client.post(page("clue_close", clue.pk), {"outcome": OUTCOME}).status_code == 302


def test_beyond_the_cap_the_form_asks_for_the_legal_ground(county, facility, item, drafter, signed_in):
    county.frequency_cap = 1
    county.save()
    approved_clue(county, facility, item)
    second = registered_clue(county, facility)
    client = signed_in(drafter)
    assert "已安排检查1次，本局上限为1次" in text(client.get(page("clue_propose", second.pk)))
    refused = client.post(page("clue_propose", second.pk), errand(item))
    assert "请写明法定依据" in text(refused)
    ground = errand(item, cap_ground="《医疗保障基金使用监督管理条例》第二十六条")
    assert client.post(page("clue_propose", second.pk), ground).status_code == 302


def test_a_superiors_supervisor_does_not_read_what_a_clue_says(
    clue, item, city_approver, approver, signed_in
):
    approval = proposed_clue(clue, item)
    above = signed_in(city_approver).get(page("approval", approval.pk))
    assert above.status_code == 404
    assert CONTENT in text(signed_in(approver).get(page("approval", approval.pk)))


def test_an_inspector_of_the_team_sees_the_errand_and_nothing_of_the_clue(
    county, facility, item, drafter, signed_in
):
    clue = approved_clue(county, facility, item)
    visit = clue.visits.get()
    member = make_member(county, 1)
    teams.assign(visit, [member, make_inspector(county, 2)], by=drafter, now=minutes(30))
    shown = signed_in(member.user).get(page("visit", visit.pk))
    assert "线索核查" in text(shown)
    assert CONTENT not in text(shown)
    assert "投诉" not in text(shown)
    assert page("clue", clue.pk) not in shown.content.decode()


def test_a_clue_is_closed_with_its_conclusion(county, facility, item, drafter, signed_in):
    clue = approved_clue(county, facility, item)
    client = signed_in(drafter)
    refused = client.post(page("clue_close", clue.pk), {"outcome": OUTCOME})
    assert "检查还没有结束" in text(refused)
    end_visit(clue.visits.get())
    assert "写明办理结论" in text(client.get(page("clue", clue.pk)))
    assert client.post(page("clue_close", clue.pk), {"outcome": OUTCOME}).status_code == 302
    clue.refresh_from_db()
    assert (clue.state, clue.outcome) == (ClueState.CLOSED, OUTCOME)
    assert OUTCOME in text(client.get(page("clue", clue.pk)))


def test_a_clue_that_set_off_a_draw_leads_to_its_list(county, facility, item, drafter, signed_in):
    county.clue_handling = ClueHandling.DRAW
    county.save()
    make_user("zheng.fu", "某领导", county, "supervisor")
    make_task(county, drafter, items=[item])
    clue = approved_clue(county, facility, item, way="draw")
    shown = signed_in(drafter).get(page("clue", clue.pk)).content.decode()
    assert page("draw_new", clue.task.pk) in shown
    plan = text(signed_in(drafter).get(page("plan", clue.task.plan_id)))
    assert "线索触发，单独审批" in plan
    assert facility.insurance_code not in plan


def test_the_proposal_shows_what_was_proposed_before_it_was_returned(clue, item, drafter, signed_in):
    Clue.objects.filter(pk=clue.pk).update(way="direct", ends_on=dt.date(2026, 6, 30), team_size=3)
    clue.items.set([item])
    form = signed_in(drafter).get(page("clue_propose", clue.pk)).context["form"]
    assert (form["ends_on"].value(), form["team_size"].value()) == (dt.date(2026, 6, 30), 3)
    assert form["items"].value() == [item.pk]


def test_the_plan_links_the_lists_of_a_clues_task_for_those_who_may_read_them(
    county, drafter, witness, signed_in
):
    task = drawing_clue(county).task
    addresses = [page(name, task.pk) for name in ("task_pool", "task_staff")]
    for person, shown in ((drafter, True), (witness, False)):
        told = signed_in(person).get(page("plan", task.plan_id)).content.decode()
        assert [address in told for address in addresses] == [shown] * 2
        assert page("scope_save", task.pk) not in told
