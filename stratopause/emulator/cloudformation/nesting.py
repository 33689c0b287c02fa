"""AWS::CloudFormation::Stack as a resource.

ministack deploys a nested stack by a second, shorter copy of its own code: no events of a deletion, no
deletion policies, the parent's ARN where the root's belongs. Here a nested stack goes the way of every stack.
"""

from __future__ import annotations

import copy
from typing import Any

from ministack.core.responses import now_iso
from ministack.services.cloudformation import engine, provisioners, stacks

from stratopause.emulator.cloudformation import given
from stratopause.emulator.cloudformation.cleanup import CLEANUP
from stratopause.emulator.cloudformation.corrections import Function
from stratopause.emulator.cloudformation.events import INITIATED, change_status, last_reason
from stratopause.emulator.cloudformation.operation import OPERATION
from stratopause.emulator.cloudformation.records import (
    STACK,
    Record,
    change_sets,
    children,
    nested_stack,
    stack_of,
)

Attributes = dict[str, str]
Properties = dict[str, Any]

FAILING = {False: "UPDATE_ROLLBACK_IN_PROGRESS", True: "UPDATE_FAILED"}
KEPT = ("_resources", "_template", "_template_body", "_resolved_params", "_conditions", "Parameters", "Tags", "Outputs")


async def step(function: Function, arguments: tuple[Any, ...]) -> Any:
    """What `operations.step` is for other resources, with ministack's function telling what is asked for."""
    if function is stacks._provision_keeping_seed:
        _, logical_id, properties, parent_name = arguments
        return await create(logical_id, properties, parent_name), ""
    if function is stacks._update_keeping_seed:
        _, stack_id, _, properties, *_ = arguments
        return await update(stack_id, properties), ""
    return await delete(arguments[1])


async def create(logical_id: str, properties: Properties, parent_name: str) -> tuple[str, Attributes]:
    """Creates a nested stack: the one that was reviewed, if a change set is executed."""
    parent = existing(parent_name)
    change_set = reviewed(parent, logical_id)
    child = existing(change_set["StackId"]) if change_set else nested_stack(parent, logical_id)
    parent["_resources"][logical_id] = entry(child, logical_id, properties)
    names = (parent["StackId"], parent["StackName"], logical_id, STACK)
    stacks._add_event(*names, "CREATE_IN_PROGRESS", INITIATED, child["StackId"])
    with_template = prepare(child, parent, properties, change_set)
    child["_template"], child["_resolved_params"] = with_template[2:]
    change_status(child, "CREATE_IN_PROGRESS")
    await stacks._deploy_stack_async(*with_template, True, child["Tags"])
    executed(change_set, child)
    if child["StackStatus"] != "CREATE_COMPLETE":
        parent["_resources"][logical_id]["ResourceStatus"] = "CREATE_FAILED"
        raise ValueError(
            f"Embedded stack {child['StackId']} was not successfully created: {child['StackStatusReason']}"
        )
    return child["StackId"], outputs(child)


async def update(stack_id: str, properties: Properties) -> tuple[str, Attributes]:
    """Updates a nested stack, if its template, its parameters or its tags changed."""
    child = existing(stack_id)
    if not has_changes(stack_id, properties):
        return stack_id, outputs(child)
    parent = existing(child["ParentId"])
    change_set = reviewed(parent, child["_logical_id"])
    previous = {name: copy.deepcopy(child.get(name)) for name in KEPT}
    with_template = prepare(child, parent, properties, change_set)
    change_status(child, "UPDATE_IN_PROGRESS")
    outer = OPERATION.get()
    keeps_failure = outer is not None and outer.disable_rollback
    options = {"is_update": True, "previous_stack": previous}
    await stacks._deploy_stack_async(*with_template, keeps_failure, child["Tags"], **options)
    executed(change_set, child)
    if child["StackStatus"] != CLEANUP:
        raise ValueError(
            f"Embedded stack {stack_id} was not successfully updated. Currently in {FAILING[keeps_failure]} "
            f"with reason: {last_reason(child, FAILING[keeps_failure])}"
        )
    return stack_id, outputs(child)


async def delete(stack_id: str) -> None:
    """Deletes a nested stack by its own deletion policies."""
    child = stack_of(stack_id)
    if child is None or child["StackStatus"] == "DELETE_COMPLETE":
        return
    await stacks._delete_stack_async(child["StackName"], stack_id)
    if child["StackStatus"] != "DELETE_COMPLETE":
        raise ValueError(f"Embedded stack {stack_id} was not successfully deleted: {child['StackStatusReason']} ")


def has_changes(stack_id: str, properties: Properties) -> bool:
    """Whether an update of a nested stack would change anything in it or below it."""
    child = existing(stack_id)
    try:
        template, _, values = given.desired(properties, reviewed(existing(child["ParentId"]), child["_logical_id"]))
    except ValueError:
        return True  # the update tells why
    if template != child["_template"] or values != child["_resolved_params"]:
        return True
    if given.tags_of(properties) != child["Tags"]:
        return True
    return any(has_changes(below["StackId"], below_properties(child, below)) for below in children(child))


def below_properties(parent: Record, child: Record) -> Properties:
    """The properties of a nested stack as they were last deployed."""
    found: Properties = parent["_resources"].get(child["_logical_id"], {}).get("Properties", {})
    return found


def prepare(child: Record, parent: Record, properties: Properties, change_set: Record | None) -> tuple[Any, ...]:
    """Gives a nested stack its new template, parameters and tags; ValueError if the template doesn't take them."""
    template, body, values = given.desired(properties, change_set)
    provisioners._check_nested_stack_capabilities(parent["StackName"], template)
    engine.validate_template_support(template, engine._evaluate_conditions(template, values), params=values)
    if child["StackStatus"] != "REVIEW_IN_PROGRESS":
        child["LastUpdatedTime"] = now_iso()
    child |= {
        "_template_body": body,
        "_conditions": engine._evaluate_conditions(template, values),
        "Description": template.get("Description", ""),
        "Capabilities": parent.get("Capabilities", []),
        "Tags": given.tags_of(properties),
        "Parameters": [
            {"ParameterKey": name, "ParameterValue": value["Value"], "NoEcho": value["NoEcho"]}
            for name, value in values.items()
        ],
    }
    if change_set is not None:
        child["ChangeSetId"] = change_set["ChangeSetId"]
        change_set["ExecutionStatus"] = "EXECUTE_IN_PROGRESS"
    return child["StackName"], child["StackId"], template, values


def reviewed(parent: Record, logical_id: str) -> Record | None:
    """The change set of a nested stack that belongs to the one being executed on its parent."""
    for change_set in change_sets():
        belongs = change_set.get("ParentChangeSetId") == parent.get("ChangeSetId", "-")
        if belongs and change_set["_logical_id"] == logical_id and change_set["ExecutionStatus"] == "AVAILABLE":
            return change_set
    return None


def executed(change_set: Record | None, child: Record) -> None:
    """Tells a change set how its execution ended."""
    if change_set is not None:
        succeeded = child["StackStatus"] in ("CREATE_COMPLETE", CLEANUP)
        change_set["ExecutionStatus"] = "EXECUTE_COMPLETE" if succeeded else "EXECUTE_FAILED"


def existing(name_or_id: str) -> Record:
    """A stack that must exist."""
    stack = stack_of(name_or_id)
    if stack is None:
        raise ValueError(f"Stack [{name_or_id}] does not exist")
    return stack


def entry(child: Record, logical_id: str, properties: Properties) -> Record:
    """What a parent's record holds of a nested stack that is being created."""
    return {
        "PhysicalResourceId": child["StackId"],
        "ResourceType": STACK,
        "ResourceStatus": "CREATE_IN_PROGRESS",
        "LogicalResourceId": logical_id,
        "Properties": properties,
        "Attributes": {},
        "Timestamp": child["CreationTime"],
    }


def outputs(child: Record) -> Attributes:
    """What Fn::GetAtt gives of a nested stack."""
    return {f"Outputs.{output['OutputKey']}": output["OutputValue"] for output in child["Outputs"]}
