"""How a command can end, as expected outcomes; surprises are exceptions."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from stratopause import exit_codes
from stratopause.deployer.events import Happened, Kept
from stratopause.deployer.stacks import Output
from stratopause.deployer.status import StackStatus


@dataclass(frozen=True)
class Deployed:
    """The approved change set has run; `before` are the outputs that the stack had until then."""

    stack: str
    outputs: tuple[Output, ...]
    seconds: float
    before: tuple[Output, ...] = ()
    exit_code: ClassVar[int] = exit_codes.DONE


@dataclass(frozen=True)
class NothingToDo:
    """The stack is already as it is wanted."""

    stack: str
    outputs: tuple[Output, ...]
    exit_code: ClassVar[int] = exit_codes.DONE


@dataclass(frozen=True)
class Declined:
    """Somebody said no; nothing was changed."""

    stack: str
    exit_code: ClassVar[int] = exit_codes.NOT_APPROVED


@dataclass(frozen=True)
class RolledBack:
    """The operation failed, and CloudFormation restored what was there."""

    stack: str
    status: StackStatus
    cause: Happened | None
    exit_code: ClassVar[int] = exit_codes.ROLLED_BACK


@dataclass(frozen=True)
class Stuck:
    """The operation failed, and so did its rollback, or a deletion was blocked."""

    stack: str
    status: StackStatus
    cause: Happened | None
    next_step: str
    exit_code: ClassVar[int] = exit_codes.NEEDS_RECOVERY


@dataclass(frozen=True)
class Destroyed:
    stack: str
    kept: tuple[Kept, ...]
    exit_code: ClassVar[int] = exit_codes.DONE


@dataclass(frozen=True)
class NothingToDestroy:
    stack: str
    exit_code: ClassVar[int] = exit_codes.DONE


Outcome = Deployed | NothingToDo | Declined | RolledBack | Stuck | Destroyed | NothingToDestroy
