"""What happens in a deployment, as it is shown, and what is asked.

The core yields events and asks through a `Conversation`; how they look is its business.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path as File
from typing import Protocol

from stratopause.deployer.changes import Review
from stratopause.deployer.preflight.findings import Finding
from stratopause.deployer.review.judgement import Judgement
from stratopause.deployer.stacks import DeployedStack, Output, Path, StackEvent, StackResource
from stratopause.deployer.status import StackStatus


@dataclass(frozen=True)
class Happened:
    """An event of the stack at `path`; `root` is the root stack's name."""

    root: str
    path: Path
    event: StackEvent


@dataclass(frozen=True)
class BootstrapMissing:
    """The account has no bucket for templates yet; `stack` would make it."""

    stack: str


@dataclass(frozen=True)
class Uploaded:
    names: tuple[str, ...]
    bucket: str


@dataclass(frozen=True)
class CreationRolledBack:
    """The stack's first creation failed: it must be deleted before it can be created."""

    stack: str
    cause: Happened | None


@dataclass(frozen=True)
class Deleting:
    stack: str


@dataclass(frozen=True)
class ChangeSetRequested:
    stack: str
    type: str


@dataclass(frozen=True)
class ReviewReady:
    """A change set can be approved; `link` leads to it in the AWS console."""

    stack: str
    review: Review
    link: str | None = None
    judgement: Judgement | None = None


@dataclass(frozen=True)
class Examined:
    """What the checks before a deployment have found."""

    stack: str
    findings: tuple[Finding, ...]


@dataclass(frozen=True)
class PlanWritten:
    file: File
    digest: str
    is_signed: bool


@dataclass(frozen=True)
class WaitingForConsole:
    """Somebody must execute or delete the change set in the AWS console; `link` leads to it."""

    change_set: str
    link: str | None


@dataclass(frozen=True)
class Executing:
    """The approved change set runs."""

    stack: str
    review: Review


@dataclass(frozen=True)
class Attached:
    """An operation that was running already is followed; `who` began it, if its token tells."""

    stack: str
    status: StackStatus
    since: datetime
    who: str | None


@dataclass(frozen=True)
class RollingBack:
    """The operation has failed and CloudFormation restores what was there; `evidence` is what else tells why."""

    stack: str
    cause: Happened | None
    evidence: tuple[str, ...] = ()


@dataclass(frozen=True)
class StillAtWork:
    """Nothing new for a while: what is at work, by stack and logical id, and for how many seconds."""

    stack: str
    at_work: tuple[tuple[Path, str, float], ...]


@dataclass(frozen=True)
class Ended:
    """The operation on the root stack has come to its end."""

    stack: str
    status: StackStatus


@dataclass(frozen=True)
class ProtectionSet:
    """The root stack can't be deleted until somebody lifts its termination protection."""

    stack: str


@dataclass(frozen=True)
class StackPoliciesSet:
    """No update deletes or replaces what holds data in the stacks at `paths` (`Database`; the root is empty)."""

    stack: str
    paths: tuple[str, ...]


@dataclass(frozen=True)
class StackPolicyRefused:
    """AWS doesn't let the stack policy be set."""

    stack: str
    path: str
    why: str


@dataclass(frozen=True)
class StackPoliciesLifted:
    """For this run an update may delete or replace `resources` (`Database/Instance`)."""

    stack: str
    resources: tuple[str, ...]


@dataclass(frozen=True)
class StackPoliciesStayLifted:
    """What was lifted for a run isn't restored yet."""

    stack: str
    paths: tuple[str, ...]
    why: str


@dataclass(frozen=True)
class DriftDetectionStarted:
    """CloudFormation compares what is there with the templates, in so many stacks."""

    stack: str
    stacks: int


@dataclass(frozen=True)
class OutputsWritten:
    file: File
    outputs: tuple[Output, ...]


@dataclass(frozen=True)
class Kept:
    """A resource that the deletion of its stack leaves, or of which it leaves a snapshot."""

    path: Path
    resource: StackResource
    as_snapshot: bool = False


@dataclass(frozen=True)
class Blocked:
    """A resource that CloudFormation can't delete as it is."""

    path: Path
    resource: StackResource
    why: str


@dataclass(frozen=True)
class DestructionReady:
    """What deleting the stack would do: how many resources go, what stays, whose protection is lifted.

    `lost` hold data and go without a snapshot, `blocked` stand in the way.
    """

    stack: str
    resources: int
    kept: tuple[Kept, ...]
    protected: tuple[tuple[Path, StackResource], ...]
    lost: tuple[tuple[Path, StackResource], ...] = ()
    blocked: tuple[Blocked, ...] = ()


@dataclass(frozen=True)
class StateExplained:
    """How a stack has come to its status, and the ways out, each as it is typed and with what it does.

    `who` holds it, or has last, if the token of the request tells; `cause` is why its last operation failed.
    """

    stack: DeployedStack
    meaning: str
    who: str | None
    cause: Happened | None
    ways: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class RollbackLoses:
    """A rollback would delete these, which hold data, without a snapshot."""

    stack: str
    lost: tuple[tuple[Path, StackResource], ...]


@dataclass(frozen=True)
class SkippedMayDiffer:
    """A rollback goes on without these (`Database.Instance`): how they are may differ from what the template says."""

    stack: str
    names: tuple[str, ...]


@dataclass(frozen=True)
class DeletingNested:
    """A nested stack whose deletion failed is deleted by itself, first, and leaves these resources."""

    path: Path
    retained: tuple[str, ...]


@dataclass(frozen=True)
class EvidenceWritten:
    """What AWS Support needs to know of a stack is in `file`."""

    file: File


@dataclass(frozen=True)
class ProtectionLifted:
    path: Path
    resource: StackResource


@dataclass(frozen=True)
class TaskStarted:
    """A one-off task runs."""

    arn: str


@dataclass(frozen=True)
class TaskEnded:
    """A one-off task ended well."""

    arn: str
    seconds: float


@dataclass(frozen=True)
class RunConcluded:
    """A run that its client had left has ended like this, and is recorded so now."""

    stack: str
    run: str
    outcome: str


@dataclass(frozen=True)
class RecordsOutOfReach:
    """The bucket's records can't be read or added to; what is recorded waits here."""

    stack: str
    reason: str


@dataclass(frozen=True)
class RecordsNotKept:
    """The copy of the records on this machine can't be read or written."""

    stack: str
    reason: str


@dataclass(frozen=True)
class RecordsSent:
    """Records that waited here, or that the bucket had lost, are in the bucket now."""

    stack: str
    count: int


@dataclass(frozen=True)
class RecordsDiffer:
    """The record `number` isn't what it was, or what is here and what is in the bucket aren't the same."""

    stack: str
    number: int
    problem: str


Event = (
    Happened
    | BootstrapMissing
    | Uploaded
    | CreationRolledBack
    | Deleting
    | ChangeSetRequested
    | ReviewReady
    | Examined
    | PlanWritten
    | WaitingForConsole
    | Executing
    | Attached
    | RollingBack
    | StillAtWork
    | Ended
    | ProtectionSet
    | StackPoliciesSet
    | StackPolicyRefused
    | StackPoliciesLifted
    | StackPoliciesStayLifted
    | DriftDetectionStarted
    | OutputsWritten
    | DestructionReady
    | ProtectionLifted
    | StateExplained
    | RollbackLoses
    | SkippedMayDiffer
    | DeletingNested
    | EvidenceWritten
    | TaskStarted
    | TaskEnded
    | RunConcluded
    | RecordsOutOfReach
    | RecordsNotKept
    | RecordsSent
    | RecordsDiffer
)


@dataclass(frozen=True)
class MakeChanges:
    """May the reviewed change set be executed?"""

    stack: str


@dataclass(frozen=True)
class MakeBootstrap:
    """May the account get its bucket for templates and its image repository?"""

    stack: str


@dataclass(frozen=True)
class DeleteAndCreateAgain:
    """May the stack whose creation was rolled back be deleted?"""

    stack: str


@dataclass(frozen=True)
class CancelUpdate:
    """May the running update be cancelled? `who` began it, if its token tells."""

    stack: str
    who: str | None


@dataclass(frozen=True)
class RollBack:
    """May the stack be taken back to how it was, without the resources `skipped`?"""

    stack: str
    skipped: tuple[str, ...] = ()


Question = MakeChanges | MakeBootstrap | DeleteAndCreateAgain | CancelUpdate | RollBack


class Conversation(Protocol):
    """Who reads along and decides."""

    @property
    def can_ask(self) -> bool:
        """Somebody is there to answer."""
        ...

    def show(self, event: Event) -> None: ...
    def agrees(self, question: Question) -> bool: ...
    def types(self, name: str) -> bool:
        """Somebody confirms the destruction of `name` by typing it."""
        ...
