"""线索: inspected at once or by a draw of its own, as the bureau's setting says, and confidential throughout (C7)."""

import datetime as dt

import pytest
from django.core.exceptions import PermissionDenied

from inspections import (
    approvals,
    clues,
    draws,
    embargo,
    evidence,
    plan_versions,
    plans,
    pool,
    substitutions,
    teams,
)
from inspections.facility_chapters import bars_to_leaving
from inspections.models import AnnualPlan, ApprovalOutcome, ApprovalSubject, PlanTask, TeamMember, Visit
from inspections.states import ClueState, DrawState, PlanState, VisitState
from registries import trail
from registries.models import Facility, TrailEntry
from registries.models.bureaus import ClueHandling
from tests.cast import also, make_user, refused
from tests.factories import NOW, make_facility, make_inspector, make_item, make_task
from tests.factories.clues import (
    CONTENT,
    OUTCOME,
    approved_clue,
    decided_clue,
    drawing_clue,
    errand,
    proposed_clue,
    registered_clue,
)
from tests.factories.draws import end_visit, held_draw, minutes, sealed_draw, voided_draw, witnessed_draw

pytestmark = pytest.mark.django_db


@pytest.fixture
def facility(county):
    return make_facility(county, 1, grade="C")


@pytest.fixture
def item(county, drafter):
    return make_item(county, drafter)


@pytest.fixture
def clue(county, facility, drafter):
    return registered_clue(county, facility, by=drafter)


def handle_by(bureau, handling):
    bureau.clue_handling = handling
    bureau.save()


# Registering


def test_clues_are_numbered_by_bureau_and_year_without_gaps(county, neighbour, outsider, clue, facility):
    second = registered_clue(county, facility, source="risk")
    elsewhere = registered_clue(neighbour, by=outsider)
    assert [one.number for one in (clue, second, elsewhere)] == [
        "卫医保线索〔2026〕1号",
        "卫医保线索〔2026〕2号",
        "新医保线索〔2026〕1号",
    ]
    assert (clue.state, clue.registered_at) == (ClueState.REGISTERED, NOW)


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"source": "gossip"}, "线索来源"),
        ({"received_on": dt.date(2026, 4, 2)}, "不能晚于今天"),
        ({"received_on": None}, "收到日期"),
        ({"content": " 　"}, "请填写线索内容"),
        ({"content": "长" * 2001}, "最多 2000 字"),
    ],
)
def test_a_clue_without_the_essentials_is_refused(county, facility, drafter, fields, said):
    assert said in refused(registered_clue, county, facility, by=drafter, **fields)


@pytest.mark.parametrize(
    "number",
    ["身份证410403198001010011", "电话138 0000 1234", "联系电话：0375-8765432", "手机１３８００００１２３４"],
)
def test_numbers_that_lead_to_a_person_are_not_kept(county, facility, drafter, number):
    said = refused(registered_clue, county, facility, by=drafter, content=f"{CONTENT}举报人{number}")
    assert "为保护举报人" in said


def test_a_facility_of_another_bureau_is_passed_on_to_it(county, neighbour, drafter):
    stranger = make_facility(neighbour, 1)
    assert "转交其所属医保局" in refused(registered_clue, county, stranger, by=drafter)


def test_a_superior_may_register_a_clue_about_a_facility_below(city, city_staff, facility):
    assert registered_clue(city, facility, by=city_staff).bureau == city


def test_only_staff_register_and_only_of_their_own_bureau(county, facility, approver, outsider):
    for somebody in (approver, outsider):
        with pytest.raises(PermissionDenied):
            registered_clue(county, facility, by=somebody)


def test_what_a_clue_says_is_in_no_trail_entry(county, clue, item, approver):
    proposed_clue(clue, item)
    clues.close(_inspected(decided_clue(clue)), OUTCOME, by=clue.registered_by, now=minutes(90))
    said = "".join(f"{entry.before}{entry.after}{entry.note}" for entry in TrailEntry.objects.all())
    assert CONTENT not in said
    assert OUTCOME not in said


def _inspected(clue):
    for visit in clues.visits_of(clue):
        end_visit(visit)
    return clue


# Proposing


@pytest.mark.parametrize(
    ("handling", "way", "other"),
    [(ClueHandling.DIRECT, "direct", "draw"), (ClueHandling.DRAW, "draw", "direct")],
)
def test_the_bureaus_setting_decides_which_way_is_open(county, drafter, facility, item, handling, way, other):
    handle_by(county, handling)
    make_task(county, drafter, items=[item])
    clue = registered_clue(county, facility)
    assert handling.label in refused(proposed_clue, clue, item, way=other)
    assert proposed_clue(clue, item, way=way).pk


@pytest.mark.parametrize("way", ["direct", "draw"])
def test_a_bureau_that_decides_case_by_case_has_both_ways(county, drafter, facility, item, way):
    handle_by(county, ClueHandling.EITHER)
    make_task(county, drafter, items=[item])
    assert proposed_clue(registered_clue(county, facility), item, way=way).pk


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"items": []}, "至少选择一项"),
        ({"ends_on": None}, "完成期限"),
        ({"ends_on": dt.date(2026, 3, 31)}, "不能早于今天"),
        ({"team_size": 1}, "不得少于 2 名"),
        ({"team_size": 21}, "不得少于 2 名"),
        ({"method": " "}, "检查方式"),
        ({"method": "长" * 61}, "最多 60 字"),
        ({"qualification": "长" * 31}, "最多 30 字"),
        ({"cap_ground": "长" * 201}, "最多 200 字"),
        ({"cap_ground": "见13800001234"}, "手机号码"),
    ],
)
def test_an_incomplete_proposal_is_refused_and_the_clue_stays(clue, item, drafter, fields, said):
    assert said in refused(clues.propose, clue, errand(item) | fields, by=drafter, now=minutes(5))
    clue.refresh_from_db()
    assert clue.state == ClueState.REGISTERED


def test_nothing_is_inspected_that_is_on_no_published_list(county, drafter, clue):
    draft = make_item(county, drafter, name="草稿", state="draft", published_at=None, published_by=None)
    assert "清单之外不得检查" in refused(proposed_clue, clue, draft)


def test_an_item_outside_double_random_is_for_direct_inspection_alone(county, drafter, facility):
    handle_by(county, ClueHandling.EITHER)
    outside = make_item(county, drafter, name="举报核查")
    outside.item.list_kind = "outside"
    outside.item.save()
    make_task(county, drafter, items=[make_item(county, drafter, name="抽查事项")])
    clue = registered_clue(county, facility)
    assert "清单之外不得检查" in refused(proposed_clue, clue, outside, way="draw")
    assert proposed_clue(clue, outside).pk


def test_a_clue_is_proposed_once(clue, item, drafter, colleague):
    proposed_clue(clue, item, by=drafter)
    assert "待审批" in refused(proposed_clue, clue, item, by=colleague)


def test_without_a_published_plan_no_draw_is_set_off(county, facility, item):
    handle_by(county, ClueHandling.DRAW)
    clue = registered_clue(county, facility)
    assert "年度计划还没有公布" in refused(proposed_clue, clue, item, way="draw")


def test_a_draw_is_over_within_the_year_of_its_plan(county, drafter, facility, item):
    handle_by(county, ClueHandling.DRAW)
    make_task(county, drafter, items=[item])
    clue = registered_clue(county, facility)
    late = {"way": "draw", "ends_on": dt.date(2027, 1, 31)}
    assert "2026 年内" in refused(proposed_clue, clue, item, **late)


# Deciding


def test_neither_who_registered_nor_who_proposed_decides(county, clue, item, drafter, colleague, approver):
    approval = proposed_clue(clue, item, by=colleague)
    for somebody in (drafter, colleague):
        both = also(somebody, "supervisor")
        assert refused(approvals.decide, approval, ApprovalOutcome.APPROVED, by=both, now=minutes(20))
    assert decided_clue(clue, by=approver).state == ClueState.INSPECTING


def test_who_proposed_it_once_decides_no_later_proposal_of_a_colleague(
    clue, item, drafter, colleague, approver
):
    proposed_clue(clue, item, by=colleague)
    decided_clue(clue, ApprovalOutcome.RETURNED, reason="请先调取结算数据", by=approver)
    approval = proposed_clue(clue, item, by=drafter, now=minutes(30))
    wu = also(colleague, "supervisor")
    said = refused(approvals.decide, approval, ApprovalOutcome.APPROVED, by=wu, now=minutes(40))
    assert said == "您参与过这一事项的办理，不能审批，请由另一位分管领导审批。"
    assert set(approval.barred.all()) == {drafter, colleague}
    assert decided_clue(clue, by=approver, now=minutes(50)).state == ClueState.INSPECTING


def test_who_amended_it_does_not_decide_either(clue, item, drafter, colleague, approver):
    values = {name: getattr(clue, name) for name in ("source", "facility", "received_on")}
    clues.amend(clue, values | {"content": "另有一项。"}, revision=1, by=colleague, now=minutes(5))
    approval = proposed_clue(clue, item, by=drafter)
    assert set(approval.barred.all()) == {drafter, colleague}


def test_the_trail_of_an_amended_clue_names_neither_facility_nor_content(county, clue, drafter):
    other = make_facility(county, 2, name="更正后的医院")
    values = {
        "source": clue.source,
        "received_on": clue.received_on,
        "facility": other,
        "content": "另有一项。",
    }
    clues.amend(clue, values, revision=1, by=drafter, now=minutes(5))
    entry = trail.about(clue).first()
    told = f"{entry.before}{entry.after}{entry.note}{entry.subject_name}"
    assert set(entry.after) == {"facility", "content"}
    for secret in (other.name, clue.facility.name, "另有一项", clue.content):
        assert secret not in told


def test_a_returned_clue_may_be_proposed_again(clue, item, approver, drafter):
    proposed_clue(clue, item)
    clue = decided_clue(clue, ApprovalOutcome.RETURNED, reason="请先调取结算数据")
    assert clue.state == ClueState.REGISTERED
    assert trail.about(clue).first().note == "请先调取结算数据"
    proposed_clue(clue, item, team_size=3, now=minutes(30))
    assert decided_clue(clue, now=minutes(40)).team_size == 3


def test_what_changed_since_the_proposal_is_found_when_it_is_decided(county, clue, item, approver):
    proposed_clue(clue, item)
    item.state = "withdrawn"
    item.save()
    assert "清单之外" in refused(decided_clue, clue, by=approver)
    handle_by(county, ClueHandling.DRAW)
    assert "触发定向抽查" in refused(decided_clue, clue, by=approver)


# Inspected at once


def test_an_approved_clue_is_one_visit_that_counts_from_that_moment(county, clue, item, facility):
    proposed_clue(clue, item)
    clue = decided_clue(clue)
    visit = Visit.objects.get()
    assert (visit.clue, visit.draw, visit.number, visit.position) == (clue, None, clue.number, 1)
    assert (visit.code, visit.grade, visit.state) == (facility.insurance_code, "C", VisitState.ASSIGNED)
    assert (visit.given_at, visit.errand) == (minutes(20), clue)
    assert list(visit.errand.items.all()) == [item]


def test_its_inspectors_are_directly_assigned_and_the_record_says_so(county, facility, item, drafter):
    visit = approved_clue(county, facility, item, qualification="药学").visits.get()
    first, second = make_inspector(county, 1), make_inspector(county, 2, qualifications=["药学"])
    teams.assign(visit, [first, second], by=drafter, now=minutes(30))
    assert list(TeamMember.objects.values_list("inspector", flat=True)) == [second.pk, first.pk]
    assert trail.about(visit).first().event == "直接选派检查人员"


def test_nobody_is_swapped_by_card_where_no_card_was_dealt(county, facility, item, drafter):
    visit = approved_clue(county, facility, item).visits.get()
    people = [make_inspector(county, n) for n in (1, 2)]
    teams.assign(visit, people, by=drafter, now=minutes(30))
    member = visit.members.first()
    assert not substitutions.can_be_asked(member)
    assert "没有下一个签号" in refused(
        substitutions.request, member, "health", "住院", by=drafter, now=minutes(40)
    )


def test_the_errand_gives_no_hint_of_who_sent_the_clue(county, facility):
    assert approved_clue(county, facility).name == "线索核查"


def test_a_superiors_clue_about_a_merged_duplicate_is_inspected_at_the_one_that_stays(
    city, city_staff, county, drafter, facility
):
    make_user("he.lingdao", "何领导", city, "supervisor")
    clue = registered_clue(city, facility, by=city_staff)
    survivor = make_facility(county, 2)
    Facility.objects.filter(pk=facility.pk).update(merged_into=survivor, merged_at=NOW, merged_by=drafter)
    proposed_clue(clue, by=city_staff)
    assert decided_clue(clue).visits.get().code == survivor.insurance_code


# A draw of its own


def test_it_sets_off_a_task_of_its_own_for_that_facility_alone(county, facility):
    clue = drawing_clue(county, facility)
    task = clue.task
    assert clue.state == ClueState.DRAWING
    assert (task.plan.state, task.position, task.rounds, task.joint_kind) == (
        PlanState.PUBLISHED,
        2,
        1,
        "none",
    )
    assert (task.named_codes, set(task.ratios_bp.values())) == ([facility.insurance_code], {10_000})
    assert task.number == "卫医保抽查〔2026〕1号"  # the other task was numbered by hand
    assert (task.assignment, task.winners_shown) == ("drawn", "handlers")
    assert [row.status for row in pool.facilities(task, on=NOW.date())] == ["in"]


def test_the_usual_ceremony_draws_its_facility_and_its_inspectors(county, facility, witness):
    for n in (1, 2, 3):
        make_inspector(county, n)
    clue = drawing_clue(county, facility)
    PlanTask.objects.filter(clue=None).update(number="卫医保抽查〔2026〕9号")
    held = held_draw(clue.task, witness=witness, now=minutes(30))
    visit = clues.visits_of(clue).get()
    assert (visit.facility, visit.draw, visit.members.count()) == (facility, held, 2)
    assert held.number == "卫医保抽〔2026〕1号"


def test_the_public_text_of_the_task_names_neither_facility_nor_source(county, facility):
    said = str(plan_versions.describe(drawing_clue(county, facility).task))
    assert "线索触发" in said
    assert [one for one in (facility.name, facility.insurance_code, "投诉", "线索〔") if one in said] == []


def test_a_facility_drawn_this_year_may_be_drawn_again_for_a_clue_but_not_without_an_agreement(
    county, facility, drafter, witness, city, city_staff
):
    for n in (1, 2):
        make_inspector(county, n)
    clue = drawing_clue(county, facility)
    held_draw(PlanTask.objects.get(clue=None), witness=witness, now=minutes(30))
    make_task(county, drafter, joint_kind="lead")
    assert pool.facilities(clue.task, on=NOW.date())[0].status == "in"
    Facility.objects.update(agreement_status="ended")
    assert pool.facilities(clue.task, on=NOW.date())[0].status == "agreement_ended"


def test_who_was_drawn_for_a_clue_is_left_out_of_the_plans_own_draws(county, facility, witness):
    for n in (1, 2):
        make_inspector(county, n)
    held_draw(drawing_clue(county, facility).task, witness=witness, now=minutes(30))
    plans_own = PlanTask.objects.get(clue=None)
    assert pool.facilities(plans_own, on=NOW.date())[0].status == "drawn_this_year"


def test_an_adjusted_plan_takes_the_task_along_with_its_draw_and_reports_no_change(
    county, facility, drafter, approver, witness
):
    for n in (1, 2):
        make_inspector(county, n)
    clue = drawing_clue(county, facility)
    sealed = sealed_draw(clue.task, now=minutes(30))
    adjusted = plans.adjust(clue.task.plan, reason="增加宣传要求", by=drafter, now=minutes(40))
    assert adjusted.tasks.filter(name=clue.task.name).count() == 0
    plans.amend(
        adjusted, {"work_requirements": "依法检查，文明执法。"}, revision=1, by=drafter, now=minutes(41)
    )
    old = clue.task.plan
    approval = plans.submit(adjusted, by=drafter, now=minutes(42))
    approvals.decide(approval, ApprovalOutcome.APPROVED, by=approver, now=minutes(43))
    adjusted = plans.publish(adjusted, by=drafter, now=minutes(44))
    task = PlanTask.objects.get(clue=clue)
    assert (task.pk, task.plan, task.position) == (clue.task.pk, adjusted, 2)
    assert [change.what for change in plan_versions.differences(old, adjusted)] == ["工作要求"]
    assert plans.rounds_taken(task) == {1}
    assert sealed.number in refused(draws.seal, task, 1, by=drafter, now=minutes(45))


def test_a_clue_that_comes_while_the_plan_is_being_adjusted_goes_over_as_well(
    county, facility, drafter, approver, item
):
    handle_by(county, ClueHandling.DRAW)
    plan = make_task(county, drafter, items=[item]).plan
    adjusted = plans.adjust(plan, reason="补充", by=drafter, now=minutes(1))
    plans.add_task(
        adjusted,
        {"name": "补充任务", "items": [item], "starts_on": NOW.date(), "ends_on": dt.date(2026, 12, 31)},
        by=drafter,
        now=minutes(2),
    )
    clue = approved_clue(county, facility, item, way="draw")
    adjusted = AnnualPlan.objects.get(pk=adjusted.pk)
    approval = plans.submit(adjusted, by=drafter, now=minutes(30))
    approvals.decide(approval, ApprovalOutcome.APPROVED, by=approver, now=minutes(31))
    plans.publish(adjusted, by=drafter, now=minutes(32))
    assert list(adjusted.tasks.values_list("position", "clue")) == [(1, None), (2, None), (3, clue.pk)]


def test_its_task_is_changed_by_nobody(county, facility, drafter):
    task = drawing_clue(county, facility).task
    revision = task.plan.revision
    assert "已公布" in refused(plans.amend_task, task, {"rounds": 2}, revision=revision, by=drafter)
    assert "已公布" in refused(plans.remove_task, task, by=drafter)


# Closing


def test_where_there_is_nothing_in_it_the_clue_is_closed_with_a_reason(clue, drafter):
    assert "办理结论" in refused(clues.close, clue, " ", by=drafter)
    assert "身份证号" in refused(clues.close, clue, "举报人410403198001010011撤回", by=drafter)
    closed = clues.close(clue, "经核对结算数据，反映的情况不属实。", by=drafter, now=minutes(5))
    assert (closed.state, closed.closed_by, closed.closed_at) == (ClueState.CLOSED, drafter, minutes(5))


def test_a_clue_that_waits_for_approval_is_not_closed(clue, item, drafter):
    proposed_clue(clue, item)
    assert "待审批" in refused(clues.close, clue, OUTCOME, by=drafter)


def test_it_is_closed_once_its_inspection_is_over(county, facility, drafter):
    clue = approved_clue(county, facility)
    assert "还没有结束" in refused(clues.close, clue, OUTCOME, by=drafter)
    assert list(clues.inspected(county)) == []
    _inspected(clue)
    assert list(clues.inspected(county)) == [clue]
    assert clues.close(clue, OUTCOME, by=drafter).state == ClueState.CLOSED
    assert "已办结" in refused(clues.close, clue, OUTCOME, by=drafter)


def test_one_that_set_off_a_draw_waits_for_the_draw_and_its_visit(county, facility, drafter, witness):
    for n in (1, 2):
        make_inspector(county, n)
    clue = drawing_clue(county, facility)
    draw = witnessed_draw(clue.task, witness=witness, now=minutes(30))
    assert "尚未抽取" in refused(clues.close, clue, OUTCOME, by=drafter)
    draws.hold(draw, by=drafter, now=minutes(40))
    assert "还没有结束" in refused(clues.close, clue, OUTCOME, by=drafter)
    _inspected(clue)
    assert list(clues.inspected(county)) == [clue]
    assert clues.close(clue, OUTCOME, by=drafter).state == ClueState.CLOSED
    assert evidence.is_due(clue.task.draws.get())


def test_the_task_of_a_closed_clue_is_drawn_no_more(county, facility, drafter, approver, witness):
    for n in (1, 2):
        make_inspector(county, n)
    clue = drawing_clue(county, facility)
    voided = voided_draw(sealed_draw(clue.task, now=minutes(25)), now=minutes(30))
    assert voided.state == DrawState.VOIDED
    assert draws.unready(clue.task, 1, now=minutes(50)) == ""
    clues.close(clue, "举报人撤回，数据核对未见异常。", by=drafter)
    task = PlanTask.objects.get(clue=clue)
    assert "线索已经办结" in refused(draws.seal, task, 1, by=drafter, now=minutes(60))


def test_a_facility_with_an_open_clue_is_neither_merged_nor_moved(county, facility, drafter, clue):
    assert [clue.number in bar for bar in bars_to_leaving(facility)] == [True]
    clues.close(clue, "不属实。", by=drafter)
    assert bars_to_leaving(facility) == []


def test_the_title_of_the_approval_keeps_the_facility_for_its_page(clue, item):
    approval = proposed_clue(clue, item)
    assert (approval.subject_kind, approval.title) == (ApprovalSubject.CLUE, clue.number)


def test_a_team_that_was_chosen_is_chosen_anew_until_the_visit_begins(county, facility, item, drafter):
    visit = approved_clue(county, facility, item).visits.get()
    first, second, third = (make_inspector(county, number) for number in (71, 72, 73))
    teams.assign(visit, [first, second], by=drafter, now=NOW)
    teams.assign(visit, [third, second], by=drafter, now=NOW)
    active = visit.members.filter(is_active=True).order_by("place")
    assert [member.inspector for member in active] == [third, second]
    assert visit.members.filter(is_active=False).count() == 2
    entry = trail.about(visit).get(event="更换直接选派的检查人员")
    assert entry.before == {"检查人员": [first.number, second.number]}


def test_a_clues_visit_is_known_to_its_handlers_alone(county, city, facility, item, drafter):
    approved_clue(county, facility, item)
    above = make_user("shi.jingban", "石市局", city, "staff")
    colleague = make_user("shi.jiancha", "史检查", county, "inspector")
    visits = Visit.objects.all()
    assert embargo.visits_shown(visits, drafter).count() == 1
    assert [embargo.visits_shown(visits, one).count() for one in (above, colleague)] == [0, 0]
