"""The steps of a plan, carried out."""

from __future__ import annotations

from collections.abc import Generator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import Final

from msgspec import Struct

from stratopause.deployer.changes import ChangeSet
from stratopause.deployer.diagnosis import root_cause
from stratopause.deployer.errors import NeedsRecovery, NotFound
from stratopause.deployer.events import Deleting, Ended, Event, Happened, Uploaded
from stratopause.deployer.follow import Watch, follow, newest_event
from stratopause.deployer.means import Means
from stratopause.deployer.plan import OpenChangeSet, Upload
from stratopause.deployer.services import Services
from stratopause.deployer.stacks import DeployedStack
from stratopause.deployer.status import StackStatus

UPLOADS_AT_ONCE: Final = 8


class Deletion(Struct, frozen=True):
    """How a deletion ended, and why if it failed."""

    status: StackStatus
    cause: Happened | None


def upload(step: Upload, services: Services) -> Uploaded:
    """The templates that weren't there, put where CloudFormation can read them."""
    with ThreadPoolExecutor(UPLOADS_AT_ONCE) as threads:
        put = threads.map(lambda artifact: services.artifacts.put(step.bucket, artifact), step.artifacts)
        names = tuple(artifact.name for artifact, is_new in zip(step.artifacts, put, strict=True) if is_new)
    return Uploaded(names, step.bucket)


def delete(stack: DeployedStack, means: Means) -> Generator[Event, None, Deletion]:
    """Delete the stack and follow it to the end."""
    yield Deleting(stack.name)
    watch = Watch(means.cloudformation, stack.id, stack.name, newest_event(means.cloudformation, stack.id))
    means.cloudformation.delete_stack(stack.id, f"{means.run}-delete")
    status = yield from follow(watch, means.clock, means.pace)
    yield Ended(stack.name, status)
    return Deletion(status, root_cause(watch.happened))


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


def clear(stack: DeployedStack, means: Means) -> Generator[Event, None, None]:
    """Delete the stack that is in the way.

    Raises:
        NeedsRecovery: it can't be deleted.
    """
    deletion = yield from delete(stack, means)
    if not deletion.status.is_absent:
        cause = deletion.cause
        because = f": {cause.event.logical_id}: {cause.event.reason}" if cause else ""
        raise NeedsRecovery(f"{stack.name} can't be deleted{because}", "clear what blocks it, then deploy again")


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
