"""Tags change while facilities are merged or tagged: nobody is refused for the order in which rows were locked."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection, transaction

from registries import facilities, merging, tags
from registries.errors import DomainError
from registries.models import Facility, FacilityTag
from tests.factories import make_facility
from tests.together import together

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.services]

# pg_stat_activity would show the same picture all through a transaction.
WAITING_FOR_ME = """
SELECT count(*) FROM pg_locks WHERE NOT granted AND pg_backend_pid() = ANY(pg_blocking_pids(pid))
"""

sees_who_waits = pytest.mark.skipif(
    "connection.vendor != 'postgresql'", reason="only PostgreSQL tells who waits for whom"
)


def apart(call):
    """In another thread; a DomainError is an answer."""
    try:
        return call()
    except DomainError as error:
        return error
    finally:
        connection.close()


def until_somebody_waits_for_me():
    patience = threading.Event()
    for _ in range(3000):
        with connection.cursor() as cursor:
            cursor.execute(WAITING_FOR_ME)
            if cursor.fetchone()[0]:
                return
        patience.wait(0.01)
    raise AssertionError("nobody waits for me")


@pytest.fixture
def tag(county):
    return FacilityTag.objects.create(bureau=county, name="透析")


@pytest.fixture
def other(county):
    return FacilityTag.objects.create(bureau=county, name="血透")


@sees_who_waits
def test_a_tag_is_merged_when_the_merger_of_one_of_its_bearers_is_done(
    county, tag, other, drafter, colleague
):
    survivor, duplicate = (make_facility(county, n) for n in (1, 2))
    duplicate.tags.add(tag)
    with ThreadPoolExecutor(1) as pool:
        with transaction.atomic():
            merging.merge(duplicate, survivor, reason="重复登记", by=drafter)
            answer = pool.submit(apart, lambda: tags.merge(tag, other, by=colleague))
            until_somebody_waits_for_me()
        assert answer.result(60) == 1
    assert [one.name for one in survivor.tags.all()] == ["血透"]


@sees_who_waits
def test_a_tag_that_is_being_given_to_somebody_is_not_merged_away_from_under_it(
    county, tag, other, drafter, colleague
):
    facility = make_facility(county, 1)
    with ThreadPoolExecutor(1) as pool:
        with transaction.atomic():
            facilities.amend(facility, {"tags": ["透析"]}, revision=1, by=drafter)
            answer = pool.submit(apart, lambda: tags.merge(tag, other, by=colleague))
            until_somebody_waits_for_me()
        assert "请重新并入" in str(answer.result(60))
    assert [one.name for one in facility.tags.all()] == ["透析"]


@sees_who_waits
def test_who_is_given_a_tag_that_is_just_being_merged_bears_it_anew(county, tag, other, drafter, colleague):
    facility = make_facility(county, 1)
    with ThreadPoolExecutor(1) as pool:
        with transaction.atomic():
            tags.merge(tag, other, by=drafter)
            amend = lambda: facilities.amend(facility, {"tags": ["透析"]}, revision=1, by=colleague)  # noqa: E731
            answer = pool.submit(apart, amend)
            until_somebody_waits_for_me()
        assert answer.result(60) == facility
    assert [one.name for one in facility.tags.all()] == ["透析"]


def test_many_tagged_and_merged_at_the_same_moment_end_as_if_one_after_the_other(
    county, tag, other, drafter, colleague
):
    keys = [make_facility(county, n).pk for n in range(1, 31)]
    together(
        lambda: tags.tag_all(Facility.objects.all(), "透析", expected=30, by=drafter),
        lambda: tags.tag_all(Facility.objects.all(), "血透", expected=30, by=colleague),
        lambda: tags.merge(tag, other, by=drafter),
    )
    given = Facility.objects.filter(tags=other).values_list("pk", flat=True)
    assert sorted(given) == sorted(keys)
