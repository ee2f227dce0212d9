"""One list into its registry, all or nothing: the same code for the page, the command and the demo."""

import datetime as dt
import hashlib
import os
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from django.db import transaction
from django.utils import timezone

from registries import trail
from registries.access import Permission, require
from registries.imports import facilities, grades, inspectors, items
from registries.imports.formats import IMPORTED, KIND_TITLES, ImportKind
from registries.imports.lines import Line, problems_of, read_lines
from registries.imports.outcomes import Outcome
from registries.imports.prepared import Prepared
from registries.imports.refusals import SpreadsheetError
from registries.imports.tables import read_tables
from registries.imports.template import CHOICES_SHEET, NOTES_SHEET
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
    ImportKind.FACILITIES: 100_000,
    ImportKind.INSPECTORS: 5_000,
    ImportKind.EXPERTS: 5_000,
    ImportKind.ITEMS: 500,
    ImportKind.GRADES: 100_000,
}


def run(
    kind: str,
    source: bytes | os.PathLike,
    *,
    filename: str,
    bureau: Bureau,
    by: User,
    check_only: bool = False,
    most: int | None = None,
    now: dt.datetime | None = None,
) -> Outcome:
    """Checks every row and writes when there is no problem at all and it is not `check_only`.

    Raises DomainError when the file as a whole cannot be read or has more than `most` rows. Item lists become
    drafts.
    """
    require(by, Permission.REGISTRY_EDIT, bureau=bureau)
    kind, now = ImportKind(kind), now or timezone.now()
    data = source if isinstance(source, bytes) else Path(source).read_bytes()
    lines, unread = _read(kind, data, filename, most)
    blank = Outcome(filename, hashlib.sha256(data).hexdigest(), notes=unread)
    if check_only or problems_of(lines):
        prepared = ROOMS[kind].prepare(lines, bureau, today=timezone.localdate(now), lock=False)
        return _outcome(blank, lines, prepared)
    return _write(kind, blank, lines, bureau, by=by, now=now)


def _read(
    kind: ImportKind, data: bytes, filename: str, most: int | None
) -> tuple[list[Line], tuple[str, ...]]:
    """The rows, and a note on sheets that gave none."""
    forms = IMPORTED[kind]
    reading = read_tables(data, filename=filename, layouts=[form.layout for form in forms])
    _refuse_too_many(sum(len(table.rows) for table in reading.tables), kind, most)
    lines = read_lines(reading.tables, forms)
    if not lines:
        raise SpreadsheetError("表头下面只有序号，没有数据，请填写后重新上传。")
    unread = [name for name in reading.unread if name not in (NOTES_SHEET, CHOICES_SHEET)]
    note = (f"未读取的工作表：{'、'.join(unread)}（隐藏，或没有所需的表头）。",) if unread else ()
    return lines, note


@transaction.atomic
def _write(
    kind: ImportKind, blank: Outcome, lines: list[Line], bureau: Bureau, *, by: User, now: dt.datetime
) -> Outcome:
    # Two lists of one bureau at the same time would both be checked before either is written.
    Bureau.objects.select_for_update(no_key=True).get(pk=bureau.pk)
    prepared = ROOMS[kind].prepare(lines, bureau, today=timezone.localdate(now), lock=True)
    outcome = _outcome(blank, lines, prepared)
    if outcome.problems:
        return outcome
    drafted = ROOMS[kind].write(prepared, bureau, note=f"文件：{blank.filename}", by=by, now=now) or ()
    outcome = replace(outcome, written=True, drafted=tuple(drafted))
    _record(kind, outcome, bureau, by=by, now=now)
    return outcome


def _refuse_too_many(count: int, kind: ImportKind, most: int | None) -> None:
    most = min(most or MOST_LINES[kind], MOST_LINES[kind])
    if count > most:
        raise SpreadsheetError(
            f"文件有 {count} 行，{KIND_TITLES[kind]}每次最多导入 {most} 行，没有写入任何内容。请分成多个文件导入。"
        )


def _outcome(blank: Outcome, lines: Sequence[Line], prepared: Prepared) -> Outcome:
    return replace(
        blank,
        new=len(prepared.new),
        unchanged=prepared.unchanged,
        changes=prepared.changes,
        problems=problems_of(lines),
        notes=(*blank.notes, *prepared.notes),
        effects=prepared.effects,
    )


def _record(kind: ImportKind, outcome: Outcome, bureau: Bureau, *, by: User, now: dt.datetime) -> None:
    after = {
        "文件": outcome.filename,
        "SHA-256": outcome.sha256,
        "新增": outcome.new,
        "变更": outcome.changed,
        "无变化": outcome.unchanged,
    }
    trail.record(f"导入{KIND_TITLES[kind]}名单", by=by, about=bureau, bureau=bureau, after=after, now=now)
