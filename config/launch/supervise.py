"""Keeps a few processes running together and ends them together. Standard library only."""

import os
import signal
import subprocess
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field

from config.launch.lifeline import tied_to_parent

STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


@dataclass(frozen=True)
class Patience:
    """How long to wait for what, in seconds."""

    stopping: float = 10
    first_pause: float = 1
    longest_pause: float = 30
    settled: float = 60  # a process that ran this long has recovered: its failures are forgotten
    failures: int = 5


@dataclass
class Service:
    name: str
    command: list[str]
    environment: dict[str, str] = field(default_factory=dict)
    process: subprocess.Popen | None = None
    started: float = 0
    failures: int = 0
    not_before: float = 0

    def start(self) -> None:
        # A session of its own: Ctrl-C in the terminal reaches the supervisor alone, which then stops in order.
        self.process = subprocess.Popen(
            tied_to_parent(self.command),
            env=os.environ | self.environment,
            stdin=subprocess.DEVNULL,
            start_new_session=True,
        )
        self.started = time.monotonic()

    def runs(self) -> bool:
        return self.process is not None and self.process.poll() is None

    def signal_group(self, number: int) -> None:
        with suppress(ProcessLookupError):
            os.killpg(self.process.pid, number)


class Supervisor:
    def __init__(
        self,
        services: list[Service],
        patience: Patience | None = None,
        say: Callable[[str], None] = print,
        still_wanted: Callable[[], bool] = lambda: True,
    ) -> None:
        self.services = services
        self.patience = patience or Patience()
        self.say = say
        self.still_wanted = still_wanted
        self.stops_asked = 0

    def run(self) -> int:
        """0 after an orderly stop, 1 when a service would not stay up."""
        before = {number: signal.signal(number, self._ask_to_stop) for number in STOP_SIGNALS}
        try:
            failed = self._keep_up()
            self._stop_all()
        finally:
            for service in self.services:
                if service.process is not None:
                    service.signal_group(signal.SIGKILL)
            for number, handler in before.items():
                signal.signal(number, handler)
        return 1 if failed else 0

    def _ask_to_stop(self, number, frame) -> None:
        self.stops_asked += 1

    def _keep_up(self) -> bool:
        while not self.stops_asked and self.still_wanted():
            for service in self.services:
                if not service.runs() and not self._bring_up(service):
                    return True
            time.sleep(0.1)
        return False

    def _bring_up(self, service: Service) -> bool:
        """Starts a service that is down once its pause is over; False when it has failed too often."""
        now = time.monotonic()
        if service.process is not None and not self._note_failure(service, now):
            return False
        if now >= service.not_before:
            service.start()
        return True

    def _note_failure(self, service: Service, now: float) -> bool:
        code = service.process.returncode
        service.signal_group(signal.SIGKILL)  # what the dead process had started goes with it
        service.process = None
        if now - service.started >= self.patience.settled:
            service.failures = 0
        service.failures += 1
        if service.failures >= self.patience.failures:
            self.say(
                f"{service.name} ended {service.failures} times in a row (last with code {code}); giving up."
            )
            return False
        pause = min(self.patience.first_pause * 2 ** (service.failures - 1), self.patience.longest_pause)
        service.not_before = now + pause
        self.say(f"{service.name} ended with code {code}; starting it again in {pause:g} s.")
        return True

    def _stop_all(self) -> None:
        """Asks every process to finish; a second Ctrl-C or the end of patience kills what is left."""
        asked = self.stops_asked
        until = time.monotonic() + self.patience.stopping
        for service in self.services:
            if service.runs():
                service.process.terminate()
        while any(service.runs() for service in self.services):
            if time.monotonic() > until or self.stops_asked > max(asked, 1):
                self.say("Not everything stopped in time; killing the rest.")
                for service in self.services:
                    if service.runs():
                        service.signal_group(signal.SIGKILL)
                        service.process.wait()
                return
            time.sleep(0.05)
