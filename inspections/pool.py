"""Who is in scope of a task, and who of them is in the pool: one reason code each, frozen with the draw (C1, C2).

The reasons are looked at in the order of REASONS; the first that holds is the one that is recorded.
"""

import datetime as dt
from typing import NamedTuple

from django.db.models import Case, Q, QuerySet, When
from django.db.models.functions import Coalesce

from inspections import frequency, set_off, staffing
from inspections.models import AssistedList, Draw, JointKind, PlanTask, SavedScope, Visit
from inspections.sealing import IN
from inspections.states import DrawState, VisitState
from registries import interests
from registries.models import AgreementStatus, Bureau, Facility, Inspector, Interest
from registries.models.people import InspectorKind, InspectorStatus

AGREEMENT_SUSPENDED = "agreement_suspended"
AGREEMENT_ENDED = "agreement_ended"
DEREGISTERED = "deregistered"
MOVED_AWAY = "moved_away"
OUT_OF_TERM = "agreement_out_of_term"
JOINT_PLAN = "joint_plan"
DRAWN_BY_SUPERIOR = "drawn_by_superior"
DRAWN_BEFORE_MOVING = "drawn_before_moving"
DRAWN_THIS_YEAR = "drawn_this_year"
FREQUENCY_CAP = "frequency_cap"
REASONS = {
    AGREEMENT_SUSPENDED: "协议已中止",
    AGREEMENT_ENDED: "协议已解除",
    DEREGISTERED: "已注销",
    MOVED_AWAY: "已迁出",
    OUT_OF_TERM: "不在协议有效期内",
    JOINT_PLAN: "本年度联合抽查计划已覆盖",
    DRAWN_BY_SUPERIOR: "上级医保局本年度已抽中",
    DRAWN_BEFORE_MOVING: "迁入前的医保局本年度已抽中",
    DRAWN_THIS_YEAR: "本局本年度已抽中",
    FREQUENCY_CAP: "年度检查次数已达上限",
}
# Whoever has another status than these is active (registries/standing.py).
OUT_BY_AGREEMENT = {
    AgreementStatus.SUSPENDED: AGREEMENT_SUSPENDED,
    AgreementStatus.ENDED: AGREEMENT_ENDED,
    AgreementStatus.DEREGISTERED: DEREGISTERED,
    AgreementStatus.MOVED_AWAY: MOVED_AWAY,
}

INSPECTOR_REASONS = staffing.REASONS
# Personal data are decrypted as they are read: the pool reads none.
LOOKED_AT = (
    "number", "qualifications", "regions", "status", "certificate_number", "certificate_issued_on",
    "certificate_valid_until",
)  # fmt: skip


class PoolFacility(NamedTuple):
    facility_id: int
    code: str
    grade: str
    status: str


class PoolInspector(NamedTuple):
    inspector_id: int
    code: str
    qualifications: tuple[str, ...]
    status: str


def facilities(
    task: PlanTask, *, on: dt.date, known: QuerySet[Visit] | None = None, knows_lists: bool = True
) -> list[PoolFacility]:
    """Everybody in scope on that day, sorted by code; `status` is `in` or a code of REASONS.

    Only the visits of `known` keep anybody out: all there are for a seal, for a person those that they may know of.
    Lists that are still to be drawn for do so for whoever `knows_lists`.
    """
    visits = Visit.objects.all() if known is None else known
    reasons = taken_by_visits(task, on.year, visits)
    if knows_lists and not _goes_beside_joint_tasks(task):
        listed = set_off.named_by(set_off.waiting(task.plan.bureau, on))
        reasons[JOINT_PLAN] = reasons[JOINT_PLAN].union(listed)
    taken = {reason: set(keys) for reason, keys in reasons.items()}
    joint = taken.pop(JOINT_PLAN)
    inspected = {}
    for reason, keys in reversed(taken.items()):
        inspected.update(dict.fromkeys(keys, reason))
    rows = (
        Facility.objects.filter(_scope(task))
        .order_by("insurance_code")
        .values_list(
            "pk", "insurance_code", "grade", "agreement_status", "agreement_from", "agreement_to",
            Case(When(Facility.on_blacklist(on), then=True), default=False),
        )
    )  # fmt: skip
    pool = []
    for pk, code, grade, agreement, begins, ends, is_blacklisted in rows.iterator(chunk_size=5000):
        if task.assisted_id:
            # Another department drew them, and whoever confirmed the list was warned (assisted_matching).
            status = IN
        elif agreement in OUT_BY_AGREEMENT:
            status = OUT_BY_AGREEMENT[agreement]
        elif (begins and on < begins) or (ends and on > ends):
            status = OUT_OF_TERM
        elif pk in joint:
            status = JOINT_PLAN
        # 002§11: a blacklisted facility is never left out for having been inspected.
        elif is_blacklisted:
            status = IN
        else:
            status = inspected.get(pk, IN)
        pool.append(PoolFacility(pk, code, grade, status))
    return pool


def taken_by_visits(task: PlanTask, year: int, visits: QuerySet[Visit]) -> dict[str, QuerySet]:
    """Keys of the facilities, by the reason for which these visits keep them out, in the order of REASONS."""
    bureau = task.plan.bureau
    won = _won(task, year, visits)
    line = won.filter(draw__bureau__in=bureau.ancestors())
    beside = won.exclude(draw__bureau__path__startswith=bureau.path).exclude(
        draw__bureau__in=bureau.ancestors()
    )
    return {
        JOINT_PLAN: _covered_by_a_joint_task(task, visits),
        DRAWN_BY_SUPERIOR: line.values_list("stands", flat=True),
        # A move is no second inspection (C2).
        DRAWN_BEFORE_MOVING: beside.filter(facility__bureau__path__startswith=bureau.path).values_list(
            "stands", flat=True
        ),
        DRAWN_THIS_YEAR: won.filter(draw__bureau=bureau).values_list("stands", flat=True),
        FREQUENCY_CAP: frequency.at_the_cap(task, year, visits),
    }


def size(task: PlanTask) -> int:
    """How many facilities are in scope."""
    return Facility.objects.filter(_scope(task)).count()


def size_of(scope: SavedScope) -> int:
    """The same for a scope that no task has taken up yet."""
    return Facility.objects.filter(_conditions(scope, scope.bureau)).count()


def inspectors(task: PlanTask, *, on: dt.date) -> list[PoolInspector]:
    """The bureau's inspectors, sorted by number; experts assist and are never drawn.

    Visits may fall on any day of the task and at any facility in scope, so everybody must be able to go to all.
    """
    people = list(
        Inspector.objects.filter(bureau=task.plan.bureau_id, kind=InspectorKind.INSPECTOR)
        .order_by("number")
        .only(*LOOKED_AT)
    )
    regions = Facility.objects.filter(_scope(task)).order_by().values_list("region", flat=True).distinct()
    standings = staffing.standings(people, staffing.call(task, regions, first=on, last=task.ends_on))
    return [
        PoolInspector(one.pk, one.number, tuple(sorted(set(one.qualifications))), standings[one.pk])
        for one in people
    ]


def recusals(task: PlanTask, *, on: dt.date) -> list[tuple[str, str]]:
    """(facility code, inspector number) of the interests declared for the task's days, sorted (执法回避, 002§13)."""
    return sorted(_declared(task, on).values_list("facility__insurance_code", "inspector__number"))


def unconfirmed(task: PlanTask, *, on: dt.date) -> QuerySet[Interest]:
    """Those of them that staff have not answered: an inspector could thin out the pool with them."""
    return _declared(task, on).filter(confirmed_at=None, inspector__status=InspectorStatus.ACTIVE)


def _declared(task: PlanTask, on: dt.date) -> QuerySet[Interest]:
    return interests.in_force(on, through=task.ends_on).filter(
        inspector__bureau=task.plan.bureau_id,
        inspector__kind=InspectorKind.INSPECTOR,
        facility__in=Facility.objects.filter(_scope(task)),
    )


def _scope(task: PlanTask) -> Q:
    scope = _conditions(task, task.plan.bureau)
    if task.assisted_id:
        return scope & Q(pk__in=set_off.named_on([task.assisted_id]))
    return scope & Q(insurance_code__in=task.named_codes) if task.named_codes else scope


def _conditions(directed: PlanTask | SavedScope, bureau: Bureau) -> Q:
    """The bureau's facilities and those of the bureaus below it; an empty list of the scope means all (不定向).

    A duplicate that was merged is in nobody's scope.
    """
    scope = Q(bureau__path__startswith=bureau.path, merged_into__isnull=True)
    for name, wanted in (
        ("kind__in", directed.kinds),
        ("level__in", directed.levels),
        ("ownership__in", directed.ownerships),
        ("region__in", directed.regions),
        ("grade__in", directed.grades),
    ):
        if wanted:
            scope &= Q(**{name: wanted})
    if tags := [tag.pk for tag in directed.tags.all()]:
        bearers = Facility.tags.through.objects.filter(facilitytag__in=tags)
        scope &= Q(pk__in=bearers.values("facility_id"))
    return scope


def _covered_by_a_joint_task(task: PlanTask, visits: QuerySet[Visit]) -> QuerySet:
    """B4: what the plan inspects jointly with other departments is not inspected alone as well, but for a clue."""
    if _goes_beside_joint_tasks(task):
        return Facility.objects.none().values_list("pk", flat=True)
    joint = PlanTask.objects.filter(plan=task.plan_id, assisted=None).exclude(joint_kind=JointKind.NONE)
    covered = Q(pk__in=_on_an_initiators_list(task, visits).values("stands"))
    for other in joint.select_related("plan__bureau").prefetch_related("tags"):
        covered |= _scope(other)
    return Facility.objects.filter(covered).order_by().values_list("pk", flat=True)


def _on_an_initiators_list(task: PlanTask, visits: QuerySet[Visit]) -> QuerySet[Visit]:
    """C8: whom a department that we assist drew this year, be they in the scope of our own task or not."""
    bureau, year = task.plan.bureau_id, task.plan.year
    lists = AssistedList.objects.filter(bureau=bureau, task__plan__year=year)
    draws = Draw.objects.filter(bureau=bureau, year=year, task__assisted__isnull=False)
    listed = visits.filter(Q(assisted__in=lists) | Q(draw__in=draws), bureau=bureau)
    return _standing(listed.exclude(state=VisitState.CANCELLED))


def _goes_beside_joint_tasks(task: PlanTask) -> bool:
    return task.joint_kind != JointKind.NONE or task.clue_id is not None


def _won(task: PlanTask, year: int, visits: QuerySet[Visit]) -> QuerySet[Visit]:
    """By draws of that calendar year that were not voided.

    Nobody for a task that a clue set off: it is a 正当理由 to inspect again (002§11), up to the cap.
    """
    if task.clue_id:
        return _standing(visits.none())
    return _standing(visits.filter(draw__state=DrawState.HELD, draw__held_at__year=year))


def _standing(visits: QuerySet[Visit]) -> QuerySet[Visit]:
    """`stands` for: what a duplicate won counts for the facility that it was merged into."""
    return visits.order_by().annotate(stands=Coalesce("facility__merged_into_id", "facility_id"))
