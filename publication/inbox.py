"""A person's messages: delivering one, claiming it first where nobody asked for it, what is unread, and reading it."""

import datetime as dt
import logging
from collections.abc import Callable, Iterable

from django.db import IntegrityError, transaction
from django.db.models import Case, QuerySet, Value, When
from django.utils import timezone

from publication.models import EmailState, Message
from registries.models import User

log = logging.getLogger(__name__)


def deliver(user: User, title: str, body: str, *, link: str, now: dt.datetime) -> Message:
    """Into the list at once; by e-mail with the next sending, where there is an address."""
    room = Message._meta.get_field("title").max_length
    return Message.objects.create(
        user=user,
        title=" ".join(title.split())[:room],
        body=body,
        link=link,
        created_at=now,
        email_state=EmailState.WAITING if user.email else EmailState.NONE,
    )


def claim_each(found: Iterable, enter: Callable) -> list:
    """Enters each in its ledger with its message, in a transaction of its own, and answers the new rows.

    A crash in the middle leaves the rest for the next scan. Of two workers one wins the unique ledger row; the other's
    message goes with its transaction.
    """
    rows = []
    for one in found:
        try:
            with transaction.atomic():
                rows.append(enter(one))
        except IntegrityError:
            log.info("Another worker has told user %s of the %s.", one.recipient.pk, one.name_in_logs)
    return rows


def messages_of(user: User) -> QuerySet[Message]:
    """Unread ones first, then the newest."""
    unread_first = Case(When(read_at__isnull=True, then=Value(0)), default=Value(1))
    return Message.objects.filter(user=user).order_by(unread_first, "-created_at", "-pk")


def unread_count(user: User) -> int:
    return Message.objects.filter(user=user, read_at__isnull=True).count()


def read(message: Message, *, by: User, now=None) -> None:
    """The first reading counts."""
    Message.objects.filter(pk=message.pk, user=by, read_at__isnull=True).update(read_at=now or timezone.now())


def read_all(*, by: User, now=None) -> int:
    return Message.objects.filter(user=by, read_at__isnull=True).update(read_at=now or timezone.now())
