"""Registries leave as Excel in the columns of the import, without personal data unless a purpose is given."""

import io

import openpyxl
import pytest
from django.urls import reverse

from registries import exports
from registries.imports import importing
from registries.models import Facility, TrailEntry
from tests.factories import id_number, make_facility, make_inspector, workbooks


def sheet(response):
    assert response.status_code == 200
    return [
        [cell or "" for cell in row]
        for row in openpyxl.load_workbook(io.BytesIO(response.content))
        .worksheets[0]
        .iter_rows(values_only=True)
    ]


@pytest.fixture
def staff(signed_in, drafter):
    return signed_in(drafter)


def address(name, kind):
    return reverse(f"registries:{name}", args=[kind])


def load(kind, data, county, drafter):
    return importing.run(kind, data, filename="a.xlsx", bureau=county, by=drafter)


@pytest.mark.parametrize(
    ("kind", "columns"),
    [
        ("facilities", workbooks.FACILITY_COLUMNS),
        ("inspectors", workbooks.INSPECTOR_COLUMNS),
        ("experts", workbooks.INSPECTOR_COLUMNS),
        ("items", workbooks.ITEM_COLUMNS),
        ("items_basic", workbooks.BASIC_COLUMNS),
        ("items_outside", workbooks.BASIC_COLUMNS[:-1]),
    ],
)
def test_a_template_has_exactly_the_columns_of_the_annex(staff, kind, columns):
    assert sheet(staff.get(address("template", kind)))[1] == list(columns)


@pytest.mark.parametrize("name", ["template", "export", "export_clear"])
def test_an_unknown_kind_does_not_exist(staff, name):
    assert staff.get(address(name, "secrets")).status_code == 404


def test_exported_facilities_can_be_imported_again_without_a_change(staff, county, drafter):
    rows = [
        workbooks.facility_row(
            1, 联系电话="0375-2000001", 标签="甲、乙", 信用等级="B级", 协议截止日="2026-12-31"
        ),
        workbooks.facility_row(2, 机构类型="诊所", 所有制="个体"),
    ]
    load("facilities", workbooks.facilities(rows), county, drafter)
    exported = staff.get(address("export", "facilities")).content
    outcome = load("facilities", exported, county, drafter)
    assert (outcome.problems, outcome.unchanged) == ((), 2)


def test_an_exported_item_list_can_be_imported_again_without_a_change(staff, county, drafter):
    load("items", workbooks.items_004(), county, drafter)
    outcome = load("items", staff.get(address("export", "items")).content, county, drafter)
    assert (outcome.problems, outcome.unchanged) == ((), 1)


def test_the_list_outside_double_random_is_exported_in_its_own_columns(staff, county, drafter):
    load("items", workbooks.items_003(), county, drafter)
    assert [row[0] for row in sheet(staff.get(address("export", "items_outside")))[2:]] == [
        "执业药师在岗情况及日常管理"
    ]
    assert [row[5] for row in sheet(staff.get(address("export", "items_basic")))[2:]] == ["否"]


def test_id_numbers_and_phones_leave_masked(staff, county):
    make_inspector(county, 1, phone="0375-2000001")
    _, header, row = sheet(staff.get(address("export", "inspectors")))
    assert row[header.index("*身份证号")] == f"{id_number(1)[:4]}{'*' * 10}{id_number(1)[-4:]}"
    assert row[header.index("*联系电话")] == "037*****0001"


def test_in_clear_only_with_a_purpose_that_the_trail_keeps(staff, county):
    make_inspector(county, 1)
    assert b"PK" not in staff.get(address("export_clear", "inspectors")).content[:4]
    assert staff.post(address("export_clear", "inspectors"), {"purpose": " "}).status_code == 200
    assert not TrailEntry.objects.exists()
    _, header, row = sheet(staff.post(address("export_clear", "inspectors"), {"purpose": "换发执法证"}))
    assert row[header.index("*身份证号")] == id_number(1)
    entry = TrailEntry.objects.get()
    assert (entry.after, entry.note) == ({"条数": 1, "身份证号和电话": "原文"}, "用途：换发执法证")


def test_every_export_leaves_a_trace(staff, county, drafter):
    make_facility(county, 1)
    staff.get(address("export", "facilities"))
    entry = TrailEntry.objects.get()
    assert (entry.event, entry.actor, entry.after) == (
        "导出定点医药机构名录",
        drafter,
        {"条数": 1, "身份证号和电话": "已遮盖"},
    )


def test_a_supervisor_may_export_but_not_in_clear(signed_in, approver, county):
    make_facility(county, 1)
    supervisor = signed_in(approver)
    assert supervisor.get(address("export", "facilities")).status_code == 200
    assert supervisor.post(address("export_clear", "facilities"), {"purpose": "想看"}).status_code == 403


def test_in_clear_an_upper_bureau_gets_its_own_rows_only(signed_in, city_staff, county, city):
    make_inspector(county, 1)
    make_inspector(city, 3)
    client = signed_in(city_staff)
    assert len(sheet(client.get(address("export", "inspectors")))) == 4
    rows = sheet(client.post(address("export_clear", "inspectors"), {"purpose": "核对"}))
    assert [row[-1] for row in rows[2:]] == [city.name]


def test_nobody_gets_the_rows_of_a_neighbour(signed_in, outsider, county):
    make_facility(county, 1)
    assert len(sheet(signed_in(outsider).get(address("export", "facilities")))) == 2


def test_the_filters_of_the_list_hold_for_the_export(staff, county):
    make_facility(county, 1, name="甲诊所")
    make_facility(county, 2, name="乙诊所")
    rows = sheet(staff.get(address("export", "facilities"), {"q": "甲"}))
    assert [row[2] for row in rows[2:]] == ["甲诊所"]


def test_experts_have_a_list_of_their_own(staff, county):
    make_inspector(county, 1, name="检查员")
    make_inspector(county, 3, name="专家", kind="expert")
    assert [row[1] for row in sheet(staff.get(address("export", "experts")))[2:]] == ["专家"]


def test_a_name_that_is_a_formula_leaves_as_text(staff, county, drafter):
    formula = '=HYPERLINK("http://example.test","点我")'
    make_facility(county, 1, name=formula)
    content = staff.get(address("export", "facilities")).content
    cell = openpyxl.load_workbook(io.BytesIO(content)).worksheets[0]["C3"]
    assert (cell.data_type, cell.value) == ("s", f"'{formula}")
    load("facilities", content, county, drafter)
    assert Facility.objects.get().name == formula


def test_too_many_rows_at_once_are_refused(staff, county, monkeypatch):
    monkeypatch.setattr(exports, "MOST_ROWS", 1)
    make_facility(county, 1)
    make_facility(county, 2)
    response = staff.get(address("export", "facilities"))
    assert (response.status_code, "请先用筛选条件缩小范围" in response.content.decode()) == (409, True)
