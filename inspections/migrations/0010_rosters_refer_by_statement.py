import django.db.models.deletion
from django.db import migrations, models

from registries.append_only import closed_by, never_emptied, only_grows, refers_to

ROSTER, DRAW = "inspections_rosterfacility", "inspections_draw"
# 0004 and 0007 set these.
KEPT = [
    only_grows(ROSTER),
    closed_by(DRAW, ROSTER, "draw_id", when="whole.seed <> '' OR whole.state = 'voided'"),
    never_emptied(ROSTER),
]


def lifted(operation):
    return migrations.RunPython(operation.reverse_code, operation.code)


class Migration(migrations.Migration):
    dependencies = [
        ("inspections", "0009_loans"),
        ("registries", "0016_facilities_are_kept"),
    ]

    operations = [
        # A guarded table loses its triggers while it is altered (registries/append_only.py).
        *(lifted(operation) for operation in KEPT),
        migrations.AlterField(
            model_name="rosterfacility",
            name="draw",
            field=models.ForeignKey(
                db_constraint=False,
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="facilities",
                to="inspections.draw",
                verbose_name="抽取",
            ),
        ),
        migrations.AlterField(
            model_name="rosterfacility",
            name="facility",
            field=models.ForeignKey(
                db_constraint=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="registries.facility",
                verbose_name="机构",
            ),
        ),
        *KEPT,
        refers_to(ROSTER, {"draw_id": DRAW, "facility_id": "registries_facility"}),
    ]
