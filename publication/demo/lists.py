"""The demo's registries as rows of Excel files, so that they enter by the door that staff use.

The items and joint plans are those of 平顶山市卫东区 (平卫医保〔2024〕4号) and 巴彦淖尔市临河区 (2021); the 1,200
facilities and 18 people are made up, with valid codes and check characters.
"""

import datetime as dt
import io
import random
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from openpyxl import Workbook

from registries.identifiers import id_check_digit, social_credit_check_character
from registries.imports.formats import FORMS

COUNTY = "410403"
FACILITIES = 1200
INSPECTORS = 16
EXPERTS = 2
TOWNS = (
    "东安路街道", "优越路街道", "五一路街道", "建设路街道", "东环路街道", "东工人镇街道", "光华路街道",
    "鸿鹰街道", "皇台街道", "北环路街道", "东高皇街道", "蒲城街道",
)  # fmt: skip
SURNAMES = "赵钱孙李周吴郑王冯陈褚卫蒋沈韩杨朱秦尤许何吕施张孔曹严华金魏陶姜"
GIVEN = "安柏诚达恩方光衡济嘉康乐明宁平清荣善泰文祥欣雅益正志中子"
BRANDS = (
    "康宁", "惠民", "益寿", "百草", "仁和堂", "同济", "福安", "济世", "春晖", "广源", "德善", "瑞康",
    "民生", "万安", "永泰", "佳和", "长青", "恒爱", "普济", "远志",
)  # fmt: skip


class Spread(NamedTuple):
    """How many of a kind the county has, and what they look like."""

    kind: str
    count: int
    prefix: str
    ending: str
    levels: tuple[str, ...]
    ownerships: tuple[str, ...]


# The spread of an ordinary county.
KINDS = (
    Spread("综合医院", 9, "H", "医院", ("二级甲等", "二级乙等", "一级"), ("公立", "民营（营利性）", "民营（非营利性）")),
    Spread("中医医院", 4, "H", "中医医院", ("二级甲等", "一级"), ("公立", "民营（营利性）")),
    Spread("专科医院", 17, "H", "专科医院", ("二级", "一级", "未定级"), ("民营（营利性）", "民营（非营利性）")),
    Spread("社区卫生服务机构", 42, "H", "社区卫生服务站", ("未定级",), ("公立", "集体")),
    Spread("乡镇卫生院", 6, "H", "卫生院", ("一级甲等", "一级"), ("公立",)),
    Spread("村卫生室", 236, "H", "村卫生室", ("未定级",), ("集体", "个体")),
    Spread("门诊部", 58, "H", "门诊部", ("未定级",), ("民营（营利性）",)),
    Spread("诊所", 318, "H", "诊所", ("未定级",), ("个体",)),
    Spread("零售药店", 510, "P", "大药房", ("未定级",), ("民营（营利性）", "个体")),
)  # fmt: skip
# Cumulative per mille among those that are graded at all; public ones have no enterprise grade.
GRADES = ((430, "A级"), (760, "B级"), (930, "C级"), (1000, "D级"))
SPECIALITIES = ("医学", "药学", "财务审计", "法律", "信息技术")

ITEM_004 = (
    1, "区医疗保障局", "对定点医保机构的监督检查", "《医疗保障基金使用监督管理条例》", "区医疗保障局",
    "重点检查事项", "定点医保机构", "A 级企业 5% B 级企业 10% C 级企业 15% D 级企业 20%", 2, "现场检查",
    "跨部门开展，本单位不再单独开展",
)  # fmt: skip
ITEM_003 = ("定点医药机构常规检查", "医疗保障基金管理条例", "", "实地检查", "", "否")
OUTSIDE_003 = (
    "执业药师在岗情况及日常管理", "城镇基本医疗保险定点零售药店服务协议", "", "实地检查", "三医联动",
)  # fmt: skip


def key_items() -> bytes:
    """Source 004, annex 1."""
    return book({"附件1": [_columns("items"), ITEM_004]})


def ordinary_items() -> bytes:
    """Source 003, annex 2: the list and, on a second sheet, what lies outside it."""
    return book(
        {
            "双随机抽查事项": [_columns("items_basic"), ITEM_003],
            "非双随机抽查事项": [
                ("监管检查事项清单（非“双随机、一公开”抽查事项清单）",), _columns("items_outside"), OUTSIDE_003,
            ],
        }
    )  # fmt: skip


def facilities(year: int) -> bytes:
    """1,200 rows, the same for the same year."""
    chance = random.Random(f"facilities {COUNTY}")  # noqa: S311 the demo's rows, not a draw
    names: set[str] = set()
    rows, serial = [], 0
    for spread in KINDS:
        for _ in range(spread.count):
            serial += 1
            rows.append(_facility(chance, serial, spread, names, year))
    return book({"定点医药机构名录": [_columns("facilities"), *rows]})


def _facility(chance, serial: int, spread: Spread, names: set[str], year: int) -> tuple:
    town, ownership = chance.choice(TOWNS), chance.choice(spread.ownerships)
    grade = "未评级" if ownership == "公立" else _grade(chance)
    status = "协议中止" if chance.random() < 0.008 else "协议解除" if chance.random() < 0.006 else "有效"
    first17 = f"{'12' if ownership == '公立' else '91'}{COUNTY}MA{serial:07d}"
    return (
        f"{spread.prefix}{COUNTY}{serial:05d}",
        first17 + social_credit_check_character(first17),
        _name(chance, town.removesuffix("街道"), spread.ending, names),
        spread.kind,
        chance.choice(spread.levels),
        ownership,
        f"平顶山市卫东区{town}{chance.randint(1, 260)}号",
        town,
        _person(chance),
        f"0375-2{chance.randint(100000, 999999)}",
        status,
        f"{year - 1}-01-01",
        f"{year + 1}-12-31",
        "门诊统筹" if chance.random() < 0.3 else "",
        grade,
        "" if grade == "未评级" else f"企业信用风险分类{year - 1}年第四季度",
    )


def _grade(chance) -> str:
    drawn = chance.randint(1, 1000)
    return next(grade for limit, grade in GRADES if drawn <= limit)


def _name(chance, town: str, ending: str, names: set[str]) -> str:
    for _ in range(200):
        brand = chance.choice(BRANDS)
        number = "" if chance.random() < 0.3 else f"第{chance.randint(1, 60)}"
        name = f"{town}{brand}{number}{ending}"
        if name not in names:
            names.add(name)
            return name
    raise RuntimeError("The demo has run out of names for its facilities.")


def _person(chance) -> str:
    return chance.choice(SURNAMES) + "".join(chance.sample(GIVEN, chance.choice((1, 2))))


def inspectors(year: int) -> bytes:
    return book({"执法检查人员清单": [_columns("inspectors"), *_people(INSPECTORS, year, "基金监管股")]})


def experts(year: int) -> bytes:
    rows = _people(EXPERTS, year, "", start=INSPECTORS)
    return book({"专业技术人员库": [_columns("experts"), *rows]})


def _people(count: int, year: int, department: str, start: int = 0) -> list[tuple]:
    chance = random.Random(f"people {COUNTY} {start}")  # noqa: S311 the demo's rows, not a draw
    return [_row_of_a_person(chance, start + n, year, department) for n in range(1, count + 1)]


def _row_of_a_person(chance, n: int, year: int, department: str) -> tuple:
    born = dt.date(1972, 1, 1) + dt.timedelta(days=chance.randint(0, 9000))
    first17 = f"{COUNTY}{born:%Y%m%d}{900 + n:03d}"  # 900 and above is given to nobody at a police station
    certificate = (f"16040300{n:03d}", f"{year - 2}-06-01") if department else ("", "")
    return (
        "卫东区医疗保障局" if department else "平顶山市某会计师事务所",
        SURNAMES[n] + chance.choice(GIVEN) + chance.choice(GIVEN),
        "科员" if department else "注册会计师",
        first17 + id_check_digit(first17),
        "男" if n % 2 else "女",
        *certificate,
        f"1390375{n:04d}",
        department,
        SPECIALITIES[n % len(SPECIALITIES)],
    )


def _columns(form: str) -> tuple[str, ...]:
    """The columns of the annexes alone, without those that we added."""
    return tuple(column.name for column in FORMS[form].columns if not column.extra)


def book(sheets: dict[str, Iterable[Sequence]]) -> bytes:
    workbook = Workbook(write_only=True)
    for title, rows in sheets.items():
        sheet = workbook.create_sheet(title)
        for row in rows:
            sheet.append([None if value == "" else value for value in row])
    stream = io.BytesIO()
    workbook.save(stream)
    return stream.getvalue()
