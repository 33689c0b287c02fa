"""Whether database and cache can be reached, asked at most once in a few seconds however often it is asked for."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping

from example_service.logs import log

LASTS_SECONDS = 5.0

Check = Callable[[], None]


class Readiness:
    """The state of each dependency by its name; a check that raises means that the dependency is unavailable."""

    def __init__(self, checks: Mapping[str, Check], clock: Callable[[], float] = time.monotonic) -> None:
        self.checks = checks
        self.clock = clock
        self.lock = threading.Lock()
        self.available: dict[str, bool] = {}
        self.asked_at: float | None = None

    def ask(self) -> Mapping[str, bool]:
        """Name to availability, at most `LASTS_SECONDS` old."""
        with self.lock:
            now = self.clock()
            if self.asked_at is None or now - self.asked_at >= LASTS_SECONDS:
                self.available = {name: succeeds(name, check) for name, check in self.checks.items()}
                self.asked_at = now
            return dict(self.available)


def succeeds(name: str, check: Check) -> bool:
    """Whether the check came through; the log tells the error's kind, never its text, which may quote data."""
    try:
        check()
    except Exception as error:  # noqa: BLE001 -- whatever it is, the dependency can't be used
        log("unavailable", dependency=name, error=type(error).__name__)
        return False
    return True
