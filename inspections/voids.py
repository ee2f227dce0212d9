"""作废: a draw is made void with a reason and by two people, keeps its number and stays public (C4)."""

import datetime as dt

from django.db import transaction
from django.utils import timezone

from inspections import approvals
from inspections.models import Approval, ApprovalSubject, Draw, Visit
from inspections.states import ENDED, DrawState, VisitState, advance, lock
from registries import trail
from registries.access import Permission, may, require
from registries.errors import DomainError
from registries.models import User

VOIDABLE = (DrawState.SEALED, DrawState.HELD)


def propose_void(draw: Draw, *, reason: str, by: User, now: dt.datetime | None = None) -> Approval:
    """Asks a supervisor. Until the answer the draw cannot be held."""
    now = now or timezone.now()
    require(by, Permission.DRAW_OPERATE, bureau=draw.bureau)
    reason = reason.strip()
    if not reason:
        raise DomainError("请写明作废原因，它将与抽取结果一并公开。", field="reason")
    with transaction.atomic():
        locked = lock(draw)
        _require_voidable(locked)
        approval = approvals.ask(
            ApprovalSubject.VOID,
            locked,
            title=f"作废{locked.number}",
            by=by,
            barred=[user for user in (locked.sealed_by, locked.held_by) if user],
            now=now,
        )
        locked.void_reason, locked.void_proposed_by = reason, by
        locked.save(update_fields=["void_reason", "void_proposed_by"])
        trail.record("申请作废抽取", by=by, about=locked, note=reason, now=now)
    return approval


@transaction.atomic
def approved(subject_id: int, *, approval: Approval, by: User, now: dt.datetime) -> Draw:
    """The number is kept; the same task and round may be drawn anew."""
    locked = Draw.objects.select_for_update().get(pk=subject_id)
    _require_voidable(locked)
    under_way = Visit.objects.select_for_update().filter(draw=locked).exclude(state=VisitState.CANCELLED)
    cancelled = [advance(visit, VisitState.CANCELLED) for visit in under_way]
    voided_at = max(now, locked.held_at or locked.sealed_at)
    advance(locked, DrawState.VOIDED, voided_at=voided_at, voided_by=by)
    trail.record(
        "作废抽取",
        by=by,
        about=locked,
        after={"取消检查任务数": len(cancelled)},
        note=locked.void_reason,
        now=now,
    )
    return locked


@transaction.atomic
def returned(subject_id: int, *, approval: Approval, by: User, now: dt.datetime) -> Draw:
    locked = Draw.objects.select_for_update().get(pk=subject_id)
    locked.void_reason, locked.void_proposed_by = "", None
    locked.save(update_fields=["void_reason", "void_proposed_by"])
    trail.record("未同意作废抽取", by=by, about=locked, note=approval.reason, now=now)
    return locked


def approval_context(subject_id: int) -> dict:
    """What the deciding page shows: templates/inspections/approvals/_void.html."""
    draw = Draw.objects.select_related("task", "sealed_by", "held_by", "void_proposed_by").get(pk=subject_id)
    visits = draw.visits.exclude(state=VisitState.CANCELLED)
    return {
        "draw": draw,
        "visit_count": visits.count(),
        "on_site_count": visits.filter(state=VisitState.ON_SITE).count(),
        "ended_count": visits.filter(state__in=ENDED).count(),
    }


def voided_before(draw: Draw) -> Draw | None:
    """The draw of the same round in whose place this one stands; it is named wherever this one is shown."""
    earlier = Draw.objects.filter(lineage=draw.lineage_id, round=draw.round, state=DrawState.VOIDED)
    return earlier.filter(pk__lt=draw.pk).only("number", "void_reason").order_by("-pk").first()


def may_propose(draw: Draw, user: User) -> bool:
    """For screens that offer it; `propose_void` looks again under the lock."""
    permitted = draw.bureau_id == user.bureau_id and may(user, Permission.DRAW_OPERATE)
    waiting = approvals.open_approval(ApprovalSubject.VOID, draw.pk)
    return permitted and not waiting and not _why_not_voidable(draw)


def _require_voidable(draw: Draw) -> None:
    if refusal := _why_not_voidable(draw):
        raise DomainError(refusal)


def _why_not_voidable(draw: Draw) -> str:
    if draw.state not in VOIDABLE:
        return f"{draw.number}{draw.get_state_display()}，不能再次作废。"
    if ended := draw.visits.filter(state__in=ENDED).count():
        return f"{draw.number}已有{ended}户检查结束，抽取不能作废。结果有误的，请按更正程序办理。"
    return ""
