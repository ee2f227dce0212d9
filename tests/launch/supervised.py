"""A small `make run` for the tests: a supervisor over processes that write their ids into a directory.

python -m tests.launch.supervised DIRECTORY KIND ...
"""

import os
import sys

from config.launch.supervise import Patience, Service, Supervisor

NOTE = """
import os, pathlib, signal, subprocess, sys, time
def note(name, pid):
    fresh = pathlib.Path(sys.argv[1], name + ".fresh")
    fresh.write_text(str(pid))
    fresh.rename(pathlib.Path(sys.argv[1], name))
"""
# Each notes its id last before it waits: a test acts as soon as it can read the id.
KINDS = {
    "steady": "note('steady', os.getpid()); time.sleep(600)",
    "deaf": "signal.signal(signal.SIGTERM, signal.SIG_IGN); note('deaf', os.getpid()); time.sleep(600)",
    "broken": "raise SystemExit(3)",
    "parent": "child = subprocess.Popen(['sleep', '600']); note('grandchild', child.pid); "
    "note('parent', os.getpid()); time.sleep(600)",
}


def main(directory: str, kinds: list[str]) -> int:
    patience = Patience(stopping=float(os.environ.get("STOPPING", "20")), first_pause=0.05, failures=3)
    services = [Service(kind, [sys.executable, "-c", NOTE + KINDS[kind], directory]) for kind in kinds]
    return Supervisor(services, patience, say=lambda line: print(line, flush=True)).run()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2:]))
