"""A copy of the user's own file in which every problem is marked, with what is wrong and what to do."""

import io
import logging
from collections import defaultdict
from collections.abc import Iterable, Sequence

from openpyxl import Workbook, load_workbook
from openpyxl.cell import Cell, MergedCell, WriteOnlyCell
from openpyxl.comments import Comment
from openpyxl.styles import PatternFill
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.worksheet import Worksheet

from registries.imports.outcomes import Problem
from registries.imports.spreadsheet import ZIP_MAGIC, Sheet, read_rows
from registries.imports.template import safe_cell

logger = logging.getLogger(__name__)

SUMMARY = "检查结果"
SUMMARY_HEADER = ("工作表", "行", "列", "列名", "填写的内容", "问题和改法")
PROBLEM_FILL = PatternFill("solid", fgColor="FFC7CE")
AUTHOR = "检查结果"
# Above this openpyxl would need minutes and gigabytes for the user's own file: its rows with problems are copied.
MOST_WHOLE_ROWS, MOST_WHOLE_CELLS = 20_000, 500_000
WIDTHS = (16, 8, 8, 20, 28, 80)

Marks = dict[int, dict[str, list[str]]]


def copy_of(data: bytes, *, filename: str, problems: Sequence[Problem]) -> bytes:
    """An .xlsx whatever the file was. Formulas of an .xlsx stay what they were; macros are not carried over."""
    sheets = read_rows(data, filename=filename).sheets
    marks = _marks(problems)
    large = is_large(sheets)
    book = None if large or not data.startswith(ZIP_MAGIC) else _own_copy(data, marks)
    book = book or _plain_copy(sheets, marks, only_marked=large)
    _summarise(book, problems)
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def is_large(sheets: Sequence[Sheet]) -> bool:
    rows = sum(len(sheet.rows) for sheet in sheets)
    return (
        rows > MOST_WHOLE_ROWS
        or sum(len(row.cells) for sheet in sheets for row in sheet.rows) > MOST_WHOLE_CELLS
    )


def _marks(problems: Sequence[Problem]) -> dict[str, Marks]:
    """Messages by sheet, row and column letter; a problem of the whole row stands in its first cell."""
    marks: dict[str, Marks] = defaultdict(lambda: defaultdict(lambda: defaultdict(list)))
    for problem in problems:
        marks[problem.sheet][problem.row][problem.column or "A"].append(problem.message)
    return marks


def _own_copy(data: bytes, marks: dict[str, Marks]) -> Workbook | None:
    """None for a file that the fast reader understands and openpyxl does not."""
    try:
        book = load_workbook(io.BytesIO(data), keep_links=False)
    except Exception:  # it raises whatever it stumbles over
        logger.warning("An uploaded workbook is marked in a plain copy.", exc_info=True)
        return None
    for name, rows in marks.items():
        for row, cells in rows.items():
            for column, messages in cells.items():
                _mark(_visible(book[name], book[name][f"{column}{row}"]), messages)
    return book


def _visible(sheet: Worksheet, cell: Cell | MergedCell) -> Cell:
    """Of a merged range only the first cell is seen."""
    if not isinstance(cell, MergedCell):
        return cell
    merged = next(one for one in sheet.merged_cells.ranges if cell.coordinate in one)
    return merged.start_cell


def _plain_copy(sheets: Sequence[Sheet], marks: dict[str, Marks], *, only_marked: bool) -> Workbook:
    book = Workbook(write_only=True)
    for sheet in sheets:
        target, marked, written = book.create_sheet(sheet.name[:31]), marks[sheet.name], 0
        for row in sheet.rows:
            if only_marked and row.number not in marked:
                continue
            for _ in range(row.number - written - 1 if not only_marked else 0):
                target.append([])
            target.append(list(_cells(target, row.cells, marked.get(row.number, {}))))
            written = row.number
    return book


def _cells(target, texts: Sequence[str], marked: dict[str, list[str]]) -> Iterable[WriteOnlyCell]:
    for place, text in enumerate(texts, start=1):
        cell = WriteOnlyCell(target, safe_cell(text))
        if messages := marked.get(get_column_letter(place)):
            _mark(cell, messages)
        yield cell


def _mark(cell, messages: Sequence[str]) -> None:
    cell.fill = PROBLEM_FILL
    said = [cell.comment.text] if cell.comment else []
    cell.comment = Comment("\n".join([*said, *messages]), AUTHOR, height=120, width=320)


def _summarise(book: Workbook, problems: Sequence[Problem]) -> None:
    title = SUMMARY if SUMMARY not in book.sheetnames else f"{SUMMARY}（本次）"
    sheet = book.create_sheet(title, 0)
    for place, width in enumerate(WIDTHS, start=1):
        sheet.column_dimensions[get_column_letter(place)].width = width
    sheet.append(SUMMARY_HEADER)
    for problem in problems:
        sheet.append(
            [
                safe_cell(text)
                for text in (
                    problem.sheet, problem.row, problem.column, problem.name, problem.value, problem.message,
                )
            ]
        )  # fmt: skip
    book.active = 0
