"""调换: asked for a reason of the closed list, approved by somebody else, filled by the next card (C6, 002§13).

The substitute is nobody's choice and is computed only when the approval is given: who it would be is shown to no one
before. Who may be a substitute follows from the draw's frozen rosters alone, so that anybody can recompute it; an
inspector who fell ill, left or took an interest since the seal is substituted in turn.
"""

import datetime as dt
from typing import NamedTuple

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import Max
from django.utils import timezone

from inspections import approvals, lottery, rosters
from inspections.handover import hand_over
from inspections.lottery import Card
from inspections.models import (
    Approval,
    ApprovalSubject,
    Draw,
    Loan,
    RosterInspector,
    Substitution,
    SubstitutionReason,
    TeamMember,
    Visit,
)
from inspections.records import may_lead
from inspections.states import DrawState, LoanState, SubstitutionState, VisitState, advance, lock
from registries import trail
from registries.access import Permission, may, require
from registries.errors import DomainError
from registries.models import Inspector, User

CHANGEABLE = (VisitState.ASSIGNED, VisitState.ON_SITE)
LONGEST_EXPLANATION = 300


# Asking


def request(
    member: TeamMember, reason: str, explanation: str, *, by: User, now: dt.datetime | None = None
) -> Substitution:
    """An inspector asks for themselves, lent ones too; staff for anybody in the bureau's teams."""
    now = now or timezone.now()
    visit = member.visit
    require(by, Permission.SUBSTITUTION_REQUEST)
    if not may_ask(member, by):
        raise PermissionDenied("检查人员只能申请调换本人。")
    explanation = _checked(reason, explanation)
    with transaction.atomic():
        locked = lock(visit)
        member = TeamMember.objects.select_related("inspector__user").get(pk=member.pk)
        _require_changeable(locked, member)
        if Substitution.objects.filter(outgoing=member, state=SubstitutionState.REQUESTED).exists():
            raise DomainError(f"{member.inspector.name}的调换已经申请，正在等待审批，不需要重复申请。")
        substitution = Substitution.objects.create(
            bureau=locked.bureau,
            visit=locked,
            outgoing=member,
            reason=reason,
            explanation=explanation,
            requested_at=now,
            requested_by=by,
        )
        approvals.ask(
            ApprovalSubject.SUBSTITUTION,
            substitution,
            title=f"{locked}调换{member.inspector.name}"[:200],
            by=by,
            barred=[member.inspector.user] if member.inspector.user else [],
            now=now,
        )
        trail.record(
            "申请调换检查人员",
            by=by,
            about=locked,
            after={"被调换人": member.code, "原因": substitution.get_reason_display()},
            now=now,
        )
    return substitution


def may_ask(member: TeamMember, user: User) -> bool:
    operates = may(user, Permission.DRAW_OPERATE) and user.bureau_id == member.visit.bureau_id
    return operates or member.inspector.user_id == user.pk


def can_be_asked(member: TeamMember) -> bool:
    """For screens that offer the button; `request` looks again under the lock."""
    return member.is_active and member.visit.draw_id is not None and member.visit.state in CHANGEABLE


def on_visit(visit: Visit, user: User) -> dict:
    """For templates/inspections/_substitutions.html: what was swapped, and for whom this person may ask."""
    swaps = visit.substitutions.select_related(
        "outgoing__inspector", "incoming__inspector", "requested_by", "approved_by"
    )
    waiting = {swap.outgoing_id for swap in swaps if swap.state == SubstitutionState.REQUESTED}
    may_here = may(user, Permission.SUBSTITUTION_REQUEST)
    members = visit.members.filter(is_active=True).select_related("inspector", "visit") if may_here else []
    return {
        "swaps": swaps,
        "askable": [
            member
            for member in members
            if can_be_asked(member) and may_ask(member, user) and member.pk not in waiting
        ],
    }


def _checked(reason: str, explanation: str) -> str:
    if reason not in SubstitutionReason.values:
        raise DomainError(f"调换原因只能是：{'、'.join(SubstitutionReason.labels)}。", field="reason")
    explanation = explanation.strip()
    if not explanation:
        raise DomainError("请写明具体情况，供审批人判断。", field="explanation")
    if len(explanation) > LONGEST_EXPLANATION:
        raise DomainError(f"说明不得超过{LONGEST_EXPLANATION}字。", field="explanation")
    return explanation


def _require_changeable(visit: Visit, member: TeamMember) -> None:
    if visit.draw_id is None:
        raise DomainError("这项检查不经抽取，检查人员是直接选派的，没有下一个签号可以接替，不能申请调换。")
    if visit.draw.state != DrawState.HELD or visit.state not in CHANGEABLE:
        raise DomainError(f"检查任务现在是“{visit.get_state_display()}”，不能再调换检查人员。")
    if not member.is_active:
        raise DomainError(f"{member.inspector.name}已经不在检查组中，不需要调换。")


# The supervisor's answer


class OpenPlace(NamedTuple):
    """A place whose holder is to be replaced, its rows locked in the order draw, visit, substitution."""

    draw: Draw
    visit: Visit
    substitution: Substitution
    outgoing: TeamMember


def lock_place(substitution_id: int) -> OpenPlace:
    """The draw's row lock makes two approvals see each other's cards."""
    substitution = Substitution.objects.select_related("visit").get(pk=substitution_id)
    draw = Draw.objects.select_for_update().get(pk=substitution.visit.draw_id)
    visit = lock(substitution.visit)
    outgoing = TeamMember.objects.select_related("inspector").get(pk=substitution.outgoing_id)
    _require_changeable(visit, outgoing)
    return OpenPlace(draw, visit, lock(substitution), outgoing)


@transaction.atomic
def approved(subject_id: int, *, approval: Approval, by: User, now: dt.datetime) -> Substitution:
    """Takes the next card."""
    place = lock_place(subject_id)
    require_all_assigned(place.draw)
    card = next_card(place.draw, place.visit, place.outgoing)
    if card is None:
        raise DomainError(
            f"封存的检查人员名册中没有人可以接替{place.outgoing.inspector.name}：其余人员须回避、已在组内、曾被换下"
            "或不具备要求的专业。没有作任何变更。可以在本页向其他医保局借调检查人员，或者退回申请。"
        )
    roster = RosterInspector.objects.select_related("inspector").get(draw=place.draw, code=card.inspector)
    if roster.inspector.user_id == by.pk:
        raise DomainError("这次调换涉及您本人，请由另一位分管领导审批。")
    return fill(place, roster.inspector, card, by=by, now=now)


def fill(
    place: OpenPlace, inspector: Inspector, card: Card, *, by: User, now: dt.datetime, note: str = ""
) -> Substitution:
    """Puts the inspector in the place. The evidence lists the substitutions in the order of these moments."""
    draw, visit, substitution, outgoing = place
    before = Substitution.objects.filter(visit__draw=draw).aggregate(last=Max("approved_at"))["last"]
    incoming = _replace(visit, outgoing, inspector, card)
    advance(
        substitution,
        SubstitutionState.APPROVED,
        incoming=incoming,
        approved_at=max(now, before or draw.held_at),
        approved_by=by,
    )
    trail.record(
        "调换检查人员",
        by=by,
        about=visit,
        before={"检查人员": outgoing.code},
        after={"检查人员": incoming.code, "组长": visit.leader.number if visit.leader else None},
        note=note or substitution.get_reason_display(),
        now=now,
    )
    hand_over(visit, outgoing, by=by, now=now)
    return substitution


@transaction.atomic
def returned(subject_id: int, *, approval: Approval, by: User, now: dt.datetime) -> Substitution:
    substitution = Substitution.objects.select_for_update().get(pk=subject_id)
    advance(substitution, SubstitutionState.REFUSED)
    for loan in substitution.loans.select_for_update().filter(state=LoanState.ASKED):
        advance(loan, LoanState.WITHDRAWN, answered_at=now, answered_by=by)
    trail.record(
        "未同意调换检查人员",
        by=by,
        about=substitution.visit,
        after={"检查人员": substitution.outgoing.code},
        note=approval.reason,
        now=now,
    )
    return substitution


def approval_context(subject_id: int) -> dict:
    """What the deciding page shows (templates/inspections/approvals/_substitution.html); never who comes next."""
    substitution = Substitution.objects.select_related(
        "visit__facility", "visit__draw", "outgoing__inspector", "requested_by"
    ).get(pk=subject_id)
    visit = substitution.visit
    loans = substitution.loans.select_related("lender", "inspector", "asked_by", "answered_by")
    return {
        "substitution": substitution,
        "visit": visit,
        "members": visit.members.filter(is_active=True).select_related("inspector"),
        "earlier": visit.substitutions.filter(state=SubstitutionState.APPROVED)
        .select_related("outgoing__inspector", "incoming__inspector")
        .order_by("approved_at"),
        "nobody_left": (nobody := nobody_left(substitution)),
        "approve_note": "现在没有人可以接替，不能同意。请先借调，对方确定人选后随即批准。" if nobody else "",
        "loans": loans,
        "is_lender_asked": any(_can_be_lent(loan) for loan in loans),
        "outgoing_leads": visit.leader_id == substitution.outgoing.inspector_id,
    }


def _can_be_lent(loan: Loan) -> bool:
    """In whose name would it be approved? Where that person may no longer, another supervisor asks anew."""
    approval = approvals.open_approval(ApprovalSubject.SUBSTITUTION, loan.substitution_id)
    waits = loan.state == LoanState.ASKED and approval is not None
    return waits and approvals.may_decide(approval, loan.asked_by)


def nobody_left(substitution: Substitution) -> bool:
    """For screens that offer to borrow. It follows from the rosters and the team, without the seed."""
    visit, waiting = substitution.visit, substitution.state == SubstitutionState.REQUESTED
    return waiting and next_card(visit.draw, visit, substitution.outgoing) is None


def next_card(draw: Draw, visit: Visit, outgoing: TeamMember) -> Card | None:
    """The lowest card of those eligible at this moment, over all visits of the draw, cancelled ones included."""
    active = TeamMember.objects.filter(visit__draw=draw, is_active=True)
    frozen, rules = rosters.of(draw), rosters.seal_of(draw)["rules"]
    return lottery.next_substitute(
        seed=draw.seed,
        inspectors=frozen.inspectors,
        recusals=frozen.recusals,
        facility=visit.code,
        team=set(active.filter(visit=visit).values_list("code", flat=True)),
        replaced={outgoing.code, *visit.members.filter(is_active=False).values_list("code", flat=True)},
        visits_held=lottery.visits_held([active.values_list("code", flat=True)]),
        place=outgoing.place - 1,
        qualification=rules["qualification"],
    )


def require_all_assigned(draw: Draw) -> None:
    staffed = TeamMember.objects.filter(visit__draw=draw, is_active=True).values("visit")
    if draw.visits.exclude(pk__in=staffed).exists():
        raise DomainError("这次抽取还有检查任务没有选派检查人员。请先完成全部选派，再审批调换。")


def _replace(visit: Visit, outgoing: TeamMember, inspector: Inspector, card: Card) -> TeamMember:
    """The old member stays on the record; whoever leads is still one of those drawn (002§16)."""
    outgoing.is_active = False
    outgoing.save(update_fields=["is_active"])
    incoming = TeamMember.objects.create(
        visit=visit,
        place=outgoing.place,
        inspector=inspector,
        code=card.inspector,
        visit_number=card.visit,
        card=card.card,
    )
    if visit.leader_id == outgoing.inspector_id:
        visit.leader = may_lead(visit)[0]
        visit.save(update_fields=["leader"])
    return incoming
