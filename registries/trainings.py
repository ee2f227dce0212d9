"""培训记录: what the people of the two rosters were taught, and how many hours of it in a year (A4)."""

import datetime as dt
from collections.abc import Iterable

from django.db import transaction
from django.utils import timezone

from registries import checks, trail
from registries.access import Permission, require
from registries.errors import DomainError
from registries.models import Inspector, Training, User

MOST_HOURS = 1000


@transaction.atomic
def record(
    inspectors: Iterable[Inspector],
    title: str,
    held_on: dt.date,
    hours: int,
    result: str = "",
    *,
    by: User,
    now: dt.datetime | None = None,
) -> list[Training]:
    """One course for everybody who attended it, all or nobody."""
    title = checks.said_why(title, what="培训内容", field="title", most=100)
    if held_on > timezone.localdate(now):
        raise DomainError("培训日期晚于今天。请在培训结束后登记。", field="held_on")
    if not 1 <= hours <= MOST_HOURS:
        raise DomainError(f"学时应为 1 到 {MOST_HOURS} 的整数。", field="hours")
    return [
        _record(inspector, title, held_on, hours, result.strip(), by=by, now=now) for inspector in inspectors
    ]


def _record(inspector: Inspector, title, held_on, hours, result, *, by: User, now) -> Training:
    require(by, Permission.REGISTRY_EDIT, bureau=inspector.bureau)
    with checks.once(f"{inspector.name}的这次培训已经登记过，没有保存。", "title"):
        training = Training.objects.create(
            inspector=inspector,
            title=title,
            held_on=held_on,
            hours=hours,
            result=result,
            recorded_at=now or timezone.now(),
            recorded_by=by,
        )
    trail.record("登记培训", by=by, about=inspector, note=_in_a_line(training), now=now)
    return training


@transaction.atomic
def strike(training: Training, *, by: User, now: dt.datetime | None = None) -> None:
    """Takes out what was recorded by mistake; the trail keeps what it said."""
    require(by, Permission.REGISTRY_EDIT, bureau=training.inspector.bureau)
    trail.record("删除培训记录", by=by, about=training.inspector, note=_in_a_line(training), now=now)
    training.delete()


def _in_a_line(training: Training) -> str:
    result = f"，{training.result}" if training.result else ""
    return f"{training.held_on} {training.title}，{training.hours}学时{result}"
