"""Deadlines follow the holiday notices and are computed at each look (F1)."""

import datetime as dt

import pytest

from inspections.states import VisitState
from publication.deadlines import DeadlineKind, Stage, due_on, look, open_kinds, stage_at, stages_reached
from registries import calendar
from registries.models import Bureau
from registries.workdays import Register

REPORT, PUBLICATION = DeadlineKind.REPORT, DeadlineKind.PUBLICATION
BUREAU = Bureau(name="卫东区医疗保障局")
FIVE_ON_WEEKDAYS = Register(years=frozenset({2026, 2027}))


def day(text):
    return dt.date.fromisoformat(text)


@pytest.mark.django_db
def test_the_spring_festival_and_its_makeup_days_move_both_dates():
    """2026: off from 15 to 23 February, made up on Saturdays 14 and 28 February."""
    register = calendar.register()
    assert due_on(REPORT, day("2026-02-10"), register, bureau=BUREAU).date == day("2026-02-24")
    assert due_on(PUBLICATION, day("2026-02-10"), register, bureau=BUREAU).date == day("2026-03-16")


@pytest.mark.django_db
def test_a_date_beyond_the_last_notice_is_provisional_until_that_notice_is_entered(drafter):
    before = look(
        PUBLICATION, day("2026-12-15"), day("2026-12-15"), calendar.register(), bureau=drafter.bureau
    )
    assert (before.date, before.provisional) == (day("2027-01-12"), True)
    assert before.explanation.endswith("2027年的通知尚未登记，日期暂定。")

    calendar.enter_notice(
        2027,
        "国办发明电〔2026〕99号",
        off_days=[day("2027-01-01"), day("2027-01-02"), day("2027-01-03")],
        makeup_days=[],
        by=drafter,
    )

    after = look(
        PUBLICATION, day("2026-12-15"), day("2026-12-15"), calendar.register(), bureau=drafter.bureau
    )
    assert (after.date, after.provisional) == (day("2027-01-13"), False)
    assert after.explanation == (
        "检查2026-12-15结束，次日起第20个工作日为结果公示的期限，按国务院办公厅放假通知计算，"
        "期间放假占用1个平日、调休上班0天。"
    )


def test_a_bureaus_own_terms_are_used():
    bureau = Bureau(report_workdays=3, publication_workdays=7)
    assert due_on(REPORT, day("2026-03-02"), FIVE_ON_WEEKDAYS, bureau=bureau).date == day("2026-03-05")
    assert due_on(PUBLICATION, day("2026-03-02"), FIVE_ON_WEEKDAYS, bureau=bureau).date == day("2026-03-11")


@pytest.mark.parametrize(
    ("today", "reached"),
    [
        ("2026-03-11", []),
        ("2026-03-12", [Stage.AHEAD]),
        ("2026-03-15", [Stage.AHEAD]),
        ("2026-03-16", [Stage.AHEAD, Stage.DUE]),
        ("2026-03-17", [Stage.AHEAD, Stage.DUE, Stage.OVERDUE]),
        ("2026-03-20", [Stage.AHEAD, Stage.DUE, Stage.OVERDUE]),
        ("2026-03-22", [Stage.AHEAD, Stage.DUE, Stage.OVERDUE]),
        ("2026-03-23", list(Stage)),
    ],
)
def test_stages_begin_two_before_on_one_after_and_five_after_in_working_days(today, reached):
    """Due on Monday 16 March 2026."""
    assert stages_reached(day("2026-03-16"), day(today), FIVE_ON_WEEKDAYS) == reached
    assert stage_at(day("2026-03-16"), day(today), FIVE_ON_WEEKDAYS) == (reached[-1] if reached else None)


def test_a_weekend_after_the_day_is_not_yet_overdue_in_working_days():
    friday, sunday = day("2026-03-13"), day("2026-03-15")
    assert stage_at(friday, sunday, FIVE_ON_WEEKDAYS) == Stage.DUE


def test_handing_in_the_report_stops_its_clock_and_returning_it_starts_it_again():
    assert open_kinds(VisitState.TO_REPORT) == [REPORT, PUBLICATION]
    assert open_kinds(VisitState.TO_APPROVE) == [PUBLICATION]
    assert open_kinds(VisitState.RETURNED) == [REPORT, PUBLICATION]
    assert open_kinds(VisitState.TO_PUBLISH) == [PUBLICATION]


@pytest.mark.parametrize(
    "state",
    [
        VisitState.ASSIGNED,
        VisitState.ON_SITE,
        VisitState.PUBLISHED,
        VisitState.ARCHIVED,
        VisitState.CANCELLED,
    ],
)
def test_before_the_end_and_after_publication_no_clock_runs(state):
    assert open_kinds(state) == []
