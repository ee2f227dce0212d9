"""What is told of a draw on its pages: steps, figures, reasons. Never secret, seed or an unheld contribution."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Max

from inspections import evidence, lottery, pool, rosters
from inspections.forecast import GradeForecast
from inspections.lottery import IN, GradeQuota, Quotas, Rules
from inspections.models import Draw
from inspections.states import DrawState
from registries.models import CreditGrade

TONES = {DrawState.SEALED: "info", DrawState.HELD: "ok", DrawState.VOIDED: "danger"}
IN_POOL = "在抽取池中"


@dataclass(frozen=True)
class Step:
    """What components/steps.html shows."""

    label: str
    state: str
    at: datetime | None = None


@dataclass(frozen=True)
class Excluded:
    status: str
    label: str
    count: int


def steps(draw: Draw) -> list[Step]:
    """封存 → 见证 → 抽取 → 公布; the last is done when everything about the draw is open to everybody."""
    witnessed_at = draw.contributions.aggregate(last=Max("contributed_at"))["last"]
    done = [
        ("封存", draw.sealed_at, True),
        ("见证", witnessed_at, witnessed_at is not None),
        ("抽取", draw.held_at, draw.held_at is not None),
        ("公布", None, draw.state == DrawState.HELD and evidence.is_due(draw)),
    ]
    current = next((label for label, _, is_done in done if not is_done), None)
    if draw.state == DrawState.VOIDED:
        current = None
    return [
        Step(label, "done" if is_done else "current" if label == current else "todo", at)
        for label, at, is_done in done
    ]


def quotas(draw: Draw) -> tuple[Quotas, Rules]:
    """As they were sealed."""
    seal = rosters.seal_of(draw)
    return Quotas(tuple(GradeQuota(**row) for row in seal["quotas"]), seal["top_up"]), Rules(**seal["rules"])


def grades(draw: Draw) -> list[GradeForecast]:
    sealed, rules = quotas(draw)
    short = lottery.shortfalls(sealed, rules)
    return [
        GradeForecast(
            *(row.grade, CreditGrade(row.grade).label, rules.ratios_bp[row.grade]),
            *(row.base, row.pool, row.quota, short.get(row.grade, 0)),
        )
        for row in sealed.rows
    ]


def excluded(draw: Draw) -> list[Excluded]:
    """Facilities of the roster that are not in the pool, by reason, the most frequent first."""
    rows = draw.facilities.exclude(status=IN).order_by().values_list("status").annotate(count=Count("pk"))
    return [
        Excluded(status, reason(status), count) for status, count in sorted(rows, key=lambda row: -row[1])
    ]


def inspectors_out(draw: Draw) -> list[Excluded]:
    rows = draw.inspectors.exclude(status=IN).order_by().values_list("status").annotate(count=Count("pk"))
    return [Excluded(status, pool.INSPECTOR_REASONS.get(status, status), count) for status, count in rows]


def reason(status: str) -> str:
    return IN_POOL if status == IN else pool.REASONS.get(status, status)
