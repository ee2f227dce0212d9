"""What is late in a bureau: finished inspections whose report or publication has passed its date."""

import datetime as dt
from dataclasses import dataclass

from django.utils import timezone

from inspections.models import Visit
from publication import deadlines
from publication.deadlines import DeadlineKind, DueDate
from registries import calendar
from registries.models import Bureau


@dataclass(frozen=True)
class Late:
    """A visit with the terms that it has missed: that of the report, that of publication, or both."""

    visit: Visit
    terms: list[tuple[DeadlineKind, DueDate]]

    @property
    def latest(self) -> tuple[int, dt.date]:
        return min((due.workdays_left, due.date) for _, due in self.terms)


def of(bureau: Bureau) -> list[Late]:
    """The bureau's own visits, the most overdue first."""
    today, register = timezone.localdate(), calendar.register()
    ended = Visit.objects.filter(bureau=bureau, ended_on__lt=today, state__in=deadlines.OPEN_STATES)
    found = [
        Late(visit, deadlines.missed(visit, today, register))
        for visit in ended.select_related("bureau", "facility", "leader")
    ]
    return sorted((one for one in found if one.terms), key=lambda one: one.latest)
