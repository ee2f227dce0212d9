"""借调: where nobody on the sealed roster can take a place, another bureau lends an inspector (C6, draw protocol, section 3).

The supervisor who has the substitution to approve asks; a supervisor of the other bureau names one of theirs or
declines. Neither chooses as long as the deck has somebody. The evidence carries "division code:number", no card.
"""

import datetime as dt

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from inspections import approvals, rosters, substitutions, teams
from inspections.lottery import Card
from inspections.models import Approval, ApprovalOutcome, ApprovalSubject, Loan, Substitution
from inspections.states import LoanState, SubstitutionState, advance, lock
from inspections.substitutions import OpenPlace
from registries import trail
from registries.access import Permission, require
from registries.errors import DomainError
from registries.models import Bureau, Inspector, User

LONGEST_REASON = 300
CONCLUDED = "这次调换已经有结论，不需要借调。"
DECK_HAS_SOMEBODY = "封存的检查人员名册中还有人可以接替，不能借调。请直接审批，由下一个签号产生接替人。"


def lenders(bureau: Bureau) -> QuerySet[Bureau]:
    """Bureaus above, beside and right below, within the province."""
    near = Q(pk__in=bureau.ancestors()) | Q(parent=bureau)
    if bureau.parent_id:
        near |= Q(parent=bureau.parent_id)
    return Bureau.objects.filter(near).exclude(pk=bureau.pk)


def ask(substitution: Substitution, lender: Bureau, *, by: User, now: dt.datetime | None = None) -> Loan:
    require(by, Permission.SUBSTITUTION_APPROVE, bureau=substitution.bureau)
    now = now or timezone.now()
    with transaction.atomic():
        approval = _lock_approval(substitution.pk)
        if refusal := approvals.why_not(approval, by):
            raise DomainError(refusal)
        place = substitutions.lock_place(substitution.pk)
        _require_nobody_left(place)
        if not lenders(substitution.bureau).filter(pk=lender.pk).exists():
            raise DomainError("只能向本省的上级、同级或者下一级医保局借调。", field="lender")
        if waiting := place.substitution.loans.filter(state=LoanState.ASKED).first():
            _withdraw_lapsed(waiting, approval, by=by, now=now)
        loan = Loan.objects.create(
            bureau=place.visit.bureau,
            substitution=place.substitution,
            lender=lender,
            asked_at=now,
            asked_by=by,
        )
        trail.record("提出借调检查人员", by=by, about=place.visit, after={"出借单位": lender.name}, now=now)
    return loan


def lend(loan: Loan, inspector: Inspector, *, by: User, now: dt.datetime | None = None) -> Substitution:
    """Names who goes; the substitution is approved with that, in the name of the supervisor who asked."""
    require(by, Permission.SUBSTITUTION_APPROVE, bureau=loan.lender)
    now = now or timezone.now()
    with transaction.atomic():
        approval = _lock_approval(loan.substitution_id)
        _refuse_who_had_a_part(approval, by)
        place = substitutions.lock_place(loan.substitution_id)
        locked = _lock_open(loan)
        if refusal := _lapsed(locked, approval, _lock_asker(locked)):
            raise DomainError(refusal)
        _require_nobody_left(place)
        if not lendable(locked).filter(pk=inspector.pk).exists():
            raise DomainError(
                f"{inspector.name}不能借调：须为本局在库、执法证在检查日有效、可以检查这些事项和区域、与该机构没有利害关系、"
                "没有参加过这次抽取的执法检查人员，席位要求专业的还须具备该专业。",
                field="inspector",
            )
        if inspector.user_id in (by.pk, locked.asked_by_id):
            raise DomainError("不能由本人决定借调本人，请由另一位分管领导答复。", field="inspector")
        code = f"{locked.lender.code}:{inspector.number}"
        advance(locked, LoanState.LENT, inspector=inspector, answered_at=now, answered_by=by)
        note = f"名册内无人可以接替，由{locked.lender}借调"
        approvals.conclude(approval, ApprovalOutcome.APPROVED, by=locked.asked_by, reason=note, now=now)
        _tell_both("同意借调检查人员", locked, by=by, after={"检查人员": code}, now=now)
        return substitutions.fill(place, inspector, Card(0, "", code), by=locked.asked_by, now=now, note=note)


def decline(loan: Loan, reason: str, *, by: User, now: dt.datetime | None = None) -> Loan:
    require(by, Permission.SUBSTITUTION_APPROVE, bureau=loan.lender)
    now, reason = now or timezone.now(), reason.strip()
    if not reason:
        raise DomainError("请写明不能借调的理由，对方据此另作安排。", field="reason")
    if len(reason) > LONGEST_REASON:
        raise DomainError(f"理由不得超过{LONGEST_REASON}字。", field="reason")
    with transaction.atomic():
        if approval := approvals.open_approval(ApprovalSubject.SUBSTITUTION, loan.substitution_id):
            _refuse_who_had_a_part(approval, by)
        locked = _lock_open(loan)
        advance(locked, LoanState.DECLINED, reason=reason, answered_at=now, answered_by=by)
        _tell_both("未同意借调检查人员", locked, by=by, note=reason, now=now)
    return locked


def _refuse_who_had_a_part(approval: Approval, by: User) -> None:
    if approval.barred.filter(pk=by.pk).exists():
        raise DomainError("您申请了这次调换或者是被调换的人，请由另一位分管领导答复。")


def lendable(loan: Loan) -> QuerySet[Inspector]:
    """Whom the lender may name. Whoever the draw's roster knows is dealt by card or not at all."""
    visit, place = loan.substitution.visit, loan.substitution.outgoing.place
    own = Inspector.objects.filter(bureau=loan.lender_id)
    barred = Q(memberships__visit=visit) | Q(pk__in=visit.draw.inspectors.values("inspector"))
    people = teams.fit(own.exclude(barred), visit)
    needed = rosters.seal_of(visit.draw)["rules"]["qualification"] if place == 1 else ""
    return people.filter(pk__in=[one.pk for one in people if not needed or needed in one.qualifications])


def why_not_lent(loan: Loan) -> str:
    """For the page that offers to lend; `lend` looks again under the lock."""
    approval = approvals.open_approval(ApprovalSubject.SUBSTITUTION, loan.substitution_id)
    return _lapsed(loan, approval, loan.asked_by) if approval else CONCLUDED


def waiting_for(user: User) -> QuerySet[Loan]:
    """What this person's bureau is asked for, as long as it can still be answered, the oldest first."""
    open_ones = Loan.objects.filter(
        lender=user.bureau_id,
        state=LoanState.ASKED,
        substitution__state=SubstitutionState.REQUESTED,
        substitution__visit__state__in=substitutions.CHANGEABLE,
    )
    return open_ones.select_related("bureau", "substitution__visit__facility").order_by("asked_at", "pk")


def _tell_both(event: str, loan: Loan, **entry) -> None:
    """On the visit's trail, and on one that the lender's auditors read."""
    trail.record(event, about=loan.substitution.visit, **entry)
    trail.record(event, about=loan, bureau=loan.lender, **entry)


def _lock_approval(substitution_id: int) -> Approval:
    """Before the draw, as approvals.decide does, so that the two never wait for each other."""
    approval = approvals.open_approval(ApprovalSubject.SUBSTITUTION, substitution_id)
    if approval is None:
        raise DomainError(CONCLUDED)
    locked = lock(approval)
    if locked.decided_at:
        raise DomainError(CONCLUDED)
    return locked


def _lock_asker(loan: Loan) -> User:
    """Accounts and roles are changed under the same lock."""
    return User.objects.select_for_update(no_key=True).get(pk=loan.asked_by_id)


def _lapsed(loan: Loan, approval: Approval, asker: User) -> str:
    """Nothing is approved in the name of somebody who could not approve it any more; empty while they can."""
    if approvals.may_decide(approval, asker):
        return ""
    return (
        f"提出借调的{asker}账号已停用，或者已不是分管领导，不能再以其名义批准调换。"
        f"请联系{loan.bureau}，由另一位分管领导重新提出借调。"
    )


def _withdraw_lapsed(loan: Loan, approval: Approval, *, by: User, now: dt.datetime) -> None:
    """One bureau is asked at a time. What somebody asked who is gone is taken back by whoever asks anew."""
    locked = _lock_open(loan)
    if not _lapsed(locked, approval, _lock_asker(locked)):
        raise DomainError(f"已经向{locked.lender}提出借调，正在等待答复。")
    advance(locked, LoanState.WITHDRAWN, answered_at=now, answered_by=by)
    _tell_both("撤回借调请求", locked, by=by, note="提出人现在不能审批调换", now=now)


def _lock_open(loan: Loan) -> Loan:
    locked = lock(loan)
    if locked.state != LoanState.ASKED:
        raise DomainError(f"这次借调现在是“{locked.get_state_display()}”，不能再答复。")
    return locked


def _require_nobody_left(place: OpenPlace) -> None:
    substitutions.require_all_assigned(place.draw)
    if substitutions.next_card(place.draw, place.visit, place.outgoing) is not None:
        raise DomainError(DECK_HAS_SOMEBODY)
