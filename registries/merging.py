"""Two rows for one facility (A6): the duplicate is kept for the record and leaves every list, pool and public page."""

import datetime as dt
from collections.abc import Iterable

from django.db import transaction
from django.utils import timezone

from registries import bureaus, callouts, checks, trail
from registries.access import Permission, require
from registries.errors import DomainError
from registries.facilities import FIELDS, lock, save
from registries.models import Facility, User
from registries.revisions import refuse_stale

# The insurance code is a row's name in every draw: each keeps its own.
KEEPABLE = tuple(name for name in FIELDS if name != "insurance_code")


@transaction.atomic
def merge(
    duplicate: Facility,
    survivor: Facility,
    *,
    reason: str,
    by: User,
    keep: Iterable[str] = (),
    revisions: tuple[int, int] | None = None,
    now: dt.datetime | None = None,
) -> Facility:
    """`keep` names the fields whose values the survivor takes over from the duplicate. Returns the survivor.

    `revisions` are those of the duplicate and of the survivor that the person compared.
    """
    require(by, Permission.REGISTRY_EDIT, bureau=duplicate.bureau)
    now = now or timezone.now()
    reason = checks.said_why(reason)
    refuse(bars(duplicate, survivor))
    # Or a list that is being sealed just now would hold a row that is no more.
    bureaus.lock(duplicate.bureau)
    duplicate, survivor = _lock_both(duplicate, survivor)
    refuse(bars(duplicate, survivor))
    for one, revision in zip((duplicate, survivor), revisions or (), strict=False):
        refuse_stale(one, revision)
    values = {name: getattr(duplicate, name) for name in KEEPABLE if name in set(keep)}
    checks.refuse(checks.facility_problems({name: getattr(survivor, name) for name in FIELDS} | values))
    before, after = trail.changes(survivor, values)
    values |= _blacklist_to_inherit(duplicate, survivor, timezone.localdate(now))
    if tags := _add_tags(duplicate, survivor):
        before["tags"], after["tags"] = tags
    declared = _take_over_interests(duplicate, survivor, by=by, now=now)
    save(survivor, **values)
    note = f"并入的重复机构：{duplicate}（{duplicate.insurance_code}）。原因：{reason}"
    if declared:
        note += f"。转来利害关系申报 {declared} 条"
    trail.record("并入重复机构", by=by, about=survivor, before=before, after=after, note=note, now=now)
    _close(duplicate, survivor, reason, by=by, now=now)
    return survivor


def bars(duplicate: Facility, survivor: Facility) -> list[str]:
    """What speaks against the merger, each with what to do; the page shows it before anybody confirms."""
    if duplicate.pk == survivor.pk:
        return ["不能并入自己，请选择另一家机构。"]
    if duplicate.bureau_id != survivor.bureau_id:
        return ["两家机构不属于同一医保局，不能合并；请先办理迁移。"]
    found = [
        f"{one}正在迁往{one.moving_to}，请先办结迁移。" for one in (duplicate, survivor) if one.moving_to_id
    ]
    found += [f"{one}已并入{one.merged_into}。" for one in (duplicate, survivor) if one.merged_into_id]
    for sentences in callouts.answers("bars_to_leaving", duplicate):
        found += sentences
    return found


def refuse(sentences: list[str]) -> None:
    if sentences:
        raise DomainError("现在不能合并：" + "".join(sentences))


def _lock_both(duplicate: Facility, survivor: Facility) -> tuple[Facility, Facility]:
    """In the order of their keys: two people merging the pair in both directions do not wait for each other."""
    rows = {one.pk: lock(one) for one in sorted((duplicate, survivor), key=lambda one: one.pk)}
    return rows[duplicate.pk], rows[survivor.pk]


def _blacklist_to_inherit(duplicate: Facility, survivor: Facility, today: dt.date) -> dict:
    """Nobody leaves the blacklist by being merged."""
    if survivor.is_blacklisted_on(today) or not duplicate.is_blacklisted_on(today):
        return {}
    names = ("blacklist_reason", "blacklisted_at", "blacklisted_by", "blacklisted_until")
    return {name: getattr(duplicate, name) for name in names}


def _add_tags(duplicate: Facility, survivor: Facility) -> tuple[list[str], list[str]] | None:
    old = [tag.name for tag in survivor.tags.all()]
    survivor.tags.add(*duplicate.tags.all())
    new = [tag.name for tag in survivor.tags.order_by("name")]
    return (old, new) if old != new else None


def _take_over_interests(duplicate: Facility, survivor: Facility, *, by: User, now) -> int:
    """Recusal follows from them (002§13): an inspector who declared one for either is recused from the survivor."""
    known = {one.inspector_id: one for one in survivor.interests.filter(ended_at=None)}
    declared = list(duplicate.interests.filter(ended_at=None).select_related("inspector__bureau"))
    note = f"机构：{duplicate}（{duplicate.insurance_code}）\n并入：{survivor}（{survivor.insurance_code}）"
    for interest in declared:
        if mine := known.get(interest.inspector_id):
            # One declaration of an inspector for a facility is open at a time: it then holds on the days of both.
            mine.since = min(mine.since, interest.since) if mine.since and interest.since else None
            mine.until = max(mine.until, interest.until) if mine.until and interest.until else None
            if interest.confirmed_at and not mine.confirmed_at:
                mine.confirmed_at, mine.confirmed_by = interest.confirmed_at, interest.confirmed_by
            mine.save(update_fields=["since", "until", "confirmed_at", "confirmed_by"])
            # What it said lives on there; open as well, it would wait for an answer that nobody can give.
            interest.ended_at, interest.ended_by = now, by
            interest.save(update_fields=["ended_at", "ended_by"])
        else:
            interest.facility = survivor
            interest.save(update_fields=["facility"])
        trail.record("利害关系随机构合并转来", by=by, about=interest.inspector, note=note, now=now)
    return len(declared)


def _close(duplicate: Facility, survivor: Facility, reason: str, *, by: User, now) -> None:
    # A chain would send readers from one page to the next.
    duplicate.merged.update(merged_into=survivor)
    duplicate.tags.clear()
    save(duplicate, merged_into=survivor, merged_at=now, merged_by=by)
    trail.record(
        "并入其他机构",
        by=by,
        about=duplicate,
        before={"merged_into": None},
        after={"merged_into": f"{survivor}（{survivor.insurance_code}）"},
        note=reason,
        now=now,
    )
