"""Who may learn before a visit is over which facility it goes to (draw protocol, section 4).

The plan says so for each task; these are the only places that read it for the office, as evidence.winners_public does
for the public. `handlers` means those who cannot do their work without knowing: who operates draws and who approves
swaps and reports at the bureau itself, and each team its own visits. A witness vouches for seal, tickets and counts,
for which no name is needed; a superior's people decide nothing about these visits. Both wait until they are over.
"""

from collections.abc import Iterable

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone

from inspections import evidence
from inspections.models import Draw, PlanTask, TeamMember, Visit, WinnersShown
from inspections.states import ENDED, ClueState, DrawState, VisitState
from registries.access import Permission, may
from registries.models import Bureau, User

HANDLING = (Permission.DRAW_OPERATE, Permission.SUBSTITUTION_APPROVE, Permission.REPORT_APPROVE)
OVER = (*ENDED, VisitState.CANCELLED)


def handles(user: User, bureau: Bureau) -> bool:
    return user.bureau_id == bureau.pk and any(may(user, one) for one in HANDLING)


def may_read_lists(task: PlanTask, user: User) -> bool:
    """Of a draw that a clue or an initiator's list set off the list says who will be inspected."""
    return not task.is_set_off or handles(user, task.plan.bureau)


def may_read_seal(draw: Draw, user: User) -> bool:
    """Of such a draw the digests of its lists say it, too: they are tried out with the codes of the registry."""
    return evidence.seal_public(draw) or may_read_lists(draw.task, user)


def visits_shown(visits: QuerySet[Visit], user: User) -> QuerySet[Visit]:
    """Those that this person may know of, a clue's only with its handlers; whether they are in sight at all is asked by registries.access."""
    return visits.filter(_shown(user))


def named(visits: QuerySet[Visit], user: User) -> QuerySet[Visit]:
    """Those of them whose facility this person may be told: where the bureau hides it, the team learns it by accepting.

    Every other inspector waits with them, so that no colleague can tell.
    """
    return visits.filter(_named(user))


def known_to(user: User) -> QuerySet[Visit]:
    """All visits whose facility this person may know, wherever: in their sight, or public."""
    return Visit.objects.filter(_public() | Q(bureau__path__startswith=user.bureau.path) & _named(user))


def known_at(bureau: Bureau) -> QuerySet[Visit]:
    """What those who handle the bureau's draws know: its own visits, those of the bureaus below, and what is public."""
    return Visit.objects.filter(_public() | Q(bureau__path__startswith=bureau.path))


def without_names(visits: Iterable[Visit], user: User) -> set[int]:
    """Keys of those whose facility this person may not be told."""
    keys = {visit.pk for visit in visits}
    return keys - set(named(Visit.objects.filter(pk__in=keys), user).values_list("pk", flat=True))


def is_kept_close(visit: Visit) -> bool:
    """Before it is over another bureau beside this one is told no name that the public is not told."""
    drawn_anew = visit.draw.state == DrawState.VOIDED and not evidence.is_due(visit.draw)
    is_over = visit.state in OVER and not drawn_anew
    return visit.draw.task.winners_shown != WinnersShown.AT_ONCE and not is_over


def is_on_the_wall(draw: Draw) -> bool:
    """Do names stand on the screen in the room? It shows them to whoever is there, not to who signed in."""
    if evidence.winners_public(draw):
        return True
    return draw.task.winners_shown == WinnersShown.OFFICE and not draw.bureau.names_hidden


def _public() -> Q:
    """As evidence.winners_public, of the visits of draws."""
    unfinished = Visit.objects.filter(draw=OuterRef("draw")).exclude(state__in=OVER)
    drawn = Q(draw__isnull=False)
    over = ~Exists(unfinished) & ~_drawn_anew()
    return drawn & (Q(draw__task__winners_shown=WinnersShown.AT_ONCE) | over)


def _drawn_anew() -> Q:
    """As evidence.is_due: cancelled with the draw, while the clue or list that set it off is still drawn for."""
    unfinished = Visit.objects.filter(draw=OuterRef("pk")).exclude(state__in=OVER)
    held = Draw.objects.filter(lineage=OuterRef("draw__lineage"), state=DrawState.HELD)
    clue = Q(draw__task__clue__state=ClueState.DRAWING)
    listed = Q(draw__task__assisted__isnull=False, draw__task__ends_on__gte=timezone.localdate())
    return Q(draw__state=DrawState.VOIDED) & (clue | listed & ~Exists(held.filter(~Exists(unfinished))))


def _shown(user: User) -> Q:
    handlers = WinnersShown.HANDLERS
    drawn = Q(draw__task__winners_shown=handlers) | Q(assisted__task__winners_shown=handlers)
    kept_close = (drawn | Q(clue__isnull=False)) & (~Q(state__in=OVER) | _drawn_anew())
    return ~kept_close | _handled(user) | Exists(_places(user))


def _named(user: User) -> Q:
    if not may(user, Permission.RECORD_FILL):
        return _shown(user)
    hidden = Q(bureau__names_hidden=True) & ~Q(state__in=OVER)
    public = Q(draw__task__winners_shown=WinnersShown.AT_ONCE)
    accepted = Exists(_places(user).filter(accepted_at__isnull=False))
    return _shown(user) & (~hidden | public | _handled(user) | accepted)


def _handled(user: User) -> Q:
    return Q(bureau=user.bureau_id) if handles(user, user.bureau) else Q(pk__in=[])


def _places(user: User) -> QuerySet[TeamMember]:
    """The person's own place in the team of the visit outside."""
    return TeamMember.objects.filter(visit=OuterRef("pk"), inspector__user=user, is_active=True)
