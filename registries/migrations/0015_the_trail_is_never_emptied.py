from django.db import migrations

from registries.append_only import never_emptied


class Migration(migrations.Migration):

    dependencies = [("registries", "0014_published_items_are_frozen")]

    operations = [never_emptied("registries_trailentry")]
