"""The tags of a bureau. A plan's scope may name them, and a plan changes only by an adjustment (B2)."""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterator

from django.db import transaction
from django.db.models import Count, F, QuerySet

from registries import bulk, bureaus, callouts, checks, trail
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
    _take_turn(tag.bureau, by)
    locked = _lock(tag)
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
    _take_turn(tag.bureau, by)
    into = tag.bureau.facility_tags.exclude(pk=tag.pk).filter(pk=into.pk).first()
    if into is None:
        raise DomainError("请选择本局的另一个标签。", field="into")
    bearers = _own(tag.bureau).filter(pk__in=LINK.objects.filter(facilitytag=tag).values("facility"))
    facilities = _lock_facilities(bearers)
    locked = _lock(tag)
    changed = _retag(facilities, "合并机构标签", add=into, drop=locked, by=by, now=now)
    if bearers.exists():
        raise DomainError(f"刚刚又有机构加上了标签“{locked}”，没有写入，请重新并入。")
    trail.record(
        "并入其他标签", by=by, about=locked, after={"into": into.name, "facilities": changed}, now=now
    )
    locked.delete()
    return changed


@transaction.atomic
def delete(tag: FacilityTag, *, by: User, now: dt.datetime | None = None) -> None:
    _take_turn(tag.bureau, by)
    locked = _lock(tag)
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
    _take_turn(by.bureau, by)
    name = named(name)
    own = own_rows(rows, by)
    if (count := own.count()) != expected:
        raise DomainError(
            f"您确认时有 {expected} 家，现在符合条件的有 {count} 家，没有写入，请核对后重新确认。"
        )
    facilities = _lock_facilities(own.exclude(tags__name=name))
    tag, _ = FacilityTag.objects.get_or_create(bureau=by.bureau, name=name)
    return _retag(facilities, "批量加标签", add=tag, by=by, now=now)


def own_rows(rows: QuerySet[Facility], user: User) -> QuerySet[Facility]:
    """Through a subquery, since a list that searched tags is distinct and cannot be locked."""
    return _own(user.bureau).filter(pk__in=rows.order_by().values("pk"))


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


def _own(bureau: Bureau) -> QuerySet[Facility]:
    return Facility.objects.in_registry().filter(bureau=bureau)


def _take_turn(bureau: Bureau, by: User) -> None:
    """One after the other, and never beside an import: both lock rows by the thousand."""
    require(by, Permission.REGISTRY_EDIT, bureau=bureau)
    bureaus.lock(bureau)


def _lock(tag: FacilityTag) -> FacilityTag:
    """After the facilities, if there are any to lock: whoever amends or merges one comes to its tags last, too."""
    locked = FacilityTag.objects.select_for_update().filter(pk=tag.pk).first()
    if locked is None:
        raise DomainError(f"标签“{tag}”刚刚已被并入其他标签或删除，请刷新页面。")
    sentences = [one for answer in callouts.answers("bars_to_changing_tag", locked) for one in answer]
    if sentences:
        raise DomainError("".join(sentences))
    return locked


def _lock_facilities(rows: QuerySet[Facility]) -> list[Facility]:
    return list(rows.select_for_update().only("name", "bureau").order_by("pk"))


def _retag(
    locked: list[Facility],
    event: str,
    *,
    add: FacilityTag,
    by: User,
    now: dt.datetime | None,
    drop: FacilityTag | None = None,
) -> int:
    """One trail entry for each facility. A raised revision tells whoever has the old tags open in a form."""
    borne = _borne(add.bureau, [facility.pk for facility in locked])
    changed = []
    for facility in locked:
        old = borne[facility.pk]
        # Somebody else may have tagged it before it was locked.
        if (drop.name in old) if drop else (add.name not in old):
            new = (old | {add.name}) - ({drop.name} if drop else set())
            changed.append((facility, {"tags": sorted(old)}, {"tags": sorted(new)}))
    keys = [facility.pk for facility, _, _ in changed]
    links = ((key,) for key in keys if add.name not in borne[key])
    bulk.insert(LINK, {"facilitytag_id": add.pk}, ("facility_id",), links)
    for chunk in _chunks(keys):
        if drop:
            LINK.objects.filter(facility__in=chunk, facilitytag=drop).delete()
        Facility.objects.filter(pk__in=chunk).update(revision=F("revision") + 1)
    trail.record_each(event, changed, by=by, now=now)
    return len(keys)


def _borne(bureau: Bureau, keys: list[int]) -> dict[int, set[str]]:
    """The names of the tags of each facility."""
    names = dict(bureau.facility_tags.values_list("pk", "name"))
    borne = defaultdict(set)
    for chunk in _chunks(keys):
        for key, tag in LINK.objects.filter(facility__in=chunk).values_list("facility_id", "facilitytag_id"):
            borne[key].add(names[tag])
    return borne


def _chunks(keys: list[int]) -> Iterator[list[int]]:
    return (keys[start : start + CHUNK] for start in range(0, len(keys), CHUNK))
