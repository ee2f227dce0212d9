"""Sixty days before a certificate ends, whoever bears it and the bureau's staff are told once (A4).

As with the reminders of the two terms a scan finds what the ledger misses, and a renewed certificate is a new one.
"""

import datetime as dt
import logging
from collections.abc import Iterator
from typing import NamedTuple

from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils import timezone

from publication.inbox import deliver
from publication.models import CertificateWarning
from publication.reminders import holders
from registries import certificates
from registries.access import Permission
from registries.models import Inspector, User

log = logging.getLogger(__name__)


class Due(NamedTuple):
    inspector: Inspector
    certificate: str
    due_on: dt.date
    recipient: User

    @property
    def ledger_key(self) -> tuple:
        return (self.inspector.pk, self.certificate, self.due_on, self.recipient.pk)


def due(now: dt.datetime) -> list[Due]:
    """Everything to be told at `now` that is not in the ledger, what ends first at the head."""
    ending = list(certificates.ending(timezone.localdate(now)))
    staff = holders({inspector.bureau_id for inspector, *_ in ending}, Permission.REGISTRY_EDIT)
    found = [
        Due(inspector, name, ends, recipient)
        for inspector, name, ends in ending
        for recipient in dict.fromkeys([*_bearer(inspector), *staff[inspector.bureau_id]])
    ]
    ledger = CertificateWarning.objects.filter(inspector__in={one.inspector.pk for one in found})
    claimed = set(ledger.values_list("inspector_id", "certificate", "due_on", "recipient_id"))
    missing = [one for one in found if one.ledger_key not in claimed]
    return sorted(missing, key=lambda one: (one.due_on, one.ledger_key))


def _bearer(inspector: Inspector) -> Iterator[User]:
    if inspector.user and inspector.user.is_active:
        yield inspector.user


def claim(now: dt.datetime) -> list[CertificateWarning]:
    """Each with its message in a transaction of its own; of two workers one wins the unique row of the ledger."""
    claimed = []
    for one in due(now):
        try:
            with transaction.atomic():
                claimed.append(_enter(one, now))
        except IntegrityError:
            log.info("Another worker has claimed certificate warning %s.", one.ledger_key)
    return claimed


def _enter(one: Due, now: dt.datetime) -> CertificateWarning:
    title = f"证件即将到期：{one.inspector.name}的{one.certificate}"
    link = reverse("registries:inspector", args=[one.inspector.pk])
    message = deliver(one.recipient, title, _body(one, timezone.localdate(now)), link=link, now=now)
    return CertificateWarning.objects.create(**one._asdict(), message=message, claimed_at=now)


def _body(one: Due, today: dt.date) -> str:
    left = (one.due_on - today).days
    return (
        f"{one.recipient.display_name}：\n"
        f"检查人员{one.inspector.name}（{one.inspector.number}）的{one.certificate}有效期至{one.due_on}，"
        + (f"还有{left}天。" if left else "今天是最后一天。")
        + "请及时换证，并由经办人员更新登记；执法证到期后不能参加抽取和检查。"
    )
