"""Who is in scope of a task, facility by facility, before anything is sealed; nothing is written (C2, B5).

A superior's draw is foreseen by nobody below: as long as its winners are not public, it is no reason in this list, which
shows them as they would stand without it. The counts of the forecast do count them, as the sealed roster will.
"""

import datetime as dt
from collections import Counter

from django.db.models.functions import Coalesce

from inspections import embargo, evidence, pool
from inspections.models import Draw, PlanTask, Visit
from inspections.pool import PoolFacility
from inspections.sealing import IN
from inspections.states import DrawState
from registries.facility_search import named
from registries.models import Facility, User


def of(task: PlanTask, *, on: dt.date) -> list[PoolFacility]:
    return pool.facilities(task, on=on, untold=_untold(task, on.year))


def told_to(user: User, rows: list[PoolFacility], task: PlanTask, *, on: dt.date) -> list[PoolFacility]:
    """Whom the bureau's own draws took stands as in the pool before whoever may not know of those visits yet."""
    own = embargo.untold_winners(user, on.year).filter(bureau=task.plan.bureau)
    stands = Coalesce("facility__merged_into_id", "facility_id")
    untold = set(own.values_list(stands, flat=True))
    return [
        row._replace(status=IN) if row.status == pool.DRAWN_THIS_YEAR and row.facility_id in untold else row
        for row in rows
    ]


def counts(rows: list[PoolFacility]) -> dict[str, int]:
    """By status, those in the pool first, then in the order of the reasons."""
    found = Counter(row.status for row in rows)
    return {status: found[status] for status in (IN, *pool.REASONS) if found[status]}


def search(rows: list[PoolFacility], task: PlanTask, *, text="", grade="", status="") -> list[PoolFacility]:
    """Those of the rows that a person looks for; `text` is part of a name or the beginning of a code."""
    if text:
        own = Facility.objects.filter(named(text), bureau__path__startswith=task.plan.bureau.path)
        wanted = set(own.order_by().values_list("pk", flat=True).iterator(chunk_size=5000))
        rows = [row for row in rows if row.facility_id in wanted]
    return [row for row in rows if grade in ("", row.grade) and status in ("", row.status)]


def _untold(task: PlanTask, year: int) -> set[int]:
    """Whom bureaus above have drawn without the public knowing it yet; a duplicate stands for its survivor."""
    above = task.plan.bureau.with_ancestors().exclude(pk=task.plan.bureau_id)
    held = Draw.objects.filter(bureau__in=above, state=DrawState.HELD, held_at__year=year)
    is_known = {draw.pk: evidence.winners_public(draw) for draw in held.select_related("task")}
    won = Visit.objects.filter(draw__in=is_known).order_by()
    secret, known = set(), set()
    for draw, facility, survivor in won.values_list("draw", "facility", "facility__merged_into").iterator():
        (known if is_known[draw] else secret).add(survivor or facility)
    return secret - known
