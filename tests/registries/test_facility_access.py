"""A city sees its counties' registries and cannot change them; a stranger's facility does not exist (A7)."""

import pytest
from django.urls import reverse

from registries.models import Facility, FacilityTag, TrailEntry
from registries.urls.facilities import urlpatterns
from tests.factories import make_facility

pytestmark = pytest.mark.django_db

# Read by whoever has it in sight.
READ = {"facility"}
POST_ONLY = {("facility_move_accept", "get")}


def facility_addresses():
    """Every address of one facility, found by itself."""
    for one in urlpatterns:
        route = str(one.pattern)
        if route.startswith("facilities/<int:pk>/"):
            yield one.name, route.count("<int:")


def addresses():
    return [pytest.param(name, count, id=name) for name, count in sorted(facility_addresses())]


@pytest.fixture
def rows(county):
    return [make_facility(county, n) for n in (1, 2)]


@pytest.fixture(params=["get", "post"])
def method(request):
    return request.param


def test_the_addresses_are_found():
    assert {"facility", "facility_amend", "facility_move_accept", "facility_merge"} <= {
        name for name, _ in facility_addresses()
    }


@pytest.mark.parametrize(("name", "count"), addresses())
def test_the_city_reads_and_changes_nothing(name, count, rows, city_staff, signed_in, method):
    address = reverse(f"registries:{name}", args=[row.pk for row in rows[:count]])
    expected = 200 if name in READ else 405 if (name, method) in POST_ONLY else 403
    assert getattr(signed_in(city_staff), method)(address).status_code == expected
    assert not TrailEntry.objects.exists()
    assert list(Facility.objects.order_by("pk").values_list("revision", flat=True)) == [1, 1]


@pytest.mark.parametrize(("name", "count"), addresses())
def test_outside_ones_sight_a_facility_does_not_exist(name, count, rows, outsider, signed_in, method):
    address = reverse(f"registries:{name}", args=[row.pk for row in rows[:count]])
    expected = 405 if (name, method) in POST_ONLY else 404
    assert getattr(signed_in(outsider), method)(address).status_code == expected


@pytest.mark.parametrize("name", ["facility_tag_rename", "facility_tag_merge", "facility_tag_delete"])
def test_a_tag_is_the_business_of_its_own_bureau(name, county, city_staff, outsider, signed_in):
    tag = FacilityTag.objects.create(bureau=county, name="透析")
    address = reverse(f"registries:{name}", args=[tag.pk])
    assert signed_in(city_staff).post(address, {}).status_code == 403
    assert signed_in(outsider).post(address, {}).status_code == 404
