"""What a test can set in the fake CloudFormation; `fake_cloudformation.md` says what it means."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, Literal

from stratopause.deployer.errors import DeploymentError

Place = tuple[str, ...]
"""The path of a stack and a logical id in it."""
Drift = list[tuple[str, str, str]] | Literal["DELETED"]
"""Property path, expected and actual value of each difference."""

RECREATES: Final = frozenset(
    {
        ("AWS::RDS::DBInstance", "DBInstanceIdentifier"),
        ("AWS::RDS::DBInstance", "DBSubnetGroupName"),
        ("AWS::S3::Bucket", "BucketName"),
        ("AWS::SNS::Topic", "TopicName"),
    }
)


@dataclass(frozen=True)
class Validation:
    """What pre-deployment validation finds of a resource; `mode` is FAIL or WARN."""

    place: Place
    reason: str
    name: str = "PROPERTY_VALIDATION"
    path: str = ""
    mode: str = "FAIL"


@dataclass(frozen=True)
class Hook:
    """What a hook finds of a change set; `annotations` are GetHookResult's."""

    name: str
    status: str = "HOOK_COMPLETE_SUCCEEDED"
    mode: str = "FAIL"
    reason: str = ""
    annotations: tuple[Mapping[str, str], ...] = ()

    @property
    def blocks(self) -> bool:
        return self.mode == "FAIL" and self.status in {"HOOK_COMPLETE_FAILED", "HOOK_FAILED"}


@dataclass
class Knobs:
    """In seconds: `delay`."""

    delay: float = 1.0
    page_size: int = 5
    pending_looks: int = 1
    stale_reads: int = 0
    outages: list[DeploymentError] = field(default_factory=list)

    failing: dict[Place, str] = field(default_factory=dict)
    undeletable: dict[Place, str] = field(default_factory=dict)
    unrestorable: set[Place] = field(default_factory=set)
    keeps_failed: bool = False
    rollback_deletes: bool = False

    unchangeable: str | None = None
    validation: list[Validation] = field(default_factory=list)
    hooks: list[Hook] = field(default_factory=list)
    recreates: set[tuple[str, str]] = field(default_factory=lambda: set(RECREATES))
    dropped: set[Place] = field(default_factory=set)
    always_listed: bool = False
    forgets_executed: bool = False

    drifts: dict[Place, Drift] = field(default_factory=dict)
    reverts_nested_drift: bool = False
