"""The yearly cap of a facility over all kinds of inspection, and what lifts it (C2, C7; 002§11)."""

import datetime as dt

import pytest

from inspections import frequency, pool
from inspections.models import Draw, PlanTask
from inspections.states import DrawState, VisitState
from registries.models import Facility
from tests.cast import make_user, refused
from tests.factories import NOW, make_facility, make_inspector, make_item, make_task, make_visit
from tests.factories.clues import approved_clue, decided_clue, drawing_clue, proposed_clue, registered_clue
from tests.factories.draws import end_visit
from tests.factories.joint import make_assisted_visit

pytestmark = pytest.mark.django_db

TODAY = dt.date(2026, 5, 1)
BLACKLISTED = {"blacklist_reason": "骗保受到行政处罚", "blacklisted_at": NOW}


@pytest.fixture
def county(county):
    """With a cap of one inspection a year."""
    county.frequency_cap = 1
    county.save()
    return county


@pytest.fixture
def facility(county):
    return make_facility(county, 1)


@pytest.fixture
def item(county, drafter):
    return make_item(county, drafter)


@pytest.fixture
def task(county, drafter):
    return make_task(county, drafter)


def status(task, on=TODAY):
    task = PlanTask.objects.get(pk=task.pk)
    return {row.code: row.status for row in pool.facilities(task, on=on)}


# What counts


def test_an_inspection_for_a_clue_uses_up_the_cap(county, facility, item, task):
    untouched = make_facility(county, 2)
    approved_clue(county, facility, item)
    assert status(task) == {facility.insurance_code: "frequency_cap", untouched.insurance_code: "in"}


def jointly(task):
    """A joint task is not left out for what joint plans cover: the cap alone speaks."""
    task.joint_kind = "lead"
    task.save(update_fields=["joint_kind"])


def test_an_inspection_that_another_department_set_off_uses_it_up_too(drafter, facility, task):
    jointly(task)
    make_assisted_visit(task, facility, drafter)
    assert status(task) == {facility.insurance_code: "frequency_cap"}


def test_the_year_over_the_count_begins_anew(county, facility, item, task):
    approved_clue(county, facility, item)
    assert status(task, dt.date(2027, 1, 1)) == {facility.insurance_code: "in"}


def test_below_the_cap_and_without_one_the_facility_stays(county, facility, item, task):
    approved_clue(county, facility, item)
    for cap in (2, None):
        county.frequency_cap = cap
        county.save()
        assert status(task) == {facility.insurance_code: "in"}


def test_drawn_by_a_list_and_for_a_clue_are_added_up(county, drafter, facility, item, task):
    county.frequency_cap = 3
    county.save()
    jointly(task)
    make_assisted_visit(task, facility, drafter)
    for _ in range(2):
        assert status(task) == {facility.insurance_code: "in"}
        approved_clue(county, facility, item)
    assert frequency.times(facility, county, TODAY) == 3
    assert status(task) == {facility.insurance_code: "frequency_cap"}


def test_a_cancelled_inspection_and_a_voided_draw_do_not_count(county, drafter, approver, facility, task):
    make_assisted_visit(task, facility, drafter, state=VisitState.CANCELLED)
    visit = make_visit(make_task(county, drafter), facility, [make_inspector(county, 1)], by=drafter)
    Draw.objects.filter(pk=visit.draw_id).update(state=DrawState.VOIDED, voided_at=NOW, voided_by=approver)
    assert frequency.times(facility, county, TODAY) == 0
    assert status(task) == {facility.insurance_code: "in"}


def test_a_draw_has_its_own_reason_which_is_told_first(county, drafter, facility, task):
    make_visit(make_task(county, drafter), facility, [make_inspector(county, 1)], by=drafter)
    assert frequency.times(facility, county, TODAY) == 1
    assert status(task) == {facility.insurance_code: "drawn_this_year"}


def test_the_inspections_of_a_merged_duplicate_count_for_the_one_that_stays(
    county, drafter, facility, item, task
):
    survivor = make_facility(county, 2)
    end_visit(approved_clue(county, facility, item).visits.get())
    Facility.objects.filter(pk=facility.pk).update(merged_into=survivor, merged_at=NOW, merged_by=drafter)
    assert status(task) == {survivor.insurance_code: "frequency_cap"}


def test_inspections_of_bureaus_above_and_below_do_not_count(
    county, drafter, facility, item, task, city, city_staff
):
    """A bureau below could use the cap up to shield a facility; a reason in a roster would betray those above."""
    make_user("he.lingdao", "何领导", city, "supervisor")
    city.frequency_cap = 1
    city.save()
    approved_clue(city, facility)
    assert status(task) == {facility.insurance_code: "in"}
    approved_clue(county, make_facility(county, 2), item)
    assert status(make_task(city, city_staff))[Facility.objects.get(name="第2诊所").insurance_code] == "in"


def test_each_tasks_own_bureau_sets_the_cap(county, facility, item, city, city_staff):
    make_user("he.lingdao", "何领导", city, "supervisor")
    approved_clue(city, facility)
    assert status(make_task(city, city_staff)) == {facility.insurance_code: "in"}


# What lifts it


def test_a_blacklisted_facility_has_no_cap(county, drafter, item, task):
    facility = make_facility(county, 1, blacklisted_by=drafter, **BLACKLISTED)
    for _ in range(2):
        approved_clue(county, facility, item)
    assert status(task) == {facility.insurance_code: "in"}


def test_a_recorded_legal_ground_lifts_the_cap_for_that_task_alone(county, drafter, facility, item, task):
    approved_clue(county, facility, item)
    grounded = make_task(county, drafter, cap_ground="《医疗保障基金使用监督管理条例》第二十五条")
    assert status(grounded) == {facility.insurance_code: "in"}
    assert status(task) == {facility.insurance_code: "frequency_cap"}


@pytest.mark.parametrize("ground", ["", "《医疗保障基金使用监督管理条例》第二十六条"])
def test_a_clue_goes_beyond_the_cap_only_with_a_legal_ground(county, facility, item, ground):
    approved_clue(county, facility, item)
    clue = registered_clue(county, facility)
    if ground:
        proposed_clue(clue, item, cap_ground=ground)
        assert decided_clue(clue).visits.count() == 1
    else:
        said = refused(proposed_clue, clue, item)
        assert "已安排检查1次，达到本局每家机构每年1次的上限" in said
        assert "请写明法定依据" in said


def test_of_two_clues_proposed_together_only_one_is_the_last_below_the_cap(county, facility, item):
    first, second = registered_clue(county, facility), registered_clue(county, facility)
    for clue in (first, second):
        proposed_clue(clue, item)
    decided_clue(first)
    assert "上限" in refused(decided_clue, second)


def test_a_draw_set_off_by_a_clue_has_the_cap_as_well_and_takes_over_its_ground(county, facility, item):
    approved_clue(county, facility, item)
    clue = drawing_clue(county, facility, item, cap_ground="《医疗保障基金使用监督管理条例》第二十六条")
    assert clue.task.cap_ground == "《医疗保障基金使用监督管理条例》第二十六条"
    assert status(clue.task) == {facility.insurance_code: "in"}
    PlanTask.objects.update(cap_ground="")
    assert status(clue.task) == {facility.insurance_code: "frequency_cap"}


# Cost


def test_the_cap_costs_the_same_for_one_inspected_facility_and_for_three(
    county, item, task, django_assert_max_num_queries, django_assert_num_queries
):
    approved_clue(county, make_facility(county, 1), item)
    with django_assert_max_num_queries(12) as captured:
        status(task)
    for n in (2, 3):
        approved_clue(county, make_facility(county, n), item)
    with django_assert_num_queries(len(captured)):
        assert set(status(task).values()) == {"frequency_cap"}
