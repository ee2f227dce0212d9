from django.db import migrations

from registries.append_only import closed_by, columns_frozen, moves_forward, never_emptied

DRAW = "inspections_draw"
VISIT = "inspections_visit"
MEMBER = "inspections_teammember"
SUBSTITUTION = "inspections_substitution"
CONTRIBUTION = "inspections_contribution"
ROSTERS = ["inspections_rosterfacility", "inspections_rosterinspector", "inspections_rosterrecusal"]
OVER = "whole.seed <> '' OR whole.state = 'voided'"


class Migration(migrations.Migration):
    """What a draw has fixed gets no more rows, changes no key, goes back to no earlier state and is not emptied."""

    dependencies = [("inspections", "0006_draw_jobs")]

    operations = [
        *(closed_by(DRAW, table, "draw_id", when=OVER) for table in [*ROSTERS, CONTRIBUTION, VISIT]),
        *(columns_frozen(table, ["id"]) for table in [DRAW, VISIT, MEMBER, SUBSTITUTION]),
        columns_frozen(
            DRAW, ["public_value", "public_value_at", "public_value_by_id"], when="OLD.seed <> ''"
        ),
        moves_forward(DRAW, "state", {"sealed": ["held", "voided"], "held": ["voided"]}),
        columns_frozen(MEMBER, ["is_active"], when="NOT OLD.is_active"),
        *(never_emptied(table) for table in [DRAW, *ROSTERS, CONTRIBUTION, VISIT, MEMBER, SUBSTITUTION]),
    ]
