"""Who is in scope of a task, facility by facility, before anything is sealed; nothing is written (C2, B5).

A visit that a person may not know of yet is no reason in their list, which shows its facility as it would stand without.
"""

import datetime as dt
from collections import Counter

from inspections import embargo, pool
from inspections.models import PlanTask
from inspections.pool import PoolFacility
from inspections.sealing import IN
from registries.facility_search import named
from registries.models import Facility, User


def told_to(user: User, task: PlanTask, *, on: dt.date) -> list[PoolFacility]:
    known, handles = embargo.known_to(user), embargo.handles(user, task.plan.bureau)
    return pool.facilities(task, on=on, known=known, knows_lists=handles)


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
