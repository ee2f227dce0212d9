"""A city sees its counties' registries and changes nothing there; a neighbour sees nothing (A7)."""

import pytest
from django.urls import reverse

from registries.models import TrailEntry
from registries.urls import facilities, inspectors, items
from tests.factories import make_facility, make_inspector, make_item

pytestmark = pytest.mark.django_db
SHOWN = {"inspector", "item", "item_compare", "facility"}
# Offered to those below as well: they add to what those above have published, or take over what moves to them.
FOR_OTHERS = {"item_supplement", "facility_move_accept", "facility_move_decline"}


def of_one(room, prefix):
    """The names of the addresses of one row of the room."""
    return [
        pattern.name
        for pattern in room.urlpatterns
        if str(pattern.pattern).startswith(f"{prefix}/<int:pk>/") and str(pattern.pattern).count("<") == 1
    ]


@pytest.fixture
def rows(county, drafter):
    return {
        "inspectors": (inspectors, make_inspector(county, 1)),
        "items": (items, make_item(county, drafter).item),
        "facilities": (facilities, make_facility(county, 1)),
    }


def answers(client, room, prefix, row):
    """The worst that GET and POST were answered, by address."""
    found = {}
    for name in set(of_one(room, prefix)) - FOR_OTHERS:
        address = reverse(f"registries:{name}", args=[row.pk])
        found[name] = {client.get(address).status_code, client.post(address, {}).status_code} - {405}
    return found


@pytest.mark.parametrize("prefix", ["inspectors", "items", "facilities"])
def test_the_city_reads_a_countys_row_and_is_refused_every_change(signed_in, city_staff, rows, prefix):
    room, row = rows[prefix]
    found = answers(signed_in(city_staff), room, prefix, row)
    assert len(found) >= 4
    assert found == {name: {200} if name in SHOWN else {403} for name in found}
    assert not TrailEntry.objects.exists()


@pytest.mark.parametrize("prefix", ["inspectors", "items", "facilities"])
def test_a_neighbour_is_told_that_a_countys_row_is_not_there(signed_in, outsider, rows, prefix):
    room, row = rows[prefix]
    found = answers(signed_in(outsider), room, prefix, row)
    assert found == {name: {404} for name in found}


@pytest.mark.parametrize("prefix", ["inspectors", "items", "facilities"])
def test_a_county_changes_nothing_of_the_city_above(signed_in, city, city_staff, drafter, prefix):
    rows = {
        "inspectors": (inspectors, lambda: make_inspector(city, 1)),
        "items": (items, lambda: make_item(city, city_staff).item),
        "facilities": (facilities, lambda: make_facility(city, 1)),
    }
    room, make = rows[prefix]
    found = answers(signed_in(drafter), room, prefix, make())
    changes = {name: codes for name, codes in found.items() if name not in SHOWN}
    assert all(codes <= {403, 404} for codes in changes.values()), changes
    assert not TrailEntry.objects.exists()
