"""`cancel`, `rollback` and `recover`: each asks the table first, then somebody, and may be repeated."""

from __future__ import annotations

from collections.abc import Collection

from stratopause.deployer.answers import Command, Condition, How, Nothing, Proceed, consult, next_step
from stratopause.deployer.destruction import delete
from stratopause.deployer.errors import NotPossible
from stratopause.deployer.events import CancelUpdate, RollBack, RollbackLoses, SkippedMayDiffer
from stratopause.deployer.history import attach, last_operation
from stratopause.deployer.inventory import inventory
from stratopause.deployer.outcomes import Declined, Explained, NotNeeded, Outcome, Restored, Stuck
from stratopause.deployer.recovery.carrying import End, Note, Step, carry_out, followed, unrecorded
from stratopause.deployer.recovery.consent import confirm_name, require_name
from stratopause.deployer.recovery.evidence import gather
from stratopause.deployer.recovery.explaining import explain
from stratopause.deployer.recovery.failed import Failed, chosen, unrestored
from stratopause.deployer.recovery.losses import Placed, kept, lost, new_resources, there
from stratopause.deployer.session import Session
from stratopause.deployer.stacks import DeployedStack
from stratopause.deployer.status import StackStatus


def cancel(session: Session, note: Note = unrecorded) -> Outcome:
    """Cancel a running update, so that CloudFormation restores what was before, and follow that to its end.

    Raises:
        NotApproved, StackBusy, NeedsRecovery, StackAbsent
        NotPossible: the update has ended before it could be cancelled.
    """
    who = session.check_caller().arn
    stack, given = _found(session, Command.CANCEL)
    if stack is None or isinstance(given, Nothing):
        return _not_needed(session, given)
    if given.how is How.FOLLOW:
        return _how_it_ends(session, stack)
    session.require_somebody()
    if not session.agrees(CancelUpdate(stack.name, explain(session, stack).told.who)):
        return Declined(stack.name)
    step = Step("cancel", lambda token: session.cloudformation.cancel_update(stack.id, token))
    end = carry_out(session, stack, step, who, note)
    if end.status.is_complete:
        raise NotPossible(
            f"{stack.name} is {end.status}: the update ended before it could be cancelled",
            f"check out the earlier commit, then {session.target.command('deploy')}",
        )
    return _outcome(session, stack, end)


def roll_back(
    session: Session, skip: Collection[str] = (), confirmed: str | None = None, note: Note = unrecorded
) -> Outcome:
    """Take a stack whose last operation failed back to its last stable state.

    `skip` names the resources (`Database.Instance`) to go on without, where a rollback has failed. `confirmed` is the
    stack's name, where what holds data would go and nobody is there to type it.

    Raises:
        NotApproved, StackBusy, NeedsRecovery, StackAbsent
        NotPossible: there is nothing to roll back, or a resource to skip isn't one that failed.
    """
    who = session.check_caller().arn
    stack, given = _found(session, Command.ROLLBACK)
    if stack is None or isinstance(given, Nothing):
        return _not_needed(session, given)
    if skip and given.how is not How.CONTINUE_ROLLBACK:
        raise NotPossible(
            f"{stack.name} is {stack.status}: resources are skipped only in {StackStatus.UPDATE_ROLLBACK_FAILED}",
            session.target.command("rollback"),
        )
    if given.how is How.FOLLOW:
        return _how_it_ends(session, stack)
    if given.how is How.CONTINUE_ROLLBACK:
        return _continue(session, stack, skip, who, note)
    if not _may_roll_back(session, stack, confirmed):
        return Declined(stack.name)
    step = Step("rollback", lambda token: session.cloudformation.roll_back(stack.id, token))
    return _outcome(session, stack, carry_out(session, stack, step, who, note))


def recover(session: Session, note: Note = unrecorded) -> Outcome:
    """Explain how the stack is and what leads out of it; do the first of that, if somebody wants it.

    Raises:
        DeploymentError: what the way out raises.
    """
    session.check_caller()
    stack, given = _found(session, Command.RECOVER)
    if stack is None or isinstance(given, Nothing):
        return _not_needed(session, given)
    explanation = explain(session, stack)
    session.conversation.show(explanation.told)
    if stack.status in Condition.IMPORT_ROLLBACK_FAILED.statuses:
        session.conversation.show(gather(session, stack))
    if given.how is not How.OFFER or not (session.conversation.can_ask or session.assume_yes):
        return Explained(stack.name, stack.status)
    if explanation.ways[0].command is Command.RECOVER_BY_DELETING:
        return delete(session, Command.RECOVER_BY_DELETING, note=note)
    return roll_back(session, note=note)


def _found(session: Session, command: Command) -> tuple[DeployedStack | None, Proceed | Nothing]:
    stack = session.cloudformation.stack(session.target.stack)
    return stack, consult(command, stack, session.target.stack, session.target.typed)


def _not_needed(session: Session, given: Proceed | Nothing) -> NotNeeded:
    return NotNeeded(session.target.stack, given.why if isinstance(given, Nothing) else "doesn't exist")


def _how_it_ends(session: Session, stack: DeployedStack) -> Outcome:
    with session.while_it_goes_on(stack.name):
        return _outcome(session, stack, followed(session, attach(session.cloudformation, stack)))


def _outcome(session: Session, stack: DeployedStack, end: End) -> Outcome:
    following = next_step(end.status, session.target.typed)
    if end.status.needs_recovery or end.status.is_in_progress:
        return Stuck(stack.name, end.status, end.cause, following)
    return Restored(stack.name, end.status, following)


def _continue(session: Session, stack: DeployedStack, skip: Collection[str], who: str, note: Note) -> Outcome:
    session.require_somebody()
    skipped = _skipped(session, stack, skip) if skip else ()
    names = tuple(one.name for one in skipped)
    if skipped:
        session.conversation.show(SkippedMayDiffer(stack.name, names))
    if not session.agrees(RollBack(stack.name, names)):
        return Declined(stack.name)
    leaving = tuple(one.name_to_skip for one in skipped)
    step = Step(
        "continue-rollback", lambda token: session.cloudformation.continue_rollback(stack.id, token, leaving), names
    )
    return _outcome(session, stack, carry_out(session, stack, step, who, note))


def _skipped(session: Session, stack: DeployedStack, skip: Collection[str]) -> tuple[Failed, ...]:
    failed = unrestored(tuple(inventory(session.cloudformation, stack.id)))
    return chosen(skip, failed, session.target.command("recover"))


def _may_roll_back(session: Session, stack: DeployedStack, confirmed: str | None) -> bool:
    losses = _losses(session, stack)
    if not losses:
        session.require_somebody()
        return session.agrees(RollBack(stack.name))
    require_name(session, confirmed)
    session.conversation.show(RollbackLoses(stack.name, losses))
    confirm_name(session, confirmed)
    return True


def _losses(session: Session, stack: DeployedStack) -> tuple[Placed, ...]:
    """What holds data, and was made by the operation that failed: a rollback deletes it."""
    tree = tuple(inventory(session.cloudformation, stack.id))
    made = new_resources(last_operation(session.cloudformation, stack))
    new = [(path, resource) for path, resource in there(tree) if (path, resource.physical_id) in made]
    return lost(new, kept(session.cloudformation, tree))
