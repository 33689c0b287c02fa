"""Why an operation failed: the first failed resource in the deepest stack, and what its reason means."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import Struct

from stratopause.deployer.events import Happened
from stratopause.deployer.reasons import explain
from stratopause.deployer.stacks import Path, StackEvent


class Diagnosis(Struct, frozen=True):
    """`cause` is the event of the failure, `plain` what its reason means, `evidence` what else was found out.

    `missing_action` is the IAM action that was refused, if the reason names one.
    """

    cause: Happened
    plain: str
    next_step: str
    missing_action: str | None = None
    evidence: tuple[str, ...] = ()


def diagnosed(cause: Happened | None, evidence: tuple[str, ...] = ()) -> Diagnosis | None:
    """None where nothing is known to have failed."""
    if cause is None:
        return None
    known = explain(cause.event.reason)
    return Diagnosis(cause, known.plain, known.next_step, known.missing_action, evidence)


def root_cause(happened: Sequence[Happened], path: Path = ()) -> Happened | None:
    """The first failure in the stack at `path`, and where that is a nested stack's, the first in there.

    A parent only says that an embedded stack was not created; what was cancelled, failed because of another.
    `happened` is in the order of time.
    """
    for one in happened:
        if one.path == path and _is_failure(one.event):
            if one.event.nested_stack_id is None:
                return one
            return root_cause(happened, (*path, one.event.logical_id)) or one
    return None


def _is_failure(event: StackEvent) -> bool:
    return event.status.is_failure and not event.is_of_its_stack and not was_cancelled(event.reason)


def was_cancelled(reason: str) -> bool:
    """CloudFormation's words for a resource that it gave up because another one failed."""
    operations = ("creation", "update", "deletion")
    return reason.startswith(tuple(f"Resource {operation} cancelled" for operation in operations))
