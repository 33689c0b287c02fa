"""The copy of the records on this machine. It may fail: that is shown once, and nothing else."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from stratopause.deployer.errors import CannotWrite
from stratopause.deployer.events import Event, RecordsDiffer, RecordsNotKept
from stratopause.deployer.files import reason
from stratopause.deployer.records.chain import Link
from stratopause.deployer.records.entries import Entry
from stratopause.deployer.records.shelves import DirectoryShelf, Outbox

T = TypeVar("T")


class LocalCopy:
    """`directory` holds the records that passed through here, and in `unsent` those that the bucket still lacks."""

    def __init__(self, stack: str, directory: Path, show: Callable[[Event], None]) -> None:
        self.stack = stack
        self.kept = DirectoryShelf(directory)
        self.outbox = Outbox(directory / "unsent")
        self.show = show
        self._has_failed = False

    def put(self, entry: Entry) -> None:
        """Keep what is to be sent."""
        self._tolerating(lambda: self.outbox.put(entry), None)

    def take(self, entry: Entry) -> None:
        """Forget what has been sent."""
        self._tolerating(lambda: self.outbox.remove(entry), None)

    def keep(self, link: Link) -> None:
        if not self._tolerating(lambda: self.kept.add(link.number, link.body), otherwise=True):
            self.show(RecordsDiffer(self.stack, link.number, "the copy on this machine is another"))

    def unsent(self) -> tuple[Entry, ...]:
        return self._tolerating(self.outbox.all, ())

    def broken(self) -> tuple[Path, ...]:
        """The files that aren't what was put to be sent."""
        return self._tolerating(self.outbox.broken, ())

    def links(self, beyond: int = 0) -> dict[int, Link]:
        """The records kept here whose number is greater than `beyond`, in their order."""
        return self._tolerating(lambda: {one: self._link(one) for one in self.kept.numbers() if one > beyond}, {})

    def newest(self) -> Link | None:
        return self._tolerating(lambda: self._link(self.kept.numbers()[-1]) if self.kept.numbers() else None, None)

    def _link(self, number: int) -> Link:
        return Link.stored(number, self.kept.read(number))

    def _tolerating(self, do: Callable[[], T], otherwise: T) -> T:
        try:
            return do()
        except (OSError, ValueError, CannotWrite) as error:
            if not self._has_failed:
                told = error.message if isinstance(error, CannotWrite) else reason(error)
                self.show(RecordsNotKept(self.stack, told))
            self._has_failed = True
            return otherwise
