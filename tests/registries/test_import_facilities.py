"""A list of facilities becomes the registry: all of it or nothing of it (A5)."""

import datetime as dt
import io

import openpyxl
import pytest
from django.core.exceptions import PermissionDenied
from django.db import connection
from django.test.utils import CaptureQueriesContext

from registries import facilities as verbs
from registries import trail
from registries.errors import DomainError
from registries.imports import importing
from registries.models import Facility, GradeChange, TrailEntry
from tests.factories import insurance_code, make_facility, workbooks

row = workbooks.facility_row


def load(rows, county, drafter, **options):
    data = rows if isinstance(rows, bytes) else workbooks.facilities(rows)
    return importing.run("facilities", data, filename="名录.xlsx", bureau=county, by=drafter, **options)


def found(outcome):
    """(row, column letter, message) of every problem."""
    return [(problem.row, problem.column, problem.message) for problem in outcome.problems]


def only_problem(outcome):
    (problem,) = outcome.problems
    return problem


def test_a_list_without_problems_becomes_the_registry(county, drafter):
    outcome = load(
        [
            row(
                1,
                机构类型="综合医院",
                机构等级="二级甲等",
                所有制="公立",
                所在乡镇街道="建设路街道",
                负责人="张示例",
                联系电话="0375-2000001",
                协议起始日="2026-01-01",
                协议截止日="2026-12-31",
                标签="门诊统筹、慢特病",
                信用等级="A级",
                评级来源="2025 年度评价",
            ),
            row(2),
        ],
        county,
        drafter,
    )
    assert (outcome.written, outcome.new, outcome.problems) == (True, 2, ())
    hospital = Facility.objects.get(insurance_code=insurance_code(1))
    assert (hospital.bureau, hospital.kind, hospital.level, hospital.ownership) == (
        county,
        "general_hospital",
        "2a",
        "public",
    )
    assert (hospital.phone, hospital.agreement_to) == ("0375-2000001", dt.date(2026, 12, 31))
    assert [tag.name for tag in hospital.tags.order_by("name")] == ["慢特病", "门诊统筹"]
    assert [(step.grade, step.source, step.changed_by) for step in hospital.grade_changes.all()] == [
        ("A", "2025 年度评价", drafter)
    ]


def test_checking_alone_writes_nothing(county, drafter):
    outcome = load([row(1)], county, drafter, check_only=True)
    assert (outcome.new, outcome.written) == (1, False)
    assert not Facility.objects.exists()
    assert not TrailEntry.objects.exists()


def test_one_wrong_cell_among_many_rows_and_nothing_is_written(county, drafter):
    rows = [row(number) for number in range(1, 40)]
    rows[20][1] = rows[20][1][:-1] + ("0" if rows[20][1][-1] != "0" else "1")
    problem = only_problem(load(rows, county, drafter))
    assert (problem.row, problem.column, problem.name) == (23, "B", "统一社会信用代码")
    assert "校验码不符" in problem.message
    assert not Facility.objects.exists()


def test_the_mess_of_everyday_lists_is_understood(county, drafter):
    messy = row(
        1,
        国家医保编码="ｐ410403 ００００１",
        机构名称="　卫东区示例药店 ",
        机构类型=" 零售药店",
        所有制="民营(营利性)",
        协议起始日="2026年1月5日",
        协议截止日="2026/12/31",
        信用等级="b 级",
        联系电话="'0375-2000001",
    )
    assert load([messy], county, drafter).problems == ()
    pharmacy = Facility.objects.get()
    assert (pharmacy.insurance_code, pharmacy.name) == (insurance_code(1, kind="P"), "卫东区示例药店")
    assert (pharmacy.ownership, pharmacy.grade, pharmacy.phone) == ("private_profit", "B", "0375-2000001")
    assert pharmacy.agreement_from == dt.date(2026, 1, 5)


@pytest.mark.parametrize(
    ("cells", "column", "message"),
    [
        ({"机构名称": ""}, "C", "请填写机构名称。"),
        ({"国家医保编码": "X123"}, "A", "国家医保编码应为 H"),
        ({"国家医保编码": "H41040300001"}, "A", "机构类别要求编码以 P 开头"),
        ({"机构类型": "药店"}, "D", "是否应为“零售药店”？"),
        ({"机构等级": "四级"}, "E", "不在可选范围内"),
        ({"联系电话": "12345"}, "J", "联系电话“12345”有误"),
        ({"协议状态": ""}, "K", "请填写协议状态。"),
        ({"协议起始日": "2026-02-30"}, "L", "日期“2026-02-30”不存在"),
        ({"协议起始日": "去年"}, "L", "请按 2026-01-31 的样式填写"),
        ({"协议起始日": "1026-01-01"}, "L", "应在 1950 年到 2100 年之间"),
        ({"协议起始日": "2026-05-01", "协议截止日": "2026-04-30"}, "M", "早于起始日"),
        ({"标签": "长" * 31}, "N", "超过 30 字"),
        ({"信用等级": "优"}, "O", "信用等级“优”不在可选范围内"),
    ],
)
def test_each_kind_of_mistake_is_told_with_its_column(county, drafter, cells, column, message):
    problem = only_problem(load([row(1, **cells)], county, drafter))
    assert (problem.row, problem.column) == (3, column)
    assert message in problem.message
    assert not Facility.objects.exists()


def test_all_problems_of_all_rows_are_told_at_once_in_the_order_of_the_sheet(county, drafter):
    outcome = load([row(1, 机构名称="", 地址=""), row(2), row(3, 协议状态="不明")], county, drafter)
    assert [(line, column) for line, column, _ in found(outcome)] == [(3, "C"), (3, "G"), (5, "K")]


def test_a_facility_named_twice_in_the_list_is_refused(county, drafter):
    assert found(load([row(1), row(2), row(1)], county, drafter)) == [
        (5, "A", "与第 3 行的国家医保编码重复，请核对后删去一行。")
    ]


def test_a_facility_of_another_bureau_is_refused(county, neighbour, drafter):
    make_facility(neighbour, 1, insurance_code=insurance_code(1, kind="P"))
    problem = only_problem(load([row(1)], county, drafter))
    assert problem.column == "A"
    assert "新华区医疗保障局" in problem.message


def test_cells_of_a_merged_range_are_called_so(county, drafter):
    book = openpyxl.load_workbook(io.BytesIO(workbooks.facilities([row(1), row(2)])))
    book.active.merge_cells("K3:K4")
    stream = io.BytesIO()
    book.save(stream)
    assert found(load(stream.getvalue(), county, drafter)) == [
        (4, "K", "此格属于合并单元格 K3:K4，请取消合并后逐行填写协议状态。")
    ]


def test_a_second_list_amends_and_says_before_and_after(county, drafter):
    load([row(1), row(2, 负责人="旧负责人")], county, drafter)
    outcome = load([row(1), row(2, 负责人="新负责人"), row(3)], county, drafter)
    assert (outcome.new, outcome.changed, outcome.unchanged) == (1, 1, 1)
    (change,) = outcome.changes
    assert (change.row, change.lines) == (4, (("负责人", "旧负责人", "新负责人"),))
    amended = Facility.objects.get(insurance_code=insurance_code(2, kind="P"))
    assert (amended.person_in_charge, amended.revision) == ("新负责人", 2)
    entry = trail.about(amended).first()
    assert (entry.event, entry.before, entry.after) == (
        "导入变更检查对象",
        {"person_in_charge": "旧负责人"},
        {"person_in_charge": "新负责人"},
    )


def test_an_empty_optional_cell_changes_nothing(county, drafter):
    load([row(1, 负责人="张示例", 标签="门诊统筹", 信用等级="B")], county, drafter)
    assert load([row(1)], county, drafter).unchanged == 1
    facility = Facility.objects.get()
    assert (facility.person_in_charge, facility.grade, facility.tags.count()) == ("张示例", "B", 1)


def test_a_new_grade_needs_its_source_and_becomes_a_step_of_the_history(county, drafter):
    load([row(1, 信用等级="A")], county, drafter)
    problem = only_problem(load([row(1, 信用等级="C")], county, drafter))
    assert (problem.column, "评级来源" in problem.message) == ("O", True)
    load([row(1, 信用等级="C", 评级来源="2026 年度评价")], county, drafter)
    assert list(GradeChange.objects.order_by("pk").values_list("grade", "source")) == [
        ("A", "入库时登记"),
        ("C", "2026 年度评价"),
    ]


def test_tags_are_replaced_by_those_of_the_list(county, drafter):
    load([row(1, 标签="甲、乙")], county, drafter)
    (change,) = load([row(1, 标签="乙、丙")], county, drafter).changes
    assert change.lines == (("标签", "乙、甲", "丙、乙"),)
    assert sorted(tag.name for tag in Facility.objects.get().tags.all()) == ["丙", "乙"]


def test_a_phone_that_an_export_has_hidden_stays_as_it_is(county, drafter):
    load([row(1, 联系电话="0375-2000001")], county, drafter)
    assert load([row(1, 联系电话="037*****0001")], county, drafter).unchanged == 1
    assert Facility.objects.get().phone == "0375-2000001"


def test_the_trail_names_file_digest_and_counts_and_holds_no_phone(county, drafter):
    outcome = load([row(1, 联系电话="0375-2000001")], county, drafter)
    load([row(1, 联系电话="0375-2000002")], county, drafter)
    first = TrailEntry.objects.filter(event="导入定点医药机构名单").earliest("pk")
    assert first.after == {
        "文件": "名录.xlsx",
        "SHA-256": outcome.sha256,
        "新增": 1,
        "变更": 0,
        "无变化": 0,
    }
    assert not any("2000001" in f"{one.before}{one.after}{one.note}" for one in TrailEntry.objects.all())


def test_an_imported_facility_can_be_amended_by_hand(county, drafter):
    load([row(1)], county, drafter)
    facility = Facility.objects.get()
    assert verbs.amend(facility, {"name": "新名称"}, revision=1, by=drafter).name == "新名称"


def test_queries_do_not_grow_with_the_rows(county, drafter):
    def queries(first, last):
        rows = [row(number, 标签="甲", 信用等级="A") for number in range(first, last)]
        with CaptureQueriesContext(connection) as captured:
            load(rows, county, drafter)
        return len(captured)

    queries(1, 2)  # the roles of the person are asked for once
    assert queries(2, 3) == queries(3, 23)


def test_a_list_longer_than_the_limit_is_refused_before_any_check(county, drafter):
    with pytest.raises(DomainError, match="文件有 3 行，定点医药机构每次最多导入 2 行，没有写入任何内容"):
        load([row(1), row(2), row(3)], county, drafter, most=2)


def test_somebody_of_another_bureau_cannot_import(county, outsider):
    with pytest.raises(PermissionDenied):
        load([row(1)], county, outsider)


def test_the_same_list_again_changes_nothing_and_locks_nothing(county, drafter):
    rows = [row(1, 联系电话="0375-2000001", 标签="慢特病、门诊统筹"), row(2)]
    load(rows, county, drafter)
    entries = TrailEntry.objects.count()
    with CaptureQueriesContext(
        connection,
    ) as queries:
        outcome = load(rows, county, drafter)
    assert (outcome.new, outcome.changed, outcome.unchanged, outcome.written) == (0, 0, 2, True)
    assert outcome.named["unchanged"] == [(3, "卫东区示例机构1"), (4, "卫东区示例机构2")]
    assert TrailEntry.objects.count() == entries + 1  # the list itself
    locked = [
        query["sql"] for query in queries if "FOR UPDATE" in query["sql"] and "facility" in query["sql"]
    ]
    assert locked == []
    assert set(Facility.objects.values_list("revision", flat=True)) == {1}


def test_an_empty_required_cell_is_a_mistake_in_a_known_facility_too(county, drafter):
    load([row(1)], county, drafter)
    assert only_problem(load([row(1, 机构名称="")], county, drafter)).message == "请填写机构名称。"


def test_what_the_registry_holds_wrongly_is_told_when_the_list_repeats_it(county, drafter):
    load([row(1, 联系电话="0375-2000001")], county, drafter)
    Facility.objects.update(social_credit_code="914104030000000000")
    problem = only_problem(
        load([row(1, 联系电话="0375-2000001", 统一社会信用代码="914104030000000000")], county, drafter)
    )
    assert "末位校验码不符" in problem.message


def test_what_is_wrong_in_one_row_of_many_is_told_of_that_row_alone(county, drafter):
    rows = [row(1), row(2, 地址="长" * 201), row(3, 所在乡镇街道="区" * 41), row(4)]
    assert [(number, message[:8]) for number, _, message in found(load(rows, county, drafter))] == [
        (4, "地址最多 200"),
        (5, "所在乡镇街道最多"),
    ]
