"""调换: asked for a reason of the closed list, approved by somebody else, filled by the next card (C6, 002§13).

The substitute is nobody's choice and is computed only when the approval is given: who it would be is shown to no one
before. Who may be a substitute follows from the draw's frozen rosters alone, so that anybody can recompute it; an
inspector who fell ill, left or took an interest since the seal is substituted in turn.
"""

import datetime as dt

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import Max
from django.utils import timezone

from inspections import approvals, lottery, rosters
from inspections.lottery import Card
from inspections.models import (
    Approval,
    ApprovalSubject,
    Draw,
    RosterInspector,
    Substitution,
    SubstitutionReason,
    TeamMember,
    Visit,
)
from inspections.states import DrawState, SubstitutionState, VisitState, advance, lock
from registries import trail
from registries.access import Permission, may, require
from registries.errors import DomainError
from registries.models import User

CHANGEABLE = (VisitState.ASSIGNED, VisitState.ON_SITE)
LONGEST_EXPLANATION = 300


# Asking


def request(
    member: TeamMember, reason: str, explanation: str, *, by: User, now: dt.datetime | None = None
) -> Substitution:
    """An inspector asks for themselves, staff for anybody in the bureau's teams."""
    now = now or timezone.now()
    visit = member.visit
    require(by, Permission.SUBSTITUTION_REQUEST, bureau=visit.bureau)
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
    return may(user, Permission.DRAW_OPERATE) or member.inspector.user_id == user.pk


def can_be_asked(member: TeamMember) -> bool:
    """For screens that offer the button; `request` looks again under the lock."""
    return member.is_active and member.visit.draw_id is not None and member.visit.state in CHANGEABLE


def on_visit(visit: Visit, user: User) -> dict:
    """For templates/inspections/_substitutions.html: what was swapped, and for whom this person may ask."""
    swaps = visit.substitutions.select_related(
        "outgoing__inspector", "incoming__inspector", "requested_by", "approved_by"
    )
    waiting = {swap.outgoing_id for swap in swaps if swap.state == SubstitutionState.REQUESTED}
    may_here = may(user, Permission.SUBSTITUTION_REQUEST) and user.bureau_id == visit.bureau_id
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


@transaction.atomic
def approved(subject_id: int, *, approval: Approval, by: User, now: dt.datetime) -> Substitution:
    """Takes the next card. The draw's row lock makes two approvals see each other's cards."""
    substitution = Substitution.objects.select_related("visit__draw").get(pk=subject_id)
    draw = Draw.objects.select_for_update().get(pk=substitution.visit.draw_id)
    visit = lock(substitution.visit)
    substitution = lock(substitution)
    outgoing = TeamMember.objects.select_related("inspector").get(pk=substitution.outgoing_id)
    _require_changeable(visit, outgoing)
    card = _next_card(draw, visit, outgoing)
    incoming = _replace(draw, visit, outgoing, card)
    if incoming.inspector.user_id == by.pk:
        raise DomainError("这次调换涉及您本人，请由另一位分管领导审批。")
    approved_before = Substitution.objects.filter(visit__draw=draw).aggregate(last=Max("approved_at"))["last"]
    advance(
        substitution,
        SubstitutionState.APPROVED,
        incoming=incoming,
        approved_at=max(now, approved_before or draw.held_at),
        approved_by=by,
    )
    trail.record(
        "调换检查人员",
        by=by,
        about=visit,
        before={"检查人员": outgoing.code},
        after={"检查人员": incoming.code, "组长": visit.leader.number if visit.leader else None},
        note=substitution.get_reason_display(),
        now=now,
    )
    return substitution


@transaction.atomic
def returned(subject_id: int, *, approval: Approval, by: User, now: dt.datetime) -> Substitution:
    substitution = Substitution.objects.select_for_update().get(pk=subject_id)
    advance(substitution, SubstitutionState.REFUSED)
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
    return {
        "substitution": substitution,
        "visit": visit,
        "members": visit.members.filter(is_active=True).select_related("inspector"),
        "earlier": visit.substitutions.filter(state=SubstitutionState.APPROVED)
        .select_related("outgoing__inspector", "incoming__inspector")
        .order_by("approved_at"),
        "outgoing_leads": visit.leader_id == substitution.outgoing.inspector_id,
    }


def _next_card(draw: Draw, visit: Visit, outgoing: TeamMember) -> Card:
    """The lowest card of those eligible at this moment, over all visits of the draw, cancelled ones included."""
    active = TeamMember.objects.filter(visit__draw=draw, is_active=True)
    if draw.visits.exclude(pk__in=active.values("visit")).exists():
        raise DomainError("这次抽取还有检查任务没有选派检查人员。请先完成全部选派，再审批调换。")
    frozen, rules = rosters.of(draw), rosters.seal_of(draw)["rules"]
    card = lottery.next_substitute(
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
    if card is None:
        raise DomainError(
            f"封存的检查人员名册中没有人可以接替{outgoing.inspector.name}：其余人员须回避、已在组内、曾被换下"
            "或不具备要求的专业。没有作任何变更；可以退回申请，或者报请上级医保局支援。"
        )
    return card


def _replace(draw: Draw, visit: Visit, outgoing: TeamMember, card: Card) -> TeamMember:
    """The old member stays on the record; whoever leads is still one of those drawn (002§16)."""
    outgoing.is_active = False
    outgoing.save(update_fields=["is_active"])
    roster = RosterInspector.objects.get(draw=draw, code=card.inspector)
    incoming = TeamMember.objects.create(
        visit=visit,
        place=outgoing.place,
        inspector_id=roster.inspector_id,
        code=card.inspector,
        visit_number=card.visit,
        card=card.card,
    )
    if visit.leader_id == outgoing.inspector_id:
        visit.leader = visit.members.filter(is_active=True).order_by("place").first().inspector
        visit.save(update_fields=["leader"])
    return incoming
