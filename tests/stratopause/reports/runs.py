"""What happens in a run, as a test makes it up; times are in seconds of the run."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from stratopause.deployer.changes import ChangeSet, ResourceChange, Review, StackChanges
from stratopause.deployer.events import Happened
from stratopause.deployer.stacks import NESTED_STACK, Path, StackEvent
from stratopause.deployer.status import ResourceStatus

BEGIN = datetime(2026, 1, 1, tzinfo=UTC)
HOSTILE = "\x1b[2J[red]evil[/red]\r\n::error::x ##[set-env]y <script>`|*_[a](b) \x9b31m\u202e\x00 ::stop-commands::t"


def when(second: float) -> datetime:
    return BEGIN + timedelta(seconds=second)


def own(second: float, path: Path, status: str) -> Happened:
    """An event of the stack at `path` itself."""
    stack = "/".join(("clinic-dev", *path))
    return Happened(
        "clinic-dev",
        path,
        StackEvent("e", stack, stack, stack, NESTED_STACK, ResourceStatus(status), when(second)),
    )


def of(second: float, path: Path, logical_id: str, status: str, reason: str = "", nested: bool = False) -> Happened:
    """An event of a resource, or of a nested stack as its parent tells it."""
    stack = "/".join(("clinic-dev", *path))
    kind, physical_id = (NESTED_STACK, f"{stack}/{logical_id}") if nested else ("AWS::RDS::DBInstance", "p")
    return Happened(
        "clinic-dev",
        path,
        StackEvent("e", stack, logical_id, physical_id, kind, ResourceStatus(status), when(second), reason),
    )


def review(**stacks: int) -> Review:
    """So many resources to add in each nested stack."""
    nested = (
        StackChanges((name,), tuple(ResourceChange(f"R{number}", "AWS::SNS::Topic", "Add") for number in range(count)))
        for name, count in stacks.items()
    )
    return Review(ChangeSet("c", "s", "CREATE_COMPLETE"), (StackChanges((), ()), *nested))
