"""How many visits each inspector has in a year: what the registries show beside a name (registries/callouts.py)."""

from django.db.models import Count, Q, QuerySet

from inspections.models import TeamMember
from inspections.states import DrawState, VisitState
from registries.models import Inspector


def inspector_load(inspectors: QuerySet[Inspector], year: int) -> dict[int, int]:
    """Places that they hold now in the teams that were sent out in the year, by primary key; nobody without any."""
    places = TeamMember.objects.filter(
        inspector__in=inspectors.order_by().values("pk"),
        is_active=True,
        visit__given_at__year=year,
    ).exclude(Q(visit__state=VisitState.CANCELLED) | Q(visit__draw__state=DrawState.VOIDED))
    return dict(places.order_by().values_list("inspector").annotate(Count("pk")))
