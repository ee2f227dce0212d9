"""Reads a workbook on standard input and writes the texts of its sheets; run as a process of its own.

The reader believes what a file says of its own size and aborts when there is not that much memory: an .xlsx that
announces 99999999999 texts would take the web server along. It imports nothing of Django, to start quickly.
"""

import io
import resource
import sys

from python_calamine import CalamineWorkbook, PasswordError, SheetTypeEnum, SheetVisibleEnum

from registries.imports.cells import cell_text

MOST_MEMORY = 1536 * 1024 * 1024
# Of its own work: on a busy machine an honest file takes minutes by the clock.
MOST_CPU_SECONDS = 60
# One long text may be named by every cell, so that little in the file is much when it is read.
MOST_CHARACTERS = 50_000_000
# No cell of a list needs these control characters.
SHEET_MARK, ROW_MARK, CELL_MARK = "\x1d", "\x1e", "\x1f"
NO_MARKS = dict.fromkeys(map(ord, (SHEET_MARK, ROW_MARK, CELL_MARK)), " ")
VISIBLE, HIDDEN = "visible", "hidden"
PASSWORD_NEEDED = 3
TOO_MUCH_TEXT = 4


def sheets_of(data: bytes) -> list[tuple[str, str | None]]:
    """Name and cells of each worksheet, rows and cells parted by marks; None in place of the cells of a hidden one."""
    with CalamineWorkbook.from_filelike(io.BytesIO(data)) as workbook:
        sheets = [sheet for sheet in workbook.sheets_metadata if sheet.typ == SheetTypeEnum.WorkSheet]
        budget = MOST_CHARACTERS
        found = []
        for sheet in sheets:
            texts = None
            if sheet.visible == SheetVisibleEnum.Visible:
                texts, budget = _texts(workbook, sheet.name, budget)
            found.append((sheet.name, texts))
        return found


def _texts(workbook: CalamineWorkbook, name: str, budget: int) -> tuple[str, int]:
    rows = []
    for record in workbook.get_sheet_by_name(name).iter_rows():
        cells = [value if type(value) is str else cell_text(value) for value in record]
        row = CELL_MARK.join(cells)
        if row.count(CELL_MARK) >= len(cells) or ROW_MARK in row or SHEET_MARK in row:
            row = CELL_MARK.join(cell.translate(NO_MARKS) for cell in cells)
        rows.append(row)
        budget -= len(row) - len(cells) + 1
        if budget < 0:
            sys.exit(TOO_MUCH_TEXT)
    return ROW_MARK.join(rows), budget


def main() -> None:
    resource.setrlimit(resource.RLIMIT_AS, (MOST_MEMORY, MOST_MEMORY))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CPU, (MOST_CPU_SECONDS, MOST_CPU_SECONDS + 1))
    try:
        sheets = sheets_of(sys.stdin.buffer.read())
    except PasswordError:
        sys.exit(PASSWORD_NEEDED)
    for name, texts in sheets:
        whole = (name.translate(NO_MARKS), HIDDEN if texts is None else VISIBLE, texts or "", "")
        sys.stdout.buffer.write(SHEET_MARK.join(whole).encode("utf-8", "surrogatepass"))


if __name__ == "__main__":
    main()
