"""见证: between seal and draw, witnesses and an announced public value join the seed (C3; draw protocol, section 2).

The announced value closes the witnesses' part: whoever spoke after it was known could steer together with an
operator who got hold of the secret.
"""

import datetime as dt

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from inspections import lottery, rosters
from inspections.lottery import LotteryError
from inspections.models import AnnualPlan, Approval, ApprovalOutcome, ApprovalSubject, Contribution, Draw
from inspections.states import DrawState, lock
from registries import trail
from registries.access import ROLES, Permission, in_sight, may, require
from registries.errors import DomainError
from registries.models import RoleGrant, User

LONGEST_CONTRIBUTION = 500
LONGEST_VALUE = 200
WITNESSING = [name for name, role in ROLES.items() if Permission.DRAW_WITNESS in role.permissions]


def contribute(draw: Draw, text: str, *, by: User, now: dt.datetime | None = None) -> Contribution:
    """A witness is present and throws something of their own into the seed; it is hashed exactly as entered."""
    now = now or timezone.now()
    require(by, Permission.DRAW_WITNESS)
    if refusal := why_not_witness(draw, by):
        raise PermissionDenied(refusal)
    _check_text(text)
    with transaction.atomic():
        locked = lock(draw)
        if refusal := _why_too_late(locked, by):
            raise DomainError(refusal)
        last = locked.contributions.last()
        contribution = Contribution.objects.create(
            draw=locked,
            position=last.position + 1 if last else 1,
            role=ROLES["witness"].title,
            name=by.display_name,
            text=text,
            contributed_at=max(now, last.contributed_at if last else locked.sealed_at),
            contributed_by=by,
        )
        trail.record("见证抽取", by=by, about=locked, now=now)
    return contribution


def _why_too_late(draw: Draw, by: User) -> str:
    if draw.state != DrawState.SEALED:
        return _over(draw)
    if has_spoken(draw, by):
        return "您已经完成见证，输入的内容不能更改，也不需要重复输入。"
    return "公开随机数已经录入，不能再增加见证内容。" if draw.public_value else ""


def may_contribute(draw: Draw, user: User) -> bool:
    """For screens that offer it; `contribute` looks again under the lock."""
    allowed = may(user, Permission.DRAW_WITNESS) and not why_not_witness(draw, user)
    return allowed and not _why_too_late(draw, user)


def has_spoken(draw: Draw, user: User) -> bool:
    return draw.contributions.filter(contributed_by=user).exists()


def why_not_witness(draw: Draw, user: User, *, plans: dict | None = None) -> str:
    """Who sealed the lists or made or approved the plan cannot witness (002§12); empty for everybody else.

    `plans` is `_hand_in_plans(user)`, where many draws are asked about.
    """
    if not draw.bureau.path.startswith(user.bureau.path):
        return "您不是组织抽取的医保局或其上级医保局的见证人员，不能见证这次抽取。"
    if draw.sealed_by_id == user.pk:
        return "您封存了这次抽取的名单，不能同时担任见证人员。"
    plan = draw.task.plan
    return (_hand_in_plans(user) if plans is None else plans).get((plan.bureau_id, plan.year), "")


def invited(draw: Draw) -> QuerySet[User]:
    """Whoever may still contribute, those of the bureau itself first."""
    if draw.state != DrawState.SEALED or draw.public_value:
        return User.objects.none()
    plan = draw.task.plan
    versions = AnnualPlan.objects.filter(bureau=plan.bureau_id, year=plan.year)
    approvals = Approval.objects.filter(
        subject_kind=ApprovalSubject.PLAN,
        outcome=ApprovalOutcome.APPROVED,
        subject_id__in=versions.values("pk"),
    )
    grants = RoleGrant.objects.filter(role__in=WITNESSING)
    return (
        User.objects.filter(
            is_active=True, bureau__in=draw.bureau.with_ancestors(), pk__in=grants.values("user")
        )
        .exclude(pk=draw.sealed_by_id)
        .exclude(pk__in=versions.values("drafted_by"))
        .exclude(pk__in=approvals.values("decided_by"))
        .exclude(pk__in=draw.contributions.values("contributed_by"))
        .select_related("bureau")
        .order_by("-bureau__path", "username")
    )


def why_not_operate(draw: Draw, user: User) -> str:
    """A witness is not the operator (002§12), also when one account holds both roles."""
    if has_spoken(draw, user):
        return "您是这次抽取的见证人员，不能同时组织抽取。请由另一位经办人员办理。"
    return ""


def refuse_a_witness(draw: Draw, by: User) -> None:
    if refusal := why_not_operate(draw, by):
        raise DomainError(refusal)


def waiting_for(user: User) -> list[Draw]:
    """Sealed draws that still take a contribution of this witness, of the own bureau and those below it."""
    sealed = (
        Draw.objects.filter(state=DrawState.SEALED, public_value="")
        .exclude(contributions__contributed_by=user)
        .select_related("bureau", "task__plan")
    )
    plans = _hand_in_plans(user)
    return [draw for draw in in_sight(sealed, user) if not why_not_witness(draw, user, plans=plans)]


def _hand_in_plans(user: User) -> dict[tuple[int, int], str]:
    """Bureau and year of the plans that the person made or approved in any version, each with the refusal."""
    decided = Approval.objects.filter(
        subject_kind=ApprovalSubject.PLAN, outcome=ApprovalOutcome.APPROVED, decided_by=user
    )
    approved = AnnualPlan.objects.filter(pk__in=decided.values("subject_id")).values_list("bureau", "year")
    drafted = AnnualPlan.objects.filter(drafted_by=user).values_list("bureau", "year")
    return dict.fromkeys(approved, "您审批了这份年度计划，不能担任见证人员。") | dict.fromkeys(
        drafted, "您编制了这份年度计划，不能担任见证人员。"
    )


def announce(draw: Draw, value: str, *, by: User, now: dt.datetime | None = None) -> Draw:
    """Enters the public value whose source the seal names, once."""
    now = now or timezone.now()
    require(by, Permission.DRAW_OPERATE, bureau=draw.bureau)
    _check_value(value)
    with transaction.atomic():
        locked = lock(draw)
        _require_sealed(locked)
        if not rosters.seal_of(locked)["public_source"]:
            raise DomainError("封存时没有公布公开随机数的来源，不需要录入。")
        if locked.public_value:
            raise DomainError(f"公开随机数已录入为 {locked.public_value}，不能更改。")
        last = locked.contributions.last()
        if last is None:
            raise DomainError("请见证人员先输入随机内容，再录入公开随机数。")
        refuse_a_witness(locked, by)
        # A clock that was put back does not turn the order of events round.
        locked.public_value, locked.public_value_by = value, by
        locked.public_value_at = max(now, last.contributed_at)
        locked.save(update_fields=["public_value", "public_value_at", "public_value_by"])
        trail.record("录入公开随机数", by=by, about=locked, after={"公开随机值": value}, now=now)
    return locked


def _check_text(text: str) -> None:
    try:
        lottery.check_contribution(text)
    except LotteryError as error:
        raise DomainError(str(error), field="text") from error
    if not text.strip():
        raise DomainError("见证人输入的内容不能全是空格。", field="text")
    if len(text) > LONGEST_CONTRIBUTION:
        raise DomainError(f"见证人输入的内容不得超过{LONGEST_CONTRIBUTION}个字符。", field="text")


def _check_value(value: str) -> None:
    try:
        lottery.check_public_value(value)
    except LotteryError as error:
        raise DomainError(str(error), field="value") from error
    if not value.strip() or len(value) > LONGEST_VALUE:
        raise DomainError(f"公开随机数不能为空白，不得超过{LONGEST_VALUE}个字符。", field="value")


def _require_sealed(draw: Draw) -> None:
    if draw.state != DrawState.SEALED:
        raise DomainError(_over(draw))


def _over(draw: Draw) -> str:
    return f"{draw.number}{draw.get_state_display()}，见证已经结束。请刷新页面，查看最新情况。"
