"""Waiting for real processes: by looking until it is so, never by a fixed pause."""

import os
import time
from collections.abc import Callable
from pathlib import Path

PATIENCE = 30.0


def wait_until(condition: Callable[[], object], what: str):
    """The first truthy answer of the condition."""
    deadline = time.monotonic() + PATIENCE
    while not (answer := condition()):
        assert time.monotonic() < deadline, f"waited in vain until {what}"
        time.sleep(0.02)
    return answer


def is_alive(pid: int) -> bool:
    """A process that ended and was not yet collected counts as gone."""
    try:
        os.kill(pid, 0)
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except (ProcessLookupError, FileNotFoundError):
        return False


def wait_until_gone(pid: int) -> None:
    wait_until(lambda: not is_alive(pid), f"process {pid} is gone")
