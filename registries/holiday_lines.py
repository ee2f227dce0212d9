"""Reads the lines in which a person enters a year's holidays: pure.

A line of days off is “元旦 1月1日至1月3日” or “元旦 2027-01-01 2027-01-03”; made-up days are listed with any separator.
"""

import datetime as dt
import re

DATE = re.compile(r"(?:(\d{4})\s*[年/-]\s*)?(\d{1,2})\s*[月/-]\s*(\d{1,2})日?")
LONGEST_HOLIDAY = 15


def off_days(text: str, year: int) -> dict[dt.date, str]:
    """Days off with the name of their holiday. ValueError says in Chinese which line cannot be read."""
    days: dict[dt.date, str] = {}
    for line in filter(None, map(str.strip, text.splitlines())):
        name, first, last = _holiday(line, year)
        for offset in range((last - first).days + 1):
            days[first + dt.timedelta(days=offset)] = name
    return days


def makeup_days(text: str, year: int) -> list[dt.date]:
    days = [_date(found, year, text) for found in DATE.finditer(text)]
    rest = re.sub(r"[\s、，,；;。]|（周.）|上班", "", DATE.sub("", text))
    if rest:
        raise ValueError(f"“{rest}”不能识别为日期，请按“2月7日、2月20日”的样式填写。")
    return days


def _holiday(line: str, year: int) -> tuple[str, dt.date, dt.date]:
    found = list(DATE.finditer(line))
    if not found or len(found) > 2:
        raise ValueError(f"“{line}”中应有一个或两个日期，请按“元旦 1月1日至1月3日”的样式填写。")
    name = re.sub(r"[\s：:，,]+$", "", line[: found[0].start()])
    if not name or len(name) > 20:
        raise ValueError(f"“{line}”开头应写明节日名称，例如“元旦”。")
    first, last = _date(found[0], year, line), _date(found[-1], year, line)
    if not 0 <= (last - first).days < LONGEST_HOLIDAY:
        raise ValueError(f"“{line}”的起止日期不合理，请核对。")
    return name, first, last


def _date(found: re.Match, year: int, line: str) -> dt.date:
    written, month, day = found.groups()
    try:
        return dt.date(int(written or year), int(month), int(day))
    except ValueError:
        raise ValueError(f"“{line}”中的“{found.group()}”不是有效日期，请核对。") from None
