"""Certificates: the one answer to whether an 执法证 holds and which ones end soon, and the 资格证书 beside it (A4, C5)."""

import datetime as dt
from collections.abc import Iterator
from enum import StrEnum
from typing import NamedTuple

from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone

from registries import checks, trail
from registries.access import Permission, require
from registries.errors import DomainError
from registries.models import Certificate, Inspector, User
from registries.models.people import InspectorStatus

LICENCE = "执法证"
WARN_BEFORE = dt.timedelta(days=60)


class Validity(StrEnum):
    VALID = "valid"
    ENDING = "ending"
    EXPIRED = "expired"

    @property
    def label(self) -> str:
        return {"valid": "有效", "ending": "即将到期", "expired": "已过期"}[self]


def holds(
    number: str,
    issued_on: dt.date | None,
    valid_until: dt.date | None,
    *,
    on: dt.date,
    until: dt.date | None = None,
) -> bool:
    """Whether there is a certificate that holds from `on` through `until` (`on` alone when None).

    Source 003's annex 4 has no column for the end of validity: an end that nobody entered has not come.
    """
    last = max(on, until or on)
    return (
        bool(number)
        and (issued_on is None or issued_on <= on)
        and (valid_until is None or valid_until >= last)
    )


def held_by(inspector, *, on: dt.date, until: dt.date | None = None) -> bool:
    """`holds` for somebody of the registry."""
    return holds(
        inspector.certificate_number,
        inspector.certificate_issued_on,
        inspector.certificate_valid_until,
        on=on,
        until=until,
    )


def validity(valid_until: dt.date | None, *, on: dt.date) -> Validity:
    """The last day still counts, and so does the first of the sixty before it."""
    if valid_until is None or valid_until > on + WARN_BEFORE:
        return Validity.VALID
    return Validity.ENDING if valid_until >= on else Validity.EXPIRED


def holders(people: QuerySet[Inspector], standing: Validity, *, on: dt.date) -> QuerySet[Inspector]:
    """Those not retired with an 执法证 or a 资格证书 that ends soon, or has ended: `validity` as a query."""

    def ends(field: str) -> Q:
        if standing == Validity.EXPIRED:
            return Q(**{f"{field}__lt": on})
        return Q(**{f"{field}__range": (on, on + WARN_BEFORE)})

    beside = Certificate.objects.filter(ends("valid_until"), inspector=OuterRef("pk"), removed_at=None)
    return people.exclude(status=InspectorStatus.RETIRED).filter(
        ends("certificate_valid_until") | Exists(beside)
    )


class Ending(NamedTuple):
    """`name` tells two certificates of one kind apart and holds the number: for the ledger, not for messages."""

    inspector: Inspector
    kind: str
    name: str
    last_day: dt.date


def ending(on: dt.date) -> Iterator[Ending]:
    """Each certificate of which the sixty days have begun, in every bureau."""
    days = (on, on + WARN_BEFORE)
    people = Inspector.objects.exclude(status=InspectorStatus.RETIRED).select_related("user")
    for inspector in people.filter(certificate_valid_until__range=days):
        yield Ending(inspector, LICENCE, LICENCE, inspector.certificate_valid_until)
    beside = Certificate.objects.filter(valid_until__range=days, removed_at=None, inspector__in=people)
    for one in beside.select_related("inspector__user"):
        yield Ending(one.inspector, one.kind, str(one), one.valid_until)


@transaction.atomic
def record(inspector: Inspector, values: dict, *, by: User, now: dt.datetime | None = None) -> Certificate:
    """`values`: kind, number, issuer, issued_on, valid_until."""
    require(by, Permission.REGISTRY_EDIT, bureau=inspector.bureau)
    facts = checks.tidy(values)
    checks.refuse(checks.certificate_problems(facts, today=timezone.localdate(now)))
    # The row lock lets of two that enter the same certificate the second see the first.
    locked = Inspector.objects.select_for_update().get(pk=inspector.pk)
    same = {name: facts.get(name, "") for name in ("kind", "number")}
    if same["number"] and locked.certificates.filter(**same, removed_at=None).exists():
        raise DomainError("这本证书已经登记过。内容有误的，请先注销原来的登记。", field="number")
    certificate = Certificate.objects.create(
        inspector=locked, recorded_at=now or timezone.now(), recorded_by=by, **facts
    )
    after = {"证书": str(certificate), "有效期至": str(certificate.valid_until or "长期")}
    trail.record("登记资格证书", by=by, about=locked, after=after, now=now)
    return certificate


@transaction.atomic
def remove(certificate: Certificate, *, by: User, now: dt.datetime | None = None) -> Certificate:
    """No longer held, or entered wrongly; it stays in the history."""
    require(by, Permission.REGISTRY_EDIT, bureau=certificate.inspector.bureau)
    locked = Certificate.objects.select_for_update().get(pk=certificate.pk)
    if locked.removed_at:
        raise DomainError("这本证书已经注销。")
    locked.removed_at, locked.removed_by = now or timezone.now(), by
    locked.save(update_fields=["removed_at", "removed_by"])
    trail.record("注销资格证书", by=by, about=certificate.inspector, note=str(locked), now=now)
    return locked
