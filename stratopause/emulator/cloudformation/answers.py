"""What the API tells of stacks and change sets, where ministack leaves it out.

DescribeStacks and ListStacks: `ParentId`, `RootId`, `ChangeSetId`, `LastOperations`. DescribeChangeSet: the change sets
above and below, property paths and, if asked for, values; no value of a NoEcho parameter; pages.
"""

from __future__ import annotations

import re
from typing import Any

from ministack.services.cloudformation import helpers

from stratopause.emulator.cloudformation.corrections import Function, corrects
from stratopause.emulator.cloudformation.records import (
    STACK,
    Answer,
    Parameters,
    Record,
    change_set_of,
    flag,
    refusal,
    stack_of,
)
from stratopause.emulator.cloudformation.reviews import by_name

STACK_ID = re.compile(rb"<StackId>([^<]*)</StackId>")
EMPTY = re.compile(rb"<(LastUpdatedTime|StackStatusReason|Description)></\1>")
LAST_OPERATIONS = 2
LINKS = ("ParentId", "RootId", "ChangeSetId")
TOLD = (
    "ChangeSetId",
    "ChangeSetName",
    "StackId",
    "StackName",
    "Description",
    "CreationTime",
    "Status",
    "StatusReason",
    "ExecutionStatus",
    "Capabilities",
    "Tags",
    "OnStackFailure",
    "ImportExistingResources",
    "IncludeNestedStacks",
    "ParentChangeSetId",
    "RootChangeSetId",
)
VALUES = ("BeforeContext", "AfterContext", "BeforeValue", "AfterValue")


@corrects("_describe_stacks", "_list_stacks")
def with_links(original: Function, params: Parameters) -> Answer:
    """Stacks with the place that they have in their tree."""
    status, headers, body = original(params)
    if status >= 300:
        return status, headers, body
    return status, headers, STACK_ID.sub(add_links, EMPTY.sub(b"", body))


def add_links(found: re.Match[bytes]) -> bytes:
    """A stack's id, followed by those of its parent, its root and its last change set."""
    stack = stack_of(found[1].decode()) or {}
    links = "".join(element(name, stack[name]) for name in LINKS if name in stack)
    operations = stack.get("_operations", [])[:LAST_OPERATIONS]
    return found[0] + (links + (element("LastOperations", operations) if operations else "")).encode()


@corrects("_describe_change_set")
def describe_change_set(_original: Function, params: Parameters) -> Answer:
    """A change set; values only where they are asked for."""
    named = by_name(params)
    change_set = change_set_of(named)
    if change_set is None:
        return refusal(f"ChangeSet [{params['ChangeSetName'][0]}] does not exist", "ChangeSetNotFound")
    page, token, error = helpers._page(change_set["Changes"], params, "DescribeChangeSet")
    if error is not None:
        return error  # type: ignore[no-any-return]
    left_out = () if flag(params, "IncludePropertyValues") else VALUES
    shown = {name: change_set[name] for name in TOLD if change_set.get(name)}
    shown["Parameters"] = parameters(change_set)
    shown["Changes"] = [{"Type": "Resource", **without(left_out, change)} for change in page]
    members = "".join(element(name, value) for name, value in shown.items())
    result = f"<DescribeChangeSetResult>{members}{token}</DescribeChangeSetResult>"
    answer: Answer = helpers._xml(200, "DescribeChangeSetResponse", result)
    return answer


def parameters(change_set: Record) -> list[Record]:
    """The parameters of a change set, secret values as AWS shows them."""
    values = change_set["_resolved_params"].items()
    return [
        {"ParameterKey": name, "ParameterValue": "****" if value["NoEcho"] else value["Value"]}
        for name, value in values
    ]


def without(names: tuple[str, ...], value: Any) -> Any:
    """A value without the members of these names, at any depth."""
    if isinstance(value, dict):
        return {key: without(names, item) for key, item in value.items() if key not in names}
    if isinstance(value, list):
        return [without(names, item) for item in value]
    return value


def element(name: str, value: Any) -> str:
    """A value as the Query protocol's XML."""
    if isinstance(value, dict):
        inner = "".join(element(key, item) for key, item in value.items())
    elif isinstance(value, list):
        inner = "".join(element("member", item) for item in value)
    elif isinstance(value, bool):
        inner = str(value).lower()
    else:
        inner = helpers._esc(str(value))
    return f"<{name}>{inner}</{name}>"


@corrects("_unknown_attribute_message")
def unknown_attribute(original: Function, resource: Record, logical_id: str, attribute: str) -> str:
    """The sentence for an attribute that a resource doesn't have."""
    if resource.get("ResourceType") == STACK and attribute.startswith("Outputs."):
        return f"Output '{attribute.removeprefix('Outputs.')}' not found in stack '{resource['PhysicalResourceId']}'"
    message: str = original(resource, logical_id, attribute)
    return message
