"""Fixtures for every test: the cast (tests/cast.py), a calm clock, and a database that can be emptied."""

import os
import threading

import pytest
from django.core.cache import cache
from django.db import connection, connections

# Playwright leaves its event loop running in the tests' own thread. Django would refuse the database there, and give
# the thread a second connection, which knows nothing of the first one's transaction nor of the seeded tables.
os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "1")
connections._connections = threading.local()

pytest_plugins = ["tests.cast"]


@pytest.fixture(autouse=True)
def _empty_cache():
    cache.clear()


@pytest.fixture(autouse=True, scope="session")
def _tables_that_only_grow_can_be_emptied_between_tests():
    """The triggers refuse DELETE, by which SQLite empties a table, and PostgreSQL's TRUNCATE.

    For the whole session, because a test's database is emptied after the test's own fixtures are gone.
    """
    flush = type(connection.ops).execute_sql_flush

    def flush_without_triggers(operations, sql_list):
        with operations.connection.cursor() as cursor:
            if operations.connection.vendor == "postgresql":
                cursor.execute("SET session_replication_role = replica")
                try:
                    return flush(operations, sql_list)
                finally:
                    cursor.execute("SET session_replication_role = origin")
            cursor.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'")
            triggers = cursor.fetchall()
            for name, _ in triggers:
                cursor.execute(f"DROP TRIGGER {name}")
            flush(operations, sql_list)
            for _, sql in triggers:
                cursor.execute(sql)
        return None

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(type(connection.ops), "execute_sql_flush", flush_without_triggers)
        yield


def pytest_itemcollected(item):
    """Every test that commits gets the seeded tables back, and leaves them so for the next one."""
    for marker in item.iter_markers("django_db"):
        if marker.kwargs.get("transaction"):
            marker.kwargs["serialized_rollback"] = True
