"""Sixty days before a certificate ends, whoever bears it and the bureau's staff are told once (A4).

As with the reminders of the two terms a scan finds what the ledger misses, and a renewed certificate is a new one.
"""

import datetime as dt
from collections.abc import Iterator
from typing import NamedTuple

from django.urls import reverse
from django.utils import timezone

from publication.inbox import claim_each, deliver
from publication.models import CertificateWarning
from publication.reminders import holders
from registries import certificates
from registries.access import Permission
from registries.certificates import Ending
from registries.models import Inspector, User


class Due(NamedTuple):
    ending: Ending
    recipient: User

    @property
    def ledger_key(self) -> tuple:
        one = self.ending
        return (one.inspector.pk, one.name, one.last_day, self.recipient.pk)

    @property
    def name_in_logs(self) -> str:
        return f"certificate of inspector {self.ending.inspector.pk} until {self.ending.last_day}"


def due(now: dt.datetime) -> list[Due]:
    """Everything to be told at `now` that is not in the ledger, what ends first at the head."""
    ending = list(certificates.ending(timezone.localdate(now)))
    staff = holders({one.inspector.bureau_id for one in ending}, Permission.REGISTRY_EDIT)
    found = [
        Due(one, recipient)
        for one in ending
        for recipient in dict.fromkeys([*_bearer(one.inspector), *staff[one.inspector.bureau_id]])
    ]
    ledger = CertificateWarning.objects.filter(inspector__in={one.inspector.pk for one in ending})
    claimed = set(ledger.values_list("inspector_id", "certificate", "due_on", "recipient_id"))
    missing = [one for one in found if one.ledger_key not in claimed]
    return sorted(missing, key=lambda one: (one.ending.last_day, one.ledger_key))


def _bearer(inspector: Inspector) -> Iterator[User]:
    if inspector.user and inspector.user.is_active:
        yield inspector.user


def claim(now: dt.datetime) -> list[CertificateWarning]:
    return claim_each(due(now), lambda one: _enter(one, now))


def _enter(one: Due, now: dt.datetime) -> CertificateWarning:
    """Mail goes out as plain text: it names the kind of certificate and never its number."""
    inspector, kind, name, last_day = one.ending
    title = f"证件即将到期：{inspector.name}的{kind}"
    link = reverse("registries:inspector", args=[inspector.pk])
    message = deliver(one.recipient, title, _body(one, timezone.localdate(now)), link=link, now=now)
    return CertificateWarning.objects.create(
        inspector=inspector,
        certificate=name,
        due_on=last_day,
        recipient=one.recipient,
        message=message,
        claimed_at=now,
    )


def _body(one: Due, today: dt.date) -> str:
    inspector, kind, _, last_day = one.ending
    left = (last_day - today).days
    return (
        f"{one.recipient.display_name}：\n"
        f"检查人员{inspector.name}（{inspector.number}）的{kind}有效期至{last_day}，"
        + (f"还有{left}天。" if left else "今天是最后一天。")
        + "请及时换证，并由经办人员更新登记；执法证到期后不能参加抽取和检查。"
    )
