"""Creations and updates of stacks.

ministack deploys a whole stack in one step of its event loop, so nobody sees progress, and puts nested
stacks on a thread beside it; here every resource is a step of its own, and a nested stack is deployed by
the same code as a root, and what an update replaces is kept for the end of the whole tree's update.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any

from ministack.services.cloudformation import provisioners, stacks

from stratopause.emulator.cloudformation import interruptions, nesting, rollback, stack_policies
from stratopause.emulator.cloudformation.cleanup import CLEANUP, conclude
from stratopause.emulator.cloudformation.corrections import Function, corrects
from stratopause.emulator.cloudformation.events import change_status, stack_reason
from stratopause.emulator.cloudformation.operation import OPERATION, Operation
from stratopause.emulator.cloudformation.records import STACK, Record, events_of, stack_of

# Long enough to see progress in a terminal, short enough for a platform of 170 resources in two seconds.
PACE_SECONDS = 0.008


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
    if operation is not None:
        await begin_step(operation, function, arguments)
    if resource_type == STACK:
        if function is stacks._update_resource:
            return await rollback.revert(arguments[1])
        return await nesting.step(function, arguments)
    if resource_type.startswith("Custom::") or resource_type == "AWS::CloudFormation::CustomResource":
        return await original(function, *arguments)
    if operation is None or not {*arguments[4:6]} & operation.unchanged:
        await asyncio.sleep(PACE_SECONDS)
    result = function(*arguments)
    if operation is not None:
        take_over_removals(operation, arguments)
    return result


async def begin_step(operation: Operation, function: Function, arguments: tuple[Any, ...]) -> None:
    """Before a creation or an update: it may be stopped, or it may change nothing."""
    is_update = function is stacks._update_keeping_seed
    interruptions.check(operation.stack, is_new=not is_update)
    if is_update:
        await note_change(operation, arguments)


async def note_change(operation: Operation, arguments: tuple[Any, ...]) -> None:
    """Notes an update that changes nothing, tells the beginning of one that does."""
    resource_type, physical_id, before, after, _stack_name, logical_id, *_ = arguments
    changed = before != after or (resource_type == STACK and nesting.has_changes(physical_id, after))
    if changed:
        operation.release()
        stack_policies.check_update(operation.stack, logical_id, resource_type, before, after)
    else:
        operation.unchanged.add(logical_id)


def defer(operation: Operation, arguments: tuple[Any, ...]) -> None:
    """Leaves the removal of a resource, and a snapshot before it, for the end of the whole tree's update."""
    resource_type, physical_id, _properties, _stack_name, logical_id = arguments
    remove = partial(stacks.run_reentrant, stacks._delete_resource, *arguments)
    operation.defer((logical_id, resource_type, physical_id), *operation.snapshots, remove)
    operation.snapshots.clear()


def take_over_removals(operation: Operation, arguments: tuple[Any, ...]) -> None:
    """The same for the predecessors that a handler removes by itself."""
    queue = provisioners._DEFERRED_PREDECESSOR_DELETES.get()
    while queue:
        function, given, named = queue.pop(0)
        operation.defer((arguments[5], *arguments[:2]), later(partial(function, *given, **named)))


@corrects("_snapshot_resource")
def snapshot(original: Function, *arguments: Any) -> None:
    """Takes a snapshot before a removal: with it, in an update."""
    operation = OPERATION.get()
    if operation is None:
        original(*arguments)
    else:
        operation.snapshots.append(later(partial(original, *arguments)))


def later(function: Callable[[], Any]) -> Callable[[], Awaitable[Any]]:
    """A function as a step of a removal."""

    async def run() -> Any:
        return function()

    return run


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
        if "_deletion_token" in stack:
            await interruptions.delete_now(stack)


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


@corrects("_property_recreation")
def recreation(original: Function, resource_type: str, name: str) -> str:
    """Whether a change of a property replaces its resource: never, for a nested stack."""
    found: str = "Never" if resource_type == STACK else original(resource_type, name)
    return found
