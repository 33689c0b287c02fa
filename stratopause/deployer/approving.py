"""Whose yes a change set runs by: somebody's here, or whoever executes it in the AWS console."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from enum import Enum, auto

from stratopause.deployer.changes import ChangeSet
from stratopause.deployer.clock import Pace
from stratopause.deployer.errors import DataLossNotAllowed, NotFound, StalePlan, Throttled, Unreachable
from stratopause.deployer.events import WaitingForConsole
from stratopause.deployer.session import Session

CONSOLE_PACE = Pace(first=1.0, longest=10.0)
"""A person takes minutes to read a review."""


class Decision(Enum):
    EXECUTED = auto()
    DELETED = auto()


def refuse_losses(losses: Sequence[str], allowed: Collection[str], command: str, held: Sequence[str] = ()) -> None:
    """Every loss of data must have been allowed by its name (`Database/Instance`); so must whatever else stack
    policies keep from going (`held`), though nothing of it is lost.

    Raises:
        DataLossNotAllowed: `command` with what to add, where one is not.
    """
    lost = [name for name in losses if name not in allowed]
    kept = [name for name in held if name not in (*losses, *allowed)]
    told = [f"data would be lost with {', '.join(lost)}"] if lost else []
    told += [f"{', '.join(kept)} would be deleted or replaced, which stack policies forbid"] if kept else []
    if told:
        every = " ".join(dict.fromkeys((*losses, *held)))
        raise DataLossNotAllowed(
            f"{'; '.join(told)}, and nobody has allowed that", f"if it shall be: {command} --allow-data-loss {every}"
        )


def decided_in_console(session: Session, change_set: ChangeSet) -> Decision:
    """Wait until somebody executes or deletes the change set, in the console or wherever.

    Raises:
        StalePlan: another change to the stack came before.
    """
    link = session.target.change_set_link(change_set.stack_id, change_set.id)
    session.conversation.show(WaitingForConsole(change_set.name or change_set.id, link))
    intervals = CONSOLE_PACE.intervals()
    while (decision := _decision_if_answered(session, change_set)) is None:
        session.means.clock.sleep(next(intervals))
    return decision


def has_begun(session: Session, change_set: ChangeSet) -> bool:
    """The change set has been executed, whoever did it."""
    try:
        return session.cloudformation.change_set(change_set.id).was_executed
    except NotFound:
        stack = session.cloudformation.stack(change_set.stack_id)
        return stack is not None and stack.was_last_changed_by(change_set.id)


def _decision_if_answered(session: Session, change_set: ChangeSet) -> Decision | None:
    try:
        return _decision(session, change_set)
    except (Throttled, Unreachable):
        return None


def _decision(session: Session, change_set: ChangeSet) -> Decision | None:
    try:
        now = session.cloudformation.change_set(change_set.id)
    except NotFound:
        return _decision_on_what_is_gone(session, change_set)
    if now.was_executed:
        return Decision.EXECUTED
    if now.is_obsolete:
        raise _overtaken(change_set)
    return Decision.DELETED if now.is_going else None


def _decision_on_what_is_gone(session: Session, change_set: ChangeSet) -> Decision:
    stack = session.cloudformation.stack(change_set.stack_id)
    if stack is None or stack.status.is_in_review or stack.status.is_absent:
        return Decision.DELETED
    if stack.was_last_changed_by(change_set.id):
        return Decision.EXECUTED
    if change_set.created is not None and stack.since > change_set.created:
        raise _overtaken(change_set)
    return Decision.DELETED


def _overtaken(change_set: ChangeSet) -> StalePlan:
    return StalePlan(f"the stack has changed since {change_set.name or change_set.id} was made", "plan again")
