"""`watch`: an operation that is running already, whoever began it, followed to its end."""

from __future__ import annotations

from msgspec.structs import replace

from stratopause.deployer import outputs
from stratopause.deployer.answers import Command, consult
from stratopause.deployer.collecting import collect
from stratopause.deployer.diagnosis import root_cause
from stratopause.deployer.errors import StackAbsent
from stratopause.deployer.events import Attached, Happened
from stratopause.deployer.execute import followed
from stratopause.deployer.history import attach, last_operation
from stratopause.deployer.outcomes import Deployed, Destroyed, NothingRunning, Outcome
from stratopause.deployer.recovery.holder import holder
from stratopause.deployer.session import Session
from stratopause.deployer.stacks import DeployedStack
from stratopause.deployer.status import StackStatus


def watch(session: Session, longest: float | None = None) -> Outcome:
    """Follow what runs on the target's root stack to its end, or for `longest` seconds; then collect the outputs.

    Raises:
        WrongTarget: the credentials are of another account or partition than the target's.
        StackAbsent: there is nothing to look at.
        LostSight: the stack goes on, but isn't followed any more.
    """
    session.check_caller()
    stack = _stack(session)
    status = _running(session, stack)
    if status is None:
        return _nothing_running(session, stack)
    who = holder(session.cloudformation, stack)
    session.conversation.show(Attached(stack.name, status, stack.since, who))
    watched = attach(session.cloudformation, stack)
    with session.while_it_goes_on(stack.name):
        outcome = followed(session, watched, longest=longest)
    if watched.status is not None and watched.status.is_absent:
        outputs.forget(session.outputs_file)
        return Destroyed(stack.name, ())
    if not isinstance(outcome, Deployed):
        return outcome
    collect(session)
    return replace(outcome, seconds=_seconds(watched.happened))


def _stack(session: Session) -> DeployedStack:
    name = session.target.stack
    stack = session.cloudformation.stack(name)
    if stack is None:
        raise StackAbsent(f"{name} doesn't exist", session.target.command("deploy"))
    consult(Command.WATCH, stack, name, session.target.typed)
    return stack


def _running(session: Session, stack: DeployedStack) -> StackStatus | None:
    """The status, if something runs; just after it has begun only the events may tell."""
    if stack.status.is_in_progress:
        return stack.status
    own = (event for event in session.cloudformation.events(stack.id) if event.is_of_its_stack)
    newest = next((StackStatus.of(event.status) for event in own), stack.status)
    return newest if newest.is_in_progress else None


def _nothing_running(session: Session, stack: DeployedStack) -> NothingRunning:
    has_ended_badly = stack.status.needs_recovery or stack.status.is_rolled_back
    happened = last_operation(session.cloudformation, stack) if has_ended_badly else ()
    return NothingRunning(stack.name, stack.status, stack.since, root_cause(happened))


def _seconds(happened: list[Happened]) -> float:
    """From the operation's first event to its last, also those from before this command."""
    times = [one.event.time for one in happened]
    return (max(times) - min(times)).total_seconds() if times else 0.0
