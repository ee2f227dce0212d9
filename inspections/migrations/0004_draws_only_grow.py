from django.db import migrations

from registries.append_only import columns_frozen, frozen_once_set, never_deleted, only_grows

DRAW = "inspections_draw"
VISIT = "inspections_visit"
MEMBER = "inspections_teammember"
SUBSTITUTION = "inspections_substitution"


class Migration(migrations.Migration):
    """What the seal fixed and what chance decided stay as they are, whoever asks (draw protocol, section 5)."""

    dependencies = [("inspections", "0003_task_lineage")]

    operations = [
        only_grows("inspections_rosterfacility"),
        only_grows("inspections_rosterinspector"),
        only_grows("inspections_rosterrecusal"),
        only_grows("inspections_contribution"),
        columns_frozen(
            DRAW,
            [
                "seal", "seal_digest", "secret", "number", "year", "sequence", "round", "bureau_id", "task_id",
                "lineage_id", "previous_id", "sealed_at", "sealed_by_id",
            ],
        ),
        frozen_once_set(
            DRAW,
            [
                "seed", "held_at", "held_by_id", "public_value", "public_value_at", "public_value_by_id",
                "voided_at", "voided_by_id",
            ],
        ),
        columns_frozen(DRAW, ["state", "void_reason", "void_proposed_by_id"], when="OLD.state = 'voided'"),
        never_deleted(DRAW),
        columns_frozen(
            VISIT,
            ["code", "grade", "ticket", "position", "top_up", "draw_id", "facility_id", "bureau_id"],
        ),
        never_deleted(VISIT),
        columns_frozen(MEMBER, ["card", "code", "visit_number", "place", "inspector_id", "visit_id"]),
        never_deleted(MEMBER),
        columns_frozen(
            SUBSTITUTION,
            [
                "outgoing_id", "visit_id", "bureau_id", "reason", "explanation", "requested_at",
                "requested_by_id",
            ],
        ),
        frozen_once_set(SUBSTITUTION, ["incoming_id", "approved_at", "approved_by_id"]),
        columns_frozen(SUBSTITUTION, ["state"], when="OLD.state <> 'requested'"),
        never_deleted(SUBSTITUTION),
    ]
