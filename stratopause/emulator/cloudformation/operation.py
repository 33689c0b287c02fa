"""What one deployment of one stack knows of itself, beside ministack's record of the stack."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any

from stratopause.emulator.cloudformation.records import Record

# A resource to remove: its logical id, type and physical id; and the steps of its removal.
Removed = tuple[str, str, str]
Steps = list[Callable[[], Awaitable[Any]]]


@dataclass
class Operation:
    """A creation or an update of a stack that runs.

    `present` are the resources that the stack had before; `unchanged` are those that an update leaves
    alone, `held` is the event of one that it isn't known of yet; `removals` wait for the end of the whole
    tree's update, so that a rollback finds everything where it was, and `snapshots` for the removal that
    they belong to.
    """

    stack: Record
    disable_rollback: bool
    present: frozenset[str] = frozenset()
    unchanged: set[str] = field(default_factory=set)
    held: Callable[[], None] | None = None
    removals: dict[Removed, Steps] = field(default_factory=dict)
    snapshots: Steps = field(default_factory=list)

    def release(self) -> None:
        """Tells the event that was held back."""
        held, self.held = self.held, None
        if held is not None:
            held()

    def defer(self, which: Removed, *steps: Callable[[], Awaitable[Any]]) -> None:
        """Leaves the removal of a resource for the end of the whole tree's update."""
        self.removals.setdefault(which, []).extend(steps)


# The deployment that the running task is in; None outside of one, and in a rollback or a deletion.
OPERATION: ContextVar[Operation | None] = ContextVar("stratopause_operation", default=None)

# The policies that don't keep a resource from deletion now: those that end with a failed creation.
WITHOUT: ContextVar[tuple[str, ...]] = ContextVar("stratopause_without_policies", default=())
