"""The embedded worker as `make run` starts it: a process of its own, and a broker made of files."""

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from config.celery import SEND_DUE_REMINDERS, app, send_what_came_due_while_no_worker_ran
from tests.launch.tiny_app import make_app
from tests.launch.waiting import wait_until, wait_until_gone

ROOT = Path(__file__).resolve().parent.parent.parent
WORKER = [sys.executable, "-m", "tests.launch.tiny_app"]


@pytest.fixture
def worker(tmp_path):
    with (tmp_path / "worker.log").open("wb") as log:
        process = subprocess.Popen([*WORKER, str(tmp_path)], cwd=ROOT, stdout=log, stderr=log)
    yield process
    process.kill()
    process.wait()


def test_tasks_queued_without_a_worker_are_done_at_its_start_and_beat_adds_its_own(tmp_path, request):
    tiny = make_app(tmp_path)
    tiny.send_task("tiny.mark", args=["queued"])
    tiny.close()
    worker = request.getfixturevalue("worker")
    wait_until((tmp_path / "queued").exists, "the queued task is done")
    wait_until((tmp_path / "scheduled").exists, "beat's task is done")
    worker.send_signal(signal.SIGTERM)
    assert worker.wait(timeout=30) == 0


def test_a_worker_whose_starter_is_gone_stops_and_its_beat_with_it(tmp_path):
    """The watch of its own, for systems where the kernel does not tell; here the starter only starts and dies."""
    starter = (
        "import subprocess, sys, pathlib; worker = subprocess.Popen(sys.argv[2:], stderr=subprocess.DEVNULL); "
        "pathlib.Path(sys.argv[1], 'pid').write_text(str(worker.pid)); sys.stdin.read()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", starter, str(tmp_path), *WORKER, str(tmp_path)],
        cwd=ROOT,
        stdin=subprocess.PIPE,
    ) as process:
        wait_until((tmp_path / "scheduled").exists, "the worker works")
        pid = int((tmp_path / "pid").read_text())
        try:
            process.kill()
            process.wait()
            wait_until_gone(pid)
        finally:
            if (tmp_path / "pid").exists():
                subprocess.run(["kill", "-9", str(pid)], check=False, stderr=subprocess.DEVNULL)


def test_the_schedule_reads_like_a_sentence_and_names_the_reminder_scan():
    assert {name: entry["task"] for name, entry in app.conf.beat_schedule.items()} == {
        "every five minutes send every reminder that has come due": SEND_DUE_REMINDERS
    }


def test_the_scheduled_task_exists():
    app.loader.import_default_modules()
    assert SEND_DUE_REMINDERS in app.tasks


def test_a_worker_scans_for_reminders_as_soon_as_it_is_ready(tmp_path):
    tiny = make_app(tmp_path)
    send_what_came_due_while_no_worker_ran(sender=type("Consumer", (), {"app": tiny})())
    (message,) = (tmp_path / "queue").iterdir()
    assert SEND_DUE_REMINDERS in message.read_text()
    tiny.close()
