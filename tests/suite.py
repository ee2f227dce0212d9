"""`make test`: every test on SQLite, then every test on real PostgreSQL and Redis; what is missing stands last."""

import os
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree

from config.launch.prepare import FOR_RUNNING, FOR_TESTS, missing
from tests.servers import ServerMissing, real_servers

ROOT = Path(__file__).resolve().parent.parent
# A developer's own settings must not reach the tests, least of all a real database's address.
NOT_FOR_TESTS = (
    "DATABASE_URL", "REDIS_URL", "TEST_REDIS_URL", "CELERY_BROKER_URL", "DEPLOYMENT", "DEBUG", "ALLOWED_HOSTS",
    "EMAIL_URL", "MEDIA_ROOT", "VAR_DIR", "SITE_ADDRESS", "DEMO_PASSWORD", "HOST", "PORT", "FILE_STORAGE",
    "DJANGO_SETTINGS_MODULE",
)  # fmt: skip


@dataclass(frozen=True)
class Result:
    name: str
    returncode: int
    passed: int
    failed: int
    skipped: int
    seconds: float

    @property
    def good(self) -> bool:
        return self.returncode == 0 and self.passed > 0

    def lines(self) -> list[str]:
        return [
            f"{self.name}, {self.seconds:.0f} s",
            f"{self.passed} passed, {self.failed} failed, {self.skipped} skipped",
        ]


def read_counts(report: Path) -> tuple[int, int, int]:
    """(passed, failed, skipped) of a pytest XML report; an error counts as failed."""
    if not report.exists():
        return 0, 0, 0
    suite = ElementTree.parse(report).getroot().find("testsuite")
    tests, skipped = int(suite.get("tests")), int(suite.get("skipped"))
    failed = int(suite.get("failures")) + int(suite.get("errors"))
    return tests - failed - skipped, failed, skipped


def run_pytest(name: str, environment: dict[str, str], arguments: list[str]) -> Result:
    print(f"\n##### {name}", flush=True)
    clean = {key: value for key, value in os.environ.items() if key not in NOT_FOR_TESTS}
    started = time.monotonic()
    with tempfile.TemporaryDirectory() as scratch:
        report = Path(scratch) / "report.xml"
        command = [sys.executable, "-m", "pytest", "-q", "-n", "2", f"--junitxml={report}", *arguments]
        done = subprocess.run(command, cwd=ROOT, env=clean | environment, check=False)
        return Result(name, done.returncode, *read_counts(report), time.monotonic() - started)


def run_both(arguments: list[str]) -> tuple[list[Result], list[str]]:
    """The results, and one line for everything that could not be tested."""
    results = [run_pytest("SQLite", {}, arguments)]
    lacking = [
        f"MISSING {package.name}, needed for {package.purpose}: apt-get install -y {package.name}"
        for package in missing(FOR_RUNNING + FOR_TESTS)
    ]
    try:
        with real_servers() as servers:
            results.append(run_pytest(servers.description, servers.environment, arguments))
    except ServerMissing as problem:
        lacking.append(f"MISSING the run on PostgreSQL and Redis: {problem}")
    return results, lacking


def main(arguments: list[str]) -> int:
    results, lacking = run_both(arguments)
    print()
    for result in results:
        print("\n".join(result.lines()))
    for line in lacking:
        print(line)
    in_ci = os.environ.get("CI", "").lower() in ("1", "true", "yes")
    return 0 if all(result.good for result in results) and not (lacking and in_ci) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
