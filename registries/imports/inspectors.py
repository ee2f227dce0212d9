"""执法检查人员名录库 and 专业技术人员库 from their lists (source 003, annex 4)."""

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from registries import checks, trail
from registries.fields import keyed_hash, keyed_hashes
from registries.identifiers import certificate_length_outliers, mask_phone
from registries.imports.formats import EXPERTS
from registries.imports.lines import Line
from registries.imports.outcomes import Change, in_words
from registries.imports.prepared import Prepared
from registries.inspectors import FIELDS, NUMBER_SERIES, WITHOUT_YEAR
from registries.models import Bureau, Inspector, NumberSeries, User
from registries.models.people import InspectorKind, InspectorStatus

CHUNK = 500
TAKEN = "名单中有人员刚刚被其他人登记，本次没有写入，请重新上传检查。"


@dataclass
class Row:
    line: Line
    inspector: Inspector
    before: dict
    after: dict
    known: bool


def prepare(lines: Sequence[Line], bureau: Bureau, *, today: dt.date, lock: bool) -> Prepared:
    registered = Inspector.objects.filter(bureau=bureau).order_by("pk")
    registered = registered.select_for_update() if lock else registered
    # Made again: while keys are rotated a stored hash may be under an older key.
    everybody = {keyed_hash(one.id_number): one for one in registered}
    holders = {one.certificate_number: one for one in everybody.values() if one.certificate_number}
    rows = [_check(line, everybody, bureau, today=today) for line in lines]
    _refuse_repeated(rows)
    _refuse_certificates_of_others(rows, holders)
    _refuse_odd_certificates(rows, everybody)
    return Prepared(
        new=[row for row in rows if not row.known],
        changed=[row for row in rows if row.known and row.before],
        unchanged=sum(1 for row in rows if row.known and not row.before),
        same=((row.line.number, row.inspector.name) for row in rows if row.known and not row.before),
        changes=tuple(
            Change(row.line.number, row.inspector.name, in_words(Inspector, row.before, row.after))
            for row in rows
            if row.known and row.before
        ),
        notes=[*_notes(rows), *_elsewhere(rows, bureau)],
    )


def write(prepared: Prepared, bureau: Bureau, *, note: str, by: User, now: dt.datetime) -> None:
    for row in prepared.new:
        count, _ = NumberSeries.take(bureau, NUMBER_SERIES, WITHOUT_YEAR)
        row.inspector.number = f"{bureau.code}-{count:03d}"
    with checks.once(TAKEN):
        Inspector.objects.bulk_create([row.inspector for row in prepared.new], batch_size=CHUNK)
    for row in prepared.changed:
        row.inspector.save(update_fields=[*row.after, "revision"])
    trail.record_each(
        "导入登记检查人员", ((row.inspector, None, None) for row in prepared.new), by=by, note=note, now=now
    )
    trail.record_each(
        "导入变更检查人员",
        ((row.inspector, row.before, row.after) for row in prepared.changed),
        by=by,
        note=note,
        now=now,
    )


def _check(line: Line, everybody: dict[str, Inspector], bureau: Bureau, *, today: dt.date) -> Row:
    facts = checks.tidy({name: line.values[name] for name in FIELDS if name in line.values})
    facts["kind"] = str(_kind(line))
    digest = keyed_hash(facts.get("id_number", ""))
    known = everybody.get(digest)
    if known and facts.get("phone") == mask_phone(known.phone):
        del facts["phone"]  # An exported list hides it; it comes back as it went out.
    inspector = known or Inspector(bureau=bureau, id_number_hash=digest)
    # An empty cell of an optional column changes nothing.
    whole = {name: getattr(inspector, name) for name in FIELDS} | facts
    line.refuse_all(checks.inspector_problems(whole, today=today))
    before, after = trail.changes(inspector, facts) if known else ({}, {})
    for name, value in facts.items():
        setattr(inspector, name, value)
    inspector.revision += bool(before)
    return Row(line, inspector, before, after, known is not None)


def _kind(line: Line) -> InspectorKind:
    """One workbook may hold both lists of annex 4; the title of each says which it is."""
    named = f"{line.table.sheet}{line.table.title}"
    expert = line.form is EXPERTS or EXPERTS.title.removesuffix("库") in named
    return InspectorKind.EXPERT if expert else InspectorKind.INSPECTOR


def _refuse_repeated(rows: Sequence[Row]) -> None:
    for field, what in (("id_number", "身份证号"), ("certificate_number", "执法证号")):
        first: dict[str, int] = {}
        for row in rows:
            value = row.line.values.get(field)
            if value and first.setdefault(value, row.line.number) != row.line.number:
                row.line.refuse(field, f"与第 {first[value]} 行的{what}重复，请核对后修改。")


def _refuse_certificates_of_others(rows: Sequence[Row], holders: dict[str, Inspector]) -> None:
    changing = {row.inspector.pk for row in rows if row.known}
    for row in rows:
        holder = holders.get(row.line.values.get("certificate_number", ""))
        if holder and holder.pk != row.inspector.pk and holder.pk not in changing:
            row.line.refuse(
                "certificate_number", f"该执法证号已登记在“{holder.name}”（{holder.number}）名下，请核对。"
            )


def _refuse_odd_certificates(rows: Sequence[Row], everybody: dict[str, Inspector]) -> None:
    """Compared with all certificates of the bureau, but only those that the file brings are questioned."""
    brought = [row for row in rows if row.inspector.kind == InspectorKind.INSPECTOR]
    numbers = [row.line.values.get("certificate_number", "") for row in brought]
    named = {keyed_hash(row.inspector.id_number) for row in brought}
    others = [one.certificate_number for digest, one in everybody.items() if digest not in named]
    for place, message in certificate_length_outliers([*numbers, *others]).items():
        if place >= len(brought):
            continue
        row = brought[place]
        if not row.known or "certificate_number" in row.before:
            row.line.refuse("certificate_number", f"{message}确认无误的，请在页面上单独登记此人。")


def _elsewhere(rows: Sequence[Row], bureau: Bureau) -> Iterator[str]:
    """Somebody may be lent to another bureau, or has left it and it does not know yet: that is for people to settle."""
    lines = {}
    for row in rows:
        for digest in keyed_hashes(row.line.values.get("id_number", "")):
            lines.setdefault(digest, row.line)
    others = Inspector.objects.exclude(bureau=bureau).filter(status=InspectorStatus.ACTIVE)
    digests = [digest for digest in lines if digest]
    for start in range(0, len(digests), CHUNK):
        found = others.filter(id_number_hash__in=digests[start : start + CHUNK])
        for digest, name in found.order_by("pk").values_list("id_number_hash", "bureau__name"):
            line = lines[digest]
            yield f"第 {line.number} 行“{line.values.get('name', '')}”在{name}也是在库人员，请核对是否已调离。"


def _notes(rows: Sequence[Row]) -> list[str]:
    without = sum(
        1
        for row in rows
        if row.inspector.kind == InspectorKind.INSPECTOR and not row.inspector.certificate_number
    )
    return [f"{without} 名执法检查人员没有填写执法证号，不能参加抽取。"] if without else []
