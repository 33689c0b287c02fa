r"""Events as a program reads them: one JSON object per line on stdout, in ASCII, each written when it happens.

Every line has `kind` and `time` (ISO 8601, UTC). What a program may rely on; more members, and kinds for events that
are not listed, can come:

- `resource`, `stack`: an event of a resource, or of a stack itself: `stack` (`clinic-dev/Database`), `logical_id`,
  `physical_id`, `type`, `status`, `reason` (the first 4,096 characters); `time` is when it happened.
- `review_ready`, `executing`: `stack`, and by kind of change the number of resources in `changes`; the first also
  `judgement`: the names of `losses`, `replacements` and `broadenings` (`Database/Instance`), or null.
- `attached`: an operation that ran already is followed: `stack`, `status`, `since`, `who` or null.
- `rolling_back`: it has failed and is being rolled back: `stack`, `cause` (an event as above) or null, `evidence`.
- `still_at_work`: nothing new for a minute: `stack`, `at_work` (place, logical id, seconds).
- `ended`: `stack`, `status`.
- `outcome`, the last line: `outcome` (`deployed`, `rolled_back`, `stuck`, `nothing_to_do`, ...), `exit_code`, what
  there is of `stack`, `status`, `seconds`, `outputs` (by Output, without secrets), and `diagnosis` or null: `cause`,
  `plain`, `next_step`, `missing_action`, `evidence`.
- `error`, the last line of a command that can't go on: `error` (its class), `message`, `next_step`, `exit_code`.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Callable, Collection
from dataclasses import fields, is_dataclass
from datetime import datetime
from pathlib import PurePath
from typing import Any, Final, TextIO

from msgspec import Struct

from stratopause import exit_codes
from stratopause.deployer.changes import Review
from stratopause.deployer.events import Event, Happened
from stratopause.deployer.outcomes import Outcome
from stratopause.deployer.outputs import public
from stratopause.deployer.review.judgement import Judgement
from stratopause.deployer.stacks import Output
from stratopause.errors import StratopauseError

LONGEST: Final = 4096


class JsonLines:
    """`choose.Reader` for programs."""

    def __init__(self, out: TextIO, time: Callable[[], datetime]) -> None:
        self.out = out
        self.time = time

    def show(self, event: Event) -> None:
        self._write(_of_event(event))

    def conclude(self, outcome: Outcome) -> None:
        data = _members(outcome)
        diagnosis = getattr(outcome, "diagnosis", None)
        for inside in ("cause", "evidence", "before", "judgement"):
            data.pop(inside, None)
        name = _snake(type(outcome).__name__)
        data |= {"outcome": name, "exit_code": outcome.exit_code, "diagnosis": _plain(diagnosis)}
        self._write({"kind": "outcome"} | data)

    def fail(self, error: BaseException) -> None:
        code = getattr(error, "exit_code", exit_codes.INTERNAL_ERROR)
        told = {"kind": "error", "error": type(error).__name__, "message": str(error)[:LONGEST], "next_step": None}
        if isinstance(error, StratopauseError):
            told |= {"message": error.message[:LONGEST], "next_step": error.next_step}
        self._write(told | {"exit_code": exit_codes.INTERRUPTED if isinstance(error, KeyboardInterrupt) else code})

    def _write(self, data: dict[str, Any]) -> None:
        line = json.dumps({"kind": data["kind"], "time": self.time().isoformat()} | data)
        self.out.write(not_a_command(line) + "\n")
        self.out.flush()


def not_a_command(line: str) -> str:
    """The same JSON without what a runner of GitHub would obey wherever in a line it stands."""
    return line.replace("##[", "#\\u0023[")


def _of_event(event: Event) -> dict[str, Any]:
    if isinstance(event, Happened):
        kind = "stack" if event.event.is_of_its_stack else "resource"
        return {"kind": kind} | _happened(event)
    return {"kind": _snake(type(event).__name__)} | _members(event)


def _happened(happened: Happened) -> dict[str, Any]:
    event = happened.event
    return {
        "time": event.time.isoformat(),
        "stack": "/".join((happened.root, *happened.path)),
        "logical_id": event.logical_id,
        "physical_id": event.physical_id,
        "type": event.type,
        "status": str(event.status),
        "reason": event.reason[:LONGEST],
    }


def _members(record: Any) -> dict[str, Any]:
    """What a record holds, by name; of a review only how many resources change, since values may be secret."""
    told = {name: getattr(record, name) for name in members_of(type(record))}
    members = {name: _plain(value) for name, value in told.items() if not isinstance(value, Review)}
    review = told.get("review")
    return members | ({"changes": _counts(review)} if isinstance(review, Review) else {})


def members_of(kind: type[Any]) -> tuple[str, ...]:
    """The names of what a record holds."""
    return kind.__struct_fields__ if issubclass(kind, Struct) else tuple(field.name for field in fields(kind))


def _plain(value: Any) -> Any:
    if isinstance(value, Happened):
        return _happened(value)
    if isinstance(value, Judgement):
        return _judged(value)
    if is_dataclass(value) or isinstance(value, Struct):
        return _members(value)
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, tuple | list | frozenset | set):
        return _many(value)
    return value if value is None or isinstance(value, bool | int | float) else _text(value)


def _judged(judgement: Judgement) -> dict[str, Any]:
    """By name alone: `plan --json` tells the rest."""
    return {
        "losses": list(judgement.loss_names),
        "replacements": sorted("/".join((*path, one.logical_id)) for path, one in judgement.replacements),
        "broadenings": sorted({one.name for one in judgement.broadenings}),
    }


def _many(values: Collection[Any]) -> Any:
    if values and all(isinstance(one, Output) for one in values):
        return {one.logical_id: one.value for one in public(values)}
    return [_plain(one) for one in (values if isinstance(values, tuple | list) else sorted(values))]


def _text(value: Any) -> str:
    return (value.as_posix() if isinstance(value, PurePath) else str(value))[:LONGEST]


def _counts(review: Review) -> dict[str, int]:
    kinds = Counter(str(change.kind) for _, change in review.all() if not change.is_nested_stack)
    return dict(sorted(kinds.items()))


def _snake(name: str) -> str:
    return re.sub(r"(?<!^)(?=[A-Z])", "_", name).lower()
