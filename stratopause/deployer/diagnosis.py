"""Why an operation failed: the first failed resource in the deepest stack."""

from __future__ import annotations

from collections.abc import Sequence

from stratopause.deployer.events import Happened
from stratopause.deployer.stacks import Path, StackEvent


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
    return event.status.is_failure and not event.is_of_its_stack and not _was_cancelled(event.reason)


def _was_cancelled(reason: str) -> bool:
    """CloudFormation's words for a resource that it gave up because another one failed."""
    operations = ("creation", "update", "deletion")
    return reason.startswith(tuple(f"Resource {operation} cancelled" for operation in operations))
