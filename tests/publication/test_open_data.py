"""The public tables as files for programs and for Excel, and the feed (F4)."""

import csv
import io
import json
from xml.etree import ElementTree

import pytest
from django.db import transaction
from openpyxl import load_workbook

from publication import open_data
from publication.open_data import TABLES
from registries.models import Facility
from registries.readonly import WriteRefused
from tests.factories import make_facility, make_inspector
from tests.factories.draws import drawable_task, finished_draw
from tests.factories.published import correct_result, publish_result

ATOM = "{http://www.w3.org/2005/Atom}"


@pytest.fixture
def notice(county):
    finished = finished_draw(drawable_task(county))
    return publish_result(finished.visits.first(), results=["corrected"], handling="当场纠正")


def fetch(client, name, kind):
    response = client.get(f"/data/{name}.{kind}")
    assert response.status_code == 200
    return b"".join(response.streaming_content) if response.streaming else response.content


def rows_of(client, name):
    return json.loads(fetch(client, name, "json"))["rows"]


@pytest.mark.parametrize("name", TABLES)
def test_json_csv_and_excel_say_the_same(client, notice, name):
    document = json.loads(fetch(client, name, "json"))
    lines = list(csv.reader(io.StringIO(fetch(client, name, "csv").decode("utf-8-sig"))))
    sheet = list(load_workbook(io.BytesIO(fetch(client, name, "xlsx"))).active.values)
    assert lines[0] == list(document["columns"].values()) == list(sheet[0])
    assert document["rows"]
    assert len(lines) == len(sheet) == len(document["rows"]) + 1
    for row, line, cells in zip(document["rows"], lines[1:], sheet[1:], strict=True):
        assert list(row) == list(document["columns"])
        as_text = ["" if value is None else str(value) for value in row.values()]
        assert line == as_text
        assert ["" if value is None else str(value) for value in cells] == as_text


@pytest.mark.parametrize("name", TABLES)
@pytest.mark.django_db
def test_empty_tables_are_whole_files(client, name):
    assert json.loads(fetch(client, name, "json"))["rows"] == []
    assert fetch(client, name, "csv").decode("utf-8-sig").count("\r\n") == 1
    assert fetch(client, name, "xlsx")


def test_a_facility_has_its_public_columns_alone(client, county):
    make_facility(county, 1)
    assert rows_of(client, "facilities") == [
        {
            "bureau_code": "410403",
            "bureau": "卫东区医疗保障局",
            "insurance_code": "H41040300001",
            "social_credit_code": Facility.objects.get().social_credit_code,
            "name": "第1诊所",
            "kind": "诊所",
            "level": "未定级",
            "ownership": "个体",
            "region": "建设路街道",
            "address": "建设路1号",
            "agreement_status": "有效",
            "agreement_from": None,
            "agreement_to": None,
            "grade": "A级",
        }
    ]


def test_an_inspector_has_its_public_columns_alone(client, county):
    make_inspector(county, 1, qualifications=["药学", "审计"])
    assert rows_of(client, "inspectors") == [
        {
            "bureau_code": "410403",
            "bureau": "卫东区医疗保障局",
            "number": "410403-001",
            "kind": "执法检查人员",
            "unit": "卫东区医疗保障局",
            "department": "基金监管股",
            "qualifications": "药学、审计",
            "certificate_year": 2029,
            "status": "在库",
        }
    ]


def test_a_result_carries_the_fields_of_the_national_publicity_system(client, notice):
    (row,) = rows_of(client, "results")
    assert {
        key: row[key] for key in ("plan_number", "task_number", "scope", "ended_on", "items", "handling")
    } == {
        "plan_number": "卫医保计划〔2026〕第1版",
        "task_number": "卫医保抽查〔2026〕1号",
        "scope": "不定向",
        "ended_on": "2026-04-20",
        "items": "对定点医保机构的监督检查：发现问题已责令改正",
        "handling": "当场纠正",
    }


def test_a_corrected_result_stands_once_with_its_reason(client, notice):
    correct_result(notice, "更正后的情况。", reason="原数字有误")
    (row,) = rows_of(client, "results")
    assert (row["version"], row["summary"], row["correction_reason"]) == (2, "更正后的情况。", "原数字有误")


def test_no_cell_becomes_a_formula(client, county):
    make_facility(county, 1, name="=HYPERLINK(1)", address="@SUM(1)")
    line = fetch(client, "facilities", "csv").decode()
    assert "'=HYPERLINK(1)" in line
    assert "'@SUM(1)" in line
    sheet = load_workbook(io.BytesIO(fetch(client, "facilities", "xlsx"))).active
    assert {cell.data_type for row in sheet for cell in row} <= {"s", "n"}


def test_a_control_character_breaks_neither_workbook_nor_feed(client, notice):
    Facility.objects.update(address="建设路\x0b1号")
    assert fetch(client, "facilities", "xlsx")
    correct_result(notice, "情况\x0b说明")
    assert ElementTree.fromstring(client.get("/feed.xml").content)


def test_a_table_too_long_for_a_workbook_is_offered_as_csv_only(client, county, monkeypatch):
    make_facility(county, 1)
    make_facility(county, 2)
    monkeypatch.setattr("publication.views.public_data.MOST_ROWS_OF_A_WORKBOOK", 1)
    assert client.get("/data/facilities.xlsx").status_code == 404
    assert client.get("/data/facilities.csv").status_code == 200
    page = client.get("/data/").content.decode()
    assert "/data/facilities.csv" in page
    assert "/data/facilities.xlsx" not in page


def test_a_file_is_written_row_by_row_under_the_same_guard(client, county, monkeypatch):
    def careless(table):
        yield "["
        Facility.objects.update(name="改名")

    monkeypatch.setattr(open_data, "as_csv", careless)
    monkeypatch.setattr("publication.views.public_data.STREAMED", {"csv": (careless, "text/csv")})
    make_facility(county, 1)
    response = client.get("/data/facilities.csv")
    with pytest.raises(WriteRefused), transaction.atomic():
        list(response.streaming_content)
    assert Facility.objects.get().name == "第1诊所"


def test_the_feed_names_each_result_with_its_address(client, notice):
    feed = ElementTree.fromstring(client.get("/feed.xml").content)
    (entry,) = feed.findall(f"{ATOM}entry")
    assert entry.find(f"{ATOM}title").text == f"{notice.content['facility']['name']}：发现问题已责令改正"
    assert entry.find(f"{ATOM}link").get("href") == f"http://testserver/results/{notice.visit_id}/"
    assert entry.find(f"{ATOM}updated").text == "2026-04-27T01:00:00+00:00"


def test_a_correction_is_a_new_entry_of_the_feed(client, notice):
    def ids():
        feed = ElementTree.fromstring(client.get("/feed.xml").content)
        return {entry.find(f"{ATOM}id").text for entry in feed.findall(f"{ATOM}entry")}

    before = ids()
    correct_result(notice, "更正后的情况。")
    assert len(ids()) == 1
    assert ids() != before
