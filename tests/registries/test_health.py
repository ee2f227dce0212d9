"""名录质量: each condition counts whom its list shows, and the count is one query."""

import datetime as dt

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from inspections.models import InspectionReport, ResultCode
from inspections.states import VisitState
from registries import health, merging, moves
from registries.models import Facility
from tests.factories import NOW, make_facility, make_task, make_visit

pytestmark = pytest.mark.django_db

TODAY = dt.date(2026, 4, 1)
DAY = dt.timedelta(days=1)


def found(condition, bureau, today=TODAY):
    return set(Facility.objects.filter(health.rows_with(condition, bureau, today=today)))


def test_an_agreement_has_expired_the_day_after_its_last(county):
    expired = make_facility(county, 1, agreement_to=TODAY - DAY)
    last_day = make_facility(county, 2, agreement_to=TODAY)
    make_facility(county, 3, agreement_to=TODAY - DAY, agreement_status="ended")
    assert found("expired", county) == {expired}
    assert found("ending", county) == {last_day}


def test_agreements_that_end_within_60_days_are_named(county):
    soon = make_facility(county, 1, agreement_to=TODAY + 60 * DAY)
    make_facility(county, 2, agreement_to=TODAY + 61 * DAY)
    assert found("ending", county) == {soon}


def test_a_public_hospital_misses_no_grade(county):
    missing = make_facility(county, 1, grade="NONE")
    make_facility(county, 2, grade="NONE", ownership="public")
    assert found("ungraded", county) == {missing}


def test_missing_addresses_and_phones_are_named(county):
    nowhere, silent = make_facility(county, 1, address=""), make_facility(county, 2, phone="")
    assert (found("no_address", county), found("no_phone", county)) == ({nowhere}, {silent})


def test_a_blacklist_that_ends_soon_is_named(county, drafter):
    listed = {"blacklist_reason": "骗保", "blacklisted_at": NOW, "blacklisted_by": drafter}
    soon = make_facility(county, 1, blacklisted_until=TODAY, **listed)
    make_facility(county, 2, blacklisted_until=TODAY - DAY, **listed)
    make_facility(county, 3, **listed)
    assert found("leaving_blacklist", county) == {soon}


def test_who_is_on_the_move_is_named(county, neighbour, drafter):
    leaving = make_facility(county, 1)
    moves.propose(leaving, neighbour, reason="地址变更", by=drafter)
    assert found("moving", county) == {leaving}


def visited(bureau, by, facility, n, result, *, ended_on, state=VisitState.PUBLISHED):
    """An ended visit of that facility with a report of one result."""
    task = bureau.plans.first().tasks.first() if bureau.plans.exists() else make_task(bureau, by)
    visit = make_visit(task, facility, [], by=by, position=n, state=state, ended_on=ended_on)
    InspectionReport.objects.create(visit=visit, written_by=by).results.add(ResultCode.objects.get(pk=result))


def test_who_could_not_be_reached_at_the_last_visit_is_named(county, drafter):
    gone, there = make_facility(county, 1), make_facility(county, 2)
    visited(county, drafter, gone, 1, "unreachable", ended_on=TODAY)
    visited(county, drafter, there, 2, "nothing_found", ended_on=TODAY)
    assert found("unreachable", county) == {gone}


def test_a_later_visit_that_reached_them_counts_instead(county, city, drafter, city_staff):
    back = make_facility(county, 1)
    visited(county, drafter, back, 1, "unreachable", ended_on=TODAY - DAY)
    visited(city, city_staff, back, 1, "nothing_found", ended_on=TODAY)
    assert found("unreachable", county) == set()


def test_the_visits_of_a_merged_duplicate_count_for_the_facility_that_stands_for_both(county, drafter):
    moved, found_again, both = (make_facility(county, n) for n in (1, 2, 3))
    twins = [make_facility(county, n) for n in (4, 5, 6)]
    visited(county, drafter, twins[0], 1, "unreachable", ended_on=TODAY)
    visited(county, drafter, moved, 2, "nothing_found", ended_on=TODAY - DAY)
    visited(county, drafter, found_again, 3, "unreachable", ended_on=TODAY - DAY)
    visited(county, drafter, twins[1], 4, "nothing_found", ended_on=TODAY)
    visited(county, drafter, both, 5, "unreachable", ended_on=TODAY)
    visited(county, drafter, twins[2], 6, "unreachable", ended_on=TODAY)
    for twin, survivor in zip(twins, (moved, found_again, both), strict=True):
        merging.merge(twin, survivor, reason="同一家", by=drafter, now=NOW)
    assert found("unreachable", county) == {moved, both}


def test_a_report_that_nobody_approved_and_a_superiors_unpublished_visit_tell_nothing(
    county, city, drafter, city_staff
):
    one, other = make_facility(county, 1), make_facility(county, 2)
    visited(county, drafter, one, 1, "unreachable", ended_on=TODAY, state=VisitState.TO_APPROVE)
    visited(city, city_staff, other, 1, "unreachable", ended_on=TODAY, state=VisitState.TO_PUBLISH)
    assert found("unreachable", county) == set()
    assert found("unreachable", city) == {other}


def test_who_was_merged_or_has_gone_needs_no_care(county, drafter):
    survivor = make_facility(county, 1)
    make_facility(county, 2, phone="", merged_into=survivor, merged_at=NOW, merged_by=drafter)
    make_facility(county, 3, phone="", agreement_status="deregistered")
    assert found("no_phone", county) == set()


@pytest.mark.parametrize("condition", health.CONDITIONS)
def test_each_figure_opens_the_list_of_whom_it_counts(condition, county, neighbour, drafter, signed_in):
    pair = {"name": "光明路诊所", "agreement_to": TODAY}
    for n in (1, 2):
        make_facility(county, n, **pair)
    make_facility(county, 3, phone="", address="", grade="NONE", agreement_to=dt.date(2020, 1, 1))
    moves.propose(make_facility(county, 4), neighbour, reason="地址变更", by=drafter)
    staff = signed_in(drafter)
    figures = {
        one.label: (count, url)
        for one, count, url in staff.get(reverse("registries:facility_health")).context["found"]
    }
    count, url = figures[health.CONDITIONS[condition].label]
    assert len(staff.get(url).context["page"].object_list) == count


def test_all_figures_are_three_queries_however_many_facilities_there_are(county):
    for n in (1, 2, 3):
        make_facility(county, n)
    with CaptureQueriesContext(connection) as captured:
        counts = health.counts(county, today=TODAY)
    assert len(captured) == 3
    assert counts["total"] == 3
    assert counts.keys() == {"total", *health.CONDITIONS}


@pytest.mark.skipif("connection.vendor != 'postgresql'")
@pytest.mark.parametrize("condition", [key for key, one in health.CONDITIONS.items() if one.apart])
def test_no_condition_is_looked_up_again_for_every_facility(county, condition):
    plan = Facility.objects.filter(health.rows_with(condition, county, today=TODAY)).explain()
    assert "Join" in plan
    assert "SubPlan" not in plan


def test_a_bureau_counts_those_below_it_and_not_its_neighbours(county, neighbour, city):
    make_facility(county, 1, phone="")
    make_facility(neighbour, 2, phone="")
    assert [health.counts(one, today=TODAY)["no_phone"] for one in (city, county)] == [2, 1]


def test_the_receiving_bureau_finds_whom_it_may_take_over(county, neighbour, drafter, outsider, signed_in):
    facility = make_facility(county, 1)
    moves.propose(facility, neighbour, reason="地址变更", by=drafter)
    page = signed_in(outsider).get(reverse("registries:facility_health"))
    assert list(page.context["arriving"]) == [facility]
