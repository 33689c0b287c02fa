"""Following one operation on a root stack and all that is nested in it, by their events.

Cost: a look reads each stack that is due, newest page first, as far as the last event that is known: one call for
each. After a first burst of 20 calls there are at most 12 a minute (`clock.Pace`), and one more for each nested stack
that begins or ends.
"""

from __future__ import annotations

from collections.abc import Callable, Generator
from typing import Final

from stratopause.deployer.clock import Clock, Pace
from stratopause.deployer.diagnosis import root_cause
from stratopause.deployer.errors import DeploymentError, LostSight, Throttled, Unreachable
from stratopause.deployer.events import Event, Happened, RollingBack, StillAtWork
from stratopause.deployer.rounds import Rounds
from stratopause.deployer.status import StackStatus
from stratopause.deployer.timeline import at_work
from stratopause.deployer.watch import Watch

MISSED_LOOKS: Final = 30
"""So many looks in a row may go wrong, two and a half minutes or more, before the stack is lost sight of."""
DOUBTFUL_LOOKS: Final = 4
"""So many more looks are made at an end that may be that of the operation before, or that isn't known in full."""
SILENT_SECONDS: Final = 300.0
"""An operation that was accepted is heard of within this time."""
QUIET_SECONDS: Final = 60.0
"""So long nothing may be new before it is said that the operation still goes on."""

Witness = Callable[[Happened], tuple[str, ...]]
"""Finds what else tells why a resource failed."""


def follow(
    watch: Watch, clock: Clock, pace: Pace, witness: Witness | None = None, longest: float | None = None
) -> Generator[Event, None, StackStatus]:
    """Look until the operation has ended, however long that takes, or `longest` seconds; return the root's status.

    A look that is throttled or gets no answer is made again later. As soon as it is known that the operation has
    failed, `witness` is asked what else tells why; that is in `watch.evidence` afterwards.

    Raises:
        LostSight: AWS can't be asked any more, nothing is heard of the operation, or it takes longer than that.
    """
    following = _Following(watch, clock, pace, witness)
    while True:
        yield from following.look()
        yield from following.remarks()
        if following.is_sure() and watch.status is not None:
            return watch.status
        following.give_up(longest)
        clock.sleep(following.rounds.wait(clock.now()))


class _Following:
    """How far `follow` is: how many looks in a row went wrong, and what has been said already."""

    def __init__(self, watch: Watch, clock: Clock, pace: Pace, witness: Witness | None) -> None:
        self.watch, self.clock, self.witness = watch, clock, witness
        self.began = self.heard = clock.now()
        self.rounds = Rounds(pace, self.began)
        self.missed = self.doubts = 0
        self.has_told_failure = False

    def look(self) -> Generator[Event, None, None]:
        due, calls = self.rounds.due(self.watch.at_work, self.clock.now()), self.watch.calls
        try:
            for happened in self.watch.look(due):
                self.heard = self.clock.now()
                yield happened
            self.missed = 0
        except (Throttled, Unreachable) as error:
            self._miss(error)
        except DeploymentError as error:
            raise LostSight(f"{self.watch.name} goes on, but {error.message}", error.next_step) from None
        self.rounds.looked(self.watch.calls - calls, due, self.watch.news, self.clock.now())

    def _miss(self, error: Throttled | Unreachable) -> None:
        self.missed += 1
        if isinstance(error, Throttled):
            self.rounds.throttled()
        if self.missed > MISSED_LOOKS:
            raise LostSight(f"{self.watch.name} goes on, but {error.message}") from None

    def remarks(self) -> Generator[Event, None, None]:
        watch, now = self.watch, self.clock.now()
        if watch.has_failed and not self.has_told_failure:
            self.has_told_failure = True
            cause = root_cause(watch.happened)
            watch.evidence = self.witness(cause) if cause and self.witness else ()
            if watch.turned_back:
                yield RollingBack(watch.name, cause, watch.evidence)
        if watch.happened and watch.status is None and now - self.heard >= QUIET_SECONDS:
            self.heard = now
            yield StillAtWork(watch.name, at_work(watch.happened, self.clock.time()))

    def is_sure(self) -> bool:
        """The root has ended, the operation that ended is this one, and what could be read of it has been."""
        if self.watch.status is None:
            self.doubts = 0
            return False
        self.doubts += 1
        return (self.watch.has_begun and self.watch.is_complete) or self.doubts > DOUBTFUL_LOOKS

    def give_up(self, longest: float | None) -> None:
        took = self.clock.now() - self.began
        if not self.watch.happened and not self.missed and took > SILENT_SECONDS:
            raise LostSight(f"{self.watch.name}: nothing is heard of the operation that CloudFormation accepted")
        if longest is not None and took >= longest:
            raise LostSight(f"{self.watch.name} goes on; it was followed for {took:.0f} seconds, as long as was asked")
