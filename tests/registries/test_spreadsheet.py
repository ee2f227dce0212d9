import datetime as dt
import io
import zipfile
from pathlib import Path

import openpyxl
import pytest

from registries.identifiers import id_number_problem
from registries.imports import archive, reader, spreadsheet, tables
from registries.imports.cells import cell_text
from registries.imports.refusals import SpreadsheetError
from registries.imports.spreadsheet import Row, read_rows
from registries.imports.tables import Header, Layout, find_header, plain_header, read_tables

OLD_FORMAT = Path(__file__).parent / "files" / "facilities.xls"


def xlsx(*rows, sheets=None):
    """A workbook with these rows, or with `sheets`: name → (rows, state)."""
    book = openpyxl.Workbook()
    book.remove(book.active)
    for name, (lines, state) in (sheets or {"名录": (rows, "visible")}).items():
        sheet = book.create_sheet(name)
        sheet.sheet_state = state
        for line in lines:
            sheet.append(line)
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def repacked(data, **replacements):
    """The same archive with the parts whose path ends in a given name (dots as underscores) replaced."""
    stream = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as new:
        for member in old.infolist():
            key = member.filename.rpartition("/")[2].replace(".", "_")
            new.writestr(member.filename, replacements.get(key, old.read(member)))
    return stream.getvalue()


def sheet_xml(cells):
    xml = f'<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>{cells}</sheetData></worksheet>'
    return xml.encode()


def read_table(data, *, filename="a.xlsx", required, optional=()):
    (table,) = read_tables(
        data, filename=filename, layouts=[Layout("表", tuple(required), tuple(optional))]
    ).tables
    return table


def refusal(data, filename="名录.xlsx", **wanted):
    with pytest.raises(SpreadsheetError) as caught:
        read_table(data, filename=filename, **wanted) if wanted else read_rows(data, filename=filename)
    return caught.value.message


# --- reading cells ------------------------------------------------------------------------------------------


def test_rows_keep_the_numbers_that_excel_shows_and_blank_rows_are_dropped():
    book = read_rows(xlsx(["名录"], [], [None, "甲"], ["  "], ["乙"]), filename="a.xlsx")
    assert book.sheets[0].rows == (Row(1, ("名录", "")), Row(3, ("", "甲")), Row(5, ("乙", "")))


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("00123", "00123"),
        (" 甲 ", " 甲 "),
        (13800000000, "13800000000"),
        (13800000000.0, "13800000000"),
        (0.05, "0.05"),
        (0.1 + 0.2, "0.3"),
        (True, "是"),
        (dt.date(2026, 3, 1), "2026-03-01"),
        (dt.datetime(2026, 3, 1), "2026-03-01"),
        (dt.datetime(2026, 3, 1, 8, 5), "2026-03-01 08:05:00"),
        (dt.time(8, 5), "08:05:00"),
        (410403199001011234, "4.10403E+17"),
        (999999999999999, "999999999999999"),
    ],
)
def test_a_cell_becomes_the_text_a_person_sees(value, text):
    assert cell_text(value) == text
    assert read_rows(xlsx([value]), filename="a.xlsx").sheets[0].rows[0].cells == (text,)


def test_an_id_number_stored_as_a_number_is_recognised_as_damaged():
    table = read_table(xlsx(["*身份证号"], [410403199001011234]), filename="a.xlsx", required=["*身份证号"])
    assert "Excel" in id_number_problem(table.rows[0][1]["*身份证号"])


def test_hidden_sheets_are_not_read_but_reported():
    data = xlsx(
        sheets={"名录": ([["甲"]], "visible"), "旧": ([["乙"]], "hidden"), "密": ([["丙"]], "veryHidden")}
    )
    book = read_rows(data, filename="a.xlsx")
    assert [sheet.name for sheet in book.sheets] == ["名录"]
    assert book.hidden == ("旧", "密")


def test_a_file_can_be_read_from_its_path(tmp_path):
    path = tmp_path / "a.xlsx"
    path.write_bytes(xlsx(["甲"]))
    assert read_rows(path, filename="a.xlsx") == read_rows(path.read_bytes(), filename="a.xlsx")


@pytest.mark.parametrize("filename", ["facilities.xls", "facilities.xlsx"])
def test_the_old_format_is_read_whatever_its_name(filename):
    table = read_table(OLD_FORMAT, filename=filename, required=["*名称", "*电话"], optional=["日期"])
    assert table.rows == ((3, {"*名称": "仁和大药房", "*电话": "13800000000", "日期": "2026-03-01"}),)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
@pytest.mark.parametrize("delimiter", [",", "\t", ";"])
def test_csv_is_read_in_the_encodings_that_excel_writes(encoding, delimiter):
    text = f"*名称{delimiter}电话\r\n仁和诊所{delimiter}0375-1234567\r\n"
    table = read_table(text.encode(encoding), filename="名录.CSV", required=["*名称"], optional=["电话"])
    assert table.sheet == "名录"
    assert table.rows == ((2, {"*名称": "仁和诊所", "电话": "0375-1234567"}),)


# --- finding the header -------------------------------------------------------------------------------------


def rows_of(*lines):
    return [Row(number, tuple(line)) for number, line in enumerate(lines, start=1)]


def test_title_rows_above_the_header_are_passed_over():
    rows = rows_of(["执法检查人员清单"], ["2026 年"], ["序号", "*姓名", "*性别"], ["1", "甲", "男"])
    assert find_header(rows, Layout("表", ("*姓名", "*性别"), ("备注",))) == Header(
        3, {"*姓名": 1, "*性别": 2}
    )


@pytest.mark.parametrize(
    "written", ["身份证号", "＊身份证号", "* 身份\n证号", "身份证号：", "*身份证号\u3000"]
)
def test_asterisks_spaces_and_line_breaks_in_a_header_do_not_matter(written):
    assert find_header(rows_of([written]), Layout("表", ("*身份证号",))) == Header(1, {"*身份证号": 0})


def test_the_width_of_brackets_in_a_header_does_not_matter():
    assert plain_header("抽查比例（%）") == plain_header("抽查比例(%)")


def test_missing_columns_are_named_together_with_the_row_that_looks_like_the_header():
    with pytest.raises(SpreadsheetError, match="第 2 行的表头缺少：\\*性别、\\*联系电话"):
        find_header(rows_of(["清单"], ["*姓名", "职务"]), Layout("表", ("*姓名", "*性别", "*联系电话")))


def test_without_any_header_the_expected_columns_are_named():
    with pytest.raises(SpreadsheetError, match="没有找到表头.*\\*姓名"):
        find_header(rows_of(["甲", "男"]), Layout("表", ("*姓名",)))


def test_a_header_far_down_is_not_looked_for():
    with pytest.raises(SpreadsheetError, match="前 30 行"):
        find_header([Row(31, ("*姓名",))], Layout("表", ("*姓名",)))


def test_a_column_named_twice_is_refused():
    with pytest.raises(SpreadsheetError, match="“\\*姓名”出现了两次"):
        find_header(rows_of(["*姓名", "姓名"]), Layout("表", ("*姓名",), ("备注",)))


def test_the_sheet_with_the_header_is_found_among_others():
    data = xlsx(sheets={"说明": ([["先看这里"]], "visible"), "人员": ([["*姓名"], ["甲"]], "visible")})
    table = read_table(data, filename="a.xlsx", required=["*姓名"])
    assert (table.sheet, table.rows) == ("人员", ((2, {"*姓名": "甲"}),))


def test_when_no_sheet_fits_every_sheet_is_told_why_and_hidden_ones_are_mentioned():
    data = xlsx(
        sheets={"表1": ([["*姓名"]], "visible"), "表2": ([["x"]], "visible"), "旧": ([["*姓名"]], "hidden")}
    )
    message = refusal(data, required=["*姓名", "*性别"])
    assert "工作表“表1”：第 1 行的表头缺少：*性别" in message
    assert "工作表“表2”：前 30 行中没有找到表头" in message
    assert "隐藏的工作表（旧）未读取" in message


def test_a_table_has_wanted_columns_only_and_knows_their_letters():
    data = xlsx(["序号", "*姓名", "微信"], [1, "甲", "abc"], [2])
    table = read_table(data, filename="a.xlsx", required=["*姓名"], optional=["备注"])
    assert table.rows == ((2, {"*姓名": "甲", "备注": ""}),)
    assert (table.column_letter("*姓名"), table.column_letter("备注")) == ("B", "")


def test_lists_below_each_other_on_one_sheet_are_tables_of_their_own():
    data = xlsx(["清单一"], ["*姓名", "职务"], ["甲", "无"], [], ["清单二"], ["*姓名"], ["乙"])
    first, second = read_tables(data, filename="a.xlsx", layouts=[Layout("表", ("*姓名",), ("职务",))]).tables
    assert (first.title, [number for number, _ in first.rows]) == ("清单一", [3])
    assert (second.title, [number for number, _ in second.rows]) == ("清单二", [7])


def test_sheets_that_gave_nothing_are_named():
    data = xlsx(
        sheets={"表": ([["*姓名"], ["甲"]], "visible"), "说明": ([["填表"]], "visible"), "旧": ([], "hidden")}
    )
    assert read_tables(data, filename="a.xlsx", layouts=[Layout("表", ("*姓名",))]).unread == ("说明", "旧")


def test_a_header_without_data_is_refused():
    assert "没有数据" in refusal(xlsx(["*姓名"]), required=["*姓名"])


# --- formulas -----------------------------------------------------------------------------------------------


def test_formulas_in_wanted_columns_are_refused_with_row_and_column():
    data = xlsx(["*姓名", "备注", "*年龄"], ["甲", "", "=1+1"], ["=A2", "", 3])
    message = refusal(data, required=["*姓名", "*年龄"])
    assert message == "第 2 行 C 列是公式，请粘贴为数值；第 3 行 A 列是公式，请粘贴为数值。"


def test_formulas_elsewhere_do_no_harm():
    data = xlsx(["=1+1"], ["序号", "*姓名"], ["=ROW()-2", "甲"])
    assert read_table(data, filename="a.xlsx", required=["*姓名"]).rows == ((3, {"*姓名": "甲"}),)


def test_of_many_formulas_only_the_first_are_named():
    message = refusal(xlsx(["*年龄"], *[["=1+1"]] * 12), required=["*年龄"])
    assert message.count("是公式") == tables.MOST_FORMULAS_NAMED
    assert message.endswith("；另有 2 处以上。")


def test_a_text_that_looks_like_a_formula_is_text_in_csv():
    table = read_table("*名称\n=1+1\n".encode(), filename="a.csv", required=["*名称"])
    assert table.rows == ((2, {"*名称": "=1+1"}),)


# --- files that are refused ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("data", "filename", "message"),
    [
        (b"", "a.xlsx", "文件是空的"),
        (b"%PDF-1.7", "a.xlsx", "不是 Excel 文件"),
        ("甲,乙".encode(), "a.xlsx", "不是 Excel 文件"),
        (b"\xef\xbb\xbf <html><table>", "a.xls", "网页文件"),
        (b"PK\x03\x04 broken", "a.xlsx", "已损坏"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, "a.xls", "已损坏"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + "EncryptedPackage".encode("utf-16-le"), "a.xlsx", "打开密码"),
        (b"\x81\x00\xff\x00", "a.csv", "编码无法识别"),
        (b'"' + b"x" * 200_000, "a.csv", "已损坏"),
        (b"\n\n", "a.csv", "没有可见的内容"),
    ],
)
def test_a_file_that_is_no_table_is_refused_with_advice(data, filename, message):
    assert message in refusal(data, filename)


def test_a_file_over_40_mb_is_refused_before_it_is_read(tmp_path):
    path = tmp_path / "a.xlsx"
    with path.open("wb") as stream:
        stream.truncate(spreadsheet.MOST_BYTES + 1)
    assert "超过 40 MB" in refusal(path)


def test_a_workbook_with_only_hidden_or_blank_sheets_is_refused():
    data = xlsx(sheets={"空": ([], "visible"), "旧": ([["甲"]], "hidden")})
    assert "没有可见的内容" in refusal(data)


def test_another_zip_file_is_not_a_workbook():
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as other:
        other.writestr("word/document.xml", "<w/>")
    assert "不是 Excel 工作簿" in refusal(stream.getvalue())


def test_a_workbook_that_unpacks_to_too_much_is_refused(monkeypatch):
    monkeypatch.setattr(archive, "MOST_UNPACKED_BYTES", 100_000)
    data = repacked(xlsx(["甲"]), theme1_xml=b" " * 200_000)
    assert len(data) < 10_000
    assert "解压后超过" in refusal(data)


def test_a_bomb_that_lies_about_its_size_is_refused(monkeypatch):
    monkeypatch.setattr(archive, "MOST_UNPACKED_BYTES", 100_000)
    true_size, told_size = (200_000).to_bytes(4, "little"), (100).to_bytes(4, "little")
    data = repacked(xlsx(["甲"]), theme1_xml=b" " * 200_000)
    assert data.count(true_size) == 2
    assert "解压后超过" in refusal(data.replace(true_size, told_size))


def test_two_parts_of_one_name_are_refused():
    stream = io.BytesIO(xlsx(["甲"]))
    with zipfile.ZipFile(stream, "a") as more, pytest.warns(UserWarning, match="Duplicate name"):
        more.writestr("xl/workbook.xml", "<workbook/>")
    assert "结构不常见" in refusal(stream.getvalue())


def test_parts_locked_with_a_password_are_refused():
    data = bytearray(xlsx(["甲"]))
    data[data.rindex(b"PK\x01\x02") + 8] |= archive.ENCRYPTED_FLAG
    assert "打开密码" in refusal(bytes(data))


@pytest.mark.parametrize(
    ("cells", "message"),
    [
        ('<row r="200001"><c r="A200001"><v>1</v></c></row>', "用到第 200001 行，超过 200000 行"),
        ('<row><c r="A1"><v>1</v></c></row><row><c r="XFD900"><v>1</v></c></row>', "范围过大"),
        ("<row><c><v>1</v></c></row>", "结构不常见"),
        ('<row r="1"><c r="A1"><v>1</v></row>', "已损坏"),
        ('<row r="1"><c r="1A"><v>1</v></c></row>', "已损坏"),
    ],
)
def test_a_sheet_that_would_exhaust_or_confuse_the_reader_is_refused(cells, message):
    assert message in refusal(repacked(xlsx(["甲"]), sheet1_xml=sheet_xml(cells)))


def test_a_file_that_makes_the_reader_abort_does_no_harm_to_this_process():
    texts = (
        '<sst xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" uniqueCount="99999999999"/>'
    )
    stream = io.BytesIO(xlsx(["甲"]))
    with zipfile.ZipFile(stream, "a") as more:
        more.writestr("xl/sharedStrings.xml", texts)
    assert "已损坏" in refusal(stream.getvalue())


def test_one_text_named_by_very_many_cells_stops_the_reader(monkeypatch):
    monkeypatch.setattr(reader, "MOST_CHARACTERS", 10)
    assert reader.sheets_of(xlsx(["长" * 10])) == [("名录", "长" * 10)]
    with pytest.raises(SystemExit) as stopped:
        reader.sheets_of(xlsx(["长" * 6], ["长" * 6]))
    assert stopped.value.code == reader.TOO_MUCH_TEXT


def test_a_file_that_takes_the_reader_too_long_is_refused(monkeypatch):
    monkeypatch.setattr(spreadsheet, "MOST_SECONDS", 0)
    assert "内容过多" in refusal(xlsx(["甲"]))


def test_far_cells_with_a_border_but_no_content_do_not_count():
    cells = '<row r="1"><c r="A1"><v>1</v></c><c r="XFD1" s="0"/></row><row r="1048576"><c r="A1048576" s="0"/></row>'
    book = read_rows(repacked(xlsx(["甲"]), sheet1_xml=sheet_xml(cells)), filename="a.xlsx")
    assert book.sheets[0].rows == (Row(1, ("1",)),)


def test_a_csv_with_too_many_rows_is_refused(monkeypatch):
    monkeypatch.setattr(spreadsheet, "MOST_ROWS", 3)
    assert "超过 3 行" in refusal(b"a\nb\nc\nd\n", "a.csv")
