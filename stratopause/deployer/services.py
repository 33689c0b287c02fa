"""As much of AWS as a deployment needs, in the deployer's own words."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Protocol

from msgspec import Struct

from stratopause.deployer.aws.api import Api
from stratopause.deployer.changes import ChangeSet
from stratopause.deployer.plan import OpenChangeSet
from stratopause.deployer.reading import ChangeSets
from stratopause.deployer.stacks import (
    DeployedStack,
    DriftDetection,
    HookResult,
    OperationEvent,
    ResourceDrift,
    StackResource,
)
from stratopause.deployer.templates import Artifact, Template
from stratopause.deployer.watch import StackEvents


class CloudFormation(ChangeSets, StackEvents, Protocol):
    """A `stack` is named by its name or its id; a deleted one only by its id. A `token` makes a repeated request
    the same one.
    """

    def stack(self, stack: str) -> DeployedStack | None: ...
    def resources(self, stack_id: str) -> tuple[StackResource, ...]: ...
    def template(self, stack_id: str) -> Template: ...

    def create_change_set(self, step: OpenChangeSet, name: str, description: str) -> ChangeSet:
        """Ask for a change set of the whole tree; `name` makes a repeated request the same one."""
        ...

    def change_sets(self, stack_id: str) -> tuple[ChangeSet, ...]:
        """Those that can still be executed, without their changes."""
        ...

    def execute_change_set(self, change_set: ChangeSet, token: str, without_rollback: bool = False) -> None: ...
    def delete_change_set(self, change_set: ChangeSet) -> None: ...
    def failed_events(self, change_set_id: str) -> tuple[OperationEvent, ...]:
        """What pre-deployment validation and hooks found while the change set was made."""
        ...

    def hook_results(self, change_set_id: str) -> tuple[HookResult, ...]: ...

    def delete_stack(self, stack_id: str, token: str, retain: Collection[str] = ()) -> None:
        """`retain` are logical ids of the stack's own that stay; only for one in DELETE_FAILED."""
        ...

    def cancel_update(self, stack_id: str, token: str) -> None: ...
    def roll_back(self, stack_id: str, token: str) -> None:
        """Take a stack in CREATE_FAILED or UPDATE_FAILED back to its last stable state."""
        ...

    def continue_rollback(self, stack_id: str, token: str, skip: Collection[str] = ()) -> None:
        """Go on with a rollback that failed, without the resources `skip`: `LogicalId`, or in a nested stack its name,
        a full stop, and `LogicalId`.
        """
        ...

    def protect(self, stack_id: str) -> None:
        """Set the stack's termination protection."""
        ...

    def stack_policy(self, stack_id: str) -> str | None: ...
    def set_stack_policy(self, stack_id: str, body: str) -> None: ...

    def detect_drift(self, stack_id: str) -> DriftDetection: ...
    def drift_detection(self, detection: DriftDetection) -> DriftDetection:
        """How far it is now."""
        ...

    def drifted(self, stack_id: str) -> tuple[ResourceDrift, ...]:
        """The resources that the last detection found modified or deleted."""
        ...


class Artifacts(Protocol):
    def url(self, bucket: str, key: str) -> str: ...
    def present(self, bucket: str, artifacts: Collection[Artifact]) -> frozenset[str]:
        """The keys of those artifacts that the bucket holds, byte for byte."""
        ...

    def read(self, bucket: str, key: str) -> bytes: ...

    def put(self, bucket: str, artifact: Artifact) -> bool:
        """False where the bucket holds it already, byte for byte."""
        ...


class Caller(Struct, frozen=True):
    """Whom the credentials belong to."""

    account: str
    arn: str

    @property
    def partition(self) -> str:
        return self.arn.split(":")[1] if self.arn.count(":") > 1 else ""


class Identity(Protocol):
    def caller(self) -> Caller: ...


class Protections(Protocol):
    def guards(self, resource: StackResource) -> bool:
        """The resource is of a type that can refuse its own deletion."""
        ...

    def lift(self, resource: StackResource) -> None: ...


class OneOffTask(Struct, frozen=True):
    """A task definition, and where it runs: in these subnets, with this security group."""

    cluster: str
    definition: str
    subnets: tuple[str, ...]
    security_group: str


class TaskState(Struct, frozen=True):
    """`exit_code` is that of the container; None while it runs, and if it never started: `reason` says why."""

    is_stopped: bool
    exit_code: int | None = None
    reason: str = ""


class Tasks(Protocol):
    def start(self, task: OneOffTask, token: str) -> str:
        """The ARN of the started task; the same `token` starts no second one."""
        ...

    def state(self, cluster: str, arn: str) -> TaskState: ...


class Objects(Protocol):
    """Small files in the artifact bucket that are written once and never again."""

    def newest(self, bucket: str, prefix: str) -> str | None:
        """The first key with that prefix, in the order of the alphabet."""
        ...

    def keys(self, bucket: str, prefix: str) -> tuple[str, ...]: ...
    def read(self, bucket: str, key: str) -> bytes: ...
    def write_new(self, bucket: str, key: str, body: bytes) -> bool:
        """False, and nothing is written, where the key is taken."""
        ...


class Signatures(Protocol):
    """Signing with an asymmetric KMS key; `digest` is SHA-256, 32 bytes."""

    def sign(self, key: str, digest: bytes) -> tuple[str, bytes]:
        """The algorithm and the signature."""
        ...

    def verifies(self, key: str, algorithm: str, digest: bytes, signature: bytes) -> bool: ...


class Execution(Struct, frozen=True):
    """Who executed a change set, and when, as CloudTrail recorded it."""

    who: str
    when: datetime


class Trail(Protocol):
    def execution(self, change_set_id: str, since: datetime) -> Execution | None:
        """None while CloudTrail doesn't show it yet: that takes up to 15 minutes."""
        ...


class ParameterStore(Protocol):
    """Systems Manager's Parameter Store."""

    def put(self, values: Mapping[str, str], tags: Mapping[str, str]) -> tuple[str, ...]:
        """Write what differs; the names that were written."""
        ...


class Services(Struct, frozen=True):
    """`api` is for questions that one check alone asks."""

    api: Api
    cloudformation: CloudFormation
    artifacts: Artifacts
    identity: Identity
    protections: Protections
    tasks: Tasks
    objects: Objects
    signatures: Signatures
    trail: Trail
    parameters: ParameterStore
