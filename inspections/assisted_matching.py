"""An initiator's list as it came, and whom of the registry each row means (C8). Nothing is written here."""

import datetime as dt
import hashlib
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from itertools import product
from typing import NamedTuple

from inspections import frequency
from inspections.models import AssistedEntry, PlanTask
from inspections.pool import OUT_BY_AGREEMENT, OUT_OF_TERM, REASONS
from registries.errors import DomainError
from registries.identifiers import normalise, normalise_code, social_credit_code_problem
from registries.imports.tables import Layout, plain_header, read_tables
from registries.models import Facility

CODES = ("统一社会信用代码", "社会信用代码")
# Each department calls those whom it inspects by another word.
NAMES = ("机构名称", "单位名称", "企业名称", "市场主体名称", "检查对象名称")
LAYOUTS = tuple(Layout("发起部门抽取名单", columns) for columns in product(CODES, NAMES))
MOST_ROWS = 2_000
LONGEST_CODE = AssistedEntry._meta.get_field("social_credit_code").max_length
LONGEST_NAME = AssistedEntry._meta.get_field("name").max_length
BRACKETS = re.compile(r"[\[(（【［](\d{4})[\])）】］]")


class ListedRow(NamedTuple):
    """`number` as Excel shows it."""

    number: int
    code: str
    name: str


class Finding(NamedTuple):
    """A row is taken when it has no `reason` against it; `warnings` are for whoever confirms."""

    row: ListedRow
    facility: Facility | None
    reason: str = ""
    warnings: tuple[str, ...] = ()


def read(content: bytes, *, filename: str) -> tuple[str, list[ListedRow]]:
    """The file's SHA-256 and its rows, title rows and further headers passed over."""
    found = read_tables(content, filename=filename, layouts=LAYOUTS)
    if len({table.sheet for table in found.tables}) > 1:
        raise DomainError(
            "文件里有几张工作表都像名单，行号会混淆。请把名单放在一张工作表中再上传。", field="file"
        )
    # The header is printed again on every page; behind a column that is not ours the reader takes it for a row.
    rows = [
        _row(number, code, name)
        for table in found.tables
        for number, (code, name) in table.texts()
        if plain_header(code) not in CODES
    ]
    if len(rows) > MOST_ROWS:
        raise DomainError(f"名单有 {len(rows)} 行，每次最多 {MOST_ROWS} 行，请核对文件。", field="file")
    return hashlib.sha256(content).hexdigest(), rows


def document_number(text: str) -> str:
    """One writing of what comes as 〔2026〕, [2026] or （2026）: the same letter is not brought in twice."""
    return BRACKETS.sub(r"〔\1〕", "".join(normalise(text).split()))


def match(task: PlanTask, rows: Iterable[ListedRow], *, on: dt.date) -> list[Finding]:
    rows = list(rows)
    registered = _registered({row.code for row in rows})
    capped, taken, findings = frequency.capped_with_lists(task, on), {}, []
    for row in rows:
        facility, reason = _meant(task, row, registered.get(row.code, []))
        if facility and facility.pk in taken:
            reason = f"与第 {taken[facility.pk]} 行是同一家机构。"
        elif facility and facility.pk in capped and not facility.is_blacklisted_on(on):
            reason = (
                "本年度检查次数已达本局上限。法律、法规、规章有特别规定的，"
                "请先调整年度计划，在任务中写明法定依据，再导入。"
            )
        if not reason:
            taken[facility.pk] = row.number
        warnings = () if reason else tuple(_warnings(row, facility, on))
        findings.append(Finding(row, facility, reason, warnings))
    return findings


def _row(number: int, code: str, name: str) -> ListedRow:
    return ListedRow(number, normalise_code(code)[:LONGEST_CODE], normalise(name)[:LONGEST_NAME])


def _registered(codes: set[str]) -> dict[str, list[Facility]]:
    """Who uses each code; in place of a merged duplicate the facility that stands for both."""
    found = defaultdict(dict)
    rows = Facility.objects.filter(social_credit_code__in=codes)
    for one in rows.select_related("bureau", "merged_into__bureau").order_by("insurance_code"):
        stands = one.merged_into or one
        found[one.social_credit_code][stands.pk] = stands
    return {code: list(those.values()) for code, those in found.items()}


def _meant(task: PlanTask, row: ListedRow, users: list[Facility]) -> tuple[Facility | None, str]:
    """The facility, or why there is none. The shops of a chain may share a code: their names tell them apart."""
    if not users:
        problem = social_credit_code_problem(row.code)
        return None, problem or "名录库中没有使用这个代码的机构，请核对代码，或者先登记该机构。"
    own = [one for one in users if one.bureau.path.startswith(task.bureau.path)]
    if not own:
        return None, f"该机构属于{users[0].bureau}，不在本局及下级医保局的名录库中，请转交该局。"
    if len(own) == 1:
        return own[0], ""
    named = [one for one in own if normalise(one.name) == row.name]
    if len(named) == 1:
        return named[0], ""
    return (
        None,
        f"名录库中有 {len(own)} 家机构使用这个代码，仅凭名称“{row.name}”不能确定是哪一家，请与发起部门核对。",
    )


def _warnings(row: ListedRow, facility: Facility, on: dt.date) -> Iterator[str]:
    if normalise(facility.name) != row.name:
        yield f"名录库中的名称是“{facility.name}”，请核对"
    begins, ends = facility.agreement_from, facility.agreement_to
    if facility.agreement_status in OUT_BY_AGREEMENT:
        yield REASONS[OUT_BY_AGREEMENT[facility.agreement_status]]
    elif (begins and on < begins) or (ends and on > ends):
        yield REASONS[OUT_OF_TERM]
