"""The chain of records in the bucket, which grows at its end whoever else adds to it at the same time."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Final

from stratopause.deployer.errors import Refused
from stratopause.deployer.records.chain import Link, after, says_the_same
from stratopause.deployer.records.entries import Entry
from stratopause.deployer.records.shelves import Shelf

TRIES: Final = 50
READS_AT_ONCE: Final = 8


class Published:
    """`head` is the newest record, once `look` has found it.

    Raises:
        DeploymentError: the bucket can't be reached, or refuses.
    """

    def __init__(self, shelf: Shelf) -> None:
        self.shelf = shelf
        self.head: Link | None = None
        self.is_known = False

    def look(self) -> None:
        number = self.shelf.newest()
        self.head = None if number is None else Link.stored(number, self.shelf.read(number))
        self.is_known = True

    def add(self, entry: Entry) -> Link | None:
        """Put `entry` after the newest record; None where it is there already.

        It was made to be the record `entry.number`, so it stands there or later if it stands anywhere: a first
        attempt may have come through though nobody heard of it.
        """
        for _ in range(TRIES):
            if self._holds(entry):
                return None
            link = Link.of(after(self.head, entry))
            if self.add_as_it_is(link):
                return link
            self.look()
        raise Refused(f"others keep adding records of {entry.stack} at the same time")

    def add_as_it_is(self, link: Link) -> bool:
        """False where its number is taken."""
        if not self.shelf.add(link.number, link.body):
            return False
        self.head = link
        return True

    def read(self, numbers: Collection[int]) -> Iterator[Link]:
        with ThreadPoolExecutor(READS_AT_ONCE) as threads:
            for number, body in zip(numbers, threads.map(self.shelf.read, numbers), strict=True):
                yield Link.stored(number, body)

    def _holds(self, entry: Entry) -> bool:
        newest = self.head.number if self.head else 0
        older = self.read(range(entry.number, newest))
        found = [self.head, *older] if self.head and newest >= entry.number else []
        return any(link.entry is not None and says_the_same(link.entry, entry) for link in found)
