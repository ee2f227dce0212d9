"""The sealed facility roster on the office's screen. A row that says who has drawn the facility tells a winner.

As long as that winner is to be told neither to the public nor to this person, the row stands there as if in the pool,
as before the seal (candidates.py), and the page says how many of them there are. The frozen row itself is untouched.
"""

from django.db.models import Case, CharField, Exists, F, OuterRef, Q, QuerySet, Value, When
from django.db.models.functions import Coalesce

from inspections import embargo
from inspections.lottery import IN
from inspections.models import Draw, RosterFacility, Visit
from inspections.pool import DRAWN_BEFORE_MOVING, DRAWN_BY_SUPERIOR, DRAWN_THIS_YEAR
from registries.models import Bureau, User


def told(draw: Draw, user: User) -> QuerySet[RosterFacility]:
    """The rows with `told`, their status as this person may see it."""
    untold = embargo.untold_winners(user, draw.sealed_at.year)
    rows = draw.facilities.annotate(told=F("status"))
    if not untold.exists():
        return rows
    known = embargo.winners(draw.sealed_at.year).exclude(pk__in=untold.values("pk"))
    secret = Q(pk__in=[])
    for status, theirs in _drawn_by_whom(draw.bureau).items():
        secret |= Q(Exists(_of_the_row(untold.filter(theirs))), status=status) & ~Exists(
            _of_the_row(known.filter(theirs))
        )
    words = Case(When(secret, then=Value(IN)), default=F("status"), output_field=CharField())
    return draw.facilities.annotate(told=words)


def _drawn_by_whom(bureau: Bureau) -> dict[str, Q]:
    above = Q(bureau__in=list(bureau.ancestors()))
    own = Q(bureau=bureau)
    return {DRAWN_BY_SUPERIOR: above, DRAWN_THIS_YEAR: own, DRAWN_BEFORE_MOVING: ~above & ~own}


def _of_the_row(visits: QuerySet[Visit]) -> QuerySet[Visit]:
    """What a duplicate won counts for the facility that it was merged into."""
    stands = visits.annotate(stands=Coalesce("facility__merged_into", "facility"))
    return stands.filter(stands=OuterRef("facility"))
