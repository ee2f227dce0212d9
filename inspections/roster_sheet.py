"""The sealed facility roster on the office's screen. A row may tell by its reason that a facility is to be inspected.

As long as this person may not know of that visit, the row stands there as if in the pool, as before the seal
(candidates.py), and the page says how many of them there are. The frozen row itself is untouched.
"""

from django.db.models import Case, CharField, Exists, F, OuterRef, Q, QuerySet, Value, When
from django.db.models.functions import Coalesce
from django.utils import timezone

from inspections import embargo, pool, set_off
from inspections.lottery import IN
from inspections.models import Draw, RosterFacility, Visit
from registries.models import User


def told(draw: Draw, user: User) -> QuerySet[RosterFacility]:
    """The rows with `told`, their status as this person may see it."""
    year = draw.sealed_at.year
    known = embargo.known_to(user).filter(given_at__year=year).order_by()
    secret = Visit.objects.filter(given_at__year=year).exclude(pk__in=known.values("pk")).order_by()
    rows = draw.facilities.annotate(told=F("status"))
    listed = set_off.waiting(draw.bureau, timezone.localdate())
    if embargo.handles(user, draw.bureau):
        listed = listed.none()
    if not secret.exists() and not listed.exists():
        return rows
    unexplained = Q(pk__in=[])
    for reason, facilities in pool.taken_by_visits(draw.task, year, known).items():
        unexplained |= Q(status=reason) & ~Q(facility__in=facilities)
    # What a duplicate won counts for the facility that it was merged into.
    theirs = secret.annotate(stands=Coalesce("facility__merged_into", "facility"))
    tells = Exists(theirs.filter(stands=OuterRef("facility"))) | Q(facility__in=set_off.named_by(listed))
    words = Case(When(tells & unexplained, then=Value(IN)), default=F("status"), output_field=CharField())
    return draw.facilities.annotate(told=words)
