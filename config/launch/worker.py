"""Celery worker and beat in one process, for a deployment on one host: python -m config.launch.worker

`celery worker -B` forks its beat, and a kill -9 leaves that beat queueing for ever; here beat is a thread, tasks run
one after the other in the main thread, and the process ends when the one that started it is gone.
"""

import os
import sys
import threading
import warnings

from celery import Celery
from celery.beat import EmbeddedService
from celery.platforms import SecurityWarning
from celery.worker import state

from config.launch.lifeline import watch_parent

GRACE_FOR_RUNNING_TASK = 10.0


def stop(reason: str) -> None:
    """Lets the running task finish, then ends; the scan at the next start finds what was left undone."""
    print(f"[worker] {reason}; stopping.", file=sys.stderr, flush=True)
    state.should_stop = os.EX_OK
    last_resort = threading.Timer(GRACE_FOR_RUNNING_TASK, os._exit, args=[1])
    last_resort.daemon = True
    last_resort.start()


def watch_beat(beat: threading.Thread) -> None:
    """A worker without its beat looks healthy and reminds nobody: better that the supervisor starts both anew."""

    def watch() -> None:
        beat.join()
        if state.should_stop is None and state.should_terminate is None:
            stop("beat ended")

    threading.Thread(target=watch, name="beat-watch", daemon=True).start()


def work(app: Celery) -> int:
    # Its advice for servers: this process runs as whoever called `make run`, a root in a fresh machine included.
    warnings.filterwarnings("ignore", category=SecurityWarning)
    watch_parent(lambda: stop("the process that started this worker is gone"))
    beat = EmbeddedService(app, thread=True, schedule_filename=app.conf.beat_schedule_filename)
    worker = app.Worker(
        pool="solo",
        loglevel="INFO",
        quiet=True,
        without_gossip=True,
        without_mingle=True,
        without_heartbeat=True,
    )
    beat.start()
    watch_beat(beat)
    worker.start()
    beat.service.stop()
    return worker.exitcode or 0


if __name__ == "__main__":
    from config.celery import app as celery_app

    sys.exit(work(celery_app))
