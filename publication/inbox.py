"""A person's messages: delivering one, what is unread, and reading it."""

import datetime as dt

from django.db.models import Case, QuerySet, Value, When
from django.utils import timezone

from publication.models import EmailState, Message
from registries.models import User


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
