"""A merged duplicate is on its own page and nowhere else; its insurance code is looked for everywhere."""

import datetime as dt
import io

import openpyxl
import pytest
from django.urls import reverse

from inspections import forecast, pool
from inspections.states import PlanState
from publication import queries
from registries import health, merging, tags
from registries.imports import importing
from registries.models import Facility, FacilityTag
from tests.factories import make_facility, make_task, workbooks

pytestmark = pytest.mark.django_db

NAME = "东风路重复登记诊所"
TODAY = dt.date(2026, 4, 1)


@pytest.fixture
def survivor(county):
    return make_facility(county, 1, name="东风路诊所")


@pytest.fixture
def duplicate(county, survivor, drafter):
    """With everything by which a list, a count or a public page could find it."""
    found = make_facility(county, 2, name=NAME, phone="", grade="NONE", region="东风路街道")
    found.tags.add(FacilityTag.objects.create(bureau=county, name="重复"))
    merging.merge(found, survivor, reason="同一许可证", by=drafter)
    return Facility.objects.get(pk=found.pk)


def office(name, *args):
    return reverse(f"registries:{name}", args=args)


def body(response):
    return b"".join(response.streaming_content).decode() if response.streaming else response.content.decode()


def test_its_own_page_leads_to_the_survivor(duplicate, survivor, drafter, signed_in):
    page = body(signed_in(drafter).get(office("facility", duplicate.pk)))
    assert office("facility", survivor.pk) in page


@pytest.mark.parametrize(
    "address",
    [
        "/office/registries/facilities/",
        f"/office/registries/facilities/?q={NAME}",
        "/office/registries/facilities/?health=no_phone",
        f"/office/search/?q={NAME}",
        "/facilities/",
        f"/facilities/?q={NAME}",
        f"/search/?q={NAME}",
        "/data/facilities.json",
        "/data/facilities.csv",
    ],
)
def test_no_list_search_or_file_shows_it(duplicate, drafter, signed_in, address):
    shown = body(signed_in(drafter).get(address))
    assert duplicate.insurance_code not in shown
    assert office("facility", duplicate.pk) not in shown


def test_its_public_page_is_gone_and_the_survivors_is_there(duplicate, survivor, client):
    assert client.get(f"/facilities/{duplicate.insurance_code}/").status_code == 404
    assert client.get(f"/facilities/{survivor.insurance_code}/").status_code == 200


def test_no_pool_forecast_or_scope_holds_it(duplicate, survivor, county, drafter, signed_in):
    task = make_task(county, drafter)
    assert [row.code for row in pool.facilities(task, on=TODAY)] == [survivor.insurance_code]
    assert forecast.forecast(task, on=TODAY).arithmetic.base == 1
    draft = make_task(county, drafter, year=2027, state=PlanState.DRAFT)
    assert "东风路街道" not in body(
        signed_in(drafter).get(reverse("inspections:task_create", args=[draft.plan_id]))
    )


def test_no_count_counts_it(duplicate, county):
    assert queries.counts()["facilities"] == 1
    assert health.counts(county, today=TODAY) == health.counts(county, today=TODAY) | {
        "total": 1,
        "no_phone": 0,
    }
    assert {tag.name: tag.bearers for tag in tags.of(county)} == {"重复": 1}


def test_no_export_holds_it(duplicate, survivor, drafter, signed_in):
    response = signed_in(drafter).post(office("export", "facilities"))
    content = b"".join(response.streaming_content) if response.streaming else response.content
    codes = str([list(sheet.values) for sheet in openpyxl.load_workbook(io.BytesIO(content))])
    assert survivor.insurance_code in codes
    assert duplicate.insurance_code not in codes


def test_a_list_that_names_it_is_refused_with_the_survivors_name(duplicate, survivor, county, drafter):
    data = workbooks.facilities([workbooks.facility_row(2, 机构类型="诊所")])
    outcome = importing.run("facilities", data, filename="名录.xlsx", bureau=county, by=drafter)
    assert not outcome.written
    assert any("已并入“东风路诊所”" in problem.message for problem in outcome.problems)


def test_a_status_that_may_not_follow_is_refused_at_its_cell(county, drafter):
    make_facility(county, 1, agreement_status="deregistered")
    data = workbooks.facilities([workbooks.facility_row(1, 机构类型="诊所", 协议状态="有效")])
    outcome = importing.run("facilities", data, filename="名录.xlsx", bureau=county, by=drafter)
    assert any("“注销”不能变更为“有效”" in problem.message for problem in outcome.problems)
