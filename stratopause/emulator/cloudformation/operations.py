"""Creations and updates of stacks.

ministack deploys a whole stack in one step of its event loop, so nobody sees progress, and puts nested
stacks on a thread beside it; here every resource is a step of its own, and a nested stack is deployed by
the same code as a root. ministack also removes what an update replaced as soon as that stack is done;
AWS waits until the whole tree is updated, so that a sibling's failure can be rolled back.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from functools import partial
from typing import Any

from ministack.services.cloudformation import provisioners, stacks

from stratopause.emulator.cloudformation import leftovers, nesting
from stratopause.emulator.cloudformation.corrections import Function, corrects
from stratopause.emulator.cloudformation.events import change_status, last_reason, stack_reason
from stratopause.emulator.cloudformation.operation import OPERATION, WITHOUT, Operation
from stratopause.emulator.cloudformation.records import STACK, Record, children, events_of, stack_of

# Long enough to see progress in a terminal, short enough for a platform of 170 resources in two seconds.
PACE_SECONDS = 0.008

CLEANUP = "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS"


@corrects("_runs_on_worker_thread")
def goes_through_step(_original: Function, _resource_type: str) -> bool:
    """Every resource: `step` decides where it runs."""
    return True


@corrects("run_reentrant")
async def step(original: Function, function: Function, *arguments: Any) -> Any:
    """One creation, update or deletion of one resource."""
    resource_type = arguments[0]
    operation = OPERATION.get()
    if operation is not None and function is stacks._delete_resource:
        defer(operation, arguments)
        return None
    if function is stacks._update_keeping_seed and operation is not None:
        await note_change(operation, arguments)
    if resource_type == STACK:
        return await nesting.step(function, arguments)
    if resource_type.startswith("Custom::") or resource_type == "AWS::CloudFormation::CustomResource":
        return await original(function, *arguments)
    if operation is None or not {*arguments[4:6]} & operation.unchanged:
        await asyncio.sleep(PACE_SECONDS)
    result = function(*arguments)
    if operation is not None:
        take_over_removals(operation, arguments)
    return result


async def note_change(operation: Operation, arguments: tuple[Any, ...]) -> None:
    """Notes an update that changes nothing, tells the beginning of one that does."""
    resource_type, physical_id, before, after, _stack_name, logical_id, *_ = arguments
    changed = before != after or (resource_type == STACK and nesting.has_changes(physical_id, after))
    if changed:
        operation.release()
    else:
        operation.unchanged.add(logical_id)


def defer(operation: Operation, arguments: tuple[Any, ...]) -> None:
    """Leaves the removal of a resource for the end of the whole tree's update."""
    resource_type, physical_id, _properties, _stack_name, logical_id = arguments
    remove = partial(stacks.run_reentrant, stacks._delete_resource, *arguments)
    operation.removals.append((logical_id, resource_type, physical_id, remove))


def take_over_removals(operation: Operation, arguments: tuple[Any, ...]) -> None:
    """The same for the predecessors that a handler removes by itself."""
    queue = provisioners._DEFERRED_PREDECESSOR_DELETES.get()
    while queue:
        function, given, named = queue.pop(0)
        remove = partial(asyncio.to_thread, function, *given, **named)
        operation.removals.append((arguments[5], arguments[0], arguments[1], remove))


@corrects("_snapshot_resource")
def snapshot(original: Function, resource_type: str, physical_id: str, properties: dict[str, Any]) -> None:
    """A snapshot belongs to the removal: taken with it."""
    operation = OPERATION.get()
    if operation is None:
        original(resource_type, physical_id, properties)
        return

    async def take() -> None:
        original(resource_type, physical_id, properties)

    operation.removals.append(("", resource_type, physical_id, take))


@corrects("_deploy_stack_async")
async def deploy(  # noqa: PLR0913, PLR0917 ministack's signature
    original: Function,
    stack_name: str,
    stack_id: str,
    template: dict[str, Any],
    parameters: dict[str, Any],
    disable_rollback: bool,
    tags: list[dict[str, str]],
    **options: Any,
) -> None:
    """Creates or updates a stack with everything below it."""
    stack = stack_of(stack_id)
    if stack is None:
        return
    outer = OPERATION.get()
    previous = options.get("previous_stack") or {}
    operation = Operation(stack, disable_rollback, frozenset(previous.get("_resources", ())))
    token = OPERATION.set(operation)
    try:
        await original(stack_name, stack_id, template, parameters, disable_rollback, tags, **options)
    finally:
        OPERATION.reset(token)
    settle(operation, previous)
    if outer is None:
        await conclude(stack)


def settle(operation: Operation, previous: Record) -> None:
    """Corrects the record that a deployment left; an updated stack waits for the rest of its tree."""
    stack = operation.stack
    stack["Description"] = stack["_template"].get("Description", "")
    stack["StackStatusReason"] = stack_reason(stack["StackStatus"], stack.get("StackStatusReason", ""))
    if stack["StackStatus"] != "UPDATE_COMPLETE":
        return
    for logical_id, record in stack["_resources"].items():
        if logical_id in operation.unchanged:
            record |= {name: previous["_resources"][logical_id][name] for name in ("ResourceStatus", "Timestamp")}
        elif logical_id not in operation.present:
            record["ResourceStatus"] = "CREATE_COMPLETE"
    stack["_previous"], stack["_removals"] = previous, operation.removals
    events_of(stack).pop()  # UPDATE_COMPLETE comes after the cleanup
    change_status(stack, CLEANUP)


async def conclude(root: Record) -> None:
    """The end of an operation: the removals of the whole tree, or the end of what was only in review."""
    if root["StackStatus"] == CLEANUP:
        await clean_up(root)
    leftovers.end_review(root)


async def clean_up(stack: Record) -> None:
    """Removes what an update replaced or dropped, users before what they use, and completes the update."""
    previous = stack.pop("_previous", None) or {}
    for logical_id, resource_type, physical_id, remove in stack.pop("_removals", []):
        await remove_one(stack, previous, (logical_id, resource_type, physical_id), remove())
    for child in reversed(children(stack)):
        if child["StackStatus"] == CLEANUP:
            await clean_up(child)
    change_status(stack, "UPDATE_COMPLETE")


async def remove_one(stack: Record, previous: Record, which: tuple[str, str, str], removal: Awaitable[Any]) -> None:
    """One removal; a failed one doesn't fail the update, and what is left stays in the stack."""
    logical_id, resource_type, physical_id = which
    if not logical_id:
        await removal
        return

    def tell(status: str, reason: str = "") -> None:
        names = (stack["StackId"], stack["StackName"], logical_id, resource_type)
        stacks._add_event(*names, status, reason, physical_id)

    tell("DELETE_IN_PROGRESS")
    try:
        await removal
    except Exception as problem:  # noqa: BLE001 whatever a handler raises is the resource's reason
        tell("DELETE_FAILED", str(problem))
        leftover = previous.get("_resources", {}).get(logical_id)
        if leftover is not None and logical_id not in stack["_resources"]:
            failed = {"ResourceStatus": "DELETE_FAILED", "ResourceStatusReason": str(problem)}
            stack["_resources"][logical_id] = {**leftover, **failed}
    else:
        tell("DELETE_COMPLETE")


@corrects("_property_recreation")
def recreation(original: Function, resource_type: str, name: str) -> str:
    """Whether a change of a property replaces its resource: never, for a nested stack."""
    found: str = "Never" if resource_type == STACK else original(resource_type, name)
    return found


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
    failed = operation.get("failed_logical_id")
    reason = reason_override
    if failed and not operation["is_update"] and not reason:
        reason = f"The following resource(s) failed to create: [{failed}]. Rollback requested by user."
    nesting.add_failed_child(stack, operation)
    without = ("RetainExceptOnCreate", "Snapshot", *(["Retain"] if operation["retain_except_on_create"] else []))
    tokens = OPERATION.set(None), WITHOUT.set(without)
    try:
        await nesting.roll_back_unnoticed(stack, operation)
        await original(stack_name, stack_id, stack, operation, reason)
    finally:
        OPERATION.reset(tokens[0])
        WITHOUT.reset(tokens[1])
    if stack["StackStatus"].endswith("ROLLBACK_COMPLETE"):
        stack["StackStatusReason"] = last_reason(stack, "ROLLBACK_IN_PROGRESS")


@corrects("_resource_policy")
def policy(original: Function, definition: Record, attribute: str, *context: Any) -> str:
    """A resource's deletion policy; in a rollback, what the failed operation created isn't kept by every policy.

    (docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-attribute-deletionpolicy.html)
    """
    found: str = original(definition, attribute, *context)
    return "Delete" if attribute == "DeletionPolicy" and found in WITHOUT.get() else found
