"""Makes a checkout ready: system packages, virtual environment, locked Python packages.

Runs with the machine's own python3 before anything is installed, so it uses the standard library only.
A second run finds its stamps and takes milliseconds.

    python3 config/launch/prepare.py            what running needs
    python3 config/launch/prepare.py --tests    what the test suite needs on top
"""

import ctypes
import fcntl
import glob
import hashlib
import importlib.util
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
UV_LOCK = ROOT / "config" / "launch" / "uv.txt"
SUPPORTED = (3, 11)


class CannotPrepare(Exception):
    """Preparation cannot go on; the message says what a person has to do."""


@dataclass(frozen=True)
class SystemPackage:
    name: str
    purpose: str
    present: Callable[[], bool]


def loads(library: str) -> bool:
    try:
        ctypes.CDLL(library)
    except OSError:
        return False
    return True


def found(pattern: str) -> bool:
    return bool(glob.glob(pattern))


VENV_PACKAGE = SystemPackage(
    "python3-venv", "the virtual environment", lambda: importlib.util.find_spec("ensurepip") is not None
)
FOR_RUNNING = [
    SystemPackage("libpangoft2-1.0-0", "printing documents as PDF", lambda: loads("libpangoft2-1.0.so.0")),
    SystemPackage("libharfbuzz-subset0", "printing documents fast", lambda: loads("libharfbuzz-subset.so.0")),
    SystemPackage(
        "fonts-wqy-microhei",
        "Chinese text in a browser on this machine",
        lambda: found("/usr/share/fonts/truetype/wqy/wqy-microhei.tt?"),
    ),
]
FOR_TESTS = [
    SystemPackage("chromium", "the browser tests", lambda: found("/usr/bin/chromium")),
    SystemPackage(
        "postgresql", "the tests on PostgreSQL", lambda: found("/usr/lib/postgresql/*/bin/postgres")
    ),
    SystemPackage("redis-server", "the tests on Redis", lambda: shutil.which("redis-server") is not None),
]


def say(message: str) -> None:
    print(f"[setup] {message}", flush=True)


def missing(packages: list[SystemPackage]) -> list[SystemPackage]:
    return [package for package in packages if not package.present()]


def install_line(packages: list[SystemPackage]) -> str:
    return "apt-get install -y --no-install-recommends " + " ".join(package.name for package in packages)


def may_install() -> bool:
    return os.geteuid() == 0 and shutil.which("apt-get") is not None


def apt_get(*arguments: str) -> bool:
    environment = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
    command = ["apt-get", "-q", "-o", "DPkg::Lock::Timeout=300", *arguments]
    done = subprocess.run(
        command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False
    )
    if done.returncode != 0:
        say("apt-get said: " + " / ".join(done.stdout.strip().splitlines()[-3:]))
    return done.returncode == 0


def install(packages: list[SystemPackage]) -> None:
    arguments = ["install", "-y", "--no-install-recommends", *(package.name for package in packages)]
    lists_are_empty = not found("/var/lib/apt/lists/*_Packages*")
    if lists_are_empty:
        apt_get("update")
    if not apt_get(*arguments) and not lists_are_empty:
        apt_get("update")
        apt_get(*arguments)


def provide(packages: list[SystemPackage]) -> list[SystemPackage]:
    """Installs what is missing when allowed to, and returns what is missing still, after naming it."""
    absent = missing(packages)
    if absent and may_install():
        say("installing system packages: " + " ".join(package.name for package in absent))
        install(absent)
        absent = missing(absent)
    for package in absent:
        say(f"MISSING {package.name}: needed for {package.purpose}")
    if absent:
        say(f"install as root: {install_line(absent)}")
    return absent


def check_python() -> None:
    if sys.version_info[:2] != SUPPORTED:
        raise CannotPrepare(
            f"Python {SUPPORTED[0]}.{SUPPORTED[1]} is needed and this is {sys.version.split()[0]}. "
            "Name the right one: make PYTHON=/path/to/python3.11 setup"
        )


def venv_works() -> bool:
    if not PYTHON.exists():
        return False
    probe = f"import sys, pip; sys.exit(sys.version_info[:2] != {SUPPORTED})"
    return subprocess.run([PYTHON, "-c", probe], capture_output=True, check=False).returncode == 0


def make_venv() -> None:
    if provide([VENV_PACKAGE]):
        raise CannotPrepare(
            f"python3 cannot make a virtual environment. As root: {install_line([VENV_PACKAGE])}"
        )
    say("making the virtual environment .venv")
    subprocess.run([sys.executable, "-m", "venv", "--clear", VENV], check=True)


def stamp(lock: Path) -> Path:
    return VENV / f".installed-{lock.name}"


def digest(lock: Path) -> str:
    return hashlib.sha256(lock.read_bytes()).hexdigest()


def is_installed(lock: Path) -> bool:
    return PYTHON.exists() and stamp(lock).exists() and stamp(lock).read_text() == digest(lock)


def pip(lock: Path) -> list[str | Path]:
    return [
        PYTHON,
        "-m",
        "pip",
        "install",
        "-q",
        "--disable-pip-version-check",
        "--require-hashes",
        "-r",
        lock,
    ]


def uv(lock: Path) -> list[str | Path]:
    return [PYTHON, "-m", "uv", "pip", "install", "-q", "--python", PYTHON, "--require-hashes", "-r", lock]


def run(command: list[str | Path]) -> bool:
    return subprocess.run(command, cwd=ROOT, check=False).returncode == 0


def install_locked(lock: Path) -> None:
    if is_installed(lock):
        return
    if not venv_works():
        make_venv()
    say(f"installing {lock.name}")
    # pip knows a machine's own proxies and mirrors, uv is ten times faster: the slow way is the second try.
    if not (run(pip(UV_LOCK)) and run(uv(lock))) and not run(pip(lock)):
        raise CannotPrepare(f"The packages of {lock.name} could not be installed; the lines above say why.")
    # The two locks share their versions, so that either may follow the other; each knows only its own stamp.
    stamp(lock).write_text(digest(lock))


@contextmanager
def alone():
    """Two preparations at once would write the same files: the second waits for the first."""
    (ROOT / "var").mkdir(exist_ok=True)
    with open(ROOT / "var" / "setup.lock", "w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say("another setup is running in this checkout; waiting for it")
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def prepare(for_tests: bool) -> None:
    check_python()
    with alone():
        provide(FOR_RUNNING + (FOR_TESTS if for_tests else []))
        install_locked(ROOT / ("requirements-dev.txt" if for_tests else "requirements.txt"))


def main(arguments: list[str]) -> int:
    try:
        prepare(for_tests="--tests" in arguments)
    except (CannotPrepare, OSError, subprocess.CalledProcessError) as problem:
        say(f"STOPPED: {problem}")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
