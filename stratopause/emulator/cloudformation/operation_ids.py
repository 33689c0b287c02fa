"""Operations: each deployment, rollback, deletion and first change set of a stack has an id, which its events carry.

ministack has ids for failed validations alone.
(docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/view-stack-events-by-operation.html)
"""

from __future__ import annotations

from typing import Any

from ministack.core.responses import new_uuid

from stratopause.emulator.cloudformation.corrections import Function, corrects
from stratopause.emulator.cloudformation.records import Record, events_of, stack_of

BEGIN = {
    "REVIEW_IN_PROGRESS": "CREATE_CHANGESET",
    "CREATE_IN_PROGRESS": "CREATE_STACK",
    "UPDATE_IN_PROGRESS": "UPDATE_STACK",
    "IMPORT_IN_PROGRESS": "UPDATE_STACK",
    "DELETE_IN_PROGRESS": "DELETE_STACK",
    "ROLLBACK_IN_PROGRESS": "ROLLBACK",
    "UPDATE_ROLLBACK_IN_PROGRESS": "ROLLBACK",
    "IMPORT_ROLLBACK_IN_PROGRESS": "ROLLBACK",
}


@corrects("_add_event")
def with_operation(
    original: Function, stack_id: str, stack_name: str, logical_id: str, *told: Any, **more: Any
) -> None:
    """Records an event with the operation that it belongs to; one of a stack itself can begin another operation."""
    stack = stack_of(stack_id) or {}
    status = told[1]
    if logical_id == stack_name and status in BEGIN:
        begin(stack, BEGIN[status])
    known = len(events_of({"StackId": stack_id}))
    original(stack_id, stack_name, logical_id, *told, **more)
    for event in events_of({"StackId": stack_id})[known:]:
        event.update(stack.get("_operations", [{}])[0])


def begin(stack: Record, kind: str) -> None:
    """Begins an operation; the rollback of a rollback that failed is one that goes on."""
    failed = any(
        event["ResourceStatus"] == "UPDATE_ROLLBACK_FAILED" and event["LogicalResourceId"] == stack.get("StackName")
        for event in events_of(stack)[-1:]
    )
    kind = "CONTINUE_ROLLBACK" if failed and kind == "ROLLBACK" else kind
    stack.setdefault("_operations", []).insert(0, {"OperationId": new_uuid(), "OperationType": kind})


@corrects("_operation_event")
def in_operation(original: Function, stack_id: str, _operation_id: str, *told: Any, **more: Any) -> Record:
    """What pre-deployment validation found belongs to the deployment that it stops."""
    event: Record = original(stack_id, last_operation(stack_of(stack_id) or {}), *told, **more)
    return event


def last_operation(stack: Record) -> str:
    """The id of the operation that a stack is in, or was in last."""
    return str(stack.get("_operations", [{}])[0].get("OperationId", ""))
