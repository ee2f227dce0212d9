"""The terms of a visit on pages of the rooms below, which may not import this app."""

from dataclasses import dataclass

from django import template
from django.utils import timezone

from inspections.states import VisitState
from publication.deadlines import DeadlineKind, DueDate, look, open_kinds
from registries import calendar

register = template.Library()
WORKDAYS = "publication.workdays"


@dataclass(frozen=True)
class Term:
    label: str
    due: DueDate
    done: bool


@register.simple_tag(takes_context=True)
def deadlines(context, visit) -> list[Term]:
    """Report and publication with their due dates, from the end of the visit on; a row costs no query."""
    if visit.ended_on is None or visit.state == VisitState.CANCELLED:
        return []
    kept = context.render_context
    if WORKDAYS not in kept:
        kept[WORKDAYS] = calendar.register()
    today, running = timezone.localdate(), open_kinds(visit.state)
    return [
        Term(
            kind.label,
            look(kind, visit.ended_on, today, kept[WORKDAYS], bureau=visit.bureau),
            done=kind not in running,
        )
        for kind in DeadlineKind
    ]
