"""Reads a workbook on standard input and writes its sheets as JSON; run as a process of its own.

The reader believes what a file says of its own size and aborts when there is not that much memory: an .xlsx that
announces 99999999999 texts would take the web server along. It imports nothing of Django, to start quickly.
"""

import io
import json
import resource
import sys

from python_calamine import CalamineWorkbook, PasswordError, SheetTypeEnum, SheetVisibleEnum

from registries.imports.cells import cell_text

MOST_MEMORY = 1536 * 1024 * 1024
# One long text may be named by every cell, so that little in the file is much when it is read.
MOST_CHARACTERS = 50_000_000
PASSWORD_NEEDED = 3
TOO_MUCH_TEXT = 4


def sheets_of(data: bytes) -> list[tuple[str, list[list[str]] | None]]:
    """Name and rows of each worksheet; None in place of the rows of a hidden one."""
    with CalamineWorkbook.from_filelike(io.BytesIO(data)) as workbook:
        sheets = [sheet for sheet in workbook.sheets_metadata if sheet.typ == SheetTypeEnum.WorkSheet]
        budget = MOST_CHARACTERS
        found = []
        for sheet in sheets:
            rows = None
            if sheet.visible == SheetVisibleEnum.Visible:
                rows, budget = _texts(workbook, sheet.name, budget)
            found.append((sheet.name, rows))
        return found


def _texts(workbook: CalamineWorkbook, name: str, budget: int) -> tuple[list[list[str]], int]:
    rows = []
    for record in workbook.get_sheet_by_name(name).iter_rows():
        rows.append([cell_text(value) for value in record])
        budget -= sum(map(len, rows[-1]))
        if budget < 0:
            sys.exit(TOO_MUCH_TEXT)
    return rows, budget


def main() -> None:
    resource.setrlimit(resource.RLIMIT_AS, (MOST_MEMORY, MOST_MEMORY))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    try:
        sheets = sheets_of(sys.stdin.buffer.read())
    except PasswordError:
        sys.exit(PASSWORD_NEEDED)
    json.dump(sheets, sys.stdout)


if __name__ == "__main__":
    main()
