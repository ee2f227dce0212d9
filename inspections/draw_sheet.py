"""What is told of a draw on its pages: steps, figures, reasons. Never secret, seed or an unheld contribution."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Max

from inspections import evidence, pool, rosters
from inspections.approvals import open_approval
from inspections.arithmetic import Arithmetic
from inspections.lottery import IN, GradeQuota, Quotas, Rules
from inspections.models import ApprovalSubject, Draw
from inspections.states import DrawState

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


def waits_for(draw: Draw) -> str:
    """What the room waits for between seal and draw, in words; empty when it is over."""
    if draw.state != DrawState.SEALED:
        return ""
    if open_approval(ApprovalSubject.VOID, draw.pk):
        return "已申请作废，等待分管领导审批。审批之前不能抽取。"
    if not draw.contributions.exists():
        return "等待见证人员登录并输入随机内容，有一人完成即可。"
    source = rosters.seal_of(draw)["public_source"]
    if source and not draw.public_value:
        return f"等待公开随机数产生（{source}），由经办人员录入。"
    return "可以抽取，由经办人员操作。"


def arithmetic(draw: Draw) -> Arithmetic:
    """As it was sealed."""
    seal = rosters.seal_of(draw)
    rows = tuple(GradeQuota(**row) for row in seal["quotas"])
    return Arithmetic(Quotas(rows, seal["top_up"]), Rules(**seal["rules"]))


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
