"""Which visits a person reaches: those of their bureau and below, and whichever they are in the team of.

A place in the team opens the door to that visit alone, so that somebody lent by another bureau can do the work.
"""

from django.db.models import Q, QuerySet
from django.shortcuts import get_object_or_404

from inspections.models import TeamMember, Visit
from registries.models import User


def within_reach(visits: QuerySet[Visit], user: User) -> QuerySet[Visit]:
    joined = TeamMember.objects.filter(is_active=True, inspector__user=user).values("visit")
    return visits.filter(Q(bureau__path__startswith=user.bureau.path) | Q(pk__in=joined))


def open_visit(visits: QuerySet[Visit], user: User, *, pk: int) -> Visit:
    """One visit within the person's reach, else 404; who may change it is decided by its verbs."""
    return get_object_or_404(within_reach(visits, user), pk=pk)
