"""What CloudFormation knows of a stack, as records."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from msgspec import Struct

from stratopause.deployer.status import ResourceStatus, StackStatus

NESTED_STACK: Final = "AWS::CloudFormation::Stack"

Path = tuple[str, ...]
"""The logical ids that lead from the root, which is (), to a nested stack."""


class Output(Struct, frozen=True):
    logical_id: str
    value: str
    description: str = ""


class DeployedStack(Struct, frozen=True):
    """A stack as DescribeStacks tells; `since` is when it last began to change, `role` its service role.

    `change_set_id` is that of the change set which was executed last.
    """

    id: str
    name: str
    status: StackStatus
    since: datetime
    reason: str = ""
    outputs: tuple[Output, ...] = ()
    is_protected: bool = False
    tags: tuple[tuple[str, str], ...] = ()
    parameters: tuple[tuple[str, str], ...] = ()
    role: str | None = None
    change_set_id: str | None = None

    def was_last_changed_by(self, change_set_id: str) -> bool:
        """The change set was executed, and nothing since; of a stack in review the last one wasn't yet."""
        is_there = not self.status.is_in_review and not self.status.is_absent
        return is_there and self.change_set_id == change_set_id


class StackResource(Struct, frozen=True):
    """`drift` is what the last detection of drift found, in AWS's words; empty where AWS doesn't tell."""

    logical_id: str
    physical_id: str
    type: str
    status: ResourceStatus
    since: datetime
    reason: str = ""
    drift: str = ""

    @property
    def is_nested_stack(self) -> bool:
        return self.type == NESTED_STACK and bool(self.physical_id)

    @property
    def is_unchecked(self) -> bool:
        """The last detection of drift tells nothing of it; a nested stack has a detection of its own."""
        unknown = self.drift in {"NOT_CHECKED", "UNKNOWN", "UNSUPPORTED"}
        return unknown and self.type != NESTED_STACK and not self.status.is_gone


class StackEvent(Struct, frozen=True):
    """`token` is the ClientRequestToken of the request that the event follows from: who began it, if we did."""

    id: str
    stack_id: str
    logical_id: str
    physical_id: str
    type: str
    status: ResourceStatus
    time: datetime
    reason: str = ""
    token: str = ""

    @property
    def is_of_its_stack(self) -> bool:
        """It tells of the stack itself, not of a resource."""
        return self.physical_id == self.stack_id

    @property
    def nested_stack_id(self) -> str | None:
        """The nested stack that it tells of."""
        is_nested = self.type == NESTED_STACK and not self.is_of_its_stack
        return self.physical_id or None if is_nested else None


class OperationEvent(Struct, frozen=True):
    """What DescribeEvents tells beyond a stack's events: a validation that failed, a hook, an error of provisioning.

    `kind` is its EventType, `name` that of the validation or the hook, `path` the property, `mode` FAIL or WARN.
    https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_OperationEvent.html
    """

    kind: str
    operation_id: str
    stack_id: str
    logical_id: str
    type: str
    reason: str
    name: str = ""
    path: str = ""
    mode: str = ""
    time: datetime | None = None


class HookResult(Struct, frozen=True):
    """What a hook found; `remedies` are its annotations' sentences about what to do.

    https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_GetHookResult.html
    """

    hook: str
    status: str
    mode: str
    reason: str = ""
    target: str = ""
    remedies: tuple[str, ...] = ()

    @property
    def has_failed(self) -> bool:
        return self.status in {"HOOK_COMPLETE_FAILED", "HOOK_FAILED"}


class DriftDetection(Struct, frozen=True):
    """How far a detection of drift is: `status` of the detection, `drift` of the stack once it is complete."""

    id: str
    stack_id: str
    status: str
    drift: str = ""
    reason: str = ""

    @property
    def is_running(self) -> bool:
        return self.status == "DETECTION_IN_PROGRESS"


class PropertyDrift(Struct, frozen=True):
    """A property that isn't as the template says; `kind` is ADD, REMOVE or NOT_EQUAL."""

    path: str
    expected: str
    actual: str
    kind: str


class ResourceDrift(Struct, frozen=True):
    """`status` is IN_SYNC, MODIFIED, DELETED, NOT_CHECKED, UNKNOWN or UNSUPPORTED.

    https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_StackResourceDrift.html
    """

    logical_id: str
    physical_id: str
    type: str
    status: str
    differences: tuple[PropertyDrift, ...] = ()
    reason: str = ""
