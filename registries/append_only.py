"""Database triggers that refuse to change or delete rows, whoever asks (handbook 4, habit 5)."""

from django.db import migrations

REFUSAL = "this table only grows"


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
