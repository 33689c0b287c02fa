"""`status`: how a root stack and those nested in it are, since when, and what failed last."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from msgspec import Struct

from stratopause.deployer.diagnosis import root_cause
from stratopause.deployer.events import Happened
from stratopause.deployer.history import last_operation
from stratopause.deployer.inventory import inventory
from stratopause.deployer.session import Session
from stratopause.deployer.stacks import DeployedStack, Path
from stratopause.deployer.status import ResourceStatus


class NestedStatus(Struct, frozen=True):
    path: Path
    status: ResourceStatus
    since: datetime


class StatusReport(Struct, frozen=True):
    """`stack` is None where there is none; `failure` is why its last operation failed."""

    name: str
    stack: DeployedStack | None
    nested: tuple[NestedStatus, ...] = ()
    failure: Happened | None = None

    def as_data(self) -> dict[str, Any]:
        """The report as JSON takes it; times are in ISO 8601."""
        data: dict[str, Any] = {"stack": self.name, "status": None, "nested": [], "last_failure": None}
        if self.stack is not None:
            data |= {"id": self.stack.id, "status": str(self.stack.status), "since": self.stack.since.isoformat()}
            data |= {"reason": self.stack.reason, "termination_protection": self.stack.is_protected}
        data["nested"] = [
            {"stack": "/".join(one.path), "status": str(one.status), "since": one.since.isoformat()}
            for one in self.nested
        ]
        if self.failure is not None:
            event = self.failure.event
            data["last_failure"] = {
                "stack": "/".join(self.failure.path),
                "logical_id": event.logical_id,
                "type": event.type,
                "reason": event.reason,
                "time": event.time.isoformat(),
            }
        return data


def status(session: Session) -> StatusReport:
    session.check_caller()
    name = session.target.stack
    stack = session.cloudformation.stack(name)
    if stack is None or stack.status.is_absent:
        return StatusReport(name, None)
    nested = tuple(
        NestedStatus((*part.path, resource.logical_id), resource.status, resource.since)
        for part in inventory(session.cloudformation, stack.id)
        for resource in part.resources
        if resource.is_nested_stack
    )
    return StatusReport(name, stack, nested, root_cause(last_operation(session.cloudformation, stack)))
