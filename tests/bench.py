"""`make bench`: how long the heavy things take on this machine, in a database and directory of its own."""

import io
import os
import statistics
import sys
import tempfile
import time
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from string import ascii_uppercase

import django
from django.core.management import call_command
from django.test import Client
from django.test.utils import setup_test_environment
from django.urls import URLPattern, get_resolver, reverse
from django.urls.exceptions import NoReverseMatch

from inspections.lottery import FacilityRow, Rules, draw_facilities, facility_roster, quotas_of, tally
from registries.imports.spreadsheet import read_rows

FACILITIES = 1_100_000  # about as many as a large province supervises
SHEET_ROWS, SHEET_COLUMNS = 100_000, 15
REQUESTS_A_PAGE = 30


@contextmanager
def timed(what: str) -> Iterator[None]:
    started = time.perf_counter()
    yield
    print(f"{what:<60} {time.perf_counter() - started:8.2f} s", flush=True)


def draw_a_province() -> None:
    grades = ("A", "B", "C", "D", "NONE")
    rows = [FacilityRow(f"H{number:011d}", grades[number % 5], "in") for number in range(FACILITIES)]
    rules = Rules(ratios_bp={"A": 500, "B": 1000, "C": 1500, "D": 2000, "NONE": 1000})
    with timed(f"sort and check a roster of {FACILITIES:,}"):
        roster = facility_roster(rows)
    with timed(f"draw from {FACILITIES:,} facilities"):
        winners = draw_facilities("5eed" * 16, roster, quotas_of(tally(roster), rules))
    print(f"{'':<4}{len(winners):,} drawn")


def workbook() -> bytes:
    """A sheet written as plain XML: the libraries that write one nicely take half a minute for it."""
    rows = "".join(
        f'<row r="{row}">'
        + "".join(
            f'<c r="{letter}{row}" t="inlineStr"><is><t>column {letter}</t></is></c>'
            for letter in ascii_uppercase[:SHEET_COLUMNS]
        )
        + "</row>"
        for row in range(1, SHEET_ROWS + 1)
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


def read_a_large_sheet() -> None:
    data = workbook()
    with timed(f"read an Excel file of {SHEET_ROWS:,} rows x {SHEET_COLUMNS} columns"):
        read_rows(data, filename="bench.xlsx")


def load_the_demo() -> None:
    with timed("create the tables"):
        call_command("migrate", verbosity=0, interactive=False)
    with timed("load the demo bureau"):
        call_command("load_demo", stdout=io.StringIO())


def public_addresses() -> list[str]:
    found = []
    public = next(
        entry for entry in get_resolver().url_patterns if getattr(entry, "namespace", "") == "public"
    )
    for pattern in public.url_patterns:
        if isinstance(pattern, URLPattern):
            try:
                found.append(reverse(f"public:{pattern.name}"))
            except NoReverseMatch:
                continue  # it shows one object; the lists are the heavy ones
    return found


def open_public_pages() -> None:
    client = Client()
    for address in public_addresses():
        took = []
        for _ in range(REQUESTS_A_PAGE):
            started = time.perf_counter()
            response = client.get(address)
            took.append(time.perf_counter() - started)
        median = statistics.median(took) * 1000
        print(f"{'GET ' + address + f' ({response.status_code})':<60} {median:8.1f} ms", flush=True)


def main() -> int:
    with tempfile.TemporaryDirectory(prefix="double-random-bench-") as scratch:
        os.environ |= {"ENV_FILE": os.devnull, "VAR_DIR": scratch, "DEMO_PASSWORD": "only-for-the-bench"}
        for name in ("DATABASE_URL", "REDIS_URL", "CELERY_BROKER_URL", "DEPLOYMENT"):
            os.environ.pop(name, None)
        os.environ.setdefault("LOG_LEVEL", "ERROR")
        os.environ["DJANGO_SETTINGS_MODULE"] = "config.settings"
        django.setup()
        setup_test_environment()  # lets the test client in
        draw_a_province()
        read_a_large_sheet()
        load_the_demo()
        open_public_pages()
    return 0


if __name__ == "__main__":
    sys.exit(main())
