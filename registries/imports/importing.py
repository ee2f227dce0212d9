"""One list into its registry, all or nothing: the same code for the page, the command and the demo."""

import datetime as dt
import gc
import os
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial
from itertools import islice

from django.db import connection, transaction
from django.utils import timezone

from registries import bureaus, trail
from registries.access import Permission, require
from registries.imports import facilities, grades, inspectors, items
from registries.imports.formats import KIND_TITLES, ImportKind
from registries.imports.lines import Line
from registries.imports.outcomes import Outcome
from registries.imports.prepared import Prepared
from registries.imports.reading import Reading, read_list
from registries.imports.refusals import SpreadsheetError
from registries.imports.tally import Tally
from registries.models import Bureau, User

ROOMS = {
    ImportKind.FACILITIES: facilities,
    ImportKind.INSPECTORS: inspectors,
    ImportKind.EXPERTS: inspectors,
    ImportKind.ITEMS: items,
    ImportKind.GRADES: grades,
}
# What one transaction takes within minutes; an item list is read by people.
MOST_LINES = {
    ImportKind.FACILITIES: 2_000_000,
    ImportKind.INSPECTORS: 5_000,
    ImportKind.EXPERTS: 5_000,
    ImportKind.ITEMS: 500,
    ImportKind.GRADES: 100_000,
}
# A register that may be long is gone through in pieces, so that a nation's does not fill the memory.
IN_PIECES = {ImportKind.FACILITIES: 5_000}
# SQLite has one writer: while a list is written nobody else can save anything.
MOST_FOR_A_PAGE, MOST_FOR_A_PAGE_ON_SQLITE = 100_000, 20_000


def most_for_a_page(kind: str) -> int:
    several_writers = connection.features.has_select_for_update
    return min(MOST_LINES[kind], MOST_FOR_A_PAGE if several_writers else MOST_FOR_A_PAGE_ON_SQLITE)


@contextmanager
def _no_search_for_cycles() -> Iterator[None]:
    """Rows make none; to look for some among hundreds of thousands takes a seventh of the time."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


@_no_search_for_cycles()
def run(
    kind: str,
    source: bytes | os.PathLike,
    *,
    filename: str,
    bureau: Bureau,
    by: User,
    check_only: bool = False,
    most: int | None = None,
    tell: Callable[..., None] | None = None,
    now: dt.datetime | None = None,
) -> Outcome:
    """Checks every row and writes when there is no problem at all and it is not `check_only`.

    Raises DomainError when the file as a whole cannot be read or has more than `most` rows. Item lists become
    drafts. `tell` is told (stage, rows done, rows in all) now and then.
    """
    require(by, Permission.REGISTRY_EDIT, bureau=bureau)
    kind, now, tell = ImportKind(kind), now or timezone.now(), tell or _tell_nobody
    tell("读取文件")
    reading = read_list(kind, source, filename=filename, most=most or MOST_LINES[kind])
    blank = Outcome(filename, reading.sha256, notes=reading.notes)
    go = partial(_go_through, kind, reading, bureau, today=timezone.localdate(now), tell=tell)
    if check_only:
        return go().outcome(blank, written=False)
    return _write(kind, blank, go, bureau, by=by, now=now)


@transaction.atomic
def _write(
    kind: ImportKind, blank: Outcome, go: Callable[..., Tally], bureau: Bureau, *, by: User, now: dt.datetime
) -> Outcome:
    # Two lists of one bureau at the same time would both be checked before either is written.
    bureaus.lock(bureau)
    tally = go(
        write=partial(ROOMS[kind].write, bureau=bureau, note=f"文件：{blank.filename}", by=by, now=now)
    )
    outcome = tally.outcome(blank, written=not tally.problems)
    if outcome.written:
        _record(kind, outcome, bureau, by=by, now=now)
    else:
        transaction.set_rollback(True)  # the pieces before the first problem
    return outcome


def _go_through(
    kind: ImportKind,
    reading: Reading,
    bureau: Bureau,
    *,
    today: dt.date,
    tell: Callable[..., None],
    write: Callable[[Prepared], list[int] | None] | None = None,
) -> Tally:
    """Each piece is checked and, as long as there is no problem, written."""
    tally, prepare, seen = Tally(), ROOMS[kind].prepare, {}
    if kind in IN_PIECES:
        prepare = partial(prepare, seen=seen)
        # What the list itself adds is not missing from it, and need not be gone through.
        missing = partial(ROOMS[kind].missing, bureau, seen, until=ROOMS[kind].last_key())
    stage = "检查并写入" if write else "逐行检查"
    for piece in _read_ahead(reading.lines, IN_PIECES.get(kind)):
        tell(stage, tally.rows, reading.rows)
        prepared = prepare(piece, bureau, today=today, lock=bool(write))
        tally.take(piece, prepared, several_sheets=reading.several_sheets)
        if write and not tally.problems:
            tally.drafted += write(prepared) or ()
        if tally.full:
            break
    if not tally.rows:
        raise SpreadsheetError("表头下面只有序号，没有数据，请填写后重新上传。")
    if kind in IN_PIECES:
        tally.take_missing(missing())
    return tally


def _read_ahead(lines: Iterable[Line], size: int | None) -> Iterator[list[Line]]:
    """Piece by piece. The next one is read while the database is busy with this one; reading asks no database."""
    lines = iter(lines)
    with ThreadPoolExecutor(1) as reader:
        coming = reader.submit(lambda: list(islice(lines, size)))
        while piece := coming.result():
            coming = reader.submit(lambda: list(islice(lines, size)))
            yield piece


def _record(kind: ImportKind, outcome: Outcome, bureau: Bureau, *, by: User, now: dt.datetime) -> None:
    after = {
        "文件": outcome.filename,
        "SHA-256": outcome.sha256,
        "新增": outcome.new,
        "变更": outcome.changed,
        "无变化": outcome.unchanged,
    }
    trail.record(f"导入{KIND_TITLES[kind]}名单", by=by, about=bureau, bureau=bureau, after=after, now=now)


def _tell_nobody(*told) -> None:
    """For callers that show no progress."""
