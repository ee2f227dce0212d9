"""The one door through which anything is approved: who asks, who may answer, and what the answer sets off."""

import datetime as dt
from collections.abc import Iterable
from copy import copy
from importlib import import_module

from django.db import models, transaction
from django.utils import timezone

from inspections import embargo
from inspections.models import Approval, ApprovalOutcome, ApprovalSubject, Substitution, Visit
from inspections.states import lock
from registries import trail
from registries.access import Permission, in_sight, may, require
from registries.errors import DomainError
from registries.models import User

# Each names `approved` and `returned` with (subject_id, *, approval, by, now), which run in the decision's own
# transaction, and `approval_context(subject_id) -> dict` for the deciding page. Names, because these modules ask here.
# One with `prepare_approved(subject_id, *, approval) -> dict` is asked before the transaction for what takes its time,
# and given it as further arguments.
EFFECTS = {
    ApprovalSubject.PLAN: "inspections.plans",
    ApprovalSubject.SUBSTITUTION: "inspections.substitutions",
    ApprovalSubject.REPORT: "inspections.reports",
    ApprovalSubject.VOID: "inspections.draws",
    ApprovalSubject.CLUE: "inspections.clues",
}

# Whoever holds one of these may decide; a void belongs to those who approve the plan or the reports it touches.
DECIDED_WITH = {
    ApprovalSubject.PLAN: (Permission.PLAN_APPROVE,),
    ApprovalSubject.SUBSTITUTION: (Permission.SUBSTITUTION_APPROVE,),
    ApprovalSubject.REPORT: (Permission.REPORT_APPROVE,),
    ApprovalSubject.VOID: (Permission.PLAN_APPROVE, Permission.REPORT_APPROVE),
    ApprovalSubject.CLUE: (Permission.CLUE_APPROVE,),
}
APPROVERS = tuple(dict.fromkeys(permission for several in DECIDED_WITH.values() for permission in several))


@transaction.atomic
def ask(
    kind: ApprovalSubject,
    subject: models.Model,
    *,
    title: str,
    by: User,
    barred: Iterable[User] = (),
    now: dt.datetime | None = None,
) -> Approval:
    """`subject` is locked by the caller. `barred`: everybody who worked on it; the applicant is always among them.

    `title` goes on the trail: it names no facility whose visit is not over (inspections.embargo).
    """
    now = now or timezone.now()
    if open_approval(kind, subject.pk):
        raise DomainError("这一事项已经提请审批，正在等待结论，不需要重复提交。")
    approval = Approval.objects.create(
        subject_kind=kind,
        subject_id=subject.pk,
        title=title,
        bureau=subject.bureau,
        applied_at=now,
        applied_by=by,
    )
    approval.barred.set({by, *barred})
    trail.record(f"提请审批{kind.label}", by=by, about=approval, now=now)
    return approval


def decide(
    approval: Approval,
    outcome: ApprovalOutcome,
    *,
    by: User,
    reason: str = "",
    now: dt.datetime | None = None,
) -> Approval:
    """Of two who decide at once the second is told what the first one said."""
    outcome, reason = ApprovalOutcome(outcome), reason.strip()
    answer = {"decided_at": now or timezone.now(), "decided_by": by, "outcome": outcome, "reason": reason}
    _require_decidable(approval, outcome, reason, by)
    prepared = _prepare(approval, answer)
    with transaction.atomic():
        locked = lock(approval)
        _require_decidable(locked, outcome, reason, by)
        _set(locked, answer).save(update_fields=list(answer))
        kind, now = ApprovalSubject(locked.subject_kind), locked.decided_at
        trail.record(f"{outcome.label}{kind.label}", by=by, about=locked, note=reason, now=now)
        effect = getattr(_module(kind), outcome.value)
        effect(locked.subject_id, approval=locked, by=by, now=now, **prepared)
    return locked


def conclude(
    locked: Approval, outcome: ApprovalOutcome, *, by: User, reason: str, now: dt.datetime
) -> Approval:
    """What its decider, `by`, had asked others for has come: the caller has locked it and carries out the effect."""
    if refusal := why_not(locked, by):
        raise DomainError(refusal)
    answer = {"decided_at": now, "decided_by": by, "outcome": outcome, "reason": reason}
    _set(locked, answer).save(update_fields=list(answer))
    kind = ApprovalSubject(locked.subject_kind)
    trail.record(f"{outcome.label}{kind.label}", by=by, about=locked, note=reason, now=now)
    return locked


def _require_decidable(approval: Approval, outcome: ApprovalOutcome, reason: str, by: User) -> None:
    require(by, _permission(ApprovalSubject(approval.subject_kind), by), bureau=approval.bureau)
    if refusal := why_not(approval, by):
        raise DomainError(refusal)
    if outcome == ApprovalOutcome.RETURNED and not reason:
        raise DomainError("退回需要写明理由，申请人据此修改。", field="reason")


def _prepare(approval: Approval, answer: dict) -> dict:
    """With the decision as it will be, on a copy: it may still be refused."""
    prepare = getattr(_module(ApprovalSubject(approval.subject_kind)), f"prepare_{answer['outcome']}", None)
    return prepare(approval.subject_id, approval=_set(copy(approval), answer)) if prepare else {}


def _set(approval: Approval, answer: dict) -> Approval:
    for name, value in answer.items():
        setattr(approval, name, value)
    return approval


def why_not(approval: Approval, user: User) -> str:
    """Why this person of the bureau cannot decide, in words for the screen; empty when they can."""
    if approval.decided_at:
        at = timezone.localtime(approval.decided_at).strftime("%Y-%m-%d %H:%M")
        said = approval.get_outcome_display()
        return f"{approval.decided_by}已于 {at} 作出结论：{said}。不需要再次审批。"
    if approval.applied_by_id == user.pk:
        return "这是您本人申请的事项，请由另一位分管领导审批。"
    if approval.barred.filter(pk=user.pk).exists():
        return "您参与过这一事项的办理，不能审批，请由另一位分管领导审批。"
    return ""


def may_decide(approval: Approval, user: User) -> bool:
    kind = ApprovalSubject(approval.subject_kind)
    permitted = approval.bureau_id == user.bureau_id and may(user, _permission(kind, user))
    return permitted and not why_not(approval, user)


def open_for(user: User):
    """What waits for this person's decision, the oldest first."""
    kinds = [kind for kind in DECIDED_WITH if may(user, _permission(kind, user))]
    return (
        Approval.objects.filter(bureau=user.bureau_id, decided_at__isnull=True, subject_kind__in=kinds)
        .exclude(applied_by=user)
        .exclude(pk__in=Approval.barred.through.objects.filter(user=user).values("approval_id"))
        .order_by("applied_at", "pk")
    )


def decided(user: User):
    """The decisions in this person's sight, the newest first."""
    rows = in_sight(shown(Approval.objects.filter(decided_at__isnull=False), user), user)
    return rows.order_by("-decided_at", "-pk")


def shown(rows, user: User):
    """Without the swaps whose page would name a facility before its time, and without another bureau's clues.

    Pages of other kinds name none or come after it.
    """
    told = embargo.named(Visit.objects.all(), user)
    kept = Substitution.objects.filter(bureau__path__startswith=user.bureau.path).exclude(visit__in=told)
    rows = rows.exclude(~models.Q(bureau=user.bureau_id), subject_kind=ApprovalSubject.CLUE)
    return rows.exclude(subject_kind=ApprovalSubject.SUBSTITUTION, subject_id__in=kept.values("pk"))


def open_approval(kind: ApprovalSubject, subject_id: int) -> Approval | None:
    return Approval.objects.filter(subject_kind=kind, subject_id=subject_id, decided_at__isnull=True).first()


def context_of(approval: Approval) -> dict:
    """What the deciding page shows about the subject: before and after, and the consequences in numbers."""
    return _module(ApprovalSubject(approval.subject_kind)).approval_context(approval.subject_id)


def _permission(kind: ApprovalSubject, user: User) -> Permission:
    """The one of the kind's permissions that the user holds, or the first, to be refused with."""
    permissions = DECIDED_WITH[kind]
    return next((one for one in permissions if may(user, one)), permissions[0])


def _module(kind: ApprovalSubject):
    return import_module(EFFECTS[kind])
