"""A run that its client left, brought to its end by whichever command comes next."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from stratopause.deployer.errors import NotFound
from stratopause.deployer.events import Happened, RunConcluded
from stratopause.deployer.execute import outcome_of
from stratopause.deployer.history import last_operation
from stratopause.deployer.outcomes import Deployed
from stratopause.deployer.protection.lifting import restore
from stratopause.deployer.protection.termination import protect_from_termination
from stratopause.deployer.records.approvals import complete_pending
from stratopause.deployer.records.entries import Began, Ended, Entry, Restored
from stratopause.deployer.records.ledger import Ledger
from stratopause.deployer.records.telling import ended
from stratopause.deployer.running import NOT_EXECUTED, guard
from stratopause.deployer.session import Session
from stratopause.deployer.stacks import DeployedStack

GONE = "Gone"
"""The outcome of a run whose stack isn't there any more."""


def conclude(session: Session, ledger: Ledger, stack: DeployedStack | None) -> None:
    """Have stand again what a run has lifted, record how it ended, and who approved it.

    Nothing is done while the stack is at work, or a change set still waits for a decision in the console: the run
    goes on. It is safe to repeat.
    """
    if stack is not None and stack.status.is_in_progress:
        return
    left = ledger.open_run()
    if left is not None and isinstance(left.body, Began) and _waits_for_console(session, left.body):
        return
    restore(session, ledger.lifted(), lambda policies: _restored(ledger, policies))
    if left is not None and isinstance(left.body, Began):
        how = _how_it_ended(session, ledger, left, stack)
        ledger.append(how, left.run)
        session.conversation.show(RunConcluded(session.target.stack, left.run, how.outcome))
    complete_pending(ledger, session.means.services.trail)


def _restored(ledger: Ledger, policies: Mapping[str, str]) -> None:
    ledger.append(Restored(policies=dict(policies)))


def _waits_for_console(session: Session, began: Began) -> bool:
    """Somebody may execute it yet, with the stack policies as the run has left them."""
    if began.change_set is None or began.approval is None or not began.approval.pending:
        return False
    try:
        return session.cloudformation.change_set(began.change_set).is_available
    except NotFound:
        return False


def _how_it_ended(session: Session, ledger: Ledger, left: Entry, stack: DeployedStack | None) -> Ended:
    began = left.body
    if not isinstance(began, Began) or stack is None or stack.status.is_absent:
        return Ended(outcome=GONE)
    happened = () if stack.status.is_in_review else last_operation(session.cloudformation, stack)
    if not _was_begun_by(left.run, began, stack, happened):
        return Ended(outcome=NOT_EXECUTED)
    until = happened[-1].event.time if happened else stack.since
    seconds = max(0.0, (until - left.time).total_seconds())
    outcome = outcome_of(session, stack, happened, seconds)
    policies = None
    if isinstance(outcome, Deployed) and began.change_set is not None:
        policies = guard(session, ledger, stack.id)
        protect_from_termination(session, stack)
    return ended(outcome, seconds, happened, policies)


def _was_begun_by(run: str, began: Began, stack: DeployedStack, happened: Sequence[Happened]) -> bool:
    """The last operation on the stack is that of the run: by the change set, or by the token of the request."""
    if began.change_set is not None and stack.was_last_changed_by(began.change_set):
        return True
    return any(one.event.token.startswith(run) for one in happened)
