"""A list of any length as a workbook, written row by row: a new sheet where one is full, and a last one about it."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import islice
from pathlib import Path

from rustpy_xlsxwriter import Format, write_worksheets

from registries.imports.template import (
    ABOUT_SHEET,
    FORMULA_STARTS,
    HEADER_ROW,
    TEXT_FORMAT,
    column_width,
    safe_cell,
    sheet_name,
)

MOST_ROWS_OF_A_SHEET = 1_048_576
MOST_CHARACTERS_OF_A_CELL = 32_767
TITLE_COLUMNS = 5

About = Callable[[int], Mapping[str, object]]


def write(
    target: Path,
    *,
    title: str,
    columns: Sequence[str],
    rows: Iterable[Sequence[object]],
    expected: int,
    about: About,
) -> int:
    """Returns how many rows were written. `expected` decides how many sheets there are; `about` is told how many rows
    it were, and answers what the last sheet says."""
    room = MOST_ROWS_OF_A_SHEET - HEADER_ROW
    counted = Counted(rows)
    names = _sheet_names(title, -(-expected // room))
    lists = [(name, _records(columns, islice(counted, room))) for name in names]
    heading = [(0, 0, 0, TITLE_COLUMNS - 1, title, Format().set_bold())]
    text = Format().set_num_format(TEXT_FORMAT)
    write_worksheets(
        # The last is read when all the others are written.
        [*lists, (ABOUT_SHEET, _lines(counted, about))],
        str(target),
        header_row=dict.fromkeys(names, HEADER_ROW - 1),
        header_format={"general": Format().set_bold()},
        merge_ranges=dict.fromkeys(names, heading),
        column_formats={name: dict.fromkeys(columns, text) for name in names},
        column_widths=dict.fromkeys(names, {column: column_width(column) for column in columns})
        | {ABOUT_SHEET: [18.0, 80.0]},
        freeze_panes={name: {"row": HEADER_ROW, "col": 0} for name in names},
    )
    return counted.passed


class Counted:
    """Rows that are counted as they pass."""

    def __init__(self, rows: Iterable):
        self._rows = iter(rows)
        self.passed = 0

    def __iter__(self) -> Iterator:
        return self

    def __next__(self):
        row = next(self._rows)
        self.passed += 1
        return row


def _sheet_names(title: str, count: int) -> list[str]:
    if count <= 1:
        return [sheet_name(title)]
    return [sheet_name(title, ending=f"（{place}）") for place in range(1, count + 1)]


def _records(columns: Sequence[str], rows: Iterable[Sequence[object]]) -> Iterator[dict]:
    for row in rows:
        yield dict(zip(columns, map(_text, row), strict=True))


def _lines(counted: Counted, about: About) -> Iterator[dict]:
    for name, value in about(counted.passed).items():
        yield {"项目": name, "内容": _text(value)}


def _text(value: object) -> str:
    """Numbers and dates too: in a column of text a date would show as its serial number."""
    text = "" if value is None else str(value)
    # Nearly every text needs no closer look.
    plain = text.isprintable() and not text.startswith(FORMULA_STARTS)
    return (text if plain else safe_cell(text))[:MOST_CHARACTERS_OF_A_CELL]
