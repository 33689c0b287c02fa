"""One operation that leads out of a status: recorded, begun, followed to its end, recorded again."""

from __future__ import annotations

from collections.abc import Callable

from msgspec import Struct

from stratopause.deployer.diagnosis import root_cause
from stratopause.deployer.errors import DeploymentError, LostSight
from stratopause.deployer.events import Ended, Happened
from stratopause.deployer.follow import follow
from stratopause.deployer.records.entries import Ended as RecordedEnd
from stratopause.deployer.records.entries import Recovered
from stratopause.deployer.session import Session
from stratopause.deployer.stacks import DeployedStack
from stratopause.deployer.status import StackStatus
from stratopause.deployer.watch import Watch

Note = Callable[[Recovered | RecordedEnd], object]
"""Takes down what is about to be done, and how it ended."""


def unrecorded(body: Recovered | RecordedEnd) -> None:
    """Where there is no record yet: a stack that was never deployed from here."""


class Step(Struct, frozen=True):
    """What is asked of CloudFormation: `begin` takes the request's token. `action` and `arguments` are recorded."""

    action: str
    begin: Callable[[str], None]
    arguments: tuple[str, ...] = ()


class End(Struct, frozen=True):
    """How the operation ended, and why if it failed."""

    status: StackStatus
    cause: Happened | None


def carry_out(session: Session, stack: DeployedStack, step: Step, who: str, note: Note) -> End:
    """Begin the step and follow it to its end; one that had begun already, or ended, isn't begun again.

    Raises:
        Refused: CloudFormation says no, and the stack is as it was.
        LostSight: it isn't known how it goes on.
    """
    note(Recovered(action=step.action, confirmed_by=who, arguments=step.arguments))
    end = follow_through(session, stack, step)
    note(RecordedEnd(outcome=step.action, status=str(end.status)))
    return end


def follow_through(session: Session, stack: DeployedStack, step: Step) -> End:
    """`carry_out` without a record of it."""
    watch = Watch.from_now(session.cloudformation, stack.id, stack.name)
    with session.while_it_goes_on(stack.name):
        return _begun(session, stack, step) or followed(session, watch)


def followed(session: Session, watch: Watch) -> End:
    status = session.tell(follow(watch, session.means.clock, session.means.pace))
    session.conversation.show(Ended(watch.name, status))
    return End(status, root_cause(watch.happened))


def _begun(session: Session, stack: DeployedStack, step: Step) -> End | None:
    """None where the operation is at work; whether a request that failed took effect, the stack's status tells."""
    try:
        step.begin(f"{session.means.run}-{step.action}")
    except DeploymentError:
        now = _status(session, stack)
        if now is stack.status:
            raise
        return None if now.is_in_progress else End(now, None)
    return None


def _status(session: Session, stack: DeployedStack) -> StackStatus:
    try:
        found = session.cloudformation.stack(stack.id)
    except DeploymentError as error:
        raise LostSight(f"it isn't known whether {stack.name} goes on: {error.message}") from None
    return found.status if found else StackStatus.DELETE_COMPLETE
