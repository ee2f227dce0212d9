"""From a file to the lines of a list."""

import hashlib
import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import chain, islice
from pathlib import Path

from registries.imports.delimited import CHUNK, records_of
from registries.imports.formats import IMPORTED, KIND_TITLES, ImportKind
from registries.imports.lines import Line, each_line
from registries.imports.marked import SUMMARY
from registries.imports.refusals import SpreadsheetError
from registries.imports.spreadsheet import TEXT_ENDINGS, Row
from registries.imports.tables import HEADER_WITHIN_ROWS, Layout, Table, find_header, read_tables
from registries.imports.template import ABOUT_SHEET, CHOICES_SHEET, NOTES_SHEET

# Registers that may be longer than a workbook.
STREAMED = frozenset({ImportKind.FACILITIES})
# Sheets of our own making that hold no list.
OURS = (NOTES_SHEET, CHOICES_SHEET, ABOUT_SHEET, SUMMARY)


@dataclass(frozen=True)
class Reading:
    """`lines` can be gone through once; `rows` is how many there are at most."""

    lines: Iterable[Line]
    rows: int
    sha256: str
    notes: tuple[str, ...] = ()
    several_sheets: bool = False


def read_list(kind: ImportKind, source: bytes | os.PathLike, *, filename: str, most: int) -> Reading:
    if not isinstance(source, bytes):
        if kind in STREAMED and Path(source).suffix.lower() in TEXT_ENDINGS:
            return _stream(kind, Path(source), most)
        source = Path(source).read_bytes()
    data = source
    forms = IMPORTED[kind]
    found = read_tables(data, filename=filename, layouts=[form.layout for form in forms])
    rows = sum(len(table.body) for table in found.tables)
    if rows > most:
        raise SpreadsheetError(
            f"文件有 {rows} 行，{KIND_TITLES[kind]}每次最多导入 {most} 行，没有写入任何内容。请分成多个文件导入。"
        )
    unread = [name for name in found.unread if name not in OURS]
    return Reading(
        each_line(found.tables, forms),
        rows,
        hashlib.sha256(data).hexdigest(),
        (f"未读取的工作表：{'、'.join(unread)}（隐藏，或没有所需的表头）。",) if unread else (),
        len({table.sheet for table in found.tables}) > 1,
    )


def _stream(kind: ImportKind, file: Path, most: int) -> Reading:
    """One list in one text file, however long: its rows are read as they are asked for."""
    (form,) = IMPORTED[kind]
    digest, rows = _digest_and_rows(file)
    return Reading(each_line([_table(file, form.layout, most)], [form]), rows, digest)


def _table(file: Path, layout: Layout, most: int) -> Table:
    records = _numbered(file, most)
    head = list(islice(records, HEADER_WITHIN_ROWS))
    header = find_header(head, layout)
    body = chain((row for row in head if row.number > header.row), records)
    return Table(file.stem, "", layout.name, layout.wanted, header, body)


def _numbered(file: Path, most: int) -> Iterator[Row]:
    with file.open("rb") as stream:
        for number, record in enumerate(records_of(stream), start=1):
            if number > most + HEADER_WITHIN_ROWS:
                raise SpreadsheetError(f"文件超过 {most} 行，没有写入任何内容。请分成多个文件导入。")
            if any(record):
                yield Row(number, tuple(record))


def _digest_and_rows(file: Path) -> tuple[str, int]:
    digest, rows = hashlib.sha256(), 0
    with file.open("rb") as stream:
        while chunk := stream.read(CHUNK):
            digest.update(chunk)
            rows += chunk.count(b"\n")
    return digest.hexdigest(), rows
