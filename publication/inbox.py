"""A person's messages: what is unread, and reading it."""

from django.db.models import Case, QuerySet, Value, When
from django.utils import timezone

from publication.models import Message
from registries.models import User


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
