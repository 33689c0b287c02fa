"""Outcomes and events as records tell them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from stratopause.deployer.events import Happened
from stratopause.deployer.outcomes import Deployed, NothingToDo, Outcome, RolledBack, Stuck
from stratopause.deployer.records.entries import Cause, Ended, RecordedEvent

MOST_EVENTS: Final = 200
LONGEST_REASON: Final = 500


def ended(
    outcome: Outcome, seconds: float, happened: Sequence[Happened] = (), policies: Mapping[str, str] | None = None
) -> Ended:
    """The record of `outcome`; `happened` are the events of its run in their order.

    An event's reason names properties at times, but CloudFormation masks the values that are NoEcho in it.
    """
    cause = outcome.cause if isinstance(outcome, RolledBack | Stuck) else None
    outputs = outcome.outputs if isinstance(outcome, Deployed | NothingToDo) else ()
    return Ended(
        outcome=type(outcome).__name__,
        status=_status(outcome, happened),
        seconds=round(seconds, 3),
        cause=None if cause is None else _cause(cause),
        events=tuple(_event(one) for one in _bounded(happened)),
        outputs=tuple(sorted(output.logical_id for output in outputs)),
        policies=None if policies is None else dict(policies),
    )


def _status(outcome: Outcome, happened: Sequence[Happened]) -> str:
    if isinstance(outcome, RolledBack | Stuck):
        return str(outcome.status)
    of_the_root = [one.event.status for one in happened if not one.path and one.event.is_of_its_stack]
    return str(of_the_root[-1]) if of_the_root else ""


def _bounded(happened: Sequence[Happened]) -> list[Happened]:
    """All of them where they aren't too many, or else what failed first and what came last."""
    failed = [number for number, one in enumerate(happened) if one.event.status.is_failure][: MOST_EVENTS // 2]
    last = range(max(0, len(happened) - MOST_EVENTS + len(failed)), len(happened))
    return [happened[number] for number in sorted({*failed, *last})]


def _cause(happened: Happened) -> Cause:
    event = happened.event
    path = "/".join(happened.path)
    return Cause(path=path, logical_id=event.logical_id, type=event.type, reason=_short(event.reason))


def _event(happened: Happened) -> RecordedEvent:
    event = happened.event
    return RecordedEvent(
        path="/".join(happened.path),
        logical_id=event.logical_id,
        type=event.type,
        status=str(event.status),
        time=event.time,
        reason=_short(event.reason),
    )


def _short(reason: str) -> str:
    """No longer than a record bears, and nothing that UTF-8 can't say."""
    reason = reason.encode(errors="replace").decode()
    return reason if len(reason) <= LONGEST_REASON else reason[: LONGEST_REASON - 1] + "…"
