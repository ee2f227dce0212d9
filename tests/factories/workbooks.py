"""Excel files as bureaus keep them, and made-up people and facilities with valid numbers to fill them with."""

import io
from collections.abc import Iterable, Sequence

import openpyxl

from tests.factories import id_number, insurance_code, social_credit_code

FACILITY_COLUMNS = (
    "*国家医保编码", "*统一社会信用代码", "*机构名称", "*机构类型", "机构等级", "所有制", "*地址",
    "所在乡镇街道", "负责人", "联系电话", "*协议状态", "协议起始日", "协议截止日", "标签", "信用等级", "评级来源",
)  # fmt: skip
INSPECTOR_COLUMNS = (
    "*所属单位", "*姓名", "*职务", "*身份证号", "*性别", "执法证号", "发证时间", "*联系电话", "所属部门",
    "*专业特长",
)  # fmt: skip
ITEM_COLUMNS = (
    "序号", "部门名称", "抽查事项名称", "抽查依据", "检查主体", "事项类别", "检查对象", "抽查比例", "抽查频次/年",
    "检查方式", "备注",
)  # fmt: skip
GRADE_COLUMNS = (
    "国家医保编码", "统一社会信用代码", "机构名称", "*信用等级", "*评价日期", "评级来源", "备注",
)  # fmt: skip
BASIC_COLUMNS = ("*抽查事项", "*检查依据", "检查内容", "*抽查方式", "备注", "是否重点检查事项")

TITLE_004 = ("平顶山市卫东区医疗保障局 2024 年度“双随机、一公开”", "监督检查事项清单")
ITEM_004 = (
    1, "区医疗保障局", "对定点医保机构的监督检查", "《医疗保障基金使用监督管理条例》", "区医疗保障局",
    "重点检查事项", "定点医保机构", "A 级企业 5% B 级企业 10% C 级企业 15% D 级企业 20%", 2, "现场检查",
    "跨部门开展，本单位不再单独开展",
)  # fmt: skip
ITEM_003 = ("定点医药机构常规检查", "医疗保障基金管理条例", "", "实地检查", "", "否")
OUTSIDE_003 = (
    "执业药师在岗情况及日常管理", "巴彦淖尔市临河区城镇基本医疗保险定点零售药店服务协议", "", "实地检查",
    "三医联动",
)  # fmt: skip


def book(sheets: dict[str, Iterable[Sequence]]) -> bytes:
    """A workbook with these rows on each sheet."""
    workbook = openpyxl.Workbook()
    workbook.remove(workbook.active)
    for name, rows in sheets.items():
        sheet = workbook.create_sheet(name)
        for row in rows:
            sheet.append(list(row))
    stream = io.BytesIO()
    workbook.save(stream)
    return stream.getvalue()


def items_004(rows: Iterable[Sequence] = (ITEM_004,)) -> bytes:
    """Source 004, annex 1: the title on two merged rows above the header."""
    workbook = openpyxl.Workbook()
    sheet = workbook.active
    sheet.title = "附件1"
    for line in TITLE_004:
        sheet.append([line])
    sheet.merge_cells("A1:K1")
    sheet.merge_cells("A2:K2")
    for row in (ITEM_COLUMNS, *rows):
        sheet.append(list(row))
    stream = io.BytesIO()
    workbook.save(stream)
    return stream.getvalue()


def items_003() -> bytes:
    """Source 003, annex 2: two lists below each other on one sheet."""
    return book(
        {
            "附件2": [
                ["监管检查事项清单（“双随机、一公开”抽查事项清单）"], BASIC_COLUMNS, ITEM_003, [],
                ["监管检查事项清单（非“双随机、一公开”抽查事项清单）"], BASIC_COLUMNS[:-1], OUTSIDE_003,
            ]
        }
    )  # fmt: skip


def facilities(rows: Iterable[Sequence]) -> bytes:
    return book({"定点医药机构名录": [["定点医药机构名录"], FACILITY_COLUMNS, *rows]})


def grades(rows: Iterable[Sequence]) -> bytes:
    """A month's file of a credit platform, with a title above the header."""
    return book({"信用评价结果": [["医药机构信用评价结果"], GRADE_COLUMNS, *rows]})


def inspectors(rows: Iterable[Sequence], experts: Iterable[Sequence] = ()) -> bytes:
    """Source 003, annex 4; experts on a sheet of their own when there are any."""
    sheets = {"执法检查人员清单": [["执法检查人员清单"], INSPECTOR_COLUMNS, *rows]}
    if experts := list(experts):
        sheets["专业技术人员库"] = [["可配合监管工作的专业技术人员库"], INSPECTOR_COLUMNS, *experts]
    return book(sheets)


def facility_row(number: int, **other) -> list:
    """A made-up pharmacy, or a hospital when the kind says so. `other` replaces cells by column name without *."""
    pharmacy = other.get("机构类型", "零售药店") == "零售药店"
    cells = dict.fromkeys((column.lstrip("*") for column in FACILITY_COLUMNS), "")
    cells |= {
        "国家医保编码": insurance_code(number, kind="P" if pharmacy else "H"),
        "统一社会信用代码": social_credit_code(number),
        "机构名称": f"卫东区示例机构{number}",
        "机构类型": "零售药店",
        "地址": f"卫东区示例路 {number} 号",
        "协议状态": "有效",
    }
    return list((cells | other).values())


def grade_row(facility, grade: str, **other) -> list:
    """Known by its insurance code; `other` replaces cells by column name without *."""
    cells = dict.fromkeys((column.lstrip("*") for column in GRADE_COLUMNS), "")
    cells |= {"国家医保编码": facility.insurance_code, "信用等级": grade, "评价日期": "2026-04-01"}
    return list((cells | other).values())


def inspector_row(number: int, **other) -> list:
    """A made-up person, a man when the number is odd; `other` replaces cells by column name without *."""
    cells = dict.fromkeys((column.lstrip("*") for column in INSPECTOR_COLUMNS), "")
    cells |= {
        "所属单位": "卫东区医疗保障局",
        "姓名": f"示例{number}",
        "职务": "科员",
        "身份证号": id_number(number),
        "性别": "男" if number % 2 else "女",
        "执法证号": f"{16040300000 + number}",
        "发证时间": "2024-03-01",
        "联系电话": f"0375-{2000000 + number}",
        "专业特长": "财务审计",
    }
    return list((cells | other).values())
