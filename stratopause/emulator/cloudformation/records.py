"""ministack's records of stacks and change sets, looked up as the API names them.

A stack's record is a dict in the API's words (`StackName`, `StackStatus`, `Outputs`, ...), with what only
ministack needs under names that begin with `_`: `_resources` (by logical id: `PhysicalResourceId`,
`ResourceType`, `Properties`, `Attributes`), `_template`, `_template_body`, `_resolved_params`. Here it
also gets `ParentId` and `RootId`, `_logical_id` (its name in the parent) and `ChangeSetId` (the last one
that was executed).
"""

from __future__ import annotations

import random
import string
from typing import Any

from ministack.core.responses import get_account_id, get_region, new_uuid, now_iso
from ministack.services import cloudformation as tables
from ministack.services.cloudformation import helpers

STACK = "AWS::CloudFormation::Stack"
IN_PROGRESS = "_IN_PROGRESS"

Record = dict[str, Any]
Parameters = dict[str, list[str]]
Answer = tuple[int, dict[str, str], bytes]


def stack_of(name_or_id: str) -> Record | None:
    """The stack of a name or an ARN; None if there is none or it is deleted, unless its ARN is given."""
    by_name: Record | None = tables._stacks.get(name_or_id)
    if by_name is not None:
        return None if by_name["StackStatus"] == "DELETE_COMPLETE" else by_name
    return next((stack for stack in stacks() if stack["StackId"] == name_or_id), None)


def stacks() -> list[Record]:
    """Every stack of the account and region of the request, the deleted ones too."""
    return list(tables._stacks.values())


def change_sets() -> list[Record]:
    """Every change set of the account and region of the request."""
    return list(tables._change_sets.values())


def change_set_of(params: Parameters) -> Record | None:
    """The change set that a request names: by ARN, or by its name and the name of its stack."""
    name, stack_name = parameter(params, "ChangeSetName"), parameter(params, "StackName")
    for change_set in change_sets():
        named = change_set["ChangeSetName"] == name and stack_name in ("", change_set["StackName"])
        if change_set["ChangeSetId"] == name or named:
            return change_set
    return None


def children(stack: Record) -> list[Record]:
    """The nested stacks of a stack that still exist, in the order of their creation."""
    return [
        child
        for child in stacks()
        if child.get("ParentId") == stack["StackId"] and child["StackStatus"] != "DELETE_COMPLETE"
    ]


def events_of(stack: Record) -> list[Record]:
    """The events of a stack, oldest first."""
    events: list[Record] = tables._stack_events[stack["StackId"]]
    return events


def root_of(stack: Record) -> Record:
    """The stack at the root of a nested stack; a stack that isn't nested is its own root."""
    root_id = stack.get("RootId")
    return (stack_of(root_id) if root_id else None) or stack


def parameter(params: Parameters, name: str) -> str:
    """A value of a request; empty where it isn't given."""
    return str(helpers._p(params, name))


def flag(params: Parameters, name: str) -> bool:
    """A boolean of a request; False where it isn't given."""
    return parameter(params, name).lower() == "true"


def refusal(message: str, code: str = "ValidationError") -> Answer:
    """An error as the API answers it."""
    answer: Answer = helpers._error(code, message)
    return answer


def keep_deleted(name: str) -> None:
    """Leaves a deleted stack to be found by its ARN, when another takes its name."""
    gone = tables._stacks.get(name)
    if gone is not None and gone["StackStatus"] == "DELETE_COMPLETE":
        tables._stacks[gone["StackId"]] = tables._stacks.pop(name)


def suffix(length: int = 12) -> str:
    """What CloudFormation ends generated names in: capital letters and digits."""
    return "".join(random.choices(string.ascii_uppercase + string.digits, k=length))  # noqa: S311


def nested_stack(parent: Record, logical_id: str) -> Record:
    """A new nested stack, in review: named by its parent, its logical id and 12 random characters."""
    name = f"{parent['StackName'][: 113 - len(logical_id)]}-{logical_id[:100]}-{suffix()}"
    stack_id = f"arn:aws:cloudformation:{get_region()}:{get_account_id()}:stack/{name}/{new_uuid()}"
    stack: Record = {
        "StackName": name,
        "StackId": stack_id,
        "StackStatus": "REVIEW_IN_PROGRESS",
        "StackStatusReason": "User Initiated",
        "CreationTime": now_iso(),
        "Description": "",
        "Parameters": [],
        "Tags": [],
        "Outputs": [],
        "Capabilities": [],
        "DisableRollback": True,
        "ParentId": parent["StackId"],
        "RootId": parent.get("RootId", parent["StackId"]),
        "EnableTerminationProtection": parent.get("EnableTerminationProtection", False),
        "_logical_id": logical_id,
        "_parent_stack_name": parent["StackName"],
        "_region": get_region(),
        "_resources": {},
        "_template": {},
        "_template_body": "",
        "_resolved_params": {},
        "_conditions": {},
    }
    tables._stacks[name] = stack
    tables._stack_events[stack_id] = []
    return stack
