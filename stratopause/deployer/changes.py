"""What a change set would do, as CloudFormation tells: records, before anybody judges them.

https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_DescribeChangeSet.html
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from enum import StrEnum
from typing import Final

from msgspec import Struct

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


class PropertyChange(Struct, frozen=True):
    """One target of one change, in AWS's words; empty where CloudFormation doesn't tell, None where there is no value.

    `path` is `/Properties/Engine`, or the attribute (`Tags`, `DeletionPolicy`) where there is no path. `before` and
    `after` may have been cut by CloudFormation. `actual` is the value that drift detection found, if it drifted.
    """

    path: str
    attribute: str = "Properties"
    kind: str = ""
    requires_recreation: str = ""
    before: str | None = None
    after: str | None = None
    evaluation: str = ""
    source: str = ""
    cause: str = ""
    actual: str | None = None


class ResourceChange(Struct, frozen=True):
    """One resource of one change set; `before_context` and `after_context` are the resource whole, as JSON.

    https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_ResourceChange.html
    """

    logical_id: str
    type: str
    action: str
    replacement: str = ""
    policy_action: str = ""
    details: tuple[PropertyChange, ...] = ()
    change_set_id: str | None = None
    physical_id: str = ""
    scope: tuple[str, ...] = ()
    before_context: str = ""
    after_context: str = ""
    drift_status: str = ""

    @property
    def kind(self) -> Kind:
        if self.action in {"Modify", "SyncWithActual"}:
            return {"True": Kind.REPLACE, "Conditional": Kind.MAYBE_REPLACE}.get(self.replacement, Kind.MODIFY)
        return {"Add": Kind.ADD, "Import": Kind.IMPORT, "Remove": Kind.REMOVE}.get(self.action, Kind.UNKNOWN)

    @property
    def paths(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(detail.path for detail in self.details if detail.path))

    @property
    def is_nested_stack(self) -> bool:
        return self.type == NESTED_STACK

    @property
    def is_automatic(self) -> bool:
        """CloudFormation lists a nested stack only because it always does."""
        return bool(self.details) and all(detail.source == "Automatic" for detail in self.details)

    @property
    def may_lose_data(self) -> bool:
        """A stateful resource goes, and no policy keeps it or a snapshot of it."""
        goes = self.kind in {Kind.REMOVE, Kind.REPLACE, Kind.MAYBE_REPLACE}
        return goes and self.type in STATEFUL and not self.policy_action.endswith(("Retain", "Snapshot"))


class ChangeSet(Struct, frozen=True):
    """A change set as DescribeChangeSet tells, with the changes on every page.

    `execution` is its ExecutionStatus, `reason` why it failed, or a warning that values are incomplete.
    """

    id: str
    stack_id: str
    status: str
    reason: str = ""
    execution: str = ""
    name: str = ""
    description: str = ""
    created: datetime | None = None
    parameters: tuple[tuple[str, str], ...] = ()
    changes: tuple[ResourceChange, ...] = ()

    @property
    def is_pending(self) -> bool:
        return self.status in {"CREATE_PENDING", "CREATE_IN_PROGRESS"}

    @property
    def has_failed(self) -> bool:
        return self.status == "FAILED"

    @property
    def says_no_changes(self) -> bool:
        return self.has_failed and _says_no_changes(self.reason)

    @property
    def is_available(self) -> bool:
        """It can be executed now."""
        return self.status == "CREATE_COMPLETE" and self.execution == "AVAILABLE"

    @property
    def is_obsolete(self) -> bool:
        """Its stack has changed since it was made."""
        return self.execution == "OBSOLETE"

    @property
    def was_executed(self) -> bool:
        """Somebody has begun to execute it."""
        return self.execution.startswith("EXECUTE_")

    @property
    def is_going(self) -> bool:
        """It is deleted, or being deleted."""
        return self.status.startswith("DELETE_")


class StackChanges(Struct, frozen=True):
    """The changes of one stack of the tree; those of the nested stacks in it stand beside it, not in it."""

    path: Path
    changes: tuple[ResourceChange, ...]


class Review(Struct, frozen=True):
    """A change set as it is approved: parents before children, in CloudFormation's order."""

    change_set: ChangeSet
    stacks: tuple[StackChanges, ...]

    @property
    def is_empty(self) -> bool:
        """No resource changes, though CloudFormation lists its nested stacks."""
        return all(change.is_automatic for _, change in self.all())

    def all(self) -> Iterator[tuple[Path, ResourceChange]]:
        return ((stack.path, change) for stack in self.stacks for change in stack.changes)


def _says_no_changes(reason: str) -> bool:
    """The two ways in which CloudFormation says it; the second where the template has a transform."""
    return reason.startswith(("The submitted information didn't contain changes", "No updates are to be performed"))
