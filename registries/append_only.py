"""Database triggers that refuse to change or delete rows, whoever asks (handbook 4, habit 5)."""

from collections.abc import Sequence

from django.db import migrations

REFUSAL = "this table only grows"
FROZEN = "what is decided does not change"
KEPT = "rows stay on the record"


def _statements(vendor: str, table: str) -> list[str]:
    if vendor == "sqlite":
        return [
            f"CREATE TRIGGER {table}_no_{verb} BEFORE {verb} ON {table} "
            f"BEGIN SELECT RAISE(ABORT, '{table}: {REFUSAL}'); END"
            for verb in ("update", "delete")
        ]
    function = f"{table}_only_grows"
    return [
        f"CREATE OR REPLACE FUNCTION {function}() RETURNS trigger LANGUAGE plpgsql AS "
        f"$$ BEGIN RAISE EXCEPTION '{table}: {REFUSAL}'; END $$",
        f"CREATE TRIGGER {function} BEFORE UPDATE OR DELETE ON {table} "
        f"FOR EACH ROW EXECUTE FUNCTION {function}()",
    ]


def _drop_statements(vendor: str, table: str) -> list[str]:
    if vendor == "sqlite":
        return [f"DROP TRIGGER {table}_no_{verb}" for verb in ("update", "delete")]
    return [f"DROP TRIGGER {table}_only_grows ON {table}", f"DROP FUNCTION {table}_only_grows()"]


def only_grows(table: str) -> migrations.RunPython:
    """The migration operation that makes `table` append-only on PostgreSQL and SQLite."""

    def run(make_statements):
        def execute(apps, schema_editor):
            for statement in make_statements(schema_editor.connection.vendor, table):
                schema_editor.execute(statement)

        return execute

    return migrations.RunPython(run(_statements), run(_drop_statements))


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


def never_deleted(table: str, *, when: str = "") -> migrations.RunPython:
    return _refusal(f"{table}_kept", table, "DELETE", when, KEPT)


def parts_frozen(whole: str, table: str, key: str, *, when: str) -> migrations.RunPython:
    """No row of `table` comes, changes or goes under a row of `whole` for which `when` holds, a condition on it in SQL."""
    trigger, message = f"{table}_part_frozen", f"{table}: {FROZEN}"
    sides = {"INSERT": ["NEW"], "UPDATE": ["OLD", "NEW"], "DELETE": ["OLD"]}
    found = {
        verb: f"SELECT 1 FROM {whole} AS whole WHERE ({when}) AND whole.id IN "  # noqa: S608 - names alone
        f"({', '.join(f'{side}.{key}' for side in of)})"
        for verb, of in sides.items()
    }

    def create(apps, schema_editor):
        for verb, query in found.items():
            name = f"{trigger}_{verb}".lower()
            if schema_editor.connection.vendor == "sqlite":
                schema_editor.execute(
                    f"CREATE TRIGGER {name} BEFORE {verb} ON {table} WHEN EXISTS ({query}) "
                    f"BEGIN SELECT RAISE(ABORT, '{message}'); END"
                )
                continue
            schema_editor.execute(
                f"CREATE OR REPLACE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
                f"IF EXISTS ({query}) THEN RAISE EXCEPTION '{message}'; END IF; RETURN {sides[verb][-1]}; END $$"
            )
            schema_editor.execute(
                f"CREATE TRIGGER {name} BEFORE {verb} ON {table} FOR EACH ROW EXECUTE FUNCTION {name}()"
            )

    def drop(apps, schema_editor):
        for verb in sides:
            name = f"{trigger}_{verb}".lower()
            if schema_editor.connection.vendor == "sqlite":
                schema_editor.execute(f"DROP TRIGGER {name}")
                continue
            schema_editor.execute(f"DROP TRIGGER {name} ON {table}")
            schema_editor.execute(f"DROP FUNCTION {name}()")

    return migrations.RunPython(create, drop)


def _any(conditions) -> str:
    return f"({' OR '.join(conditions)})"


def _refusal(trigger: str, table: str, verb: str, condition: str, reason: str) -> migrations.RunPython:
    """A trigger that refuses `verb` on rows where `condition` holds; {differs} is the comparison that knows NULL."""
    message = f"{table}: {reason}"

    def create(apps, schema_editor):
        if schema_editor.connection.vendor == "sqlite":
            when = f"WHEN {condition.format(differs='IS NOT')} " if condition else ""
            schema_editor.execute(
                f"CREATE TRIGGER {trigger} BEFORE {verb} ON {table} {when}"
                f"BEGIN SELECT RAISE(ABORT, '{message}'); END"
            )
            return
        when = f"WHEN ({condition.format(differs='IS DISTINCT FROM')}) " if condition else ""
        schema_editor.execute(
            f"CREATE OR REPLACE FUNCTION {trigger}() RETURNS trigger LANGUAGE plpgsql AS "
            f"$$ BEGIN RAISE EXCEPTION '{message}'; END $$"
        )
        schema_editor.execute(
            f"CREATE TRIGGER {trigger} BEFORE {verb} ON {table} FOR EACH ROW {when}EXECUTE FUNCTION {trigger}()"
        )

    def drop(apps, schema_editor):
        if schema_editor.connection.vendor == "sqlite":
            schema_editor.execute(f"DROP TRIGGER {trigger}")
            return
        schema_editor.execute(f"DROP TRIGGER {trigger} ON {table}")
        schema_editor.execute(f"DROP FUNCTION {trigger}()")

    return migrations.RunPython(create, drop)
