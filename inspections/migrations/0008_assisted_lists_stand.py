from django.db import migrations, models

from registries.append_only import never_emptied, only_grows

TABLES = ["inspections_assistedlist", "inspections_assistedentry"]


class Migration(migrations.Migration):
    """An initiator's list is brought in once and stands as it came (C8)."""

    dependencies = [("inspections", "0007_held_draws_are_closed")]

    operations = [
        migrations.AddConstraint(
            model_name="assistedlist",
            constraint=models.UniqueConstraint(fields=("bureau", "sha256"), name="assisted_file_once"),
        ),
        *(only_grows(table) for table in TABLES),
        *(never_emptied(table) for table in TABLES),
    ]
