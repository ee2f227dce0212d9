import json
from datetime import date
from pathlib import Path

from django.db import migrations

DATA = Path(__file__).resolve().parent.parent / "data" / "holidays.json"


def seed(apps, schema_editor):
    notices = apps.get_model("registries", "HolidayNotice")
    days = apps.get_model("registries", "HolidayDay")
    for entry in json.loads(DATA.read_text(encoding="utf-8"))["notices"]:
        notice = notices.objects.create(
            year=entry["year"], document=entry["document"], amendment=entry["amendment"]
        )
        days.objects.bulk_create(
            days(
                notice=notice, date=date.fromisoformat(day["date"]), is_workday=is_workday, name=day["holiday"]
            )
            for is_workday, listed in ((False, entry["off_days"]), (True, entry["makeup_days"]))
            for day in listed
        )


class Migration(migrations.Migration):
    dependencies = [("registries", "0002_trail_only_grows")]

    operations = [migrations.RunPython(seed, migrations.RunPython.noop)]
