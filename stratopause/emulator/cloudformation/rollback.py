"""Rollbacks of a whole tree.

ministack gives a nested stack no rollback: what was created in it stays, and an update is "sent back" by
another update, which can't bring back what was replaced or removed. Here every nested stack that a failed
operation touched is taken back by ministack's own rollback of a root stack; and what a rollback can't delete
stays in its stack, where ministack forgets it.
"""

from __future__ import annotations

from typing import Any

from ministack.core.responses import now_iso
from ministack.services.cloudformation import stacks

from stratopause.emulator.cloudformation import interruptions, nesting
from stratopause.emulator.cloudformation.corrections import Function, corrects
from stratopause.emulator.cloudformation.events import last_reason
from stratopause.emulator.cloudformation.operation import OPERATION, WITHOUT
from stratopause.emulator.cloudformation.records import STACK, Record, children
from stratopause.emulator.cloudformation.skips import SKIPPED


@corrects("_roll_back_operation")
async def roll_back(
    original: Function,
    stack_name: str,
    stack_id: str,
    stack: Record,
    operation: dict[str, Any],
    reason_override: str = "",
) -> None:
    """Undoes a failed creation or update, nested stacks that failed or were updated included."""
    if "_deletion_token" in stack:
        stack["_template"], stack["_resolved_params"] = operation["template"], operation["param_values"]
        return
    failed = operation.get("failed_logical_id")
    reason = "User Initiated" if interruptions.cancelled(stack) else reason_override
    if not reason and operation["is_update"] and not failed:
        reason = last_reason(stack, "UPDATE_FAILED")
    if failed and not operation["is_update"] and not reason:
        reason = f"The following resource(s) failed to create: [{failed}]. Rollback requested by user."
    add_failed_child(stack, operation)
    without = ("RetainExceptOnCreate", "Snapshot", *(["Retain"] if operation["retain_except_on_create"] else []))
    tokens = OPERATION.set(None), WITHOUT.set(without)
    before = dict(stack["_resources"])
    try:
        await roll_back_unnoticed(stack, operation)
        await original(stack_name, stack_id, stack, operation, reason)
    finally:
        OPERATION.reset(tokens[0])
        WITHOUT.reset(tokens[1])
    if stack["StackStatus"].endswith("ROLLBACK_COMPLETE"):
        stack["StackStatusReason"] = last_reason(stack, "ROLLBACK_IN_PROGRESS")
    elif stack["StackStatus"] == "ROLLBACK_FAILED":
        keep_undeleted(stack, before)
        stack["_template"], stack["_resolved_params"] = operation["template"], operation["param_values"]


def keep_undeleted(stack: Record, before: Record) -> None:
    """Lists what the rollback of a creation couldn't delete, with the reason, for a deletion to try again."""
    for logical_id in stack["_rollback_failed"]:
        reason = last_reason(stack, "DELETE_FAILED", logical_id)
        told = {"ResourceStatus": "DELETE_FAILED", "ResourceStatusReason": reason, "Timestamp": now_iso()}
        stack["_resources"][logical_id] = {**before[logical_id], **told}


@corrects("_resource_policy")
def policy(original: Function, definition: Record, attribute: str, *context: Any) -> str:
    """A resource's deletion policy; in a rollback, what the failed operation created isn't kept by every policy.

    (docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-attribute-deletionpolicy.html)
    """
    found: str = original(definition, attribute, *context)
    return "Delete" if attribute == "DeletionPolicy" and found in WITHOUT.get() else found


async def revert(stack_id: str) -> tuple[str, nesting.Attributes]:
    """Takes a nested stack back to where it was before the operation that failed elsewhere."""
    child = nesting.existing(stack_id)
    if child["StackStatus"] == "UPDATE_FAILED":
        await undo(child, child["_failed_operation"])
    elif child["StackStatus"] == "UPDATE_ROLLBACK_FAILED":
        skipped = SKIPPED.get().get(child["StackName"], frozenset())
        await stacks._continue_update_rollback_async(child["StackName"], stack_id, skipped)
    elif "_previous" in child:
        await undo(child, undoing(child))
    if child["StackStatus"].endswith("_FAILED"):
        raise ValueError(
            f"Embedded stack {stack_id} was not successfully updated. Currently in {child['StackStatus']} "
            f"with reason: {child['StackStatusReason']}"
        )
    return stack_id, nesting.outputs(child)


def add_failed_child(stack: Record, operation: dict[str, Any]) -> None:
    """A nested stack whose creation failed has resources too: it is rolled back like what was created."""
    failed = operation.get("failed_logical_id")
    record = stack["_resources"].get(failed, {})
    was_being_created = record.get("ResourceType") == STACK and record["ResourceStatus"].startswith("CREATE_")
    if was_being_created and failed not in operation["created"]:
        operation["created"] = [*operation["created"], failed]


async def roll_back_unnoticed(stack: Record, operation: dict[str, Any]) -> None:
    """Takes back the nested stacks that were updated although their resource has the same properties."""
    before = (operation.get("previous_stack") or {}).get("_resources", {})
    for child in children(stack):
        logical_id = child["_logical_id"]
        now = stack["_resources"].get(logical_id, {})
        same = now.get("Properties") == before.get(logical_id, {}).get("Properties")
        if same and "_previous" in child and operation["is_update"]:
            await revert(child["StackId"])


async def undo(child: Record, operation: dict[str, Any]) -> None:
    """Undoes an update of a nested stack; what waited to be removed stays."""
    child.pop("_previous", None)
    child.pop("_removals", None)
    await stacks._roll_back_operation(child["StackName"], child["StackId"], child, operation)


def undoing(child: Record) -> dict[str, Any]:
    """A completed update, described as ministack describes one that failed."""
    previous = child["_previous"]
    operation: dict[str, Any] = stacks._failed_operation(
        True,
        previous,
        list(child["_resources"]),
        None,
        None,
        [],
        False,
        child["_template"],
        child["_resolved_params"],
        False,
        child["Tags"],
        previous["Tags"],
    )
    return operation
