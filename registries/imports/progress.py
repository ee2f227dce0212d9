"""How far a worker has come with a list, told through the cache.

The import's own transaction shows nothing to others before it ends, and SQLite's one writer is busy with it.
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
from django.utils import timezone

from registries.models import ImportDraft
from registries.models.imports import ImportState

logger = logging.getLogger(__name__)

Tell = Callable[..., None]

MOVING = (ImportState.CHECKING, ImportState.WRITING)
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
    """What the page shows of a list; `moving` while it is worth looking again."""

    moving: bool = False
    queued: bool = False
    stalled: bool = False
    progress: Progress | None = None


def standing(draft: ImportDraft, *, now: dt.datetime | None = None) -> Standing:
    if draft.state not in MOVING:
        return Standing()
    now, progress = now or timezone.now(), heard_of(draft)
    if draft.beat_at is None:
        return Standing(moving=True, queued=True, stalled=now - _queued_at(draft) > SILENCE)
    if not _alive(draft, progress, now):
        return Standing(stalled=True, progress=progress)
    return Standing(moving=True, progress=progress)


def note_queued(pk: int) -> None:
    """A list that is started again waits from then on, however long ago it was uploaded."""
    _tell(_queue_key(pk), timezone.now())


def is_alive(draft: ImportDraft, *, now: dt.datetime) -> bool:
    """Some worker has this list in hand."""
    return draft.beat_at is not None and _alive(draft, heard_of(draft), now)


def heard_of(draft: ImportDraft) -> Progress | None:
    told = _told(_key(draft.pk))
    # What an earlier worker told of an earlier attempt is not about this one.
    if told is None or draft.beat_at is None or told["beat_at"] < draft.beat_at:
        return None
    return Progress(**told)


def _queued_at(draft: ImportDraft) -> dt.datetime:
    asked_at = draft.confirmed_at or draft.uploaded_at
    return max(asked_at, _told(_queue_key(draft.pk)) or asked_at)


def _alive(draft: ImportDraft, progress: Progress | None, now: dt.datetime) -> bool:
    return now - (progress.beat_at if progress else draft.beat_at) <= SILENCE


@contextmanager
def telling(pk: int) -> Iterator[Tell]:
    """Gives a function `tell(stage, done, total)`; a thread goes on beating while nothing is told."""
    teller, stop = _Teller(pk), threading.Event()

    def beat() -> None:
        while not stop.wait(BEAT_SECONDS):
            teller.beat()

    thread = threading.Thread(target=beat, name=f"import {pk}", daemon=True)
    thread.start()
    try:
        yield teller.tell
    finally:
        stop.set()
        thread.join()


class _Teller:
    def __init__(self, pk: int):
        self.pk, self.lock, self.began = pk, threading.Lock(), timezone.now()
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
        _tell(_key(self.pk), asdict(told))


def _tell(key: str, told: object) -> None:
    try:
        cache.set(key, told, KEPT_SECONDS)
    except Exception:  # whatever ails the cache, the import does not need it
        logger.warning("%s could not be told.", key)


def _told(key: str) -> Any:
    try:
        return cache.get(key)
    except Exception:  # whatever ails the cache, the page is shown without
        logger.warning("%s is not to be had.", key)
        return None


def _key(pk: int) -> str:
    return f"import-progress-{pk}"


def _queue_key(pk: int) -> str:
    return f"import-queued-{pk}"
