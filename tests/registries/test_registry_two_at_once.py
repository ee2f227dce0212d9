"""A list is sealed while a row of it leaves the registry: one comes first, and the other knows of it (A6, C4)."""

import threading

import pytest

from inspections import draws, rosters
from inspections.models import RosterFacility
from registries import merging, moves
from registries.errors import DomainError
from tests.factories import NOW
from tests.factories.draws import drawable_task
from tests.together import together

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.services]

# How long a seal is held up for what must wait for it; what need not wait is over sooner.
HELD_UP = 0.5


@pytest.fixture
def while_sealing(county, drafter, monkeypatch):
    """Whoever acts between the moment that a seal reads the registry and the moment that it fixes the list."""
    task, read, acted = drawable_task(county, by=drafter), threading.Event(), threading.Event()
    freeze = rosters.freeze

    def freeze_late(draw, gathered, **rest):
        read.set()
        acted.wait(HELD_UP)
        freeze(draw, gathered, **rest)

    monkeypatch.setattr(rosters, "freeze", freeze_late)

    def run(act):
        def in_between():
            read.wait(30)
            try:
                return act()
            finally:
                acted.set()

        return together(lambda: draws.seal(task, 1, by=drafter, now=NOW), in_between)

    return run


def sealed(facility) -> bool:
    return RosterFacility.objects.filter(facility=facility).exists()


def test_a_duplicate_is_not_merged_away_while_its_list_is_sealed(while_sealing, county, drafter):
    survivor, duplicate = county.facilities.order_by("pk")[:2]
    _, answer = while_sealing(lambda: merging.merge(duplicate, survivor, reason="同一家", by=drafter))
    duplicate.refresh_from_db()
    assert isinstance(answer, DomainError)
    assert "已封存、尚未抽取" in str(answer)
    assert (sealed(duplicate), duplicate.merged_into) == (True, None)


def test_a_facility_is_not_taken_over_while_its_list_is_sealed(
    while_sealing, county, neighbour, drafter, outsider
):
    leaving = county.facilities.order_by("pk")[0]
    moves.propose(leaving, neighbour, reason="地址变更", by=drafter)
    leaving.refresh_from_db()
    _, answer = while_sealing(lambda: moves.accept(leaving, by=outsider))
    leaving.refresh_from_db()
    assert isinstance(answer, DomainError)
    assert (sealed(leaving), leaving.bureau) == (True, county)
