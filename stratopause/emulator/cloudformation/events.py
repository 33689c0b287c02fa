"""Events as AWS tells them.

ministack tells an update of every resource, changed or not; has no event for the moment when a resource's
physical id is known ("Resource creation Initiated"); leaves out who began an operation; and words the
failure of a stack otherwise. (Wording: docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/view-stack-events.html)
"""

from __future__ import annotations

import re
from functools import partial

from ministack.services.cloudformation import stacks

from stratopause.emulator.cloudformation.corrections import Function, corrects
from stratopause.emulator.cloudformation.operation import OPERATION
from stratopause.emulator.cloudformation.records import STACK, Record, events_of, stack_of

INITIATED = "Resource creation Initiated"
FAILED_RESOURCE = re.compile(r"Resource (\w+) failed: ", re.DOTALL)
BEGINNINGS = ("CREATE_IN_PROGRESS", "UPDATE_IN_PROGRESS", "DELETE_IN_PROGRESS", "REVIEW_IN_PROGRESS")


@corrects("_add_event")
def add_event(  # noqa: PLR0913, PLR0917 ministack's signature
    original: Function,
    stack_id: str,
    stack_name: str,
    logical_id: str,
    resource_type: str,
    status: str,
    reason: str = "",
    physical_id: str = "",
    detailed_status: str = "",
) -> None:
    """Records an event of a stack or of one of its resources."""
    tell = partial(original, stack_id, stack_name, logical_id, resource_type)
    if logical_id == stack_name:
        if not reason and status in BEGINNINGS:
            reason = "User Initiated"
        tell(status, stack_reason(status, reason), physical_id, detailed_status)
        return
    operation = OPERATION.get()
    if operation is not None and logical_id not in operation.present:
        status = status.replace("UPDATE_", "CREATE_")
    if operation is None:
        tell(status, reason, physical_id, detailed_status)
    elif status == "UPDATE_IN_PROGRESS" and not physical_id:
        operation.held = partial(tell, status, reason, resource_id(stack_id, logical_id), detailed_status)
    elif status == "UPDATE_COMPLETE" and logical_id in operation.unchanged:
        operation.held = None
    else:
        operation.release()
        if status == "CREATE_COMPLETE" and resource_type != STACK:
            tell("CREATE_IN_PROGRESS", INITIATED, physical_id)
        tell(status, reason, physical_id or resource_id(stack_id, logical_id), detailed_status)


def change_status(stack: Record, status: str, reason: str = "") -> None:
    """Gives a stack a status, and tells it."""
    stack["StackStatus"], stack["StackStatusReason"] = status, reason
    stacks._add_event(stack["StackId"], stack["StackName"], stack["StackName"], STACK, status, reason, stack["StackId"])


def last_reason(stack: Record, status: str, logical_id: str | None = None) -> str:
    """The reason of the last event of a stack, or of one of its resources, whose status ends so; empty if none does."""
    own = [event for event in events_of(stack) if event["LogicalResourceId"] == (logical_id or stack["StackName"])]
    reasons = [event["ResourceStatusReason"] for event in own if event["ResourceStatus"].endswith(status)]
    return str(reasons[-1]) if reasons else ""


def resource_id(stack_id: str, logical_id: str) -> str:
    """The physical id of a resource, empty before it has one."""
    stack = stack_of(stack_id) or {}
    return str(stack.get("_resources", {}).get(logical_id, {}).get("PhysicalResourceId", ""))


def stack_reason(status: str, reason: str) -> str:
    """Why a stack has a status, in AWS's words.

    >>> stack_reason("CREATE_FAILED", "Resource Key failed: no such key")
    'The following resource(s) failed to create: [Key]. '
    """
    failed = FAILED_RESOURCE.match(reason)
    if failed is None or not status.endswith("_FAILED"):
        return reason
    return f"The following resource(s) failed to {status.split('_', maxsplit=1)[0].lower()}: [{failed[1]}]. "
