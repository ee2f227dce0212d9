"""The rows of an export, in the columns of the import. Facilities come by the hundred thousand: as plain values."""

from collections.abc import Callable, Iterator, Sequence
from itertools import islice

from django.db.models import Field, Model, QuerySet, TextField
from django.db.models.functions import Cast

from registries.fields import EncryptedTextField, opened_all
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


def of_registry(form: Form, subjects: QuerySet, *, clear: bool) -> Iterator[Sequence]:
    """Facilities or people, each with the name of their bureau as the last cell."""
    own = [column.field for column in form.columns if column.field and column.field not in BESIDE]
    beside = [column.field for column in form.columns if column.field in BESIDE]
    writers = [_writer(subjects.model._meta.get_field(name), clear=clear) for name in own]
    # Where a column of the sheet is found: among the own ones, those beside, or behind them, where nothing stands.
    places = {name: place for place, name in enumerate([*own, *beside])}
    order = [places.get(column.field, len(places)) for column in form.columns]
    bureaus = dict(Bureau.objects.values_list("pk", "name"))
    values = subjects.values_list("pk", "bureau_id", *(_raw(subjects.model, name) for name in own))
    rows = values.iterator(chunk_size=CHUNK)
    while chunk := list(islice(rows, CHUNK)):
        # Column by column: what is to be done with a value is found out once for each of them, not for each value.
        keys, belongs, *columns = zip(*chunk, strict=True)
        texts = [write(column) for write, column in zip(writers, columns, strict=True)]
        texts += [[found.get(key, "") for key in keys] for found in (BESIDE[name](keys) for name in beside)]
        texts.append([""] * len(keys))
        yield from zip(*(texts[place] for place in order), [bureaus[key] for key in belongs], strict=True)


def _raw(model: type[Model], name: str) -> str | Cast:
    """What is encrypted comes as it is stored and is opened by the column."""
    return Cast(name, TextField()) if isinstance(model._meta.get_field(name), EncryptedTextField) else name


def _writer(field: Field, *, clear: bool) -> Callable[[Sequence], list]:
    opens = opened_all if isinstance(field, EncryptedTextField) else list
    if field.name in MASKS and not clear:
        return lambda values: list(map(MASKS[field.name], opens(values)))
    if labels := dict(field.flatchoices):
        return lambda values: [labels.get(value, value) for value in values]
    return lambda values: ["、".join(one) if isinstance(one, list) else one for one in opens(values)]


def _tags(keys: Sequence[int]) -> dict[int, str]:
    found: dict[int, str] = {}
    tags = Facility.tags.through.objects.filter(facility__in=keys).order_by("facilitytag__name")
    for key, name in tags.values_list("facility_id", "facilitytag__name"):
        found[key] = f"{found[key]}、{name}" if key in found else name
    return found


def _grade_sources(keys: Sequence[int]) -> dict[int, str]:
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
