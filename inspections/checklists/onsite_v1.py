"""现场检查记录, version 1, as data: one order of sections and fields for phone, reviewer and paper (002§20)."""

from dataclasses import dataclass
from enum import Enum

from inspections.models import Noncooperation


class Kind(Enum):
    MOMENT = "moment"
    LINE = "line"
    TEXT = "text"
    TICK = "tick"
    CHOICES = "choices"
    PEOPLE = "people"
    ROWS = "rows"
    PHOTOS = "photos"
    SIGNATURES = "signatures"


@dataclass(frozen=True)
class Field:
    name: str
    label: str
    kind: Kind
    help: str = ""
    choices: tuple[tuple[str, str], ...] = ()
    length: int = 20_000


@dataclass(frozen=True)
class Section:
    key: str
    title: str
    fields: tuple[Field, ...]


METHODS = tuple(
    (method, method)
    for method in (
        "实地检查", "书面检查", "网络监测", "大数据分析", "行政部门检查结果或专业意见", "检验检测", "委托专业机构辅助",
    )
)  # fmt: skip

SIGNING = "signing"

SECTIONS = (
    Section(
        "arrival",
        "到场与告知",
        (
            Field("arrived_at", "到达时间", Kind.MOMENT),
            Field("place", "检查地点", Kind.LINE, "默认为机构登记地址，不一致时请修改。", length=200),
            Field(
                "present",
                "到场检查人员",
                Kind.PEOPLE,
                "执法检查人员不得少于两人；专业技术人员协助检查，不计入人数。",
            ),
            Field("certificates_shown", "已出示执法证件", Kind.TICK, "勾选时记录时间和登记人。"),
            Field(
                "rights_told", "已告知检查要求和被检查对象的权利义务", Kind.TICK, "勾选时记录时间和登记人。"
            ),
        ),
    ),
    Section(
        "site",
        "现场状况",
        (
            Field("methods", "核查方式", Kind.CHOICES, choices=METHODS),
            Field("site_conditions", "现场状况", Kind.TEXT, "营业状态、在场人员、设施设备等看到的情况。"),
        ),
    ),
    Section("rows", "检查内容", (Field("answers", "检查内容", Kind.ROWS),)),
    Section(
        "evidence",
        "资料与证据",
        (
            Field("materials", "查阅、复制的资料", Kind.TEXT, "写明名称、期间和份数。"),
            Field("photos", "照片和影印件", Kind.PHOTOS),
            Field(
                "preservation",
                "证据保全情况",
                Kind.TEXT,
                "对可能灭失或以后难以取得的证据采取的措施；没有则不填。",
            ),
        ),
    ),
    Section(
        "noncooperation",
        "不配合检查",
        (
            Field(
                "noncooperation",
                "不配合的情形",
                Kind.CHOICES,
                "没有不配合的，不勾选。",
                tuple(Noncooperation.choices),
            ),
            Field("noncooperation_facts", "不配合的经过和证据", Kind.TEXT),
        ),
    ),
    Section(
        "opinion",
        "意见与结束",
        (
            Field("opinion", "检查组意见", Kind.TEXT, "检查组讨论一致后填写，并当面反馈被检查对象。"),
            Field("left_at", "检查结束时间", Kind.MOMENT),
        ),
    ),
    Section(
        SIGNING,
        "签名",
        (
            Field("signatures", "签名", Kind.SIGNATURES),
            Field(
                "no_signature_reason",
                "被检查对象未签章的原因",
                Kind.LINE,
                "无法取得签名或盖章时必须填写，必要时请见证人签名。",
                length=300,
            ),
            Field("witness_name", "见证人", Kind.LINE, length=40),
        ),
    ),
)

FIELDS = {field.name: field for section in SECTIONS for field in section.fields}
