"""年度抽查计划 from the first draft to the adjusted version (B1–B4)."""

import datetime as dt

import pytest
import time_machine
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction

from inspections import approvals, plans
from inspections.models import AnnualPlan, ApprovalOutcome, Draw, PlanTask
from inspections.plan_rules import defaults, values_of
from inspections.plan_versions import differences
from inspections.states import DrawState, PlanState
from registries import trail
from registries.errors import DomainError
from registries.models import NumberSeries
from tests.factories import NOW, make_facility, make_inspector, make_item, make_visit
from tests.inspections.planning import WORDS, drafted, published, submitted, task_values, through


@pytest.fixture
def item(county, drafter):
    return make_item(county, drafter)


def events(plan):
    return list(trail.about(plan).order_by("pk").values_list("event", flat=True))


def drawn(task, by, round=1, **fields):
    """Marks a round of the task as drawn."""
    bureau = task.bureau
    sequence = Draw.objects.count() + 1
    values = {
        "round": round, "year": 2026, "sequence": sequence, "number": f"抽{sequence}", "state": DrawState.HELD,
        "seal": "{}", "seal_digest": f"{sequence:064}", "secret": "0" * 64, "sealed_at": NOW, "sealed_by": by,
        "held_at": NOW, "held_by": by,
    }  # fmt: skip
    return Draw.objects.create(bureau=bureau, task=task, **(values | fields))


# Drafting


@pytest.mark.parametrize(
    ("setting", "shown"), [("at_once", "at_once"), ("after_visits", "office"), ("handlers", "handlers")]
)
def test_a_new_task_shows_its_winners_as_the_bureau_has_set(county, drafter, item, setting, shown):
    county.winners_public = setting
    county.save()
    values = {name: value for name, value in task_values(item).items() if name != "winners_shown"}
    task = plans.add_task(drafted(county, drafter, item=item), values, by=drafter, now=NOW)
    assert (task.winners_shown, defaults(county)["winners_shown"]) == (shown, shown)


def test_a_task_takes_the_ratios_of_the_rules_and_the_bureaus_own_settings(county, drafter, item):
    county.ungraded_ratio_bp, county.floor_ratio_bp = 800, 450
    county.save()
    task = drafted(county, drafter, item=item).tasks.get()
    assert task.ratios_bp == {"A": 500, "B": 1000, "C": 1500, "D": 2000, "NONE": 800}
    assert (task.floor_bp, task.rounds, task.team_size) == (450, 2, 2)
    assert list(task.items.all()) == [item]


def test_only_staff_draft_and_only_for_their_own_bureau(county, approver, city_staff, outsider):
    for person in (approver, city_staff, outsider):
        with pytest.raises(PermissionDenied):
            plans.draft(county, 2026, WORDS, by=person, now=NOW)
    assert not AnnualPlan.objects.exists()


def test_a_year_has_one_plan(county, drafter, colleague):
    plans.draft(county, 2026, WORDS, by=drafter, now=NOW)
    with pytest.raises(DomainError, match="已经有了（编制中）"):
        plans.draft(county, 2026, WORDS, by=colleague, now=NOW)


@pytest.mark.parametrize("year", [0, 1999, 2028, 20261])
def test_a_plan_is_for_a_year_that_makes_sense(county, drafter, year):
    with pytest.raises(DomainError, match="年度") as refusal:
        plans.draft(county, year, WORDS, by=drafter, now=NOW)
    assert refusal.value.field == "year"


@pytest.mark.parametrize("name", WORDS)
def test_a_plan_states_its_title_and_both_requirements(county, drafter, name):
    with pytest.raises(DomainError, match="请填写") as refusal:
        plans.draft(county, 2026, WORDS | {name: " "}, by=drafter, now=NOW)
    assert refusal.value.field == name


def test_the_second_of_two_who_amend_the_same_plan_is_told_what_changed(county, drafter, colleague):
    plan = plans.draft(county, 2026, WORDS, by=drafter, now=NOW)
    plans.amend(plan, {"title": "甲的标题"}, revision=1, by=drafter, now=NOW)
    with pytest.raises(DomainError, match="周经办.*标题"):
        plans.amend(plan, {"title": "乙的标题"}, revision=1, by=colleague, now=NOW)
    plan.refresh_from_db()
    assert (plan.title, plan.revision) == ("甲的标题", 2)


def test_the_second_of_two_who_amend_the_same_task_is_told_what_changed(county, drafter, colleague):
    plan = drafted(county, drafter)
    task = plan.tasks.get()
    plans.amend_task(task, {"rounds": 3}, revision=2, by=drafter, now=NOW)
    with pytest.raises(DomainError, match="全年抽取次数"):
        plans.amend_task(task, {"rounds": 4}, revision=2, by=colleague, now=NOW)
    task.refresh_from_db()
    assert task.rounds == 3


def test_amending_a_task_leaves_before_and_after_on_the_plans_trail(county, drafter):
    plan = drafted(county, drafter)
    plans.amend_task(plan.tasks.get(), {"ratio_a_bp": 625}, revision=2, by=drafter, now=NOW)
    entry = trail.about(plan).first()
    assert entry.before == {"抽查比例": "A级 5%，B级 10%，C级 15%，D级 20%，未评级 10%"}
    assert entry.after == {"抽查比例": "A级 6.25%，B级 10%，C级 15%，D级 20%，未评级 10%"}


def test_a_removed_task_is_gone_and_on_the_trail(county, drafter):
    plan = drafted(county, drafter)
    task = plan.tasks.get()
    plans.remove_task(task, by=drafter, now=NOW)
    assert not plan.tasks.exists()
    assert events(plan)[-1] == "删除抽查任务"
    with pytest.raises(DomainError, match="刚刚被别人删除"):
        plans.amend_task(task, {"rounds": 3}, revision=3, by=drafter, now=NOW)


# What a task must fulfil


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"name": ""}, "name"),
        ({"name": "长" * 101}, "name"),
        ({"items": []}, "items"),
        ({"starts_on": None}, "starts_on"),
        ({"starts_on": dt.date(2025, 12, 31)}, "starts_on"),
        ({"ends_on": dt.date(2027, 1, 1)}, "ends_on"),
        ({"ends_on": dt.date(2026, 2, 1)}, "ends_on"),
        ({"team_size": 1}, "team_size"),
        ({"ratio_d_bp": 10001}, "ratio_d_bp"),
        ({"floor_bp": 299}, "floor_bp"),
        ({"floor_bp": 10001}, "floor_bp"),
        ({"rounds": 0}, "rounds"),
        ({"kinds": ["spaceship"]}, "kinds"),
        ({"joint_kind": "nonsense"}, "joint_kind"),
        ({"joint_kind": "lead"}, "partners"),
        ({"qualification": "药学,医学"}, "qualification"),
    ],
    ids=lambda value: str(value)[:30],
)
def test_a_task_that_makes_no_sense_is_refused_at_its_field(county, drafter, item, change, field):
    plan = plans.draft(county, 2026, WORDS, by=drafter, now=NOW)
    with pytest.raises(DomainError) as refusal:
        plans.add_task(plan, task_values(item) | change, by=drafter, now=NOW)
    assert refusal.value.field == field
    assert not plan.tasks.exists()


def test_the_item_list_of_a_bureau_above_may_be_planned(county, drafter, province, city_staff):
    item = make_item(province, city_staff)
    assert list(drafted(county, drafter, item=item).tasks.get().items.all()) == [item]


@pytest.mark.parametrize("state", ["draft", "superseded", "withdrawn"])
def test_nothing_is_planned_outside_the_published_list(county, drafter, state):
    version = make_item(county, drafter, state=state)
    with pytest.raises(DomainError, match="清单之外不得检查"):
        drafted(county, drafter, item=version)


def test_neither_the_second_list_nor_a_strangers_list_may_be_planned(county, drafter, neighbour, outsider):
    outside = make_item(county, drafter)
    outside.item.list_kind = "outside"
    outside.item.save()
    foreign = make_item(neighbour, outsider)
    assert list(plans.plannable(county)) == []
    plan = plans.draft(county, 2026, WORDS, by=drafter, now=NOW)
    for version in (outside, foreign):
        with pytest.raises(DomainError, match="清单之外不得检查"):
            plans.add_task(plan, task_values(version), by=drafter, now=NOW)


def test_an_item_that_is_only_inspected_jointly_is_not_planned_alone(county, drafter):
    item = make_item(county, drafter, joint_only=True)
    plan = plans.draft(county, 2026, WORDS, by=drafter, now=NOW)
    with pytest.raises(DomainError, match="跨部门开展，本单位不再单独开展"):
        plans.add_task(plan, task_values(item), by=drafter, now=NOW)
    partners = [{"department": "区市场监督管理局", "items": ["药品经营和使用单位监督检查"]}]
    joint = plans.add_task(plan, task_values(item, joint_kind="lead", partners=partners), by=drafter, now=NOW)
    assert list(plan.tasks.all()) == [joint]


# From draft to published


def test_a_plan_goes_from_draft_to_published_and_every_step_is_on_the_trail(county, drafter, approver):
    plan = published(county, drafter, approver)
    assert (plan.state, plan.published_by, plan.published_at) == (PlanState.PUBLISHED, drafter, NOW)
    assert events(plan) == ["编制年度计划", "增加抽查任务", "提交年度计划", "批准年度计划", "公布年度计划"]


def test_publication_numbers_the_tasks_consecutively(county, drafter, approver, item):
    plan = drafted(county, drafter, item=item)
    plans.add_task(plan, task_values(item, name="另一任务"), by=drafter, now=NOW)
    assert set(plan.tasks.values_list("number", flat=True)) == {""}
    through(plan, plans.submit(plan, by=drafter, now=NOW), drafter, approver)
    assert list(plan.tasks.values_list("number", flat=True)) == [
        "卫医保抽查〔2026〕1号",
        "卫医保抽查〔2026〕2号",
    ]


def test_a_plan_without_tasks_is_not_submitted(county, drafter):
    plan = plans.draft(county, 2026, WORDS, by=drafter, now=NOW)
    with pytest.raises(DomainError, match="还没有抽查任务"):
        plans.submit(plan, by=drafter, now=NOW)


def test_an_item_withdrawn_meanwhile_stops_the_submission(county, drafter, item):
    plan = drafted(county, drafter, item=item)
    item.state = "withdrawn"
    item.save()
    with pytest.raises(DomainError, match="清单之外不得检查"):
        plans.submit(plan, by=drafter, now=NOW)
    plan.refresh_from_db()
    assert plan.state == PlanState.DRAFT


def test_an_item_withdrawn_after_the_approval_stops_the_publication_and_no_number_is_lost(
    county, drafter, approver, item
):
    plan, approval = submitted(county, drafter, item=item)
    approvals.decide(approval, ApprovalOutcome.APPROVED, by=approver, now=NOW)
    item.state = "withdrawn"
    item.save()
    with pytest.raises(DomainError, match="清单之外不得检查"):
        plans.publish(plan, by=drafter, now=NOW)
    plan.refresh_from_db()
    assert plan.state == PlanState.APPROVED
    assert not NumberSeries.objects.exists()


def test_a_returned_plan_is_amended_and_submitted_again(county, drafter, approver):
    plan, approval = submitted(county, drafter)
    approvals.decide(approval, ApprovalOutcome.RETURNED, by=approver, reason="比例偏低", now=NOW)
    plan.refresh_from_db()
    assert plan.state == PlanState.RETURNED
    assert trail.about(plan).first().note == "比例偏低"
    plans.amend_task(plan.tasks.get(), {"ratio_a_bp": 600}, revision=plan.revision, by=drafter, now=NOW)
    again = plans.submit(plan, by=drafter, now=NOW)
    assert through(plan, again, drafter, approver).state == PlanState.PUBLISHED


def test_no_state_is_skipped(county, drafter, approver):
    plan = drafted(county, drafter)
    with pytest.raises(DomainError, match="编制中"):
        plans.publish(plan, by=drafter, now=NOW)
    with pytest.raises(DomainError, match="只有已公布的计划才能调整"):
        plans.adjust(plan, reason="想改", by=drafter, now=NOW)
    approval = plans.submit(plan, by=drafter, now=NOW)
    with pytest.raises(DomainError, match="待审批"):
        plans.publish(plan, by=drafter, now=NOW)
    with pytest.raises(DomainError, match="不能变为"):
        plans.submit(plan, by=drafter, now=NOW)
    through(plan, approval, drafter, approver)
    with pytest.raises(DomainError, match="不能变为"):
        plans.publish(plan, by=drafter, now=NOW)


@pytest.mark.parametrize("make", [submitted, published])
def test_a_plan_under_approval_or_published_is_not_edited(county, drafter, approver, item, make):
    who = [drafter] if make is submitted else [drafter, approver]
    make(county, *who, item=item)
    plan = AnnualPlan.objects.get()
    task = plan.tasks.get()
    for refused in (
        lambda: plans.amend(plan, {"title": "改"}, revision=2, by=drafter, now=NOW),
        lambda: plans.add_task(plan, task_values(item), by=drafter, now=NOW),
        lambda: plans.amend_task(task, {"rounds": 3}, revision=2, by=drafter, now=NOW),
        lambda: plans.remove_task(task, by=drafter, now=NOW),
    ):
        with pytest.raises(DomainError, match="不能修改"):
            refused()


# Adjustment (B2)


def test_an_adjustment_replaces_the_published_plan_only_when_it_is_published_itself(
    county, drafter, approver
):
    first = published(county, drafter, approver)
    second = plans.adjust(first, reason="机构数量变化较大", by=drafter, now=NOW)
    assert (second.version, second.state, second.adjustment_reason) == (
        2,
        PlanState.DRAFT,
        "机构数量变化较大",
    )
    first.refresh_from_db()
    assert first.state == PlanState.PUBLISHED
    through(second, plans.submit(second, by=drafter, now=NOW), drafter, approver)
    first.refresh_from_db()
    second.refresh_from_db()
    assert (first.state, second.state) == (PlanState.SUPERSEDED, PlanState.PUBLISHED)


def test_an_adjustment_begun_by_mistake_can_be_thrown_away_and_begun_again(county, drafter, approver):
    first = published(county, drafter, approver)
    second = plans.adjust(first, reason="点错了", by=drafter, now=NOW)
    assert plans.discard_adjustment(second, reason="不需要调整", by=drafter, now=NOW) == first
    assert list(AnnualPlan.objects.all()) == [first]
    assert first.tasks.count() == PlanTask.objects.count() == 1
    entry = trail.about(first).first()
    assert (entry.event, entry.note, entry.before["调整原因"]) == ("放弃计划调整", "不需要调整", "点错了")
    assert plans.adjust(first, reason="机构数量变化", by=drafter, now=NOW).version == 2


def test_what_was_submitted_or_is_in_force_is_not_thrown_away(county, drafter, approver, outsider):
    first = published(county, drafter, approver)
    second = plans.adjust(first, reason="机构数量变化", by=drafter, now=NOW)
    with pytest.raises(PermissionDenied):
        plans.discard_adjustment(second, reason="不要了", by=outsider)
    asked = plans.submit(second, by=drafter, now=NOW)
    for plan in (first, second):
        with pytest.raises(DomainError, match="还没有提交过审批的调整版本"):
            plans.discard_adjustment(plan, reason="不要了", by=drafter)
    approvals.decide(asked, ApprovalOutcome.RETURNED, by=approver, reason="请说明")
    with pytest.raises(DomainError, match="留有审批记录"):
        plans.discard_adjustment(second, reason="不要了", by=drafter)
    assert AnnualPlan.objects.count() == 2


def test_a_first_version_is_the_plan_itself_and_is_not_thrown_away(county, drafter):
    plan = drafted(county, drafter)
    with pytest.raises(DomainError, match="还没有提交过审批的调整版本"):
        plans.discard_adjustment(plan, reason="不要了", by=drafter)


def test_an_adjusted_plan_keeps_its_tasks_under_their_numbers(county, drafter, approver, item):
    first = published(county, drafter, approver, item=item, kinds=["pharmacy"])
    second = plans.adjust(first, reason="增加一项任务", by=drafter, now=NOW)
    plans.add_task(second, task_values(item, name="新任务"), by=drafter, now=NOW)
    through(second, plans.submit(second, by=drafter, now=NOW), drafter, approver)
    kept, new = second.tasks.all()
    assert values_of(kept) == values_of(first.tasks.get())
    assert (kept.number, new.number) == ("卫医保抽查〔2026〕1号", "卫医保抽查〔2026〕2号")


def test_an_adjustment_needs_a_reason_and_there_is_one_at_a_time(county, drafter, colleague, approver):
    first = published(county, drafter, approver)
    with pytest.raises(DomainError, match="调整原因"):
        plans.adjust(first, reason=" ", by=drafter, now=NOW)
    plans.adjust(first, reason="机构数量变化", by=drafter, now=NOW)
    with pytest.raises(DomainError, match="已经在调整"):
        plans.adjust(first, reason="我也要改", by=colleague, now=NOW)


def test_a_round_once_drawn_is_not_drawn_again_after_an_adjustment(county, drafter, approver):
    """However often the plan is adjusted, the database knows the task by its first version (C4)."""
    first = published(county, drafter, approver)
    drawn(first.tasks.get(), drafter)
    second = plans.adjust(first, reason="第一次调整", by=drafter, now=NOW)
    through(second, plans.submit(second, by=drafter, now=NOW), drafter, approver)
    third = plans.adjust(second, reason="第二次调整", by=drafter, now=NOW)
    for plan in (second, third):
        task = plan.tasks.get()
        assert plans.rounds_taken(task) == {1}
        with pytest.raises(IntegrityError), transaction.atomic():
            drawn(task, drafter)
    assert drawn(third.tasks.get(), drafter, round=2).round == 2


def test_a_voided_draw_gives_its_round_back(county, drafter, colleague, approver):
    task = published(county, drafter, approver).tasks.get()
    drawn(task, drafter, state=DrawState.VOIDED, voided_at=NOW, voided_by=approver)
    assert plans.rounds_taken(task) == set()
    drawn(task, drafter)
    assert plans.rounds_taken(task) == {1}


def test_a_drawn_task_is_neither_removed_nor_given_fewer_rounds_than_were_drawn(county, drafter, approver):
    first = published(county, drafter, approver)
    drawn(first.tasks.get(), drafter, round=2)
    second = plans.adjust(first, reason="调整", by=drafter, now=NOW)
    task = second.tasks.get()
    with pytest.raises(DomainError, match="不能删除"):
        plans.remove_task(task, by=drafter, now=NOW)
    with pytest.raises(DomainError, match="第 2 次已经抽取"):
        plans.amend_task(task, {"rounds": 1}, revision=1, by=drafter, now=NOW)


def test_the_approver_of_an_adjustment_sees_what_it_changes(county, drafter, approver, item):
    first = published(county, drafter, approver, item=item)
    second = plans.adjust(first, reason="调整", by=drafter, now=NOW)
    plans.amend_task(second.tasks.get(), {"rounds": 3}, revision=1, by=drafter, now=NOW)
    plans.add_task(second, task_values(item, name="新任务"), by=drafter, now=NOW)
    changed, added = differences(first, second)
    assert changed == ("任务“定点医药机构监督检查”的全年抽取次数", "2 次", "3 次")
    assert (added.what, added.before) == ("新增任务“新任务”", "")


def test_the_approver_sees_what_the_plan_means(county, drafter):
    for n in range(1, 41):
        make_facility(county, n)
    make_inspector(county, 1)
    make_inspector(county, 2)
    plan, _ = submitted(county, drafter)
    with time_machine.travel(NOW, tick=False):
        context = plans.approval_context(plan.pk)
    assert (context["plan"], context["earlier"], context["differences"]) == (plan, None, [])
    assert (context["forecast"].visits, context["forecast"].visits_each) == (4, 4)


def test_a_visit_made_for_the_old_version_stays_with_it(county, drafter, approver):
    first = published(county, drafter, approver)
    task = first.tasks.get()
    visit = make_visit(task, make_facility(county, 1), [make_inspector(county, 1)], by=drafter)
    second = plans.adjust(first, reason="调整", by=drafter, now=NOW)
    through(second, plans.submit(second, by=drafter, now=NOW), drafter, approver)
    visit.draw.refresh_from_db()
    assert visit.draw.task == task
    assert visit.draw.lineage == task == second.tasks.get().root
