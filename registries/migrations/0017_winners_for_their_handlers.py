from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [("registries", "0016_facilities_are_kept")]

    operations = [
        migrations.AlterField(
            model_name="bureau",
            name="winners_public",
            field=models.CharField(
                choices=[
                    ("at_once", "抽取后立即公布"),
                    ("after_visits", "检查全部结束后公布，此前本局人员可见"),
                    ("handlers", "检查全部结束后公布，此前仅经办、审批和检查组人员可见"),
                ],
                default="after_visits",
                max_length=20,
                verbose_name="抽中名单公布时间",
            ),
        ),
    ]
