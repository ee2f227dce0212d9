from django.db import migrations

from registries.append_only import columns_frozen, never_deleted, parts_frozen

VERSION = "registries_itemversion"


class Migration(migrations.Migration):
    """What was published stays as it was inspected by; only its end and its replacement are still to come (A1, A2)."""

    dependencies = [("registries", "0013_rules_of_a_bureau")]

    operations = [
        columns_frozen(
            VERSION,
            [
                "content", "item_id", "number", "department", "sub_item", "legal_basis", "inspecting_body",
                "category", "target", "method", "ratio_a_bp", "ratio_b_bp", "ratio_c_bp", "ratio_d_bp",
                "frequency_per_year", "qualification", "materials", "remarks", "joint_only", "effective_from",
                "drafted_at", "drafted_by_id", "published_at", "published_by_id",
            ],
            when="OLD.published_at IS NOT NULL",
        ),
        never_deleted(VERSION, when="OLD.published_at IS NOT NULL"),
        parts_frozen(VERSION, "registries_checklistrow", "version_id", when="whole.published_at IS NOT NULL"),
    ]  # fmt: skip
