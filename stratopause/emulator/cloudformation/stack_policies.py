"""Stack policies, which ministack stores and doesn't enforce.

A policy guards the resources of its own stack during updates, and nothing else: not a creation, not the deletion of
the stack, not a rollback, not the resources of a nested stack. What it doesn't allow is denied.
(docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/protect-stack-resources.html; the sentence for a statement that
denies is quoted in public repositories, of the one for what no statement allows only the beginning is.)
"""

from __future__ import annotations

import fnmatch
import json
from collections.abc import Iterable
from typing import Any

from ministack.services.cloudformation import provisioners, stacks

from stratopause.emulator.cloudformation.corrections import Function, corrects
from stratopause.emulator.cloudformation.operation import OPERATION
from stratopause.emulator.cloudformation.records import Record

Statement = dict[str, Any]


class Denied(Exception):
    """A stack policy doesn't allow an update of a resource."""


def check_update(stack: Record, logical_id: str, resource_type: str, before: Record, after: Record) -> None:
    """Raises `Denied` where the policy of a stack doesn't allow this change of a resource."""
    replaces = provisioners._replacing_change(resource_type, before, after)
    check(stack, logical_id, resource_type, "Update:Replace" if replaces else "Update:Modify")


def check(stack: Record, logical_id: str, resource_type: str, action: str) -> None:
    """Raises `Denied` where the policy of a stack doesn't allow an action."""
    reason = denial(stack.get("_stack_policy") or "", logical_id, resource_type, action)
    if reason is not None:
        raise Denied(reason)


def denial(policy: str, logical_id: str, resource_type: str, action: str) -> str | None:
    """Why a policy doesn't allow an action; None if it does, or if there is none.

    >>> denial('{"Statement": [{"Effect": "Deny", "Action": "Update:*", "Principal": "*", "Resource": "*"}]}',
    ...        "Key", "AWS::KMS::Key", "Update:Delete")
    'Action denied by stack policy: Statement [#1] does not allow [Update:Delete] for resource [LogicalResourceId/Key];'
    """
    if not policy:
        return None
    resource = f"LogicalResourceId/{logical_id}"
    statements = listed(json.loads(policy).get("Statement"))
    applying = [
        (number, statement)
        for number, statement in enumerate(statements, 1)
        if applies(statement, resource, resource_type, action)
    ]
    for number, statement in applying:
        if statement["Effect"] == "Deny":
            what = f"Statement [#{number}] does not allow [{action}] for resource [{resource}]"
            return f"Action denied by stack policy: {what};"
    if not applying:
        return f"Action not allowed by stack policy: no statement allows [{action}] for resource [{resource}];"
    return None


def applies(statement: Statement, resource: str, resource_type: str, action: str) -> bool:
    """Whether a statement is about an action on a resource."""
    return (
        selects(statement, "Action", action)
        and selects(statement, "Resource", resource)
        and all(
            any(matches(operator, str(pattern), resource_type) for pattern in listed(values.get("ResourceType")))
            for operator, values in (statement.get("Condition") or {}).items()
        )
    )


def selects(statement: Statement, element: str, value: str) -> bool:
    """Whether an element (or the `Not` form of it) holds for a value."""
    if f"Not{element}" in statement:
        return not any(fnmatch.fnmatchcase(value, pattern) for pattern in listed(statement[f"Not{element}"]))
    return any(fnmatch.fnmatchcase(value, pattern) for pattern in listed(statement.get(element)))


def matches(operator: str, pattern: str, value: str) -> bool:
    """`StringEquals` and `StringLike`, the two that a stack policy takes."""
    return fnmatch.fnmatchcase(value, pattern) if operator == "StringLike" else value == pattern


def listed(value: Any) -> list[Any]:
    """One or several, as a list."""
    return value if isinstance(value, list) else [] if value is None else [value]


@corrects("_resolve_stack_outputs")
def before_removals(original: Function, definitions: Record, *arguments: Any) -> Any:
    """The outputs of a deployment, whose resources are all made by now: the removals come next, or are denied."""
    operation = OPERATION.get()
    if operation is not None and operation.present:
        check_removals(operation.stack, operation.present - arguments[1].keys())
    return original(definitions, *arguments)


def check_removals(stack: Record, logical_ids: Iterable[str]) -> None:
    """ValueError, and an event of the resource, where a policy doesn't allow the removal of one."""
    for logical_id in sorted(logical_ids):
        record = stack["_resources"][logical_id]
        try:
            check(stack, logical_id, record["ResourceType"], "Update:Delete")
        except Denied as denied:
            names = (stack["StackId"], stack["StackName"], logical_id, record["ResourceType"])
            stacks._add_event(*names, "UPDATE_FAILED", str(denied), record["PhysicalResourceId"])
            raise ValueError(f"Resource {logical_id} failed: {denied}") from denied
