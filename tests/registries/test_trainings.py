"""培训记录 (A4)."""

import datetime as dt

import pytest
from django.core.exceptions import PermissionDenied

from registries import inspector_sheet, trail, trainings
from registries.errors import DomainError
from registries.models import Inspector, Training
from tests.factories import make_inspector

pytestmark = pytest.mark.django_db

NOW = dt.datetime(2026, 4, 1, 9, 0, tzinfo=dt.timezone(dt.timedelta(hours=8)))
TODAY = NOW.date()


@pytest.fixture
def people(county):
    return [make_inspector(county, n) for n in (1, 2)]


def record(people, by, title="条例培训", held_on=TODAY, hours=8, result=""):
    return trainings.record(people, title, held_on, hours, result, by=by, now=NOW)


def test_one_course_is_recorded_for_all_who_attended(people, drafter):
    record(people, drafter, result="合格")
    assert [(one.inspector, one.hours, one.result) for one in Training.objects.order_by("pk")] == [
        (person, 8, "合格") for person in people
    ]
    assert trail.about(people[1]).get().note == "2026-04-01 条例培训，8学时，合格"


def test_a_course_recorded_twice_is_refused_for_everybody(county, people, drafter):
    record(people[1:], drafter)
    with pytest.raises(DomainError, match="检查员2的这次培训已经登记过"):
        record(people, drafter)
    assert Training.objects.count() == 1


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"title": " "}, "title"),
        ({"held_on": TODAY + dt.timedelta(days=1)}, "held_on"),
        ({"hours": 0}, "hours"),
        ({"hours": 40000}, "hours"),
    ],
)
def test_a_wrong_value_is_refused_at_its_field(people, drafter, fields, field):
    with pytest.raises(DomainError) as refusal:
        record(people, drafter, **fields)
    assert refusal.value.field == field


def test_the_hours_of_the_year_are_those_held_in_it(people, drafter):
    record(people[:1], drafter)
    record(people[:1], drafter, title="文书", hours=4)
    record(people[:1], drafter, held_on=dt.date(2025, 12, 31), hours=100)
    listed = inspector_sheet.listed(Inspector.objects.order_by("number"), on=TODAY)
    assert [one.training_hours for one in listed] == [12, 0]
    assert inspector_sheet.of(people[0], on=TODAY)["training_hours"] == 12


def test_a_mistaken_record_is_taken_out_and_the_trail_keeps_it(people, drafter):
    (training,) = record(people[:1], drafter)
    trainings.strike(training, by=drafter)
    assert not Training.objects.exists()
    entry = trail.about(people[0]).first()
    assert (entry.event, entry.note) == ("删除培训记录", "2026-04-01 条例培训，8学时")


@pytest.mark.parametrize("person", ["city_staff", "outsider", "approver"])
def test_only_the_bureaus_own_staff_keep_training_records(request, people, drafter, person):
    user, (training,) = request.getfixturevalue(person), record(people[:1], drafter)
    for attempt in (lambda: record(people[1:], user), lambda: trainings.strike(training, by=user)):
        with pytest.raises(PermissionDenied):
            attempt()
