"""Registries as Excel, in the columns of the import. ID numbers and phones stay masked without a purpose."""

import datetime as dt
from collections.abc import Iterable

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from registries import checks, trail
from registries.access import Permission, require
from registries.errors import DomainError
from registries.imports.formats import FORMS, Column, Form
from registries.imports.outcomes import MASKS
from registries.imports.template import workbook
from registries.imports.values import RATIO_FIELDS
from registries.models import InspectionItem, ItemCategory, ItemVersion, User
from registries.models.items import ItemListKind, ItemVersionState

MOST_ROWS = 20_000
BUREAU_COLUMN = "所属医保局"
RATIO_WORDS = "A 级企业 {}% B 级企业 {}% C 级企业 {}% D 级企业 {}%"
LIST_KINDS = {
    "items": ItemListKind.DOUBLE_RANDOM,
    "items_basic": ItemListKind.DOUBLE_RANDOM,
    "items_outside": ItemListKind.OUTSIDE,
}
PERSONAL_KINDS = frozenset({"facilities", "inspectors", "experts"})


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
    kind: str, subjects: QuerySet, *, by: User, purpose: str | None = None, now: dt.datetime | None = None
) -> bytes:
    """The subjects as a workbook. With a purpose, personal data in clear, which the trail says with it."""
    require(by, Permission.REGISTRY_VIEW)
    if purpose is not None:
        require(by, Permission.PERSONAL_VIEW)
        purpose = checks.said_why(purpose, what="导出用途", field="purpose")
        subjects = subjects.filter(bureau=by.bureau)
    count = subjects.count()
    if count > MOST_ROWS:
        raise DomainError(f"共有 {count} 条，每次最多导出 {MOST_ROWS} 条，请先用筛选条件缩小范围。")
    form = FORMS[kind]
    content = workbook(
        [*(column.name for column in form.columns), BUREAU_COLUMN],
        title=form.title,
        rows=[_row(form, subject, clear=purpose is not None) for subject in _complete(kind, subjects)],
    )
    after = {"条数": count, "身份证号和电话": "原文" if purpose else "已遮盖"}
    note = f"用途：{purpose}" if purpose else ""
    trail.record(
        f"导出{form.title}", by=by, about=by.bureau, bureau=by.bureau, after=after, note=note, now=now
    )
    return content


def filename(kind: str, *, now: dt.datetime | None = None) -> str:
    return f"{FORMS[kind].title}_{timezone.localdate(now):%Y%m%d}.xlsx"


def _complete(kind: str, subjects: QuerySet) -> Iterable:
    """With what their rows need besides. An item is exported as its version in force, else as its newest."""
    if kind == "facilities":
        return subjects.select_related("bureau").prefetch_related("tags", "grade_changes")
    if kind in PERSONAL_KINDS:
        return subjects.select_related("bureau")
    items = subjects.filter(list_kind=LIST_KINDS[kind]).select_related("bureau").prefetch_related("versions")
    return [version for version in map(_shown_version, items) if version]


def _shown_version(item: InspectionItem) -> ItemVersion | None:
    versions = sorted(item.versions.all(), key=lambda version: -version.number)
    published = (version for version in versions if version.state == ItemVersionState.PUBLISHED)
    shown = next(published, None) or next(iter(versions), None)
    if shown:
        shown.item = item
    return shown


def _row(form: Form, subject, *, clear: bool) -> list:
    return [*(_cell(column, subject, clear=clear) for column in form.columns), subject.bureau.name]


def _cell(column: Column, subject, *, clear: bool):
    if not column.field:
        return ""
    if column.field in MASKS and not clear:
        return MASKS[column.field](getattr(subject, column.field))
    return READERS.get(column.field, _plain)(subject, column)


def _plain(subject, column: Column):
    value = getattr(subject, column.field)
    if subject._meta.get_field(column.field).choices:
        return getattr(subject, f"get_{column.field}_display")()
    return "、".join(value) if isinstance(value, list) else value


def _name(subject, column: Column) -> str:
    return subject.item.name if isinstance(subject, ItemVersion) else subject.name


def _tags(facility, column: Column) -> str:
    return "、".join(tag.name for tag in facility.tags.all())


def _grade_source(facility, column: Column) -> str:
    return next((change.source for change in facility.grade_changes.all()), "")


def _ratios(version: ItemVersion, column: Column) -> str:
    basis = (getattr(version, field) for field in RATIO_FIELDS)
    return RATIO_WORDS.format(*(f"{points / 100:g}" for points in basis))


def _category(version: ItemVersion, column: Column) -> str:
    if "是" in column.choices:
        return "是" if version.category == ItemCategory.KEY else "否"
    return version.get_category_display()


READERS = {
    "name": _name,
    "tags": _tags,
    "grade_source": _grade_source,
    "ratios": _ratios,
    "category": _category,
}
