import django.db.models.deletion
from django.db import migrations, models


def each_draw_stays_with_its_task(apps, schema_editor):
    apps.get_model("inspections", "Draw").objects.update(lineage=models.F("task"))


class Migration(migrations.Migration):
    dependencies = [("inspections", "0002_seed_codes")]

    operations = [
        migrations.AddField(
            model_name="plantask",
            name="root",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="continuations",
                to="inspections.plantask",
                verbose_name="最初任务",
            ),
        ),
        migrations.AddConstraint(
            model_name="plantask",
            constraint=models.UniqueConstraint(
                fields=("plan", "root"), name="task_continued_once_in_a_version"
            ),
        ),
        migrations.AddField(
            model_name="draw",
            name="lineage",
            field=models.ForeignKey(
                editable=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="lineage_draws",
                to="inspections.plantask",
                verbose_name="最初任务",
            ),
        ),
        migrations.RunPython(each_draw_stays_with_its_task, migrations.RunPython.noop),
        migrations.AlterField(
            model_name="draw",
            name="lineage",
            field=models.ForeignKey(
                editable=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="lineage_draws",
                to="inspections.plantask",
                verbose_name="最初任务",
            ),
        ),
        migrations.RemoveConstraint(model_name="draw", name="one_draw_of_a_task_and_round"),
        migrations.AddConstraint(
            model_name="draw",
            constraint=models.UniqueConstraint(
                condition=models.Q(("state", "voided"), _negated=True),
                fields=("lineage", "round"),
                name="one_draw_of_a_task_and_round",
            ),
        ),
    ]
