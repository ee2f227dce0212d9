import datetime as dt
import io

import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from registries import workbooks
from registries.identifiers import normalise
from registries.imports.refusals import SpreadsheetError
from registries.imports.tables import Layout, read_tables
from registries.imports.template import FORMULA_STARTS, safe_cell, workbook

COLUMNS = ["*所属单位", "*姓名", "*身份证号", "*性别", "发证时间"]
derandomized = settings(derandomize=True, deadline=None)


def form(**given):
    return workbook(COLUMNS, **({"title": "执法检查人员清单"} | given))


def exported(tmp_path, *rows):
    target = tmp_path / "list.xlsx"
    count = workbooks.write(
        target,
        title="执法检查人员清单",
        columns=COLUMNS,
        rows=rows,
        expected=len(rows),
        about=lambda count: {"条数": count},
    )
    assert count == len(rows)
    return target.read_bytes()


def opened(data):
    return openpyxl.load_workbook(io.BytesIO(data))


def line(sheet, row):
    return [cell.value for cell in sheet[row]]


def test_the_header_has_exactly_the_given_column_names_below_the_title():
    sheet = opened(form())["执法检查人员清单"]
    assert sheet["A1"].value == "执法检查人员清单"
    assert line(sheet, 2) == COLUMNS


def test_title_and_header_stay_in_view():
    assert opened(form()).worksheets[0].freeze_panes == "A3"


def test_every_column_is_text_so_that_long_numbers_stay_whole():
    sheet = opened(form()).worksheets[0]
    assert [sheet.column_dimensions[letter].number_format for letter in "ABCDE"] == ["@"] * 5


def test_a_column_of_numbers_is_wide_enough_for_eighteen_digits():
    sheet = opened(form()).worksheets[0]
    assert sheet.column_dimensions["C"].width >= 20


def test_choices_are_offered_in_their_column_from_a_hidden_sheet():
    book = opened(form(choices={"*性别": ["男", "女"]}))
    (rule,) = book.worksheets[0].data_validations.dataValidation
    assert (rule.type, rule.formula1, str(rule.sqref)) == ("list", "'选项'!$A$1:$A$2", "D3:D20000")
    assert [cell.value for cell in book["选项"]["A"]] == ["男", "女"]
    assert book["选项"].sheet_state == "hidden"


def test_each_list_of_choices_has_its_own_column():
    book = opened(form(choices={"*性别": ["男", "女"], "*所属单位": ["监审股", "稽核中心", "办公室"]}))
    rules = {str(rule.sqref): rule.formula1 for rule in book.worksheets[0].data_validations.dataValidation}
    assert rules == {"A3:A20000": "'选项'!$A$1:$A$3", "D3:D20000": "'选项'!$B$1:$B$2"}
    assert [line(book["选项"], row) for row in (1, 2, 3)] == [
        ["监审股", "男"],
        ["稽核中心", "女"],
        ["办公室", None],
    ]


def test_an_empty_list_of_choices_offers_nothing():
    book = opened(form(choices={"*所属单位": [], "没有这一列": ["甲"]}))
    assert book.worksheets[0].data_validations.dataValidation == []
    assert book.sheetnames == ["执法检查人员清单", "填表说明"]


def test_the_notes_explain_every_column_with_its_example():
    notes = opened(
        form(notes={"*性别": "与身份证一致"}, examples={"*性别": "女"}, choices={"*性别": ["男", "女"]})
    )["填表说明"]
    assert line(notes, 1) == ["列名", "是否必填", "填写说明", "可选内容", "示例"]
    assert line(notes, 5) == ["*性别", "必填", "与身份证一致", "男、女", "女"]
    assert line(notes, 6)[:2] == ["发证时间", "选填"]


def test_the_notes_say_how_excel_rounds_long_numbers():
    notes = opened(form())["填表说明"]
    said = {row[0]: row[2] for row in notes.iter_rows(min_row=8, values_only=True)}
    assert list(said) == ["长号码", "日期", "公式"]
    assert "15 位有效数字" in said["长号码"]


def test_an_export_begins_with_title_and_header_that_stay_in_view(tmp_path):
    sheet = opened(exported(tmp_path, ["甲"] * 5)).worksheets[0]
    assert (sheet.title, sheet["A1"].value, line(sheet, 2)) == (
        "执法检查人员清单",
        "执法检查人员清单",
        COLUMNS,
    )
    assert sheet.freeze_panes == "A3"


def test_an_unfilled_template_has_nothing_to_import():
    data = form(examples={"*姓名": "甲"})
    with pytest.raises(SpreadsheetError, match="没有数据"):
        read_tables(data, filename="a.xlsx", layouts=[Layout("表", tuple(COLUMNS))])


def test_exported_rows_can_be_imported_again(tmp_path):
    row = ["监审股", "=甲", "11010519491231002X", "女", dt.date(2026, 3, 1)]
    layouts = [Layout("表", tuple(COLUMNS))]
    (table,) = read_tables(exported(tmp_path, row), filename="a.xlsx", layouts=layouts).tables
    ((number, values),) = table.rows
    assert number == 3
    assert [normalise(text) for text in values.values()] == [
        "监审股",
        "=甲",
        "11010519491231002X",
        "女",
        "2026-03-01",
    ]


def test_an_exported_date_is_text_and_not_a_serial_number(tmp_path):
    sheet = opened(exported(tmp_path, ["", "", None, 18, dt.date(2026, 3, 1)])).worksheets[0]
    assert (sheet["D3"].value, sheet["D3"].number_format) == ("18", "@")
    assert sheet["E3"].value == "2026-03-01"


def test_a_title_may_hold_what_a_sheet_name_may_not():
    book = opened(form(title="清单[2026]: 一/二?" + "长" * 40))
    assert book.sheetnames[0] == ("清单2026 一二" + "长" * 40)[:31]
    assert book.worksheets[0]["A1"].value.startswith("清单[2026]: 一/二?")


@pytest.mark.parametrize("start", FORMULA_STARTS)
def test_no_exported_text_is_taken_for_a_formula(tmp_path, start):
    text = f"{start}HYPERLINK(1)"
    assert safe_cell(text) == f"'{text}"
    cell = opened(exported(tmp_path, [text, "", "", "", ""])).worksheets[0]["A3"]
    assert cell.data_type == "s"
    assert cell.value.startswith("'")


@pytest.mark.parametrize("value", [None, True, 5, -0.5, dt.date(2026, 3, 1), "仁和诊所", ""])
def test_other_values_are_exported_as_they_are(value):
    assert safe_cell(value) == value


def test_control_characters_that_a_workbook_cannot_hold_are_dropped():
    assert safe_cell("仁\x00和\x0b") == "仁和"


@derandomized
@given(st.text())
def test_a_safe_cell_never_starts_a_formula_and_reads_back_the_same(text):
    safe = safe_cell(text)
    assert not safe.startswith(FORMULA_STARTS)
    assert normalise(safe) == normalise(safe.removeprefix("'"))
