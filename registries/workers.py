"""A row that a worker carries out: queued once it is committed, in one worker's hand at a time (ADR 16)."""

import datetime as dt
import logging
from collections.abc import Callable
from functools import partial

from celery import current_app
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import Model, QuerySet
from django.utils import timezone
from kombu.exceptions import OperationalError

from registries import progress
from registries.errors import DomainError

logger = logging.getLogger(__name__)

BROKEN = "系统出错，没有写入任何内容。请重新开始；仍然不行的，请告诉本局系统管理员。"


def queue(task: str, row: Model) -> None:
    """Once the row is committed. When the queue is away the page says that nothing moves and offers to start again."""
    transaction.on_commit(partial(_send, task, row))


def work(
    rows: QuerySet,
    step: Callable[..., None],
    fail: Callable[[Model, str], object],
    *,
    now: dt.datetime | None = None,
) -> None:
    """`step(row, tell=, now=)` with the one row of `rows`; `fail(row, message)` writes down why it was not done.

    A row that another worker has in hand, or that waits for nothing, is left alone.
    """
    row = _claim(rows, now or timezone.now())
    if row is None:
        return
    try:
        with progress.telling(row) as tell:
            step(row, tell=tell, now=now)
    except (DomainError, PermissionDenied) as refusal:
        fail(row, str(refusal))
    except Exception:
        fail(row, BROKEN)
        raise


@transaction.atomic
def _claim(rows: QuerySet, now: dt.datetime) -> Model | None:
    # A row that is locked is being written by another worker.
    row = rows.select_for_update(skip_locked=True, of=("self",)).first()
    if row is None or not row.is_moving or progress.is_alive(row, now=now):
        return None
    row.beat_at = now
    row.save(update_fields=["beat_at"])
    return row


def as_claimed(row: Model) -> QuerySet:
    """A worker that was silent for so long that another took over has nothing more to say about the row."""
    return type(row)._base_manager.filter(pk=row.pk, state=row.state, beat_at=row.beat_at)


def still_own(row: Model) -> Model | None:
    locked = as_claimed(row).select_for_update().first()
    if locked is None:
        logger.warning("%s has been taken over: what this worker found is discarded.", _name(row))
    return locked


def _send(task: str, row: Model) -> None:
    try:
        current_app.send_task(task, args=[row.pk], retry=False)
    except (OperationalError, OSError):
        logger.exception("%s could not be queued.", _name(row))
    else:
        progress.note_queued(row)


def _name(row: Model) -> str:
    return f"{row._meta.label} {row.pk}"
