"""What a facility was: the values it had, and what happened to it, out of the trail and what rooms above know."""

import datetime as dt
from typing import NamedTuple

from django.db.models import Q, QuerySet

from registries import callouts, moves, timeline
from registries.models import Facility, GradeChange, TrailEntry, User
from registries.timeline import Event

# In the order of the page. The grade has a history of its own (GradeChange); a phone leaves no value behind.
FIELDS = (
    "name", "insurance_code", "social_credit_code", "kind", "level", "ownership", "address", "region",
    "person_in_charge", "agreement_status", "agreement_from", "agreement_to", "blacklist_reason",
    "blacklisted_until", "tags", "bureau",
)  # fmt: skip
NOT_PUBLIC = frozenset({"person_in_charge"})
REGISTERED = ("登记检查对象", "导入登记检查对象")
SHOWN = 100


class Past(NamedTuple):
    """A value that a field had until somebody changed it."""

    value: str
    since: dt.datetime | None
    until: dt.datetime
    by: str
    why: str


class FieldHistory(NamedTuple):
    name: str
    label: str
    pasts: list[Past]


class History:
    """Read once for a page; `user` sees what is theirs to see, whoever has lost the facility up to its departure."""

    def __init__(self, facility: Facility, user: User):
        self.facility, self.user = facility, user
        self.is_in_sight = facility.bureau.path.startswith(user.bureau.path)
        self.is_arriving = facility.moving_to_id == user.bureau_id
        self.until = None if self.is_in_sight else moves.departure(facility, user)
        self.duplicates = list(self._so_far(facility.merged.order_by("insurance_code"), "merged_at"))

    @property
    def is_readable(self) -> bool:
        return self.is_in_sight or self.is_arriving or self.until is not None

    def entries(self) -> list[TrailEntry]:
        """Of the facility and of its duplicates, the newest first."""
        keys = [str(self.facility.pk), *(str(duplicate.pk) for duplicate in self.duplicates)]
        of_these = Q(subject_kind=Facility._meta.label_lower, subject_id__in=keys)
        found = TrailEntry.objects.filter(of_these).order_by("-at", "-pk")
        return list(self._so_far(found, "at"))

    def grade_changes(self) -> QuerySet[GradeChange]:
        return self._so_far(self.facility.grade_changes.select_related("changed_by"), "changed_at")

    def fields(self, entries: list[TrailEntry]) -> list[FieldHistory]:
        """Only fields that ever changed, each with its newest past first."""
        own = [entry for entry in reversed(entries) if entry.subject_id == str(self.facility.pk)]
        names = [name for name in FIELDS if self.is_in_sight or name not in NOT_PUBLIC]
        return [found for found in (_field_history(name, own) for name in names) if found.pasts]

    def events(self, entries: list[TrailEntry], chapter: str = "") -> list[Event]:
        """Newest first, of one chapter when one is asked for."""
        found = [self._of_entry(entry) for entry in entries]
        for answer in callouts.answers("facility_events", self.facility, self.user):
            found += answer
        if chapter:
            found = [event for event in found if event.chapter == chapter]
        return sorted(found, key=lambda event: event.at, reverse=True)[:SHOWN]

    def _so_far(self, rows: QuerySet, at: str) -> QuerySet:
        return rows.filter(**{f"{at}__lte": self.until}) if self.until else rows

    def _of_entry(self, entry: TrailEntry) -> Event:
        own = entry.subject_id == str(self.facility.pk)
        return timeline.of_entry(entry, prefix="" if own else f"（{entry.subject_name}）")


def _field_history(name: str, entries: list[TrailEntry]) -> FieldHistory:
    """`entries` the oldest first. That something was blank before it was known is no history."""
    pasts, since, label = [], None, str(Facility._meta.get_field(name).verbose_name)
    for entry in entries:
        if entry.before and name in entry.before:
            if entry.before[name] not in (None, "", []):
                value = timeline.value_in_words(entry, name, entry.before[name])
                pasts.append(Past(value, since, entry.at, entry.actor_name, entry.note or entry.event))
            since = entry.at
        elif entry.event in REGISTERED:
            since = entry.at
    return FieldHistory(name, label, pasts[::-1])
