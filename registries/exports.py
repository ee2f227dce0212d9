"""Registries as Excel, in the columns of the import. ID numbers and phones stay masked without a purpose."""

import datetime as dt
from collections.abc import Iterator, Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import IO

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from registries import checks, export_rows, trail, workbooks
from registries.access import Permission, require
from registries.errors import DomainError
from registries.imports.formats import FORMS, Form
from registries.imports.template import workbook
from registries.models import User
from registries.models.items import ItemListKind

BUREAU_COLUMN = "所属医保局"
PERSONAL = "身份证号和电话"
LIST_KINDS = {
    "items": ItemListKind.DOUBLE_RANDOM,
    "items_basic": ItemListKind.DOUBLE_RANDOM,
    "items_outside": ItemListKind.OUTSIDE,
}
PERSONAL_KINDS = frozenset({"facilities", "inspectors", "experts"})
EXPORTED = PERSONAL_KINDS | LIST_KINDS.keys()


def template(kind: str) -> bytes:
    form = FORMS[kind]
    columns = [column for column in form.columns if not column.extra]
    return workbook(
        [column.name for column in columns],
        title=form.title,
        examples={column.name: column.example for column in columns},
        notes={column.name: column.note for column in columns},
        choices={column.name: column.choices for column in columns if column.choices},
    )


@transaction.atomic
def export(
    kind: str,
    subjects: QuerySet,
    *,
    by: User,
    filters: Mapping[str, str] | None = None,
    purpose: str | None = None,
    now: dt.datetime | None = None,
) -> IO[bytes]:
    """The subjects as an open workbook that is gone from the disk when it is closed.

    With a purpose, personal data in clear, which the trail says with it. `filters` are what chose the subjects, in
    words: the workbook tells them; the trail, which never forgets, only which they were.
    """
    require(by, Permission.REGISTRY_VIEW)
    if purpose is not None:
        require(by, Permission.PERSONAL_VIEW)
        purpose = checks.said_why(purpose, what="导出用途", field="purpose")
        subjects = subjects.filter(bureau=by.bureau)
    subjects = _of_kind(kind, subjects)
    expected = subjects.order_by().count()
    if not expected:
        raise DomainError("没有符合条件的记录，没有可以导出的内容。请减少筛选条件后再导出。")
    form, filters, now = FORMS[kind], filters or {}, now or timezone.now()
    about = _about(by, filters, purpose, now)
    with TemporaryDirectory(prefix="export-") as folder:
        target = Path(folder) / "list.xlsx"
        count = workbooks.write(
            target,
            title=form.title,
            columns=[*(column.name for column in form.columns), BUREAU_COLUMN],
            rows=_rows(kind, form, subjects, clear=purpose is not None),
            expected=expected,
            about=lambda written: {"名单": form.title, "条数": written} | about,
        )
        content = target.open("rb")
    after = {"条数": count, PERSONAL: about[PERSONAL]}
    if filters:
        after["筛选条件"] = "、".join(filters)
    note = f"用途：{purpose}" if purpose else ""
    trail.record(
        f"导出{form.title}", by=by, about=by.bureau, bureau=by.bureau, after=after, note=note, now=now
    )
    return content


def _about(by: User, filters: Mapping[str, str], purpose: str | None, now: dt.datetime) -> dict[str, str]:
    return {
        "导出人": by.display_name,
        "导出单位": by.bureau.name,
        "导出时间": f"{timezone.localtime(now):%Y-%m-%d %H:%M}",
        "筛选条件": "；".join(f"{name}：{value}" for name, value in filters.items()) or "无",
        PERSONAL: "原文" if purpose else "已遮盖",
        "用途": purpose or "无",
    }


def filename(kind: str, *, now: dt.datetime | None = None) -> str:
    return f"{FORMS[kind].title}_{timezone.localdate(now):%Y%m%d}.xlsx"


def _of_kind(kind: str, subjects: QuerySet) -> QuerySet:
    """An item without a version has nothing to fill the columns with."""
    if kind in PERSONAL_KINDS:
        return subjects
    return subjects.filter(list_kind=LIST_KINDS[kind], versions__isnull=False).distinct()


def _rows(kind: str, form: Form, subjects: QuerySet, *, clear: bool) -> Iterator[list]:
    if kind in PERSONAL_KINDS:
        return export_rows.of_registry(form, subjects, clear=clear)
    return export_rows.of_items(form, subjects)
