"""线索触发的定向抽查 over a saved scope: drawn among others, and what follows where the lot fell on others (000§2, §8)."""

import pytest

from inspections import approvals, clue_sheet, clues, draws, plan_versions, pool, scopes
from inspections.clue_rules import ALONE, target, was_missed
from inspections.models import ApprovalOutcome, ApprovalSubject, Clue, PlanTask, SavedScope
from inspections.states import ClueState, DrawState
from registries import trail
from registries.models import FacilityTag
from registries.models.bureaus import ClueHandling
from tests.cast import refused
from tests.factories import NOW, make_facility, make_inspector, make_item, make_task
from tests.factories.clues import (
    OUTCOME,
    decided_clue,
    drawing_clue,
    make_scope,
    missed_clue,
    proposed_clue,
    registered_clue,
)
from tests.factories.draws import end_visit, held_draw, minutes, voided_draw

pytestmark = pytest.mark.django_db
WORDS = {"抽查范围": "机构类型：诊所；所在乡镇街道：建设路街道", "抽查比例": "各信用等级均为 30%"}
PROPOSED = WORDS | {"抽查范围": f"城区诊所（{WORDS['抽查范围']}）"}


@pytest.fixture(autouse=True)
def morning(time_machine):
    time_machine.move_to(NOW, tick=False)


@pytest.fixture
def facility(county):
    return make_facility(county, 1, grade="C")


@pytest.fixture
def scope(county, drafter):
    return make_scope(county)


@pytest.fixture
def clue(county, facility, drafter):
    """At a bureau that decides case by case, with a published plan."""
    county.clue_handling = ClueHandling.EITHER
    county.save()
    make_task(county, drafter, items=[make_item(county, drafter)])
    return registered_clue(county, facility, by=drafter)


def proposed(clue, **fields):
    item = PlanTask.objects.get(clue=None).items.get()
    return proposed_clue(clue, item, **({"way": "draw"} | fields))


# Proposing and approving


def test_without_a_scope_the_draw_is_over_the_facility_alone(clue, facility):
    proposed(clue)
    task = decided_clue(clue).task
    assert (task.named_codes, set(task.ratios_bp.values())) == ([facility.insurance_code], {10_000})
    assert target(Clue.objects.get()) == ALONE


def test_the_task_takes_the_conditions_of_the_scope_and_one_ratio_for_every_grade(clue, scope, county):
    tag = FacilityTag.objects.create(bureau=county, name="数据异常")
    scope.tags.add(tag)
    clue.facility.tags.add(tag)
    proposed(clue, scope=scope, ratio_bp=3000)
    task = decided_clue(clue).task
    assert (task.kinds, task.regions, list(task.tags.all())) == (["clinic"], ["建设路街道"], [tag])
    assert (task.named_codes, set(task.ratios_bp.values())) == ([], {3000})
    assert (task.winners_shown, task.rounds, task.joint_kind) == ("handlers", 1, "none")


def test_everybody_in_the_scope_is_in_the_pool(clue, scope, county, facility):
    make_facility(county, 2)
    make_facility(county, 3, region="东环路街道")
    proposed(clue, scope=scope, ratio_bp=3000)
    task = decided_clue(clue).task
    assert [row.facility_id for row in pool.facilities(task, on=NOW.date())] == [
        facility.pk,
        county.facilities.get(name="第2诊所").pk,
    ]


def test_the_approver_is_told_how_many_are_in_the_scope_as_the_task_will_have_them(clue, scope, county):
    tag = FacilityTag.objects.create(bureau=county, name="数据异常")
    scope.tags.add(tag)
    for facility in (clue.facility, make_facility(county, 2), make_facility(county, 3, region="东环路街道")):
        facility.tags.add(tag)
    make_facility(county, 4)
    proposed(clue, scope=scope, ratio_bp=3000)
    told = clues.approval_context(clue.pk)["in_scope"]
    assert (told, pool.size(decided_clue(clue).task)) == (2, 2)


def test_a_ground_for_one_facility_does_not_lift_the_cap_for_a_scope(clue, scope):
    said = refused(proposed, clue, scope=scope, ratio_bp=3000, cap_ground="某条例第九条")
    assert "仅抽查这一家机构" in said


def test_a_scope_that_was_deleted_meanwhile_is_chosen_anew(clue, scope, drafter):
    opened = SavedScope.objects.get(pk=scope.pk)
    scopes.delete(scope, by=drafter)
    assert "刚刚被删除" in refused(proposed, clue, scope=opened, ratio_bp=3000)
    assert Clue.objects.get().state == ClueState.REGISTERED


def test_what_becomes_of_the_scope_after_the_approval_does_not_matter(clue, scope, drafter):
    proposed(clue, scope=scope, ratio_bp=3000)
    task = decided_clue(clue).task
    SavedScope.objects.update(kinds=["pharmacy"], regions=[])
    scopes.delete(scope, by=drafter)
    task = PlanTask.objects.get(pk=task.pk)
    assert (task.kinds, task.regions) == (["clinic"], ["建设路街道"])
    assert target(Clue.objects.get()) == WORDS


@pytest.mark.parametrize(
    ("conditions", "said"),
    [
        ({"kinds": ["pharmacy", "general_hospital"]}, "机构类型是“诊所”"),
        ({"levels": ["3a"]}, "机构等级是“"),
        ({"ownerships": ["public"]}, "所有制是“"),
        ({"regions": ["东环路街道"]}, "所在乡镇街道是“建设路街道”"),
        ({"grades": ["A", "B"]}, "信用等级是“"),
    ],
)
def test_the_facility_must_be_in_the_scope_and_the_refusal_says_what_keeps_it_out(
    clue, county, conditions, said
):
    elsewhere = make_scope(county, "别的范围", **conditions)
    refusal = refused(proposed, clue, scope=elsewhere, ratio_bp=3000)
    assert "“第1诊所”不在范围“别的范围”内" in refusal
    assert said in refusal
    assert Clue.objects.get().state == ClueState.REGISTERED


def test_of_several_tags_one_is_enough(clue, county):
    one, other = (FacilityTag.objects.create(bureau=county, name=name) for name in ("数据异常", "群众关注"))
    tagged = make_scope(county, "重点机构", kinds=["clinic"])
    tagged.tags.set([one, other])
    assert "没有标签“数据异常”“群众关注”" in refused(proposed, clue, scope=tagged, ratio_bp=3000)
    clue.facility.tags.add(other)
    assert proposed(clue, scope=tagged, ratio_bp=3000).pk


@pytest.mark.parametrize("ratio", [None, 0, 10_001])
def test_a_scope_needs_a_ratio_between_nothing_and_everything(clue, scope, ratio):
    assert "大于 0%，不超过 100%" in refused(proposed, clue, scope=scope, ratio_bp=ratio)


def test_a_ratio_without_a_scope_is_a_misunderstanding(clue):
    assert "请选择抽查范围" in refused(proposed, clue, ratio_bp=3000)


def test_another_bureaus_scope_is_not_taken(clue, neighbour):
    assert "本局保存的抽查范围" in refused(proposed, clue, scope=make_scope(neighbour), ratio_bp=3000)


def test_a_direct_inspection_keeps_neither_scope_nor_ratio(clue, scope):
    proposed(clue, way="direct", scope=scope, ratio_bp=3000)
    clue.refresh_from_db()
    assert (clue.scope, clue.ratio_bp, target(clue)) == (None, None, {})


def test_what_changed_of_the_facility_since_the_proposal_is_found_when_it_is_decided(clue, scope, facility):
    proposed(clue, scope=scope, ratio_bp=3000)
    facility.region = "东环路街道"
    facility.save()
    assert "所在乡镇街道是“东环路街道”" in refused(decided_clue, clue)


def test_scope_and_ratio_are_told_to_the_approver_and_on_the_trail(clue, scope):
    proposed(clue, scope=scope, ratio_bp=3000)
    assert clues.approval_context(clue.pk)["target"] == PROPOSED
    decided_clue(clue)
    after = {entry.event: entry.after for entry in trail.about(clue)}
    assert {name: after["提请线索检查"][name] for name in PROPOSED} == PROPOSED
    assert {name: after["批准线索检查"][name] for name in WORDS} == WORDS
    assert target(Clue.objects.get()) == WORDS


def test_a_scope_is_not_deleted_under_a_proposal(clue, scope, drafter):
    proposed(clue, scope=scope, ratio_bp=3000)
    assert f"线索{clue}拟以范围“城区诊所”定向抽查" in refused(scopes.delete, scope, by=drafter)
    decided_clue(clue, ApprovalOutcome.RETURNED, reason="请先调取结算数据")
    assert "还没有批准" in refused(scopes.delete, scope, by=drafter)
    proposed(clue, way="direct", now=minutes(30))
    scopes.delete(scope, by=drafter)
    assert not SavedScope.objects.exists()


def test_the_public_text_of_the_task_tells_the_conditions_and_not_whom_the_clue_is_about(
    clue, scope, facility
):
    proposed(clue, scope=scope, ratio_bp=3000)
    said = dict(plan_versions.describe(decided_clue(clue).task))
    assert said["抽查范围"] == WORDS["抽查范围"]
    assert [one for one in (facility.name, facility.insurance_code, "城区诊所") if one in str(said)] == []


# Drawn


def test_where_the_lot_fell_on_its_facility_the_clue_waits_for_all_that_were_drawn(
    county, facility, scope, drafter
):
    make_facility(county, 2)
    for n in range(1, 5):
        make_inspector(county, n)
    clue = drawing_clue(county, facility, scope=scope, ratio_bp=10_000)
    held_draw(clue.task, now=minutes(30))
    its_own = clue_sheet.visit(clue)
    assert (its_own.facility, clue_sheet.others_drawn(clue), was_missed(clue)) == (facility, 1, False)
    end_visit(its_own)
    assert "还有 1 户" in refused(clues.close, clue, OUTCOME, by=drafter)
    end_visit(clues.visits_of(clue).exclude(pk=its_own.pk).get())
    assert list(clues.inspected(county)) == [clue]
    clues.close(clue, OUTCOME, by=drafter, now=minutes(90))
    assert trail.about(clue).first().after == {"检查": "已检查"}


def test_where_it_did_not_the_clue_is_closed_once_the_others_are_inspected(county, facility, scope, drafter):
    clue = missed_clue(county, facility, scope)
    assert (was_missed(clue), clue_sheet.visit(clue), clue_sheet.others_drawn(clue)) == (True, None, 2)
    assert "还有 2 户" in refused(clues.close, clue, OUTCOME, by=drafter)
    for visit in clues.visits_of(clue):
        end_visit(visit)
    assert list(clues.inspected(county)) == [clue]
    assert clues.close(clue, OUTCOME, by=drafter, now=minutes(90)).state == ClueState.CLOSED
    assert trail.about(clue).first().after == {"检查": "未检查"}


def again(clue, **fields):
    return proposed(clue, **({"way": "direct", "now": minutes(60)} | fields))


def test_it_may_be_proposed_anew_as_a_direct_inspection(county, facility, scope, drafter):
    clue = missed_clue(county, facility, scope)
    approval = again(clue)
    assert clues.approval_context(clue.pk)["missed"] is True
    assert drafter in approval.barred.all()
    clue = decided_clue(clue, now=minutes(70))
    visit = clue.visits.get()
    assert (clue.state, visit.facility, visit.draw) == (ClueState.INSPECTING, facility, None)
    assert clue_sheet.visit(clue) == visit
    end_visit(visit)
    assert clues.close(clue, OUTCOME, by=drafter).state == ClueState.CLOSED


def test_a_clue_sets_off_one_draw_only(county, facility, scope):
    clue = missed_clue(county, facility, scope)
    assert "已触发过定向抽查" in refused(again, clue, way="draw")


def test_returned_it_goes_on_as_the_draw_it_was(county, facility, scope):
    clue = missed_clue(county, facility, scope)
    again(clue)
    clue = decided_clue(clue, ApprovalOutcome.RETURNED, reason="先看其他机构", now=minutes(70))
    assert clue.state == ClueState.DRAWING
    assert again(clue, now=minutes(80)).pk


def test_before_the_draw_and_where_its_facility_was_drawn_nothing_is_proposed_anew(county, facility, scope):
    for n in range(1, 5):
        make_inspector(county, n)
    clue = drawing_clue(county, facility, scope=scope, ratio_bp=10_000)
    county.clue_handling = ClueHandling.EITHER
    county.save()
    assert "请先完成抽取" in refused(again, clue)
    held_draw(clue.task, now=minutes(30))
    assert "请先完成抽取" in refused(again, clue)
    assert clue_sheet.may_propose_anew(clue) is False


def test_where_the_bureau_only_draws_it_is_not_proposed_anew(county, facility, scope):
    clue = missed_clue(county, facility, scope)
    county.clue_handling = ClueHandling.DRAW
    county.save()
    clue = Clue.objects.get()
    assert clue_sheet.may_propose_anew(clue) is False
    assert "触发定向抽查" in refused(again, clue)


def test_its_draw_is_not_sealed_anew_once_it_is_inspected_directly(county, facility, scope, drafter):
    clue = missed_clue(county, facility, scope)
    again(clue)
    decided_clue(clue, now=minutes(70))
    draw = clue.task.draws.get()
    assert voided_draw(draw, now=minutes(80)).state == DrawState.VOIDED
    task = PlanTask.objects.get(clue=clue)
    assert "已另行提请直接检查" in refused(draws.seal, task, 1, by=drafter, now=minutes(90))


def test_the_way_back_to_approval_is_open_to_one_of_two(county, facility, scope, colleague):
    clue = missed_clue(county, facility, scope)
    again(clue)
    assert "待审批" in refused(again, clue, by=colleague, now=minutes(61))
    assert approvals.open_approval(ApprovalSubject.CLUE, clue.pk).applied_at == minutes(60)
