"""A cell's text as the value it stands for. What cannot be understood raises `Unreadable` with what to do."""

import datetime as dt
import difflib
import re
from collections.abc import Callable

from django.db.models import TextChoices

from registries.identifiers import normalise, normalise_code
from registries.models import CreditGrade, ItemCategory

EARLIEST, LATEST = dt.date(1950, 1, 1), dt.date(2100, 12, 31)
DATE = re.compile(r"(\d{4})(?:[-/.]|年)(\d{1,2})(?:[-/.]|月)(\d{1,2})日?(?: 0{1,2}:00(?::00)?)?")
COMPACT_DATE = re.compile(r"(\d{4})(\d{2})(\d{2})")
WORD_BREAK = re.compile(r"[、,，;；/\n]+")
BRACKETS = str.maketrans("（）", "()")
PERCENT = re.compile(r"(\d+(?:\.\d+)?)[%％]")
GRADE_PERCENT = re.compile(r"([ABCD])级?(?:企业|机构|单位)?[:：为]?(\d+(?:\.\d+)?)[%％][,，;；、。]?")
# Excel keeps a cell that shows 5% as 0.05.
FRACTION = re.compile(r"0\.\d+")
FREQUENCY = re.compile(r"(?:每年|一年)?(\d{1,3})次?(?:/年|每年|每一年)?")
RATIO_FIELDS = ("ratio_a_bp", "ratio_b_bp", "ratio_c_bp", "ratio_d_bp")
GRADES = "ABCD"
YES_NO = {"是": ItemCategory.KEY, "否": ItemCategory.ORDINARY}


class Unreadable(ValueError):
    """The text is not what the column asks for."""


code = normalise_code


def words(text: str) -> list[str]:
    """Several words in one cell, sorted, each once."""
    return sorted({word for word in map(normalise, WORD_BREAK.split(text)) if word})


def date(text: str) -> dt.date:
    text = normalise(text)
    found = DATE.fullmatch(text.replace("年 ", "年").replace("月 ", "月")) or COMPACT_DATE.fullmatch(text)
    if not found:
        raise Unreadable(f"日期“{text}”无法识别，请按 2026-01-31 的样式填写。")
    try:
        day = dt.date(*map(int, found.groups()))
    except ValueError:
        raise Unreadable(f"日期“{text}”不存在，请对照原件核对。") from None
    if not EARLIEST <= day <= LATEST:
        raise Unreadable(f"日期“{text}”应在 {EARLIEST.year} 年到 {LATEST.year} 年之间，请对照原件核对。")
    return day


def one_of(options: type[TextChoices], name: str) -> Callable[[str], str]:
    """A reader of one choice's label; grades may be given by their letter."""
    by_label = {_plain(str(option.label)): str(option.value) for option in options}
    if options is CreditGrade:
        by_label |= {grade: grade for grade in GRADES}

    def read(text: str) -> str:
        text = normalise(text)
        found = by_label.get(_plain(text))
        if found is None:
            raise Unreadable(f"{name}“{text}”不在可选范围内。{_suggestion(text, options)}")
        return found

    return read


def is_key(text: str) -> str:
    if (text := normalise(text)) not in YES_NO:
        raise Unreadable(f"“{text}”无法识别，请填“是”或“否”。")
    return str(YES_NO[text])


def ratios(text: str) -> dict[str, int]:
    """Basis points by field, from "A 级企业 5% B 级企业 10% …" or from one ratio that holds for every grade."""
    plain = "".join(normalise(text).split()).upper()
    if FRACTION.fullmatch(plain):
        return dict.fromkeys(RATIO_FIELDS, round(float(plain) * 10_000))
    if single := PERCENT.fullmatch(plain):
        return dict.fromkeys(RATIO_FIELDS, _basis_points(single[1]))
    found = GRADE_PERCENT.findall(plain)
    if not found or GRADE_PERCENT.sub("", plain):
        raise Unreadable(
            f"抽查比例“{normalise(text)}”无法识别，请按“A 级企业 5% B 级企业 10% C 级企业 15% D 级企业 20%”的样式填写。"
        )
    named = [grade for grade, _ in found]
    if sorted(named) != list(GRADES):
        raise Unreadable(f"抽查比例须写明 A、B、C、D 四个等级各一次，现有：{'、'.join(named)}。")
    by_grade = dict(found)
    return {field: _basis_points(by_grade[grade]) for field, grade in zip(RATIO_FIELDS, GRADES, strict=True)}


def frequency(text: str) -> int:
    found = FREQUENCY.fullmatch("".join(normalise(text).split()))
    if not found:
        raise Unreadable(f"抽查频次“{normalise(text)}”无法识别，请填每年的次数，如 2。")
    return int(found[1])


def _basis_points(percent: str) -> int:
    return round(float(percent) * 100)


def _plain(label: str) -> str:
    return "".join(label.translate(BRACKETS).split()).upper()


def _suggestion(text: str, options: type[TextChoices]) -> str:
    labels = [str(label) for label in options.labels]
    near = difflib.get_close_matches(text, labels, n=1, cutoff=0.3)
    suggestion = f"是否应为“{near[0]}”？" if near else ""
    return f"{suggestion}可填：{'、'.join(labels)}。"
