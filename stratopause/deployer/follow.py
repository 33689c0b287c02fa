"""Following one operation on a root stack and all that is nested in it, by their events."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from datetime import datetime
from typing import Final, Protocol

from stratopause.deployer.clock import Clock, Pace
from stratopause.deployer.errors import LostSight, NoCredentials, Refused, Throttled, Unreachable
from stratopause.deployer.events import Happened
from stratopause.deployer.stacks import Path, StackEvent
from stratopause.deployer.status import StackStatus

MISSED_LOOKS: Final = 30
"""So many looks in a row may go wrong, about two and a half minutes, before the stack is lost sight of."""
SILENT_SECONDS: Final = 300.0
"""An operation that was accepted is heard of within this time."""


class StackEvents(Protocol):
    """As much of CloudFormation as following needs."""

    def events(self, stack_id: str) -> Iterator[StackEvent]:
        """The stack's events, newest first; what isn't read isn't fetched."""
        ...


def newest_event(cloudformation: StackEvents, stack_id: str) -> str | None:
    """The id of the last event before an operation that is about to begin."""
    return next((event.id for event in cloudformation.events(stack_id)), None)


class Watch:
    """Reads the events of an operation, each once; `happened` has those of one stack in the order of time.

    The operation begins after the root's event `after`. Nested stacks are found in their parents' events, and
    read only while they are at work; of theirs, only events since the operation's first are its own.
    """

    def __init__(self, cloudformation: StackEvents, root_id: str, name: str, after: str | None) -> None:
        self.cloudformation = cloudformation
        self.root_id = root_id
        self.name = name
        self.happened: list[Happened] = []
        self.status: StackStatus | None = None
        self._seen = set() if after is None else {after}
        self._told = 0
        self._since: datetime | None = None
        self._paths: dict[str, Path] = {root_id: ()}
        self._at_work = {root_id: True}

    def look(self) -> Iterator[Happened]:
        """What is new, in the order of time; `status` is that of the root once the operation has ended."""
        for stack_id in self._to_read():
            for event in self._new(stack_id):
                self._note(stack_id, event)
        new = sorted(self.happened[self._told :], key=lambda happened: happened.event.time)
        self._told = len(self.happened)
        yield from new

    def _to_read(self) -> Iterator[str]:
        """Parents before children, also those that turn up on the way; a stack that has ended, once more.

        A child ends before its parent, so what is read after the parent's end is complete.
        """
        done: set[str] = set()
        while left := [stack_id for stack_id in self._paths if stack_id not in done and stack_id in self._at_work]:
            for stack_id in left:
                done.add(stack_id)
                yield stack_id
                if not self._at_work[stack_id]:
                    del self._at_work[stack_id]

    def _new(self, stack_id: str) -> list[StackEvent]:
        new = []
        for event in self.cloudformation.events(stack_id):
            if event.id in self._seen or (self._since is not None and event.time < self._since):
                break
            new.append(event)
        return new[::-1]

    def _note(self, stack_id: str, event: StackEvent) -> None:
        self._seen.add(event.id)
        self._since = self._since or event.time
        if event.nested_stack_id is not None:
            self._paths[event.nested_stack_id] = (*self._paths[stack_id], event.logical_id)
            self._at_work[event.nested_stack_id] = event.status.is_in_progress
        if stack_id == self.root_id and event.is_of_its_stack:
            self.status = None if event.status.is_in_progress else StackStatus.of(event.status)
        self.happened.append(Happened(self.name, self._paths[stack_id], event))


def follow(watch: Watch, clock: Clock, pace: Pace) -> Generator[Happened, None, StackStatus]:
    """Look until the operation has ended, however long that takes; return the root's status.

    A look that is throttled or gets no answer is made again later.

    Raises:
        LostSight: AWS can't be asked any more, or nothing is heard of the operation.
    """
    missed, began, intervals = 0, clock.now(), pace.intervals()
    while True:
        try:
            yield from watch.look()
            missed = 0
        except (Throttled, Unreachable) as error:
            missed += 1
            if missed > MISSED_LOOKS:
                raise LostSight(f"{watch.name} goes on, but {error.message}") from None
        except (Refused, NoCredentials) as error:
            raise LostSight(f"{watch.name} goes on, but {error.message}", error.next_step) from None
        if watch.status is not None:
            return watch.status
        if not watch.happened and clock.now() - began > SILENT_SECONDS:
            raise LostSight(f"{watch.name}: nothing is heard of the operation that CloudFormation accepted")
        clock.sleep(next(intervals))
