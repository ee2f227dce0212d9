"""抽取: seal the lists, let witnesses speak, hold the draw, void it (C1–C5; draw protocol v1).

Everything after the seal is computed from the draw's own frozen rows. Secret and seed pass through here and through
evidence and substitutions, and through nothing else: no view, trail entry or log line ever receives them.
"""

import datetime as dt

from django.db import transaction
from django.utils import timezone

from inspections import lottery, rosters
from inspections.approvals import open_approval
from inspections.lottery import Rules, Team, Winner
from inspections.models import (
    ApprovalSubject,
    Assignment,
    Draw,
    PlanTask,
    TeamMember,
    Visit,
)
from inspections.plan_rules import draw_rules
from inspections.readiness import already_drawn, gather, next_round, sealable, unready
from inspections.rosters import Rosters
from inspections.states import DrawState, advance, lock
from inspections.voids import approval_context, approved, propose_void, returned
from inspections.witnessing import announce, contribute, why_not_operate
from registries import bulk, bureaus, trail
from registries.access import Permission, require
from registries.errors import DomainError
from registries.models import Bureau, NumberSeries, User
from registries.progress import Tell, untold

__all__ = [
    "announce", "approval_context", "approved", "contribute", "hold", "next_round", "propose_void", "returned",
    "seal", "sealable", "unready",
]  # fmt: skip

SERIES = "抽"


# Seal


def seal(
    task: PlanTask,
    round: int,
    *,
    by: User,
    public_source: str | None = None,
    tell: Tell = untold,
    now: dt.datetime | None = None,
) -> Draw:
    """Fixes whom the draw is made from. Of two who press at once one seals and the other is told the number."""
    now = now or timezone.now()
    require(by, Permission.DRAW_OPERATE, bureau=task.bureau)
    source = checked_source(public_source)
    with transaction.atomic():
        # One seal of a bureau after the other: numbers without gaps, each draw chained to the one before.
        bureau = bureaus.lock(task.bureau)
        lock(task.plan)
        task = PlanTask.objects.select_related("plan").get(pk=task.pk)
        if problem := already_drawn(task, round) or unready(task, round, now=now):
            raise DomainError(problem)
        tell("核对名录库")
        gathered = gather(task, timezone.localdate(now))
        tell("计算摘要")
        draw = _write(bureau, task, round, gathered.rosters, source=source, by=by, now=now)
        rosters.freeze(draw, gathered, tell=tell)
        trail.record(
            "封存抽取名单",
            by=by,
            about=draw,
            after={"封存摘要": draw.seal_digest, "抽查任务": task.number, "轮次": round},
            now=now,
        )
    return draw


def checked_source(public_source: str | None) -> str | None:
    source = (public_source or "").strip() or None
    if source and (not source.isprintable() or len(source) > 200):
        raise DomainError("公开随机数的来源须为一行文字，不超过200字。", field="public_source")
    return source


def _write(
    bureau: Bureau, task: PlanTask, round: int, frozen: Rosters, *, source: str | None, by: User, now
) -> Draw:
    year = task.plan.year
    previous = Draw.objects.filter(bureau=bureau).order_by("year", "sequence").last()
    sequence, number = NumberSeries.take(bureau, SERIES, year)
    secret = lottery.new_secret()
    text = lottery.canonical(
        lottery.build_seal(
            number=number,
            bureau=bureau.code,
            year=year,
            task=task.number,
            round=round,
            sealed_at=now,
            rules=draw_rules(task),
            facilities=frozen.facilities,
            inspectors=frozen.inspectors,
            recusals=frozen.recusals,
            commitment=lottery.commitment(secret),
            public_source=source,
            previous=previous.seal_digest if previous else None,
        )
    )
    return Draw.objects.create(
        bureau=bureau,
        task=task,
        round=round,
        year=year,
        sequence=sequence,
        number=number,
        seal=text,
        seal_digest=lottery.digest(text),
        secret=secret,
        previous=previous,
        sealed_at=now,
        sealed_by=by,
    )


# Hold


def hold(draw: Draw, *, by: User, tell: Tell = untold, now: dt.datetime | None = None) -> Draw:
    """Draws facilities and teams, once. A second press changes nothing; a failure in the middle leaves the seal."""
    now = now or timezone.now()
    require(by, Permission.DRAW_OPERATE, bureau=draw.bureau)
    with transaction.atomic():
        locked = lock(draw)
        require_holdable(locked, by=by)
        contributions = list(locked.contributions.all())
        now = max(now, contributions[-1].contributed_at, locked.public_value_at or now)
        tell("核对封存名单")
        frozen = _untouched_rosters(locked)
        seed = lottery.seed_of(
            locked.seal_digest,
            locked.secret,
            [contribution.text for contribution in contributions],
            locked.public_value or None,
        )
        tell("抽取")
        winners, teams = _draw(locked, seed, frozen)
        _write_visits(locked, winners, teams, given_at=now, tell=tell)
        advance(locked, DrawState.HELD, held_at=now, held_by=by, seed=seed)
        trail.record(
            "举行抽取",
            by=by,
            about=locked,
            after={"抽中机构数": len(winners), "派出人次": sum(len(team.members) for team in teams)},
            now=now,
        )
    return locked


def require_holdable(draw: Draw, *, by: User) -> None:
    if refusal := why_not_hold(draw, by):
        raise DomainError(refusal)


def why_not_hold(draw: Draw, user: User) -> str:
    """Why nobody can draw now, or not this person of the bureau; empty when they can."""
    if draw.state == DrawState.HELD:
        held_at = timezone.localtime(draw.held_at)
        return (
            f"{draw.number}已由{draw.held_by}于{held_at:%Y-%m-%d %H:%M:%S}抽取，结果没有变化，不会再次抽取。"
        )
    if draw.state == DrawState.VOIDED:
        return f"{draw.number}已作废，不能抽取。请重新封存。"
    if open_approval(ApprovalSubject.VOID, draw.pk):
        return f"{draw.number}已申请作废，等待审批，现在不能抽取。"
    if not draw.contributions.exists():
        return "还没有见证人员见证，不能抽取。请见证人员登录后输入随机内容（002§12）。"
    source = rosters.seal_of(draw)["public_source"]
    if source and not draw.public_value:
        return f"还没有录入公开随机数（{source}），不能抽取。"
    return why_not_operate(draw, user)


def _untouched_rosters(draw: Draw) -> Rosters:
    """The frozen rows, refused when they are no longer those that were sealed."""
    frozen, sealed = rosters.of(draw), rosters.seal_of(draw)
    if lottery.digest(draw.seal) != draw.seal_digest or any(
        sealed[key] != value for key, value in frozen.digests().items()
    ):
        raise DomainError(
            f"{draw.number}的名单与封存摘要不符，不能抽取。请停止办理，保护现场并报告系统管理员和上级部门。"
        )
    return frozen


def _draw(draw: Draw, seed: str, frozen: Rosters) -> tuple[list[Winner], list[Team]]:
    rules = Rules(**rosters.seal_of(draw)["rules"])
    quotas = lottery.quotas_of(lottery.tally(frozen.facilities), rules)
    winners = lottery.draw_facilities(seed, frozen.facilities, quotas)
    if draw.task.assignment == Assignment.ASSIGNED:
        return winners, []
    teams = lottery.deal_teams(
        seed,
        [winner.code for winner in winners],
        frozen.inspectors,
        frozen.recusals,
        team_size=rules.team_size,
        qualification=rules.qualification,
    )
    return winners, teams


def _write_visits(
    draw: Draw, winners: list[Winner], teams: list[Team], *, given_at: dt.datetime, tell: Tell
) -> None:
    """Visits in draw order; the first member of each team is proposed as leader (002§16)."""
    facility_ids = rosters.facility_ids(draw, [winner.code for winner in winners])
    inspector_ids = dict(draw.inspectors.order_by().values_list("code", "inspector_id"))
    leaders = {team.facility: inspector_ids[team.members[0].inspector] for team in teams}
    tell("写入检查任务")
    visit_ids = bulk.insert(
        Visit,
        {"bureau": draw.bureau, "draw": draw, "number": draw.number, "given_at": given_at},
        ("facility_id", "position", "leader_id", *Winner._fields),
        [
            (facility_ids[winner.code], position, leaders.get(winner.code), *winner)
            for position, winner in enumerate(winners, 1)
        ],
        keys=True,
    )
    visit_of = {winner.code: pk for winner, pk in zip(winners, visit_ids, strict=True)}
    tell("写入检查组")
    bulk.insert(
        TeamMember,
        {},
        ("visit_id", "place", "inspector_id", "code", "visit_number", "card"),
        [
            (
                visit_of[team.facility],
                place,
                inspector_ids[card.inspector],
                card.inspector,
                card.visit,
                card.card,
            )
            for team in teams
            for place, card in enumerate(team.members, 1)
        ],
    )
