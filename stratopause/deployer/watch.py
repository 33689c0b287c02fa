"""Reading the events of one operation on a tree of stacks, each once."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from typing import Final, Protocol

from stratopause.deployer.errors import DeploymentError
from stratopause.deployer.events import Happened
from stratopause.deployer.stacks import Path, StackEvent
from stratopause.deployer.status import StackStatus

READ_AT_ONCE: Final = 8


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

    The operation begins after the root's event `after`; should that have been read too early, what is older than the
    operation's own beginning is forgotten. Nested stacks are found in their parents' events, and read only while
    they are at work; of theirs, only events since the operation's first are its own.

    `status` is that of the root once the operation has ended. `news` are the stacks that the last look found
    something new in, and those above them; `calls` counts the readings, one call each where nothing much is new.
    """

    def __init__(self, cloudformation: StackEvents, root_id: str, name: str, after: str | None) -> None:
        self.cloudformation = cloudformation
        self.root_id = root_id
        self.name = name
        self.happened: list[Happened] = []
        self.status: StackStatus | None = None
        self.has_begun = False
        self.turned_back = False
        self.evidence: tuple[str, ...] = ()
        self.news: set[str] = set()
        self.calls = 0
        self._seen = set() if after is None else {after}
        self._told = 0
        self._began_as_rollback = False
        self._since: datetime | None = None
        self._paths: dict[str, Path] = {root_id: ()}
        self._parents: dict[str, str] = {}
        self._at_work = {root_id: True}

    @classmethod
    def from_now(cls, cloudformation: StackEvents, root_id: str, name: str) -> Watch:
        """Of an operation that is about to begin: whatever comes after the newest event."""
        return cls(cloudformation, root_id, name, newest_event(cloudformation, root_id))

    @property
    def at_work(self) -> tuple[str, ...]:
        """The stacks to read, parents before children."""
        return tuple(sorted(self._at_work, key=lambda stack_id: (self._paths[stack_id], stack_id)))

    @property
    def has_failed(self) -> bool:
        """It is known already, though a rollback may go on."""
        return self.turned_back or (self.status is not None and self.status.needs_recovery)

    @property
    def is_complete(self) -> bool:
        """The operation has ended, and everything that happened in it has been read."""
        return self.status is not None and self.at_work == (self.root_id,)

    def look(self, due: Collection[str] | None = None) -> Iterator[Happened]:
        """What is new in the stacks that are `due`, or in all, in the order of time.

        Raises:
            DeploymentError: after what is new, where a stack could not be read; it is read again by the next look.
        """
        self.news = set()
        failure = self._read(self.at_work if due is None else due)
        new = sorted(self.happened[self._told :], key=self._when)
        self._told = len(self.happened)
        yield from new
        if failure is not None:
            raise failure

    def _when(self, happened: Happened) -> tuple[datetime, bool]:
        """The root's end is the last of what happened at the same time."""
        event = happened.event
        return event.time, event.stack_id == self.root_id and event.is_of_its_stack and not event.status.is_in_progress

    def _read(self, due: Collection[str]) -> DeploymentError | None:
        """Stacks together, then those that turn up on the way, and those whose end was told, once more.

        A child ends before its parent tells so: what is read after that is complete.
        """
        known, read, failure = set(self._at_work), set[str](), None
        while failure is None and (wave := self._wave(known, due, read)):
            ended = {stack_id for stack_id in wave if not self._at_work[stack_id]}
            for stack_id, new in zip(wave, self._new_in(wave), strict=True):
                if isinstance(new, DeploymentError):
                    failure = failure or new
                    continue
                for event in new:
                    self._note(stack_id, event)
                if stack_id in ended and not self._at_work[stack_id]:
                    del self._at_work[stack_id]
            read |= set(wave)
        return failure

    def _wave(self, known: Collection[str], due: Collection[str], read: Collection[str]) -> tuple[str, ...]:
        def is_wanted(stack_id: str) -> bool:
            has_ended = not self._at_work[stack_id]
            return has_ended or (stack_id not in read and (stack_id in due or stack_id not in known))

        return tuple(filter(is_wanted, self.at_work))

    def _new_in(self, wave: tuple[str, ...]) -> list[list[StackEvent] | DeploymentError]:
        self.calls += len(wave)
        if len(wave) == 1:
            return [self._new(wave[0])]
        with ThreadPoolExecutor(min(len(wave), READ_AT_ONCE)) as threads:
            return list(threads.map(self._new, wave))

    def _new(self, stack_id: str) -> list[StackEvent] | DeploymentError:
        new = []
        try:
            for event in self.cloudformation.events(stack_id):
                if event.id in self._seen or (self._since is not None and event.time < self._since):
                    break
                new.append(event)
        except DeploymentError as error:
            return error
        return new[::-1]

    def _note(self, stack_id: str, event: StackEvent) -> None:
        self._seen.add(event.id)
        self._note_news(stack_id)
        if stack_id == self.root_id and event.is_of_its_stack:
            self._note_root(event)
        self._since = self._since or event.time
        if event.nested_stack_id is not None:
            self._paths[event.nested_stack_id] = (*self._paths[stack_id], event.logical_id)
            self._parents[event.nested_stack_id] = stack_id
            self._at_work[event.nested_stack_id] = event.status.is_in_progress
        self.happened.append(Happened(self.name, self._paths[stack_id], event))

    def _note_root(self, event: StackEvent) -> None:
        if event.status.is_beginning and not self.has_begun:
            self.has_begun, self._since, self._told = True, event.time, 0
            self._began_as_rollback = event.status.is_rollback
            self.happened.clear()
        self.turned_back = self.turned_back or (
            self.has_begun and event.status.is_rollback and not self._began_as_rollback
        )
        self.status = None if event.status.is_in_progress else StackStatus.of(event.status)

    def _note_news(self, stack_id: str) -> None:
        while stack_id not in self.news:
            self.news.add(stack_id)
            stack_id = self._parents.get(stack_id, stack_id)
