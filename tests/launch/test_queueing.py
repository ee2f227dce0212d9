"""A broker that is away costs nobody their work and hardly any time."""

import logging
import socket
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest
from celery import Celery
from django.conf import settings
from django.db import transaction

from config import queueing
from tests.launch.tiny_app import make_app

ROOT = Path(__file__).resolve().parent.parent.parent


class Told:
    """Stands for a Celery task and remembers what it was queued with."""

    name = "told"

    def __init__(self, problem=None):
        self.calls, self.problem = [], problem

    def apply_async(self, args, **options):
        self.calls.append((args, options))
        if self.problem:
            raise self.problem


@pytest.mark.django_db(transaction=True)
def test_work_is_queued_after_the_commit_and_not_before():
    task = Told()
    with transaction.atomic():
        queueing.enqueue(task, 7)
        assert task.calls == []
    assert task.calls == [((7,), {"retry": False})]


@pytest.mark.django_db(transaction=True)
def test_work_of_a_transaction_that_failed_is_not_queued():
    task = Told()

    def fail():
        with transaction.atomic():
            queueing.enqueue(task)
            raise LookupError

    with pytest.raises(LookupError):
        fail()
    assert task.calls == []


def nothing() -> None:
    """The body of a task that is never reached."""


def broker_options(url: str) -> dict:
    """The real settings' options for a Redis broker, read in a process of its own."""
    program = "import config.settings as s; print(repr(s.CELERY_BROKER_TRANSPORT_OPTIONS))"
    environment = {"CELERY_BROKER_URL": url, "VAR_DIR": str(settings.VAR_DIR), "ENV_FILE": "/dev/null"}
    printed = subprocess.check_output([sys.executable, "-c", program], cwd=ROOT, env=environment, text=True)
    return eval(printed)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("state", ["refuses", "keeps silent"])
def test_a_broker_that_is_away_is_logged_and_the_request_goes_on(state, caplog):
    with closing(socket.socket()) as server:
        server.bind(("127.0.0.1", 0))
        if state == "keeps silent":
            server.listen()
        url = f"redis://127.0.0.1:{server.getsockname()[1]}/0"
        away = Celery("away", broker=url, set_as_current=False)
        away.conf.broker_transport_options = broker_options(url)
        away.conf.broker_connection_timeout = settings.CELERY_BROKER_CONNECTION_TIMEOUT
        task = away.task(name="away.task")(nothing)
        with caplog.at_level(logging.WARNING, logger="config.queueing"):
            queueing.enqueue(task)
    assert [record.levelname for record in caplog.records] == ["WARNING"]
    assert "the broker is away, away.task waits for the next scan" in caplog.text


@pytest.mark.django_db(transaction=True)
def test_a_broker_that_is_there_gets_the_task(tmp_path):
    tiny = make_app(tmp_path)
    queueing.enqueue(tiny.tasks["tiny.mark"], "queued")
    tiny.close()
    (message,) = (tmp_path / "queue").iterdir()
    assert "tiny.mark" in message.read_text()
