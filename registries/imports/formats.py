"""The forms as data: which columns a list has, what each becomes, and what is written beside it in the template.

Inspectors after source 003 annex 4, items after 004 annex 1 and 003 annex 2; facilities have one of our own.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from registries.identifiers import normalise
from registries.imports import values
from registries.imports.tables import Layout
from registries.models import (
    AgreementStatus,
    CreditGrade,
    FacilityKind,
    FacilityLevel,
    ItemCategory,
    Ownership,
)
from registries.models.people import Sex


class ImportKind(StrEnum):
    FACILITIES = "facilities"
    INSPECTORS = "inspectors"
    EXPERTS = "experts"
    ITEMS = "items"
    GRADES = "grades"


@dataclass(frozen=True)
class Column:
    """`field` is where its value goes, "" for a column that is passed over. An asterisk in `name` demands a value."""

    name: str
    field: str = ""
    parse: Callable[[str], object] = normalise
    note: str = ""
    example: str = ""
    choices: Sequence[str] = ()
    personal: bool = False
    # Not part of the official form: understood when it is there, never asked for.
    extra: bool = False

    @property
    def required(self) -> bool:
        return self.name.startswith("*")


@dataclass(frozen=True)
class Form:
    title: str
    columns: tuple[Column, ...]
    # The names without which a row is no header of this form; by default the columns with an asterisk.
    known_by: tuple[str, ...] = ()

    @property
    def layout(self) -> Layout:
        required = self.known_by or tuple(column.name for column in self.columns if column.required)
        optional = tuple(column.name for column in self.columns if column.name not in required)
        return Layout(self.title, required, optional)

    @property
    def by_field(self) -> dict[str, Column]:
        return {column.field: column for column in self.columns if column.field}


def chosen(name: str, field: str, options: type, note: str = "", example: str = "") -> Column:
    labels = tuple(str(label) for label in options.labels)
    return Column(
        name, field, values.one_of(options, name.lstrip("*")), note, example or labels[0], choices=labels
    )


FACILITIES = Form(
    "定点医药机构名录",
    (
        Column("*国家医保编码", "insurance_code", values.code, "H 或 P 加 11 位数字", "H41040300001"),
        Column("*统一社会信用代码", "social_credit_code", values.code, "18 位，末位是校验码", ""),
        Column("*机构名称", "name", example="卫东区示例医院"),
        chosen("*机构类型", "kind", FacilityKind),
        chosen("机构等级", "level", FacilityLevel, example="二级甲等"),
        chosen("所有制", "ownership", Ownership),
        Column("*地址", "address", example="卫东区示例路 1 号"),
        Column("所在乡镇街道", "region", example="示例街道"),
        Column("负责人", "person_in_charge", example="张示例"),
        Column("联系电话", "phone", values.code, "手机号，或带区号的固定电话", "0375-1234567", personal=True),
        chosen("*协议状态", "agreement_status", AgreementStatus),
        Column("协议起始日", "agreement_from", values.date, "按 2026-01-01 的样式填写", "2026-01-01"),
        Column("协议截止日", "agreement_to", values.date, "不早于协议起始日", "2026-12-31"),
        Column("标签", "tags", values.words, "多个标签用顿号分开", "门诊统筹、慢特病"),
        Column(
            "信用等级",
            "grade",
            values.one_of(CreditGrade, "信用等级"),
            "没有等级的填“未评级”",
            "A级",
            choices=tuple(CreditGrade.labels),
        ),
        Column("评级来源", "grade_source", note="等级有变化时必填", example="2025 年度信用评价结果"),
    ),
)

GRADES = Form(
    "信用等级名单",
    (
        Column(
            "国家医保编码",
            "insurance_code",
            values.code,
            "与下一列至少填一项；都填的必须一致",
            "H41040300001",
        ),
        Column(
            "统一社会信用代码",
            "social_credit_code",
            values.code,
            "18 位；只填这一项时，使用这个代码的几家机构都按本行登记",
        ),
        Column("机构名称", "name", note="用于核对，以编码为准", example="卫东区示例医院"),
        chosen("*信用等级", "grade", CreditGrade, "没有等级的填“未评级”", "A级"),
        Column(
            "*评价日期", "effective_on", values.date, "按 2026-01-01 的样式填写，不晚于今天", "2026-01-01"
        ),
        Column(
            "评级来源", "source", note="文号或名称；不填则记为上传的文件名", example="信用评价〔2026〕1 号"
        ),
        Column("备注", note="不导入"),
    ),
)

PEOPLE = (
    Column("*所属单位", "unit", example="卫东区医疗保障局"),
    Column("*姓名", "name", example="李示例"),
    Column("*职务", "post", example="科员"),
    Column("*身份证号", "id_number", values.code, "18 位，列设为“文本”格式", "", personal=True),
    Column("*性别", "sex", note="与身份证号第 17 位一致", example="男", choices=tuple(Sex.values)),
    Column("执法证号", "certificate_number", values.code, "没有执法证的人员不能参加抽取", "16040300001"),
    Column("发证时间", "certificate_issued_on", values.date, "按 2024-03-01 的样式填写", "2024-03-01"),
    Column("*联系电话", "phone", values.code, "手机号，或带区号的固定电话", "0375-1234567", personal=True),
    Column("所属部门", "department", example="基金监管科"),
    Column("*专业特长", "qualifications", values.words, "多项用顿号分开", "临床医学、财务审计"),
    Column("执法证有效期至", "certificate_valid_until", values.date, extra=True),
)
INSPECTORS = Form("执法检查人员清单", PEOPLE)
EXPERTS = Form("专业技术人员库", PEOPLE)

ITEMS = Form(
    "双随机、一公开监督检查事项清单",
    (
        Column("序号", note="不导入"),
        Column("部门名称", "department", example="区医疗保障局"),
        Column("抽查事项名称", "name", note="必填", example="对定点医保机构的监督检查"),
        Column("抽查依据", "legal_basis", note="必填", example="《医疗保障基金使用监督管理条例》"),
        Column("检查主体", "inspecting_body", note="必填", example="区医疗保障局"),
        Column(
            "事项类别",
            "category",
            values.one_of(ItemCategory, "事项类别"),
            "不填为一般检查事项",
            "重点检查事项",
            choices=tuple(ItemCategory.labels),
        ),
        Column("检查对象", "target", example="定点医保机构"),
        Column(
            "抽查比例",
            "ratios",
            values.ratios,
            "四个等级都写，或写一个适用于全部等级的比例",
            "A 级企业 5% B 级企业 10% C 级企业 15% D 级企业 20%",
        ),
        Column("抽查频次/年", "frequency_per_year", values.frequency, "每年几次", "2"),
        Column("检查方式", "method", example="现场检查"),
        Column("备注", "remarks", note="写有“跨部门开展，本单位不再单独开展”的事项不单独抽取"),
    ),
    known_by=(
        "抽查事项名称",
        "抽查依据",
        "检查主体",
        "事项类别",
        "检查对象",
        "抽查比例",
        "抽查频次/年",
        "检查方式",
    ),
)
BASIC = (
    Column("*抽查事项", "name", example="定点医药机构常规检查"),
    Column("*检查依据", "legal_basis", example="《医疗保障基金使用监督管理条例》"),
    Column("检查内容", "content", note="每行一项，现场逐项检查；不填用标准检查内容"),
    Column("*抽查方式", "method", example="实地检查"),
    Column("备注", "remarks"),
)
ITEMS_BASIC = Form(
    "双随机、一公开抽查事项清单",
    (*BASIC, Column("是否重点检查事项", "category", values.is_key, "填是或否", "否", choices=("是", "否"))),
    known_by=("*抽查事项", "*检查依据", "*抽查方式", "是否重点检查事项"),
)
ITEMS_OUTSIDE = Form("非双随机、一公开抽查事项清单", BASIC)

# What a file of each kind may hold. The list that lacks a column comes after the one that has it.
IMPORTED: dict[ImportKind, tuple[Form, ...]] = {
    ImportKind.FACILITIES: (FACILITIES,),
    ImportKind.INSPECTORS: (INSPECTORS,),
    ImportKind.EXPERTS: (EXPERTS,),
    ImportKind.ITEMS: (ITEMS, ITEMS_BASIC, ITEMS_OUTSIDE),
    ImportKind.GRADES: (GRADES,),
}
KIND_TITLES = {
    ImportKind.FACILITIES: "定点医药机构",
    ImportKind.INSPECTORS: "执法检查人员",
    ImportKind.EXPERTS: "专业技术人员",
    ImportKind.ITEMS: "抽查事项",
    ImportKind.GRADES: "信用等级",
}
FORMS: dict[str, Form] = {
    "facilities": FACILITIES,
    "inspectors": INSPECTORS,
    "experts": EXPERTS,
    "items": ITEMS,
    "items_basic": ITEMS_BASIC,
    "items_outside": ITEMS_OUTSIDE,
    "grades": GRADES,
}
