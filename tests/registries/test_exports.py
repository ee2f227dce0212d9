"""Registries leave as Excel in the columns of the import, without personal data unless a purpose is given."""

import io
import tempfile

import openpyxl
import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from registries import workbooks as workbooks_of_any_length
from registries.imports import importing
from registries.imports.template import FORMULA_STARTS
from registries.models import Facility, ItemVersion, TrailEntry
from tests.factories import id_number, make_facility, make_inspector, workbooks


def content(response):
    assert response.status_code == 200
    return b"".join(response)


def sheets(response):
    """Rows of texts by the name of the sheet."""
    book = openpyxl.load_workbook(io.BytesIO(content(response)))
    return {
        sheet.title: [[cell or "" for cell in row] for row in sheet.iter_rows(values_only=True)]
        for sheet in book.worksheets
    }


def sheet(response):
    return next(iter(sheets(response).values()))


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


@pytest.mark.parametrize(
    ("name", "method"), [("template", "get"), ("export", "post"), ("export_clear", "post")]
)
def test_an_unknown_kind_does_not_exist(staff, name, method):
    assert getattr(staff, method)(address(name, "secrets")).status_code == 404


def test_exported_facilities_can_be_imported_again_without_a_change(staff, county, drafter):
    rows = [
        workbooks.facility_row(
            1, 联系电话="0375-2000001", 标签="甲、乙", 信用等级="B级", 协议截止日="2026-12-31"
        ),
        workbooks.facility_row(2, 机构类型="诊所", 所有制="个体"),
    ]
    load("facilities", workbooks.facilities(rows), county, drafter)
    exported = content(staff.post(address("export", "facilities")))
    outcome = load("facilities", exported, county, drafter)
    assert (outcome.problems, outcome.unchanged) == ((), 2)


def test_an_exported_item_list_can_be_imported_again_without_a_change(staff, county, drafter):
    load("items", workbooks.items_004(), county, drafter)
    outcome = load("items", content(staff.post(address("export", "items"))), county, drafter)
    assert (outcome.problems, outcome.unchanged) == ((), 1)


def test_the_list_outside_double_random_is_exported_in_its_own_columns(staff, county, drafter):
    load("items", workbooks.items_003(), county, drafter)
    assert [row[0] for row in sheet(staff.post(address("export", "items_outside")))[2:]] == [
        "执业药师在岗情况及日常管理"
    ]
    assert [row[5] for row in sheet(staff.post(address("export", "items_basic")))[2:]] == ["否"]


def test_id_numbers_and_phones_leave_masked(staff, county):
    make_inspector(county, 1, phone="0375-2000001")
    _, header, row = sheet(staff.post(address("export", "inspectors")))
    assert row[header.index("*身份证号")] == f"{id_number(1)[:4]}{'*' * 10}{id_number(1)[-4:]}"
    assert row[header.index("*联系电话")] == "037*****0001"


def test_in_clear_only_with_a_purpose_that_the_trail_keeps(staff, county):
    make_inspector(county, 1)
    assert b"PK" not in content(staff.get(address("export_clear", "inspectors")))[:4]
    assert staff.post(address("export_clear", "inspectors"), {"purpose": " "}).status_code == 200
    assert not TrailEntry.objects.exists()
    _, header, row = sheet(staff.post(address("export_clear", "inspectors"), {"purpose": "换发执法证"}))
    assert row[header.index("*身份证号")] == id_number(1)
    entry = TrailEntry.objects.get()
    assert (entry.after, entry.note) == ({"条数": 1, "身份证号和电话": "原文"}, "用途：换发执法证")


def test_every_export_leaves_a_trace(staff, county, drafter):
    make_facility(county, 1)
    content(staff.post(address("export", "facilities")))
    entry = TrailEntry.objects.get()
    assert (entry.event, entry.actor, entry.after) == (
        "导出定点医药机构名录",
        drafter,
        {"条数": 1, "身份证号和电话": "已遮盖"},
    )


def test_a_supervisor_may_export_but_not_in_clear(signed_in, approver, county):
    make_facility(county, 1)
    supervisor = signed_in(approver)
    assert len(sheet(supervisor.post(address("export", "facilities")))) == 3
    assert supervisor.post(address("export_clear", "facilities"), {"purpose": "想看"}).status_code == 403


def test_in_clear_an_upper_bureau_gets_its_own_rows_only(signed_in, city_staff, county, city):
    make_inspector(county, 1)
    make_inspector(city, 3)
    client = signed_in(city_staff)
    assert len(sheet(client.post(address("export", "inspectors")))) == 4
    rows = sheet(client.post(address("export_clear", "inspectors"), {"purpose": "核对"}))
    assert [row[-1] for row in rows[2:]] == [city.name]


def test_nobody_gets_the_rows_of_a_neighbour(signed_in, outsider, county):
    make_facility(county, 1)
    answer = signed_in(outsider).post(address("export", "facilities"))
    assert (answer.status_code, "没有可以导出的内容" in answer.content.decode()) == (409, True)


def test_the_filters_of_the_list_hold_for_the_export(staff, county):
    make_facility(county, 1, name="甲诊所")
    make_facility(county, 2, name="乙诊所")
    rows = sheet(staff.post(f"{address('export', 'facilities')}?q=甲"))
    assert [row[2] for row in rows[2:]] == ["甲诊所"]


def test_experts_have_a_list_of_their_own(staff, county):
    make_inspector(county, 1, name="检查员")
    make_inspector(county, 3, name="专家", kind="expert")
    assert [row[1] for row in sheet(staff.post(address("export", "experts")))[2:]] == ["专家"]


@pytest.mark.parametrize("start", FORMULA_STARTS)
def test_a_name_that_is_a_formula_leaves_as_text(staff, county, start):
    make_facility(county, 1, name=f'{start}HYPERLINK("http://example.test","点我")')
    exported = content(staff.post(address("export", "facilities")))
    cell = openpyxl.load_workbook(io.BytesIO(exported)).worksheets[0]["C3"]
    assert (cell.data_type, cell.number_format, cell.value[0]) == ("s", "@", "'")


def test_a_formula_in_a_name_comes_back_as_it_was(staff, county, drafter):
    formula = '=HYPERLINK("http://example.test","点我")'
    make_facility(county, 1, name=formula)
    load("facilities", content(staff.post(address("export", "facilities"))), county, drafter)
    assert Facility.objects.get().name == formula


def test_exporting_is_no_link(staff, county):
    make_facility(county, 1)
    assert staff.get(address("export", "facilities")).status_code == 405
    assert not TrailEntry.objects.exists()


def test_the_last_sheet_says_who_exported_what_and_when_by_which_filters(staff, county, drafter):
    make_facility(county, 1, name="甲诊所", grade="B")
    make_facility(county, 2, name="甲药店", grade="A")
    make_facility(county, 3, name="乙诊所", grade="B")
    with time_machine.travel("2026-04-01T01:30:00Z", tick=False):
        answer = staff.post(f"{address('export', 'facilities')}?q=甲&grade=B&sort=name")
    name, about = list(sheets(answer).items())[-1]
    assert (name, about) == (
        "导出说明",
        [
            ["项目", "内容"],
            ["名单", "定点医药机构名录"],
            ["条数", "1"],
            ["导出人", drafter.display_name],
            ["导出单位", county.name],
            ["导出时间", "2026-04-01 09:30"],
            ["筛选条件", "名称、编码开头或标签：甲；信用等级：B级"],
            ["身份证号和电话", "已遮盖"],
            ["用途", "无"],
        ],
    )
    assert TrailEntry.objects.get().after["筛选条件"] == "名称、编码开头或标签、信用等级"


def test_a_list_longer_than_a_sheet_goes_on_on_the_next_and_comes_back_unchanged(
    staff, county, drafter, monkeypatch
):
    monkeypatch.setattr(workbooks_of_any_length, "MOST_ROWS_OF_A_SHEET", 5)
    for number in range(1, 8):
        make_facility(county, number, phone="")
    exported = content(staff.post(address("export", "facilities")))
    found = openpyxl.load_workbook(io.BytesIO(exported))
    assert [(one.title, one.max_row) for one in found.worksheets[:-1]] == [
        ("定点医药机构名录（1）", 5),
        ("定点医药机构名录（2）", 5),
        ("定点医药机构名录（3）", 3),
    ]
    assert {one["A1"].value for one in found.worksheets[:-1]} == {"定点医药机构名录"}
    outcome = load("facilities", exported, county, drafter)
    assert (outcome.problems, outcome.changed, outcome.unchanged) == ((), 0, 7)


def test_a_list_that_just_fills_a_sheet_has_one(staff, county, monkeypatch):
    monkeypatch.setattr(workbooks_of_any_length, "MOST_ROWS_OF_A_SHEET", 5)
    for number in (1, 2, 3):
        make_facility(county, number)
    assert list(sheets(staff.post(address("export", "facilities")))) == ["定点医药机构名录", "导出说明"]


def test_a_hundred_rows_are_exported_with_as_many_queries_as_one(staff, county):
    make_facility(county, 1)
    with CaptureQueriesContext(connection) as one:
        content(staff.post(address("export", "facilities")))
    for number in range(2, 101):
        make_facility(county, number)
    with CaptureQueriesContext(connection) as hundred:
        content(staff.post(address("export", "facilities")))
    assert len(one) == len(hundred)


def test_nothing_stays_on_the_disk(staff, county, tmp_path, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    make_inspector(county, 1)
    content(staff.post(address("export_clear", "inspectors"), {"purpose": "换发执法证"}))
    assert list(tmp_path.iterdir()) == []


def test_a_text_longer_than_a_cell_is_cut_there(staff, county, drafter):
    load("items", workbooks.items_004(), county, drafter)
    ItemVersion.objects.update(legal_basis="法" * 40_000)
    _, header, row = sheet(staff.post(address("export", "items")))
    assert len(row[header.index("抽查依据")]) == 32_767
