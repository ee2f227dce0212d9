"""How often a facility may be inspected in a calendar year (Bureau.frequency_cap), over all kinds of inspection (C2, C7).

A bureau's own inspections count, each in the year in which it was ordered, be it done yet or not. Those of other bureaus
do not: what a superior draws is left out of our pool altogether; a bureau below could otherwise use up the cap and so
shield a facility from its superiors; and a reason in a roster would give away what others are about to inspect.
"""

import datetime as dt
from collections import Counter

from django.db.models import Count, Q, QuerySet
from django.db.models.functions import Coalesce

from inspections import set_off
from inspections.models import PlanTask, Visit
from inspections.states import DrawState, VisitState
from registries.errors import DomainError
from registries.models import Bureau, Facility


def at_the_cap(task: PlanTask, year: int, visits: QuerySet[Visit] | None = None) -> QuerySet:
    """Keys of those whom the task may not take for it; nobody where the bureau has no cap, or the task a legal ground.

    A merged duplicate's inspections count for the facility that stands for both. Of `visits` alone, where they are given.
    """
    cap = task.plan.bureau.frequency_cap
    stands = Coalesce("facility__merged_into_id", "facility_id")
    found = Visit.objects.all() if visits is None else visits
    counted = _counted(found, task.plan.bureau, year).order_by().annotate(stands=stands).values("stands")
    if cap is None or task.cap_ground:
        return counted.none().values_list("stands", flat=True)
    return counted.annotate(times=Count("pk")).filter(times__gte=cap).values_list("stands", flat=True)


def capped_with_lists(task: PlanTask, on: dt.date) -> set[int]:
    """Those, too, whom an earlier list names that is still to be drawn for; the number of queries is fixed."""
    bureau, capped = task.plan.bureau, set(at_the_cap(task, on.year))
    if bureau.frequency_cap is None or task.cap_ground:
        return capped
    ordered = Counter(set_off.named_by(set_off.waiting(bureau, on)))
    stands = Coalesce("facility__merged_into_id", "facility_id")
    visits = _counted(Visit.objects.all(), bureau, on.year).order_by().annotate(stands=stands)
    done = Counter(visits.filter(stands__in=list(ordered)).values_list("stands", flat=True))
    return capped | {pk for pk, lists in ordered.items() if lists + done[pk] >= bureau.frequency_cap}


def times(facility: Facility, bureau: Bureau, on: dt.date) -> int:
    """In that day's year, what a list has ordered and is still to be drawn for included."""
    ordered = set_off.named_by(set_off.waiting(bureau, on)).filter(stands=facility.pk)
    done = _counted(Visit.objects.all(), bureau, on.year).filter(of_facility(facility))
    return done.count() + ordered.count()


def of_facility(facility: Facility) -> Q:
    """Its own visits and those of the duplicates merged into it."""
    return Q(facility=facility) | Q(facility__merged_into=facility)


def refuse_beyond(facility: Facility, bureau: Bureau, *, ground: str, on) -> None:
    """One more inspection on that day. Whoever is blacklisted may be inspected at any time (002§11)."""
    cap = bureau.frequency_cap
    if cap is None or ground or facility.is_blacklisted_on(on):
        return
    if (already := times(facility, bureau, on)) >= cap:
        raise DomainError(
            f"“{facility}”{on.year}年已安排检查{already}次，达到本局每家机构每年{cap}次的上限。"
            "法律、法规、规章有特别规定的，请写明法定依据；没有依据的，不能再查。",
            field="cap_ground",
        )


def _counted(visits: QuerySet[Visit], bureau: Bureau, year: int) -> QuerySet[Visit]:
    voided = Q(state=VisitState.CANCELLED) | Q(draw__state=DrawState.VOIDED)
    return visits.filter(bureau=bureau, given_at__year=year).exclude(voided)
