import datetime as dt
import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import registries
from registries.workdays import (
    Deadline,
    Register,
    add_workdays,
    is_workday,
    parse_notices,
    workdays_between,
)

DATA = json.loads((Path(registries.__file__).parent / "data" / "holidays.json").read_text(encoding="utf-8"))
NOTICES = parse_notices(DATA)
REGISTER = Register.of(NOTICES)
EMPTY = Register()

derandomized = settings(derandomize=True, deadline=None, max_examples=60)
days = st.dates(dt.date(2017, 6, 1), dt.date(2028, 6, 1))
counts = st.integers(0, 120)


def day(text):
    return dt.date.fromisoformat(text)


def without(*years):
    return Register.of(notice for notice in NOTICES if notice.year not in years)


def one_notice(**changes):
    entry = {
        "year": 2027,
        "document": "",
        "off_days": [{"date": "2027-01-01", "holiday": "元旦"}],
        "makeup_days": [],
    }
    return {"notices": [entry | changes]}


# --- the data -----------------------------------------------------------------------------------------------


def test_every_year_from_2018_to_2026_has_a_notice_with_its_document_number():
    assert [notice.year for notice in NOTICES] == list(range(2018, 2027))
    assert [notice.document for notice in NOTICES] == [
        "国办发明电〔2017〕12号",
        "国办发明电〔2018〕15号",
        "国办发明电〔2019〕16号",
        "国办发明电〔2020〕27号",
        "国办发明电〔2021〕11号",
        "国办发明电〔2022〕16号",
        "国办发明电〔2023〕7号",
        "国办发明电〔2024〕12号",
        "国办发明电〔2025〕7号",
    ]


def test_two_years_were_amended_by_a_second_notice():
    assert {notice.year: notice.amendment for notice in NOTICES if notice.amendment} == {
        2019: "国办发明电〔2019〕3号",
        2020: "国办发明电〔2020〕1号",
    }


@pytest.mark.parametrize(
    ("year", "workdays"),
    # Weekdays of the year, less those off, plus the weekend days made up.
    [
        (2018, 250),
        (2019, 250),
        (2020, 249),
        (2021, 250),
        (2022, 249),
        (2023, 249),
        (2024, 251),
        (2025, 248),
        (2026, 248),
    ],
)
def test_a_year_has_its_number_of_working_days(year, workdays):
    assert workdays_between(dt.date(year - 1, 12, 31), dt.date(year, 12, 31), REGISTER) == workdays


def test_the_2026_notice_day_by_day():
    notice = NOTICES[-1]
    assert sorted(notice.makeup_days) == [
        day(text)
        for text in ("2026-01-04", "2026-02-14", "2026-02-28", "2026-05-09", "2026-09-20", "2026-10-10")
    ]
    assert sorted(off for off in notice.off_days if off.month == 2) == [
        dt.date(2026, 2, number) for number in range(15, 24)
    ]


# --- single days --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "worked"),
    [
        ("2026-11-23", True),  # an ordinary Monday
        ("2026-11-22", False),  # an ordinary Sunday
        ("2026-10-07", False),  # a Wednesday off
        ("2026-10-10", True),  # a Saturday made up
        ("2020-01-31", False),  # the Spring Festival of 2020 was extended …
        ("2020-02-01", False),  # … so that its make-up Saturday was not worked
        ("2020-02-03", True),
    ],
)
def test_a_day_is_worked_as_the_notice_says(text, worked):
    assert is_workday(day(text), REGISTER) is worked


def test_a_notice_reaches_back_into_december_of_the_year_before():
    with_2019, without_2019 = REGISTER, without(2019)
    assert is_workday(day("2018-12-29"), with_2019)
    assert not is_workday(day("2018-12-31"), with_2019)
    assert not is_workday(day("2018-12-29"), without_2019)
    assert is_workday(day("2018-12-31"), without_2019)


def test_a_datetime_is_refused_because_it_never_equals_a_day_of_the_register():
    with pytest.raises(TypeError):
        is_workday(dt.datetime(2026, 10, 7), REGISTER)


# --- counting -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("start", "n", "due"),
    [
        ("2026-11-20", 1, "2026-11-23"),  # Friday to Monday
        ("2026-09-30", 1, "2026-10-08"),  # over the National Day
        ("2026-09-30", 3, "2026-10-10"),  # ending on a make-up Saturday
        ("2026-02-13", 5, "2026-02-27"),  # 14 February is made up, 15 to 23 off
        ("2026-03-02", 20, "2026-03-30"),
        ("2026-11-22", 5, "2026-11-27"),  # starting on a Sunday
    ],
)
def test_the_start_is_not_counted_and_the_deadline_is_a_working_day(start, n, due):
    assert add_workdays(day(start), n, REGISTER) == Deadline(day(due), provisional=False)


def test_no_working_days_means_the_start_itself_even_on_a_sunday_of_an_unknown_year():
    assert add_workdays(day("2031-06-01"), 0, EMPTY) == Deadline(day("2031-06-01"), provisional=False)


def test_without_a_notice_monday_to_friday_is_assumed_and_the_date_is_provisional():
    assert add_workdays(day("2027-09-30"), 1, REGISTER) == Deadline(day("2027-10-01"), provisional=True)


def test_a_deadline_beyond_the_last_notice_is_provisional():
    assert add_workdays(day("2026-12-18"), 20, REGISTER) == Deadline(day("2027-01-15"), provisional=True)


def test_the_notice_of_the_next_year_moves_a_deadline_at_the_end_of_december():
    assert add_workdays(day("2018-12-27"), 2, without(2019)) == Deadline(day("2018-12-31"), provisional=False)
    assert add_workdays(day("2018-12-27"), 2, REGISTER) == Deadline(day("2018-12-29"), provisional=False)


def test_a_deadline_within_a_year_whose_notice_is_out_is_certain():
    assert add_workdays(day("2026-12-17"), 10, REGISTER) == Deadline(day("2026-12-31"), provisional=False)
    assert add_workdays(day("2026-12-17"), 11, REGISTER) == Deadline(day("2027-01-01"), provisional=True)


def test_only_counted_days_make_a_deadline_provisional():
    assert add_workdays(day("2017-12-31"), 1, REGISTER) == Deadline(day("2018-01-02"), provisional=False)
    assert add_workdays(day("2017-12-28"), 1, REGISTER) == Deadline(day("2017-12-29"), provisional=True)


@pytest.mark.parametrize("n", [-1, 10_001])
def test_an_absurd_number_of_working_days_is_refused(n):
    with pytest.raises(ValueError, match="工作日天数"):
        add_workdays(day("2026-03-02"), n, REGISTER)


def test_the_greatest_number_of_working_days_is_still_counted():
    assert add_workdays(day("2027-01-01"), 10_000, EMPTY).date == day("2027-01-01") + dt.timedelta(weeks=2000)


def test_dates_absurdly_far_apart_are_refused():
    with pytest.raises(ValueError, match="请核对日期"):
        workdays_between(dt.date(1926, 1, 1), dt.date(2026, 1, 1), REGISTER)


@pytest.mark.parametrize(
    ("start", "end", "between"),
    [
        ("2026-09-30", "2026-09-30", 0),
        ("2026-09-30", "2026-10-07", 0),
        ("2026-09-30", "2026-10-08", 1),
        ("2026-10-08", "2026-09-30", -1),
        ("2026-10-09", "2026-10-10", 1),
    ],
)
def test_working_days_between_count_the_end_and_not_the_start(start, end, between):
    assert workdays_between(day(start), day(end), REGISTER) == between


@derandomized
@given(start=days, n=counts)
def test_counting_back_from_a_deadline_gives_the_term(start, n):
    assert workdays_between(start, add_workdays(start, n, REGISTER).date, REGISTER) == n


@derandomized
@given(start=days, first=counts, second=counts)
def test_two_terms_one_after_the_other_make_one(start, first, second):
    halfway = add_workdays(start, first, REGISTER)
    end = add_workdays(halfway.date, second, REGISTER)
    assert end.date == add_workdays(start, first + second, REGISTER).date


@derandomized
@given(start=days, end=days)
def test_working_days_between_change_sign_with_direction(start, end):
    assert workdays_between(start, end, REGISTER) == -workdays_between(end, start, REGISTER)


@derandomized
@given(start=days, n=st.integers(1, 120))
def test_a_deadline_is_certain_or_marked(start, n):
    """Adding notices never moves a deadline that was not provisional, but by their own New Year's days."""
    partial = add_workdays(start, n, without(2019, 2023, 2026))
    in_reach = (partial.date.month, partial.date.day) >= (12, 24)
    assert partial.provisional or in_reach or partial == add_workdays(start, n, REGISTER)


# --- reading notices ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"off_days": [{"date": "2027-02-30", "holiday": "春节"}]}, "不是有效日期"),
        ({"off_days": [{"date": "2026-12-23", "holiday": "元旦"}]}, "不属于 2027 年"),
        ({"off_days": [{"date": "2028-01-01", "holiday": "元旦"}]}, "不属于 2027 年"),
        ({"off_days": [{"date": "2027-01-01", "holiday": "元旦"}] * 2}, "出现了两次"),
        ({"makeup_days": [{"date": "2027-01-04", "holiday": "元旦"}]}, "不是周末"),
        (
            {
                "off_days": [{"date": "2027-01-02", "holiday": "元旦"}],
                "makeup_days": [{"date": "2027-01-02", "holiday": "元旦"}],
            },
            "既列为放假又列为上班",
        ),
    ],
)
def test_a_notice_that_contradicts_itself_is_refused(changes, message):
    with pytest.raises(ValueError, match=message):
        parse_notices(one_notice(**changes))


def test_two_notices_of_one_year_are_refused():
    twice = {"notices": one_notice()["notices"] * 2}
    with pytest.raises(ValueError, match="同一年份"):
        parse_notices(twice)
