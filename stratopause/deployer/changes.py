"""What a change set would do, read from the root down through every nested stack."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Final, Protocol

from stratopause.deployer.stacks import NESTED_STACK, Path

STATEFUL: Final = frozenset(
    {
        "AWS::Backup::BackupVault",
        "AWS::CloudTrail::Trail",
        "AWS::DynamoDB::Table",
        "AWS::EC2::Volume",
        "AWS::ECR::Repository",
        "AWS::EFS::FileSystem",
        "AWS::ElastiCache::ReplicationGroup",
        "AWS::ElastiCache::ServerlessCache",
        "AWS::KMS::Key",
        "AWS::Logs::LogGroup",
        "AWS::RDS::DBCluster",
        "AWS::RDS::DBInstance",
        "AWS::S3::Bucket",
        "AWS::SecretsManager::Secret",
    }
)
"""The types that hold what can't be made again from a template."""


class Kind(StrEnum):
    """What happens to a resource."""

    ADD = "add"
    IMPORT = "import"
    MODIFY = "modify"
    MAYBE_REPLACE = "maybe replace"
    REPLACE = "replace"
    REMOVE = "remove"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class ChangeSet:
    """A change set as DescribeChangeSet tells, without its changes."""

    id: str
    stack_id: str
    status: str
    reason: str = ""

    @property
    def is_pending(self) -> bool:
        return self.status in {"CREATE_PENDING", "CREATE_IN_PROGRESS"}

    @property
    def has_failed(self) -> bool:
        return self.status == "FAILED"

    @property
    def says_no_changes(self) -> bool:
        return self.has_failed and _says_no_changes(self.reason)


@dataclass(frozen=True)
class ResourceChange:
    """One resource of one change set: `action` and `replacement` as AWS names them, `paths` of properties.

    `is_automatic` says that CloudFormation lists a nested stack only because it always does.
    https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_ResourceChange.html
    """

    logical_id: str
    type: str
    action: str
    replacement: str = ""
    policy_action: str = ""
    paths: tuple[str, ...] = ()
    change_set_id: str | None = None
    is_automatic: bool = False

    @property
    def kind(self) -> Kind:
        if self.action == "Modify":
            return {"True": Kind.REPLACE, "Conditional": Kind.MAYBE_REPLACE}.get(self.replacement, Kind.MODIFY)
        return {"Add": Kind.ADD, "Import": Kind.IMPORT, "Remove": Kind.REMOVE}.get(self.action, Kind.UNKNOWN)

    @property
    def is_nested_stack(self) -> bool:
        return self.type == NESTED_STACK

    @property
    def may_lose_data(self) -> bool:
        """A stateful resource goes, and no policy keeps it or a snapshot of it."""
        goes = self.kind in {Kind.REMOVE, Kind.REPLACE, Kind.MAYBE_REPLACE}
        return goes and self.type in STATEFUL and not self.policy_action.endswith(("Retain", "Snapshot"))


@dataclass(frozen=True)
class StackChanges:
    """The changes of one stack of the tree; those of the nested stacks in it stand beside it, not in it."""

    path: Path
    changes: tuple[ResourceChange, ...]


@dataclass(frozen=True)
class Review:
    """A change set as it is approved: parents before children, in CloudFormation's order."""

    change_set: ChangeSet
    stacks: tuple[StackChanges, ...]

    @property
    def is_empty(self) -> bool:
        """No resource changes, though CloudFormation lists its nested stacks."""
        return all(change.is_automatic for _, change in self.all())

    @property
    def alarms(self) -> tuple[tuple[Path, ResourceChange], ...]:
        return tuple((path, change) for path, change in self.all() if change.may_lose_data)

    def all(self) -> Iterator[tuple[Path, ResourceChange]]:
        return ((stack.path, change) for stack in self.stacks for change in stack.changes)


class ChangeSets(Protocol):
    """As much of CloudFormation as reading a change set needs."""

    def change_set(self, change_set_id: str) -> ChangeSet: ...
    def changes(self, change_set_id: str) -> tuple[ResourceChange, ...]:
        """The changes on every page."""
        ...


def read(change_sets: ChangeSets, change_set: ChangeSet) -> Review:
    """Read `change_set` and those of the stacks nested in it."""
    return Review(change_set, tuple(_read(change_sets, change_set.id, ())))


def why_it_failed(change_sets: ChangeSets, change_set: ChangeSet) -> str:
    """The reason in the deepest change set that failed, for the root only says that a nested one did."""
    for change in change_sets.changes(change_set.id):
        if change.change_set_id is not None:
            nested = change_sets.change_set(change.change_set_id)
            if nested.has_failed and not nested.says_no_changes:
                return f"{change.logical_id}: {why_it_failed(change_sets, nested)}"
    return change_set.reason or "CloudFormation gives no reason"


def _read(change_sets: ChangeSets, change_set_id: str, path: Path) -> Iterator[StackChanges]:
    changes = change_sets.changes(change_set_id)
    yield StackChanges(path, changes)
    for change in changes:
        if change.change_set_id is not None:
            yield from _read(change_sets, change.change_set_id, (*path, change.logical_id))


def _says_no_changes(reason: str) -> bool:
    """The two ways in which CloudFormation says it; the second where the template has a transform."""
    return reason.startswith(("The submitted information didn't contain changes", "No updates are to be performed"))
