"""A facility moves to another bureau of the system (A3, A7): the old one proposes, the new one takes over.

Its code, its history and its trail go along; the tags of the old bureau stay behind. Who leaves the area that the
system covers is not moved: that is the agreement status 迁出.
"""

import datetime as dt

from django.db import transaction
from django.utils import timezone

from registries import bureaus, callouts, checks, standing, trail
from registries.access import Permission, may, require
from registries.errors import DomainError
from registries.facilities import decide, lock, save
from registries.models import Bureau, Facility, User

LEFT = "迁至其他医保局"


@transaction.atomic
def propose(
    facility: Facility, to_bureau: Bureau, *, reason: str, by: User, now: dt.datetime | None = None
) -> Facility:
    require(by, Permission.REGISTRY_EDIT, bureau=facility.bureau)
    reason = checks.said_why(reason)
    locked = lock(facility)
    if to_bureau.pk == locked.bureau_id:
        raise DomainError("该机构已属于这家医保局，请选择另一家。", field="to_bureau")
    if locked.moving_to_id:
        raise DomainError(f"已提出迁往{locked.moving_to}，请等待对方接收，或先撤回。")
    if standing.is_final(locked.agreement_status):
        raise DomainError(f"该机构已“{locked.get_agreement_status_display()}”，不能再迁移。")
    if bars := _bars(locked):
        raise DomainError("现在不能迁移：" + "".join(bars))
    stamps = {"moving_at": now or timezone.now(), "moving_by": by}
    return decide(locked, "提出迁移", {"moving_to": to_bureau}, stamps=stamps, note=reason, by=by, now=now)


@transaction.atomic
def accept(facility: Facility, *, by: User, now: dt.datetime | None = None) -> Facility:
    # Or a list that is being sealed just now would hold a row of another bureau.
    bureaus.lock(facility.bureau)
    locked = _arriving(facility, by)
    if _bars(locked):
        # What the old bureau has drawn is not for the new one to read.
        raise DomainError(f"{locked.bureau}对该机构还有未办结的事项，办结后才能接收，请与对方联系。")
    old, new = locked.bureau, locked.moving_to
    tags = [tag.name for tag in locked.tags.all()]
    locked.tags.clear()
    save(locked, bureau=new, moving_to=None, moving_at=None, moving_by=None)
    note = f"原有标签（{'、'.join(tags)}）属于{old}，迁移后不再保留" if tags else ""
    before = {"bureau": str(old)} | ({"tags": tags} if tags else {})
    after = {"bureau": str(new)} | ({"tags": []} if tags else {})
    trail.record(LEFT, by=by, about=locked, bureau=old, before=before, after=after, note=note, now=now)
    trail.record("接收迁入机构", by=by, about=locked, note=f"由{old}迁入", now=now)
    return locked


@transaction.atomic
def decline(facility: Facility, *, reason: str, by: User, now: dt.datetime | None = None) -> Facility:
    reason = checks.said_why(reason)
    return _call_off(_arriving(facility, by), "不予接收迁移", reason, by=by, now=now)


@transaction.atomic
def withdraw(facility: Facility, *, reason: str, by: User, now: dt.datetime | None = None) -> Facility:
    require(by, Permission.REGISTRY_EDIT, bureau=facility.bureau)
    reason = checks.said_why(reason)
    locked = lock(facility)
    if not locked.moving_to_id:
        raise DomainError("该机构没有待接收的迁移，可能已被接收或退回，请刷新页面。")
    return _call_off(locked, "撤回迁移", reason, by=by, now=now)


def may_accept(facility: Facility, user: User) -> bool:
    return facility.moving_to_id == user.bureau_id and may(user, Permission.REGISTRY_EDIT)


def departure(facility: Facility, user: User) -> dt.datetime | None:
    """When it last left the user's bureau or one below it: up to then its history stays theirs to read."""
    left = trail.about(facility).filter(event=LEFT, bureau__path__startswith=user.bureau.path)
    return left.values_list("at", flat=True).first()


def _bars(facility: Facility) -> list[str]:
    return [sentence for found in callouts.answers("bars_to_leaving", facility) for sentence in found]


def _arriving(facility: Facility, by: User) -> Facility:
    locked = Facility.objects.select_for_update().get(pk=facility.pk)
    if not locked.moving_to_id:
        raise DomainError("该机构没有待接收的迁移，可能已被撤回或接收，请刷新页面。")
    require(by, Permission.REGISTRY_EDIT, bureau=locked.moving_to)
    return locked


def _call_off(locked: Facility, event: str, reason: str, *, by: User, now) -> Facility:
    stamps = {"moving_at": None, "moving_by": None}
    return decide(locked, event, {"moving_to": None}, stamps=stamps, note=reason, by=by, now=now)
