"""Ties a process to the one that started it, so that nothing outlives `make run`, not even a kill -9.

    python config/launch/lifeline.py PARENT COMMAND ...

becomes COMMAND, which gets a SIGTERM when the process PARENT is gone.
"""

import ctypes
import os
import signal
import sys
import threading
import time
from collections.abc import Callable

PR_SET_PDEATHSIG = 1


def tied_to_parent(command: list[str]) -> list[str]:
    """The same command, ended with the process that starts it. Start it from the main thread: the kernel counts
    the end of the starting thread as the parent's death."""
    return [sys.executable, __file__, str(os.getpid()), *command]


def end_with_parent(parent: int) -> None:
    """Asks the kernel for a SIGTERM at the parent's death; other systems than Linux have no such thing."""
    libc = ctypes.CDLL(None)
    if hasattr(libc, "prctl"):
        libc.prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
    if os.getppid() != parent:  # it died before the kernel was asked
        sys.exit(1)


def watch_parent(on_death: Callable[[], None], every: float = 1.0) -> None:
    """Calls on_death once when this process has been handed to another parent."""
    parent = os.getppid()

    def watch() -> None:
        while os.getppid() == parent:
            time.sleep(every)
        on_death()

    threading.Thread(target=watch, name="parent-watch", daemon=True).start()


if __name__ == "__main__":
    end_with_parent(int(sys.argv[1]))
    os.execvp(sys.argv[2], sys.argv[2:])
