"""What a list of new grades does to the draws that are still to come, told before it is confirmed (A6, B5)."""

import datetime as dt

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from inspections.forecast import forecast
from inspections.models import Draw
from inspections.pool import facilities
from inspections.regrade_effects import regrade_effects
from inspections.states import DrawState, PlanState
from tests.factories import NOW, make_facility, make_task

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _in_april(time_machine):
    time_machine.move_to(NOW, tick=False)


@pytest.fixture
def clinics(county):
    return [make_facility(county, n, grade="A") for n in range(1, 41)]


def to(grade, facilities):
    return {facility.pk: grade for facility in facilities}


def figures(task):
    return {row.grade: tuple(row)[1:] for row in task.grades if any(tuple(row)[1:])}


def draw(task, round=1, state=DrawState.SEALED, by=None):
    held = {"seed": "1" * 64, "held_at": NOW, "held_by": by} if state == DrawState.HELD else {}
    sequence = Draw.objects.count() + 1
    return Draw.objects.create(
        bureau=task.bureau, task=task, round=round, year=2026, sequence=sequence, state=state,
        number=f"卫医保抽〔2026〕{sequence}号", seal="{}", seal_digest=f"{sequence:064}", secret="0" * 64,
        sealed_at=NOW, sealed_by=by, **held,
    )  # fmt: skip


def test_each_task_shows_scope_and_draw_by_grade_before_and_after(county, drafter, clinics):
    make_task(county, drafter)
    effects = regrade_effects(county, to("D", clinics[:20]))
    (task,) = effects.tasks
    assert (task.task, task.round, effects.notes) == ("定点医药机构监督检查", 1, ())
    assert figures(task) == {"A": (40, 20, 2, 1), "D": (0, 20, 0, 4)}
    assert (task.drawn_before, task.drawn_after) == (2, 5)


def test_the_figures_are_those_of_the_forecast_once_the_grades_have_changed(county, drafter, clinics):
    task = make_task(county, drafter, ratio_c_bp=3000)
    clinics[0].agreement_status = "suspended"
    clinics[0].save()
    (effect,) = regrade_effects(county, to("C", clinics[:7])).tasks
    county.facilities.filter(pk__in=[one.pk for one in clinics[:7]]).update(grade="C")
    found = forecast(task, on=NOW.date())
    assert effect.drawn_after == found.visits
    assert [(row.grade, row.scope_after, row.drawn_after) for row in effect.grades] == [
        (row.grade, row.base, row.quota) for row in found.arithmetic.lines
    ]


def test_the_floor_counts_in_the_totals(county, drafter, clinics):
    make_task(county, drafter, ratio_a_bp=0, ratio_b_bp=1000)
    (task,) = regrade_effects(county, to("B", clinics[:30])).tasks
    assert (task.drawn_before, task.drawn_after) == (2, 3)


def test_only_tasks_that_are_still_to_be_drawn_are_shown(county, drafter, clinics):
    done = make_task(county, drafter, name="已抽完", rounds=1)
    draw(done, state=DrawState.HELD, by=drafter)
    make_task(county, drafter, name="已过期", starts_on=dt.date(2026, 1, 1), ends_on=dt.date(2026, 3, 31))
    make_task(county, drafter, name="由别人抽", joint_kind="assist", partners=["卫健委"])
    half = make_task(county, drafter, name="还有一轮", rounds=2)
    draw(half, state=DrawState.HELD, by=drafter)
    effects = regrade_effects(county, to("D", clinics[:1]))
    assert [(task.task, task.round) for task in effects.tasks] == [("还有一轮", 2)]


def test_a_sealed_draw_is_named_as_untouched(county, drafter, clinics):
    task = make_task(county, drafter, rounds=1)
    draw(task, by=drafter)
    effects = regrade_effects(county, to("D", clinics[:1]))
    assert effects.tasks == ()
    assert effects.notes == (
        "卫医保抽〔2026〕1号（定点医药机构监督检查，第 1 轮）已封存、尚未抽取，"
        "名单和等级以封存时为准，不受这次变更影响。",
    )


@pytest.mark.parametrize("state", [PlanState.DRAFT, PlanState.SUBMITTED, PlanState.RETURNED])
def test_a_plan_that_is_not_approved_does_not_count(county, drafter, clinics, state):
    make_task(county, drafter, state=state)
    assert regrade_effects(county, to("D", clinics)).tasks == ()


def test_last_years_plan_does_not_count(county, drafter, clinics):
    make_task(county, drafter, year=2025)
    assert regrade_effects(county, to("D", clinics)).tasks == ()


def test_the_citys_published_plan_counts_too_and_is_named(city, county, city_staff, clinics):
    make_task(city, city_staff, name="全市抽查")
    (task,) = regrade_effects(county, to("D", clinics[:20])).tasks
    assert task.task == "平顶山市医疗保障局：全市抽查"
    assert (task.drawn_before, task.drawn_after) == (2, 5)


def test_the_citys_approved_plan_is_not_told_before_it_is_published(city, county, city_staff, clinics):
    make_task(city, city_staff, state=PlanState.APPROVED)
    assert regrade_effects(county, to("D", clinics)).tasks == ()
    assert len(regrade_effects(city, to("D", clinics)).tasks) == 1


def test_more_facilities_do_not_take_more_queries(county, drafter, clinics):
    task = make_task(county, drafter)

    def queries(number):
        with CaptureQueriesContext(connection) as captured:
            regrade_effects(county, to("D", clinics[:number]))
        return len(captured)

    assert queries(1) == queries(40)
    assert len(facilities(task, on=NOW.date())) == 40
