"""What the page of a clue tells: how far it is, and what came of it."""

from inspections.clue_rules import (
    UNDER_INSPECTION,
    visits_at_its_facility,
    visits_of,
    was_missed,
    ways_of,
    why_not_closed,
)
from inspections.draw_sheet import Step
from inspections.models import Clue, ClueWay, Draw
from inspections.states import ClueState, DrawState


def steps(clue: Clue) -> list[Step]:
    """登记 → 审批 → 检查 → 办结; one closed without an inspection has passed over what lies between."""
    closed, sent = clue.state == ClueState.CLOSED, visits_of(clue).exists()
    approved = clue.state in UNDER_INSPECTION or (closed and sent)
    inspected = approved and sent and not why_not_closed(clue)
    done = [
        ("登记", clue.registered_at, True),
        ("提请审批", None, approved),
        ("检查", None, inspected),
        ("办结", clue.closed_at, closed),
    ]
    current = None if closed else next(label for label, _, is_done in done if not is_done)
    return [
        Step(label, "done" if is_done else "current" if label == current else "todo", at)
        for label, at, is_done in done
    ]


def draws(clue: Clue):
    return Draw.objects.filter(task__clue=clue).order_by("pk")


def visit(clue: Clue):
    """The newest inspection of its facility: one ordered at once comes after the draw that left it out."""
    return visits_at_its_facility(clue).order_by("-pk").first()


def others_drawn(clue: Clue) -> int:
    """How many facilities beside its own its draw sent somebody to."""
    return visits_of(clue).count() - visits_at_its_facility(clue).count()


def waits_for_its_draw(clue: Clue) -> bool:
    return clue.state == ClueState.DRAWING and not draws(clue).exclude(state=DrawState.VOIDED).exists()


def may_propose_anew(clue: Clue) -> bool:
    """Its draw left its facility out, and the bureau inspects directly as well."""
    return clue.state == ClueState.DRAWING and ClueWay.DIRECT in ways_of(clue) and was_missed(clue)


def may_close(clue: Clue) -> bool:
    """The button is offered; `clues.close` looks again under the lock."""
    return clue.state not in (ClueState.TO_APPROVE, ClueState.CLOSED) and not why_not_closed(clue)
