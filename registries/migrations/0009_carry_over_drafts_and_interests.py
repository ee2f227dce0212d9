"""Lists uploaded before they had a state, and interests declared before they were confirmed apart."""

from django.db import migrations
from django.db.models import F


def carry_over(apps, schema_editor):
    draft = apps.get_model("registries", "ImportDraft")
    draft.objects.filter(confirmed_at=None).update(state="checked")
    draft.objects.exclude(confirmed_at=None).update(state="imported")
    apps.get_model("registries", "Interest").objects.update(
        confirmed_at=F("declared_at"), confirmed_by=F("declared_by")
    )


class Migration(migrations.Migration):
    dependencies = [("registries", "0008_registries_in_depth")]
    operations = [migrations.RunPython(carry_over, migrations.RunPython.noop)]
