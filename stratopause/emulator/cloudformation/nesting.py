"""AWS::CloudFormation::Stack as a resource.

ministack deploys a nested stack by a second, shorter copy of its own code: no rollback of its own, no
events of a deletion, no deletion policies, the parent's ARN where the root's belongs. Here a nested stack
goes the way of every stack.
"""

from __future__ import annotations

import copy
from typing import Any

from ministack.core.responses import now_iso
from ministack.services.cloudformation import engine, provisioners, stacks

from stratopause.emulator.cloudformation import documents
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
    if function is stacks._update_resource:
        return await revert(arguments[1])
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
    if child["StackStatus"] != "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS":
        raise ValueError(
            f"Embedded stack {stack_id} was not successfully updated. Currently in {FAILING[keeps_failure]} "
            f"with reason: {last_reason(child, FAILING[keeps_failure])}"
        )
    return stack_id, outputs(child)


async def revert(stack_id: str) -> tuple[str, Attributes]:
    """Takes a nested stack back to where it was before the operation that failed elsewhere."""
    child = existing(stack_id)
    if child["StackStatus"] == "UPDATE_FAILED":
        await roll_back(child, child["_failed_operation"])
    elif child["StackStatus"] == "UPDATE_ROLLBACK_FAILED":
        await stacks._continue_update_rollback_async(child["StackName"], stack_id, frozenset())
    elif "_previous" in child:
        await roll_back(child, undoing(child))
    if child["StackStatus"].endswith("_FAILED"):
        raise ValueError(
            f"Embedded stack {stack_id} was not successfully updated. Currently in {child['StackStatus']} "
            f"with reason: {child['StackStatusReason']}"
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
        template, _, values = desired(properties, reviewed(existing(child["ParentId"]), child["_logical_id"]))
    except ValueError:
        return True  # the update tells why
    if template != child["_template"] or values != child["_resolved_params"]:
        return True
    if tags_of(properties) != child["Tags"]:
        return True
    return any(has_changes(below["StackId"], below_properties(child, below)) for below in children(child))


def below_properties(parent: Record, child: Record) -> Properties:
    """The properties of a nested stack as they were last deployed."""
    found: Properties = parent["_resources"].get(child["_logical_id"], {}).get("Properties", {})
    return found


def prepare(child: Record, parent: Record, properties: Properties, change_set: Record | None) -> tuple[Any, ...]:
    """Gives a nested stack its new template, parameters and tags; ValueError if the template doesn't take them."""
    template, body, values = desired(properties, change_set)
    provisioners._check_nested_stack_capabilities(parent["StackName"], template)
    engine.validate_template_support(template, engine._evaluate_conditions(template, values), params=values)
    if child["StackStatus"] != "REVIEW_IN_PROGRESS":
        child["LastUpdatedTime"] = now_iso()
    child |= {
        "_template_body": body,
        "_conditions": engine._evaluate_conditions(template, values),
        "Description": template.get("Description", ""),
        "Capabilities": parent.get("Capabilities", []),
        "Tags": tags_of(properties),
        "Parameters": [
            {"ParameterKey": name, "ParameterValue": value["Value"], "NoEcho": value["NoEcho"]}
            for name, value in values.items()
        ],
    }
    if change_set is not None:
        child["ChangeSetId"] = change_set["ChangeSetId"]
        change_set["ExecutionStatus"] = "EXECUTE_IN_PROGRESS"
    return child["StackName"], child["StackId"], template, values


def desired(properties: Properties, change_set: Record | None) -> tuple[dict[str, Any], str, dict[str, Any]]:
    """The template, its text and its parameters' values: the reviewed template, if there is one."""
    given = given_parameters(properties)
    if change_set is not None:
        template, body = change_set["_template"], change_set["_template_body"]
    else:
        body = documents.fetch(str(properties.get("TemplateURL", "")))
        template = engine._apply_transforms(engine._parse_template(body), given)
    return template, body, engine._resolve_parameters(template, given)


def given_parameters(properties: Properties) -> list[dict[str, Any]]:
    """The parameters of a nested stack as a request would give them."""
    parameters = properties.get("Parameters") or {}
    if any(isinstance(value, list | dict) for value in parameters.values()):
        raise ValueError("Value of property Parameters must be an object with String (or simple type) properties")
    return [{"Key": name, "Value": text(value)} for name, value in parameters.items()]


def text(value: object) -> str:
    """A simple value as CloudFormation passes it."""
    return str(value).lower() if isinstance(value, bool) else str(value)


def tags_of(properties: Properties) -> list[dict[str, str]]:
    """The tags that a nested stack gets from its resource and from its parent."""
    tags = provisioners._tag_map(properties.get("Tags"))
    return [{"Key": key, "Value": value} for key, value in tags.items() if not key.startswith("aws:")]


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
        succeeded = child["StackStatus"] in ("CREATE_COMPLETE", "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS")
        change_set["ExecutionStatus"] = "EXECUTE_COMPLETE" if succeeded else "EXECUTE_FAILED"


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


async def roll_back(child: Record, operation: dict[str, Any]) -> None:
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
