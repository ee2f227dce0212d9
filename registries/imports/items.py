"""随机抽查事项清单 from a list: every new or changed item becomes a draft, to be published by a decision of its own."""

import datetime as dt
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.db import transaction

from registries import checklists, checks, items, trail
from registries.errors import DomainError
from registries.imports.formats import ITEMS_BASIC, ITEMS_OUTSIDE
from registries.imports.lines import Line
from registries.imports.outcomes import Change, in_words
from registries.imports.prepared import Prepared
from registries.models import Bureau, InspectionItem, ItemVersion, User
from registries.models.items import ItemListKind, ItemVersionState

QUOTES = re.compile('[“”"\\s]')
JOINT_ONLY = ("跨部门开展", "不再单独开展")


@dataclass
class Row:
    """`newest` is the version that the list is compared with; `facts` what it says otherwise or anew."""

    line: Line
    item: InspectionItem | None
    newest: ItemVersion | None
    facts: dict
    before: dict
    after: dict

    @property
    def name(self) -> str:
        return self.line.values["name"]


def prepare(lines: Sequence[Line], bureau: Bureau, *, today: dt.date, lock: bool) -> Prepared:
    known = {item.name: item for item in bureau.items.prefetch_related("versions")}
    _refuse_repeated(lines)
    rows = [_check(line, known.get(line.values.get("name", "")), bureau) for line in lines]
    changed = [row for row in rows if row.newest and row.after]
    outside = sum(1 for line in lines if list_kind(line) == ItemListKind.OUTSIDE)
    return Prepared(
        new=[row for row in rows if not row.newest],
        changed=changed,
        unchanged=sum(1 for row in rows if row.newest and not row.after),
        changes=tuple(
            Change(row.line.number, row.name, in_words(ItemVersion, row.before, row.after))
            for row in changed
            if not row.line.problems
        ),
        notes=[f"其中 {outside} 项列入非“双随机、一公开”事项清单，不参加抽取。"] if outside else [],
    )


def write(prepared: Prepared, bureau: Bureau, *, note: str, by: User, now: dt.datetime) -> list[int]:
    """The drafts that the list has led to."""
    return [_draft(row, bureau, by=by, now=now).pk for row in [*prepared.new, *prepared.changed]]


@transaction.atomic
def publish(versions: Iterable[ItemVersion], *, effective_from: dt.date, by: User, now=None) -> int:
    """All the drafts of one list together; those already published or amended since stay as they are."""
    drafts = [version for version in versions if version.state == ItemVersionState.DRAFT]
    if not drafts:
        raise DomainError("本次导入的事项都已公布，不需要再次公布。")
    for version in drafts:
        items.publish(version, effective_from=effective_from, by=by, now=now)
    return len(drafts)


def list_kind(line: Line) -> ItemListKind:
    """The list without the last column, or whose title says so, holds what is outside double-random."""
    title = QUOTES.sub("", line.table.title)
    if line.form is ITEMS_OUTSIDE or (line.form is ITEMS_BASIC and "非双随机" in title):
        return ItemListKind.OUTSIDE
    return ItemListKind.DOUBLE_RANDOM


def _check(line: Line, item: InspectionItem | None, bureau: Bureau) -> Row:
    newest = max(item.versions.all(), key=lambda version: version.number, default=None) if item else None
    facts = _facts(line, newest, bureau)
    for field in ("name", "legal_basis", "inspecting_body"):
        if field in line.form.by_field and field not in line.values:
            line.refuse(field, f"请填写{line.form.by_field[field].name.lstrip('*')}。")
    whole = items.values_of(newest) | facts if newest else facts
    line.refuse_all(checks.item_problems(line.values.get("name", ""), whole))
    if facts.get("content"):
        _refuse_long_rows(line, facts["content"])
    if item and item.based_on_id:
        line.refuse("name", "该事项是对上级事项的补充，不能从清单导入，请在事项页面起草新版本。")
    if item and item.list_kind != list_kind(line):
        line.refuse(
            "name", f"该事项已在“{item.get_list_kind_display()}”清单中，不能同时列入另一清单，请核对。"
        )
    before, after = trail.changes(newest, facts) if newest else ({}, {})
    return Row(line, item, newest, facts, before, after)


def _facts(line: Line, newest: ItemVersion | None, bureau: Bureau) -> dict:
    """An empty cell keeps what the newest version says, except for remarks: last year's must not live on unseen."""
    facts = {name: line.values[name] for name in items.FIELDS if name in line.values}
    facts["remarks"] = line.values.get("remarks", "")
    facts["joint_only"] = all(words in "".join(facts["remarks"].split()) for words in JOINT_ONLY)
    if "inspecting_body" not in line.form.by_field and not newest:
        facts["inspecting_body"] = bureau.name
    return checks.tidy(facts)


def _refuse_long_rows(line: Line, content: str) -> None:
    try:
        checklists.complete(None, content)
    except DomainError as refusal:
        line.refuse("content", refusal.message)


def _refuse_repeated(lines: Sequence[Line]) -> None:
    first: dict[str, int] = {}
    for line in lines:
        name = line.values.get("name")
        if name and first.setdefault(name, line.number) != line.number:
            line.refuse("name", f"与第 {first[name]} 行的事项名称重复，请核对后删去一行。")


def _draft(row: Row, bureau: Bureau, *, by: User, now: dt.datetime) -> ItemVersion:
    if row.newest is None:
        return items.draft_item(bureau, row.name, row.facts, by=by, list_kind=list_kind(row.line), now=now)
    rows = items.checklist_of(row.newest)
    if "content" in row.after:
        rows = checklists.carried_over(row.facts["content"], rows)
    if row.newest.state == ItemVersionState.DRAFT:
        return items.amend_draft(row.newest, row.facts, rows, revision=row.newest.revision, by=by, now=now)
    values = items.values_of(row.newest) | row.facts
    return items.draft_version(row.item, values, rows, by=by, now=now)
