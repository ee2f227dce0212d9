import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [("inspections", "0010_rosters_refer_by_statement")]

    operations = [
        migrations.AddField(
            model_name="clue",
            name="scope",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="clues",
                to="inspections.savedscope",
                verbose_name="抽查范围",
            ),
        ),
        migrations.AddField(
            model_name="clue",
            name="ratio_bp",
            field=models.PositiveIntegerField(blank=True, null=True, verbose_name="抽查比例（万分之）"),
        ),
        migrations.AddConstraint(
            model_name="clue",
            constraint=models.CheckConstraint(
                name="clue_scope_with_its_ratio",
                condition=models.Q(scope__isnull=True, ratio_bp__isnull=True)
                | models.Q(scope__isnull=False, ratio_bp__gte=1, ratio_bp__lte=10_000),
            ),
        ),
    ]
