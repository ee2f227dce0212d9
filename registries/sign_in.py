"""Signing in: who did and who failed is on the trail; whoever goes on guessing a password is made to wait."""

import datetime as dt
import logging
from dataclasses import dataclass

from django.core.cache import cache
from django.db import transaction

from registries import trail
from registries.errors import DomainError
from registries.fields import keyed_hash
from registries.models import User

LIMIT = 10
PAUSE = dt.timedelta(minutes=15)

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Attempt:
    """`number` is the place it takes among the LIMIT of its time, 0 when the cache is away."""

    username: str
    address: str
    number: int

    @property
    def key(self) -> str:
        """Per name and address: a stranger's guesses keep nobody out who comes from elsewhere."""
        return f"sign-in-{keyed_hash(f'{self.username.casefold()} {self.address}')}"


def attempt(username: str, address: str) -> Attempt:
    """Counted before the password is looked at: a hundred at the same moment are not let through together."""
    asked = Attempt(username, address, 0)
    try:
        number = None if cache.get(_pause(asked)) else _take_place(asked)
    except Exception as problem:  # whatever the cache in use raises; without it people still sign in
        logger.warning("The cache is away, sign-in attempts are not counted: %s", problem)
        return asked
    if number is None:
        raise DomainError(
            f"这个用户名在这里多次登录失败，已暂停登录。请{PAUSE.seconds // 60}分钟后再试；"
            "忘记密码的，请联系本局系统管理员重置。"
        )
    return Attempt(username, address, number)


@transaction.atomic
def succeeded(attempt: Attempt, user: User, *, now: dt.datetime | None = None) -> None:
    trail.record("登录", by=user, about=user, note=f"来源地址：{attempt.address}", now=now)
    if attempt.number:
        transaction.on_commit(lambda: _forget(attempt), robust=True)


@transaction.atomic
def failed(attempt: Attempt, *, now: dt.datetime | None = None) -> None:
    """Neither the password nor a name without an account is kept: people type the one in place of the other."""
    note = f"来源地址：{attempt.address}"
    user = User.objects.filter(username=attempt.username).first()
    if user is None:
        logger.warning("Somebody at %s failed to sign in to an account that does not exist.", attempt.address)
    else:
        trail.record("登录失败", by=None, about=user, note=note, now=now)
    if attempt.number == LIMIT:
        transaction.on_commit(lambda: cache.set(_pause(attempt), True, PAUSE.seconds), robust=True)
        if user:
            trail.record("暂停登录", by=None, about=user, note=note, now=now)


def _take_place(attempt: Attempt) -> int | None:
    """Each place is free again when its time is over; None when all are taken."""
    places = range(1, LIMIT + 1)
    return next((place for place in places if cache.add(_place(attempt, place), True, PAUSE.seconds)), None)


def _forget(attempt: Attempt) -> None:
    cache.delete_many([_place(attempt, place) for place in range(1, LIMIT + 1)])


def _place(attempt: Attempt, place: int) -> str:
    return f"{attempt.key}-{place}"


def _pause(attempt: Attempt) -> str:
    return f"{attempt.key}-pause"
