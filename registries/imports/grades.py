"""信用等级 from a credit platform's file: who gets another grade, and what speaks against a row (A6)."""

import datetime as dt
import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from django.db.models import F, Max

from registries import regrading, trail
from registries.identifiers import insurance_code_problem, social_credit_code_problem
from registries.imports import facilities
from registries.imports.lines import Line
from registries.imports.outcomes import Change, in_words
from registries.imports.prepared import Prepared
from registries.models import Bureau, CreditGrade, Facility, GradeChange, User

# Parameters of one query, and rows of one insert.
CHUNK = 1000
# The phone would be decrypted for nothing.
READ = ("insurance_code", "social_credit_code", "name", "grade", "bureau", "merged_into")
LONGEST_SOURCE = GradeChange._meta.get_field("source").max_length
NAMED = 5
# So many are gone through for each task of a plan in about a second.
MANY = 5_000
NOISE = re.compile(r"[\W_]+")
CODE_PROBLEMS = {
    "insurance_code": insurance_code_problem,
    "social_credit_code": social_credit_code_problem,
}
CODE_NAMES = {"insurance_code": "国家医保编码", "social_credit_code": "统一社会信用代码"}


@dataclass
class Known:
    """Facilities by either code. A credit code is one company's: it may stand for several facilities."""

    by_code: dict[str, Facility] = field(default_factory=dict)
    by_credit_code: dict[str, list[Facility]] = field(default_factory=lambda: defaultdict(list))
    elsewhere: dict[str, str] = field(default_factory=dict)


@dataclass
class Row:
    line: Line
    facility: Facility

    @property
    def grade(self) -> str:
        return self.line.values["grade"]

    @property
    def effective_on(self) -> dt.date:
        return self.line.values["effective_on"]


def prepare(lines: Sequence[Line], bureau: Bureau, *, today: dt.date, lock: bool) -> Prepared:
    known = _known(lines, bureau, lock=lock)
    rows = list(_once(Row(line, one) for line in lines for one in _facilities(line, known)))
    changed = [row for row in rows if row.facility.grade != row.grade]
    _check_lines(lines, today)
    _check_dates(changed)
    whole = not any(line.problems for line in lines)
    return Prepared(
        changed=changed,
        unchanged=len(rows) - len(changed),
        same=((row.line.number, row.facility.name) for row in rows if row.facility.grade == row.grade),
        missing=facilities.missing(bureau, {row.facility.insurance_code for row in rows}) if whole else None,
        changes=tuple(
            Change(
                row.line.number,
                row.facility.name,
                in_words(Facility, {"grade": row.facility.grade}, {"grade": row.grade}),
            )
            for row in changed
        ),
        notes=list(_notes(lines, rows)),
        # For whoever decides; when it is written it has been read, and the bureau's other lists wait.
        effects=regrading.effects(bureau, [(row.facility, row.grade) for row in rows])
        if whole and not lock
        else {},
    )


def reaches_far(bureau: Bureau) -> bool:
    """What a file of one row does is told for the plans of the bureaus above as well, with all their facilities."""
    top = bureau.path.partition("/")[0]
    below = Facility.objects.in_registry().filter(bureau__path__startswith=f"{top}/").order_by()
    return below[MANY : MANY + 1].exists()


def write(prepared: Prepared, bureau: Bureau, *, note: str, by: User, now: dt.datetime) -> None:
    by_grade, by_ground = defaultdict(list), defaultdict(list)
    for row in prepared.changed:
        by_grade[row.grade].append(row.facility.pk)
        by_ground[row.line.values.get("source") or note[:LONGEST_SOURCE], row.effective_on].append(row)
    for grade, keys in by_grade.items():
        for chunk in _chunks(keys):
            Facility.objects.filter(pk__in=chunk).update(grade=grade, revision=F("revision") + 1)
    for (source, effective_on), rows in by_ground.items():
        GradeChange.objects.bulk_create(
            (
                GradeChange(
                    facility=row.facility,
                    grade=row.grade,
                    source=source,
                    effective_on=effective_on,
                    changed_at=now,
                    changed_by=by,
                )
                for row in rows
            ),
            batch_size=CHUNK,
        )
        trail.record_each(
            "批量变更信用等级",
            ((row.facility, {"grade": row.facility.grade}, {"grade": row.grade}) for row in rows),
            by=by,
            note=f"来源：{source}；自 {effective_on} 起生效" + (f"；{note}" if source not in note else ""),
            now=now,
        )


def _known(lines: Sequence[Line], bureau: Bureau, *, lock: bool) -> Known:
    known, keys = Known(), set()
    own = bureau.facilities.only(*READ).order_by("pk")
    for name in CODE_NAMES:
        codes = _codes(lines, name)
        for facility in _holding(own.select_for_update() if lock else own, name, codes):
            if facility.pk not in keys:
                keys.add(facility.pk)
                known.by_code[facility.insurance_code] = facility
                known.by_credit_code[facility.social_credit_code].append(facility)
        registered = known.by_code if name == "insurance_code" else known.by_credit_code
        unknown = [code for code in codes if code not in registered]
        others = Facility.objects.exclude(bureau=bureau).select_related("bureau").only(name, "bureau__name")
        known.elsewhere |= {getattr(one, name): one.bureau.name for one in _holding(others, name, unknown)}
    return known


def _facilities(line: Line, known: Known) -> list[Facility]:
    """Whom the row means. The insurance code, where it is given, names one facility and no branch beside it."""
    given = {name: line.values[name] for name in CODE_NAMES if name in line.values}
    if not given:
        line.refuse("insurance_code", "请填写国家医保编码或统一社会信用代码，至少填写一项。")
    for name, code in given.items():
        if problem := CODE_PROBLEMS[name](code):
            line.refuse(name, problem)
    if not given or given.keys() & line.problems.keys() or "grade" not in line.values:
        return []
    code, credit_code = given.get("insurance_code"), given.get("social_credit_code")
    found = known.by_code.get(code) if code else None
    if found and credit_code and found.social_credit_code != credit_code:
        line.refuse(
            "social_credit_code",
            f"名录中“{found.name}”（{code}）的统一社会信用代码是 {found.social_credit_code}，与本行不一致，请核对。",
        )
        return []
    return _standing(
        line, [found] if found else [] if code else known.by_credit_code.get(credit_code, []), known
    )


def _standing(line: Line, found: list[Facility], known: Known) -> list[Facility]:
    name = _goes_by(line)
    code = line.values[name]
    standing = [facility for facility in found if not facility.merged_into_id]
    if found and not standing:
        line.refuse(name, f"“{found[0].name}”已并入“{found[0].merged_into}”，请改填合并后机构的编码。")
    elif code in known.elsewhere and not found:
        line.refuse(name, f"这家机构由{known.elsewhere[code]}登记，本局不能变更其信用等级，请删去这一行。")
    elif not found:
        line.refuse(name, f"本局名录中没有{CODE_NAMES[name]}为 {code} 的机构，请核对，或先登记这家机构。")
    return standing


def _once(rows: Iterable[Row]) -> Iterator[Row]:
    """Each facility once; a later row must say the same as the first."""
    first: dict[int, Row] = {}
    for row in rows:
        earlier = first.setdefault(row.facility.pk, row)
        if earlier is row:
            yield row
        elif earlier.grade != row.grade:
            row.line.refuse(
                "grade",
                f"“{row.facility.name}”在第 {earlier.line.number} 行是{CreditGrade(earlier.grade).label}，"
                f"在本行是{CreditGrade(row.grade).label}，请核对后只留一行。",
            )


def _check_lines(lines: Sequence[Line], today: dt.date) -> None:
    for line in lines:
        day = line.values.get("effective_on")
        if day and day > today:
            line.refuse("effective_on", f"评价日期 {day} 晚于今天，请核对日期，或到当日再导入。")
        if len(line.values.get("source", "")) > LONGEST_SOURCE:
            line.refuse("source", f"评级来源最多 {LONGEST_SOURCE} 字，请缩短。")


def _check_dates(changed: Sequence[Row]) -> None:
    """An old file must not undo a newer grade; where nothing changes its date does no harm."""
    newest = _newest(changed)
    for row in changed:
        day, last = row.line.values.get("effective_on"), newest.get(row.facility.pk)
        if day and last and day < last:
            row.line.refuse(
                "effective_on",
                f"“{row.facility.name}”最近一次评级自 {last} 起生效，评价日期 {day} 不能早于它，请核对是否用了旧文件。",
            )


def _newest(rows: Sequence[Row]) -> Mapping[int, dt.date]:
    changes = GradeChange.objects.order_by().values_list("facility").annotate(Max("effective_on"))
    chunks = _chunks([row.facility.pk for row in rows])
    return dict(pair for chunk in chunks for pair in changes.filter(facility__in=chunk))


def _notes(lines: Sequence[Line], rows: Sequence[Row]) -> Iterator[str]:
    by_line = defaultdict(list)
    for row in rows:
        by_line[id(row.line)].append(row.facility)
    branches = [(line, by_line[id(line)]) for line in lines if len(by_line[id(line)]) > 1]
    if branches:
        told = (f"第 {line.number} 行 {len(those)} 家（{_named(those)}）" for line, those in branches)
        yield f"一个统一社会信用代码对应几家机构的，几家都按该行的等级登记：{_shortened(told, len(branches))}。"
    different = [
        row for row in rows
        if "name" in row.line.values and _differ(row.line.values["name"], row.facility.name)
    ]  # fmt: skip
    if different:
        told = (
            f"第 {row.line.number} 行“{row.line.values['name']}”，名录为“{row.facility.name}”"
            for row in different
        )
        yield f"机构名称与名录不同的，以编码为准，请核对是否同一家：{_shortened(told, len(different))}。"


def _differ(given: str, registered: str) -> bool:
    """Brackets, spaces, width and a place before the name are no difference."""
    given, registered = (NOISE.sub("", unicodedata.normalize("NFKC", name)) for name in (given, registered))
    return given not in registered and registered not in given


def _named(facilities: Sequence[Facility]) -> str:
    return "、".join(one.name for one in facilities[:NAMED]) + ("等" if len(facilities) > NAMED else "")


def _shortened(told: Iterable[str], count: int) -> str:
    named = "；".join(text for text, _ in zip(told, range(NAMED), strict=False))
    return named + (f"；另有 {count - NAMED} 处" if count > NAMED else "")


def _codes(lines: Sequence[Line], name: str) -> list[str]:
    """Of the rows that go by this code."""
    return sorted({line.values[name] for line in lines if name in line.values and _goes_by(line) == name})


def _goes_by(line: Line) -> str:
    return "insurance_code" if "insurance_code" in line.values else "social_credit_code"


def _holding(facilities, name: str, codes: Sequence[str]) -> Iterator[Facility]:
    for chunk in _chunks(codes):
        yield from facilities.filter(**{f"{name}__in": chunk})


def _chunks(keys: Sequence) -> Iterator[Sequence]:
    return (keys[start : start + CHUNK] for start in range(0, len(keys), CHUNK))
