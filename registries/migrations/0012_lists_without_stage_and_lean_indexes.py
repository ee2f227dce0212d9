import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("registries", "0011_basis_of_older_versions"),
    ]

    operations = [
        migrations.RemoveField(
            model_name="importdraft",
            name="stage",
        ),
        migrations.AlterField(
            model_name="facility",
            name="blacklisted_by",
            field=models.ForeignKey(
                blank=True,
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
                verbose_name="列入人",
            ),
        ),
        migrations.AlterField(
            model_name="facility",
            name="bureau",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="facilities",
                to="registries.bureau",
                verbose_name="医保局",
            ),
        ),
        migrations.AlterField(
            model_name="facility",
            name="merged_by",
            field=models.ForeignKey(
                blank=True,
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
                verbose_name="合并人",
            ),
        ),
        migrations.AlterField(
            model_name="facility",
            name="moving_by",
            field=models.ForeignKey(
                blank=True,
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
                verbose_name="提出迁出人",
            ),
        ),
        migrations.AlterField(
            model_name="gradechange",
            name="changed_by",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
                verbose_name="登记人",
            ),
        ),
    ]
