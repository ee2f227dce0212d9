"""Declared interests, from which recusal follows by itself (执法回避, 002§13): declare, confirm or reject, end.

A declaration counts from the moment it is made, so that nobody is sent where they should not go while staff look into
it. What it cannot do unseen is thin out a pool: no list is sealed before staff have answered (inspections/readiness.py).
"""

import datetime as dt

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from registries import checks, trail
from registries.access import Permission, require
from registries.errors import DomainError
from registries.facilities import lock
from registries.inspectors import is_self, require_staff_or_self
from registries.models import Facility, Inspector, Interest, User
from registries.models.people import RelatedPerson


def in_force(on: dt.date, *, through: dt.date | None = None) -> QuerySet[Interest]:
    """Declarations that hold on that day, or on any day from `on` through `through`; confirmed or not yet."""
    last = max(on, through or on)
    return Interest.objects.filter(
        Q(since=None) | Q(since__lte=last), Q(until=None) | Q(until__gte=on), ended_at=None
    )


def waiting(on: dt.date) -> QuerySet[Interest]:
    """Declared by the inspectors themselves, not yet answered, and of some effect still."""
    still_to_come = Q(until=None) | Q(until__gte=on)
    return Interest.objects.filter(still_to_come, ended_at=None, confirmed_at=None)


@transaction.atomic
def declare(
    inspector: Inspector,
    facility: Facility,
    relation: str,
    *,
    who: str = RelatedPerson.SELF,
    since: dt.date | None = None,
    until: dt.date | None = None,
    by: User,
    now: dt.datetime | None = None,
) -> Interest:
    """Inspectors declare their own, which staff then confirm; what staff declare of somebody else is confirmed."""
    require_staff_or_self(inspector, by)
    now = now or timezone.now()
    relation = checks.said_why(relation, what="关系说明", field="relation")
    _require_sensible(inspector, facility, who, since, until, today=timezone.localdate(now))
    # Under lock: of a duplicate that is being merged the declaration would be lost.
    facility = lock(facility)
    with checks.once(
        "已申报过与该机构的利害关系，不能重复申报；如需更正，请先由经办人员解除原申报。", "facility"
    ):
        interest = Interest.objects.create(
            inspector=inspector,
            facility=facility,
            who=who,
            relation=relation,
            since=since,
            until=until,
            declared_at=now,
            declared_by=by,
            **({} if is_self(inspector, by) else {"confirmed_at": now, "confirmed_by": by}),
        )
    # Whose relative works where is nobody's business but the declaration's own.
    after = {"机构": facility.name, "何人": trail.HIDDEN, "关系说明": trail.HIDDEN, "期间": _period(interest)}
    trail.record("申报利害关系", by=by, about=inspector, after=after, now=now)
    return interest


@transaction.atomic
def confirm(interest: Interest, *, by: User, now: dt.datetime | None = None) -> Interest:
    now = now or timezone.now()
    locked = _open(interest, by)
    if locked.confirmed_at:
        raise DomainError(f"这项申报已由{locked.confirmed_by}核实，不需要重复办理。")
    locked.confirmed_at, locked.confirmed_by = now, by
    locked.save(update_fields=["confirmed_at", "confirmed_by"])
    _record("核实利害关系", locked, by=by, now=now)
    return locked


@transaction.atomic
def reject(interest: Interest, *, reason: str, by: User, now: dt.datetime | None = None) -> Interest:
    """What was declared is not so, or no ground for recusal: it ends without ever having been confirmed."""
    reason = checks.said_why(reason)
    locked = _open(interest, by)
    if locked.confirmed_at:
        raise DomainError("这项申报已经核实；关系不再存在的，请办理解除。")
    return _end(locked, "不予认定利害关系", reason, by=by, now=now)


@transaction.atomic
def end(interest: Interest, *, by: User, now: dt.datetime | None = None) -> Interest:
    """Staff alone end a declaration: an inspector does not decide to be free again."""
    return _end(_open(interest, by), "解除利害关系", "", by=by, now=now)


def _require_sensible(inspector, facility, who, since, until, *, today: dt.date) -> None:
    if not facility.bureau.path.startswith(inspector.bureau.path):
        raise DomainError("该机构不在本局辖区，不会派本局人员检查，不需要申报。", field="facility")
    if who not in RelatedPerson.values:
        raise DomainError(f"请选择与机构有关系的是何人：{'、'.join(RelatedPerson.labels)}。", field="who")
    if since and until and until < since:
        raise DomainError(f"“至何时”{until}早于“自何时”{since}，请核对。", field="until")
    if until and until < today:
        raise DomainError(f"“至何时”{until}已经过去，不再影响抽取，不需要申报。", field="until")


def _open(interest: Interest, by: User) -> Interest:
    """The declaration under lock, if it stands and is not the person's own."""
    require(by, Permission.REGISTRY_EDIT, bureau=interest.inspector.bureau)
    locked = (
        Interest.objects.select_for_update(of=("self",))
        .select_related("inspector", "facility")
        .get(pk=interest.pk)
    )
    if is_self(locked.inspector, by):
        raise DomainError("这是您本人的申报，请由另一位经办人员办理。")
    if locked.ended_at:
        raise DomainError("这项申报已经解除。")
    return locked


def _end(locked: Interest, event: str, reason: str, *, by: User, now: dt.datetime | None) -> Interest:
    locked.ended_at, locked.ended_by = now or timezone.now(), by
    locked.save(update_fields=["ended_at", "ended_by"])
    _record(event, locked, reason, by=by, now=now)
    return locked


def _record(event: str, interest: Interest, reason: str = "", *, by: User, now: dt.datetime | None) -> None:
    note = f"机构：{interest.facility.name}" + (f"\n原因：{reason}" if reason else "")
    trail.record(event, by=by, about=interest.inspector, note=note, now=now)


def _period(interest: Interest) -> str:
    return f"{interest.since or '申报起'}至{interest.until or '长期'}"
