"""Open data (F4): the public tables as JSON, CSV and Excel, each written as it is read.

A table is its query from `queries` and its columns; key for programs, label for people, and the value itself.
"""

import csv
import datetime as dt
import io
import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import NamedTuple

from django.db.models import QuerySet
from django.utils import timezone
from openpyxl import Workbook

from inspections import evidence, plan_versions
from inspections.models import Draw, PlanTask
from inspections.sealing import timestamp
from publication import queries
from publication.models import Notice
from registries.imports.template import safe_cell
from registries.models import Facility, Inspector, ItemVersion

CHUNK = 2000
# A workbook is made whole before it is sent; beyond this, CSV is the format.
MOST_ROWS_OF_A_WORKBOOK = 50_000


class Column(NamedTuple):
    key: str
    label: str
    value: Callable


@dataclass(frozen=True)
class Table:
    title: str
    note: str
    query: Callable[[], QuerySet]
    columns: tuple[Column, ...]

    def rows(self) -> Iterator[list]:
        for instance in self.query().iterator(chunk_size=CHUNK):
            yield [column.value(instance) for column in self.columns]

    def count(self) -> int:
        return self.query().count()

    @property
    def labels(self) -> list[str]:
        return [column.label for column in self.columns]


def field(model, name: str, key: str = "", label: str = "") -> Column:
    """A column of the model itself, a choice in words."""
    own = model._meta.get_field(name)
    return Column(
        key or name,
        label or str(own.verbose_name),
        (lambda row: getattr(row, f"get_{name}_display")())
        if own.choices
        else lambda row: getattr(row, name),
    )


def fields(model, *names: str) -> tuple[Column, ...]:
    return tuple(field(model, name) for name in names)


def bureau_of(path: Callable) -> tuple[Column, Column]:
    return (
        Column("bureau_code", "医保局行政区划代码", lambda row: path(row).code),
        Column("bureau", "医保局", lambda row: path(row).name),
    )


BUREAU = bureau_of(lambda row: row.bureau)


def said(key: str, label: str) -> Column:
    """A field of a notice's text; what stands in no plan has none of some."""
    return Column(key, label, lambda notice: notice.content.get(key, ""))


def _seal(draw: Draw) -> str:
    return draw.seal if evidence.seal_public(draw) else ""


def _drawn_total(draw: Draw) -> int | None:
    if not evidence.seal_public(draw):
        return None
    seal = json.loads(draw.seal)
    return sum(row["quota"] for row in seal["quotas"]) + seal["top_up"]


def _labels_of(notice: Notice) -> str:
    return "；".join(result["label"] for result in notice.content["results"])


def _items_of(notice: Notice) -> str:
    return "；".join(f"{row['item']}：{row['result']}" for row in notice.content["items"])


def _handling_of(notice: Notice) -> str:
    handling = notice.content["handling"]
    return handling["label"] if handling else ""


TABLES = {
    "items": Table(
        "随机抽查事项清单",
        "现行版本",
        queries.published_items,
        (
            *bureau_of(lambda version: version.item.bureau),
            Column("item", "抽查事项", lambda version: version.item.name),
            Column("list_kind", "清单", lambda version: version.item.get_list_kind_display()),
            *fields(
                ItemVersion, "number", "department", "sub_item", "content", "legal_basis", "inspecting_body", "category",
                "target", "method", "ratio_a_bp", "ratio_b_bp", "ratio_c_bp", "ratio_d_bp", "frequency_per_year",
                "qualification", "materials", "remarks", "joint_only", "effective_from", "published_at",
            ),
        ),
    ),
    "plans": Table(
        "年度抽查计划",
        "现行版本，每项任务一行",
        queries.published_task_details,
        (
            *bureau_of(lambda task: task.plan.bureau),
            Column("plan", "年度计划", lambda task: task.plan.title),
            Column("year", "年度", lambda task: task.plan.year),
            Column("version", "版本", lambda task: task.plan.version),
            *fields(PlanTask, "number", "name"),
            Column("description", "任务内容", lambda task: "；".join(
                f"{label}：{text}" for label, text in plan_versions.describe(task)[1:] if text
            )),
            *fields(PlanTask, "rounds", "starts_on", "ends_on"),
        ),
    ),
    "facilities": Table(
        "检查对象名录库",
        "定点医药机构，不含负责人和电话",
        queries.published_facilities,
        (*BUREAU, *fields(Facility, *queries.FACILITY)),
    ),
    "inspectors": Table(
        "执法检查人员名录库",
        "以库内编号代替姓名",
        queries.published_inspectors,
        (
            *BUREAU,
            *fields(Inspector, "number", "kind", "unit", "department"),
            Column("qualifications", "专业特长", lambda inspector: "、".join(inspector.qualifications)),
            Column("certificate_year", "执法证有效期至（年）", lambda inspector: getattr(
                inspector.certificate_valid_until, "year", None
            )),
            field(Inspector, "status"),
        ),
    ),
    "draws": Table(
        "抽取",
        "含封存内容和摘要，线索触发的抽取在检查结束后才有户数和封存内容；证据文件在各抽取页面下载",
        queries.published_draws,
        (
            *BUREAU,
            *fields(Draw, "number", "year"),
            Column("task_number", "任务编号", lambda draw: draw.task.number),
            Column("task", "任务名称", lambda draw: draw.task.name),
            *fields(Draw, "round", "state", "sealed_at", "held_at"),
            Column("total", "抽取户数", _drawn_total),
            field(Draw, "seal_digest"),
            Column("seal", str(Draw._meta.get_field("seal").verbose_name), _seal),
            field(Draw, "voided_at"),
            Column("void_reason", "作废原因", lambda draw: draw.void_reason if draw.voided_at else ""),
        ),
    ),
    "results": Table(
        "抽查结果",
        "现行内容，更正后的以更正为准",
        queries.published_notices,
        (
            said("bureau", "抽查机关"),
            said("plan_number", "计划编号"),
            said("plan_name", "计划名称"),
            said("task_number", "任务编号"),
            said("task_name", "任务名称"),
            said("scope", "抽查类型"),
            said("draw_number", "抽取编号"),
            Column("facility", "机构名称", lambda notice: notice.content["facility"]["name"]),
            Column("insurance_code", "国家医保编码", lambda notice: notice.content["facility"]["insurance_code"]),
            Column(
                "social_credit_code", "统一社会信用代码",
                lambda notice: notice.content["facility"]["social_credit_code"],
            ),
            said("ended_on", "抽查完成日期"),
            Column("items", "抽查事项和结果", _items_of),
            Column("results", "抽查结果", _labels_of),
            Column("handling", "后续处置", _handling_of),
            said("summary", "检查情况"),
            *fields(Notice, "version", "correction_reason", "published_at", "sha256"),
        ),
    ),
}  # fmt: skip


def as_json(table: Table) -> Iterator[str]:
    keys = [column.key for column in table.columns]
    head = {"title": table.title, "note": table.note, "made_at": timestamp(timezone.now())}
    head["columns"] = dict(zip(keys, table.labels, strict=True))
    yield json.dumps(head, ensure_ascii=False)[:-1] + ', "rows": ['
    for place, row in enumerate(table.rows()):
        values = dict(zip(keys, map(_plain, row), strict=True))
        yield (",\n" if place else "\n") + json.dumps(values, ensure_ascii=False)
    yield "\n]}\n"


def as_csv(table: Table) -> Iterator[str]:
    """With the mark by which Excel knows UTF-8."""
    yield "\ufeff" + _line(table.labels)
    for row in table.rows():
        yield _line(safe_cell(_plain(value)) for value in row)


def as_workbook(table: Table) -> bytes:
    book = Workbook(write_only=True)
    sheet = book.create_sheet(table.title)
    sheet.append(table.labels)
    for row in table.rows():
        sheet.append([safe_cell(_plain(value)) for value in row])
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def _plain(value):
    if isinstance(value, dt.datetime):
        return timestamp(value)
    if isinstance(value, dt.date):
        return value.isoformat()
    return value if value is None or isinstance(value, int) else str(value)


def _line(values: Iterable) -> str:
    stream = io.StringIO()
    csv.writer(stream, lineterminator="\r\n").writerow(values)
    return stream.getvalue()
