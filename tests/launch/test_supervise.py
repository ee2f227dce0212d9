"""Real short processes under a real supervisor: what dies comes back, and nothing outlives it."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.launch.waiting import is_alive, wait_until, wait_until_gone

ROOT = Path(__file__).resolve().parent.parent.parent


@pytest.fixture
def supervise(tmp_path):
    """Starts a supervisor over the named kinds of process; whatever a failed test leaves is killed."""
    started = []

    def start(*kinds, **environment):
        command = [sys.executable, "-m", "tests.launch.supervised", str(tmp_path), *kinds]
        supervisor = subprocess.Popen(
            command, cwd=ROOT, env=os.environ | environment, stdout=subprocess.PIPE, text=True
        )
        started.append(supervisor)
        return supervisor

    yield start
    for supervisor in started:
        supervisor.kill()
        supervisor.wait()
        supervisor.stdout.close()


@pytest.fixture
def pid_of(tmp_path):
    def read(name, other_than=None):
        path = tmp_path / name

        def noted():
            pid = int(path.read_text()) if path.exists() else None
            return pid if pid != other_than else None

        return wait_until(noted, f"{name} runs")

    return read


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_a_stop_ends_every_process_and_counts_as_success(supervise, pid_of, number):
    supervisor = supervise("steady", "parent")
    pids = [pid_of("steady"), pid_of("parent"), pid_of("grandchild")]
    supervisor.send_signal(number)
    assert supervisor.wait(timeout=30) == 0
    for pid in pids:
        wait_until_gone(pid)


def test_a_process_that_dies_is_started_again_and_the_others_go_on(supervise, pid_of):
    supervise("steady", "parent")
    first, other = pid_of("parent"), pid_of("steady")
    os.kill(first, signal.SIGKILL)
    assert is_alive(pid_of("parent", other_than=first))
    assert pid_of("steady") == other
    assert is_alive(other)


def test_what_a_dead_process_had_started_goes_with_it(supervise, pid_of):
    supervise("parent")
    first, grandchild = pid_of("parent"), pid_of("grandchild")
    os.kill(first, signal.SIGKILL)
    wait_until_gone(grandchild)


def test_a_process_that_never_stays_up_ends_everything_with_a_message(supervise, pid_of):
    supervisor = supervise("steady", "broken")
    assert supervisor.wait(timeout=30) == 1
    assert "broken ended 3 times in a row (last with code 3); giving up." in supervisor.stdout.read()
    wait_until_gone(pid_of("steady"))


def test_a_second_ctrl_c_kills_what_does_not_listen(supervise, pid_of):
    supervisor = supervise("deaf", "steady")
    deaf, steady = pid_of("deaf"), pid_of("steady")
    supervisor.send_signal(signal.SIGINT)
    wait_until_gone(steady)
    assert is_alive(deaf)
    supervisor.send_signal(signal.SIGINT)
    assert supervisor.wait(timeout=30) == 0
    wait_until_gone(deaf)


def test_the_end_of_patience_kills_what_does_not_listen(supervise, pid_of):
    supervisor = supervise("deaf", STOPPING="0.1")
    deaf = pid_of("deaf")
    supervisor.send_signal(signal.SIGTERM)
    assert supervisor.wait(timeout=30) == 0
    wait_until_gone(deaf)


def test_nothing_outlives_a_supervisor_that_was_killed_hard(supervise, pid_of):
    supervisor = supervise("steady", "parent")
    pids = [pid_of("steady"), pid_of("parent")]
    supervisor.kill()
    for pid in pids:
        wait_until_gone(pid)
