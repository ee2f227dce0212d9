"""How far a worker has come with a row that it carries out, told through the cache.

The worker's own transaction shows nothing to others before it ends, and SQLite's one writer is busy with it.
Such a row has `asked_at`, `beat_at` (when a worker took it) and `is_moving` (it waits for a worker or one is at it).
"""

import datetime as dt
import logging
import math
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from typing import Any

from django.core.cache import cache
from django.db.models import Model
from django.utils import timezone

logger = logging.getLogger(__name__)

Tell = Callable[..., None]

# A worker beats every few seconds whatever it does; after a minute without it is gone.
SILENCE = dt.timedelta(minutes=1)
BEAT_SECONDS = 5
KEPT_SECONDS = 600
MINUTE = 60


@dataclass(frozen=True)
class Progress:
    stage: str
    done: int
    total: int
    began_at: dt.datetime
    beat_at: dt.datetime

    @property
    def time_left(self) -> str:
        """As long again for each row as it has taken so far; "" while that tells nothing."""
        if not self.done or self.done >= self.total:
            return ""
        taken = (self.beat_at - self.began_at).total_seconds()
        seconds = math.ceil(taken / self.done * (self.total - self.done))
        return f"{seconds} 秒" if seconds < MINUTE else f"{math.ceil(seconds / MINUTE)} 分钟"


@dataclass(frozen=True)
class Standing:
    """What the page shows of a row; `moving` while it is worth looking again."""

    moving: bool = False
    queued: bool = False
    stalled: bool = False
    progress: Progress | None = None


def untold(stage: str, done: int = 0, total: int = 0) -> None:
    """What a verb tells when nobody has asked how far it is."""


def standing(row: Model, *, now: dt.datetime | None = None) -> Standing:
    if not row.is_moving:
        return Standing()
    now, progress = now or timezone.now(), heard_of(row)
    if row.beat_at is None:
        return Standing(moving=True, queued=True, stalled=now - _queued_at(row) > SILENCE)
    if not _alive(row, progress, now):
        return Standing(stalled=True, progress=progress)
    return Standing(moving=True, progress=progress)


def note_queued(row: Model) -> None:
    """What is started again waits from then on, however long ago it was asked for."""
    _tell(_queue_key(row), timezone.now())


def is_alive(row: Model, *, now: dt.datetime) -> bool:
    """Some worker has this row in hand."""
    return row.beat_at is not None and _alive(row, heard_of(row), now)


def heard_of(row: Model) -> Progress | None:
    told = _told(_key(row))
    # What an earlier worker told of an earlier attempt is not about this one.
    if told is None or row.beat_at is None or told["beat_at"] < row.beat_at:
        return None
    return Progress(**told)


def _queued_at(row: Model) -> dt.datetime:
    return max(row.asked_at, _told(_queue_key(row)) or row.asked_at)


def _alive(row: Model, progress: Progress | None, now: dt.datetime) -> bool:
    return now - (progress.beat_at if progress else row.beat_at) <= SILENCE


@contextmanager
def telling(row: Model) -> Iterator[Tell]:
    """Gives a function `tell(stage, done, total)`; a thread goes on beating while nothing is told."""
    teller, stop = _Teller(_key(row)), threading.Event()

    def beat() -> None:
        while not stop.wait(BEAT_SECONDS):
            teller.beat()

    thread = threading.Thread(target=beat, name=teller.key, daemon=True)
    thread.start()
    try:
        yield teller.tell
    finally:
        stop.set()
        thread.join()


class _Teller:
    def __init__(self, key: str):
        self.key, self.lock, self.began = key, threading.Lock(), timezone.now()
        self.stage, self.done, self.total = "准备", 0, 0

    def tell(self, stage: str, done: int = 0, total: int = 0) -> None:
        with self.lock:
            if stage != self.stage:
                self.began = timezone.now()
            self.stage, self.done, self.total = stage, done, total
        self.beat()

    def beat(self) -> None:
        with self.lock:
            told = Progress(self.stage, self.done, self.total, self.began, timezone.now())
        _tell(self.key, asdict(told))


def _tell(key: str, told: object) -> None:
    try:
        cache.set(key, told, KEPT_SECONDS)
    except Exception:  # whatever ails the cache, the work does not need it
        logger.warning("%s could not be told.", key)


def _told(key: str) -> Any:
    try:
        return cache.get(key)
    except Exception:  # whatever ails the cache, the page is shown without
        logger.warning("%s is not to be had.", key)
        return None


def _key(row: Model) -> str:
    return f"progress-{row._meta.label_lower}-{row.pk}"


def _queue_key(row: Model) -> str:
    return f"queued-{row._meta.label_lower}-{row.pk}"
