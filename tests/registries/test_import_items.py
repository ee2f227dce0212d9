"""Item lists in the three official layouts become drafts."""

import datetime as dt

import pytest

from registries import items as verbs
from registries.errors import DomainError
from registries.imports import importing, items, values
from registries.models import InspectionItem, ItemVersion
from registries.models.items import ItemVersionState
from tests.factories import workbooks

ROW = list(workbooks.ITEM_004)


def changed(**cells):
    """The row of source 004 with other cells, by place."""
    row = list(ROW)
    for place, value in cells.items():
        row[int(place.removeprefix("at"))] = value
    return row


def load(data, county, drafter, **options):
    return importing.run("items", data, filename="清单.xlsx", bureau=county, by=drafter, **options)


def only_problem(outcome):
    (problem,) = outcome.problems
    return problem


def test_the_list_of_source_004_is_read_with_its_ratios_and_its_joint_remark(county, drafter):
    outcome = load(workbooks.items_004(), county, drafter)
    assert (outcome.new, outcome.problems) == (1, ())
    version = ItemVersion.objects.get()
    assert (version.item.name, version.item.list_kind) == ("对定点医保机构的监督检查", "double_random")
    assert (version.ratio_a_bp, version.ratio_b_bp, version.ratio_c_bp, version.ratio_d_bp) == (
        500,
        1000,
        1500,
        2000,
    )
    assert (version.frequency_per_year, version.category, version.joint_only) == (2, "key", True)
    assert (version.department, version.inspecting_body) == ("区医疗保障局", "区医疗保障局")
    assert version.state == ItemVersionState.DRAFT
    assert outcome.drafted == (version.pk,)


def test_both_lists_of_source_003_are_read_from_one_sheet(county, drafter):
    outcome = load(workbooks.items_003(), county, drafter)
    assert outcome.new == 2
    assert dict(InspectionItem.objects.values_list("name", "list_kind")) == {
        "定点医药机构常规检查": "double_random",
        "执业药师在岗情况及日常管理": "outside",
    }
    assert outcome.notes == ("其中 1 项列入非“双随机、一公开”事项清单，不参加抽取。",)


def test_the_list_of_source_003_says_what_is_key_and_takes_the_bureau_as_inspecting_body(county, drafter):
    row = ["重点事项", "《条例》", "查处方\n查台账", "实地检查", "", "是"]
    load(workbooks.book({"清单": [workbooks.BASIC_COLUMNS, row]}), county, drafter)
    version = ItemVersion.objects.get()
    assert (version.category, version.inspecting_body) == ("key", county.name)
    assert [line.content for line in version.rows.all()] == ["查处方", "查台账"]


@pytest.mark.parametrize(
    "text",
    [
        "A 级企业 5% B 级企业 10% C 级企业 15% D 级企业 20%",
        "Ａ级企业５％\nＢ级企业１０％\nＣ级企业１５％\nＤ级企业２０％",
        "A级:5%，B级:10%，C级:15%，D级:20%。",
        "D 20%、C 15%、B 10%、A 5%",
    ],
)
def test_ratios_are_read_however_they_are_written(text):
    assert values.ratios(text) == {
        "ratio_a_bp": 500,
        "ratio_b_bp": 1000,
        "ratio_c_bp": 1500,
        "ratio_d_bp": 2000,
    }


@pytest.mark.parametrize(("text", "basis_points"), [("3%", 300), ("12.5％", 1250), ("0.05", 500)])
def test_one_ratio_holds_for_every_grade(text, basis_points):
    assert set(values.ratios(text).values()) == {basis_points}


@pytest.mark.parametrize(
    "text", ["A 级企业 5%", "五分之一", "A 5% B 10% C 15% D 20% E 25%", "5", "A5%A5%B1%C1%D1%"]
)
def test_ratios_that_leave_a_question_open_are_refused(text):
    with pytest.raises(values.Unreadable):
        values.ratios(text)


@pytest.mark.parametrize("text", ["2", "2次/年", "2 次/年", "每年2次", "２次", "2次每年"])
def test_frequencies_are_read_however_they_are_written(text):
    assert values.frequency(text) == 2


@pytest.mark.parametrize(
    ("cells", "column", "message"),
    [
        ({"at2": ""}, "C", "请填写抽查事项名称。"),
        ({"at3": ""}, "D", "请填写抽查依据。"),
        ({"at5": "特别重要"}, "F", "不在可选范围内"),
        ({"at7": "看情况"}, "H", "无法识别"),
        ({"at7": "120%"}, "H", "抽查比例应在 0% 到 100% 之间"),
        ({"at8": "经常"}, "I", "请填每年的次数"),
        ({"at8": 99}, "I", "每年 1 到 12 次"),
    ],
)
def test_each_kind_of_mistake_is_told_with_its_column(county, drafter, cells, column, message):
    problem = only_problem(load(workbooks.items_004([changed(**cells)]), county, drafter))
    assert (problem.row, problem.column) == (4, column)
    assert message in problem.message
    assert not InspectionItem.objects.exists()


def test_an_item_named_twice_is_refused(county, drafter):
    problem = only_problem(load(workbooks.items_004([ROW, ROW]), county, drafter))
    assert (problem.row, problem.message) == (5, "与第 4 行的事项名称重复，请核对后删去一行。")


@pytest.mark.parametrize(("data", "count"), [(workbooks.items_004(), 1), (workbooks.items_003(), 2)])
def test_the_same_list_again_drafts_nothing(county, drafter, data, count):
    load(data, county, drafter)
    outcome = load(data, county, drafter)
    assert (outcome.new, outcome.changed, outcome.unchanged, outcome.drafted) == (0, 0, count, ())
    assert ItemVersion.objects.count() == count


def test_a_changed_row_amends_the_draft(county, drafter):
    load(workbooks.items_004(), county, drafter)
    (change,) = load(workbooks.items_004([changed(at8=4)]), county, drafter).changes
    assert change.lines == (("抽查频次（次/年）", "2", "4"),)
    assert ItemVersion.objects.get().frequency_per_year == 4


def test_a_changed_row_of_a_published_item_becomes_its_next_version(county, drafter):
    load(workbooks.items_004(), county, drafter)
    first = ItemVersion.objects.get()
    verbs.publish(first, effective_from=dt.date(2099, 1, 1), by=drafter)
    load(workbooks.items_004([changed(at10="")]), county, drafter)
    newest = ItemVersion.objects.get(number=2)
    assert (newest.state, newest.joint_only, newest.remarks) == ("draft", False, "")
    assert verbs.checklist_of(newest) == verbs.checklist_of(first)


def test_an_item_cannot_move_from_one_list_to_the_other(county, drafter):
    load(workbooks.items_003(), county, drafter)
    moved = ["执业药师在岗情况及日常管理", "协议", "", "实地检查", "", "否"]
    problem = only_problem(load(workbooks.book({"清单": [workbooks.BASIC_COLUMNS, moved]}), county, drafter))
    assert "不能同时列入另一清单" in problem.message


def test_the_drafts_of_a_list_are_published_together_once(county, drafter):
    outcome = load(workbooks.items_003(), county, drafter)
    day = dt.date(2099, 1, 1)
    assert (
        items.publish(ItemVersion.objects.filter(pk__in=outcome.drafted), effective_from=day, by=drafter) == 2
    )
    assert set(ItemVersion.objects.values_list("state", "effective_from")) == {("published", day)}
    with pytest.raises(DomainError, match="都已公布"):
        items.publish(ItemVersion.objects.filter(pk__in=outcome.drafted), effective_from=day, by=drafter)


def test_rows_that_hold_their_number_alone_are_no_rows(county, drafter):
    numbered = [2, *[""] * 10]
    assert load(workbooks.items_004([ROW, numbered]), county, drafter).new == 1
    with pytest.raises(DomainError, match="没有数据"):
        load(workbooks.items_004([numbered]), county, drafter)


def test_sheets_that_are_hidden_or_of_another_form_are_named(county, drafter):
    data = workbooks.book(
        {"清单": [workbooks.BASIC_COLUMNS, workbooks.ITEM_003], "联络员": [["姓名"], ["甲"]]}
    )
    assert load(data, county, drafter).notes == ("未读取的工作表：联络员（隐藏，或没有所需的表头）。",)


def test_a_sheet_of_another_form_is_refused_with_the_missing_columns(county, drafter):
    with pytest.raises(DomainError, match="表头缺少"):
        load(workbooks.book({"表": [["*抽查事项", "备注"], ["甲", ""]]}), county, drafter)
