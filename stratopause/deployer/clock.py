"""Time and chance, given from outside so that a test has neither."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Protocol

from msgspec import Struct


class Clock(Protocol):
    def now(self) -> float:
        """Seconds since some moment."""
        ...

    def sleep(self, seconds: float) -> None: ...
    def time(self) -> datetime:
        """The time of day, in UTC."""
        ...


class SystemClock:
    def now(self) -> float:
        return time.monotonic()

    def sleep(self, seconds: float) -> None:
        time.sleep(seconds)

    def time(self) -> datetime:
        return datetime.now(UTC)


class Pace(Struct, frozen=True):
    """How often to look: fast at first, then ever slower, each time a fifth more or less by chance (in seconds).

    Chance keeps several commands that started together from asking together ever after. Where several stacks are
    read in turn, `calls_per_minute` holds for all of them together, after the first `burst` of calls.
    """

    first: float = 0.2
    longest: float = 5.0
    growth: float = 1.3
    chance: Callable[[], float] = random.random
    calls_per_minute: float = 12.0
    burst: float = 20.0

    def intervals(self) -> Iterator[float]:
        interval = self.first
        while True:
            yield interval * (0.8 + 0.4 * self.chance())
            interval = min(interval * self.growth, self.longest)


LOCAL_PACE = Pace(first=0.02, longest=1.0, calls_per_minute=60_000, burst=1_000)
"""A CloudFormation on this machine throttles nobody, and has done in moments what takes AWS minutes."""
