"""Real PostgreSQL and Redis for the test suite: started on free ports, gone when the suite ends, however it ends."""

import ctypes
import glob
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

PR_SET_PDEATHSIG = 1
SECONDS_TO_START = 60


class ServerMissing(Exception):
    """A server cannot be had on this machine; the message says what to install."""


@dataclass(frozen=True)
class Servers:
    description: str
    environment: dict[str, str]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def postgres_programs() -> Path:
    """The newest server's directory: Debian keeps its programs off the PATH."""
    found = sorted(
        glob.glob("/usr/lib/postgresql/*/bin/initdb"),
        key=lambda path: float(Path(path).parts[4]),
        reverse=True,
    )
    program = found[0] if found else shutil.which("initdb")
    if not program:
        raise ServerMissing("PostgreSQL is not installed: apt-get install -y postgresql")
    return Path(program).parent


def redis_program() -> str:
    program = shutil.which("redis-server")
    if not program:
        raise ServerMissing("Redis is not installed: apt-get install -y redis-server")
    return program


def unprivileged() -> dict:
    """PostgreSQL refuses to run as root; Debian's package made it an account of its own."""
    if os.geteuid() != 0:
        return {}
    return {"user": "postgres", "group": "postgres", "extra_groups": []}


def end_with_parent(number: int) -> None:
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, number)


@contextmanager
def running(command: list[str], log: Path, stop_signal: int, **options) -> Iterator[subprocess.Popen]:
    with log.open("wb") as output:
        server = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            # After the change of user, which would clear it; this process has no threads.
            preexec_fn=partial(end_with_parent, stop_signal),  # noqa: PLW1509
            **options,
        )
    try:
        yield server
    finally:
        server.send_signal(stop_signal)
        try:
            server.wait(timeout=20)
        except subprocess.TimeoutExpired:
            server.kill()
            server.wait()


def wait_until(answers: Callable[[], bool], server: subprocess.Popen, log: Path) -> None:
    deadline = time.monotonic() + SECONDS_TO_START
    while not answers():
        if server.poll() is not None or time.monotonic() > deadline:
            raise ServerMissing(f"a test server did not start: {log.read_text(errors='replace')[-500:]}")
        time.sleep(0.05)


@contextmanager
def postgres(scratch: Path) -> Iterator[tuple[str, str]]:
    """Yields (version, DATABASE_URL). Durability is off: the data lives as long as the test run."""
    programs, data, port, who = postgres_programs(), scratch / "postgres", free_port(), unprivileged()
    data.mkdir()
    if who:
        shutil.chown(data, "postgres", "postgres")
    made = subprocess.run(
        [programs / "initdb", "-D", data, "-U", "tests", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8", "-N"],
        cwd=scratch, capture_output=True, text=True, check=False, **who,
    )  # fmt: skip
    if made.returncode != 0:
        raise ServerMissing(f"initdb failed: {made.stderr.strip()[-500:]}")
    settings = {
        "listen_addresses": "127.0.0.1", "port": port, "unix_socket_directories": data, "fsync": "off",
        "synchronous_commit": "off", "full_page_writes": "off", "max_connections": 60,
    }  # fmt: skip
    command = [str(programs / "postgres"), "-D", str(data)]
    for name, value in settings.items():
        command += ["-c", f"{name}={value}"]
    log = scratch / "postgres.log"
    ready = [str(programs / "pg_isready"), "-q", "-h", "127.0.0.1", "-p", str(port)]
    with running(command, log, signal.SIGINT, cwd=scratch, **who) as server:
        wait_until(lambda: subprocess.run(ready, check=False).returncode == 0, server, log)
        version = subprocess.check_output([programs / "postgres", "--version"], text=True).split()[2]
        yield version, f"postgres://tests@127.0.0.1:{port}/tests"


@contextmanager
def redis(scratch: Path) -> Iterator[tuple[str, str]]:
    """Yields (version, REDIS_URL)."""
    program, port, log = redis_program(), free_port(), scratch / "redis.log"
    command = [program, "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--dir", str(scratch)]

    def answers() -> bool:
        try:
            with socket.create_connection(("127.0.0.1", port), timeout=1) as connection:
                connection.sendall(b"PING\r\n")
                return connection.recv(16).startswith(b"+PONG")
        except OSError:
            return False

    with running(command, log, signal.SIGTERM) as server:
        wait_until(answers, server, log)
        version = subprocess.check_output([program, "--version"], text=True).split("v=")[1].split()[0]
        yield version, f"redis://127.0.0.1:{port}"


@contextmanager
def real_servers() -> Iterator[Servers]:
    with ExitStack() as stack:
        scratch = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="double-random-servers-")))
        scratch.chmod(0o755)
        postgres_version, database_url = stack.enter_context(postgres(scratch))
        redis_version, redis_url = stack.enter_context(redis(scratch))
        yield Servers(
            f"PostgreSQL {postgres_version} and Redis {redis_version}",
            {"DATABASE_URL": database_url, "REDIS_URL": redis_url, "TEST_REDIS_URL": redis_url},
        )
