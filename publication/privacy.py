"""Personal data in a text that is about to become public: pure.

It errs on the side of stopping: a slip of one digit in an ID number is still somebody's number.
"""

import re
from collections.abc import Iterable, Mapping

from registries.identifiers import normalise

SEPARATOR = r"[\s\-—·.]?"
ID_NUMBER = re.compile(
    r"(?<!\d)[1-8]\d{5}" + SEPARATOR + r"(?:19|20)\d{2}" + SEPARATOR
    + r"(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])" + SEPARATOR + r"\d{3}[\dXx](?!\d)"
)  # fmt: skip
MOBILE = re.compile(r"(?<!\d)1[3-9]\d" + SEPARATOR + r"\d{4}" + SEPARATOR + r"\d{4}(?!\d)")
# 010 and 02x stand alone, the other area codes have four digits.
LANDLINE = re.compile(r"(?<!\d)[(（]?0(?:10|2\d|[3-9]\d{2})[)）]?" + SEPARATOR + r"[1-9]\d{6,7}(?!\d)")
LOCAL_NUMBER = re.compile(r"(?:电话|手机|座机|联系方式)[号码]*[:：为是]?\s*[1-9]\d{6,7}(?!\d)")

NUMBERS = (
    ("身份证号", ID_NUMBER),
    ("手机号码", MOBILE),
    ("电话号码", LANDLINE),
    ("电话号码", LOCAL_NUMBER),
)
# Codes and numbers of the facility, the plan and the draw are public by their nature and look like anything.
PUBLIC_CODES = frozenset(
    {"insurance_code", "social_credit_code", "plan_number", "task_number", "draw_number", "code"}
)
FREE_TEXT = frozenset({"summary", "correction_reason"})
SHORTEST_NAME = 2


def personal_data_problems(
    content: Mapping, labels: Mapping[str, str], *, names: Iterable[str] = ()
) -> list[str]:
    """What was found and where, one sentence each. `labels` names the fields of `content` for the reader.

    `names` are looked for in free text only, after the facility's own name, which may contain its owner's.
    """
    problems = []
    for field, text in _texts(content):
        if field in PUBLIC_CODES:
            continue
        where = labels.get(field, field)
        problems += [f"“{where}”中有{kind}“{found}”" for kind, found in _numbers(normalise(text))]
        if field in FREE_TEXT:
            rest = text.replace(content["facility"]["name"], "")
            problems += [
                f"“{where}”中有人员姓名“{name}”" for name in sorted(set(names)) if _names(name, rest)
            ]
    return problems


def _texts(value, field: str = "") -> Iterable[tuple[str, str]]:
    if isinstance(value, Mapping):
        for key, inner in value.items():
            yield from _texts(inner, key)
    elif isinstance(value, list):
        for inner in value:
            yield from _texts(inner, field)
    elif isinstance(value, str):
        yield field, value


def _numbers(text: str) -> Iterable[tuple[str, str]]:
    for kind, pattern in NUMBERS:
        for match in pattern.finditer(text):
            yield kind, match.group()
        text = pattern.sub("＊", text)


def _names(name: str, text: str) -> bool:
    return len(name) >= SHORTEST_NAME and name in text
