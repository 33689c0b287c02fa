"""`history`: what was done to a stack, and whether the records of it are whole."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

from msgspec import Struct
from msgspec.structs import asdict

from stratopause.deployer import bootstrap
from stratopause.deployer.errors import NeedsRecovery
from stratopause.deployer.records.chain import Finding
from stratopause.deployer.records.ledger import open_ledger
from stratopause.deployer.records.runs import Run, runs
from stratopause.deployer.session import Session


class History(Struct, frozen=True):
    """The runs, the newest first, of `records` records; `findings` is None where nobody verified them."""

    stack: str
    records: int
    runs: tuple[Run, ...]
    findings: tuple[Finding, ...] | None = None

    @property
    def is_broken(self) -> bool:
        return bool(self.findings)

    def as_data(self) -> dict[str, Any]:
        """As JSON takes it; times are in ISO 8601."""
        data: dict[str, Any] = {"stack": self.stack, "records": self.records}
        data["runs"] = [run.as_data() for run in self.runs]
        data["findings"] = None if self.findings is None else [asdict(finding) for finding in self.findings]
        return data


def recall(session: Session, verify: bool = False) -> History:
    """Read the records in the bucket, or those on this machine where there is no bucket; nothing is changed.

    Raises:
        DeploymentError: to `verify`, the bucket can't be read.
    """
    session.check_caller()
    ledger = open_ledger(session, _bucket(session))
    findings = ledger.verify() if verify else None
    entries = ledger.entries()
    return History(session.target.stack, len(entries), runs(entries), findings)


def _bucket(session: Session) -> str | None:
    with suppress(NeedsRecovery):
        return bootstrap.of(session.cloudformation.stack(bootstrap.STACK)).bucket
    return None
