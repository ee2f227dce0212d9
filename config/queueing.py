"""Hands work to Celery without ever making a person wait for the broker or lose what was saved."""

import logging
from functools import partial

from celery import Task
from django.db import transaction
from kombu.exceptions import OperationalError

logger = logging.getLogger(__name__)


def enqueue(task: Task, *args) -> None:
    """Queues the task once the transaction is committed.

    When the broker is away the request goes on and a warning is logged. Only work that a periodic scan finds
    again by itself may be queued this way.
    """
    transaction.on_commit(partial(_publish, task, args))


def _publish(task: Task, args: tuple) -> None:
    try:
        task.apply_async(args, retry=False)
    except (OperationalError, OSError) as problem:
        logger.warning("the broker is away, %s waits for the next scan: %s", task.name, problem)
