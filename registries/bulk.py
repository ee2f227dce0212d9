"""Very many alike rows into one table: COPY on PostgreSQL, bulk inserts elsewhere."""

import io
import json
import re
from collections.abc import Iterable, Mapping, Sequence

from django.db import connection, models

from registries.fields import EncryptedTextField

BATCH = 1000
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
    blank = model(**same)
    fields = {field.attname: field for field in model._meta.concrete_fields if not field.primary_key}
    shared = [field for name, field in fields.items() if name not in names]
    tail = "".join(f"\t{_line([field], [getattr(blank, field.attname)])}" for field in shared)
    varying = [fields[name] for name in names]
    columns = [model._meta.pk.column] * keys + [field.column for field in [*varying, *shared]]
    taken = _next_keys(model, len(rows)) if keys else []
    texts = (_line(varying, row) + tail for row in rows)
    lines = (f"{key}\t{text}" for key, text in zip(taken, texts, strict=True)) if keys else texts
    quoted = ", ".join(map(connection.ops.quote_name, columns))
    # Outside Django's own methods its exceptions are the driver's; callers know Django's.
    with connection.cursor() as cursor, connection.wrap_database_errors:
        cursor.copy_expert(
            f"COPY {connection.ops.quote_name(model._meta.db_table)} ({quoted}) FROM STDIN",
            io.StringIO("\n".join(lines)),
        )
    return taken


def _next_keys(model: type[models.Model], count: int) -> list[int]:
    """Taken from the table's own sequence: a row that somebody else adds meanwhile gets another."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT nextval(pg_get_serial_sequence(%s, %s)) FROM generate_series(1, %s)",
            [model._meta.db_table, model._meta.pk.column, count],
        )
        return [key for (key,) in cursor.fetchall()]


def _line(fields: Sequence[models.Field], row: Sequence) -> str:
    if SPECIAL.search("".join(value for value in row if type(value) is str)):
        row = [_escaped(value) if type(value) is str else value for value in row]
    return "\t".join(map(_text, fields, row))


def _text(field: models.Field, value: object) -> str:
    """A value as COPY reads it; a text is escaped already."""
    if type(value) is str and type(field) is not EncryptedTextField:
        return value
    value = field.get_prep_value(value)
    if value is None:
        return NULL
    return str(json.dumps(value) if isinstance(field, models.JSONField) else value)


def _escaped(text: str) -> str:
    return SPECIAL.sub(lambda found: ESCAPES[found[0]], text)
