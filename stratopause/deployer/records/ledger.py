"""The records of one stack: in the artifact bucket, and a copy of those that passed through this machine."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager

from msgspec import Struct

from stratopause.deployer.clock import Clock
from stratopause.deployer.errors import DeploymentError
from stratopause.deployer.events import Event, RecordsDiffer, RecordsOutOfReach, RecordsSent
from stratopause.deployer.records import chain
from stratopause.deployer.records.chain import Finding, Link
from stratopause.deployer.records.entries import Awaited, Body, Entry, Standing
from stratopause.deployer.records.local import LocalCopy
from stratopause.deployer.records.published import Published
from stratopause.deployer.records.shelves import BucketShelf
from stratopause.deployer.session import Session


class Writer(Struct, frozen=True):
    """Who records: the run, the time of day, and whom is told what goes wrong."""

    run: str
    clock: Clock
    show: Callable[[Event], None]


class Ledger:
    """Records are only ever added. What can't be read or written is shown, and never raised but by `verify`.

    To begin with, the bucket is asked for its newest record (a list and a get); it is sent what only this machine
    has. To add one is one put. Without a bucket (`published`) records wait here until there is one.
    """

    def __init__(self, stack: str, writer: Writer, local: LocalCopy, published: Published | None) -> None:
        self.stack = stack
        self.writer = writer
        self.local = local
        self.published = published
        self._unsent: list[Entry] = []
        self._has_begun = False
        self._was_out_of_reach = False

    def last(self) -> Entry | None:
        newest = self._newest()
        return newest.entry if newest else None

    def append(self, body: Body, run: str | None = None) -> Entry:
        """Add a record about `run`, which is this one unless said otherwise."""
        draft = Entry(stack=self.stack, time=self.writer.clock.time(), run=run or self.writer.run, body=body)
        entry = chain.after(self._newest(), draft)
        self._unsent.append(entry)
        self.local.put(entry)
        self._send()
        return self.last() or entry

    def open_run(self) -> Entry | None:
        """The Began of the run that hasn't ended, as far as it can be read."""
        of = self._standing().open
        return self._entry(of.number) if of else None

    def policies(self) -> Mapping[str, str]:
        """The digests of the stack policies that stand, by the path of their stack (`Database`)."""
        return self._standing().policies

    def lifted(self) -> tuple[str, ...]:
        """The paths of the stacks whose stack policy was lifted, and doesn't stand again yet."""
        return self._standing().lifted

    def awaited(self) -> tuple[Awaited, ...]:
        """The approvals in the console of which CloudTrail hasn't told yet."""
        return self._standing().awaited

    @property
    def is_settled(self) -> bool:
        """No run is open, no stack policy lifted, no approval awaited."""
        standing = self._standing()
        return not (standing.open or standing.lifted or standing.awaited)

    def entries(self) -> tuple[Entry, ...]:
        """All records that can be read, oldest first; nothing is sent for it."""
        links = self.local.links()
        if self.published is not None:
            with self._reaching():
                numbers = self.published.shelf.numbers()
                missing = [number for number in numbers if number not in links]
                links |= {link.number: link for link in self.published.read(missing)}
        stored = [links[number] for number in sorted(links)]
        found = [link.entry for link in stored if link.entry]
        waiting = [one for one in self.local.unsent() if not any(chain.says_the_same(one, other) for other in found)]
        return (*found, *(link.entry for link in _linked(stored[-1] if stored else None, waiting) if link.entry))

    def verify(self) -> tuple[Finding, ...]:
        """What is wrong with the chain, and with the copy of it on this machine; nothing is sent for it.

        Raises:
            DeploymentError: the bucket can't be read.
        """
        here = self.local.links()
        broken = [Finding(0, f"{file} isn't what was written") for file in self.local.broken()]
        if self.published is None:
            return (*chain.findings(self.stack, here), *broken)
        there = {link.number: link for link in self.published.read(self.published.shelf.numbers())}
        return (*chain.findings(self.stack, there), *_differences(here, there), *broken)

    def _standing(self) -> Standing:
        newest = self._newest()
        return newest.standing if newest else Standing()

    def _newest(self) -> Link | None:
        self._begin()
        head = self._head()
        return next(reversed(list(_linked(head, self._unsent))), head)

    def _head(self) -> Link | None:
        """The newest record that is in the bucket, as far as anybody knows."""
        is_known = self.published is not None and self.published.is_known
        return self.published.head if self.published and is_known else self.local.newest()

    def _entry(self, number: int) -> Entry | None:
        head = self._head()
        links = {link.number: link for link in (*([head] if head else ()), *_linked(head, self._unsent))}
        if number not in links and self.published is not None:
            with self._reaching():
                links |= {link.number: link for link in self.published.read([number])}
        links = self.local.links(number - 1) | links
        return links[number].entry if number in links else None

    def _begin(self) -> None:
        if self._has_begun:
            return
        self._has_begun = True
        self._unsent = list(self.local.unsent())
        if self.published is None:
            return
        waited = len(self._unsent)
        with self._reaching():
            self.published.look()
            waited += self._bring_back(self.published)
        self._send()
        if waited and not self._unsent:
            self.writer.show(RecordsSent(self.stack, waited))

    def _bring_back(self, published: Published) -> int:
        """Send the records that were in the bucket and aren't any more; how many they are.

        Where those here and those there aren't one chain, nothing is changed.
        """
        head, count = published.head, 0
        if head is not None:
            self.local.keep(head)
            if head.entry is None:
                self._differs(head.number, "it isn't what was written")
        for link in self.local.links(head.number if head else 0).values():
            follows = link.entry is not None and link.entry == chain.after(published.head, link.entry)
            if not follows or not published.add_as_it_is(link):
                self._differs(link.number, "what is on this machine and what is in the bucket aren't one chain")
                break
            count += 1
        return count

    def _send(self) -> None:
        """Send what waits, in its order; what can't be sent goes on waiting."""
        if self.published is None:
            return
        with self._reaching():
            if not self.published.is_known:
                self.published.look()
            while self._unsent:
                link = self.published.add(self._unsent[0])
                self.local.take(self._unsent.pop(0))
                if link is not None:
                    self.local.keep(link)

    @contextmanager
    def _reaching(self) -> Iterator[None]:
        try:
            yield
        except DeploymentError as error:
            if not self._was_out_of_reach:
                self.writer.show(RecordsOutOfReach(self.stack, error.message))
            self._was_out_of_reach = True

    def _differs(self, number: int, problem: str) -> None:
        self.writer.show(RecordsDiffer(self.stack, number, problem))


def open_ledger(session: Session, bucket: str | None) -> Ledger:
    """The records of the session's stack: in `bucket`, if there is one yet, and in the session's directory."""
    stack, show = session.target.stack, session.conversation.show
    published = None
    if bucket is not None:
        published = Published(BucketShelf(session.means.services.objects, bucket, stack))
    writer = Writer(session.means.run, session.means.clock, show)
    return Ledger(stack, writer, LocalCopy(stack, session.records_directory, show), published)


def _linked(head: Link | None, entries: list[Entry]) -> Iterator[Link]:
    """`entries` as they follow `head` and each other."""
    for entry in entries:
        head = Link.of(chain.after(head, entry))
        yield head


def _differences(here: Mapping[int, Link], there: Mapping[int, Link]) -> Iterator[Finding]:
    for number, link in here.items():
        if number not in there:
            yield Finding(number, "it is on this machine and not in the bucket")
        elif there[number].body != link.body:
            yield Finding(number, "the copy on this machine is another than the one in the bucket")
