"""`make run`: migrations, the demo bureau where it belongs, then web server, worker and beat until Ctrl-C.

    python -m config.launch.run [--with-parent]

With --with-parent it also stops when the process that started it is gone.
"""

import errno
import fcntl
import os
import secrets
import socket
import subprocess
import sys
import threading
import time
from contextlib import closing
from pathlib import Path
from typing import TextIO

import django
from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.exceptions import ImproperlyConfigured
from django.db import connections

from config.launch.lifeline import tied_to_parent
from config.launch.supervise import Service, Supervisor

DEFAULT_PORT = 8000
PORTS_TO_TRY = 100


class CannotRun(Exception):
    """The system cannot start; the message says what a person has to do."""


def say(message: str) -> None:
    print(f"[run] {message}", flush=True)


def claim_checkout() -> TextIO:
    """One `make run` a checkout: the kernel drops the lock with its process, so no stale file blocks a start."""
    lock = open(settings.VAR_DIR / "run.lock", "a+")  # noqa: SIM115 - held until the process ends
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        with lock:
            lock.seek(0)
            raise CannotRun(f"It is running already: {lock.read().strip()}. Stop that one first.") from None
    return lock


def sign(lock: TextIO, note: str) -> None:
    lock.truncate(0)
    lock.write(note)
    lock.flush()


def is_free(host: str, port: int) -> bool:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with closing(socket.socket(family)) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as problem:
            if problem.errno in (errno.EADDRINUSE, errno.EACCES):
                return False
            raise CannotRun(f"HOST={host} is no address of this machine: {problem.strerror}.") from problem
    return True


def choose_port(host: str, wanted: str | None) -> int:
    """PORT when it is named, and only that; otherwise the first free one from 8000 on."""
    if wanted:
        if not wanted.isdigit() or not 0 < int(wanted) < 65536:
            raise CannotRun(f"PORT={wanted} is no port number.")
        if not is_free(host, int(wanted)):
            raise CannotRun(f"Port {wanted} is taken or not permitted. Name another: make run PORT=8123")
        return int(wanted)
    for port in range(DEFAULT_PORT, DEFAULT_PORT + PORTS_TO_TRY):
        if is_free(host, port):
            if port != DEFAULT_PORT:
                say(f"port {DEFAULT_PORT} is taken, using {port}")
            return port
    raise CannotRun(f"No free port from {DEFAULT_PORT} on. Name one: make run PORT=8123")


def manage(*arguments: str, environment: dict[str, str] | None = None, output: Path | None = None) -> None:
    command = [sys.executable, str(settings.BASE_DIR / "manage.py"), *arguments]
    done = subprocess.run(
        tied_to_parent(command),
        start_new_session=True,  # Ctrl-C is answered once, here
        env=os.environ | (environment or {}),
        stdout=subprocess.PIPE if output else None,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        raise CannotRun(f"manage.py {' '.join(arguments)} failed; the lines above say why.")
    if output:
        write_private(output, done.stdout)


def write_private(path: Path, text: str) -> None:
    path.unlink(missing_ok=True)
    path.touch(mode=0o600)
    path.write_text(text, encoding="utf-8")


def database_is_embedded() -> bool:
    return not os.environ.get("DATABASE_URL")


def has_accounts() -> bool:
    try:
        return get_user_model().objects.exists()
    finally:
        connections.close_all()


def load_demo() -> None:
    """Fills the embedded database once. The password is kept because the database holds only its hash."""
    password = os.environ.get("DEMO_PASSWORD") or secrets.token_urlsafe(9)
    say("loading the demo bureau")
    accounts = settings.VAR_DIR / "demo_accounts.txt"
    manage("load_demo", environment={"DEMO_PASSWORD": password}, output=accounts)
    write_private(settings.VAR_DIR / "demo_password", password)


def demo_notice() -> str:
    """What load_demo printed at the first start, and the password."""
    accounts, password = settings.VAR_DIR / "demo_accounts.txt", settings.VAR_DIR / "demo_password"
    if not (accounts.exists() and password.exists()):
        return ""
    listed, kept = accounts.read_text(encoding="utf-8").rstrip(), password.read_text().strip()
    lines = [listed] if kept in listed else [listed, f"Password of the demo accounts: {kept}"]
    if (os.environ.get("DEMO_PASSWORD") or kept) != kept:
        lines.append("DEMO_PASSWORD differs: it counts when the demo is loaded into an empty database only.")
    return "\n".join(lines)


def prepare_database() -> str:
    """Migrates; returns what to tell about the demo."""
    manage("migrate", "--no-input", "-v", "0")
    if settings.PRODUCTION:
        manage("collectstatic", "--no-input", "-v", "0")
    if not database_is_embedded():
        if has_accounts():
            return ""
        return (
            "The database of DATABASE_URL has no accounts, and no demo is loaded into it. "
            "To do so: .venv/bin/python manage.py load_demo"
        )
    if not has_accounts():
        load_demo()
    return demo_notice()


def announce(host: str, port: int, text: str, patience: float = 60) -> None:
    """Prints the text as soon as the web server listens, below what the start itself has printed."""
    target = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)

    def wait_and_print() -> None:
        deadline = time.monotonic() + patience
        while time.monotonic() < deadline:
            try:
                socket.create_connection((target, port), timeout=1).close()
            except OSError:
                time.sleep(0.1)
                continue
            print(f"\n{text}\n", flush=True)
            return

    threading.Thread(target=wait_and_print, daemon=True).start()


def serve(host: str, port: int, address: str, with_parent: bool) -> int:
    environment = {"HOST": host, "PORT": str(port), "SITE_ADDRESS": os.environ.get("SITE_ADDRESS", address)}
    services = [
        Service("web server", [sys.executable, "-m", "gunicorn", "-c", "config/gunicorn.py"], environment),
        Service("worker", [sys.executable, "-m", "config.launch.worker"], environment),
    ]
    parent = os.getppid()
    still_wanted = (lambda: os.getppid() == parent) if with_parent else (lambda: True)
    return Supervisor(services, say=say, still_wanted=still_wanted).run()


def main(arguments: list[str]) -> int:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    os.chdir(Path(__file__).resolve().parent.parent.parent)
    try:
        django.setup()
        lock = claim_checkout()
        host = os.environ.get("HOST", "127.0.0.1")
        port = choose_port(host, os.environ.get("PORT"))
        address = f"http://{f'[{host}]' if ':' in host else host}:{port}"
        sign(lock, f"process {os.getpid()}, {address}")
        about_demo = prepare_database()
    except (CannotRun, ImproperlyConfigured) as problem:
        say(f"STOPPED: {problem}")
        return 1
    except KeyboardInterrupt:
        say("stopped before anything was started; the next start goes on from here")
        return 1
    with lock:
        announce(host, port, f"Open {address}  (Ctrl-C stops everything)\n{about_demo}".rstrip())
        return serve(host, port, address, "--with-parent" in arguments)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
