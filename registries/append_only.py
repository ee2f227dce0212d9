"""Database triggers that refuse to change, delete or add rows, whoever asks (handbook 4, habit 5).

SQLite's REPLACE deletes what it replaces past the triggers, unless PRAGMA recursive_triggers is on: config/settings.py
turns it on for every connection. Nor does it rebuild a table together with its triggers: a migration that alters
a guarded table drops them first (`RunPython(operation.reverse_code, operation.code)`) and sets them again.
"""

from collections.abc import Callable, Mapping, Sequence

from django.db import migrations

REFUSAL = "this table only grows"
MISSING = "refers to nothing"
FROZEN = "what is decided does not change"
KEPT = "rows stay on the record"
CLOSED = "what is decided gets no more rows"

Statements = Callable[[str], list[str]]


def _operation(create: Statements, drop: Statements) -> migrations.RunPython:
    """Each gives the statements for a database vendor."""

    def executing(statements: Statements):
        def execute(apps, schema_editor):
            for statement in statements(schema_editor.connection.vendor):
                schema_editor.execute(statement)

        return execute

    return migrations.RunPython(executing(create), executing(drop))


def _function(name: str, message: str, condition: str = "") -> str:
    """A PostgreSQL trigger function that refuses; a condition is a query that finds a row when it must."""
    refuse = f"RAISE EXCEPTION '{message}';"
    body = f"IF EXISTS ({condition}) THEN {refuse} END IF; RETURN NULL;" if condition else refuse
    return f"CREATE OR REPLACE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN {body} END $$"


def only_grows(table: str) -> migrations.RunPython:
    """The migration operation that makes `table` append-only on PostgreSQL and SQLite."""
    function, message = f"{table}_only_grows", f"{table}: {REFUSAL}"

    def create(vendor: str) -> list[str]:
        if vendor == "sqlite":
            return [
                f"CREATE TRIGGER {table}_no_{verb} BEFORE {verb} ON {table} "
                f"BEGIN SELECT RAISE(ABORT, '{message}'); END"
                for verb in ("update", "delete")
            ]
        return [
            _function(function, message),
            f"CREATE TRIGGER {function} BEFORE UPDATE OR DELETE ON {table} "
            f"FOR EACH ROW EXECUTE FUNCTION {function}()",
        ]

    def drop(vendor: str) -> list[str]:
        if vendor == "sqlite":
            return [f"DROP TRIGGER {table}_no_{verb}" for verb in ("update", "delete")]
        return [f"DROP TRIGGER {function} ON {table}", f"DROP FUNCTION {function}()"]

    return _operation(create, drop)


def columns_frozen(table: str, columns: Sequence[str], *, when: str = "") -> migrations.RunPython:
    """No update changes these columns; with `when`, a condition on OLD in SQL, only from the moment it holds."""
    trigger = f"{table}_frozen_{columns[0]}"
    changed = _any(f"OLD.{column} {{differs}} NEW.{column}" for column in columns)
    condition = f"({when}) AND {changed}" if when else changed
    return _refusal(trigger, table, "UPDATE", condition, FROZEN)


def frozen_once_set(table: str, columns: Sequence[str]) -> migrations.RunPython:
    """Each of these columns may go from empty to a value once, and stays."""
    changes = [
        f"(CAST(OLD.{column} AS TEXT) <> '' AND OLD.{column} {{differs}} NEW.{column})" for column in columns
    ]
    return _refusal(f"{table}_once_{columns[0]}", table, "UPDATE", _any(changes), FROZEN)


def moves_forward(table: str, column: str, moves: Mapping[str, Sequence[str]]) -> migrations.RunPython:
    """`column` keeps its value or moves as listed, by whatever way it is written."""
    allowed = [
        f"(OLD.{column} = '{old}' AND NEW.{column} = '{new}')" for old, news in moves.items() for new in news
    ]
    condition = f"OLD.{column} {{differs}} NEW.{column} AND NOT {_any(allowed)}"
    return _refusal(f"{table}_forward_{column}", table, "UPDATE", condition, FROZEN)


def never_deleted(table: str, *, when: str = "") -> migrations.RunPython:
    return _refusal(f"{table}_kept", table, "DELETE", when, KEPT)


def never_emptied(table: str) -> migrations.RunPython:
    """TRUNCATE, also by way of a table that this one refers to. SQLite knows only DELETE."""
    trigger = f"{table}_never_emptied"

    def create(vendor: str) -> list[str]:
        if vendor == "sqlite":
            return []
        return [
            _function(trigger, f"{table}: {KEPT}"),
            f"CREATE TRIGGER {trigger} BEFORE TRUNCATE ON {table} FOR EACH STATEMENT EXECUTE FUNCTION {trigger}()",
        ]

    def drop(vendor: str) -> list[str]:
        return [] if vendor == "sqlite" else _dropped(trigger, table)(vendor)

    return _operation(create, drop)


def closed_by(whole: str, table: str, key: str, *, when: str) -> migrations.RunPython:
    """No row is added to `table` under a row of `whole` for which `when` holds, a condition on it in SQL.

    PostgreSQL looks once at all rows of a statement: a look at each of a nation's would take seconds.
    """
    trigger, message = f"{table}_closed", f"{table}: {CLOSED}"
    found = f"SELECT 1 FROM {whole} AS whole WHERE ({when}) AND whole.id IN "  # noqa: S608 - names alone

    def create(vendor: str) -> list[str]:
        if vendor == "sqlite":
            return [
                f"CREATE TRIGGER {trigger} BEFORE INSERT ON {table} WHEN EXISTS ({found}(NEW.{key})) "
                f"BEGIN SELECT RAISE(ABORT, '{message}'); END"
            ]
        return [
            _function(trigger, message, f"{found}(SELECT added.{key} FROM added)"),  # noqa: S608
            f"CREATE TRIGGER {trigger} AFTER INSERT ON {table} REFERENCING NEW TABLE AS added "
            f"FOR EACH STATEMENT EXECUTE FUNCTION {trigger}()",
        ]

    return _operation(create, _dropped(trigger, table))


def refers_to(table: str, targets: Mapping[str, str]) -> migrations.RunPython:
    """What a foreign key says of a table that only grows: each key column of `targets` names a row of that table.

    PostgreSQL looks at foreign keys row by row and locks each row referred to: four times the writing itself, for a
    nation's roster, where one look at each statement does. Only for targets whose rows are never deleted.
    """
    name, message = f"{table}_refers", f"{table}: {MISSING}"

    def create(vendor: str) -> list[str]:
        if vendor == "sqlite":
            lacking = " OR ".join(
                f"NOT EXISTS (SELECT 1 FROM {other} AS whole WHERE whole.id = NEW.{key})"  # noqa: S608 - names alone
                for key, other in targets.items()
            )
            return [
                f"CREATE TRIGGER {name} BEFORE INSERT ON {table} WHEN {lacking} "
                f"BEGIN SELECT RAISE(ABORT, '{message}'); END"
            ]
        lacking = " UNION ALL ".join(
            f"SELECT 1 FROM added WHERE NOT EXISTS (SELECT 1 FROM {other} AS whole WHERE whole.id = added.{key})"  # noqa: S608
            for key, other in targets.items()
        )
        return [
            _function(name, message, lacking),
            f"CREATE TRIGGER {name} AFTER INSERT ON {table} REFERENCING NEW TABLE AS added "
            f"FOR EACH STATEMENT EXECUTE FUNCTION {name}()",
        ]

    return _operation(create, _dropped(name, table))


def _dropped(trigger: str, table: str) -> Statements:
    def drop(vendor: str) -> list[str]:
        if vendor == "sqlite":
            return [f"DROP TRIGGER {trigger}"]
        return [f"DROP TRIGGER {trigger} ON {table}", f"DROP FUNCTION {trigger}()"]

    return drop


def parts_frozen(whole: str, table: str, key: str, *, when: str) -> migrations.RunPython:
    """No row of `table` comes, changes or goes under a row of `whole` for which `when` holds, a condition on it in SQL."""
    trigger, message = f"{table}_part_frozen", f"{table}: {FROZEN}"
    sides = {"INSERT": ["NEW"], "UPDATE": ["OLD", "NEW"], "DELETE": ["OLD"]}
    found = {
        verb: f"SELECT 1 FROM {whole} AS whole WHERE ({when}) AND whole.id IN "  # noqa: S608 - names alone
        f"({', '.join(f'{side}.{key}' for side in of)})"
        for verb, of in sides.items()
    }

    names = {verb: f"{trigger}_{verb}".lower() for verb in found}

    def create(vendor: str) -> list[str]:
        if vendor == "sqlite":
            return [
                f"CREATE TRIGGER {names[verb]} BEFORE {verb} ON {table} WHEN EXISTS ({query}) "
                f"BEGIN SELECT RAISE(ABORT, '{message}'); END"
                for verb, query in found.items()
            ]
        return [
            statement
            for verb, query in found.items()
            for statement in (
                _function(names[verb], message, query),
                f"CREATE TRIGGER {names[verb]} AFTER {verb} ON {table} "
                f"FOR EACH ROW EXECUTE FUNCTION {names[verb]}()",
            )
        ]

    def drop(vendor: str) -> list[str]:
        return [statement for name in names.values() for statement in _dropped(name, table)(vendor)]

    return _operation(create, drop)


def _any(conditions) -> str:
    return f"({' OR '.join(conditions)})"


def _refusal(trigger: str, table: str, verb: str, condition: str, reason: str) -> migrations.RunPython:
    """A trigger that refuses `verb` on rows where `condition` holds; {differs} is the comparison that knows NULL."""
    message = f"{table}: {reason}"

    def create(vendor: str) -> list[str]:
        if vendor == "sqlite":
            when = f"WHEN {condition.format(differs='IS NOT')} " if condition else ""
            return [
                f"CREATE TRIGGER {trigger} BEFORE {verb} ON {table} {when}"
                f"BEGIN SELECT RAISE(ABORT, '{message}'); END"
            ]
        when = f"WHEN ({condition.format(differs='IS DISTINCT FROM')}) " if condition else ""
        return [
            _function(trigger, message),
            f"CREATE TRIGGER {trigger} BEFORE {verb} ON {table} FOR EACH ROW {when}EXECUTE FUNCTION {trigger}()",
        ]

    return _operation(create, _dropped(trigger, table))
