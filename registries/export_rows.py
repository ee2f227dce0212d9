"""The rows of an export, in the columns of the import. Facilities come by the hundred thousand: as plain values."""

from collections.abc import Callable, Iterator
from itertools import islice

from django.db.models import QuerySet

from registries.imports.formats import Column, Form
from registries.imports.outcomes import MASKS
from registries.imports.values import RATIO_FIELDS
from registries.models import (
    Bureau,
    Facility,
    GradeChange,
    InspectionItem,
    ItemCategory,
    ItemVersion,
)
from registries.models.items import ItemVersionState

CHUNK = 2000
RATIO_WORDS = "A 级企业 {}% B 级企业 {}% C 级企业 {}% D 级企业 {}%"


def of_registry(form: Form, subjects: QuerySet, *, clear: bool) -> Iterator[list]:
    """Facilities or people, each with the name of their bureau as the last cell."""
    own = [column.field for column in form.columns if column.field and column.field not in BESIDE]
    beside = [column.field for column in form.columns if column.field in BESIDE]
    written = {field: _writer(subjects.model, field, clear=clear) for field in own}
    bureaus = dict(Bureau.objects.values_list("pk", "name"))
    values = subjects.values_list("pk", "bureau_id", *own).iterator(chunk_size=CHUNK)
    while chunk := list(islice(values, CHUNK)):
        keys = [key for key, *_ in chunk]
        found = {field: BESIDE[field](keys) for field in beside}
        for key, bureau, *cells in chunk:
            texts = {field: write(cell) for (field, write), cell in zip(written.items(), cells, strict=True)}
            texts |= {field: found[field].get(key, "") for field in beside}
            yield [*(texts.get(column.field, "") for column in form.columns), bureaus[bureau]]


def _writer(model, field: str, *, clear: bool) -> Callable:
    if field in MASKS and not clear:
        return MASKS[field]
    if labels := dict(model._meta.get_field(field).flatchoices):
        return lambda value: labels.get(value, value)
    return lambda value: "、".join(value) if isinstance(value, list) else value


def _tags(keys: list[int]) -> dict[int, str]:
    found: dict[int, str] = {}
    tags = Facility.tags.through.objects.filter(facility__in=keys).order_by("facilitytag__name")
    for key, name in tags.values_list("facility_id", "facilitytag__name"):
        found[key] = f"{found[key]}、{name}" if key in found else name
    return found


def _grade_sources(keys: list[int]) -> dict[int, str]:
    """Of the change that stands: later ones take the place of earlier ones."""
    changes = GradeChange.objects.filter(facility__in=keys).order_by("effective_on", "pk")
    return dict(changes.values_list("facility_id", "source"))


BESIDE = {"tags": _tags, "grade_source": _grade_sources}


def of_items(form: Form, items: QuerySet[InspectionItem]) -> Iterator[list]:
    """Each item as its version in force, else as its newest."""
    for item in items.select_related("bureau").prefetch_related("versions"):
        versions = sorted(item.versions.all(), key=lambda version: -version.number)
        shown = next((one for one in versions if one.state == ItemVersionState.PUBLISHED), versions[0])
        shown.item = item
        yield [*(_item_cell(shown, column) for column in form.columns), item.bureau.name]


def _item_cell(version: ItemVersion, column: Column):
    if not column.field:
        return ""
    if column.field == "name":
        return version.item.name
    if column.field == "ratios":
        basis = (getattr(version, field) for field in RATIO_FIELDS)
        return RATIO_WORDS.format(*(f"{points / 100:g}" for points in basis))
    if column.field == "category":
        return _category(version, column)
    return getattr(version, column.field)


def _category(version: ItemVersion, column: Column) -> str:
    if "是" in column.choices:
        return "是" if version.category == ItemCategory.KEY else "否"
    return version.get_category_display()
