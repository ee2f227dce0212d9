"""定向范围 kept under names: saved from a task, taken up in later ones, renamed, deleted (C1, 000§8)."""

import datetime as dt

from django.db import transaction
from django.utils import timezone

from inspections.models import Clue, PlanTask, SavedScope
from inspections.plan_versions import scope as in_words
from inspections.states import ClueState
from registries import bureaus, checks, trail
from registries.access import Permission, require
from registries.errors import DomainError
from registries.identifiers import normalise
from registries.models import Bureau, Facility, User

# Each list of a scope, and the facility's field that it is about.
CRITERIA = {
    "kinds": "kind", "levels": "level", "ownerships": "ownership", "regions": "region", "grades": "grade",
}  # fmt: skip
LISTS = tuple(CRITERIA)
# Of clues whose proposal is still to be decided, or to be made again.
UNDECIDED = (ClueState.REGISTERED, ClueState.TO_APPROVE)
LONGEST = SavedScope._meta.get_field("name").max_length


@transaction.atomic
def save(task: PlanTask, name: str, *, by: User, now: dt.datetime | None = None) -> SavedScope:
    """The scope that the task has at this moment; later changes of the task leave it alone."""
    bureau = task.plan.bureau
    require(by, Permission.PLAN_DRAFT, bureau=bureau)
    name, values = _named(name), {name: getattr(task, name) for name in LISTS}
    if not may_be_saved(task):
        raise DomainError("这项任务的抽查范围不限（不定向抽查），没有可以保存的条件。")
    with checks.once(_taken(name), "name"):
        scope = SavedScope.objects.create(
            bureau=bureau, name=name, saved_by=by, saved_at=now or timezone.now(), **values
        )
    scope.tags.set(task.tags.all())
    after = {"抽查范围": in_words(scope)}
    trail.record("保存抽查范围", by=by, about=scope, after=after, note=f"来自任务：{task.name}", now=now)
    return scope


@transaction.atomic
def rename(scope: SavedScope, name: str, *, by: User, now: dt.datetime | None = None) -> SavedScope:
    locked, name = _lock(scope, by), _named(name)
    before, after = trail.changes(locked, {"name": name})
    if not after:
        raise DomainError("名称没有变化，不需要保存。", field="name")
    locked.name = name
    with checks.once(_taken(name), "name"):
        locked.save(update_fields=["name"])
    trail.record("抽查范围改名", by=by, about=locked, before=before, after=after, now=now)
    return locked


@transaction.atomic
def delete(scope: SavedScope, *, by: User, now: dt.datetime | None = None) -> None:
    """Tasks that took it up keep their own scope."""
    bureaus.lock(scope.bureau)  # a clue's draw over it may be about to be proposed
    locked = _lock(scope, by)
    if clue := locked.clues.filter(state__in=UNDECIDED).first():
        raise DomainError(
            f"线索{clue}拟以范围“{locked}”定向抽查，还没有批准，不能删除。请先审批，或改提其他范围。"
        )
    Clue.objects.filter(scope=locked).update(scope=None, ratio_bp=None)
    trail.record("删除抽查范围", by=by, about=locked, before={"抽查范围": in_words(locked)}, now=now)
    locked.delete()


def may_be_saved(task: PlanTask) -> bool:
    """Conditions that other tasks can take up; whoever was named one by one is no condition."""
    return any(getattr(task, name) for name in LISTS) or bool(task.tags.all())


def of(bureau: Bureau):
    return SavedScope.objects.filter(bureau=bureau).select_related("saved_by").prefetch_related("tags")


def taken_up(scope: SavedScope) -> dict:
    """The fields of a task that it fills, the empty ones included."""
    return {name: list(getattr(scope, name)) for name in LISTS} | {"tags": list(scope.tags.all())}


def lacking(scope: SavedScope, facility: Facility) -> str:
    """The first condition of the scope that this facility does not meet, in words; empty when it is in."""
    for name, field in CRITERIA.items():
        wanted, label = getattr(scope, name), SavedScope._meta.get_field(name).verbose_name
        if wanted and getattr(facility, field) not in wanted:
            display = getattr(facility, f"get_{field}_display", None)
            its_own = display() if display else getattr(facility, field)
            return f"{label}是“{its_own or '空'}”"
    tags = scope.tags.all()
    if tags and not facility.tags.filter(pk__in=tags).exists():
        return f"没有标签“{'”“'.join(tag.name for tag in tags)}”"
    return ""


def _named(name: str) -> str:
    name = normalise(name or "")
    if not name:
        raise DomainError("请填写范围的名称，例如“城区连锁药店”。", field="name")
    if len(name) > LONGEST:
        raise DomainError(f"名称最多 {LONGEST} 字，现有 {len(name)} 字，请缩短。", field="name")
    return name


def _taken(name: str) -> str:
    return f"本局已有名为“{name}”的范围，请换一个名称；原来的不再需要的，先删除。"


def _lock(scope: SavedScope, by: User) -> SavedScope:
    require(by, Permission.PLAN_DRAFT, bureau=scope.bureau)
    locked = SavedScope.objects.select_for_update().filter(pk=scope.pk).first()
    if locked is None:
        raise DomainError(f"范围“{scope}”刚刚被别人删除，请刷新页面。")
    return locked
