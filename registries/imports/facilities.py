"""检查对象名录库 from a list: new facilities, amended ones, and what speaks against either."""

import datetime as dt
import re
from collections.abc import Container, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from operator import itemgetter

from django.db.models import Max
from django.utils import timezone

from registries import bulk, checks, standing, trail
from registries.facilities import FIRST_GRADE
from registries.identifiers import mask_phone
from registries.imports.lines import Line
from registries.imports.outcomes import MOST_SHOWN, Change, in_words
from registries.imports.prepared import Prepared
from registries.imports.registered import ALL_FIELDS, CHUNK, Registered, chunks, registered
from registries.models import AgreementStatus, Bureau, CreditGrade, Facility, FacilityTag, GradeChange, User

LONGEST_TAG = FacilityTag._meta.get_field("name").max_length
LONGEST_SOURCE = GradeChange._meta.get_field("source").max_length
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
    stored = registered(lines)
    _refuse_repeated(lines, seen)
    mine = {code: one for code, one in stored.items() if one.bureau_id == bureau.pk}
    same, rest = [], []
    for line in lines:
        code = line.values.get("insurance_code")
        if code in stored and code not in mine:
            line.refuse(
                "insurance_code",
                f"该编码已由{stored[code].bureau_name}登记，不能登记到本局名录；如机构已迁入本辖区，请先请对方办理迁出。",
            )
        (same if code in mine and _says_nothing_new(line, mine[code]) else rest).append(line)
    # What stands in the registry is checked too: a rule may be younger than it.
    as_stored = [mine[line.values["insurance_code"]].values for line in same]
    _refuse_problems(same, as_stored)
    rows = _rows(rest, bureau, mine, lock=lock)
    changed = [row for row in rows if row.known and row.before]
    unchanged = [(line.number, values["name"]) for line, values in zip(same, as_stored, strict=True)]
    unchanged += [(row.line.number, row.facility.name) for row in rows if row.known and not row.before]
    return Prepared(
        new=[row for row in rows if not row.known],
        changed=changed,
        unchanged=len(unchanged),
        same=unchanged,
        changes=tuple(
            Change(row.line.number, row.facility.name, in_words(Facility, row.before, row.after))
            for row in changed
        ),
    )


def _rows(lines: Sequence[Line], bureau: Bureau, mine: Mapping[str, Registered], *, lock: bool) -> list[Row]:
    """Only what may change is locked, and read again: somebody may have saved it meanwhile."""
    codes = [line.values.get("insurance_code") for line in lines]
    keys = [mine[code].pk for code in codes if code in mine]
    known = {facility.insurance_code: facility for facility in _locked(bureau, keys, lock=lock)}
    unregistered = Facility(bureau=bureau)
    blank = {name: getattr(unregistered, name) for name in ALL_FIELDS}
    told = [_told(line, known.get(code), blank) for line, code in zip(lines, codes, strict=True)]
    _refuse_problems(lines, [whole for *_, whole in told])
    return [_checked(line, *one) for line, one in zip(lines, told, strict=True)]


def last_key() -> int:
    """Facilities with a later one are not older than the list."""
    return Facility.objects.aggregate(last=Max("pk"))["last"] or 0


def missing(
    bureau: Bureau, seen: Container[str], *, until: int | None = None
) -> tuple[int, list[tuple[str, str]]]:
    """How many under agreement, up to that key, the list does not name, and the first of them. They stay as they are."""
    standing = bureau.facilities.filter(agreement_status=AgreementStatus.ACTIVE, merged_into=None)
    if until is not None:
        standing = standing.filter(pk__lte=until)
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
    values = map(itemgetter(*ALL_FIELDS), (row.facts for row in rows))
    with checks.once(TAKEN):
        keys = bulk.insert(Facility, {"bureau": bureau}, ALL_FIELDS, values, keys=True)
    for row, key in zip(rows, keys, strict=True):
        row.pk = key


def _facts(line: Line, phone: str | None) -> dict:
    """`phone` is the number on record; an empty cell of an optional column says nothing."""
    facts = {name: line.values[name] for name in ALL_FIELDS if name in line.values}
    if LINE_BREAK.search("".join([facts.get(name, "") for name in FREE_TEXTS])):
        facts = checks.tidy(facts)
    if phone is not None and facts.get("phone") == mask_phone(phone):
        del facts["phone"]  # An exported list hides it; it comes back as it went out.
    return facts


def _says_nothing_new(line: Line, known: Registered) -> bool:
    if known.is_merged or line.values.get("tags", known.tags) != known.tags:
        return False
    if known.values | _facts(line, known.values["phone"]) != known.values:
        return False
    _check_grade(line, None)
    return True


def _refuse_problems(lines: Sequence[Line], rows: Sequence[Mapping]) -> None:
    for line, problems in zip(lines, checks.all_facility_problems(rows), strict=True):
        line.refuse_all(problems)


def _told(line: Line, known: Facility | None, blank: dict) -> tuple[Facility | None, dict, dict]:
    """The facility, what the line says of it and all that will be known of it."""
    facts = _facts(line, known and known.phone)
    before = {name: getattr(known, name) for name in ALL_FIELDS} if known else blank
    return known, facts, before | facts


def _checked(line: Line, known: Facility | None, facts: dict, whole: dict) -> Row:
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


def _locked(bureau: Bureau, keys: Sequence[int], *, lock: bool) -> Iterator[Facility]:
    rows = Facility.objects.filter(bureau=bureau).prefetch_related("tags", "merged_into").order_by("pk")
    for chunk in chunks(keys):
        yield from (rows.select_for_update() if lock else rows).filter(pk__in=chunk)


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
