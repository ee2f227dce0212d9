"""The shape of an evidence file (draw protocol v1, section 4): exact keys, types and spelling.

Everything is looked at before anything is recomputed, so that a file of any content gets an answer in words.
"""

import re
from collections.abc import Callable
from datetime import datetime

_HEX = re.compile(r"[0-9a-f]{64}")
_MOMENT = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{1,6})?\+08:00")
_KINDS = {dict: "对象", list: "列表", str: "文字", int: "整数", bool: "真假值", float: "小数"}

Check = Callable[[object, str], None]


class Difference(Exception):
    """The first difference found, as a Chinese sentence."""


def show(value: object) -> str:
    """The value for a sentence, short whatever it is."""
    if value is None:
        return "空"
    if type(value) is bool:
        return "是" if value else "否"
    text = str(value) if type(value) in (str, int) else f"一个{_KINDS.get(type(value), '不明类型的值')}"
    text = "".join(character if character.isprintable() else "�" for character in text[:81])
    return f"{text[:80]}…" if len(text) > 80 else text or "空白"


def moment(text: str) -> datetime:
    return datetime.fromisoformat(text)


# What a value may be


def _typed(kind: type) -> Check:
    def check(value: object, where: str) -> None:
        if type(value) is not kind:
            raise Difference(f"{where}：须为{_KINDS[kind]}，文件记为 {show(value)}。")

    return check


def _number(lowest: int, highest: int) -> Check:
    def check(value: object, where: str) -> None:
        if type(value) is not int or not lowest <= value <= highest:
            raise Difference(f"{where}：须为 {lowest} 至 {highest} 的整数，文件记为 {show(value)}。")

    return check


def _line(value: object, where: str) -> None:
    """A single line that can be hashed; may be empty."""
    _typed(str)(value, where)
    try:
        value.encode("utf-8")
    except UnicodeEncodeError:
        raise Difference(f"{where}：含有无法以 UTF-8 编码的字符。") from None
    if "\n" in value or "\r" in value:
        raise Difference(f"{where}：须为一行文字，不能换行。")


def _text(value: object, where: str) -> None:
    _line(value, where)
    if not value:
        raise Difference(f"{where}：不能为空白。")


def _field(value: object, where: str) -> None:
    """A field of a roster line, possibly empty."""
    _line(value, where)
    if "\t" in value:
        raise Difference(f"{where}：不能含有制表符。")


def _code(value: object, where: str) -> None:
    _field(value, where)
    _text(value, where)


def _hex(value: object, where: str) -> None:
    if type(value) is not str or not _HEX.fullmatch(value):
        raise Difference(f"{where}：须为 64 位小写十六进制数，文件记为 {show(value)}。")


def _when(value: object, where: str) -> None:
    try:
        if type(value) is str and _MOMENT.fullmatch(value):
            moment(value)
            return
    except ValueError:
        pass
    raise Difference(f"{where}：须为东八区（+08:00）的 ISO 8601 时间，文件记为 {show(value)}。")


def _one_of(*words: str) -> Check:
    def check(value: object, where: str) -> None:
        if type(value) is not str or value not in words:
            raise Difference(f"{where}：须为 {' 或 '.join(words)}，文件记为 {show(value)}。")

    return check


def _or_null(check_value: Check) -> Check:
    def check(value: object, where: str) -> None:
        if value is not None:
            check_value(value, where)

    return check


def _record(**checks: Check) -> Check:
    """An object with exactly these keys; `in_` stands for `in`, a word Python keeps to itself."""
    checks = {key.rstrip("_"): check for key, check in checks.items()}

    def check(value: object, where: str) -> None:
        _typed(dict)(value, where or "证据文件")
        if missing := [key for key in checks if key not in value]:
            raise Difference(f"{where or '证据文件'}：缺少 {missing[0]}。")
        if extra := [key for key in value if key not in checks]:
            raise Difference(f"{where or '证据文件'}：多出 {show(extra[0])}。")
        for key, check_value in checks.items():
            check_value(value[key], f"{where} {key}".strip())

    return check


def _each(check_entry: Check) -> Check:
    def check(value: object, where: str) -> None:
        _typed(list)(value, where)
        for number, entry in enumerate(value, 1):
            check_entry(entry, f"{where} 第 {number} 项")

    return check


def _row(*fields: tuple[str, Check]) -> Check:
    def check(value: object, where: str) -> None:
        if type(value) is not list or len(value) != len(fields):
            raise Difference(f"{where}：须为 {len(fields)} 项组成的列表。")
        for field, (name, check_field) in zip(value, fields, strict=True):
            check_field(field, f"{where} {name}")

    return check


# The file


_COUNT = _number(0, 10**9)
_RATIO = _number(0, 10000)

_RULES = _record(
    ratios_bp=_record(A=_RATIO, B=_RATIO, C=_RATIO, D=_RATIO, NONE=_RATIO),
    floor_bp=_RATIO,
    team_size=_number(2, 1000),
    qualification=_line,
)
_SEAL = _record(
    protocol=_text,
    hash=_text,
    number=_text,
    bureau=_text,
    year=_number(1, 9999),
    task=_text,
    round=_number(1, 10**6),
    sealed_at=_when,
    rules=_RULES,
    quotas=_each(_record(grade=_text, base=_COUNT, pool=_COUNT, quota=_COUNT)),
    top_up=_COUNT,
    facility_digest=_hex,
    inspector_digest=_hex,
    recusal_digest=_hex,
    commitment=_hex,
    public_source=_or_null(_text),
    previous=_or_null(_hex),
)
_MEMBER = _record(inspector=_code, visit=_COUNT, card=_line)
_SUBSTITUTION = _record(
    facility=_code, out=_code, in_=_code, reason=_text, visit=_COUNT, card=_line, approved_at=_when
)
_EVIDENCE = _record(
    seal=_SEAL,
    seal_digest=_hex,
    facility_roster=_each(_row(("代码", _code), ("信用等级", _code), ("状态", _code))),
    inspector_roster=_each(_row(("代码", _code), ("资格", _field), ("状态", _code))),
    recusals=_each(_row(("检查对象代码", _code), ("检查人员代码", _code))),
    secret=_or_null(_hex),
    contributions=_each(_record(role=_text, name=_text, text=_text, at=_when)),
    public_value=_or_null(_text),
    held_at=_or_null(_when),
    seed=_or_null(_hex),
    winners=_or_null(_each(_record(code=_code, grade=_code, ticket=_hex, top_up=_typed(bool)))),
    teams=_or_null(_each(_record(facility=_code, members=_each(_MEMBER)))),
    assignment=_or_null(_one_of("drawn", "assigned")),
    substitutions=_or_null(_each(_SUBSTITUTION)),
    void=_or_null(_record(reason=_text, proposed_by=_text, approved_by=_text, at=_when)),
)


def check_shape(evidence: object) -> None:
    """Raise Difference where the evidence is not of the shape section 4 gives it."""
    _EVIDENCE(evidence, "")
