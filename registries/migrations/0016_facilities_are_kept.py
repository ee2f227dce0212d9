from django.db import migrations

from registries.append_only import never_deleted


class Migration(migrations.Migration):
    """Who ends, closes or moves away gets another status; rosters refer to the row for ever."""

    dependencies = [("registries", "0015_the_trail_is_never_emptied")]

    operations = [never_deleted("registries_facility")]
