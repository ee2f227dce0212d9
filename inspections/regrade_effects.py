"""What new grades would do to the draws that this year's plans still hold in store (B5, C1).

A bureau's facilities stand in the plans of the bureaus above it too; those show once they are published.
"""

import datetime as dt
from collections.abc import Mapping

from django.db.models import Q
from django.utils import timezone

from inspections import embargo, pool
from inspections.models import AnnualPlan, Draw, JointKind, PlanTask
from inspections.plan_rules import draw_rules
from inspections.readiness import next_round
from inspections.sealing import FacilityRow, Quotas, quotas_of, tally
from inspections.states import DrawState, PlanState
from registries.models import Bureau
from registries.regrading import GradeEffect, PlanEffects, TaskEffect


def regrade_effects(bureau: Bureau, grades: Mapping[int, str]) -> PlanEffects:
    """`grades`: the new grades by facility primary key."""
    today = timezone.localdate()
    rounds = [(task, next_round(task)) for task in _tasks(bureau, today)]
    return PlanEffects(
        tasks=tuple(_effect(task, round, grades, bureau, today) for task, round in rounds if round),
        notes=tuple(_sealed(bureau)),
    )


def _tasks(bureau: Bureau, today: dt.date) -> list[PlanTask]:
    """Of the newest version of each plan: an approved adjustment will replace the published one."""
    decided = AnnualPlan.objects.filter(
        Q(state=PlanState.PUBLISHED) | Q(state=PlanState.APPROVED, bureau=bureau),
        bureau__in=bureau.with_ancestors(),
        year=today.year,
    )
    newest = {plan.bureau_id: plan.pk for plan in decided.order_by("version")}
    return list(
        PlanTask.objects.filter(plan__in=newest.values(), ends_on__gte=today)
        # Whom another bureau's clue is about is nobody's business here.
        .filter(Q(clue=None) | Q(plan__bureau=bureau))
        .exclude(joint_kind=JointKind.ASSIST)
        .select_related("plan__bureau")
        .prefetch_related("tags")
        .order_by("-plan__bureau__path", "position")
    )


def _effect(
    task: PlanTask, round: int, grades: Mapping[int, str], bureau: Bureau, today: dt.date
) -> TaskEffect:
    rules = draw_rules(task)
    own = task.plan.bureau_id == bureau.pk
    found = pool.facilities(task, on=today, known=embargo.known_at(bureau), knows_lists=own)
    before = quotas_of(tally(FacilityRow(one.code, one.grade, one.status) for one in found), rules)
    regraded = (FacilityRow(one.code, grades.get(one.facility_id, one.grade), one.status) for one in found)
    after = quotas_of(tally(regraded), rules)
    return TaskEffect(
        task=task.name if own else f"{task.plan.bureau.name}：{task.name}",
        round=round,
        grades=_by_grade(before, after),
        drawn_before=before.total,
        drawn_after=after.total,
    )


def _by_grade(before: Quotas, after: Quotas) -> tuple[GradeEffect, ...]:
    return tuple(
        GradeEffect(old.grade, old.base, new.base, old.quota, new.quota)
        for old, new in zip(before.rows, after.rows, strict=True)
    )


def _sealed(bureau: Bureau):
    waiting = Draw.objects.filter(bureau__in=bureau.with_ancestors(), state=DrawState.SEALED)
    for draw in waiting.select_related("task").order_by("-bureau__path"):
        yield (
            f"{draw.number}（{draw.task.name}，第 {draw.round} 轮）已封存、尚未抽取，"
            "名单和等级以封存时为准，不受这次变更影响。"
        )
