"""检查对象名录库 from a list: new facilities, amended ones, and what speaks against either."""

import datetime as dt
import re
from collections.abc import Container, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice

from django.utils import timezone

from registries import bulk, checks, standing, trail
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
FREE_TEXTS = ("name", "address", "region", "person_in_charge")
LINE_BREAK = re.compile(r"[\n\r\v\f\x1c-\x1e\x85\u2028\u2029]")
TAKEN = "名单中有机构刚刚被其他人登记，本次没有写入，请重新上传检查。"


@dataclass(slots=True)
class Row:
    """`facts` is all that the row will say; `before` and `after` hold what changes in a facility known already."""

    line: Line
    facts: dict
    pk: int | None = None
    facility: Facility | None = None
    before: dict = field(default_factory=dict)
    after: dict = field(default_factory=dict)

    @property
    def known(self) -> bool:
        return self.facility is not None

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
    holders = dict(_holders(codes))
    others = {code: name for code, (pk, name) in holders.items() if pk != bureau.pk}
    own = [code for code in holders if code not in others]
    mine = {facility.insurance_code: facility for facility in _registered(bureau, own, lock=lock)}
    _refuse_repeated(lines, seen)
    rows, unregistered = [], Facility(bureau=bureau)
    blank = {name: getattr(unregistered, name) for name in ALL_FIELDS}
    for line in lines:
        code = line.values.get("insurance_code")
        if code in others:
            line.refuse(
                "insurance_code",
                f"该编码已由{others[code]}登记，不能登记到本局名录；如机构已迁入本辖区，请先请对方办理迁出。",
            )
        rows.append(_check(line, mine.get(code), blank))
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
    _insert(prepared.new, bureau)
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
    named = ((row.pk, row.facts["name"]) for row in prepared.new)
    trail.record_new("导入登记检查对象", Facility, named, by=by, bureau=bureau, note=note, now=now)
    trail.record_each(
        "导入变更检查对象",
        ((row.facility, row.before, row.after) for row in prepared.changed),
        by=by,
        note=note,
        now=now,
    )


def _insert(rows: Sequence[Row], bureau: Bureau) -> None:
    values = ([row.facts[name] for name in ALL_FIELDS] for row in rows)
    with checks.once(TAKEN):
        keys = bulk.insert(Facility, {"bureau": bureau}, ALL_FIELDS, values, keys=True)
    for row, key in zip(rows, keys, strict=True):
        row.pk = key


def _check(line: Line, known: Facility | None, blank: dict) -> Row:
    facts = {name: line.values[name] for name in ALL_FIELDS if name in line.values}
    if LINE_BREAK.search("".join([facts.get(name, "") for name in FREE_TEXTS])):
        facts = checks.tidy(facts)
    if known and facts.get("phone") == mask_phone(known.phone):
        del facts["phone"]  # An exported list hides it; it comes back as it went out.
    # An empty cell of an optional column changes nothing.
    whole = ({name: getattr(known, name) for name in ALL_FIELDS} if known else blank) | facts
    line.refuse_all(checks.facility_problems(whole))
    for tag in line.values.get("tags", ()):
        if len(tag) > LONGEST_TAG:
            line.refuse("tags", f"标签“{tag}”超过 {LONGEST_TAG} 字，请缩短；多个标签用顿号分开。")
    _check_grade(line, known)
    if known is None:
        return Row(line, whole)
    _check_standing(line, known)
    return _changed(line, known, facts, whole)


def _changed(line: Line, known: Facility, facts: dict, whole: dict) -> Row:
    before, after = trail.changes(known, facts)
    if "tags" in line.values:
        old = sorted(tag.name for tag in known.tags.all())
        if old != line.values["tags"]:
            before["tags"], after["tags"] = old, line.values["tags"]
    for name, value in facts.items():
        setattr(known, name, value)
    known.revision += bool(before)
    return Row(line, whole, known.pk, known, before, after)


def _check_grade(line: Line, known: Facility | None) -> None:
    source, grade = line.values.get("grade_source", ""), line.values.get("grade")
    if len(source) > LONGEST_SOURCE:
        line.refuse("grade_source", f"评级来源最多 {LONGEST_SOURCE} 字，请缩短。")
    if known and grade and grade != known.grade and not source:
        line.refuse(
            "grade",
            f"信用等级由“{known.get_grade_display()}”改为“{CreditGrade(grade).label}”，请在“评级来源”写明依据。",
        )


def _check_standing(line: Line, known: Facility) -> None:
    if known.merged_into_id:
        line.refuse("insurance_code", f"该编码的机构已并入“{known.merged_into}”，请删去这一行。")
    status = line.values.get("agreement_status")
    if status and (refusal := standing.refusal(known.agreement_status, status)):
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


def _holders(codes: Sequence[str]) -> Iterator[tuple[str, tuple[int, str]]]:
    """The bureau (key, name) of each code that is registered already."""
    for chunk in _chunks(codes):
        registered = Facility.objects.filter(insurance_code__in=chunk)
        for code, *bureau in registered.values_list("insurance_code", "bureau_id", "bureau__name"):
            yield code, tuple(bureau)


def _chunks(codes: Sequence[str]) -> Iterator[Sequence[str]]:
    return (codes[start : start + CHUNK] for start in range(0, len(codes), CHUNK))


def _note_grades(prepared: Prepared, *, by: User, now: dt.datetime) -> None:
    graded = [row for row in prepared.new if row.facts["grade"] != CreditGrade.NONE]
    graded += [row for row in prepared.changed if "grade" in row.after]
    same = {"effective_on": timezone.localdate(now), "changed_at": now, "changed_by": by}
    rows = ((row.pk, row.facts["grade"], row.grade_source) for row in graded)
    bulk.insert(GradeChange, same, ("facility_id", "grade", "source"), rows)


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
    link.objects.filter(facility__in=[row.pk for row in rows if row.known]).delete()
    links = ((row.pk, tags[name].pk) for row in rows for name in row.tags)
    bulk.insert(link, {}, ("facility_id", "facilitytag_id"), links)
