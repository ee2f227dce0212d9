from django.db import migrations

from registries.append_only import only_grows


class Migration(migrations.Migration):
    dependencies = [("registries", "0001_initial")]

    operations = [only_grows("registries_trailentry")]
