"""What happens in a deployment, as it is shown, and what is asked.

The core yields events and asks through a `Conversation`; how they look is its business.
"""

from __future__ import annotations

from datetime import datetime
from pathlib import Path as File
from typing import TYPE_CHECKING, Protocol

from msgspec import Struct

from stratopause.deployer.stacks import DeployedStack, Output, Path, StackEvent, StackResource
from stratopause.deployer.status import StackStatus

if TYPE_CHECKING:
    from stratopause.deployer.changes import Review
    from stratopause.deployer.preflight.findings import Finding
    from stratopause.deployer.review.judgement import Judgement


class Happened(Struct, frozen=True):
    """An event of the stack at `path`; `root` is the root stack's name."""

    root: str
    path: Path
    event: StackEvent


class BootstrapMissing(Struct, frozen=True):
    """The account has no bucket for templates yet; `stack` would make it."""

    stack: str


class Uploaded(Struct, frozen=True):
    names: tuple[str, ...]
    bucket: str


class CreationRolledBack(Struct, frozen=True):
    """The stack's first creation failed: it must be deleted before it can be created."""

    stack: str
    cause: Happened | None


class Deleting(Struct, frozen=True):
    stack: str


class ChangeSetRequested(Struct, frozen=True):
    stack: str
    type: str


class ReviewReady(Struct, frozen=True):
    """A change set can be approved; `link` leads to it in the AWS console."""

    stack: str
    review: Review
    link: str | None = None
    judgement: Judgement | None = None


class Examined(Struct, frozen=True):
    """What the checks before a deployment have found."""

    stack: str
    findings: tuple[Finding, ...]


class PlanWritten(Struct, frozen=True):
    file: File
    digest: str
    is_signed: bool


class WaitingForConsole(Struct, frozen=True):
    """Somebody must execute or delete the change set in the AWS console; `link` leads to it."""

    change_set: str
    link: str | None


class Executing(Struct, frozen=True):
    """The approved change set runs."""

    stack: str
    review: Review


class Attached(Struct, frozen=True):
    """An operation that was running already is followed; `who` began it, if its token tells."""

    stack: str
    status: StackStatus
    since: datetime
    who: str | None


class RollingBack(Struct, frozen=True):
    """The operation has failed and CloudFormation restores what was there; `evidence` is what else tells why."""

    stack: str
    cause: Happened | None
    evidence: tuple[str, ...] = ()


class StillAtWork(Struct, frozen=True):
    """Nothing new for a while: what is at work, by stack and logical id, and for how many seconds."""

    stack: str
    at_work: tuple[tuple[Path, str, float], ...]


class Ended(Struct, frozen=True):
    """The operation on the root stack has come to its end."""

    stack: str
    status: StackStatus


class ProtectionSet(Struct, frozen=True):
    """The root stack can't be deleted until somebody lifts its termination protection."""

    stack: str


class StackPoliciesSet(Struct, frozen=True):
    """No update deletes or replaces what holds data in the stacks at `paths` (`Database`; the root is empty)."""

    stack: str
    paths: tuple[str, ...]


class ProtectionRefused(Struct, frozen=True):
    """AWS doesn't let the root stack be protected against termination."""

    stack: str
    why: str


class StackPolicyRefused(Struct, frozen=True):
    """AWS doesn't let the stack policy be set."""

    stack: str
    path: str
    why: str


class StackPoliciesLifted(Struct, frozen=True):
    """For this run an update may delete or replace `resources` (`Database/Instance`)."""

    stack: str
    resources: tuple[str, ...]


class StackPoliciesStayLifted(Struct, frozen=True):
    """What was lifted for a run isn't restored yet."""

    stack: str
    paths: tuple[str, ...]
    why: str


class DriftDetectionStarted(Struct, frozen=True):
    """CloudFormation compares what is there with the templates, in so many stacks."""

    stack: str
    stacks: int


class OutputsWritten(Struct, frozen=True):
    file: File
    outputs: tuple[Output, ...]


class Kept(Struct, frozen=True):
    """A resource that the deletion of its stack leaves, or of which it leaves a snapshot."""

    path: Path
    resource: StackResource
    as_snapshot: bool = False


class Blocked(Struct, frozen=True):
    """A resource that CloudFormation can't delete as it is."""

    path: Path
    resource: StackResource
    why: str


class DestructionReady(Struct, frozen=True):
    """What deleting the stack would do: how many resources go, what stays, whose protection is lifted.

    `lost` hold data and go without a snapshot, `blocked` stand in the way.
    """

    stack: str
    resources: int
    kept: tuple[Kept, ...]
    protected: tuple[tuple[Path, StackResource], ...]
    lost: tuple[tuple[Path, StackResource], ...] = ()
    blocked: tuple[Blocked, ...] = ()


class StateExplained(Struct, frozen=True):
    """How a stack has come to its status, and the ways out, each as it is typed and with what it does.

    `who` holds it, or has last, if the token of the request tells; `cause` is why its last operation failed.
    """

    stack: DeployedStack
    meaning: str
    who: str | None
    cause: Happened | None
    ways: tuple[tuple[str, str], ...] = ()


class RollbackLoses(Struct, frozen=True):
    """A rollback would delete these, which hold data, without a snapshot."""

    stack: str
    lost: tuple[tuple[Path, StackResource], ...]


class SkippedMayDiffer(Struct, frozen=True):
    """A rollback goes on without these (`Database.Instance`): how they are may differ from what the template says."""

    stack: str
    names: tuple[str, ...]


class DeletingNested(Struct, frozen=True):
    """A nested stack whose deletion failed is deleted by itself, first, and leaves these resources."""

    path: Path
    retained: tuple[str, ...]


class EvidenceWritten(Struct, frozen=True):
    """What AWS Support needs to know of a stack is in `file`."""

    file: File


class ProtectionLifted(Struct, frozen=True):
    path: Path
    resource: StackResource


class TaskStarted(Struct, frozen=True):
    """A one-off task runs."""

    arn: str


class TaskEnded(Struct, frozen=True):
    """A one-off task ended well."""

    arn: str
    seconds: float


class RunConcluded(Struct, frozen=True):
    """A run that its client had left has ended like this, and is recorded so now."""

    stack: str
    run: str
    outcome: str


class RecordsOutOfReach(Struct, frozen=True):
    """The bucket's records can't be read or added to; what is recorded waits here."""

    stack: str
    reason: str


class RecordsNotKept(Struct, frozen=True):
    """The copy of the records on this machine can't be read or written."""

    stack: str
    reason: str


class RecordsSent(Struct, frozen=True):
    """Records that waited here, or that the bucket had lost, are in the bucket now."""

    stack: str
    count: int


class RecordsDiffer(Struct, frozen=True):
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
    | ProtectionRefused
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


class MakeChanges(Struct, frozen=True):
    """May the reviewed change set be executed?"""

    stack: str


class MakeBootstrap(Struct, frozen=True):
    """May the account get its bucket for templates and its image repository?"""

    stack: str


class DeleteAndCreateAgain(Struct, frozen=True):
    """May the stack whose creation was rolled back be deleted?"""

    stack: str


class CancelUpdate(Struct, frozen=True):
    """May the running update be cancelled? `who` began it, if its token tells."""

    stack: str
    who: str | None


class RollBack(Struct, frozen=True):
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
