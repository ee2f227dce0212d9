"""Personal data in a text that is to become public: pure.

It errs on the side of stopping: a slip of one digit in an ID number is still somebody's number.
"""

import re
from collections.abc import Iterable

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
SHORTEST_NAME = 2


def numbers_in(text: str) -> list[str]:
    """Each number that belongs to a person, with its kind, as a phrase for the screen."""
    text, found = normalise(text), []
    for kind, pattern in NUMBERS:
        found += [f"{kind}“{match.group()}”" for match in pattern.finditer(text)]
        # A number is found once, under its first kind.
        text = pattern.sub("＊", text)
    return found


def without_numbers(text: str) -> str:
    """The text with each such number replaced by its kind, for those who need the rest of it."""
    for kind, pattern in NUMBERS:
        text = pattern.sub(f"<{kind}>", text)
    return text


def names_in(text: str, names: Iterable[str], *, facility_name: str) -> list[str]:
    """Which of `names` stand in the text, as phrases; the facility's own name may contain its owner's."""
    rest = text.replace(facility_name, "")
    return [f"人员姓名“{name}”" for name in sorted(set(names)) if len(name) >= SHORTEST_NAME and name in rest]
