"""Who is away and when: an inspector on leave is not drawn for a task they miss, nor planned for a day they miss (A4)."""

import datetime as dt
from collections.abc import Iterable

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from registries import checks, trail
from registries.errors import DomainError
from registries.inspectors import require_staff_or_self
from registries.models import Inspector, Leave, User

Span = tuple[dt.date, dt.date]
DAY = dt.timedelta(days=1)
LONGEST = dt.timedelta(days=3 * 366)


def between(first: dt.date, last: dt.date) -> QuerySet[Leave]:
    """What was not cancelled and touches these days."""
    return Leave.objects.filter(cancelled_at=None, begins_on__lte=last, ends_on__gte=first)


def on(day: dt.date) -> QuerySet[Leave]:
    return between(day, day)


def away_throughout(spans: Iterable[Span], first: dt.date, last: dt.date) -> bool:
    """Whether the spans, both ends included, leave none of the days from `first` through `last`."""
    day = first
    for begins, ends in sorted(spans):
        if begins > day:
            return False
        day = max(day, ends + DAY)
        if day > last:
            return True
    return False


@transaction.atomic
def record(
    inspector: Inspector,
    begins_on: dt.date,
    ends_on: dt.date,
    reason: str,
    *,
    by: User,
    now: dt.datetime | None = None,
) -> Leave:
    """Inspectors record their own, staff anybody's of the bureau."""
    require_staff_or_self(inspector, by)
    reason = checks.said_why(reason, what="事由", most=100)
    if ends_on < begins_on:
        raise DomainError(f"结束日期{ends_on}早于开始日期{begins_on}，请核对。", field="ends_on")
    if ends_on - begins_on > LONGEST:
        raise DomainError("一次登记不超过三年；长期不参加检查的，请办理暂停或退出。", field="ends_on")
    if abs(begins_on - timezone.localdate(now)) > LONGEST:
        raise DomainError("开始日期离今天超过三年，请核对。", field="begins_on")
    # The row lock lets of two overlapping entries the second see the first.
    locked = Inspector.objects.select_for_update().get(pk=inspector.pk)
    if other := between(begins_on, ends_on).filter(inspector=locked).first():
        raise DomainError(
            f"与已登记的{other.begins_on}至{other.ends_on}重叠。请改日期，或者先撤销原来的登记。",
            field="begins_on",
        )
    leave = Leave.objects.create(
        inspector=locked,
        begins_on=begins_on,
        ends_on=ends_on,
        reason=reason,
        recorded_at=now or timezone.now(),
        recorded_by=by,
    )
    # Why somebody is away may be about their health.
    after = {"请假": f"{begins_on}至{ends_on}", "事由": trail.HIDDEN}
    trail.record("登记请假", by=by, about=locked, after=after, now=now)
    return leave


@transaction.atomic
def cancel(leave: Leave, *, by: User, now: dt.datetime | None = None) -> Leave:
    """Before its last day is over: what lies in the past explains who was not drawn and not sent then."""
    require_staff_or_self(leave.inspector, by)
    locked = Leave.objects.select_for_update().get(pk=leave.pk)
    if locked.cancelled_at:
        raise DomainError("这次请假已经撤销。")
    if locked.ends_on < timezone.localdate(now):
        raise DomainError(f"这次请假已于{locked.ends_on}结束，不能撤销；它是当时不派其检查的依据，须保留。")
    locked.cancelled_at, locked.cancelled_by = now or timezone.now(), by
    locked.save(update_fields=["cancelled_at", "cancelled_by"])
    note = f"{locked.begins_on}至{locked.ends_on}"
    trail.record("撤销请假", by=by, about=leave.inspector, note=note, now=now)
    return locked
