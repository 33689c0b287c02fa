"""`destroy`: a root stack deleted with all that is nested in it, after its name has been typed."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from stratopause.deployer import outputs
from stratopause.deployer.errors import NotApproved, TerminationProtected
from stratopause.deployer.events import DestructionReady, Kept, ProtectionLifted
from stratopause.deployer.execute import delete
from stratopause.deployer.inventory import StackInventory, inventory
from stratopause.deployer.outcomes import Destroyed, NothingToDestroy, Outcome, Stuck
from stratopause.deployer.plan import RECOVERIES, unfit
from stratopause.deployer.services import CloudFormation
from stratopause.deployer.session import Session
from stratopause.deployer.stacks import DeployedStack, Path, StackResource
from stratopause.deployer.status import StackStatus
from stratopause.deployer.templates import Template

NEVER_DELETED: Final = frozenset({StackStatus.UPDATE_ROLLBACK_FAILED, StackStatus.IMPORT_ROLLBACK_FAILED})
"""Deleting from these can take what the rollback was still to restore."""

Guarded = tuple[tuple[Path, StackResource], ...]


def destroy(session: Session, confirmed: str | None = None) -> Outcome:
    """Delete the target's root stack; `confirmed` is its name, where nobody is there to type it.

    Before that the deletion protection of the databases and load balancers in this tree is lifted.

    Raises:
        NotApproved: what was typed isn't the stack's name.
        TerminationProtected, StackBusy, NeedsRecovery: the stack may not or can't be deleted now.
    """
    session.check_caller()
    stack = session.cloudformation.stack(session.target.stack)
    if stack is None or stack.status.is_absent:
        outputs.forget(session.outputs_file)
        return NothingToDestroy(session.target.stack)
    _refuse(stack)
    if confirmed is None and not session.conversation.can_ask:
        raise NotApproved(
            "nobody can be asked: there is no terminal", f"run it in a terminal, or with --confirm {stack.name}"
        )
    tree = tuple(inventory(session.cloudformation, stack.id))
    kept, guarded = tuple(_kept(session.cloudformation, tree)), _guarded(session, tree)
    resources = sum(not resource.is_nested_stack for part in tree for resource in part.resources)
    session.conversation.show(DestructionReady(stack.name, resources, kept, guarded))
    if not (session.conversation.types(stack.name) if confirmed is None else confirmed == stack.name):
        raise NotApproved(f"what was typed isn't {stack.name}: nothing was deleted", f"type {stack.name} to destroy it")
    return _destroy(session, stack, kept, guarded)


def _refuse(stack: DeployedStack) -> None:
    if stack.is_protected:
        raise TerminationProtected(
            f"{stack.name} has termination protection",
            f"aws cloudformation update-termination-protection --no-enable-termination-protection "
            f"--stack-name {stack.name}, then destroy again",
        )
    if stack.status.is_in_progress or stack.status in NEVER_DELETED:
        raise unfit(stack)


def _destroy(session: Session, stack: DeployedStack, kept: tuple[Kept, ...], guarded: Guarded) -> Outcome:
    for path, resource in guarded:
        session.means.services.protections.lift(resource)
        session.conversation.show(ProtectionLifted(path, resource))
    with session.while_it_goes_on(stack.name):
        deletion = session.tell(delete(stack, session.means))
    if not deletion.status.is_absent:
        return Stuck(stack.name, deletion.status, deletion.cause, RECOVERIES[StackStatus.DELETE_FAILED])
    outputs.forget(session.outputs_file)
    return Destroyed(stack.name, kept)


def _guarded(session: Session, tree: tuple[StackInventory, ...]) -> Guarded:
    guards = session.means.services.protections.guards
    return tuple((part.path, resource) for part in tree for resource in part.resources if guards(resource))


def _kept(cloudformation: CloudFormation, tree: tuple[StackInventory, ...]) -> Iterator[Kept]:
    for part in tree:
        template = cloudformation.template(part.stack_id)
        for resource in part.resources:
            policy = _deletion_policy(template, resource.logical_id)
            if policy in {"Retain", "RetainExceptOnCreate", "Snapshot"} and not resource.status.is_gone:
                yield Kept(part.path, resource, as_snapshot=policy == "Snapshot")


def _deletion_policy(template: Template, logical_id: str) -> Any:
    """https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-attribute-deletionpolicy.html"""
    return template.get("Resources", {}).get(logical_id, {}).get("DeletionPolicy", "Delete")
