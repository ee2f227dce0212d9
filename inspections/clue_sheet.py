"""What the page of a clue tells: how far it is, and what came of it."""

from inspections.clue_rules import visits_of, why_not_closed
from inspections.draw_sheet import Step
from inspections.models import Clue, Draw
from inspections.states import ENDED, ClueState, DrawState


def steps(clue: Clue) -> list[Step]:
    """登记 → 审批 → 检查 → 办结; one closed without an inspection has passed over what lies between."""
    inspected = visits_of(clue).filter(state__in=ENDED).exists()
    closed = clue.state == ClueState.CLOSED
    approved = clue.state in (ClueState.INSPECTING, ClueState.DRAWING) or inspected
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


def waits_for_its_draw(clue: Clue) -> bool:
    return clue.state == ClueState.DRAWING and not draws(clue).exclude(state=DrawState.VOIDED).exists()


def may_close(clue: Clue) -> bool:
    """The button is offered; `clues.close` looks again under the lock."""
    return clue.state not in (ClueState.TO_APPROVE, ClueState.CLOSED) and not why_not_closed(clue)
