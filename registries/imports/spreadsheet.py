"""What a person's .xlsx, .xls or .csv says, cell by cell as text, with row numbers as Excel shows them."""

import csv
import io
import json
import os
import re
import subprocess
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from openpyxl.utils import get_column_letter

from registries.imports import reader
from registries.imports.archive import scan_archive
from registries.imports.refusals import DAMAGED, ENCRYPTED, MOST_ROWS, UNUSUAL, SpreadsheetError

PROJECT = Path(__file__).resolve().parents[2]
MOST_SECONDS = 60
MOST_BYTES = 20 * 1024 * 1024
ZIP_MAGIC = b"PK\x03\x04"
OLE_MAGIC = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
ENCRYPTED_STREAM = "EncryptedPackage".encode("utf-16-le")
UTF16_MARKS = (b"\xff\xfe", b"\xfe\xff")
TEXT_ENDINGS = (".csv", ".txt")
HEADER_WITHIN_ROWS = 30
MOST_FORMULAS_NAMED = 10
# Asterisks mark required columns; spaces, line breaks and the width of brackets vary from hand to hand.
HEADER_NOISE = re.compile(r"[\s*＊:：\u200b\ufeff]+")
HALF_WIDTH_BRACKETS = str.maketrans("（）", "()")

TOO_MUCH = "文件内容过多，无法一次读取。请分成多个文件导入。"
NOT_EXCEL = "这不是 Excel 文件。请上传 .xlsx、.xls 或 .csv 文件，建议使用下载的模板填写。"
WEB_PAGE = "这是扩展名为 Excel 的网页文件。请用 Excel 或 WPS 打开后另存为 .xlsx，再重新上传。"


@dataclass(frozen=True)
class Row:
    number: int
    cells: tuple[str, ...]


@dataclass(frozen=True)
class Sheet:
    """Rows without the blank ones. `formulas` gives rows by column letter, the first hundred of each column."""

    name: str
    rows: tuple[Row, ...]
    formulas: Mapping[str, Sequence[int]] = field(default_factory=dict)


@dataclass(frozen=True)
class Book:
    sheets: tuple[Sheet, ...]
    hidden: tuple[str, ...] = ()


@dataclass(frozen=True)
class Header:
    """`columns` gives the place of each wanted column that exists, counted from 0."""

    row: int
    columns: Mapping[str, int]


@dataclass(frozen=True)
class Table:
    """`rows` holds (row number, text by wanted column); a column missing from the file is an empty text."""

    sheet: str
    header: Header
    rows: tuple[tuple[int, dict[str, str]], ...]
    hidden: tuple[str, ...]

    def column_letter(self, column: str) -> str:
        return get_column_letter(self.header.columns[column] + 1) if column in self.header.columns else ""


def read_table(
    source: bytes | os.PathLike | str,
    *,
    filename: str,
    required: Sequence[str],
    optional: Sequence[str] = (),
) -> Table:
    """The first visible sheet that has the required columns; formulas in wanted columns are refused."""
    book = read_rows(source, filename=filename)
    sheet, header = _sheet_with_header(book, required, optional)
    _refuse_formulas(sheet, header)
    rows = tuple((row.number, _values(row, header, [*required, *optional])) for row in _below(sheet, header))
    if not any(any(values.values()) for _, values in rows):
        raise SpreadsheetError(f"工作表“{sheet.name}”的表头下面没有数据，请填写后重新上传。")
    return Table(sheet.name, header, rows, book.hidden)


def read_rows(source: bytes | os.PathLike | str, *, filename: str) -> Book:
    """Every visible sheet. The content decides what the file is, except that text must be named .csv or .txt."""
    data = _bytes_of(source)
    if data.startswith((ZIP_MAGIC, OLE_MAGIC)):
        book = _read_workbook(data)
    elif data.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<"):
        raise SpreadsheetError(WEB_PAGE)
    elif filename.lower().endswith(TEXT_ENDINGS):
        book = Book((Sheet(Path(filename).stem, tuple(_rows(_read_text(data)))),))
    else:
        raise SpreadsheetError(NOT_EXCEL)
    if not any(sheet.rows for sheet in book.sheets):
        raise SpreadsheetError("文件里没有可见的内容，请检查工作表是否被隐藏，或使用下载的模板填写。")
    return book


def find_header(rows: Iterable[Row], required: Sequence[str], optional: Sequence[str] = ()) -> Header:
    """The first row that names every required column. Title rows above it are passed over."""
    best = Header(0, {})
    for row in rows:
        if row.number > HEADER_WITHIN_ROWS:
            break
        columns = _columns_of(row, [*required, *optional])
        if all(column in columns for column in required):
            _refuse_double_columns(row, columns)
            return Header(row.number, columns)
        if len(columns) > len(best.columns):
            best = Header(row.number, columns)
    missing = "、".join(column for column in required if column not in best.columns)
    if not best.columns:
        raise SpreadsheetError(
            f"前 {HEADER_WITHIN_ROWS} 行中没有找到表头。请使用下载的模板，表头应有：{missing}。"
        )
    raise SpreadsheetError(f"第 {best.row} 行的表头缺少：{missing}。请对照下载的模板补全列名。")


def plain_header(text: str) -> str:
    """A column name without what varies between copies of one form."""
    return HEADER_NOISE.sub("", text).translate(HALF_WIDTH_BRACKETS)


def _bytes_of(source: bytes | os.PathLike | str) -> bytes:
    size = len(source) if isinstance(source, bytes) else Path(source).stat().st_size
    if size > MOST_BYTES:
        raise SpreadsheetError("文件超过 20 MB，请删除图片等无关内容，或分成多个文件导入。")
    if size == 0:
        raise SpreadsheetError("文件是空的，请重新选择文件。")
    return source if isinstance(source, bytes) else Path(source).read_bytes()


def _read_workbook(data: bytes) -> Book:
    if data.startswith(OLE_MAGIC) and ENCRYPTED_STREAM in data:
        raise SpreadsheetError(ENCRYPTED)
    scans = scan_archive(data) if data.startswith(ZIP_MAGIC) else None
    sheets = _read_apart(data)
    visible = [(name, rows) for name, rows in sheets if rows is not None]
    if scans is not None and scans.keys() != {name for name, _ in visible}:
        raise SpreadsheetError(UNUSUAL)
    return Book(
        tuple(
            Sheet(name, tuple(_rows(rows)), scans[name].formulas if scans else {}) for name, rows in visible
        ),
        tuple(name for name, rows in sheets if rows is None),
    )


def _read_apart(data: bytes) -> list[tuple[str, list[list[str]] | None]]:
    try:
        child = subprocess.run(  # noqa: S603 - a constant command; the file goes through the pipe
            [sys.executable, "-m", reader.__name__],
            input=data,
            capture_output=True,
            cwd=PROJECT,
            timeout=MOST_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise SpreadsheetError(TOO_MUCH) from None
    if child.returncode:
        messages = {reader.PASSWORD_NEEDED: ENCRYPTED, reader.TOO_MUCH_TEXT: TOO_MUCH}
        raise SpreadsheetError(messages.get(child.returncode, DAMAGED))
    return json.loads(child.stdout)


def _read_text(data: bytes) -> Iterator[Sequence[str]]:
    """Excel in China saves CSV as GB18030 or, when told to, as UTF-8; "Unicode 文本" is UTF-16 with tabs."""
    encodings = ("utf-16",) if data.startswith(UTF16_MARKS) else ("utf-8-sig", "gb18030")
    for encoding in encodings:
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\0" not in text:
            first_line = text.partition("\n")[0]
            delimiter = max(",\t;", key=first_line.count)
            return _csv_records(text, delimiter)
    raise SpreadsheetError("文字编码无法识别。请用 Excel 或 WPS 打开后另存为 .xlsx，再重新上传。")


def _csv_records(text: str, delimiter: str) -> Iterator[Sequence[str]]:
    try:
        yield from csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    except csv.Error:
        raise SpreadsheetError(DAMAGED) from None


def _rows(records: Iterable[Sequence[str]]) -> Iterator[Row]:
    for number, record in enumerate(records, start=1):
        if number > MOST_ROWS:
            raise SpreadsheetError(f"表格超过 {MOST_ROWS} 行的上限，请分成多个文件导入。")
        if any(cell.strip() for cell in record):
            yield Row(number, tuple(record))


def _columns_of(row: Row, wanted: Sequence[str]) -> dict[str, int]:
    plain = [plain_header(cell) for cell in row.cells]
    return {column: plain.index(plain_header(column)) for column in wanted if plain_header(column) in plain}


def _refuse_double_columns(row: Row, columns: Iterable[str]) -> None:
    plain = [plain_header(cell) for cell in row.cells]
    twice = "、".join(column for column in columns if plain.count(plain_header(column)) > 1)
    if twice:
        raise SpreadsheetError(f"第 {row.number} 行的表头里“{twice}”出现了两次，请删去多余的列。")


def _sheet_with_header(book: Book, required: Sequence[str], optional: Sequence[str]) -> tuple[Sheet, Header]:
    refusals = []
    for sheet in book.sheets:
        try:
            return sheet, find_header(sheet.rows, required, optional)
        except SpreadsheetError as refusal:
            refusals.append(f"工作表“{sheet.name}”：{refusal.message}")
    unseen = f"隐藏的工作表（{'、'.join(book.hidden)}）未读取。" if book.hidden else ""
    raise SpreadsheetError("\n".join(refusals) + unseen)


def _below(sheet: Sheet, header: Header) -> Iterator[Row]:
    return (row for row in sheet.rows if row.number > header.row)


def _values(row: Row, header: Header, wanted: Sequence[str]) -> dict[str, str]:
    places = header.columns
    return {
        column: row.cells[places[column]] if column in places and places[column] < len(row.cells) else ""
        for column in wanted
    }


def _refuse_formulas(sheet: Sheet, header: Header) -> None:
    """A formula's stored result may be missing or stale, and a person's number is never computed."""
    letters = [get_column_letter(place + 1) for place in sorted(header.columns.values())]
    found = sorted(
        (row, letter) for letter in letters for row in sheet.formulas.get(letter, ()) if row > header.row
    )
    if not found:
        return
    named = [f"第 {row} 行 {letter} 列是公式，请粘贴为数值" for row, letter in found[:MOST_FORMULAS_NAMED]]
    more = f"；另有 {len(found) - len(named)} 处以上" if len(found) > len(named) else ""
    raise SpreadsheetError("；".join(named) + more + "。")
