"""全程留痕: the trail only grows, whoever asks."""

import pytest
from django.db import DatabaseError, connection, transaction

from registries import trail
from registries.models import TrailEntry

pytestmark = pytest.mark.django_db


@pytest.fixture
def entry(drafter, county):
    return trail.record("登记", by=drafter, about=county, after={"名称": "甲"})


def test_an_entry_keeps_who_as_text_that_outlives_the_account(entry):
    assert (entry.actor_name, entry.subject_name) == ("周经办", "卫东区医疗保障局")


@pytest.mark.parametrize(
    "spoil",
    [
        lambda e: e.delete(),
        lambda e: e.save(),
        lambda e: TrailEntry.objects.all().delete(),
        lambda e: TrailEntry.objects.update(note="x"),
    ],
)
def test_the_model_refuses_to_change_or_delete_an_entry(entry, spoil):
    with pytest.raises(TypeError):
        spoil(entry)


@pytest.mark.parametrize(
    "sql", ["UPDATE registries_trailentry SET note = 'x'", "DELETE FROM registries_trailentry"]
)
def test_the_database_refuses_raw_sql_on_the_trail(entry, sql):
    with (
        pytest.raises(DatabaseError, match="only grows"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(sql)
    assert TrailEntry.objects.get(pk=entry.pk).note == ""
