"""What real files are like: every mess in a file of its own, understood or told in words (A5)."""

import io
from pathlib import Path

import openpyxl
import pytest
from openpyxl.comments import Comment

from registries.errors import DomainError
from registries.fields import keyed_hash
from registries.imports import importing, marked, scans
from registries.imports.archive import scan_archive
from registries.models import Facility, Inspector
from tests.factories import id_number, insurance_code, make_facility, make_inspector, workbooks
from tests.factories.workbooks import facility_row, inspector_row

FULL_WIDTH = str.maketrans("0123456789HPXY", "０１２３４５６７８９ＨＰＸＹ")


def run(data, county, drafter, *, kind="facilities", filename="名录.xlsx", **options):
    return importing.run(kind, data, filename=filename, bureau=county, by=drafter, **options)


def messages(outcome):
    return [problem.message for problem in outcome.problems]


def edited(data, edit):
    """The workbook after `edit(sheet)`."""
    book = openpyxl.load_workbook(io.BytesIO(data))
    edit(book.active)
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def marked_copy(data, outcome, filename="名录.xlsx"):
    copy = marked.copy_of(data, filename=filename, problems=outcome.problems)
    return openpyxl.load_workbook(io.BytesIO(copy))


# --- understood ---------------------------------------------------------------------------------------------


def test_full_width_digits_stray_spaces_and_apostrophes_are_understood(county, drafter):
    row = [f"\u3000{str(cell).translate(FULL_WIDTH)}\xa0 " if cell else "" for cell in facility_row(1)]
    row[2] = f"'{row[2].strip()}"
    assert run(workbooks.facilities([row]), county, drafter).problems == ()
    assert Facility.objects.get().insurance_code == insurance_code(1, kind="P")


def test_numbers_kept_as_numbers_are_understood_where_excel_lost_nothing(county, drafter):
    row = facility_row(1, 联系电话=13800000001, 协议起始日=20260101)
    assert run(workbooks.facilities([row]), county, drafter).problems == ()
    assert Facility.objects.get().phone == "13800000001"


def test_merged_title_rows_above_the_header_are_passed_over(county, drafter):
    def add_titles(sheet):
        sheet.insert_rows(1, 2)
        sheet["A1"], sheet["A2"] = "某某区医疗保障局", "制表：2026 年 1 月"
        sheet.merge_cells("A1:P1")
        sheet.merge_cells("A2:P2")

    assert run(edited(workbooks.facilities([facility_row(1)]), add_titles), county, drafter).written


def test_hidden_sheets_are_not_imported_and_named(county, drafter):
    def hide_another(sheet):
        hidden = sheet.parent.create_sheet("去年")
        for row in (workbooks.FACILITY_COLUMNS, facility_row(2)):
            hidden.append(list(row))
        hidden.sheet_state = "hidden"

    outcome = run(edited(workbooks.facilities([facility_row(1)]), hide_another), county, drafter)
    assert (outcome.new, outcome.notes) == (1, ("未读取的工作表：去年（隐藏，或没有所需的表头）。",))


def test_an_xlsx_named_xls_is_read_by_what_it_is(county, drafter):
    assert run(workbooks.facilities([facility_row(1)]), county, drafter, filename="名录.xls").written


def test_an_xls_named_xlsx_is_read_by_what_it_is_and_told_what_it_lacks(county, drafter):
    data = (Path(__file__).parent / "files" / "facilities.xls").read_bytes()
    with pytest.raises(DomainError, match="国家医保编码"):
        run(data, county, drafter, filename="名录.xlsx")


# --- told in words ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("written", [410403198001010010, "4.10403E+17", 4.10403198001010e17])
def test_an_id_number_that_excel_has_rounded_is_explained(county, drafter, written):
    data = workbooks.inspectors([inspector_row(1, 身份证号=written)])
    (message,) = messages(run(data, county, drafter, kind="inspectors"))
    assert "科学计数法" in message
    assert "设为“文本”格式" in message


def test_an_id_number_whose_last_digits_became_zeros_is_explained(county, drafter):
    rounded = id_number(7)[:15] + "000"
    data = workbooks.inspectors([inspector_row(7, 身份证号=rounded, 性别="女")])
    (message,) = messages(run(data, county, drafter, kind="inspectors"))
    assert "Excel 把后三位舍成了 0" in message


def test_an_old_id_number_of_15_digits_is_explained(county, drafter):
    data = workbooks.inspectors([inspector_row(1, 身份证号="410403800101001")])
    assert "15 位旧身份证号" in messages(run(data, county, drafter, kind="inspectors"))[0]


def test_a_formula_is_told_with_its_row_and_column(county, drafter):
    data = edited(workbooks.facilities([facility_row(1)]), lambda sheet: sheet.__setitem__("C3", '=A3&"店"'))
    with pytest.raises(DomainError, match="第 3 行 C 列是公式，请粘贴为数值"):
        run(data, county, drafter)


def test_an_inspector_who_is_active_in_another_bureau_is_noted_and_not_refused(county, neighbour, drafter):
    make_inspector(neighbour, 1, id_number=id_number(1), id_number_hash=keyed_hash(id_number(1)))
    outcome = run(workbooks.inspectors([inspector_row(1)]), county, drafter, kind="inspectors")
    assert outcome.written
    assert any("新华区医疗保障局" in note for note in outcome.notes)
    assert Inspector.objects.count() == 2


def test_what_the_file_lacks_is_told_and_stays(county, drafter):
    make_facility(county, 7, insurance_code=insurance_code(7), name="不在文件中")
    make_facility(county, 8, insurance_code=insurance_code(8), agreement_status="ended")
    outcome = run(workbooks.facilities([facility_row(1)]), county, drafter)
    assert (outcome.missing, outcome.named["missing"]) == (1, [(insurance_code(7), "不在文件中")])
    assert Facility.objects.count() == 3


def test_new_and_unchanged_rows_are_named_with_their_row(county, drafter):
    data = workbooks.facilities([facility_row(1), facility_row(2)])
    assert run(data, county, drafter).named["new"][0] == (3, "卫东区示例机构1")
    again = run(data, county, drafter)
    assert again.named["unchanged"] == [(3, "卫东区示例机构1"), (4, "卫东区示例机构2")]


# --- in pieces ----------------------------------------------------------------------------------------------


@pytest.fixture
def pieces_of_two(monkeypatch):
    monkeypatch.setitem(importing.IN_PIECES, "facilities", 2)


@pytest.mark.usefixtures("pieces_of_two")
def test_a_problem_in_a_later_piece_takes_the_pieces_before_it_back(county, drafter):
    rows = [*map(facility_row, range(1, 6)), facility_row(6, 地址="")]
    outcome = run(workbooks.facilities(rows), county, drafter)
    assert (outcome.rows, len(outcome.problems), outcome.written) == (6, 1, False)
    assert not Facility.objects.exists()


@pytest.mark.usefixtures("pieces_of_two")
def test_a_facility_named_again_in_a_later_piece_is_refused(county, drafter):
    outcome = run(workbooks.facilities([facility_row(n) for n in (1, 2, 3, 4, 1)]), county, drafter)
    assert "与第 3 行的国家医保编码重复，请核对后删去一行。" in messages(outcome)
    assert not Facility.objects.exists()


@pytest.mark.usefixtures("pieces_of_two")
@pytest.mark.parametrize("encoding", ["utf-8-sig", "gb18030"])
def test_a_long_csv_file_is_read_as_it_is_needed(county, drafter, tmp_path, encoding):
    lines = [["卫东区名录"], workbooks.FACILITY_COLUMNS, *map(facility_row, range(1, 6)), [""]]
    file = tmp_path / "名录.csv"
    file.write_text("\r\n".join(",".join(line) for line in lines), encoding=encoding)
    outcome = run(file, county, drafter)
    assert (outcome.new, outcome.written, Facility.objects.count()) == (5, True, 5)


@pytest.mark.usefixtures("pieces_of_two")
def test_a_long_csv_file_with_a_problem_names_its_row_and_writes_nothing(county, drafter, tmp_path):
    lines = [workbooks.FACILITY_COLUMNS, *map(facility_row, range(1, 5)), facility_row(5, 协议状态="不明")]
    file = tmp_path / "名录.csv"
    file.write_text("\n".join(",".join(line) for line in lines), encoding="utf-8")
    (problem,) = run(file, county, drafter).problems
    assert (problem.row, problem.column, Facility.objects.count()) == (6, "K", 0)


def test_a_csv_file_that_breaks_off_in_the_middle_writes_nothing(county, drafter, tmp_path):
    file = tmp_path / "名录.csv"
    good = ",".join(workbooks.FACILITY_COLUMNS) + "\n" + ",".join(facility_row(1)) + "\n"
    file.write_text(good + '"' + "x" * 200_000, encoding="utf-8")
    with pytest.raises(DomainError, match="已损坏"):
        run(file, county, drafter)
    assert not Facility.objects.exists()


# --- the marked copy ----------------------------------------------------------------------------------------


def test_problem_cells_of_the_users_own_file_are_coloured_and_commented(county, drafter):
    def style(sheet):
        sheet["C3"].comment = Comment("老王：名称待定", "老王")
        sheet.column_dimensions["C"].width = 44

    data = edited(workbooks.facilities([facility_row(1, 机构名称="", 地址=""), facility_row(2)]), style)
    copy = marked_copy(data, run(data, county, drafter))
    summary, sheet = copy.worksheets
    assert [cell.value for cell in summary[2]] == [
        "定点医药机构名录", 3, "C", "机构名称", None, "请填写机构名称。",
    ]  # fmt: skip
    assert (sheet["C3"].fill.fgColor.rgb, sheet["G3"].comment.text) == ("00FFC7CE", "请填写地址。")
    assert sheet["C3"].comment.text == "老王：名称待定\n请填写机构名称。"
    assert (sheet["A3"].fill.fill_type, sheet["A4"].comment, sheet.column_dimensions["C"].width) == (
        None,
        None,
        44,
    )


def test_the_hidden_part_of_a_merged_range_is_marked_where_it_is_seen(county, drafter):
    data = edited(
        workbooks.facilities([facility_row(1), facility_row(2)]), lambda sheet: sheet.merge_cells("K3:K4")
    )
    sheet = marked_copy(data, run(data, county, drafter)).worksheets[1]
    assert "合并单元格 K3:K4" in sheet["K3"].comment.text


def test_a_csv_file_gets_a_workbook_with_the_same_cells_in_the_same_places(county, drafter):
    lines = [workbooks.FACILITY_COLUMNS, [], facility_row(1, 地址="", 机构名称="=1+1")]
    data = "\n".join(",".join(line) for line in lines).encode()
    outcome = run(data, county, drafter, filename="名录.csv")
    sheet = marked_copy(data, outcome, "名录.csv").worksheets[1]
    assert sheet["G3"].comment.text == "请填写地址。"
    assert (sheet["C3"].value, sheet["C3"].data_type) == ("'=1+1", "s")


def test_of_a_very_long_list_only_the_rows_with_problems_are_copied(county, drafter, monkeypatch):
    monkeypatch.setattr(marked, "MOST_WHOLE_ROWS", 3)
    data = workbooks.facilities([facility_row(1), facility_row(2, 地址=""), facility_row(3)])
    sheet = marked_copy(data, run(data, county, drafter)).worksheets[1]
    assert [row[0].value for row in sheet.iter_rows()] == [insurance_code(2, kind="P")]
    assert sheet["G1"].comment.text == "请填写地址。"


def test_the_marked_copy_can_be_corrected_and_uploaded(county, drafter):
    data = workbooks.facilities([facility_row(1, 地址="")])
    copy = marked_copy(data, run(data, county, drafter))
    copy.worksheets[1]["G3"] = "卫东区示例路 1 号"
    stream = io.BytesIO()
    copy.save(stream)
    outcome = run(stream.getvalue(), county, drafter)
    assert (outcome.written, outcome.notes) == (True, ())


# --- the quick look at a long sheet -------------------------------------------------------------------------


def test_the_quick_look_and_the_parser_tell_the_same_of_a_sheet(monkeypatch):
    def shape(sheet):
        sheet.merge_cells("A5:B6")
        sheet["D9"], sheet["D10"] = "=1+1", '=SUM(A1:A3)&"<f>"'
        sheet["XA1"].number_format = "0.00"

    data = edited(workbooks.facilities(map(facility_row, range(1, 9))), shape)
    (parsed,) = scan_archive(data).values()
    monkeypatch.setattr("registries.imports.archive.PARSED_BYTES", 0)
    (looked_at,) = scan_archive(data).values()
    for name in ("formulas", "merged", "columns", "last_row"):
        assert getattr(looked_at, name) == getattr(parsed, name)


@pytest.mark.parametrize(
    "odd",
    [
        b"<!-- --><c r=\"A1\"><v>1</v></c></row>",
        b"<c s=\"1\" r=\"A1\"><v>1</v></c></row>",
        b"<c><v>1</v></c></row>",
        b"<x:c r=\"A1\"><x:v>1</x:v></x:c></row>",
        b"<c r=\"A1\"><v>1</v><f>1+1</f></c></row>",
        b"<c r='A1'><v>1</v></c></row>",
    ],
)  # fmt: skip
def test_a_sheet_that_is_written_otherwise_is_left_to_the_parser(odd):
    assert scans.scan_plainly([odd]) is None
