"""Starts PostgreSQL and Redis and runs each theme in a process, database and directory of its own.

`python -m tests.bench imports` runs one theme alone.
"""

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules

import psycopg2

import tests.bench as bench
from tests.servers import ServerMissing, real_servers
from tests.suite import NOT_FOR_TESTS

STAGE = "stage"
THEMES = [module.name for module in iter_modules(bench.__path__) if module.name not in ("__main__", STAGE)]
INSIDE = "--inside"


@contextmanager
def servers() -> Iterator[dict[str, str]]:
    try:
        with real_servers() as real:
            print(real.description, flush=True)
            yield real.environment
    except ServerMissing as problem:
        print(f"SQLite, because of this: {problem}", flush=True)
        yield {}


def with_own_database(environment: dict[str, str], theme: str) -> dict[str, str]:
    if "DATABASE_URL" not in environment:
        return environment
    server, _, _ = environment["DATABASE_URL"].rpartition("/")
    connection = psycopg2.connect(f"{server}/postgres")
    connection.autocommit = True
    with connection.cursor() as cursor:
        cursor.execute(f'CREATE DATABASE "bench_{theme}"')
    connection.close()
    return environment | {"DATABASE_URL": f"{server}/bench_{theme}"}


def run_apart(theme: str, environment: dict[str, str]) -> int:
    clean = {key: value for key, value in os.environ.items() if key not in NOT_FOR_TESTS}
    with tempfile.TemporaryDirectory(prefix="double-random-bench-") as scratch:
        own = {"ENV_FILE": os.devnull, "VAR_DIR": scratch, "DJANGO_SETTINGS_MODULE": "config.settings"}
        command = [sys.executable, "-m", bench.__name__, INSIDE, theme]
        whole = clean | {"LOG_LEVEL": "ERROR"} | with_own_database(environment, theme) | own
        return subprocess.run(command, env=whole, cwd=Path(__file__).parents[2], check=False).returncode


def run_inside(theme: str) -> int:
    # Only now: they need Django, which the process that starts the servers does without.
    import_module(f"{bench.__name__}.{STAGE}").prepare()
    import_module(f"{bench.__name__}.{theme}").run()
    return 0


def main(arguments: list[str]) -> int:
    if arguments[:1] == [INSIDE]:
        return run_inside(arguments[1])
    if unknown := set(arguments) - set(THEMES):
        print(f"no such theme: {', '.join(sorted(unknown))}; there are {', '.join(THEMES)}", file=sys.stderr)
        return 2
    with servers() as environment:
        results = [run_apart(theme, environment) for theme in arguments or THEMES]
    return max(results)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
