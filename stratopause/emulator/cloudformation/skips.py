"""ContinueUpdateRollback that leaves out resources of nested stacks, as `NestedStackName.LogicalId`.

ministack knows only those of the stack itself. A nested stack as a whole can't be left out unless it is deleted.
("Don't confuse a child stack's name with its corresponding logical ID":
docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_ContinueUpdateRollback.html; the sentences are ours.)
"""

from __future__ import annotations

from collections.abc import Iterator
from contextvars import ContextVar

from ministack.services.cloudformation import helpers

from stratopause.emulator.cloudformation.corrections import Function, corrects
from stratopause.emulator.cloudformation.records import (
    STACK,
    Answer,
    Parameters,
    Record,
    children,
    parameter,
    refusal,
    stack_of,
)

# What a rollback that goes on leaves out, by the name of the nested stack.
SKIPPED: ContextVar[dict[str, frozenset[str]]] = ContextVar("stratopause_skipped", default={})  # noqa: B039 never changed


@corrects("_continue_update_rollback")
def continue_rollback(original: Function, params: Parameters) -> Answer:
    """Goes on with a rollback, without the resources that are named."""
    stack = stack_of(parameter(params, "StackName"))
    names = helpers._extract_string_members(params, "ResourcesToSkip")
    if stack is None or not names:
        answer: Answer = original(params)
        return answer
    for name in names:
        problem = refused(stack, name)
        if problem is not None:
            return refusal(problem)
    nested: dict[str, frozenset[str]] = {}
    for stack_name, _, logical_id in (name.partition(".") for name in names if "." in name):
        nested[stack_name] = nested.get(stack_name, frozenset()) | {logical_id}
    own = [name for name in names if "." not in name]
    token = SKIPPED.set(nested)  # the task of the rollback starts with a copy of it
    try:
        answer = original({**without_skips(params), "ResourcesToSkip": own})
    finally:
        SKIPPED.reset(token)
    return answer


def refused(stack: Record, name: str) -> str | None:
    """Why a resource can't be left out; None if it can."""
    stack_name, _, logical_id = name.rpartition(".")
    holder = next((one for one in below(stack) if one["StackName"] == (stack_name or stack["StackName"])), None)
    if holder is None:
        return f"Nested stack [{stack_name}] does not exist in stack [{stack['StackName']}]"
    failed = holder.get("_rollback_failed", {}).get(logical_id)
    if failed is None:
        return f"Resource [{name}] can not be skipped: only resources whose rollback failed can be skipped"
    if failed["ResourceType"] == STACK:
        return f"Resource [{name}] can not be skipped: its nested stack is not deleted"
    return None


def below(stack: Record) -> Iterator[Record]:
    """A stack and all that are nested in it."""
    yield stack
    for child in children(stack):
        yield from below(child)


def without_skips(params: Parameters) -> Parameters:
    """A request without its list of resources."""
    return {name: value for name, value in params.items() if not name.startswith("ResourcesToSkip")}
