"""The two terms that run from the end of a visit: pure, and computed at each look (handbook 4, habit 11)."""

import datetime as dt
from dataclasses import dataclass

from django.db import models

from inspections.states import VisitState
from registries.workdays import Deadline, Register, add_workdays, workdays_between

AHEAD_WORKDAYS = 2
OVERDUE_WORKDAYS = 1
ACCOUNTABILITY_WORKDAYS = 5


class DeadlineKind(models.TextChoices):
    REPORT = "report", "检查报告"
    PUBLICATION = "publication", "结果公示"


class Stage(models.TextChoices):
    """提醒 → 督办 → 问责 (001三(三)): two working days before, on the day, one working day after, five after."""

    AHEAD = "ahead", "临期提醒"
    DUE = "due", "到期提醒"
    OVERDUE = "overdue", "逾期督办"
    ACCOUNTABILITY = "accountability", "逾期问责"


# The report must be complete within its term and is approved afterwards (003§12), so handing it in stops the clock
# and returning it starts it again. Only publication stops the clock of publication (000§14).
OPEN = {
    DeadlineKind.REPORT: frozenset({VisitState.TO_REPORT, VisitState.RETURNED}),
    DeadlineKind.PUBLICATION: frozenset(
        {VisitState.TO_REPORT, VisitState.TO_APPROVE, VisitState.RETURNED, VisitState.TO_PUBLISH}
    ),
}
OPEN_STATES = frozenset().union(*OPEN.values())


@dataclass(frozen=True)
class DueDate:
    """A due date as it looks today. `workdays_left` is negative once working days have passed after the date."""

    date: dt.date
    provisional: bool
    workdays_left: int
    explanation: str


def term(kind: DeadlineKind, bureau) -> int:
    """Working days that the bureau gives for this step."""
    return bureau.report_workdays if kind == DeadlineKind.REPORT else bureau.publication_workdays


def due_on(kind: DeadlineKind, ended_on: dt.date, register: Register, *, bureau) -> Deadline:
    return add_workdays(ended_on, term(kind, bureau), register)


def stages_reached(due: dt.date, today: dt.date, register: Register) -> list[Stage]:
    """Every stage that has begun, the first one first; empty while there is still time."""
    left = workdays_between(today, due, register)
    begun = {
        Stage.AHEAD: left <= AHEAD_WORKDAYS,
        Stage.DUE: today >= due,
        Stage.OVERDUE: left <= -OVERDUE_WORKDAYS,
        Stage.ACCOUNTABILITY: left <= -ACCOUNTABILITY_WORKDAYS,
    }
    return [stage for stage in Stage if begun[stage]]


def stage_at(due: dt.date, today: dt.date, register: Register) -> Stage | None:
    reached = stages_reached(due, today, register)
    return reached[-1] if reached else None


def open_kinds(state: VisitState) -> list[DeadlineKind]:
    return [kind for kind in DeadlineKind if state in OPEN[kind]]


def look(kind: DeadlineKind, ended_on: dt.date, today: dt.date, register: Register, *, bureau) -> DueDate:
    """What a page shows of a term: the date, what is left of it, and how it was computed."""
    deadline = due_on(kind, ended_on, register, bureau=bureau)
    return DueDate(
        date=deadline.date,
        provisional=deadline.provisional,
        workdays_left=workdays_between(today, deadline.date, register),
        explanation=_explain(kind, ended_on, deadline, register, term(kind, bureau)),
    )


def running(kind: DeadlineKind, visit, today: dt.date, register: Register) -> DueDate | None:
    """The visit's due date while its clock runs, otherwise None."""
    if kind not in open_kinds(visit.state) or visit.ended_on is None:
        return None
    return look(kind, visit.ended_on, today, register, bureau=visit.bureau)


def missed(visit, today: dt.date, register: Register) -> list[tuple[DeadlineKind, DueDate]]:
    """The visit's terms whose clock still runs although their date has passed."""
    dates = [(kind, running(kind, visit, today, register)) for kind in DeadlineKind]
    return [(kind, due) for kind, due in dates if due and due.workdays_left < 0]


def _explain(
    kind: DeadlineKind, ended_on: dt.date, deadline: Deadline, register: Register, workdays: int
) -> str:
    counted = (
        f"检查{ended_on}结束，次日起第{workdays}个工作日为{kind.label}的期限，按国务院办公厅放假通知计算"
    )
    if deadline.provisional:
        missing = min(set(range(ended_on.year, deadline.date.year + 1)) - register.years)
        return f"{counted}；{missing}年的通知尚未登记，日期暂定。"
    off, made_up = _differing_days(ended_on, deadline.date, register)
    if off or made_up:
        counted += f"，期间放假占用{off}个平日、调休上班{made_up}天"
    return f"{counted}。"


def _differing_days(ended_on: dt.date, due: dt.date, register: Register) -> tuple[int, int]:
    """Weekdays off and weekend days worked after `ended_on` up to `due`."""
    off = sum(ended_on < day <= due and day.weekday() < 5 for day in register.off_days)
    made_up = sum(ended_on < day <= due for day in register.makeup_days)
    return off, made_up
