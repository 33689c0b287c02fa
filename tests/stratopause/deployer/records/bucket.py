"""A bucket in memory, somebody who reads along, and ledgers over both."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from stratopause.deployer.errors import DeploymentError, NotFound
from stratopause.deployer.events import Event
from stratopause.deployer.records.entries import Began, Entry
from stratopause.deployer.records.ledger import Ledger, Writer
from stratopause.deployer.records.local import LocalCopy
from stratopause.deployer.records.published import Published
from stratopause.deployer.records.shelves import BucketShelf

STACK = "clinic-dev"
NOON = datetime(2026, 1, 31, 12, tzinfo=UTC)


def draft(run: str = "run-1", body: object = None, minutes: int = 0) -> Entry:
    began = Began(command="deploy", who="arn:aws:iam::111122223333:role/me")
    return Entry(stack=STACK, time=NOON + timedelta(minutes=minutes), run=run, body=body or began)  # type: ignore[arg-type]


@dataclass
class Bucket:
    """`services.Objects`. Before each call it raises what `failing` has for its name, and calls `before`."""

    objects: dict[str, bytes] = field(default_factory=dict)
    failing: dict[str, list[DeploymentError]] = field(default_factory=dict)
    calls: list[str] = field(default_factory=list)
    before: list[Callable[[], None]] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def newest(self, bucket: str, prefix: str) -> str | None:
        self._call("newest")
        return min((key for key in self.objects if key.startswith(prefix)), default=None)

    def keys(self, bucket: str, prefix: str) -> tuple[str, ...]:
        self._call("keys")
        return tuple(sorted(key for key in self.objects if key.startswith(prefix)))

    def read(self, bucket: str, key: str) -> bytes:
        self._call("read")
        if key not in self.objects:
            raise NotFound(f"no {key}", "NoSuchKey")
        return self.objects[key]

    def write_new(self, bucket: str, key: str, body: bytes) -> bool:
        self._call("write_new")
        with self.lock:
            return self.objects.setdefault(key, body) is body

    def _call(self, name: str) -> None:
        self.calls.append(name)
        if self.before:
            self.before.pop(0)()
        if self.failing.get(name):
            raise self.failing[name].pop(0)


@dataclass
class Minutes:
    """A clock on which a minute passes with each look."""

    looks: int = 0

    def now(self) -> float:
        raise AssertionError("nobody times a record")

    def sleep(self, seconds: float) -> None:
        raise AssertionError("nobody waits for a record")

    def time(self) -> datetime:
        self.looks += 1
        return NOON + timedelta(minutes=self.looks)


@dataclass
class Machine:
    """Where a deployer runs: a directory of its own, and what was shown there."""

    directory: Path
    bucket: Bucket | None
    clock: Minutes = field(default_factory=Minutes)
    shown: list[Event] = field(default_factory=list)

    def ledger(self, run: str = "run-1") -> Ledger:
        """As a new process opens it."""
        shelf = None if self.bucket is None else BucketShelf(self.bucket, "artifacts", STACK)
        writer = Writer(run, self.clock, self.shown.append)
        local = LocalCopy(STACK, self.directory, self.shown.append)
        return Ledger(STACK, writer, local, None if shelf is None else Published(shelf))
