"""Working days after the holiday notices of the State Council's General Office (国务院办公厅): pure.

A weekday is worked unless a notice gives it off; a weekend day only if a notice makes it up (调休上班).
"""

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

SATURDAY = 5
ONE_DAY = dt.timedelta(days=1)
# The longest statutory term is counted in months; anything beyond this is a slip of the keyboard.
MOST_WORKDAYS = 10_000
MOST_DAYS_APART = 20_000
# A notice's New Year may reach back into the December before its year, as it did on 29–31 December 2018.
NEW_YEAR_REACHES_BACK_TO = 24


@dataclass(frozen=True)
class Notice:
    """One year's notice. `amendment` is a later notice of the same year that changed it, or empty."""

    year: int
    document: str
    amendment: str
    off_days: Mapping[dt.date, str]
    makeup_days: Mapping[dt.date, str]


@dataclass(frozen=True)
class Register:
    """What all notices say together. `years` are those whose own notice is out."""

    years: frozenset[int] = frozenset()
    off_days: frozenset[dt.date] = frozenset()
    makeup_days: frozenset[dt.date] = frozenset()

    @classmethod
    def of(cls, notices: Iterable[Notice]) -> "Register":
        notices = list(notices)
        return cls(
            years=frozenset(notice.year for notice in notices),
            off_days=frozenset(day for notice in notices for day in notice.off_days),
            makeup_days=frozenset(day for notice in notices for day in notice.makeup_days),
        )

    def settles(self, day: dt.date) -> bool:
        """Whether the notice of the day's own year is out.

        The notice of the following year may yet name one of the last days of December; a deadline is computed
        anew at each look, so such a day moves with it all the same.
        """
        return day.year in self.years


@dataclass(frozen=True)
class Deadline:
    """`provisional`: a notice still to come may move the date; compute it again when the notice is out."""

    date: dt.date
    provisional: bool


def is_workday(day: dt.date, register: Register) -> bool:
    if isinstance(day, dt.datetime):
        raise TypeError("is_workday needs a local date; a datetime is never equal to a day of the register")
    if day.weekday() >= SATURDAY:
        return day in register.makeup_days
    return day not in register.off_days


def add_workdays(start: dt.date, n: int, register: Register) -> Deadline:
    """The n-th working day after `start`, which itself is not counted. With n = 0 it is `start` itself."""
    if not 0 <= n <= MOST_WORKDAYS:
        raise ValueError(f"工作日天数应在 0 到 {MOST_WORKDAYS} 之间，当前为 {n}，请核对期限设置。")
    day, remaining, provisional = start, n, False
    while remaining:
        day += ONE_DAY
        remaining -= is_workday(day, register)
        provisional = provisional or not register.settles(day)
    return Deadline(day, provisional)


def workdays_between(start: dt.date, end: dt.date, register: Register) -> int:
    """How many working days lie after `start` up to and including `end`; negative when `end` comes first."""
    if end < start:
        return -workdays_between(end, start, register)
    apart = (end - start).days
    if apart > MOST_DAYS_APART:
        raise ValueError(f"{start} 与 {end} 相隔超过 {MOST_DAYS_APART} 天，请核对日期。")
    return sum(is_workday(start + dt.timedelta(days=offset), register) for offset in range(1, apart + 1))


def parse_notices(data: Mapping) -> list[Notice]:
    """Notices from the form of `data/holidays.json`. ValueError says in Chinese what contradicts itself."""
    notices = [_parse_notice(entry) for entry in data["notices"]]
    years = [notice.year for notice in notices]
    if len(years) != len(set(years)):
        raise ValueError("同一年份出现了两份放假通知，请每年只保留一份。")
    _refuse_days_both_off_and_worked(notices)
    return sorted(notices, key=lambda notice: notice.year)


def _parse_notice(entry: Mapping) -> Notice:
    year = entry["year"]
    off_days = _parse_days(entry["off_days"], year)
    makeup_days = _parse_days(entry["makeup_days"], year)
    for day in makeup_days:
        if day.weekday() < SATURDAY:
            raise ValueError(f"{day} 不是周末，不能列为调休上班日，请核对 {year} 年的通知。")
    return Notice(year, entry["document"], entry.get("amendment", ""), off_days, makeup_days)


def _parse_days(entries: Iterable[Mapping], year: int) -> dict[dt.date, str]:
    days: dict[dt.date, str] = {}
    for entry in entries:
        try:
            day = dt.date.fromisoformat(entry["date"])
        except ValueError:
            raise ValueError(f"{entry['date']} 不是有效日期，请按 2026-01-01 的格式填写。") from None
        if not dt.date(year - 1, 12, NEW_YEAR_REACHES_BACK_TO) <= day <= dt.date(year, 12, 31):
            raise ValueError(f"{day} 不属于 {year} 年的放假通知，请核对年份。")
        if day in days:
            raise ValueError(f"{year} 年的通知里 {day} 出现了两次，请删去一处。")
        days[day] = entry["holiday"]
    return days


def _refuse_days_both_off_and_worked(notices: Iterable[Notice]) -> None:
    register = Register.of(notices)
    for day in sorted(register.off_days & register.makeup_days):
        raise ValueError(f"{day} 既列为放假又列为上班，请核对通知。")
