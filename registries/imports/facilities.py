"""检查对象名录库 from a list: new facilities, amended ones, and what speaks against either."""

import datetime as dt
from collections.abc import Container, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

from django.utils import timezone

from registries import checks, standing, trail
from registries.facilities import FIELDS, FIRST_GRADE, STANDING_AT_FIRST
from registries.identifiers import mask_phone
from registries.imports.lines import Line
from registries.imports.outcomes import MOST_SHOWN, Change, in_words
from registries.imports.prepared import Prepared
from registries.models import AgreementStatus, Bureau, CreditGrade, Facility, FacilityTag, GradeChange, User

# Parameters of one query, and rows of one insert.
CHUNK = 1000
LONGEST_TAG = FacilityTag._meta.get_field("name").max_length
LONGEST_SOURCE = GradeChange._meta.get_field("source").max_length
ALL_FIELDS = (*FIELDS, *STANDING_AT_FIRST)
TAKEN = "名单中有机构刚刚被其他人登记，本次没有写入，请重新上传检查。"


@dataclass
class Row:
    """`before` and `after` hold what changes in a facility that is known already."""

    line: Line
    facility: Facility
    before: dict
    after: dict
    known: bool

    @property
    def tags(self) -> list[str] | None:
        return self.line.values.get("tags")

    @property
    def grade_source(self) -> str:
        return self.line.values.get("grade_source") or FIRST_GRADE


def prepare(
    lines: Sequence[Line], bureau: Bureau, *, today: dt.date, lock: bool, seen: dict[str, int]
) -> Prepared:
    """`seen` holds the row of each code in the pieces before this one."""
    codes = [line.values["insurance_code"] for line in lines if "insurance_code" in line.values]
    mine = {facility.insurance_code: facility for facility in _registered(bureau, codes, lock=lock)}
    others = dict(_registered_elsewhere(bureau, codes))
    _refuse_repeated(lines, seen)
    rows = []
    for line in lines:
        code = line.values.get("insurance_code")
        if code in others:
            line.refuse(
                "insurance_code",
                f"该编码已由{others[code]}登记，不能登记到本局名录；如机构已迁入本辖区，请先请对方办理迁出。",
            )
        rows.append(_check(line, mine.get(code), bureau))
    return Prepared(
        new=[row for row in rows if not row.known],
        changed=[row for row in rows if row.known and row.before],
        unchanged=sum(1 for row in rows if row.known and not row.before),
        same=((row.line.number, row.facility.name) for row in rows if row.known and not row.before),
        changes=tuple(
            Change(row.line.number, row.facility.name, in_words(Facility, row.before, row.after))
            for row in rows
            if row.known and row.before
        ),
    )


def missing(bureau: Bureau, seen: Container[str]) -> tuple[int, list[tuple[str, str]]]:
    """How many under agreement the list does not name, and the first of them. They stay as they are."""
    standing = bureau.facilities.filter(agreement_status=AgreementStatus.ACTIVE, merged_into=None)
    absent = (
        pair for pair in standing.values_list("insurance_code", "name").iterator() if pair[0] not in seen
    )
    first = list(islice(absent, MOST_SHOWN))
    return len(first) + sum(1 for _ in absent), first


def write(prepared: Prepared, bureau: Bureau, *, note: str, by: User, now: dt.datetime) -> None:
    with checks.once(TAKEN):
        Facility.objects.bulk_create([row.facility for row in prepared.new], batch_size=CHUNK)
    # bulk_update would take the square of the time.
    Facility.objects.bulk_create(
        [row.facility for row in prepared.changed],
        update_conflicts=True,
        unique_fields=["id"],
        update_fields=[*ALL_FIELDS, "revision"],
        batch_size=CHUNK,
    )
    _note_grades(prepared, by=by, now=now)
    _write_tags(prepared, bureau)
    trail.record_each(
        "导入登记检查对象", ((row.facility, None, None) for row in prepared.new), by=by, note=note, now=now
    )
    trail.record_each(
        "导入变更检查对象",
        ((row.facility, row.before, row.after) for row in prepared.changed),
        by=by,
        note=note,
        now=now,
    )


def _check(line: Line, known: Facility | None, bureau: Bureau) -> Row:
    facts = {name: line.values[name] for name in ALL_FIELDS if name in line.values}
    facts = checks.tidy(facts)
    if known and facts.get("phone") == mask_phone(known.phone):
        del facts["phone"]  # An exported list hides it; it comes back as it went out.
    facility = known or Facility(bureau=bureau)
    # An empty cell of an optional column changes nothing.
    whole = {name: getattr(facility, name) for name in ALL_FIELDS} | facts
    line.refuse_all(checks.facility_problems(whole))
    for tag in line.values.get("tags", ()):
        if len(tag) > LONGEST_TAG:
            line.refuse("tags", f"标签“{tag}”超过 {LONGEST_TAG} 字，请缩短；多个标签用顿号分开。")
    _check_grade(line, known)
    _check_standing(line, known)
    before, after = trail.changes(facility, facts) if known else ({}, {})
    if known and "tags" in line.values:
        old = sorted(tag.name for tag in known.tags.all())
        if old != line.values["tags"]:
            before["tags"], after["tags"] = old, line.values["tags"]
    for name, value in facts.items():
        setattr(facility, name, value)
    facility.revision += bool(before)
    return Row(line, facility, before, after, known is not None)


def _check_grade(line: Line, known: Facility | None) -> None:
    source, grade = line.values.get("grade_source", ""), line.values.get("grade")
    if len(source) > LONGEST_SOURCE:
        line.refuse("grade_source", f"评级来源最多 {LONGEST_SOURCE} 字，请缩短。")
    if known and grade and grade != known.grade and not source:
        line.refuse(
            "grade",
            f"信用等级由“{known.get_grade_display()}”改为“{CreditGrade(grade).label}”，请在“评级来源”写明依据。",
        )


def _check_standing(line: Line, known: Facility | None) -> None:
    if known and known.merged_into_id:
        line.refuse("insurance_code", f"该编码的机构已并入“{known.merged_into}”，请删去这一行。")
    status = line.values.get("agreement_status")
    if known and status and (refusal := standing.refusal(known.agreement_status, status)):
        line.refuse("agreement_status", refusal)


def _refuse_repeated(lines: Sequence[Line], seen: dict[str, int]) -> None:
    for line in lines:
        code = line.values.get("insurance_code")
        if code and seen.setdefault(code, line.number) != line.number:
            line.refuse("insurance_code", f"与第 {seen[code]} 行的国家医保编码重复，请核对后删去一行。")


def _registered(bureau: Bureau, codes: Sequence[str], *, lock: bool) -> Iterator[Facility]:
    rows = Facility.objects.filter(bureau=bureau).prefetch_related("tags", "merged_into").order_by("pk")
    for chunk in _chunks(codes):
        yield from (rows.select_for_update() if lock else rows).filter(insurance_code__in=chunk)


def _registered_elsewhere(bureau: Bureau, codes: Sequence[str]) -> Iterator[tuple[str, str]]:
    for chunk in _chunks(codes):
        elsewhere = Facility.objects.exclude(bureau=bureau).filter(insurance_code__in=chunk)
        yield from elsewhere.values_list("insurance_code", "bureau__name")


def _chunks(codes: Sequence[str]) -> Iterator[Sequence[str]]:
    return (codes[start : start + CHUNK] for start in range(0, len(codes), CHUNK))


def _note_grades(prepared: Prepared, *, by: User, now: dt.datetime) -> None:
    graded = [row for row in prepared.new if row.facility.grade != CreditGrade.NONE]
    graded += [row for row in prepared.changed if "grade" in row.after]
    GradeChange.objects.bulk_create(
        (
            GradeChange(
                facility=row.facility,
                grade=row.facility.grade,
                source=row.grade_source,
                effective_on=timezone.localdate(now),
                changed_at=now,
                changed_by=by,
            )
            for row in graded
        ),
        batch_size=CHUNK,
    )


def _write_tags(prepared: Prepared, bureau: Bureau) -> None:
    rows = [row for row in prepared.new if row.tags] + [
        row for row in prepared.changed if "tags" in row.after
    ]
    names = {name for row in rows for name in row.tags}
    FacilityTag.objects.bulk_create(
        (FacilityTag(bureau=bureau, name=name) for name in sorted(names)), ignore_conflicts=True
    )
    tags = {tag.name: tag for tag in bureau.facility_tags.filter(name__in=names)}
    link = Facility.tags.through
    link.objects.filter(facility__in=[row.facility for row in rows if row.known]).delete()
    link.objects.bulk_create(
        (link(facility=row.facility, facilitytag=tags[name]) for row in rows for name in row.tags),
        batch_size=CHUNK,
    )
