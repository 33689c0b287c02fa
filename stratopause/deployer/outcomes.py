"""How a command can end, as expected outcomes; surprises are exceptions."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path as File
from typing import TYPE_CHECKING, ClassVar

from msgspec import Struct

from stratopause import exit_codes
from stratopause.deployer.events import Happened, Kept
from stratopause.deployer.stacks import Output
from stratopause.deployer.status import StackStatus

if TYPE_CHECKING:
    from stratopause.deployer.changes import Review
    from stratopause.deployer.diagnosis import Diagnosis
    from stratopause.deployer.review.judgement import Judgement


class Deployed(Struct, frozen=True):
    """The approved change set has run; `before` are the outputs that the stack had until then."""

    stack: str
    outputs: tuple[Output, ...]
    seconds: float
    before: tuple[Output, ...] = ()
    exit_code: ClassVar[int] = exit_codes.DONE


class NothingToDo(Struct, frozen=True):
    """The stack is already as it is wanted."""

    stack: str
    outputs: tuple[Output, ...]
    exit_code: ClassVar[int] = exit_codes.DONE


class Planned(Struct, frozen=True):
    """There is a change set to approve; its plan is in `file`, if that was asked for."""

    stack: str
    review: Review
    judgement: Judgement
    file: File | None = None
    exit_code: ClassVar[int] = exit_codes.DONE


class Declined(Struct, frozen=True):
    """Somebody said no; nothing was changed."""

    stack: str
    exit_code: ClassVar[int] = exit_codes.NOT_APPROVED


class RolledBack(Struct, frozen=True):
    """The operation failed, and CloudFormation restored what was there; `evidence` is what else tells why."""

    stack: str
    status: StackStatus
    cause: Happened | None
    evidence: tuple[str, ...] = ()
    exit_code: ClassVar[int] = exit_codes.ROLLED_BACK

    @property
    def diagnosis(self) -> Diagnosis | None:
        return _diagnosed(self.cause, self.evidence)


class Stuck(Struct, frozen=True):
    """The operation failed, and so did its rollback, or a deletion was blocked; `evidence` is what else tells why."""

    stack: str
    status: StackStatus
    cause: Happened | None
    next_step: str
    evidence: tuple[str, ...] = ()
    exit_code: ClassVar[int] = exit_codes.NEEDS_RECOVERY

    @property
    def diagnosis(self) -> Diagnosis | None:
        return _diagnosed(self.cause, self.evidence)


class NothingRunning(Struct, frozen=True):
    """No operation is running; `cause` is why the last one failed."""

    stack: str
    status: StackStatus
    since: datetime
    cause: Happened | None = None
    exit_code: ClassVar[int] = exit_codes.DONE


class Destroyed(Struct, frozen=True):
    stack: str
    kept: tuple[Kept, ...]
    exit_code: ClassVar[int] = exit_codes.DONE


class NothingToDestroy(Struct, frozen=True):
    stack: str
    exit_code: ClassVar[int] = exit_codes.DONE


class Restored(Struct, frozen=True):
    """What was there before is restored; `next_step` is what comes after."""

    stack: str
    status: StackStatus
    next_step: str
    exit_code: ClassVar[int] = exit_codes.DONE


class NotNeeded(Struct, frozen=True):
    """There is nothing to recover: the stack `why` (`is at rest`)."""

    stack: str
    why: str
    exit_code: ClassVar[int] = exit_codes.DONE


class Explained(Struct, frozen=True):
    """How the stack is was explained, and nothing done."""

    stack: str
    status: StackStatus

    @property
    def exit_code(self) -> int:
        if self.status.needs_recovery:
            return exit_codes.NEEDS_RECOVERY
        return exit_codes.BUSY if self.status.is_in_progress else exit_codes.DONE


Outcome = (
    Planned
    | Deployed
    | NothingToDo
    | Declined
    | RolledBack
    | Stuck
    | NothingRunning
    | Destroyed
    | NothingToDestroy
    | Restored
    | NotNeeded
    | Explained
)


def _diagnosed(cause: Happened | None, evidence: tuple[str, ...]) -> Diagnosis | None:
    # Loaded here: whoever succeeds needs no reasons.
    from stratopause.deployer.diagnosis import diagnosed

    return diagnosed(cause, evidence)
