"""Events of stacks as a test writes them down."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from stratopause.deployer.errors import DeploymentError
from stratopause.deployer.stacks import NESTED_STACK, StackEvent
from stratopause.deployer.status import ResourceStatus


class Log:
    """Events by stack, as they were added; notes what is read. Reading what is in `broken` raises its error."""

    def __init__(self) -> None:
        self.by_stack: dict[str, list[StackEvent]] = {}
        self.read: list[str] = []
        self.asked: list[str] = []
        self.broken: dict[str, DeploymentError] = {}
        self.time = datetime(2026, 1, 1, tzinfo=UTC)

    def add(
        self,
        stack: str,
        logical_id: str,
        status: str,
        physical_id: str = "",
        kind: str = "AWS::SNS::Topic",
        reason: str = "",
    ) -> None:
        self.time += timedelta(seconds=1)
        told = ResourceStatus(status)
        own = self.by_stack.setdefault(stack, [])
        own.append(StackEvent(f"{stack}-{len(own)}", stack, logical_id, physical_id, kind, told, self.time, reason))

    def of_stack(self, stack: str, status: str) -> None:
        self.add(stack, stack, status, stack, NESTED_STACK)

    def of_nested(self, stack: str, child: str, status: str) -> None:
        self.add(stack, child.title(), status, child, NESTED_STACK)

    def events(self, stack_id: str) -> Iterator[StackEvent]:
        self.asked.append(stack_id)
        if stack_id in self.broken:
            raise self.broken[stack_id]
        for event in reversed(self.by_stack[stack_id]):
            self.read.append(event.id)
            yield event
