"""What inspections know of a facility, told to the registries when they ask (registries/callouts.py).

A superior's inspection is foreseen by nobody here: of other bureaus' visits only what is published is told, and that
by publication.
"""

from collections.abc import Iterator

from django.db.models import Count, Exists, OuterRef, Q, QuerySet
from django.db.models.functions import Coalesce
from django.urls import reverse
from django.utils import timezone

from inspections import embargo, set_off
from inspections.frequency import of_facility
from inspections.models import ORIGINS, Answer, Clue, Draw, PlanTask, SavedScope, Visit
from inspections.states import ClueState, DrawState, VisitState
from registries.access import Permission, in_sight, may
from registries.models import Bureau, Facility, FacilityTag, User
from registries.timeline import Chapter, Event, on_day

CONCLUDED = (VisitState.PUBLISHED, VisitState.ARCHIVED)
# The report is approved: its results stand.
APPROVED = (VisitState.TO_PUBLISH, *CONCLUDED)
UNREACHABLE = "unreachable"


def facility_events(facility: Facility, user: User) -> list[Event]:
    if not may(user, Permission.VISIT_VIEW):
        return []
    visits = (
        embargo.named(in_sight(Visit.objects.filter(of_facility(facility)), user), user)
        .select_related("bureau", "report__handling", *ORIGINS)
        .prefetch_related("report__results")
        .annotate(violations=Count("record__answers", filter=Q(record__answers__answer=Answer.VIOLATES)))
    )
    return [event for visit in visits for event in _events(visit)]


def _events(visit: Visit) -> Iterator[Event]:
    facts = {
        "actor": visit.bureau.name,
        "url": reverse("inspections:visit", args=[visit.pk]),
        "chapter": Chapter.INSPECTION,
    }
    state = f"现在：{visit.get_state_display()}"
    yield Event(visit.given_at, text=f"{_given(visit)}（{visit.number}）", note=state, **facts)
    if visit.ended_on:
        yield Event(
            on_day(visit.ended_on), text="检查结束", note="\n".join(_found(visit)), whole_day=True, **facts
        )


def _given(visit: Visit) -> str:
    if visit.listed:
        return "列入联合抽查"
    return "被抽中检查" if visit.draw_id else "因线索检查"


def _found(visit: Visit) -> Iterator[str]:
    if visit.violations:
        yield f"检查内容不符合 {visit.violations} 项"
    if visit.state not in APPROVED or not hasattr(visit, "report"):
        return
    yield "检查结果：" + "、".join(result.label for result in visit.report.results.all())
    if visit.report.handling:
        yield f"后续处置：{visit.report.handling}"


def unreachable_facilities(bureau: Bureau) -> QuerySet:
    """A subquery of keys: whom the last visit with an approved report could not reach at the registered address.

    Visits of a merged duplicate are visits of the facility that stands for both.
    """
    known = Q(bureau__path__startswith=bureau.path) | Q(state__in=CONCLUDED)
    visits = Visit.objects.filter(known, state__in=APPROVED).annotate(
        stands=Coalesce("facility__merged_into", "facility")
    )
    same = Q(facility=OuterRef("stands")) | Q(facility__merged_into=OuterRef("stands"))
    newer = Q(ended_on__gt=OuterRef("ended_on")) | Q(ended_on=OuterRef("ended_on"), pk__gt=OuterRef("pk"))
    return visits.filter(
        ~Exists(visits.filter(same, newer)),
        facility__bureau__path__startswith=bureau.path,
        report__results=UNREACHABLE,
    ).values_list("stands")


def bars_to_leaving(facility: Facility) -> list[str]:
    """What its bureau has begun with it is finished first, be it merged or moved.

    A superior's draws and visits are no bar: they go on with the row as it was drawn, and nobody here may learn of them.
    """
    visits = Visit.objects.filter(facility=facility, bureau=facility.bureau_id)
    under_way = visits.exclude(state__in=[*CONCLUDED, VisitState.CANCELLED])
    sealed = Draw.objects.filter(
        state=DrawState.SEALED, bureau=facility.bureau_id, facilities__facility=facility
    )
    clues = Clue.objects.filter(facility=facility, bureau=facility.bureau_id).exclude(state=ClueState.CLOSED)
    listed = set_off.waiting(facility.bureau, timezone.localdate()).filter(
        assisted__entries__facility=facility
    )
    return (
        [
            f"{facility}还有未办结的检查（{visit.number}，{visit.get_state_display()}），请先办结。"
            for visit in under_way
        ]
        + [f"{facility}还有未办结的线索（{clue}），请先办结。" for clue in clues]
        + [f"{facility}在已封存、尚未抽取的名单中（{draw}），请先抽取。" for draw in sealed]
        + [
            f"{facility}在发起部门名单中（{task.assisted.number}），请先抽取检查人员。"
            for task in listed.exclude(draws__state=DrawState.SEALED)
        ]
    )


def bars_to_changing_tag(tag: FacilityTag) -> list[str]:
    """The newest plan that names it says enough. A saved scope that lost its only tag would mean everybody."""
    tasks = PlanTask.objects.filter(tags=tag).select_related("plan").order_by("-plan__year", "position")
    return [
        f"{task.plan}的任务“{task.name}”以标签“{tag}”定向，计划只能经调整变更，标签不能改动。"
        for task in tasks[:1]
    ] + [
        f"保存的抽查范围“{scope}”以标签“{tag}”定向，请先删除这个范围。"
        for scope in SavedScope.objects.filter(tags=tag)
    ]
