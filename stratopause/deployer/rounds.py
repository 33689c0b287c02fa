"""Which of the stacks at work to read next, and when: each at its own interval, all within one budget of calls.

CloudFormation publishes no figure for how often DescribeStackEvents may be called; its limits are one bucket per
account and region (https://repost.aws/knowledge-center/cloudformation-rate-exceeded-error). Assumed are 10 calls a
second, so that fifty that follow at once have 12 a minute each; what is throttled all the same halves the rate.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Final

from stratopause.deployer.clock import Pace

SHORTEST: Final = 0.02
"""Seconds between two looks at least: a call that is due but for a rounding error comes with the next one."""
SLOWEST: Final = 3.0
"""Calls a minute that are left of the rate, however often a look is throttled."""


class Rounds:
    """`now` is in seconds. A stack that has news is read again soon; one that is silent, ever later."""

    def __init__(self, pace: Pace, now: float) -> None:
        self.pace = pace
        self.rate = pace.calls_per_minute / 60
        self._left = pace.burst
        self._counted = now
        self._due: dict[str, float] = {}
        self._intervals: dict[str, Iterator[float]] = {}

    def due(self, stacks: Collection[str], now: float) -> tuple[str, ...]:
        """Those to read now: the longest overdue first, as many as the budget has calls left."""
        self._refill(now)
        self._due = {stack: self._due.get(stack, now) for stack in stacks}
        waiting = sorted((at, stack) for stack, at in self._due.items() if at <= now)
        return tuple(stack for _, stack in waiting[: max(0, int(self._left))])

    def looked(self, calls: int, read: Collection[str], news: Collection[str], now: float) -> None:
        """Take note of a look that made so many `calls`; `news` are the stacks to read again soon."""
        self._left -= calls
        for stack in news:
            self._intervals.pop(stack, None)
        for stack in {*read, *news}:
            interval = self._intervals.setdefault(stack, self.pace.intervals())
            self._due[stack] = now + next(interval)

    def throttled(self) -> None:
        self.rate = max(self.rate / 2, SLOWEST / 60)
        self._left = min(self._left, 0.0)

    def wait(self, now: float) -> float:
        """Seconds until the next look: a stack is due, and the budget has a call for it."""
        soonest = min(self._due.values(), default=now + self.pace.longest)
        for_budget = 0.0 if self._left >= 1 else (1 - self._left) / self.rate
        return max(soonest - now, for_budget, SHORTEST)

    def _refill(self, now: float) -> None:
        self._left = min(self.pace.burst, self._left + self.rate * (now - self._counted))
        self._counted = now
