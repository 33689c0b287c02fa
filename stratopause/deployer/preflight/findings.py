"""What a check finds."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum
from typing import Any

from msgspec import Struct

from stratopause.deployer.errors import DeploymentError, PreflightFailed
from stratopause.deployer.stacks import Path


class State(StrEnum):
    """In the order in which they are shown; `UNANSWERED` is neither good nor bad: AWS didn't tell."""

    FAILED = "failed"
    WARNING = "warning"
    UNANSWERED = "unanswered"
    PASSED = "passed"


class Finding(Struct, frozen=True):
    """`place` is that of the resource it is about: the logical ids that lead to it from the root stack."""

    check: str
    state: State
    message: str
    next_step: str = ""
    place: Path = ()

    def as_data(self) -> dict[str, Any]:
        """The finding as JSON takes it."""
        return {
            "check": self.check,
            "state": str(self.state),
            "message": self.message,
            "next_step": self.next_step or None,
            "place": "/".join(self.place) or None,
        }


def passed(message: str, place: Path = ()) -> Finding:
    return Finding("", State.PASSED, message, "", place)


def warning(message: str, next_step: str, place: Path = ()) -> Finding:
    return Finding("", State.WARNING, message, next_step, place)


def failed(message: str, next_step: str, place: Path = ()) -> Finding:
    return Finding("", State.FAILED, message, next_step, place)


def unanswered(message: str, next_step: str = "", place: Path = ()) -> Finding:
    return Finding("", State.UNANSWERED, message, next_step, place)


def refuse_failed(findings: Iterable[Finding]) -> None:
    """Raises: PreflightFailed, with the first of those that failed and how many there are."""
    found = [one for one in findings if one.state is State.FAILED]
    if not found:
        return
    more = f" (and {len(found) - 1} more)" if len(found) > 1 else ""
    raise PreflightFailed(f"{found[0].check}: {found[0].message}{more}", found[0].next_step or None)


class Unanswered(DeploymentError):
    """A check can't go on without an answer that AWS doesn't give; `is_denied` is where a permission is missing."""

    def __init__(self, message: str, next_step: str | None = None, is_denied: bool = False) -> None:
        super().__init__(message, next_step)
        self.is_denied = is_denied
