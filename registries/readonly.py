"""A guard under which the database answers questions and takes no changes."""

import re
from contextlib import contextmanager

from django.db import connection

READING = re.compile(
    r"\s*(SELECT|EXPLAIN|SAVEPOINT|RELEASE SAVEPOINT|ROLLBACK TO SAVEPOINT)\b", re.IGNORECASE
)


class WriteRefused(RuntimeError):
    """A read-only request tried to change the database."""


def _refuse_writes(execute, sql, params, many, context):
    if not READING.match(sql):
        raise WriteRefused(f"A read-only request tried: {sql[:80]}")
    return execute(sql, params, many, context)


@contextmanager
def select_only():
    with connection.execute_wrapper(_refuse_writes):
        yield
