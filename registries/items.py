"""随机抽查事项清单: nothing is inspected outside it, nothing is used before it is published (A1, A2)."""

import datetime as dt
from collections.abc import Iterable

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from registries import checklists, checks, inheritance, legal_sources, trail
from registries.access import Permission, require
from registries.checklists import Row
from registries.errors import DomainError
from registries.models import Bureau, ChecklistRow, InspectionItem, ItemVersion, User
from registries.models.items import ItemListKind, ItemVersionState
from registries.revisions import refuse_stale

FIELDS = (
    "department", "sub_item", "content", "legal_basis", "inspecting_body", "category", "target", "method",
    "ratio_a_bp", "ratio_b_bp", "ratio_c_bp", "ratio_d_bp", "frequency_per_year", "qualification",
    "materials", "remarks", "joint_only",
)  # fmt: skip

State = ItemVersionState


@transaction.atomic
def draft_item(
    bureau: Bureau,
    name: str,
    values: dict,
    rows: Iterable[Row] | None = None,
    *,
    by: User,
    list_kind: str = ItemListKind.DOUBLE_RANDOM,
    now: dt.datetime | None = None,
) -> ItemVersion:
    """A new item with its first version. Without `rows` see checklists.complete."""
    require(by, Permission.REGISTRY_EDIT, bureau=bureau)
    name = checks.tidy({"name": name})["name"]
    facts = _facts(name, values)
    with checks.once("本局清单中已有同名事项，请在原事项上起草新版本。", "name"):
        item = InspectionItem.objects.create(bureau=bureau, name=name, list_kind=list_kind)
    return _draft(item, 1, facts, rows, by=by, now=now)


@transaction.atomic
def supplement(
    parent: InspectionItem,
    values: dict,
    rows: Iterable[Row] | None = None,
    *,
    by: User,
    now: dt.datetime | None = None,
) -> ItemVersion:
    """The user's bureau asks more than the bureau above: a version of its own that starts from the one above (A7)."""
    require(by, Permission.REGISTRY_EDIT)
    top = parent.based_on or parent
    if not by.bureau.ancestors().filter(pk=top.bureau_id).exists():
        raise DomainError("只能在上级医保局的事项上补充要求，本局的事项请直接起草新版本。")
    with checks.once("本局已经补充过这个事项，或者清单中已有同名事项，请在原事项上起草新版本。"):
        item = InspectionItem.objects.create(
            bureau=by.bureau, name=top.name, list_kind=top.list_kind, based_on=top
        )
    base = _base(item, inheritance.published())
    copied = values_of(base) | {"inspecting_body": by.bureau.name}
    chosen = tuple(rows or checklist_of(base))
    copied["content"] = "\n".join(row.content for row in chosen)
    return _draft(item, 1, _facts(item.name, copied | values), chosen, by=by, now=now)


@transaction.atomic
def draft_version(
    item: InspectionItem,
    values: dict,
    rows: Iterable[Row] | None = None,
    *,
    by: User,
    now: dt.datetime | None = None,
) -> ItemVersion:
    """The next version, to be edited beside the published one until it is published itself."""
    require(by, Permission.REGISTRY_EDIT, bureau=item.bureau)
    item = InspectionItem.objects.select_for_update().get(pk=item.pk)
    newest = item.versions.first()
    if newest and newest.state == State.DRAFT:
        raise DomainError(f"第{newest.number}版正在起草，请在这份草稿上修改。")
    return _draft(item, newest.number + 1 if newest else 1, _facts(item.name, values), rows, by=by, now=now)


@transaction.atomic
def amend_draft(
    version: ItemVersion,
    values: dict,
    rows: Iterable[Row] | None = None,
    *,
    revision: int,
    by: User,
    now: dt.datetime | None = None,
) -> ItemVersion:
    """A version that was ever published is never edited: a new version follows it."""
    require(by, Permission.REGISTRY_EDIT, bureau=version.bureau)
    locked = _lock(version)
    _require_state(locked, State.DRAFT, "只有草稿可以修改，请起草新版本")
    refuse_stale(locked, revision)
    facts = _facts(locked.item.name, values_of(locked) | values)
    before, after = trail.changes(locked, facts)
    old, new = checklist_of(locked), checklists.complete(rows, facts["content"])
    if old != new:
        before["检查内容行"], after["检查内容行"] = (
            checklists.as_text(all).splitlines() for all in (old, new)
        )
    if not before:
        raise DomainError("内容没有变化，不需要保存。")
    _save(locked, **facts)
    _write_parts(locked, new, by=by, now=now)
    trail.record("修改事项草稿", by=by, about=locked, before=before, after=after, now=now)
    return locked


@transaction.atomic
def publish(
    version: ItemVersion, *, effective_from: dt.date, by: User, now: dt.datetime | None = None
) -> ItemVersion:
    """未公布不得实施: the version counts from `effective_from`, today at the earliest, and ends the one before it."""
    require(by, Permission.REGISTRY_EDIT, bureau=version.bureau)
    locked = _lock(version)
    _require_state(locked, State.DRAFT, "只有草稿可以公布")
    if effective_from < timezone.localdate(now):
        raise DomainError("生效日期不能早于今天：公布之前不得实施。", field="effective_from")
    if not locked.rows.exists():
        raise DomainError("检查内容没有任何一行，请先补充检查内容。")
    _refuse_loosened(locked, inheritance.in_force(effective_from))
    _supersede(locked.item, effective_from, by=by, now=now)
    _save(
        locked,
        state=State.PUBLISHED,
        effective_from=effective_from,
        published_at=now or timezone.now(),
        published_by=by,
    )
    trail.record("公布事项版本", by=by, about=locked, after={"effective_from": str(effective_from)}, now=now)
    return locked


@transaction.atomic
def withdraw(version: ItemVersion, *, reason: str, by: User, now: dt.datetime | None = None) -> ItemVersion:
    """Out of the list at once; what was decided under it stays as it was."""
    require(by, Permission.REGISTRY_EDIT, bureau=version.bureau)
    reason = checks.said_why(reason)
    locked = _lock(version)
    _require_state(locked, State.PUBLISHED, "只有已公布的版本可以停用")
    values = {"state": str(State.WITHDRAWN), "effective_to": timezone.localdate(now)}
    # What it was to replace on a later day would run on until then, beside whatever is published next.
    running = locked.item.versions.filter(state=State.SUPERSEDED, effective_to__gte=values["effective_to"])
    for one in [locked, *running.select_for_update()]:
        before, after = trail.changes(one, values)
        _save(one, **values)
        trail.record("停用事项", by=by, about=one, before=before, after=after, note=reason, now=now)
    return locked


def usable(bureau: Bureau, on: dt.date) -> QuerySet[ItemVersion]:
    """Double-random versions in force on that day, of the bureau and those above it (A7: one list for all).

    Of an item that bureaus have added to, the lowest version that asks no less than those above it stands for all.
    """
    return _that_count(bureau, inheritance.in_force(on))


def listed(bureau: Bureau) -> QuerySet[ItemVersion]:
    """The same among the newest published versions, in force or about to be: what a plan can name."""
    return _that_count(bureau, inheritance.published())


def _that_count(bureau: Bureau, standing: Q) -> QuerySet[ItemVersion]:
    versions = ItemVersion.objects.filter(
        standing, item__bureau__in=bureau.with_ancestors(), item__list_kind=ItemListKind.DOUBLE_RANDOM
    ).select_related("item__bureau")
    overruled = inheritance.overruled(versions)
    return versions.exclude(pk__in=overruled).order_by("item__bureau__path", "item_id")


def replaced(versions: Iterable[ItemVersion]) -> list[tuple[ItemVersion, ItemVersion]]:
    """Those of them that a newer published version of the item has overtaken, each with the newest."""
    versions = list({version.pk: version for version in versions}.values())
    of_them = ItemVersion.objects.filter(inheritance.published(), item__in={one.item_id for one in versions})
    newest = {one.item_id: one for one in of_them.only("item", "number", "effective_from")}
    pairs = [(old, newest[old.item_id]) for old in versions if old.item_id in newest]
    return [(old, new) for old, new in pairs if new.number > old.number]


def readable(user: User) -> QuerySet[InspectionItem]:
    """Items of the user's bureau, those below it, and the published ones of those above."""
    below = Q(bureau__path__startswith=user.bureau.path)
    above = Q(bureau__in=user.bureau.ancestors()) & Q(versions__published_at__isnull=False)
    return InspectionItem.objects.filter(below | above).distinct()


def checklist_of(version: ItemVersion) -> tuple[Row, ...]:
    return tuple(
        Row(row.content, row.how, row.legal_basis, row.is_key, row.is_veto) for row in version.rows.all()
    )


def values_of(version: ItemVersion) -> dict:
    return {name: getattr(version, name) for name in FIELDS}


def _facts(name: str, values: dict) -> dict:
    facts = {field: value for field, value in checks.tidy(values).items() if field in FIELDS}
    checks.refuse(checks.item_problems(name, facts))
    return facts


def _draft(item: InspectionItem, number: int, facts: dict, rows, *, by: User, now) -> ItemVersion:
    complete = checklists.complete(rows, facts.get("content", ""))
    version = ItemVersion.objects.create(
        item=item, number=number, drafted_by=by, drafted_at=now or timezone.now(), **facts
    )
    _write_parts(version, complete, by=by, now=now)
    _, after = trail.changes(ItemVersion(item=item), facts)
    trail.record("起草事项版本", by=by, about=version, after=after, now=now)
    return version


def _supersede(item: InspectionItem, effective_from: dt.date, *, by: User, now) -> None:
    """The published version, if there is one, ends on the day before."""
    old = item.versions.select_for_update().filter(state=State.PUBLISHED).first()
    if old is None:
        return
    if effective_from <= old.effective_from:
        raise DomainError(
            f"第{old.number}版自 {old.effective_from} 起生效，新版本的生效日期须晚于这一天。",
            field="effective_from",
        )
    values = {"state": str(State.SUPERSEDED), "effective_to": effective_from - dt.timedelta(days=1)}
    before, after = trail.changes(old, values)
    _save(old, **values)
    trail.record("事项版本被替代", by=by, about=old, before=before, after=after, now=now)


def _base(item: InspectionItem, standing: Q) -> ItemVersion:
    base = inheritance.base_of(item, standing)
    if base is None:
        raise DomainError(f"{inheritance.PARENT_GONE}，不能补充要求。", field="effective_from")
    return base


def _refuse_loosened(version: ItemVersion, standing: Q) -> None:
    if version.item.based_on_id is None:
        return
    base = _base(version.item, standing)
    if sentences := inheritance.loosened(base, version):
        above = f"{base.bureau.name}第{base.number}版"
        raise DomainError(
            f"下级只能增加要求，不能放宽。与{above}相比：{'；'.join(sentences)}。请改回后再保存。"
        )


def _write_parts(version: ItemVersion, rows: Iterable[Row], *, by: User, now) -> None:
    """Rows and basis entries of a draft; a supplement is looked at as a whole, so only when all is written."""
    legal_sources.cite(version, by=by, now=now)
    version.rows.all().delete()
    ChecklistRow.objects.bulk_create(
        ChecklistRow(version=version, position=position, **row._asdict())
        for position, row in enumerate(rows, 1)
    )
    _refuse_loosened(version, inheritance.published())


def _require_state(version: ItemVersion, state: State, otherwise: str) -> None:
    if version.state != state:
        raise DomainError(f"第{version.number}版现为“{version.get_state_display()}”，{otherwise}。")


def _lock(version: ItemVersion) -> ItemVersion:
    # The item is locked first, always: two versions of it cannot be decided on side by side.
    InspectionItem.objects.select_for_update().get(pk=version.item_id)
    return ItemVersion.objects.select_for_update().get(pk=version.pk)


def _save(locked: ItemVersion, **fields) -> None:
    for name, value in fields.items():
        setattr(locked, name, value)
    locked.revision += 1
    locked.save(update_fields=[*fields, "revision"])
