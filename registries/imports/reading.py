"""From a file to the lines of a list."""

import hashlib
import os
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from registries.imports.formats import IMPORTED, KIND_TITLES, ImportKind
from registries.imports.lines import Line, each_line
from registries.imports.marked import SUMMARY
from registries.imports.refusals import SpreadsheetError
from registries.imports.tables import read_tables
from registries.imports.template import ABOUT_SHEET, CHOICES_SHEET, NOTES_SHEET

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
    data = source if isinstance(source, bytes) else Path(source).read_bytes()
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
