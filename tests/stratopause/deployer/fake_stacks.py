"""What the fake CloudFormation remembers: stacks, their resources and events, and change sets."""

from __future__ import annotations

import itertools
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from botocore.exceptions import ClientError

from stratopause.deployer.stacks import NESTED_STACK, Path
from stratopause.deployer.status import StackStatus
from stratopause.deployer.templates import Template
from tests.stratopause.deployer.fake_clock import FakeClock

ACCOUNT: Final = "999988887777"
REGION: Final = "eu-central-1"
PSEUDO: Final = {
    "AWS::AccountId": ACCOUNT,
    "AWS::Partition": "aws",
    "AWS::Region": REGION,
    "AWS::URLSuffix": "amazonaws.com",
}


def refused(code: str, message: str) -> ClientError:
    """AWS's no."""
    return ClientError({"Error": {"Code": code, "Message": message}}, "fake")


@dataclass
class FakeResource:
    logical_id: str
    physical_id: str
    type: str
    status: str
    since: datetime
    reason: str = ""

    @property
    def is_nested_stack(self) -> bool:
        return self.type == NESTED_STACK


@dataclass(frozen=True)
class Before:
    """What a rollback restores; `creates` where nothing was there."""

    creates: bool
    template: Template
    resources: dict[str, FakeResource]
    parameters: dict[str, str]
    outputs: dict[str, str]


@dataclass
class FakeStack:
    """`path` leads to it from its root; `operations` counts what has changed it."""

    id: str
    name: str
    path: Path
    status: str
    since: datetime
    created: datetime
    parent: str | None = None
    root: str | None = None
    reason: str = ""
    template: Template = field(default_factory=lambda: {"Resources": {}})
    parameters: dict[str, str] = field(default_factory=dict)
    outputs: dict[str, str] = field(default_factory=dict)
    resources: dict[str, FakeResource] = field(default_factory=dict)
    events: list[dict[str, Any]] = field(default_factory=list)
    tags: list[dict[str, str]] = field(default_factory=list)
    role: str | None = None
    policy: str | None = None
    is_protected: bool = False
    change_set_id: str | None = None
    operations: int = 0
    operation: tuple[str, str] = ("CREATE_CHANGESET", "")
    past_operations: list[tuple[str, str]] = field(default_factory=list)
    token: str = ""
    before: Before | None = None
    is_cancelled: bool = False
    keeps_failed: bool = False

    @property
    def told(self) -> StackStatus:
        return StackStatus(self.status)


@dataclass
class FakeChangeSet:
    """`request` is CreateChangeSet's, `changes` are ResourceChanges with values; children hang on the parent's id."""

    id: str
    name: str
    stack_id: str
    template: Template
    parameters: dict[str, str]
    changes: list[dict[str, Any]]
    status: str
    reason: str
    execution: str
    created: datetime
    request: Mapping[str, Any]
    parent: str | None = None
    root: str | None = None
    nested: dict[str, str] = field(default_factory=dict)
    looks: int = 0


class World:
    """Every stack and change set of an account. A change set that has been executed is in `past`."""

    def __init__(self, clock: FakeClock) -> None:
        self.clock = clock
        self.stacks: dict[str, FakeStack] = {}
        self.change_sets: dict[str, FakeChangeSet] = {}
        self.past: dict[str, FakeChangeSet] = {}
        self.ids = itertools.count(1)

    def arn(self, kind: str, name: str) -> str:
        return f"arn:aws:cloudformation:{REGION}:{ACCOUNT}:{kind}/{name}/{next(self.ids)}"

    def new_stack(self, name: str, parent: FakeStack | None = None, logical_id: str = "") -> FakeStack:
        now = self.clock.time()
        path = (*parent.path, logical_id) if parent else ()
        stack = FakeStack(self.arn("stack", name), name, path, "REVIEW_IN_PROGRESS", now, now)
        if parent:
            stack.parent, stack.root = parent.id, parent.root or parent.id
        self.stacks[stack.id] = stack
        self.begin(stack, "CREATE_CHANGESET", "")
        self.set(stack, "REVIEW_IN_PROGRESS", "User Initiated")
        return stack

    def find(self, stack: str) -> FakeStack | None:
        if stack.startswith("arn:"):
            return self.stacks.get(stack)
        named = (one for one in self.stacks.values() if one.name == stack and one.status != "DELETE_COMPLETE")
        return next(named, None)

    def known(self, stack: str) -> FakeStack:
        found = self.find(stack)
        if found is None:
            raise refused("ValidationError", f"Stack with id {stack} does not exist")
        return found

    def root_of(self, stack: FakeStack) -> FakeStack:
        return self.stacks[stack.root] if stack.root else stack

    def begin(self, stack: FakeStack, kind: str, token: str) -> None:
        """A new operation of the stack; `kind` is its OperationType."""
        stack.operation, stack.token = (kind, f"operation-{next(self.ids)}"), token
        stack.past_operations.append(stack.operation)

    def set(self, stack: FakeStack, status: str, reason: str = "") -> None:
        """The stack itself comes to a status."""
        stack.status, stack.since, stack.reason = status, self.clock.time(), reason
        self._add(stack, FakeResource(stack.name, stack.id, NESTED_STACK, status, stack.since, reason))

    def tell(self, stack: FakeStack, logical_id: str, kind: str, physical_id: str, status: str) -> FakeResource:
        """A resource comes to a status, which may be `STATUS: reason`."""
        status, _, reason = status.partition(": ")
        told = FakeResource(logical_id, physical_id, kind, status, self.clock.time(), reason)
        stack.resources[logical_id] = told
        self._add(stack, told)
        return told

    def note(self, stack: FakeStack, old: FakeResource, status: str) -> None:
        """An event of a resource that the stack has replaced."""
        self._add(stack, FakeResource(old.logical_id, old.physical_id, old.type, status, self.clock.time()))

    def _add(self, stack: FakeStack, told: FakeResource) -> None:
        event = {
            "StackId": stack.id,
            "StackName": stack.name,
            "EventId": f"event-{next(self.ids)}",
            "OperationId": stack.operation[1],
            "LogicalResourceId": told.logical_id,
            "PhysicalResourceId": told.physical_id,
            "ResourceType": told.type,
            "ResourceStatus": told.status,
            "ResourceStatusReason": told.reason,
            "Timestamp": told.since,
            "ClientRequestToken": stack.token,
        }
        stack.events.append({key: value for key, value in event.items() if value != ""} | {"type": stack.operation[0]})

    def value(self, stack: FakeStack, value: Any) -> str:
        """A value of the stack's template as text; one that can't be known yet raises KeyError."""
        if not isinstance(value, dict):
            return value if isinstance(value, str) else json.dumps(value)
        if "Ref" in value:
            name = value["Ref"]
            known = PSEUDO | stack.parameters
            return known[name] if name in known else stack.resources[name].physical_id
        if "Fn::GetAtt" not in value:
            return json.dumps(value)
        logical_id, attribute = value["Fn::GetAtt"]
        resource = stack.resources[logical_id]
        if attribute.startswith("Outputs."):
            return self.stacks[resource.physical_id].outputs[attribute.removeprefix("Outputs.")]
        return f"{resource.physical_id}.{attribute}"

    def read_outputs(self, stack: FakeStack) -> None:
        declared = stack.template.get("Outputs", {})
        stack.outputs = {name: self.value(stack, one["Value"]) for name, one in declared.items()}
