"""Lists of other departments for which our inspectors are still to be drawn: no visit says yet whom they name (C8)."""

import datetime as dt

from django.db.models import QuerySet
from django.db.models.functions import Coalesce

from inspections.models import AssistedEntry, PlanTask
from inspections.states import DrawState
from registries.models import Bureau


def waiting(bureau: Bureau, on: dt.date) -> QuerySet[PlanTask]:
    """Tasks of this year's plan; one whose term is over is drawn no more."""
    tasks = PlanTask.objects.filter(plan__bureau=bureau, plan__year=on.year, ends_on__gte=on)
    return tasks.exclude(assisted=None).exclude(draws__state=DrawState.HELD)


def named_by(tasks: QuerySet[PlanTask]) -> QuerySet:
    """Keys of the facilities on the tasks' lists, in place of a merged duplicate the one that stands for both."""
    return named_on(tasks.values("assisted"))


def named_on(lists) -> QuerySet:
    entries = AssistedEntry.objects.filter(list__in=lists, facility__isnull=False).order_by()
    stands = Coalesce("facility__merged_into_id", "facility_id")
    return entries.annotate(stands=stands).values_list("stands", flat=True)
