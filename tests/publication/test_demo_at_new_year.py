"""Whoever tries the system on the last or the first day of a year gets a demo too."""

import datetime as dt

import pytest
from django.utils import timezone

from inspections import documents
from inspections.models import Draw
from publication.demo.story import tell

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("moment", ["2026-12-31 23:30", "2027-01-01 00:20"])
def test_the_story_can_be_told_at_the_turn_of_the_year(moment, monkeypatch, time_machine):
    monkeypatch.setattr(documents, "render", lambda *args: b"%PDF-1.7")  # printing has tests of its own
    time_machine.move_to(timezone.make_aware(dt.datetime.fromisoformat(moment)))
    tell("a long password for tests")
    assert [draw.state for draw in Draw.objects.order_by("pk")] == ["held", "held", "sealed"]
