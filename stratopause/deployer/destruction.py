"""`destroy` and `recover --delete`: a root stack deleted with all that is nested in it, once its name is typed."""

from __future__ import annotations

from collections.abc import Collection

from msgspec import Struct

from stratopause.deployer import outputs
from stratopause.deployer.answers import Command, Nothing, consult, next_step
from stratopause.deployer.errors import NotPossible, TerminationProtected
from stratopause.deployer.events import Deleting, DeletingNested, DestructionReady, Kept, ProtectionLifted
from stratopause.deployer.inventory import StackInventory, inventory
from stratopause.deployer.outcomes import Destroyed, NothingToDestroy, Outcome, Stuck
from stratopause.deployer.records.entries import Recovered
from stratopause.deployer.recovery.carrying import End, Note, Step, carry_out, unrecorded
from stratopause.deployer.recovery.consent import confirm_name, require_name
from stratopause.deployer.recovery.failed import Failed, chosen, undeleted
from stratopause.deployer.recovery.losses import Placed, blocked, kept, lost, there
from stratopause.deployer.session import Session
from stratopause.deployer.stacks import DeployedStack, Path
from stratopause.deployer.status import StackStatus


class Destruction(Struct, frozen=True):
    """What is to be deleted, what is left by policy, what is `retained` because it can't be deleted."""

    stack: DeployedStack
    tree: tuple[StackInventory, ...]
    kept: tuple[Kept, ...]
    guarded: tuple[Placed, ...]
    retained: tuple[Failed, ...]

    @property
    def left(self) -> tuple[Kept, ...]:
        return (*self.kept, *(Kept(one.path, one.resource) for one in self.retained))


def destroy(session: Session, confirmed: str | None = None, note: Note = unrecorded) -> Outcome:
    """Delete the target's root stack; `confirmed` is its name, where nobody is there to type it.

    Before that the deletion protection of the databases and load balancers in this tree is lifted.

    Raises:
        NotApproved: what was typed isn't the stack's name.
        TerminationProtected, StackBusy, NeedsRecovery: the stack may not or can't be deleted now.
    """
    return delete(session, Command.DESTROY, confirmed, note=note)


def delete(
    session: Session,
    command: Command,
    confirmed: str | None = None,
    retain: Collection[str] = (),
    note: Note = unrecorded,
) -> Outcome:
    """`retain` names resources (`Database.Instance`) to leave behind, of those whose deletion has failed.

    Raises:
        NotPossible: a resource to retain isn't one whose deletion failed.
        DeploymentError: as `destroy`.
    """
    who = session.check_caller().arn
    name = session.target.stack
    stack = session.cloudformation.stack(name)
    given = consult(command, stack, name, session.target.typed)
    if stack is None or isinstance(given, Nothing):
        outputs.forget(session.outputs_file)
        return NothingToDestroy(name)
    if stack.is_protected:
        raise _protected(stack, session.target.command(command))
    require_name(session, confirmed)
    destruction = _look(session, stack, retain)
    session.conversation.show(_ready(session, destruction))
    confirm_name(session, confirmed)
    _lift(session, destruction, who, note)
    return _delete(session, destruction, who, note)


def _protected(stack: DeployedStack, again: str) -> TerminationProtected:
    return TerminationProtected(
        f"{stack.name} has termination protection",
        f"aws cloudformation update-termination-protection --no-enable-termination-protection "
        f"--stack-name {stack.name}, then {again}",
    )


def _look(session: Session, stack: DeployedStack, retain: Collection[str]) -> Destruction:
    tree = tuple(inventory(session.cloudformation, stack.id))
    guards = session.means.services.protections.guards
    return Destruction(
        stack,
        tree,
        kept(session.cloudformation, tree),
        tuple(one for one in there(tree) if guards(one[1])),
        _retained(session, stack, tree, retain) if retain else (),
    )


def _retained(
    session: Session, stack: DeployedStack, tree: tuple[StackInventory, ...], retain: Collection[str]
) -> tuple[Failed, ...]:
    """CloudFormation takes RetainResources only in DELETE_FAILED.

    https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_DeleteStack.html
    """
    again = session.target.command(Command.RECOVER_BY_DELETING)
    if stack.status is not StackStatus.DELETE_FAILED:
        raise NotPossible(
            f"{stack.name} is {stack.status}: resources are retained only in {StackStatus.DELETE_FAILED}", again
        )
    return chosen(retain, undeleted(tree), again)


def _ready(session: Session, destruction: Destruction) -> DestructionReady:
    placed, left = there(destruction.tree), destruction.left
    return DestructionReady(
        destruction.stack.name,
        len(placed),
        left,
        destruction.guarded,
        lost(placed, left),
        blocked(session.means.services.api, placed, left),
    )


def _lift(session: Session, destruction: Destruction, who: str, note: Note) -> None:
    if destruction.guarded:
        names = tuple(".".join((*path, resource.logical_id)) for path, resource in destruction.guarded)
        note(Recovered(action="lift-protection", confirmed_by=who, arguments=names))
    for path, resource in destruction.guarded:
        session.means.services.protections.lift(resource)
        session.conversation.show(ProtectionLifted(path, resource))


def _delete(session: Session, destruction: Destruction, who: str, note: Note) -> Outcome:
    """Nested stacks that leave something behind go first, the deepest of them first, then the root."""
    for path in sorted({one.path for one in destruction.retained if one.path}, key=len, reverse=True):
        end = _delete_nested(session, destruction, path, who, note)
        if not end.status.is_absent:
            return _stuck(session, destruction.stack, end)
    session.conversation.show(Deleting(destruction.stack.name))
    end = carry_out(session, destruction.stack, _deletion(session, destruction, destruction.stack, ()), who, note)
    if not end.status.is_absent:
        return _stuck(session, destruction.stack, end)
    outputs.forget(session.outputs_file)
    return Destroyed(destruction.stack.name, destruction.left)


def _delete_nested(session: Session, destruction: Destruction, path: Path, who: str, note: Note) -> End:
    stack_id = next(part.stack_id for part in destruction.tree if part.path == path)
    stack = session.cloudformation.stack(stack_id)
    if stack is None or stack.status.is_absent:
        return End(StackStatus.DELETE_COMPLETE, None)
    step = _deletion(session, destruction, stack, path)
    session.conversation.show(DeletingNested(path, step.arguments))
    return carry_out(session, stack, step, who, note)


def _deletion(session: Session, destruction: Destruction, stack: DeployedStack, path: Path) -> Step:
    here = [one for one in destruction.retained if one.path == path]
    logical_ids = tuple(one.resource.logical_id for one in here)
    return Step(
        f"delete-{'-'.join(path)[-40:]}" if path else "delete",
        lambda token: session.cloudformation.delete_stack(stack.id, token, logical_ids),
        tuple(one.name for one in here),
    )


def _stuck(session: Session, stack: DeployedStack, end: End) -> Stuck:
    return Stuck(stack.name, end.status, end.cause, next_step(StackStatus.DELETE_FAILED, session.target.typed))
