"""A proposal executed, here or in the AWS console, and followed to its end."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import islice
from typing import Final

from msgspec.structs import replace

from stratopause.deployer.answers import next_step
from stratopause.deployer.approving import Decision, decided_in_console, has_begun
from stratopause.deployer.changes import ChangeSet
from stratopause.deployer.diagnosis import root_cause
from stratopause.deployer.errors import (
    DeploymentError,
    Interrupted,
    LostSight,
    Stale,
    StalePlan,
    Throttled,
    Unreachable,
)
from stratopause.deployer.events import Ended, Executing, Happened
from stratopause.deployer.evidence import witness
from stratopause.deployer.follow import follow
from stratopause.deployer.outcomes import Declined, Deployed, Outcome, RolledBack, Stuck
from stratopause.deployer.proposal import Proposal, outputs_of
from stratopause.deployer.session import Session
from stratopause.deployer.stacks import DeployedStack, Output
from stratopause.deployer.watch import Watch

LAST_TRIES: Final = 30


def carry_out(session: Session, proposal: Proposal, watch: Watch) -> Outcome:
    """Execute exactly the change set that was proposed, and follow it to the end.

    Raises:
        Stale: the stack has changed since.
        LostSight: the stack changes, but can't be followed any more.
    """
    with session.while_it_goes_on(proposal.stack):
        _execute(session, proposal.change_set, proposal.without_rollback)
        return _to_the_end(session, proposal, watch)


def carry_out_in_console(session: Session, proposal: Proposal, watch: Watch) -> Outcome:
    """Wait until somebody executes what was proposed in the AWS console, and follow it to the end.

    Raises:
        StalePlan: another change to the stack came before.
        LostSight: the stack changes, but can't be followed any more.
    """
    try:
        decision = decided_in_console(session, proposal.change_set)
    except StalePlan:
        raise
    except BaseException as error:
        _refuse_to_forget(session, proposal, error)
        raise
    if decision is Decision.DELETED:
        return Declined(proposal.stack)
    with session.while_it_goes_on(proposal.stack):
        return _to_the_end(session, proposal, watch)


def _refuse_to_forget(session: Session, proposal: Proposal, error: BaseException) -> None:
    """Who stops waiting for the console, by Ctrl-C or for want of credentials, may have missed the decision.

    Raises:
        LostSight: it was executed, or nobody can tell.
    """
    try:
        begun = has_begun(session, proposal.change_set)
    except DeploymentError:
        begun = None
    if begun is False:
        return
    what = "goes on" if begun else "may be changed yet, by whoever executes the change set in the AWS console"
    because = f": {error.message}" if isinstance(error, DeploymentError) else ""
    kind = Interrupted if isinstance(error, KeyboardInterrupt) else LostSight
    raise kind(f"{proposal.stack} {what}; nobody waits for it here{because}", session.target.command("watch")) from None


def _to_the_end(session: Session, proposal: Proposal, watch: Watch) -> Outcome:
    """Whatever goes wrong here, the stack goes on."""
    try:
        session.conversation.show(Executing(proposal.stack, proposal.review))
        return followed(session, watch, proposal.before)
    except LostSight:
        raise
    except Exception as error:
        what = error.message if isinstance(error, DeploymentError) else f"{type(error).__name__}: {error}"
        raise LostSight(f"{proposal.stack} goes on, but {what}") from error


def _execute(session: Session, change_set: ChangeSet, without_rollback: bool) -> None:
    """Whether a request that got no answer took effect, only CloudFormation knows: then it is asked.

    Raises:
        LostSight: it can't be asked either.
    """
    try:
        session.cloudformation.execute_change_set(change_set, session.means.run, without_rollback)
    except (Unreachable, Stale, Throttled):
        try:
            begun = has_begun(session, change_set)
        except DeploymentError as error:
            raise LostSight(f"it isn't known whether the change set runs: {error.message}") from None
        if not begun:
            raise


def followed(session: Session, watch: Watch, before: tuple[Output, ...] = (), longest: float | None = None) -> Outcome:
    """How the operation that `watch` looks at has ended; `longest` is for how many seconds it is followed."""
    clock, name = session.means.clock, watch.name
    began = clock.now()
    status = session.tell(follow(watch, clock, session.means.pace, witness(session.means.services.api), longest))
    session.conversation.show(Ended(name, status))
    has_failed = status.needs_recovery or status.is_rolled_back or status.is_absent
    outputs = () if has_failed else _outputs_in_the_end(session, watch.root_id)
    outcome = outcome_of(
        session,
        DeployedStack(watch.root_id, name, status, clock.time(), "", outputs),
        watch.happened,
        clock.now() - began,
        before,
    )
    return replace(outcome, evidence=watch.evidence) if isinstance(outcome, RolledBack | Stuck) else outcome


def outcome_of(
    session: Session,
    stack: DeployedStack,
    happened: Sequence[Happened],
    seconds: float,
    before: tuple[Output, ...] = (),
) -> Deployed | RolledBack | Stuck:
    """What an operation that has ended has come to, by the status in which it left the stack."""
    if stack.status.needs_recovery:
        return Stuck(stack.name, stack.status, root_cause(happened), next_step(stack.status, session.target.typed))
    if stack.status.is_rolled_back or stack.status.is_absent:
        return RolledBack(stack.name, stack.status, root_cause(happened))
    return Deployed(stack.name, stack.outputs, seconds, before)


def _outputs_in_the_end(session: Session, stack_id: str) -> tuple[Output, ...]:
    """A success stays one, even if AWS has too much to do just then to tell its outputs."""
    for interval in islice(session.means.pace.intervals(), LAST_TRIES):
        try:
            return outputs_of(session, stack_id)
        except (Throttled, Unreachable):
            session.means.clock.sleep(interval)
    return outputs_of(session, stack_id)
