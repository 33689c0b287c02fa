"""The records of one stack: in the artifact bucket, and a copy of those that passed through here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from stratopause.deployer.records.entries import Body, Entry
from stratopause.deployer.session import Session


@dataclass(frozen=True)
class Finding:
    """What is wrong with the record `number`, or with the copy of it that lies here."""

    number: int
    problem: str


class Ledger:
    """Records are only ever added. What can't be read or written is shown, and never raised."""

    def last(self) -> Entry | None:
        raise NotImplementedError

    def append(self, body: Body, run: str | None = None) -> Entry:
        """Add a record about `run`, or else about this one."""
        raise NotImplementedError

    def open_run(self) -> Entry | None:
        """The Began of a run that hasn't ended."""
        raise NotImplementedError

    def policies(self) -> Mapping[str, str]:
        """The last known digests of stack policies, by the path of their stack (`Database`)."""
        raise NotImplementedError

    def lifted(self) -> tuple[str, ...]:
        """The paths of the stacks whose stack policy was lifted, and doesn't stand again yet."""
        raise NotImplementedError

    def entries(self) -> tuple[Entry, ...]:
        """All records that can be read, oldest first."""
        raise NotImplementedError

    def verify(self) -> tuple[Finding, ...]:
        raise NotImplementedError


def open_ledger(session: Session, bucket: str | None, directory: Path) -> Ledger:
    """The records of the session's stack; without a `bucket` they stay in `directory` (`records/dev`) for later."""
    raise NotImplementedError
