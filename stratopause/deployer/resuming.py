"""A run that its client left, brought to its end by whichever command comes next."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from stratopause.deployer.changing import outcome_of
from stratopause.deployer.events import Happened, RunConcluded
from stratopause.deployer.history import last_operation
from stratopause.deployer.protection.lifting import restore
from stratopause.deployer.records.approvals import complete_pending
from stratopause.deployer.records.entries import Began, Ended, Entry, Restored
from stratopause.deployer.records.ledger import Ledger
from stratopause.deployer.records.telling import ended
from stratopause.deployer.running import NOT_EXECUTED
from stratopause.deployer.session import Session
from stratopause.deployer.stacks import DeployedStack

GONE = "Gone"
"""The outcome of a run whose stack isn't there any more."""


def conclude(session: Session, ledger: Ledger, stack: DeployedStack | None) -> None:
    """Have stand again what a run has lifted, record how it ended, and who approved it.

    Nothing is done while the stack is at work: the run goes on. It is safe to repeat.
    """
    if stack is not None and stack.status.is_in_progress:
        return
    restore(session, ledger.lifted(), lambda policies: _restored(ledger, policies))
    left = ledger.open_run()
    if left is not None and isinstance(left.body, Began):
        how = _how_it_ended(session, left, left.body, stack)
        ledger.append(how, left.run)
        session.conversation.show(RunConcluded(session.target.stack, left.run, how.outcome))
    complete_pending(ledger, session.means.services.trail)


def _restored(ledger: Ledger, policies: Mapping[str, str]) -> None:
    ledger.append(Restored(policies=dict(policies)))


def _how_it_ended(session: Session, left: Entry, began: Began, stack: DeployedStack | None) -> Ended:
    if stack is None or stack.status.is_absent:
        return Ended(outcome=GONE)
    happened = () if stack.status.is_in_review else last_operation(session.cloudformation, stack)
    if not _was_begun_by(left.run, began, stack, happened):
        return Ended(outcome=NOT_EXECUTED)
    until = happened[-1].event.time if happened else stack.since
    seconds = max(0.0, (until - left.time).total_seconds())
    return ended(outcome_of(session, stack, happened, seconds), seconds, happened)


def _was_begun_by(run: str, began: Began, stack: DeployedStack, happened: Sequence[Happened]) -> bool:
    """The last operation on the stack is that of the run: by the change set, or by the token of the request."""
    if began.change_set is not None and stack.change_set_id == began.change_set:
        return not stack.status.is_in_review
    return any(one.event.token.startswith(run) for one in happened)
