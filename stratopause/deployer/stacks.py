"""What CloudFormation knows of a stack, as records."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from stratopause.deployer.status import ResourceStatus, StackStatus

NESTED_STACK: Final = "AWS::CloudFormation::Stack"

Path = tuple[str, ...]
"""The logical ids that lead from the root, which is (), to a nested stack."""


@dataclass(frozen=True)
class Output:
    logical_id: str
    value: str
    description: str = ""


@dataclass(frozen=True)
class DeployedStack:
    """A stack as DescribeStacks tells; `since` is when it last began to change."""

    id: str
    name: str
    status: StackStatus
    since: datetime
    reason: str = ""
    outputs: tuple[Output, ...] = ()
    is_protected: bool = False


@dataclass(frozen=True)
class StackResource:
    logical_id: str
    physical_id: str
    type: str
    status: ResourceStatus
    since: datetime

    @property
    def is_nested_stack(self) -> bool:
        return self.type == NESTED_STACK and bool(self.physical_id)


@dataclass(frozen=True)
class StackEvent:
    id: str
    stack_id: str
    logical_id: str
    physical_id: str
    type: str
    status: ResourceStatus
    time: datetime
    reason: str = ""

    @property
    def is_of_its_stack(self) -> bool:
        """It tells of the stack itself, not of a resource."""
        return self.physical_id == self.stack_id

    @property
    def nested_stack_id(self) -> str | None:
        """The nested stack that it tells of."""
        is_nested = self.type == NESTED_STACK and not self.is_of_its_stack
        return self.physical_id or None if is_nested else None
