"""DescribeEvents: what happened in one operation.

A failed deployment is two operations, since an automatic rollback is one of its own; DescribeEvents by the name of a
stack gives those of the last operation only, so that what failed is found by `LastOperations` of DescribeStacks
(github.com/awslabs/mcp/issues/4275). ministack has DescribeEvents for validation alone, and no `LastOperations`.
(docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_DescribeEvents.html)
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from ministack.services.cloudformation import helpers

from stratopause.emulator.cloudformation.answers import element
from stratopause.emulator.cloudformation.corrections import Function, corrects
from stratopause.emulator.cloudformation.operation_ids import last_operation
from stratopause.emulator.cloudformation.records import (
    Answer,
    Parameters,
    Record,
    change_set_of,
    events_of,
    flag,
    parameter,
    refusal,
    stack_of,
    stacks,
)
from stratopause.emulator.cloudformation.reviews import by_name

EVENT_ID = re.compile(rb"<EventId>([^<]*)</EventId>")
FAILED = ("CREATE_FAILED", "UPDATE_FAILED", "DELETE_FAILED", "IMPORT_FAILED")
MEMBERS = (
    "EventId",
    "StackId",
    "OperationId",
    "OperationType",
    "OperationStatus",
    "EventType",
    "LogicalResourceId",
    "PhysicalResourceId",
    "ResourceType",
    "Timestamp",
    "ResourceStatus",
    "ResourceStatusReason",
    "ClientRequestToken",
    "DetailedStatus",
    "ValidationFailureMode",
    "ValidationName",
    "ValidationStatus",
    "ValidationStatusReason",
    "ValidationPath",
)


@corrects("_describe_stack_events")
def with_ids(original: Function, params: Parameters) -> Answer:
    """Events of a stack, each with the operation that it belongs to."""
    status, headers, body = original(params)
    stack = stack_of(parameter(params, "StackName"))
    if status >= 300 or stack is None:
        return status, headers, body
    known = {event["EventId"]: event.get("OperationId", "") for event in events_of(stack)}

    def add(found: re.Match[bytes]) -> bytes:
        return found[0] + element("OperationId", known[found[1].decode()]).encode()

    return status, headers, EVENT_ID.sub(add, body)


@corrects("_describe_events")
def describe_events(_original: Function, params: Parameters) -> Answer:
    """Events of one operation, newest first: a given one, the last one of a stack, or that which made a change set."""
    found = named(params)
    if isinstance(found, tuple):
        return found
    events = [event for event in found if not flag(params, "Filters.FailedEvents") or is_failure(event)]
    page, token, error = helpers._page(events, params, "DescribeEvents")
    if error is not None:
        return error  # type: ignore[no-any-return]
    members = [{name: event[name] for name in MEMBERS if event.get(name)} for event in page]
    result = f"<DescribeEventsResult>{element('OperationEvents', members)}{token}</DescribeEventsResult>"
    answer: Answer = helpers._xml(200, "DescribeEventsResponse", result)
    return answer


def named(params: Parameters) -> list[Record] | Answer:
    """The events that a request is about, or why there are none."""
    stack_name, change_set_name, operation = (
        parameter(params, name) for name in ("StackName", "ChangeSetName", "OperationId")
    )
    if change_set_name:
        change_set = change_set_of(by_name(params))
        if change_set is None:
            return refusal(f"ChangeSet [{change_set_name}] does not exist", "ChangeSetNotFound")
        return list(change_set.get("_validation_events", []))
    if stack_name:
        stack = stack_of(stack_name)
        if stack is None:
            return refusal(f"Stack [{stack_name}] does not exist")
        return list(of_operation([stack], operation or last_operation(stack)))
    if operation:
        return list(of_operation(stacks(), operation))
    # documented: "One of ChangeSetName, OperationId or StackName must be specified as input"; the sentence is ours
    return refusal("One of ChangeSetName, OperationId or StackName must be specified")


def of_operation(candidates: Iterable[Record], operation: str) -> Iterator[Record]:
    """The events of one operation as the API tells them, newest first."""
    for stack in candidates:
        own = [event for event in events_of(stack) if event.get("OperationId") == operation]
        kept = [event for event in stack.get("_operation_events") or [] if event["OperationId"] == operation]
        validation = [event for event in kept if event["EventType"] == "VALIDATION_ERROR"]
        status = status_of(stack, operation, own)
        yield from ({**event, "OperationStatus": status, "EventType": kind(stack, event)} for event in reversed(own))
        yield from reversed(validation)


def status_of(stack: Record, operation: str, events: list[Record]) -> str:
    """How an operation stands: told by the last event of the stack itself in it."""
    own = [event["ResourceStatus"] for event in events if event["LogicalResourceId"] == stack["StackName"]]
    if own and own[-1].endswith("_COMPLETE"):
        return "SUCCEEDED"
    is_going = operation == last_operation(stack) and stack["StackStatus"].endswith("_IN_PROGRESS")
    return "IN_PROGRESS" if is_going else "FAILED"


def kind(stack: Record, event: Record) -> str:
    """The type of an event: of the stack itself, a failure of one of its resources, or progress."""
    if event["LogicalResourceId"] == stack["StackName"]:
        return "STACK_EVENT"
    return "PROVISIONING_ERROR" if event["ResourceStatus"] in FAILED else "PROGRESS_EVENT"


def is_failure(event: Record) -> bool:
    """Whether `FailedEvents` shows an event."""
    return event["EventType"] == "VALIDATION_ERROR" or event.get("ResourceStatus") in FAILED
