"""The tags of a bureau. A plan's scope may name them, and a plan changes only by an adjustment (B2)."""

import datetime as dt
from collections import defaultdict

from django.db import transaction
from django.db.models import Count, F, QuerySet

from registries import callouts, checks, trail
from registries.access import Permission, require
from registries.errors import DomainError
from registries.identifiers import normalise
from registries.models import Bureau, Facility, FacilityTag, User

LONGEST = FacilityTag._meta.get_field("name").max_length
# Parameters of one query.
CHUNK = 1000
LINK = Facility.tags.through


def of(bureau: Bureau) -> QuerySet[FacilityTag]:
    """With `bearers`: how many facilities bear each."""
    return bureau.facility_tags.annotate(bearers=Count("facilities")).order_by("name")


@transaction.atomic
def rename(tag: FacilityTag, name: str, *, by: User, now: dt.datetime | None = None) -> FacilityTag:
    locked = _lock(tag, by)
    name = named(name)
    if name == locked.name:
        raise DomainError("名称没有变化，不需要保存。", field="name")
    before, after = trail.changes(locked, {"name": name})
    locked.name = name
    with checks.once(f"本局已有标签“{name}”；两个标签同义时请用“并入”。", "name"):
        locked.save(update_fields=["name"])
    trail.record("标签改名", by=by, about=locked, before=before, after=after, now=now)
    return locked


@transaction.atomic
def merge(tag: FacilityTag, into: FacilityTag, *, by: User, now: dt.datetime | None = None) -> int:
    """All who bear the one bear the other instead, and the one is gone. Returns how many facilities changed."""
    locked = _lock(tag, by)
    if into.bureau_id != locked.bureau_id or into.pk == locked.pk:
        raise DomainError("请选择本局的另一个标签。", field="into")
    bearers = Facility.objects.filter(tags=locked)
    changed = _retag(bearers, "合并机构标签", add=into, drop=locked, by=by, now=now)
    trail.record(
        "并入其他标签", by=by, about=locked, after={"into": into.name, "facilities": changed}, now=now
    )
    locked.delete()
    return changed


@transaction.atomic
def delete(tag: FacilityTag, *, by: User, now: dt.datetime | None = None) -> None:
    locked = _lock(tag, by)
    if bearers := locked.facilities.count():
        raise DomainError(f"还有 {bearers} 家机构使用标签“{locked}”，请先并入其他标签或逐家去掉。")
    trail.record("删除标签", by=by, about=locked, now=now)
    locked.delete()


@transaction.atomic
def tag_all(
    rows: QuerySet[Facility],
    name: str,
    *,
    expected: int,
    by: User,
    now: dt.datetime | None = None,
) -> int:
    """Every facility of the own bureau among `rows`; `expected` is the number that the person confirmed."""
    require(by, Permission.REGISTRY_EDIT)
    name = named(name)
    own = own_rows(rows, by)
    if (count := own.count()) != expected:
        raise DomainError(
            f"您确认时有 {expected} 家，现在符合条件的有 {count} 家，没有写入，请核对后重新确认。"
        )
    tag, _ = FacilityTag.objects.get_or_create(bureau=by.bureau, name=name)
    return _retag(own.exclude(tags=tag), "批量加标签", add=tag, by=by, now=now)


def own_rows(rows: QuerySet[Facility], user: User) -> QuerySet[Facility]:
    """Through a subquery, since a list that searched tags is distinct and cannot be locked."""
    return Facility.objects.in_registry().filter(bureau=user.bureau_id, pk__in=rows.order_by().values("pk"))


def named(name: str, *, field: str = "name") -> str:
    name = normalise(name or "")
    if not name:
        raise DomainError("请填写标签名称。", field=field)
    if len(name) > LONGEST:
        raise DomainError(f"标签最多 {LONGEST} 字，请缩短。", field=field)
    # Forms and imported cells tell several tags apart by these.
    if any(mark in name for mark in " 、，,；;"):
        raise DomainError("一个标签中不能有空格、顿号、逗号或分号。", field=field)
    return name


def _lock(tag: FacilityTag, by: User) -> FacilityTag:
    require(by, Permission.REGISTRY_EDIT, bureau=tag.bureau)
    locked = FacilityTag.objects.select_for_update().get(pk=tag.pk)
    sentences = [one for answer in callouts.answers("bars_to_changing_tag", locked) for one in answer]
    if sentences:
        raise DomainError("".join(sentences))
    return locked


def _retag(
    rows: QuerySet[Facility], event: str, *, add: FacilityTag, by: User, now, drop: FacilityTag | None = None
) -> int:
    """One trail entry for each facility. A raised revision tells whoever has the old tags open in a form."""
    keys = list(rows.order_by("pk").values_list("pk", flat=True))
    for start in range(0, len(keys), CHUNK):
        _retag_some(keys[start : start + CHUNK], event, add=add, drop=drop, by=by, now=now)
    return len(keys)


def _retag_some(keys: list[int], event: str, *, add: FacilityTag, drop: FacilityTag | None, by: User, now):
    # Who was merged or moved to another bureau since the keys were read is not there any more.
    own = Facility.objects.in_registry().filter(pk__in=keys, bureau=add.bureau)
    locked = list(own.select_for_update().only("name").order_by("pk"))
    keys = [facility.pk for facility in locked]
    borne = defaultdict(set)
    for pk, name in LINK.objects.filter(facility__in=keys).values_list("facility_id", "facilitytag__name"):
        borne[pk].add(name)
    changed = []
    for facility in locked:
        facility.bureau = add.bureau
        old = borne[facility.pk]
        new = (old | {add.name}) - ({drop.name} if drop else set())
        changed.append((facility, {"tags": sorted(old)}, {"tags": sorted(new)}))
    LINK.objects.bulk_create(
        LINK(facility_id=pk, facilitytag=add) for pk in keys if add.name not in borne[pk]
    )
    if drop:
        LINK.objects.filter(facility__in=keys, facilitytag=drop).delete()
    Facility.objects.filter(pk__in=keys).update(revision=F("revision") + 1)
    trail.record_each(event, changed, by=by, now=now)
