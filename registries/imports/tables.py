"""The tables of a workbook: found by their column names, wherever they stand.

A bureau may keep two lists on two sheets or below each other on one, each with a title and a header of its own.
"""

import math
import os
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from operator import itemgetter

from openpyxl.utils import get_column_letter

from registries.imports.refusals import SpreadsheetError
from registries.imports.spreadsheet import Book, Row, Sheet, read_rows

HEADER_WITHIN_ROWS = 30
MOST_FORMULAS_NAMED = 10
# Asterisks mark required columns; spaces, line breaks and the width of brackets vary from hand to hand.
HEADER_NOISE = re.compile(r"[\s*＊:：\u200b\ufeff]+")
HALF_WIDTH_BRACKETS = str.maketrans("（）", "()")


@dataclass(frozen=True)
class Layout:
    """The column names of one form. A row that has all the required ones is a header of it."""

    name: str
    required: tuple[str, ...]
    optional: tuple[str, ...] = ()

    @property
    def wanted(self) -> tuple[str, ...]:
        return (*self.required, *self.optional)


@dataclass(frozen=True)
class Header:
    """`columns` gives the place of each wanted column that exists, counted from 0."""

    row: int
    columns: Mapping[str, int]


@dataclass(frozen=True)
class Table:
    """A list found in a file; `body` holds its rows as they stand there."""

    sheet: str
    title: str
    layout: str
    wanted: tuple[str, ...]
    header: Header
    body: Sequence[Row]
    merged: Sequence[str] = ()

    @property
    def rows(self) -> tuple[tuple[int, dict[str, str]], ...]:
        """(row number, text by wanted column); a column missing from the file is an empty text."""
        return tuple((number, dict(zip(self.wanted, texts, strict=True))) for number, texts in self.texts())

    def texts(self) -> Iterator[tuple[int, tuple[str, ...]]]:
        """(row number, texts in the order of `wanted`) of each row that says anything there."""
        places = [self.header.columns.get(column, -1) for column in self.wanted]
        width = max(places) + 1
        # A column that the file lacks is read from the empty cell behind the last.
        pick = itemgetter(*places, -1)
        for number, cells in self.body:
            picked = pick((*cells, *("",) * (width - len(cells)), ""))[:-1]
            if any(picked):
                yield number, picked

    def column_letter(self, column: str) -> str:
        return get_column_letter(self.header.columns[column] + 1) if column in self.header.columns else ""


@dataclass(frozen=True)
class Reading:
    """`unread` names the sheets that gave nothing: hidden ones and those without a header."""

    tables: tuple[Table, ...]
    unread: tuple[str, ...]


def read_tables(source: bytes | os.PathLike | str, *, filename: str, layouts: Sequence[Layout]) -> Reading:
    """Every table of every visible sheet; formulas in wanted columns are refused."""
    book = read_rows(source, filename=filename)
    found = {sheet.name: tuple(_tables(sheet, layouts)) for sheet in book.sheets}
    tables = tuple(table for tables in found.values() for table in tables)
    if not tables:
        raise SpreadsheetError(_why_nothing_fits(book, layouts))
    filled = tuple(table for table in tables if any(table.texts()))
    if not filled:
        raise SpreadsheetError(f"工作表“{tables[0].sheet}”的表头下面没有数据，请填写后重新上传。")
    without_header = [name for name, tables in found.items() if not tables]
    return Reading(filled, (*without_header, *book.hidden))


def find_header(rows: Iterable[Row], layout: Layout) -> Header:
    """The first row that names every required column. Title rows above it are passed over."""
    best = Header(0, {})
    for row in rows:
        if row.number > HEADER_WITHIN_ROWS:
            break
        columns = _columns_of(row, layout.wanted)
        if all(column in columns for column in layout.required):
            _refuse_double_columns(row, columns)
            return Header(row.number, columns)
        if len(columns) > len(best.columns):
            best = Header(row.number, columns)
    missing = "、".join(column for column in layout.required if column not in best.columns)
    if not best.columns:
        raise SpreadsheetError(
            f"前 {HEADER_WITHIN_ROWS} 行中没有找到表头。请使用下载的模板，表头应有：{missing}。"
        )
    raise SpreadsheetError(f"第 {best.row} 行的表头缺少：{missing}。请对照下载的模板补全列名。")


def plain_header(text: str) -> str:
    """A column name without what varies between copies of one form."""
    return HEADER_NOISE.sub("", text).translate(HALF_WIDTH_BRACKETS)


def _tables(sheet: Sheet, layouts: Sequence[Layout]) -> Iterator[Table]:
    for layout, header, above, body in _split(sheet, layouts):
        title = "".join(cell.strip() for row in above for cell in row.cells)
        yield Table(sheet.name, title, layout.name, layout.wanted, header, body, sheet.merged)


def _split(
    sheet: Sheet, layouts: Sequence[Layout]
) -> Iterator[tuple[Layout, Header, Sequence[Row], Sequence[Row]]]:
    """Layout, header, the title rows above it and the rows below it, for each header of the sheet."""
    headers = list(_headers(sheet, layouts))
    places = {row.number: place for place, row in enumerate(sheet.rows)}
    starts = [places[header.row] for _, header in headers]
    above = sheet.rows[: starts[0]] if starts else ()
    for (layout, header), (start, end) in zip(headers, pairwise([*starts, None]), strict=True):
        body = sheet.rows[start + 1 : end]
        _refuse_formulas(sheet, header, before=sheet.rows[end].number if end else math.inf)
        titles = _titles_at_the_end(body) if end else 0
        yield layout, header, above, body[: len(body) - titles]
        above = body[len(body) - titles :]


def _headers(sheet: Sheet, layouts: Sequence[Layout]) -> Iterator[tuple[Layout, Header]]:
    names = {plain_header(column) for layout in layouts for column in layout.wanted}
    seen = False
    for row in sheet.rows:
        if not seen and row.number > HEADER_WITHIN_ROWS:
            return
        # Below a header nearly every row is data; its first cell alone tells so.
        if seen and plain_header(next(filter(str.strip, row.cells))) not in names:
            continue
        for layout in layouts:
            columns = _columns_of(row, layout.wanted)
            if all(column in columns for column in layout.required):
                _refuse_double_columns(row, columns)
                seen = True
                yield layout, Header(row.number, columns)
                break


def _titles_at_the_end(body: Sequence[Row]) -> int:
    """How many of the last rows are the title of the next table: a title fills one cell."""
    count = 0
    for row in reversed(body):
        if sum(1 for cell in row.cells if cell.strip()) > 1:
            break
        count += 1
    return count


def _why_nothing_fits(book: Book, layouts: Sequence[Layout]) -> str:
    reasons = []
    for sheet in book.sheets:
        refusals = []
        for layout in layouts:
            try:
                find_header(sheet.rows, layout)
            except SpreadsheetError as refusal:
                refusals.append(refusal.message)
        # The layout that comes nearest misses the fewest columns and has the shortest message.
        reasons.append(f"工作表“{sheet.name}”：{min(refusals, key=len)}")
    unseen = f"隐藏的工作表（{'、'.join(book.hidden)}）未读取。" if book.hidden else ""
    return "\n".join(reasons) + unseen


def _columns_of(row: Row, wanted: Sequence[str]) -> dict[str, int]:
    plain = [plain_header(cell) for cell in row.cells]
    return {column: plain.index(plain_header(column)) for column in wanted if plain_header(column) in plain}


def _refuse_double_columns(row: Row, columns: Iterable[str]) -> None:
    plain = [plain_header(cell) for cell in row.cells]
    twice = "、".join(column for column in columns if plain.count(plain_header(column)) > 1)
    if twice:
        raise SpreadsheetError(f"第 {row.number} 行的表头里“{twice}”出现了两次，请删去多余的列。")


def _refuse_formulas(sheet: Sheet, header: Header, *, before: float) -> None:
    """A formula's stored result may be missing or stale, and a person's number is never computed."""
    letters = [get_column_letter(place + 1) for place in sorted(header.columns.values())]
    found = sorted(
        (row, letter)
        for letter in letters
        for row in sheet.formulas.get(letter, ())
        if header.row < row < before
    )
    if not found:
        return
    named = [f"第 {row} 行 {letter} 列是公式，请粘贴为数值" for row, letter in found[:MOST_FORMULAS_NAMED]]
    more = f"；另有 {len(found) - len(named)} 处以上" if len(found) > len(named) else ""
    raise SpreadsheetError("；".join(named) + more + "。")
