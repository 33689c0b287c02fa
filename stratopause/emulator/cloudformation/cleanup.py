"""The end of an operation on a tree.

ministack removes what an update replaced as soon as that stack is done, and tells no event of it; AWS
waits until the whole tree is updated, so that a sibling's failure can be rolled back
(UPDATE_COMPLETE_CLEANUP_IN_PROGRESS).
"""

from __future__ import annotations

from ministack.services.cloudformation import stacks

from stratopause.emulator.cloudformation import leftovers
from stratopause.emulator.cloudformation.events import change_status
from stratopause.emulator.cloudformation.operation import Removed, Steps
from stratopause.emulator.cloudformation.records import Record, children

CLEANUP = "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS"


async def conclude(root: Record) -> None:
    """The end of an operation: the removals of the whole tree, or the end of what was only in review."""
    if root["StackStatus"] == CLEANUP:
        await clean_up(root)
    leftovers.end_review(root)


async def clean_up(stack: Record) -> None:
    """Removes what an update replaced or dropped, users before what they use, and completes the update."""
    previous = stack.pop("_previous", None) or {}
    for which, steps in stack.pop("_removals", {}).items():
        await remove(stack, previous, which, steps)
    for child in reversed(children(stack)):
        if child["StackStatus"] == CLEANUP:
            await clean_up(child)
    change_status(stack, "UPDATE_COMPLETE")


async def remove(stack: Record, previous: Record, which: Removed, steps: Steps) -> None:
    """One removal; a failed one doesn't fail the update, and what is left stays in the stack."""
    logical_id, resource_type, physical_id = which

    def tell(status: str, reason: str = "") -> None:
        names = (stack["StackId"], stack["StackName"], logical_id, resource_type)
        stacks._add_event(*names, status, reason, physical_id)

    tell("DELETE_IN_PROGRESS")
    try:
        for step in steps:
            await step()
    except Exception as problem:  # noqa: BLE001 whatever a handler raises is the resource's reason
        tell("DELETE_FAILED", str(problem))
        leftover = previous.get("_resources", {}).get(logical_id)
        if leftover is not None and logical_id not in stack["_resources"]:
            failed = {"ResourceStatus": "DELETE_FAILED", "ResourceStatusReason": str(problem)}
            stack["_resources"][logical_id] = {**leftover, **failed}
    else:
        tell("DELETE_COMPLETE")
