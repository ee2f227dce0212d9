"""Very many alike rows into one table: COPY on PostgreSQL, bulk inserts elsewhere."""

import io
import json
import re
from collections.abc import Iterable, Mapping, Sequence

from django.db import connection, models

from registries.fields import EncryptedTextField, sealed_all

BATCH = 1000
# The driver takes this much at once: whoever works beside it has to be waited for less often.
COPIED_AT_ONCE = 1024 * 1024
NULL = "\\N"
ESCAPES = {"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"}
SPECIAL = re.compile(r"[\\\t\n\r]")


def insert(
    model: type[models.Model],
    same: Mapping,
    names: Sequence[str],
    rows: Iterable[Sequence],
    *,
    keys: bool = False,
) -> list[int]:
    """`same` holds what all rows share, by field name; each row the values of `names`. With `keys`, the new primary keys.

    Fields are named as in the model, foreign keys by their column (`facility_id`). No save(), no signals.
    """
    if connection.vendor == "postgresql":
        return _copy(model, same, names, list(rows), keys=keys)
    made = model._base_manager.bulk_create(
        (model(**same, **dict(zip(names, row, strict=True))) for row in rows), batch_size=BATCH
    )
    return [one.pk for one in made]


def _copy(
    model: type[models.Model], same: Mapping, names: Sequence[str], rows: Sequence, *, keys: bool
) -> list[int]:
    if not rows:
        return []
    blank = model(**same)
    fields = {field.attname: field for field in model._meta.concrete_fields if not field.primary_key}
    shared = [field for name, field in fields.items() if name not in names]
    tail = "".join(f"\t{text}" for field in shared for text in _texts(field, [getattr(blank, field.attname)]))
    varying = [fields[name] for name in names]
    columns = [model._meta.pk.column] * keys + [field.column for field in [*varying, *shared]]
    taken = _next_keys(model, len(rows)) if keys else []
    # Column by column: what is to be done with a value is found out once for each of them, not for each value.
    texts = [_texts(field, values) for field, values in zip(varying, zip(*rows, strict=True), strict=True)]
    lines = map("\t".join, zip(*([map(str, taken)] * keys), *texts, strict=True))
    quoted = ", ".join(map(connection.ops.quote_name, columns))
    # Outside Django's own methods its exceptions are the driver's; callers know Django's.
    with connection.cursor() as cursor, connection.wrap_database_errors:
        cursor.copy_expert(
            f"COPY {connection.ops.quote_name(model._meta.db_table)} ({quoted}) FROM STDIN",
            io.StringIO("".join(f"{line}{tail}\n" for line in lines)),
            COPIED_AT_ONCE,
        )
    return taken


def _next_keys(model: type[models.Model], count: int) -> list[int]:
    """Taken from the table's own sequence: a row that somebody else adds meanwhile gets another."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT nextval((SELECT pg_get_serial_sequence(%s, %s)::regclass)) FROM generate_series(1, %s)",
            [model._meta.db_table, model._meta.pk.column, count],
        )
        return [key for (key,) in cursor.fetchall()]


def _texts(field: models.Field, values: Sequence) -> Sequence[str]:
    """The values of one column as COPY reads them."""
    if isinstance(field, EncryptedTextField):
        # Each gets a token of its own, so that nobody sees who shares a number.
        return sealed_all(values)
    if isinstance(field, models.JSONField):
        return [_text(field, value) for value in values]
    kinds = set(map(type, values))
    if kinds == {int}:
        return list(map(str, values))
    if kinds == {str}:
        return [_escaped(value) for value in values] if SPECIAL.search("".join(values)) else values
    texts = {value: _text(field, value) for value in set(values)}
    return [texts[value] for value in values]


def _text(field: models.Field, value: object) -> str:
    value = field.get_prep_value(value)
    if value is None:
        return NULL
    return _escaped(str(json.dumps(value) if isinstance(field, models.JSONField) else value))


def _escaped(text: str) -> str:
    return SPECIAL.sub(lambda found: ESCAPES[found[0]], text)
