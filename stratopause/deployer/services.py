"""As much of AWS as a deployment needs, in the deployer's own words."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Protocol

from stratopause.deployer.changes import ChangeSet, ChangeSets
from stratopause.deployer.follow import StackEvents
from stratopause.deployer.plan import OpenChangeSet
from stratopause.deployer.stacks import DeployedStack, StackResource
from stratopause.deployer.templates import Artifact, Template


class CloudFormation(ChangeSets, StackEvents, Protocol):
    """A `stack` is named by its name or its id; a deleted one only by its id."""

    def stack(self, stack: str) -> DeployedStack | None: ...
    def resources(self, stack_id: str) -> tuple[StackResource, ...]: ...
    def template(self, stack_id: str) -> Template: ...
    def create_change_set(self, step: OpenChangeSet, name: str, description: str) -> ChangeSet:
        """Ask for a change set of the whole tree; `name` makes a repeated request the same one."""
        ...

    def execute_change_set(self, change_set: ChangeSet, token: str) -> None: ...
    def delete_change_set(self, change_set: ChangeSet) -> None: ...
    def has_open_change_sets(self, stack_id: str) -> bool: ...
    def delete_stack(self, stack_id: str, token: str) -> None: ...
    def protect(self, stack_id: str) -> None:
        """Set the stack's termination protection."""
        ...


class Artifacts(Protocol):
    def url(self, bucket: str, key: str) -> str: ...
    def present(self, bucket: str, artifacts: Collection[Artifact]) -> frozenset[str]:
        """The keys of those artifacts that the bucket holds, byte for byte."""
        ...

    def put(self, bucket: str, artifact: Artifact) -> None: ...


@dataclass(frozen=True)
class Caller:
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


@dataclass(frozen=True)
class OneOffTask:
    """A task definition, and where it runs: in these subnets, with this security group."""

    cluster: str
    definition: str
    subnets: tuple[str, ...]
    security_group: str


@dataclass(frozen=True)
class TaskState:
    """`exit_code` is that of the container; None while it runs, and if it never started: `reason` says why."""

    is_stopped: bool
    exit_code: int | None = None
    reason: str = ""


class Tasks(Protocol):
    def start(self, task: OneOffTask, token: str) -> str:
        """The ARN of the started task; the same `token` starts no second one."""
        ...

    def state(self, cluster: str, arn: str) -> TaskState: ...


@dataclass(frozen=True)
class Services:
    cloudformation: CloudFormation
    artifacts: Artifacts
    identity: Identity
    protections: Protections
    tasks: Tasks
