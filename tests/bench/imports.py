"""Lists of a province and of the nation, from the file to the committed registry."""

import csv
import io
import os
import subprocess
import sys
import tempfile
import time
import zipfile
from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from string import ascii_uppercase
from xml.sax.saxutils import escape

from django.db import connection
from python_calamine import CalamineWorkbook

from registries.imports.spreadsheet import read_rows
from tests.bench.stage import calibrate, timed
from tests.cast import make_bureau, make_user
from tests.factories import insurance_code, social_credit_code, workbooks

EXCEL_ROWS, CSV_ROWS, COLUMNS = 100_000, 1_100_000, 15
KINDS = ("零售药店", "诊所", "村卫生室", "综合医院")
TOWNS = tuple(f"示例{number}街道" for number in range(40))
MOST_MEGABYTES = 400
CLOCK = os.sysconf("SC_CLK_TCK")
# Places among the fields of /proc/PID/stat: user and system time of a process and of its ended children.
PARENT, OWN, ENDED_CHILDREN = 1, slice(11, 13), slice(13, 15)
OTHERS = (
    "SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()"
)
TAGS = ("门诊统筹", "慢特病", "门诊统筹、慢特病", "")


def run() -> None:
    province = make_bureau("410000", "示例省医疗保障局", "示例省", "province")
    nation = make_bureau("110000", "示例市医疗保障局", "示例市", "province")
    for bureau in (province, nation):
        make_user(f"bench{bureau.code}", "示例经办", bureau, "staff")
    with tempfile.TemporaryDirectory() as scratch:
        import_excel(province, Path(scratch))
        import_nation(nation, Path(scratch))


def import_excel(bureau, scratch: Path) -> None:
    file = scratch / "province.xlsx"
    file.write_bytes(workbook(facilities(EXCEL_ROWS)))
    size = f"{EXCEL_ROWS:,} rows x {COLUMNS} columns"
    with weighed(f"floor: the bare reader of Excel files, {size}"):
        book = CalamineWorkbook.from_path(file)
        deque(book.get_sheet_by_name(*book.sheet_names).iter_rows(), maxlen=0)
    with weighed(f"read an Excel file of {size} (aim 3 s)"):
        read_rows(file, filename=file.name)
    import_apart(f"the same to committed (aim 3 + 10 s, {MOST_MEGABYTES} MB)", bureau, file)
    assert bureau.facilities.count() == EXCEL_ROWS
    print_floor(bureau)
    import_apart("the same file again: nothing to change", bureau, file)


def import_nation(bureau, scratch: Path) -> None:
    file = scratch / "nation.csv"
    with file.open("w", encoding="utf-8", newline="") as target:
        writer = csv.writer(target)
        writer.writerow(header())
        writer.writerows(facilities(CSV_ROWS, first=EXCEL_ROWS))
    size = f"{CSV_ROWS:,} rows from CSV ({file.stat().st_size >> 20} MB)"
    import_apart(f"{size} to committed (aim 25 s)", bureau, file)
    assert bureau.facilities.count() == CSV_ROWS
    print_floor(bureau)


def import_apart(what: str, bureau, file: Path) -> None:
    """In a process of its own, as the worker and the command are, so that its memory is its own too."""
    calibrate()
    command = ("manage.py", "import_facilities", str(file), "--bureau", bureau.code)
    before = server_seconds()
    with timed(what):
        done = subprocess.run(  # noqa: S603 - a constant command
            [sys.executable, "-m", "tests.weigh", sys.executable, *command],
            check=False,
            stdout=subprocess.PIPE,
            text=True,
        )
    assert done.returncode == 0, done.stdout
    spent = server_seconds() - before
    print(f"    {done.stdout.splitlines()[-1]}; the database: {spent:.1f} s of CPU", flush=True)


def print_floor(bureau) -> None:
    """What the database alone takes for the rows of one bureau and their trail, with the same indexes and no keys."""
    if connection.vendor != "postgresql":
        return
    for table in ("registries_facility", "registries_trailentry"):
        with connection.cursor() as cursor, tempfile.TemporaryFile("w+") as rows:
            cursor.copy_expert(f"COPY (SELECT * FROM {table} WHERE bureau_id = {bureau.pk}) TO STDOUT", rows)
            rows.seek(0)
            cursor.execute(f"CREATE TABLE bare (LIKE {table} INCLUDING ALL)")
            before = backend_seconds(cursor)
            with timed(f"floor: COPY into an empty {table}"):
                cursor.copy_expert("COPY bare FROM STDIN", rows)
            print(f"    the database: {backend_seconds(cursor) - before:.1f} s of CPU", flush=True)
            cursor.execute("DROP TABLE bare")


@contextmanager
def weighed(what: str) -> Iterator[None]:
    before = os.times()
    with timed(what):
        yield
    own, children = (sum(os.times()[kind : kind + 2]) - sum(before[kind : kind + 2]) for kind in (0, 2))
    print(f"    {own:.1f} s of CPU, and {children:.1f} s in the reader beside it", flush=True)


def server_seconds() -> float:
    """CPU of all connections that have ended: their parent has it once it has buried them."""
    if connection.vendor != "postgresql":
        return 0.0
    with connection.cursor() as cursor:
        others = 1
        while others:
            cursor.execute(OTHERS)
            (others,) = cursor.fetchone()
            time.sleep(0.2)
        own = stat_of(cursor.connection.info.backend_pid)
    return sum(map(int, stat_of(own[PARENT])[ENDED_CHILDREN])) / CLOCK


def backend_seconds(cursor) -> float:
    return sum(map(int, stat_of(cursor.connection.info.backend_pid)[OWN])) / CLOCK


def stat_of(process: int | str) -> Sequence[str]:
    """The fields behind the program's name, after proc(5)."""
    return Path(f"/proc/{process}/stat").read_text().rpartition(") ")[2].split()


def header() -> Sequence[str]:
    return workbooks.FACILITY_COLUMNS[:COLUMNS]


def facilities(count: int, first: int = 0) -> Iterator[Sequence[str]]:
    """Made-up facilities as a register holds them: numbers, names and addresses differ, the rest repeats."""
    for number in range(first, first + count):
        kind, region = KINDS[number % len(KINDS)], f"4101{number // 10**5:02d}"
        yield (
            insurance_code(number % 10**5, region, kind="P" if kind == "零售药店" else "H"),
            social_credit_code(number, region),
            f"示例市示例区第{number}{kind}",
            kind,
            "未定级",
            "个体",
            f"示例市示例区示例路{number % 9999}号",
            TOWNS[number % len(TOWNS)],
            f"示例{number % 5000}",
            f"138{number % 10**8:08d}",
            "有效",
            "2026-01-01",
            "2026-12-31",
            TAGS[number % len(TAGS)] if number % 10 == 0 else "",
            f"{'ABCD'[number % 4]}级",
        )


def workbook(body: Iterator[Sequence[str]]) -> bytes:
    """A sheet written as plain XML: the libraries that write one nicely take half a minute for it."""
    rows = "".join(
        f'<row r="{number}">'
        + "".join(
            f'<c r="{letter}{number}" t="inlineStr"><is><t>{escape(text)}</t></is></c>'
            for letter, text in zip(ascii_uppercase, row, strict=False)
            if text
        )
        + "</row>"
        for number, row in enumerate([header(), *body], start=1)
    )
    main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    office = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    package = "http://schemas.openxmlformats.org/package/2006"
    kind = "application/vnd.openxmlformats-officedocument.spreadsheetml"
    parts = {
        "[Content_Types].xml": f'<Types xmlns="{package}/content-types">'
        '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        f'<Override PartName="/xl/workbook.xml" ContentType="{kind}.sheet.main+xml"/>'
        f'<Override PartName="/xl/sheet.xml" ContentType="{kind}.worksheet+xml"/></Types>',
        "_rels/.rels": f'<Relationships xmlns="{package}/relationships"><Relationship Id="r1" '
        f'Type="{office}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
        "xl/workbook.xml": f'<workbook xmlns="{main}" xmlns:r="{office}"><sheets>'
        '<sheet name="bench" sheetId="1" r:id="r1"/></sheets></workbook>',
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{package}/relationships"><Relationship Id="r1" '
        f'Type="{office}/worksheet" Target="sheet.xml"/></Relationships>',
        "xl/sheet.xml": f'<worksheet xmlns="{main}"><sheetData>{rows}</sheetData></worksheet>',
    }
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        for name, text in parts.items():
            archive.writestr(name, text)
    return target.getvalue()
