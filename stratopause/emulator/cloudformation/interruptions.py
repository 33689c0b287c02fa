"""What stops an operation: CancelUpdateStack, and the deletion of a stack that is being created.

ministack looks at a cancellation only between two resources of the root; AWS stops nested stacks, too. It also lets a
stack be deleted while it is created, and takes a second deletion for the first one.
(docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/using-cfn-stack-update-cancel.html)
"""

from __future__ import annotations

from ministack.services import cloudformation as tables
from ministack.services.cloudformation import helpers, stacks

from stratopause.emulator.cloudformation import leftovers
from stratopause.emulator.cloudformation.records import Answer, Record, change_sets, root_of


class Interrupted(Exception):
    """The resource that was about to be created or updated isn't any more."""


def check(stack: Record, is_new: bool) -> None:
    """Raises `Interrupted` where the operation that a stack is in is to stop."""
    root = root_of(stack)
    token = root.get("_deletion_token", root.get("_cancel_token") if root.get("_cancel_requested") else None)
    if token is None:
        return
    stacks.CLIENT_REQUEST_TOKEN.set(token)
    raise Interrupted(f"Resource {'creation' if is_new else 'update'} cancelled")


def cancelled(stack: Record) -> bool:
    """Whether a failed update failed because it was cancelled; asked once."""
    stack.pop("_cancel_token", None)
    return bool(stack.pop("_cancel_requested", False))


def delete_while_created(stack: Record) -> Answer:
    """Stops a creation; the deletion follows where it stops."""
    stack["_deletion_token"] = stacks.CLIENT_REQUEST_TOKEN.get()
    stack["StackStatus"] = "DELETE_IN_PROGRESS"
    for change_set in change_sets():
        if change_set["StackId"] == stack["StackId"]:
            del tables._change_sets[change_set["ChangeSetId"]]
    leftovers.prune()
    return accepted()


async def delete_now(stack: Record) -> None:
    """Deletes a stack whose creation was stopped."""
    stacks.CLIENT_REQUEST_TOKEN.set(stack.pop("_deletion_token"))
    await stacks._delete_stack_async(stack["StackName"], stack["StackId"])


def accepted() -> Answer:
    """The answer to a deletion that goes on."""
    answer: Answer = helpers._xml(200, "DeleteStackResponse", "")
    return answer
