"""What every theme stands on: Django with an empty database, a stop watch, and how fast the machine is just now."""

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

import django
from django.core.management import call_command
from django.test.utils import setup_test_environment

CALIBRATION_STEPS = 10_000_000
WIDTH = 60


def prepare() -> None:
    django.setup()
    setup_test_environment()  # lets the test client in
    theme = sys.argv[-1]
    print(f"\n##### {theme}", flush=True)
    calibrate()
    call_command("migrate", verbosity=0, interactive=False)


def calibrate() -> None:
    """A bare loop: about 0.3 s on an idle machine of today. A slower one slows every figure below it as much."""
    with timed(f"calibration: a bare loop of {CALIBRATION_STEPS:,} steps"):
        for _ in range(CALIBRATION_STEPS):
            pass


@contextmanager
def timed(what: str) -> Iterator[None]:
    started = time.perf_counter()
    yield
    say(what, time.perf_counter() - started, "s")


def say(what: str, figure: float, unit: str) -> None:
    print(f"{what:<{WIDTH}} {figure:8.2f} {unit}", flush=True)
