"""What the registry holds under the codes of a list, read by columns: most rows of a list that comes again say the same."""

import json
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from django.db import connection
from django.db.models import QuerySet, TextField
from django.db.models.expressions import RawSQL
from django.db.models.functions import Cast

from registries.facilities import FIELDS, STANDING_AT_FIRST
from registries.fields import opened_all
from registries.imports.lines import Line
from registries.models import Facility

# Parameters of one query, and rows of one insert.
CHUNK = 1000
ALL_FIELDS = (*FIELDS, *STANDING_AT_FIRST)
# A model's row would open one token after the other.
READABLE = tuple(name for name in ALL_FIELDS if name != "phone")


class Registered(NamedTuple):
    """As it was read, without a lock. `tags` are sorted; they are asked for where the list names some."""

    pk: int
    bureau_id: int
    bureau_name: str
    is_merged: bool
    values: dict
    tags: list[str]


def registered(lines: Sequence[Line]) -> dict[str, Registered]:
    """By code, whichever bureau has registered it."""
    codes = [code for line in lines if (code := line.values.get("insurance_code"))]
    found = list(_rows(codes))
    phones = opened_all([token for *_, token in found])
    known = {
        values[0]: Registered(
            pk, bureau_id, name, merged is not None, dict(zip(READABLE, values, strict=True), phone=phone), []
        )
        for (pk, bureau_id, name, merged, *values, _), phone in zip(found, phones, strict=True)
    }
    tagged = (known.get(line.values.get("insurance_code")) for line in lines if "tags" in line.values)
    _add_tags({one.pk: one for one in tagged if one})
    return known


def chunks(keys: Sequence) -> Iterator[Sequence]:
    return (keys[start : start + CHUNK] for start in range(0, len(keys), CHUNK))


def _rows(codes: Sequence[str]) -> QuerySet:
    rows = Facility.objects.filter(insurance_code__in=_listed(codes)).order_by()
    token = Cast("phone", TextField())
    return rows.values_list("pk", "bureau_id", "bureau__name", "merged_into_id", *READABLE, token)


def _listed(codes: Sequence[str]) -> RawSQL:
    """As one parameter: thousands of them would cost more than the search."""
    if connection.vendor == "postgresql":
        return RawSQL("SELECT unnest(%s)", [codes])  # noqa: S611 - constant text
    return RawSQL("SELECT value FROM json_each(%s)", [json.dumps(codes)])  # noqa: S611 - constant text


def _add_tags(facilities: dict[int, Registered]) -> None:
    for chunk in chunks(list(facilities)):
        links = Facility.tags.through.objects.filter(facility__in=chunk)
        for pk, name in links.values_list("facility_id", "facilitytag__name"):
            facilities[pk].tags.append(name)
    for one in facilities.values():
        one.tags.sort()
