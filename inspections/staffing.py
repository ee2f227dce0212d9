"""Which inspectors may be sent and why others may not: one rule for pools and for 直接选派 (C5, docs/adr/0015).

The reasons are looked at in the order of REASONS; the first that holds is the one that is recorded. Interests are no
part of it: they keep an inspector from one facility, not from a task.
"""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable
from typing import NamedTuple

from django.utils import timezone

from inspections.models import Clue, PlanTask, Visit
from inspections.sealing import IN
from registries import certificates, leaves
from registries.models import Inspector
from registries.models.people import InspectorStatus

NOT_ACTIVE = "not_active"
CERTIFICATE_EXPIRED = "certificate_expired"
ITEM_NOT_ALLOWED = "item_not_allowed"
REGION_NOT_ALLOWED = "region_not_allowed"
ON_LEAVE = "on_leave"
REASONS = {
    NOT_ACTIVE: "已暂停或退出",
    CERTIFICATE_EXPIRED: "没有执法证，或执法证有效期不覆盖任务期间",
    ITEM_NOT_ALLOWED: "可检查的事项没有包括本任务的全部事项",
    REGION_NOT_ALLOWED: "可检查的区域没有包括抽查范围的全部区域",
    ON_LEAVE: "任务期间全程请假",
}


class Call(NamedTuple):
    """What somebody is wanted for: all of these items and regions, on any of these days.

    Of an item any key serves: a supplement is inspected by whoever may inspect what it is based on.
    """

    first: dt.date
    last: dt.date
    items: tuple[frozenset[int], ...]
    regions: frozenset[str]


def call(errand: PlanTask | Clue, regions: Iterable[str], *, first: dt.date, last: dt.date) -> Call:
    keys = errand.items.order_by().values_list("item_id", "item__based_on_id")
    items = tuple(frozenset(key for key in row if key) for row in keys)
    return Call(first, max(first, last), items, frozenset(regions))


def call_of(visit: Visit) -> Call:
    """For the visit's day; as long as there is none, for all days that are left."""
    first = visit.planned_on or timezone.localdate()
    last = visit.planned_on or visit.errand.ends_on
    return call(visit.errand, [visit.facility.region], first=first, last=last)


def standings(people: Iterable[Inspector], asked: Call) -> dict[int, str]:
    """`in` or a code of REASONS for each; two queries for however many."""
    people = list(people)
    allowed, away = defaultdict(set), defaultdict(list)
    limits = Inspector.allowed_items.through.objects.filter(inspector__in=people)
    for inspector, item in limits.values_list("inspector_id", "inspectionitem_id"):
        allowed[inspector].add(item)
    absent = leaves.between(asked.first, asked.last).filter(inspector__in=people)
    for inspector, *span in absent.values_list("inspector_id", "begins_on", "ends_on"):
        away[inspector].append(tuple(span))
    return {one.pk: _standing(one, allowed[one.pk], away[one.pk], asked) for one in people}


def _standing(one: Inspector, items: set[int], away: list[leaves.Span], asked: Call) -> str:
    if one.status != InspectorStatus.ACTIVE:
        return NOT_ACTIVE
    if not certificates.held_by(one, on=asked.first, until=asked.last):
        return CERTIFICATE_EXPIRED
    if items and any(items.isdisjoint(keys) for keys in asked.items):
        return ITEM_NOT_ALLOWED
    if one.regions and not asked.regions <= set(one.regions):
        return REGION_NOT_ALLOWED
    if leaves.away_throughout(away, asked.first, asked.last):
        return ON_LEAVE
    return IN
