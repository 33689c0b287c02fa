"""The change sets below a root change set: one for every nested stack that is created or would change."""

from __future__ import annotations

import copy
from typing import Any

from ministack.core.responses import get_account_id, get_region, new_uuid, now_iso
from ministack.services import cloudformation as tables
from ministack.services.cloudformation import changesets, engine, stacks

from stratopause.emulator.cloudformation import documents, given, nesting, unknown
from stratopause.emulator.cloudformation.records import (
    STACK,
    Parameters,
    Record,
    change_sets,
    nested_stack,
    suffix,
)

NO_CHANGES = "The submitted information didn't contain changes. Submit different information to create a change set."
AUTOMATIC = {
    "Target": {"Attribute": "Properties", "RequiresRecreation": "Never"},
    "Evaluation": "Dynamic",
    "ChangeSource": "Automatic",
}


def plan_below(change_set: Record) -> None:
    """Creates the change sets of a stack's nested stacks, in the order of their deployment."""
    change_set["IncludeNestedStacks"] = True
    stack = nesting.existing(change_set["StackId"])
    template, parameters = change_set["_template"], change_set["_resolved_params"]
    conditions = engine._evaluate_conditions(template, parameters)
    definitions = template.get("Resources", {})
    known = {name: known_resource(name, stack, change_set) for name in definitions}
    context = (known, parameters, conditions, template.get("Mappings", {}), stack["StackName"], stack["StackId"])
    for logical_id in engine._topological_sort(definitions, conditions):
        definition = definitions[logical_id]
        if definition["Type"] != STACK or not conditions.get(definition.get("Condition", ""), True):
            continue
        child = plan_child(change_set, stack, logical_id, properties_of(definition, context))
        if child is not None:
            known[logical_id] = unknown.resource(None)
            list_child(change_set, logical_id, child)
    conclude(change_set)


def known_resource(logical_id: str, stack: Record, change_set: Record) -> Record:
    """A resource with the values that it has now, or none if it is new or will be replaced."""
    for change in change_set["Changes"]:
        planned = change["ResourceChange"]
        if planned["LogicalResourceId"] == logical_id and planned.get("Replacement", "True") != "False":
            return unknown.resource(None)
    return unknown.resource(stack["_resources"].get(logical_id))


def properties_of(definition: Record, context: tuple[Any, ...]) -> Record:
    """The properties of a nested stack, each parameter known or not."""
    raw = copy.deepcopy(definition.get("Properties") or {})
    parameters = {}
    for name, value in (raw.pop("Parameters", None) or {}).items():
        try:
            parameters[name] = unknown.whole(engine._resolve_refs(value, *context))
        except (ValueError, IndexError):
            parameters[name] = unknown.UNKNOWN
    return {**engine._resolve_refs(raw, *context), "Parameters": parameters}


def plan_child(parent: Record, stack: Record, logical_id: str, properties: Record) -> Record | None:
    """The change set of one nested stack, with those below it; None if nothing changes there."""
    present = stack["_resources"].get(logical_id)
    child = nesting.existing(present["PhysicalResourceId"]) if present else nested_stack(stack, logical_id)
    inherited = parent["Tags"] or stack["Tags"]
    tagged = stacks._with_stack_tags(STACK, properties, inherited, stack["StackName"], stack["StackId"], logical_id)
    change_set = created(parent, child, logical_id, {**properties, "Tags": given.tags_of(tagged)})
    if change_set["StatusReason"] != NO_CHANGES:
        return change_set
    del tables._change_sets[change_set["ChangeSetId"]]
    return None


def created(parent: Record, child: Record, logical_id: str, properties: Record) -> Record:
    """The change set as ministack makes it for a stack of its own; one that failed if it refuses."""
    links = {
        "ParentChangeSetId": parent["ChangeSetId"],
        "RootChangeSetId": parent.get("RootChangeSetId", parent["ChangeSetId"]),
        "IncludeNestedStacks": True,
        "_logical_id": logical_id,
    }
    name = f"{parent['ChangeSetName'][: 113 - len(logical_id)]}-{logical_id[:100]}-{suffix()}"
    try:
        refuse_computing(properties)
        request = as_request(name, parent, child, properties)
    except ValueError as problem:
        return failed(name, parent, child, links, str(problem))
    status, _, body = changesets._create_change_set(request)
    if status >= 300:
        return failed(name, parent, child, links, documents.message_of(body))
    change_set = next(each for each in change_sets() if each["ChangeSetName"] == name)
    change_set |= links
    plan_below(change_set)
    return change_set


def refuse_computing(properties: Record) -> None:
    """ValueError if the nested template computes on a parameter that isn't known yet."""
    parameters = properties["Parameters"]
    names = {name for name, value in parameters.items() if value == unknown.UNKNOWN}
    template = engine._parse_template(documents.fetch(str(properties.get("TemplateURL", ""))))
    found = unknown.problem(template, names)
    if found is not None:
        raise ValueError(found)


def as_request(name: str, parent: Record, child: Record, properties: Record) -> Parameters:
    """A request for a change set of a nested stack."""
    request: dict[str, str] = {
        "StackName": child["StackName"],
        "ChangeSetName": name,
        "ChangeSetType": "CREATE" if child["StackStatus"] == "REVIEW_IN_PROGRESS" else "UPDATE",
        "TemplateURL": str(properties["TemplateURL"]),
        "Tags": "",
    }
    for number, parameter in enumerate(given.parameters(properties), 1):
        request[f"Parameters.member.{number}.ParameterKey"] = parameter["Key"]
        request[f"Parameters.member.{number}.ParameterValue"] = parameter["Value"]
    for number, tag in enumerate(properties["Tags"], 1):
        request |= {f"Tags.member.{number}.Key": tag["Key"], f"Tags.member.{number}.Value": tag["Value"]}
    for number, capability in enumerate(parent["Capabilities"], 1):
        request[f"Capabilities.member.{number}"] = capability
    return {key: [value] for key, value in request.items()}


def failed(name: str, parent: Record, child: Record, links: Record, reason: str) -> Record:
    """A change set that couldn't be created, with the reason."""
    change_set: Record = {
        "ChangeSetId": f"arn:aws:cloudformation:{get_region()}:{get_account_id()}:changeSet/{name}/{new_uuid()}",
        "ChangeSetName": name,
        "StackId": child["StackId"],
        "StackName": child["StackName"],
        "Status": "FAILED",
        "StatusReason": reason,
        "ExecutionStatus": "UNAVAILABLE",
        "CreationTime": now_iso(),
        "Changes": [],
        "Parameters": [],
        "Tags": [],
        "Capabilities": parent["Capabilities"],
        "_template": {},
        "_template_body": "",
        "_resolved_params": {},
        **links,
    }
    tables._change_sets[change_set["ChangeSetId"]] = change_set
    return change_set


def list_child(change_set: Record, logical_id: str, child: Record) -> None:
    """Names a child's change set in the parent's change of the nested stack, which is added if need be."""
    for change in change_set["Changes"]:
        if change["ResourceChange"]["LogicalResourceId"] == logical_id:
            change["ResourceChange"]["ChangeSetId"] = child["ChangeSetId"]
            return
    change_set["Changes"].append(
        {
            "ResourceChange": {
                "Action": "Modify",
                "LogicalResourceId": logical_id,
                "PhysicalResourceId": child["StackId"],
                "ResourceType": STACK,
                "Replacement": "False",
                "Scope": ["Properties"],
                "Details": [AUTOMATIC],
                "ChangeSetId": child["ChangeSetId"],
            }
        }
    )


def conclude(change_set: Record) -> None:
    """The status that follows from the change sets below."""
    below = [each for each in change_sets() if each.get("ParentChangeSetId") == change_set["ChangeSetId"]]
    bad = next((each for each in below if each["Status"] == "FAILED"), None)
    if bad is not None:
        reason = f"Nested change set {bad['ChangeSetId']} was not successfully created: Currently in FAILED."
        change_set |= {"Status": "FAILED", "ExecutionStatus": "UNAVAILABLE", "StatusReason": reason}
    elif change_set["StatusReason"] == NO_CHANGES and change_set["Changes"]:
        change_set |= {"Status": "CREATE_COMPLETE", "ExecutionStatus": "AVAILABLE", "StatusReason": ""}
