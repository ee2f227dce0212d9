from django.db import migrations

from registries.grams import FUNCTION, only_on_postgresql

# No fields of the models: indexes that only a large registry misses, and one of them over an expression.
INDEXES = {
    "facility_name_grams": "registries_facility USING gin (registries_grams(name))",
    # The first page of one bureau. Without it the database reads the codes of a nation until it meets the bureau.
    "facility_page": "registries_facility (bureau_id, insurance_code)",
}


class Migration(migrations.Migration):
    dependencies = [("registries", "0009_carry_over_drafts_and_interests")]

    operations = [
        only_on_postgresql(
            [FUNCTION, *(f"CREATE INDEX {name} ON {what}" for name, what in INDEXES.items())],
            [*(f"DROP INDEX {name}" for name in INDEXES), "DROP FUNCTION registries_grams(text)"],
        )
    ]
