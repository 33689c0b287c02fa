"""Time for tests."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta


class FakeClock:
    """Time that passes only by sleeping; what is in `at_sleep` happens with every nap."""

    def __init__(self) -> None:
        self.seconds = 0.0
        self.at_sleep: list[Callable[[], None]] = []

    def now(self) -> float:
        return self.seconds

    def time(self) -> datetime:
        return datetime(2026, 1, 1, tzinfo=UTC) + timedelta(seconds=self.seconds)

    def sleep(self, seconds: float) -> None:
        self.seconds += seconds
        for happen in self.at_sleep:
            happen()
