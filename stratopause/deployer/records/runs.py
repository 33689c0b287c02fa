"""Records read as a history: one line for each run."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from msgspec import Struct
from msgspec.structs import asdict, replace

from stratopause.deployer.records.entries import ApprovalFound, Began, Ended, Entry, Recovered, Restored

GOES_ON = "not ended"


class Run(Struct, frozen=True):
    """What was done: `who` approved it, or else began it; an empty `who` isn't known yet.

    `seconds` is None while the run hasn't ended.
    """

    number: int
    name: str
    when: datetime
    command: str
    who: str
    outcome: str = GOES_ON
    status: str = ""
    seconds: float | None = None
    approval: str = ""
    plan_digest: str = ""
    commit: str = ""

    def as_data(self) -> dict[str, Any]:
        """As JSON takes it; times are in ISO 8601."""
        return {**asdict(self), "when": self.when.isoformat()}


def runs(entries: Iterable[Entry]) -> tuple[Run, ...]:
    """The runs that `entries`, oldest first, tell of; the newest one first."""
    found: list[Run] = []
    begun: dict[str, int] = {}
    acts: dict[str, int] = {}
    for entry in entries:
        match entry.body:
            case Began():
                begun[entry.run] = len(found)
                found.append(_begun(entry, entry.body))
            case Ended() if entry.run in acts:
                place = acts[entry.run]
                found[place] = replace(found[place], outcome=entry.body.status or entry.body.outcome)
            case Ended() | ApprovalFound() if entry.run in begun:
                place = begun[entry.run]
                found[place] = _told_more(found[place], entry.body)
            case Recovered() | Restored():
                if isinstance(entry.body, Recovered):
                    acts[entry.run] = len(found)
                found.append(_act(entry, entry.body))
    return tuple(reversed(found))


def _begun(entry: Entry, began: Began) -> Run:
    approval = began.approval
    who = began.who if approval is None or not (approval.pending or approval.who) else approval.who or ""
    return Run(
        number=entry.number,
        name=entry.run,
        when=entry.time,
        command=began.command,
        who=who,
        approval="" if approval is None else approval.how,
        plan_digest=began.plan_digest or "",
        commit=began.commit,
    )


def _told_more(run: Run, body: Ended | ApprovalFound) -> Run:
    if isinstance(body, ApprovalFound):
        return replace(run, who=body.who)
    return replace(run, outcome=body.outcome, status=body.status, seconds=body.seconds)


def _act(entry: Entry, body: Recovered | Restored) -> Run:
    if isinstance(body, Recovered):
        command, who, outcome = " ".join((body.action, *body.arguments)), body.confirmed_by, "Recovered"
    else:
        command, who, outcome = "restore stack policies", "", "Restored"
    return Run(entry.number, entry.run, entry.time, command, who, outcome)
