"""A lower bureau adds to an item of a bureau above and never loosens it (A7); which version then counts for whom.

A supplement rests on the item at the top. On any day it counts for its bureau and those below it as long as it asks
no less than the version that counts for the bureau above; otherwise that one counts.
"""

import datetime as dt
from collections.abc import Iterable, Iterator
from itertools import groupby

from django.db.models import Prefetch, Q, QuerySet

from registries.models import BasisEntry, InspectionItem, ItemCategory, ItemVersion
from registries.models.items import ItemVersionState

RATIOS = {"ratio_a_bp": "A级", "ratio_b_bp": "B级", "ratio_c_bp": "C级", "ratio_d_bp": "D级"}
KEPT = ("sub_item", "target", "method", "joint_only")
PARENT_GONE = "上级事项现在没有公布生效的版本"


def in_force(on: dt.date) -> Q:
    """A version that a later one has already replaced is in force until the day before that one begins."""
    standing = Q(state__in=[ItemVersionState.PUBLISHED, ItemVersionState.SUPERSEDED], effective_from__lte=on)
    return standing & (Q(effective_to=None) | Q(effective_to__gte=on))


def published() -> Q:
    """The newest published version of each item, in force or about to be."""
    return Q(state=ItemVersionState.PUBLISHED)


def loosened(base: ItemVersion, own: ItemVersion) -> list[str]:
    """What `own` asks less than `base`, in words; empty when it only adds."""
    return [*_facts(base, own), *_texts(base, own), *_rows(base, own)]


def base_of(item: InspectionItem, standing: Q) -> ItemVersion | None:
    """The version that counts for the bureau above a supplement; nothing for an item that is none."""
    if item.based_on_id is None:
        return None
    *above, _ = item.bureau.path.rstrip("/").split("/")
    family = _families({item.based_on_id}, standing).filter(item__bureau__code__in=above)
    return next(iter(_counting(family)), None)


def overruled(versions: QuerySet[ItemVersion]) -> set[int]:
    """Among versions of the items of one line of bureaus, those for which another version of the family counts."""
    roots = set(versions.filter(item__based_on__isnull=False).values_list("item__based_on", flat=True))
    if not roots:
        return set()
    family = list(_read(versions).filter(_in_families(roots)))
    return {version.pk for version in family} - {version.pk for version in _counting(family)}


def outdated(versions: Iterable[ItemVersion], standing: Q) -> dict[int, list[str]]:
    """By version, what supplements among them now loosen; the number of queries is fixed."""
    supplements = [version for version in versions if version.item.based_on_id]
    if not supplements:
        return {}
    above = list(_families({version.item.based_on_id for version in supplements}, standing))
    found = {}
    for own in _read(ItemVersion.objects.filter(pk__in=[version.pk for version in supplements])):
        base = next(iter(_counting(one for one in above if _stands_above(one, own))), None)
        if sentences := loosened(base, own) if base else [PARENT_GONE]:
            found[own.pk] = sentences
    return found


def _stands_above(one: ItemVersion, own: ItemVersion) -> bool:
    path = one.item.bureau.path
    same_family = own.item.based_on_id in (one.item_id, one.item.based_on_id)
    return same_family and own.item.bureau.path != path and own.item.bureau.path.startswith(path)


def _counting(versions: Iterable[ItemVersion]) -> Iterator[ItemVersion]:
    """The version that counts of each family, among those of one line of bureaus."""
    ordered = sorted(versions, key=lambda version: (_root(version), len(version.item.bureau.path)))
    for _, family in groupby(ordered, key=_root):
        counts = None
        for version in family:
            supplements = version.item.based_on_id is not None
            if not supplements or (counts and not loosened(counts, version)):
                counts = version
        if counts:
            yield counts


def _root(version: ItemVersion) -> int:
    return version.item.based_on_id or version.item_id


def _in_families(roots: set[int]) -> Q:
    return Q(item__in=roots) | Q(item__based_on__in=roots)


def _families(roots: set[int], standing: Q) -> QuerySet[ItemVersion]:
    return _read(ItemVersion.objects.filter(standing)).filter(_in_families(roots))


def _read(versions: QuerySet[ItemVersion]) -> QuerySet[ItemVersion]:
    """With all that `loosened` compares."""
    entries = Prefetch("basis", BasisEntry.objects.select_related("source"))
    return versions.select_related("item__bureau").prefetch_related("rows", entries)


def _facts(base: ItemVersion, own: ItemVersion) -> Iterator[str]:
    for name, label in RATIOS.items():
        least, given = getattr(base, name), getattr(own, name)
        if given < least:
            yield f"{label}机构抽查比例由 {least / 100:g}% 降为 {given / 100:g}%"
    if own.frequency_per_year < base.frequency_per_year:
        yield f"抽查频次由每年 {base.frequency_per_year} 次降为 {own.frequency_per_year} 次"
    if base.qualification and own.qualification != base.qualification:
        yield f"取消了人员专业要求“{base.qualification}”"
    if base.category == ItemCategory.KEY and own.category != ItemCategory.KEY:
        yield "由重点检查事项改为一般检查事项"
    for name in KEPT:
        if getattr(own, name) != getattr(base, name):
            yield f"改动了“{ItemVersion._meta.get_field(name).verbose_name}”"


def _texts(base: ItemVersion, own: ItemVersion) -> Iterator[str]:
    cited = {str(entry) for entry in own.basis.all()}
    for entry in base.basis.all():
        if str(entry) not in cited:
            yield f"删去了抽查依据{entry}"
    asked = set(own.materials.splitlines())
    for material in base.materials.splitlines():
        if material not in asked:
            yield f"删去了需提供的材料“{material}”"


def _rows(base: ItemVersion, own: ItemVersion) -> Iterator[str]:
    rows = {row.content: row for row in own.rows.all()}
    for asked in base.rows.all():
        row = rows.get(asked.content)
        if row is None:
            yield f"删去或改动了检查内容“{asked.content}”"
            continue
        for name in ("how", "legal_basis"):
            if getattr(asked, name) != getattr(row, name):
                label = row._meta.get_field(name).verbose_name
                yield f"改动了检查内容“{asked.content}”的{label}"
        for name in ("is_key", "is_veto"):
            if getattr(asked, name) and not getattr(row, name):
                yield f"取消了检查内容“{asked.content}”的{row._meta.get_field(name).verbose_name}标记"
