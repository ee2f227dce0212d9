"""The workday register in the database: a year's notice is entered once, and provisional dates become final."""

import datetime as dt

import pytest
from django.core.exceptions import PermissionDenied
from django.core.management import CommandError, call_command

from registries import trail
from registries.calendar import enter_notice, register
from registries.errors import DomainError
from registries.models import HolidayDay, HolidayNotice
from registries.workdays import add_workdays

pytestmark = pytest.mark.django_db

NEW_YEAR = [dt.date(2027, 1, 1), dt.date(2027, 1, 2), dt.date(2027, 1, 3)]
# A Thursday far from the years whose notices are out.
LATE = dt.date(2027, 3, 4)


def enter(by, **changed):
    given = {"off_days": NEW_YEAR, "makeup_days": [dt.date(2027, 2, 20)]} | changed
    return enter_notice(2027, "国办发明电〔2026〕9号", by=by, **given)


def test_the_register_knows_the_years_whose_notice_is_out():
    assert {2018, 2026} <= register().years
    assert 2027 not in register().years


def test_a_provisional_date_is_final_once_the_notice_is_entered(drafter):
    assert add_workdays(LATE, 5, register()).provisional
    enter(drafter)
    assert add_workdays(LATE, 5, register()) == add_workdays(LATE, 5, register())
    assert not add_workdays(LATE, 5, register()).provisional


def test_the_notice_moves_the_date(drafter):
    start = dt.date(2026, 12, 31)
    before = add_workdays(start, 1, register())
    enter(drafter)
    assert (before.date, add_workdays(start, 1, register()).date) == (NEW_YEAR[0], dt.date(2027, 1, 4))


def test_an_entered_notice_keeps_its_days_with_names_and_is_on_the_trail(drafter):
    notice = enter(drafter, names=dict.fromkeys(NEW_YEAR, "元旦"))
    assert list(notice.days.values_list("date", "is_workday", "name")) == [
        *((day, False, "元旦") for day in NEW_YEAR),
        (dt.date(2027, 2, 20), True, ""),
    ]
    entry = trail.about(notice).get()
    assert (entry.event, entry.actor) == ("登记节假日通知", drafter)


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"makeup_days": [NEW_YEAR[1]]}, "makeup_days"),
        ({"off_days": [dt.date(2028, 1, 1)]}, "off_days"),
        ({"makeup_days": [dt.date(2027, 2, 22)]}, "makeup_days"),
    ],
)
def test_days_that_make_no_sense_are_refused(drafter, changed, field):
    with pytest.raises(DomainError) as refusal:
        enter(drafter, **changed)
    assert refusal.value.field == field
    assert not HolidayNotice.objects.filter(year=2027).exists()


def test_a_year_is_entered_once(drafter):
    enter(drafter)
    days = HolidayDay.objects.count()
    with pytest.raises(DomainError, match="不能重复登记"):
        enter(drafter)
    assert HolidayDay.objects.count() == days


def test_only_staff_enters_a_notice(approver, auditor):
    for somebody in (approver, auditor):
        with pytest.raises(PermissionDenied):
            enter(somebody)


@pytest.mark.parametrize(
    ("start", "n", "printed"),
    [
        ("2026-02-10", 20, "2026-03-16\n"),
        ("2026-02-10", 0, "2026-02-10\n"),
        ("2026-12-10", 20, "2027-01-07 provisional\n"),
    ],
)
def test_the_command_prints_the_date_and_whether_it_is_provisional(capsys, start, n, printed):
    call_command("workdays", start, str(n))
    assert capsys.readouterr().out == printed


@pytest.mark.parametrize(
    ("start", "n", "said"),
    [
        ("2026-02-30", 20, "“2026-02-30”不是有效的日期。用法：manage.py workdays 2026-02-10 20"),
        ("2026-02-10", "abc", "“abc”不是工作日天数，应为 0 或正整数。用法：manage.py workdays 2026-02-10 20"),
        ("2026-02-10", 20_000, "工作日天数应在 0 到 10000 之间，当前为 20000，请核对期限设置。"),
    ],
)
def test_the_command_says_in_words_what_it_cannot_count(start, n, said):
    with pytest.raises(CommandError) as refusal:
        call_command("workdays", start, str(n))
    assert str(refusal.value) == said
