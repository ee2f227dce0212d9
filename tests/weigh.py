"""Runs a command and says what it took: `python -m tests.weigh COMMAND`.

Small on purpose: the peak memory that Linux tells of a process begins with what its parent held when it started it.
"""

import os
import subprocess
import sys


def main(command: list[str]) -> int:
    child = subprocess.Popen(command)  # noqa: S603 - the caller's own command
    _, status, usage = os.wait4(child.pid, 0)
    print(f"{usage.ru_maxrss / 1024:.0f} MB, {usage.ru_utime + usage.ru_stime:.1f} s of CPU")
    return os.waitstatus_to_exitcode(status)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
