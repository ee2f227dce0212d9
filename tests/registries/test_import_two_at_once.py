"""Two people bring a list into the same registry at the same moment: one after the other, each checked anew."""

import pytest

from registries.errors import DomainError
from registries.imports import importing
from registries.models import Facility, TrailEntry
from tests.cast import make_bureau, make_user
from tests.factories import workbooks
from tests.together import together

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.services]

row = workbooks.facility_row


def load(rows, bureau, by):
    data = workbooks.facilities(rows)
    return lambda: importing.run("facilities", data, filename="名录.xlsx", bureau=bureau, by=by)


def test_the_second_list_of_a_bureau_waits_and_meets_what_the_first_wrote(county, drafter, colleague):
    rows = [row(number) for number in range(1, 41)]
    outcomes = together(load(rows, county, drafter), load(rows, county, colleague))
    assert all(outcome.written for outcome in outcomes)
    assert sorted((outcome.new, outcome.unchanged) for outcome in outcomes) == [(0, 40), (40, 0)]
    assert Facility.objects.count() == 40
    assert TrailEntry.objects.filter(event="导入登记检查对象").count() == 40


def test_two_bureaus_that_name_the_same_facility_never_both_register_it(county, drafter):
    other = make_bureau("410499", "示例区医疗保障局", "示例区", "county")
    there = make_user("lin.qita", "林其他", other, "staff")
    rows = [row(number) for number in range(1, 41)]
    outcomes = together(load(rows, county, drafter), load(rows, other, there))
    refused = [one for one in outcomes if isinstance(one, DomainError) or not one.written]
    assert len(refused) == 1
    assert Facility.objects.count() == 40
    assert Facility.objects.values("bureau").distinct().count() == 1
