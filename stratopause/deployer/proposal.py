"""A change set as it is proposed: made, waited for, read; and removed again where it comes to nothing."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from functools import partial
from typing import Final, Literal

from msgspec import Struct

from stratopause.deployer.changes import ChangeSet, Review
from stratopause.deployer.diagnosis import root_cause
from stratopause.deployer.errors import ChangeSetFailed, DeploymentError, LostSight, NeedsRecovery, NotFound
from stratopause.deployer.events import ChangeSetRequested, CreationRolledBack, DeleteAndCreateAgain, Deleting, Uploaded
from stratopause.deployer.history import last_operation
from stratopause.deployer.means import Means
from stratopause.deployer.outcomes import Declined, NothingToDo
from stratopause.deployer.plan import DeleteRolledBack, OpenChangeSet, Plan, Upload
from stratopause.deployer.reading import read, why_it_failed
from stratopause.deployer.recovery.carrying import Step, follow_through
from stratopause.deployer.recovery.losses import refuse_losses_of
from stratopause.deployer.review.findings import findings
from stratopause.deployer.services import Services
from stratopause.deployer.session import Session
from stratopause.deployer.stacks import DeployedStack, Output
from stratopause.deployer.templates import Uploads

UPLOADS_AT_ONCE: Final = 8


class Proposal(Struct, frozen=True):
    """A change set that can be executed, and what it would do; `before` are the outputs that the stack has now.

    `type` is that of the change set, `uploads` are the templates that it was made of, where they are ours.
    """

    stack: str
    review: Review
    type: Literal["CREATE", "UPDATE"] = "UPDATE"
    before: tuple[Output, ...] = ()
    without_rollback: bool = False
    uploads: Uploads | None = None

    @property
    def change_set(self) -> ChangeSet:
        return self.review.change_set


def propose(session: Session, plan: Plan, deployed: DeployedStack | None = None) -> Proposal | Declined | NothingToDo:
    """What `plan` comes to, as CloudFormation works it out; where it comes to nothing, nothing is left behind.

    `deployed` is the stack as it is now, if it was looked at.

    Raises:
        ChangeSetFailed: CloudFormation can't make one of the templates.
    """
    name = plan.open.wanted.stack
    if plan.clear is not None and not _cleared(session, plan.clear):
        return Declined(name)
    if plan.upload is not None:
        uploaded = upload(plan.upload, session.means.services)
        if uploaded.names:
            session.conversation.show(uploaded)
    session.conversation.show(ChangeSetRequested(name, plan.open.type))
    change_set = open_change_set(plan.open, session.means)
    with removed_unless_executed(session, change_set):
        if change_set.has_failed and not change_set.says_no_changes:
            raise _failure(session, name, change_set)
        review = read(session.cloudformation, change_set)
        outputs = deployed.outputs if deployed else outputs_of(session, change_set.stack_id)
        if not change_set.says_no_changes and not review.is_empty:
            return Proposal(name, review, plan.open.type, outputs, plan.open.without_rollback)
    discard(change_set, session.means)
    return NothingToDo(name, outputs)


@contextmanager
def removed_unless_executed(session: Session, change_set: ChangeSet) -> Iterator[None]:
    """What goes wrong before the stack changes leaves no change set behind."""
    try:
        yield
    except LostSight:
        raise
    except BaseException:
        with suppress(DeploymentError):
            discard(change_set, session.means)
        raise


def discard(change_set: ChangeSet, means: Means) -> None:
    """Remove a change set, and the empty stack that was made to hold it unless it holds another.

    CloudFormation deletes with it the nested change sets, and the nested stacks that are in review.
    https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_DeleteChangeSet.html
    """
    cloudformation = means.cloudformation
    with suppress(NotFound):
        cloudformation.delete_change_set(_settled(change_set, means))
    stack = cloudformation.stack(change_set.stack_id)
    if stack is not None and stack.status.is_in_review and not cloudformation.change_sets(stack.id):
        cloudformation.delete_stack(stack.id, f"{means.run}-discard")


def upload(step: Upload, services: Services) -> Uploaded:
    """The templates that weren't there, put where CloudFormation can read them."""
    with ThreadPoolExecutor(UPLOADS_AT_ONCE) as threads:
        put = threads.map(lambda artifact: services.artifacts.put(step.bucket, artifact), step.artifacts)
        names = tuple(artifact.name for artifact, is_new in zip(step.artifacts, put, strict=True) if is_new)
    return Uploaded(names, step.bucket)


def open_change_set(step: OpenChangeSet, means: Means) -> ChangeSet:
    """A change set that is made or has failed; one that is interrupted is removed."""
    change_set = means.cloudformation.create_change_set(step, means.run, means.description)
    try:
        return _settled(change_set, means)
    except KeyboardInterrupt:
        discard(change_set, means)
        raise


def _settled(change_set: ChangeSet, means: Means) -> ChangeSet:
    """Wait until it is made or has failed, however long a big tree takes: before that it can't be deleted either."""
    intervals = means.pace.intervals()
    while change_set.is_pending:
        means.clock.sleep(next(intervals))
        change_set = means.cloudformation.change_set(change_set.id)
    return change_set


def _failure(session: Session, name: str, change_set: ChangeSet) -> ChangeSetFailed:
    """Why there is no change set: what its validations and hooks found, or else the deepest reason."""
    told = f"CloudFormation can't make a change set for {name}"
    with suppress(DeploymentError):
        blocking = findings(session.cloudformation, read(session.cloudformation, change_set)).blocking
        lines = [f"{told}: {one.place or name}{f' {one.path}' if one.path else ''}: {one.reason}" for one in blocking]
        if lines:
            more = f" (and {len(lines) - 1} more)" if len(lines) > 1 else ""
            return ChangeSetFailed(f"{lines[0]}{more}", blocking[0].remedy)
    reason = why_it_failed(session.cloudformation, change_set)
    return ChangeSetFailed(f"{told}: {reason}", "correct the templates, then deploy again")


def _cleared(session: Session, step: DeleteRolledBack) -> bool:
    """The stack that is in the way is explained, and deleted after a yes.

    Raises:
        NeedsRecovery: it can't be deleted, or something in it holds data: that takes more than a yes.
    """
    stack = session.cloudformation.stack(step.stack_id)
    if stack is None:
        return True
    refuse_losses_of(stack, session)
    cause = root_cause(last_operation(session.cloudformation, stack))
    session.conversation.show(CreationRolledBack(stack.name, cause))
    if not session.agrees(DeleteAndCreateAgain(stack.name)):
        return False
    session.conversation.show(Deleting(stack.name))
    end = follow_through(session, stack, Step("delete", partial(session.cloudformation.delete_stack, stack.id)))
    if not end.status.is_absent:
        because = f": {end.cause.event.logical_id}: {end.cause.event.reason}" if end.cause else ""
        raise NeedsRecovery(f"{stack.name} can't be deleted{because}", "clear what blocks it, then deploy again")
    return True


def outputs_of(session: Session, stack_id: str) -> tuple[Output, ...]:
    stack = session.cloudformation.stack(stack_id)
    return stack.outputs if stack else ()
