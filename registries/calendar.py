"""The workday register: the State Council's notices as they stand in the database (F1)."""

import datetime as dt
from collections.abc import Mapping

from django.db import transaction

from registries import trail
from registries.access import Permission, require
from registries.errors import DomainError
from registries.models import HolidayDay, HolidayNotice, User
from registries.workdays import Notice, Register


def register() -> Register:
    """The register as of now. Deadlines are computed from it each time, so a new notice moves them all at once."""
    notices = HolidayNotice.objects.prefetch_related("days").order_by("year")
    return Register.of(_as_notice(notice) for notice in notices)


def _as_notice(notice: HolidayNotice) -> Notice:
    days = list(notice.days.all())
    return Notice(
        year=notice.year,
        document=notice.document,
        amendment=notice.amendment,
        off_days={day.date: day.name for day in days if not day.is_workday},
        makeup_days={day.date: day.name for day in days if day.is_workday},
    )


@transaction.atomic
def enter_notice(
    year: int,
    document: str,
    *,
    off_days: list[dt.date],
    makeup_days: list[dt.date],
    names: Mapping[dt.date, str] | None = None,
    by: User,
) -> HolidayNotice:
    """Enters the notice of a year that has none yet; every provisional date is final from the next look on.

    `names` are the holidays that the days belong to, as far as they are known.
    """
    require(by, Permission.CALENDAR_EDIT)
    if HolidayNotice.objects.filter(year=year).exists():
        raise DomainError(f"{year}年的节假日通知已经登记，不能重复登记。", field="year")
    _check_days(year, off_days, makeup_days)
    notice = HolidayNotice.objects.create(year=year, document=document, entered_by=by)
    HolidayDay.objects.bulk_create(
        HolidayDay(notice=notice, date=day, is_workday=is_workday, name=(names or {}).get(day, ""))
        for is_workday, days in ((False, off_days), (True, makeup_days))
        for day in sorted(set(days))
    )
    trail.record(
        "登记节假日通知", by=by, about=notice, after={"放假": len(off_days), "调休上班": len(makeup_days)}
    )
    return notice


def _check_days(year: int, off_days: list[dt.date], makeup_days: list[dt.date]) -> None:
    both = sorted(set(off_days) & set(makeup_days))
    if both:
        raise DomainError(f"{both[0]} 同时列为放假和上班，请核对通知。", field="makeup_days")
    for day in [*off_days, *makeup_days]:
        # A notice may reach into the last days of the December before its year.
        if not dt.date(year - 1, 12, 24) <= day <= dt.date(year, 12, 31):
            raise DomainError(f"{day} 不在{year}年的通知范围内，请核对。", field="off_days")
    weekdays = [day for day in makeup_days if day.isoweekday() < 6]
    if weekdays:
        raise DomainError(f"{weekdays[0]} 本来就是工作日，不需要列为调休上班。", field="makeup_days")
    taken = HolidayDay.objects.filter(date__in=[*off_days, *makeup_days]).first()
    if taken:
        raise DomainError(f"{taken.date} 已在{taken.notice.year}年的通知中登记。", field="off_days")
