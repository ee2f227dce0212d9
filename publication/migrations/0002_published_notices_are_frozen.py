from django.db import migrations, models

TABLE = "publication_notice"
REFUSAL = "a published notice is frozen"
FROZEN = ("content", "sha256", "version", "visit_id", "published_at")

SQLITE = [
    f"CREATE TRIGGER {TABLE}_no_change BEFORE UPDATE ON {TABLE} "
    "WHEN OLD.published_at IS NOT NULL AND ("
    + " OR ".join(f"OLD.{column} IS NOT NEW.{column}" for column in FROZEN)
    + f") BEGIN SELECT RAISE(ABORT, '{REFUSAL}'); END",
    f"CREATE TRIGGER {TABLE}_no_delete BEFORE DELETE ON {TABLE} "
    f"WHEN OLD.published_at IS NOT NULL BEGIN SELECT RAISE(ABORT, '{REFUSAL}'); END",
]
POSTGRESQL = [
    f"CREATE OR REPLACE FUNCTION {TABLE}_frozen() RETURNS trigger LANGUAGE plpgsql AS "
    f"$$ BEGIN RAISE EXCEPTION '{REFUSAL}'; END $$",
    f"CREATE TRIGGER {TABLE}_no_change BEFORE UPDATE ON {TABLE} FOR EACH ROW "
    "WHEN (OLD.published_at IS NOT NULL AND ("
    + " OR ".join(f"OLD.{column} IS DISTINCT FROM NEW.{column}" for column in FROZEN)
    + f")) EXECUTE FUNCTION {TABLE}_frozen()",
    f"CREATE TRIGGER {TABLE}_no_delete BEFORE DELETE ON {TABLE} FOR EACH ROW "
    f"WHEN (OLD.published_at IS NOT NULL) EXECUTE FUNCTION {TABLE}_frozen()",
]


def freeze(apps, schema_editor):
    for statement in SQLITE if schema_editor.connection.vendor == "sqlite" else POSTGRESQL:
        schema_editor.execute(statement)


def thaw(apps, schema_editor):
    on_table = "" if schema_editor.connection.vendor == "sqlite" else f" ON {TABLE}"
    for trigger in ("no_change", "no_delete"):
        schema_editor.execute(f"DROP TRIGGER {TABLE}_{trigger}{on_table}")
    if on_table:
        schema_editor.execute(f"DROP FUNCTION {TABLE}_frozen()")


class Migration(migrations.Migration):
    dependencies = [("publication", "0001_initial")]

    operations = [
        migrations.RemoveIndex(model_name="message", name="message_email_waits"),
        migrations.AddIndex(
            model_name="message",
            index=models.Index(
                condition=models.Q(("email_state__in", ["waiting", "failed"])),
                fields=["email_state"],
                name="message_email_to_send",
            ),
        ),
        migrations.RunPython(freeze, thaw),
    ]
