"""What a sheet's XML tells before it is loaded: how far it reaches, its first formulas, its merged ranges."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field

from openpyxl.utils import column_index_from_string

from registries.imports.refusals import MOST_ROWS, UNUSUAL, SpreadsheetError

# The reader allocates the whole rectangle from the first to the last filled cell, however sparse it is.
MOST_CELLS = 8_000_000
# More than the rows in which a header is looked for, so that formulas above it never hide those below.
FORMULAS_REMEMBERED = 100
MERGED_REMEMBERED = 1000
RANGE = re.compile(r"[A-Z]{1,3}[1-9]\d{0,6}:[A-Z]{1,3}[1-9]\d{0,6}")
DIGITS = "0123456789"
# A cell with a style but none of these inside is empty: a value, a text of its own, a formula.
FILLING = frozenset({"v", "is", "f"})

# XML as Excel, WPS and the usual libraries write it: no comment, no character data, the address first.
CELL = b'<c r="'
FILLED = re.compile(rb'<c r="([A-Z]{1,3}[1-9][0-9]{0,6})"[^>]*(?<!/)>(?!</c>)')
FORMULA = re.compile(rb'<c r="([A-Z]{1,3})([1-9][0-9]{0,6})"[^>]*><f[ />]')
ANY_FORMULA = re.compile(rb"<f[ />]")
MERGED = re.compile(rb'<mergeCell [^>]*?ref="([^"]+)"')
ODD = re.compile(rb"<c[^ a-zA-Z]|<[a-zA-Z]+:(?:c|f|mergeCell)[ />]")
# What is quickly looked for, since a sheet has millions of brackets and few colons.
PREFIXED = re.compile(rb":(?:c|f|mergeCell)[ />]")
ROW_END = b"</row>"
LONGEST_ROW = 4 * 1024 * 1024
DIGIT_BYTES, LETTER_BYTES = b"0123456789", b"ABCDEFGHIJKLMNOPQRSTUVWXYZ"


@dataclass
class SheetScan:
    """What one pass over a sheet's XML tells: the rows of the first formulas in each column, the first merged
    ranges, and its size."""

    formulas: dict[str, list[int]] = field(default_factory=dict)
    merged: list[str] = field(default_factory=list)
    columns: set[str] = field(default_factory=set)
    last_row: int = 0
    cell: str | None = None

    def start(self, name: str, attributes: dict[str, str]) -> None:
        """Called for every element of the sheet, often millions."""
        if ":" in name:
            name = name.rpartition(":")[2]
        if name == "c":
            self.cell = attributes.get("r")
        elif name in FILLING:
            if not self.cell:
                raise SpreadsheetError(UNUSUAL)
            letters = self.cell.rstrip(DIGITS)
            self.columns.add(letters)
            row = int(self.cell[len(letters) :])
            self.last_row = max(self.last_row, row)
            if name == "f" and len(rows := self.formulas.setdefault(letters, [])) < FORMULAS_REMEMBERED:
                rows.append(row)
        elif (
            name == "mergeCell"
            and len(self.merged) < MERGED_REMEMBERED
            and RANGE.fullmatch(merged := attributes.get("ref", ""))
        ):
            self.merged.append(merged)

    def refuse_when_too_large(self, sheet_name: str) -> None:
        if self.last_row > MOST_ROWS:
            raise SpreadsheetError(
                f"工作表“{sheet_name}”用到第 {self.last_row} 行，超过 {MOST_ROWS} 行的上限，"
                "请删除末尾多余的行，或分成多个文件导入。"
            )
        last_column = max(map(column_index_from_string, self.columns), default=0)
        if self.last_row * last_column > MOST_CELLS:
            raise SpreadsheetError(
                f"工作表“{sheet_name}”用到第 {last_column} 列、第 {self.last_row} 行，范围过大，"
                "请删除表格右侧和下方多余的内容。"
            )


def scan_plainly(chunks: Iterable[bytes]) -> SheetScan | None:
    """The same as the parser's answer for a sheet written in the usual way, else None. Rows come in whole pieces."""
    scan, rest = SheetScan(), b""
    for chunk in chunks:
        whole, found, rest = (rest + chunk).rpartition(ROW_END)
        if len(rest) > LONGEST_ROW or not _take(scan, whole + found):
            return None
    return scan if _take(scan, rest) and scan.last_row else None


def _take(scan: SheetScan, piece: bytes) -> bool:
    """False for a piece in which something stands otherwise than these patterns expect."""
    cells = piece.count(b"<c ")
    if b"<!" in piece or cells != piece.count(CELL):
        return False
    only_cells = piece.count(b"<c") == cells + piece.count(b"<co")  # <cols>, <conditionalFormatting>
    if not (only_cells and PREFIXED.search(piece) is None) and ODD.search(piece):
        return False
    addresses = b" ".join(FILLED.findall(piece))
    scan.columns.update(part.decode() for part in set(addresses.translate(None, DIGIT_BYTES).split()))
    rows = map(int, set(addresses.translate(None, LETTER_BYTES).split()))
    scan.last_row = max(scan.last_row, *rows, 0)
    if b"<f" in piece and not _take_formulas(scan, piece):
        return False
    for merged in MERGED.findall(piece)[: MERGED_REMEMBERED - len(scan.merged)]:
        if RANGE.fullmatch(name := merged.decode("ascii", "replace")):
            scan.merged.append(name)
    return True


def _take_formulas(scan: SheetScan, piece: bytes) -> bool:
    found = FORMULA.findall(piece)
    for letters, row in found:
        if len(rows := scan.formulas.setdefault(letters.decode(), [])) < FORMULAS_REMEMBERED:
            rows.append(int(row))
    return len(found) == len(ANY_FORMULA.findall(piece))
