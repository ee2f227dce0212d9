"""Numbers that people and facilities are known by: pure checks that say what is wrong and what to do.

Every `…_problem` takes a text cleaned by `normalise_code` and returns None or a message in Chinese.
"""

import datetime as dt
import re
from collections import Counter
from collections.abc import Sequence
from operator import mul

# First two digits of GB/T 2260; 83 is used on residence permits for Taiwan residents.
PROVINCES = frozenset(
    str(code)
    for code in (
        *range(11, 16),
        *range(21, 24),
        *range(31, 38),
        *range(41, 47),
        *range(50, 55),
        *range(61, 66),
        *(71, 81, 82, 83),
    )
)
# Registered by the State itself (国家市场监督管理总局 and other central bodies).
NATIONAL_REGION = "100000"

# GB 11643-1999, ISO 7064 MOD 11-2.
ID_WEIGHTS = tuple(pow(2, 17 - place, 11) for place in range(17))
ID_CHECK_DIGITS = "10X98765432"

# GB 32100-2015: digits and capitals without I, O, S, V, Z; ISO 7064 MOD 31.
CREDIT_ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
CREDIT_VALUES = {character: value for value, character in enumerate(CREDIT_ALPHABET)}
CREDIT_SHAPE = re.compile(f"[{CREDIT_ALPHABET}]{{18}}")
CREDIT_WEIGHTS = tuple(pow(3, place, 31) for place in range(17))

HOSPITAL_PREFIX = "H"
PHARMACY_PREFIX = "P"
PREFIX_LABELS = {HOSPITAL_PREFIX: "定点医疗机构", PHARMACY_PREFIX: "定点零售药店"}

RETYPE_AS_TEXT = "请把该列设为“文本”格式，再重新填写原号码。"
SCIENTIFIC = re.compile(r"\d(\.\d+)?E\+?\d{1,2}", re.IGNORECASE)
ID_SHAPE = re.compile(r"\d{17}[\dXx]", re.ASCII)
INSURANCE_SHAPE = re.compile(r"[HP]\d{11}", re.ASCII)
MOBILE = re.compile(r"1[3-9]\d{9}", re.ASCII)
# 010 and 02x stand alone, the other area codes have four digits; an extension may follow.
LANDLINE = re.compile(r"0(10|2\d|[3-9]\d{2})-?\d{7,8}(-\d{1,6})?", re.ASCII)

FULL_WIDTH = (*range(0xFF10, 0xFF1A), *range(0xFF21, 0xFF3B), *range(0xFF41, 0xFF5B))
HALF_WIDTH = {code: code - 0xFEE0 for code in FULL_WIDTH}
SPACES = dict.fromkeys([0x00A0, 0x1680, *range(0x2000, 0x200B), 0x202F, 0x205F, 0x3000], " ")
ZERO_WIDTH = dict.fromkeys([0x00AD, 0x200B, 0x200C, 0x200D, 0x2060, 0xFEFF])
# PostgreSQL takes no NUL, XML no other control character; marks of direction make a name read as another.
CONTROLS = dict.fromkeys([*range(0x09), *range(0x0E, 0x1C), 0x7F])
DIRECTIONS = dict.fromkeys([0x200E, 0x200F, *range(0x202A, 0x202F), *range(0x2066, 0x206A)])
CELL_CLEANING = HALF_WIDTH | SPACES | ZERO_WIDTH | CONTROLS | DIRECTIONS
# Excel's mark for "this is text" becomes a character of the text when another program wrote the file.
CELL_FRONT = "".join(filter(str.isspace, map(chr, range(0x3001)))) + "'＇"
CELL_DIRT = re.compile(f"[{re.escape(''.join(map(chr, CELL_CLEANING)))}]")


def normalise(text: str) -> str:
    """A cell as its author meant it: half-width digits and letters, no invisible or surrounding spaces."""
    if CELL_DIRT.search(text):
        text = text.translate(CELL_CLEANING)
    return text.lstrip(CELL_FRONT).rstrip()


def normalise_code(text: str) -> str:
    """Like `normalise`, for numbers and codes: no space anywhere, capital letters."""
    if not (text.isascii() and text.isalnum()):
        text = "".join(normalise(text).split())
    return text.upper()


def excel_damage_problem(text: str, name: str) -> str | None:
    """Excel keeps 15 digits of a number; the rest is lost for good and must be typed again."""
    if SCIENTIFIC.fullmatch(text) is None:
        return None
    return f"{name}被 Excel 变成了科学计数法“{text}”，后几位已丢失。{RETYPE_AS_TEXT}"


def id_check_digit(first17: str) -> str:
    total = sum(int(digit) * weight for digit, weight in zip(first17, ID_WEIGHTS, strict=True))
    return ID_CHECK_DIGITS[total % 11]


def id_number_problem(text: str, sex: str | None = None, *, today: dt.date | None = None) -> str | None:
    """`sex` is 男 or 女 when it is to be compared with the 17th digit."""
    return (
        excel_damage_problem(text, "身份证号")
        or _id_shape_problem(text)
        or _id_region_problem(text)
        or _id_birthday_problem(text, today or dt.date.today())
        or _id_check_problem(text)
        or _id_sex_problem(text, sex)
    )


def _id_shape_problem(text: str) -> str | None:
    if not text:
        return "身份证号为空，请填写 18 位身份证号。"
    if re.fullmatch(r"\d{15}", text, re.ASCII):
        return "这是 15 位旧身份证号，已停止使用，请填写 18 位身份证号。"
    if len(text) != 18:
        return f"身份证号应为 18 位，现为 {len(text)} 位，请对照证件补全或删去多余字符。"
    if ID_SHAPE.fullmatch(text) is None:
        return "身份证号前 17 位只能是数字，末位是数字或 X，请对照证件修改。"
    return None


def _id_region_problem(text: str) -> str | None:
    if text[:2] not in PROVINCES:
        return f"身份证号前两位“{text[:2]}”不是任何省级行政区划，请对照证件修改。"
    return None


def _id_birthday_problem(text: str, today: dt.date) -> str | None:
    digits = text[6:14]
    try:
        birthday = dt.date(int(digits[:4]), int(digits[4:6]), int(digits[6:]))
    except ValueError:
        return f"身份证号第 7 至 14 位“{digits}”不是有效的出生日期，请对照证件修改。"
    if birthday.year < 1900:
        return f"身份证号中的出生年份 {digits[:4]} 过早，请对照证件修改。"
    if birthday > today:
        return f"身份证号中的出生日期 {birthday} 晚于今天，请对照证件修改。"
    return None


def _id_check_problem(text: str) -> str | None:
    expected = id_check_digit(text[:17])
    if text[17].upper() == expected:
        # A genuine number may end in 000; of the damaged ones only one in eleven has a valid check digit,
        # so in a damaged column the others give it away.
        return None
    if text.endswith("000"):
        return f"身份证号末三位是 000 且校验不符，多半是 Excel 把后三位舍成了 0。{RETYPE_AS_TEXT}"
    # The right digit is not told: it would turn any slip of the pen into a number that passes.
    return "身份证号末位校验码不符，号码中有填错的数字，请对照证件逐位核对。"


def _id_sex_problem(text: str, sex: str | None) -> str | None:
    by_number = "男" if int(text[16]) % 2 else "女"
    if sex not in {"男", "女"} or sex == by_number:
        return None
    return f"性别填写为“{sex}”，而身份证号第 17 位“{text[16]}”表示“{by_number}”，请核对性别和身份证号。"


def social_credit_check_character(first17: str) -> str:
    total = sum(map(mul, map(CREDIT_VALUES.__getitem__, first17), CREDIT_WEIGHTS))
    return CREDIT_ALPHABET[-total % 31]


def social_credit_code_problem(text: str) -> str | None:
    if CREDIT_SHAPE.fullmatch(text):
        return _credit_content_problem(text)
    return excel_damage_problem(text, "统一社会信用代码") or _credit_shape_problem(text)


def _credit_shape_problem(text: str) -> str | None:
    if not text:
        return "统一社会信用代码为空，请填写 18 位代码。"
    if len(text) != 18:
        return f"统一社会信用代码应为 18 位，现为 {len(text)} 位，请对照营业执照或登记证书修改。"
    strange = sorted(set(text) - CREDIT_VALUES.keys())
    if strange:
        return (
            f"统一社会信用代码中不应有“{'、'.join(strange)}”：只用数字和大写字母，且不用 I、O、S、V、Z"
            "（常与 1、0、5、U、2 混淆），请对照证书修改。"
        )
    return None


def _credit_content_problem(text: str) -> str | None:
    if not _is_region(text[2:8]):
        return f"统一社会信用代码第 3 至 8 位“{text[2:8]}”不是有效的行政区划代码，请对照证书修改。"
    if social_credit_check_character(text[:17]) != text[17]:
        return "统一社会信用代码末位校验码不符，代码中有填错的字符，请对照证书逐位核对。"
    return None


def insurance_code_problem(text: str, prefix: str | None = None) -> str | None:
    """国家医保编码. `prefix` is the letter that the facility's kind demands, if it is known."""
    if not text:
        return "国家医保编码为空，请填写 12 位编码。"
    if INSURANCE_SHAPE.fullmatch(text) is None:
        return "国家医保编码应为 H（定点医疗机构）或 P（定点零售药店）加 11 位数字，请对照编码平台修改。"
    if not _is_region(text[1:7]):
        return f"国家医保编码第 2 至 7 位“{text[1:7]}”不是有效的行政区划代码，请对照编码平台修改。"
    if prefix and text[0] != prefix:
        return (
            f"机构类别要求编码以 {prefix} 开头（{PREFIX_LABELS[prefix]}），现以 {text[0]} 开头"
            f"（{PREFIX_LABELS[text[0]]}），请核对机构类别和编码。"
        )
    return None


def phone_problem(text: str) -> str | None:
    if not text:
        return "联系电话为空，请填写手机号或带区号的固定电话。"
    if MOBILE.fullmatch(text) or LANDLINE.fullmatch(text):
        return None
    damage = excel_damage_problem(text, "联系电话")
    if damage:
        return damage
    if LANDLINE.fullmatch("0" + text):
        return f"联系电话“{text}”像是丢了开头的 0，请把该列设为“文本”格式，按 0375-1234567 的样式填写。"
    return f"联系电话“{text}”有误：请填写 11 位手机号，或带区号的固定电话，如 0375-1234567。"


def certificate_length_outliers(numbers: Sequence[str]) -> dict[int, str]:
    """Problems by position, for numbers whose length differs from that of most. Blanks are passed over.

    A bureau's certificates come from one office and have one length; without a majority nothing is said.
    """
    lengths = Counter(len(number) for number in numbers if number)
    if not lengths:
        return {}
    usual, holders = lengths.most_common(1)[0]
    if holders * 2 <= lengths.total():
        return {}
    return {
        position: f"执法证号“{number}”有 {len(number)} 位，而多数为 {usual} 位，请对照证件核对。"
        for position, number in enumerate(numbers)
        if number and len(number) != usual
    }


def mask_id_number(text: str) -> str:
    return _mask(text, head=4, tail=4)


def mask_phone(text: str) -> str:
    return _mask(text, head=3, tail=4)


def _mask(text: str, head: int, tail: int) -> str:
    if len(text) <= head + tail:
        return "*" * len(text)
    return text[:head] + "*" * (len(text) - head - tail) + text[-tail:]


def _is_region(digits: str) -> bool:
    return digits.isascii() and digits.isdigit() and (digits[:2] in PROVINCES or digits == NATIONAL_REGION)
