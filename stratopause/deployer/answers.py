"""What each command does in each status of the root stack. Pure: every command asks here before it writes.

https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/view-stack-events.html#cfn-console-view-stack-data-resources-status-codes
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from enum import Enum, StrEnum
from typing import Final

from msgspec import Struct

from stratopause.deployer.errors import (
    DeploymentError,
    NeedsRecovery,
    NotPossible,
    StackAbsent,
    StackBusy,
    StalePlan,
)
from stratopause.deployer.stacks import DeployedStack
from stratopause.deployer.status import StackStatus

ENVIRONMENT: Final = "ENV"
"""Stands in a next step for the environment as it is typed."""


class Command(StrEnum):
    """The commands that are about a stack, as they are typed."""

    PLAN = "plan"
    APPLY = "apply"
    DEPLOY = "deploy"
    PREPARE = "prepare"
    CANCEL = "cancel"
    ROLLBACK = "rollback"
    RECOVER = "recover"
    RECOVER_BY_DELETING = "recover --delete"
    DESTROY = "destroy"
    DOCTOR = "doctor"
    WATCH = "watch"
    STATUS = "status"
    OUTPUTS = "outputs"
    DRIFT = "drift"
    HISTORY = "history"

    def on(self, environment: str) -> str:
        """What is typed: `python build.py recover dev --delete`."""
        name, *flags = self.split()
        return " ".join(("python build.py", name, environment, *flags))


class How(StrEnum):
    """What a command does, in words for the runbook."""

    CREATE = "creates"
    UPDATE = "updates"
    UPDATE_WITHOUT_ROLLBACK = "updates, without rolling back if it fails"
    CLEAR_AND_CREATE = "after a yes deletes what is left, then creates"
    EXECUTE = "executes the plan"
    EXECUTE_WITHOUT_ROLLBACK = "executes the plan, without rolling back if it fails"
    PREPARE = "runs the task"
    CANCEL = "cancels the update"
    FOLLOW = "follows to the end"
    ROLL_BACK = "rolls back"
    CONTINUE_ROLLBACK = "continues the rollback"
    EXPLAIN = "explains"
    OFFER = "explains, offers the way out"
    DELETE = "deletes"
    CHECK = "checks"
    RETELL = "tells how it went"
    TELL = "tells"
    COLLECT = "collects"
    DETECT = "detects"


class Proceed(Struct, frozen=True):
    how: How


class Nothing(Struct, frozen=True):
    """There is nothing to do, and that is well; `why` completes "the stack ..."."""

    why: str


class Refuse(Struct, frozen=True):
    """`why` completes "the stack is in this status: ..."; `next_step` may name ENVIRONMENT."""

    error: type[DeploymentError]
    why: str
    next_step: str

    @property
    def exit_code(self) -> int:
        return self.error.exit_code


Answer = Proceed | Nothing | Refuse


class Condition(Enum):
    """Statuses in which every command does the same; the value is them all, None for a stack that isn't there."""

    ABSENT = (None, StackStatus.DELETE_COMPLETE)
    IN_REVIEW = (StackStatus.REVIEW_IN_PROGRESS,)
    COMPLETE = (StackStatus.CREATE_COMPLETE, StackStatus.UPDATE_COMPLETE, StackStatus.IMPORT_COMPLETE)
    ROLLED_BACK = (StackStatus.UPDATE_ROLLBACK_COMPLETE, StackStatus.IMPORT_ROLLBACK_COMPLETE)
    CREATION_ROLLED_BACK = (StackStatus.ROLLBACK_COMPLETE,)
    UPDATING = (StackStatus.UPDATE_IN_PROGRESS,)
    ROLLING_BACK = (
        StackStatus.ROLLBACK_IN_PROGRESS,
        StackStatus.UPDATE_ROLLBACK_IN_PROGRESS,
        StackStatus.UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS,
        StackStatus.IMPORT_ROLLBACK_IN_PROGRESS,
    )
    AT_WORK = (
        StackStatus.CREATE_IN_PROGRESS,
        StackStatus.UPDATE_COMPLETE_CLEANUP_IN_PROGRESS,
        StackStatus.DELETE_IN_PROGRESS,
        StackStatus.IMPORT_IN_PROGRESS,
    )
    CREATE_FAILED = (StackStatus.CREATE_FAILED,)
    UPDATE_FAILED = (StackStatus.UPDATE_FAILED,)
    ROLLBACK_FAILED = (StackStatus.ROLLBACK_FAILED,)
    DELETE_FAILED = (StackStatus.DELETE_FAILED,)
    UPDATE_ROLLBACK_FAILED = (StackStatus.UPDATE_ROLLBACK_FAILED,)
    IMPORT_ROLLBACK_FAILED = (StackStatus.IMPORT_ROLLBACK_FAILED,)

    def __init__(self, *statuses: StackStatus | None) -> None:
        self.statuses = statuses


Answers = Mapping[Condition, Answer]

_C = Condition
ALL: Final = tuple(Condition)
WORKING: Final = (_C.UPDATING, _C.ROLLING_BACK, _C.AT_WORK)
FAILED: Final = (
    _C.CREATE_FAILED,
    _C.UPDATE_FAILED,
    _C.ROLLBACK_FAILED,
    _C.DELETE_FAILED,
    _C.UPDATE_ROLLBACK_FAILED,
    _C.IMPORT_ROLLBACK_FAILED,
)
NEVER_DELETED: Final = (_C.UPDATE_ROLLBACK_FAILED, _C.IMPORT_ROLLBACK_FAILED)
"""Deleting from these can take what the rollback was still to restore."""


def _next(command: Command, what: str = "") -> str:
    return f"{command.on(ENVIRONMENT)}{what and f', {what}'}"


def _each(conditions: Iterable[Condition], answer: Answer) -> dict[Condition, Answer]:
    return dict.fromkeys(conditions, answer)


BUSY: Final = Refuse(StackBusy, "another operation is running", _next(Command.WATCH, "which follows it to its end"))
STUCK: Final = Refuse(NeedsRecovery, "it needs recovery first", _next(Command.RECOVER, "which shows the way out"))
MISSING: Final = Refuse(StackAbsent, "there is nothing yet", _next(Command.DEPLOY))
KEPT: Final = Refuse(
    NeedsRecovery,
    "a stack whose rollback isn't finished is never deleted",
    _next(Command.RECOVER, "which shows the way out"),
)
ELSE_BUSY_OR_STUCK: Final[Answers] = {**_each(WORKING, BUSY), **_each(FAILED, STUCK)}


PLANNING: Final[Answers] = {
    **ELSE_BUSY_OR_STUCK,
    **_each((_C.ABSENT, _C.IN_REVIEW), Proceed(How.CREATE)),
    **_each((_C.COMPLETE, _C.ROLLED_BACK), Proceed(How.UPDATE)),
    _C.CREATION_ROLLED_BACK: Proceed(How.CLEAR_AND_CREATE),
    **_each((_C.CREATE_FAILED, _C.UPDATE_FAILED), Proceed(How.UPDATE_WITHOUT_ROLLBACK)),
}


TABLE: Final[Mapping[Command, Answers]] = {
    Command.PLAN: PLANNING,
    Command.DEPLOY: PLANNING,
    Command.APPLY: {
        **ELSE_BUSY_OR_STUCK,
        _C.ABSENT: Refuse(StalePlan, "it was deleted since the plan was made", _next(Command.PLAN)),
        _C.CREATION_ROLLED_BACK: Refuse(StalePlan, "what was planned has been tried", _next(Command.PLAN)),
        **_each((_C.IN_REVIEW, _C.COMPLETE, _C.ROLLED_BACK), Proceed(How.EXECUTE)),
        **_each((_C.CREATE_FAILED, _C.UPDATE_FAILED), Proceed(How.EXECUTE_WITHOUT_ROLLBACK)),
    },
    Command.PREPARE: {
        **ELSE_BUSY_OR_STUCK,
        **_each((_C.ABSENT, _C.IN_REVIEW, _C.CREATION_ROLLED_BACK), MISSING),
        **_each((_C.COMPLETE, _C.ROLLED_BACK), Proceed(How.PREPARE)),
    },
    Command.CANCEL: {
        **ELSE_BUSY_OR_STUCK,
        _C.ABSENT: MISSING,
        **_each((_C.IN_REVIEW, _C.COMPLETE, _C.ROLLED_BACK, _C.CREATION_ROLLED_BACK), Nothing("is at rest")),
        _C.UPDATING: Proceed(How.CANCEL),
        _C.ROLLING_BACK: Proceed(How.FOLLOW),
        _C.AT_WORK: Refuse(
            StackBusy,
            "CloudFormation cancels nothing but an update",
            _next(Command.WATCH, "which follows it to its end"),
        ),
    },
    Command.ROLLBACK: {
        **ELSE_BUSY_OR_STUCK,
        _C.ABSENT: MISSING,
        _C.IN_REVIEW: Nothing("was never created"),
        _C.COMPLETE: Refuse(
            NotPossible,
            "its last operation has succeeded, so that there is nothing to roll back",
            f"check out the earlier commit, then {Command.DEPLOY.on(ENVIRONMENT)}",
        ),
        **_each((_C.ROLLED_BACK, _C.CREATION_ROLLED_BACK), Nothing("is rolled back already")),
        _C.UPDATING: Refuse(StackBusy, "an update is running", _next(Command.CANCEL, "which rolls it back")),
        _C.ROLLING_BACK: Proceed(How.FOLLOW),
        **_each((_C.CREATE_FAILED, _C.UPDATE_FAILED), Proceed(How.ROLL_BACK)),
        _C.UPDATE_ROLLBACK_FAILED: Proceed(How.CONTINUE_ROLLBACK),
        **_each(
            (_C.ROLLBACK_FAILED, _C.DELETE_FAILED),
            Refuse(NeedsRecovery, "it can only be deleted", _next(Command.RECOVER_BY_DELETING)),
        ),
    },
    Command.RECOVER: {
        _C.ABSENT: Nothing("doesn't exist"),
        **_each((_C.IN_REVIEW, _C.COMPLETE, _C.ROLLED_BACK), Nothing("needs no recovery")),
        **_each((*WORKING, _C.CREATION_ROLLED_BACK, _C.IMPORT_ROLLBACK_FAILED), Proceed(How.EXPLAIN)),
        **_each(
            (
                _C.CREATE_FAILED,
                _C.UPDATE_FAILED,
                _C.ROLLBACK_FAILED,
                _C.DELETE_FAILED,
                _C.UPDATE_ROLLBACK_FAILED,
            ),
            Proceed(How.OFFER),
        ),
    },
    Command.RECOVER_BY_DELETING: {
        **_each(WORKING, BUSY),
        **_each(NEVER_DELETED, KEPT),
        _C.ABSENT: Nothing("doesn't exist"),
        **_each(
            (_C.IN_REVIEW, _C.COMPLETE, _C.ROLLED_BACK),
            Refuse(NotPossible, "it needs no recovery", _next(Command.DESTROY, "to delete it nevertheless")),
        ),
        _C.UPDATE_FAILED: Refuse(NeedsRecovery, "it can be rolled back instead", _next(Command.ROLLBACK)),
        **_each((_C.CREATION_ROLLED_BACK, _C.CREATE_FAILED, _C.ROLLBACK_FAILED, _C.DELETE_FAILED), Proceed(How.DELETE)),
    },
    Command.DESTROY: {
        **_each(ALL, Proceed(How.DELETE)),
        **_each(WORKING, BUSY),
        **_each(NEVER_DELETED, KEPT),
        _C.ABSENT: Nothing("doesn't exist"),
    },
    Command.DOCTOR: _each(ALL, Proceed(How.CHECK)),
    Command.WATCH: {
        **_each(ALL, Proceed(How.RETELL)),
        **_each(WORKING, Proceed(How.FOLLOW)),
        _C.ABSENT: MISSING,
        _C.IN_REVIEW: Nothing("was never created"),
    },
    Command.STATUS: _each(ALL, Proceed(How.TELL)),
    Command.OUTPUTS: {**_each(ALL, Proceed(How.COLLECT)), **_each((_C.ABSENT, _C.IN_REVIEW), MISSING)},
    # https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/using-cfn-stack-drift.html
    Command.DRIFT: {
        **ELSE_BUSY_OR_STUCK,
        **_each((_C.ABSENT, _C.IN_REVIEW, _C.CREATION_ROLLED_BACK), MISSING),
        **_each((_C.COMPLETE, _C.ROLLED_BACK, _C.UPDATE_ROLLBACK_FAILED), Proceed(How.DETECT)),
    },
    Command.HISTORY: _each(ALL, Proceed(How.TELL)),
}
"""The answer of every command in every condition."""

CONDITIONS: Final[Mapping[StackStatus | None, Condition]] = {
    status: condition for condition in Condition for status in condition.statuses
}


def answer(command: Command, status: StackStatus | None) -> Answer:
    """`status` is None where there is no stack."""
    return TABLE[command][CONDITIONS[status]]


def consult(command: Command, stack: DeployedStack | None, name: str, environment: str) -> Proceed | Nothing:
    """What `command` does to the stack `name` as it is; `environment` is that which is typed (`dev --suffix pr-42`).

    Raises:
        DeploymentError: the answer's own kind, where the command may not run.
    """
    given = answer(command, stack.status if stack else None)
    if isinstance(given, Refuse):
        raise refusal(given, stack, name, environment)
    return given


def refusal(given: Refuse, stack: DeployedStack | None, name: str, environment: str) -> DeploymentError:
    """Why nothing can be done to the stack as it is, and what its owner can do."""
    next_step = given.next_step.replace(ENVIRONMENT, environment)
    if stack is None or stack.status.is_absent:
        return given.error(f"{name} doesn't exist: {given.why}", next_step)
    because = f" ({stack.reason})" if stack.reason else ""
    state = f"{name} is {stack.status} since {stack.since:%Y-%m-%d %H:%M:%S %Z}{because}"
    return given.error(f"{state}: {given.why}", next_step)


def next_step(status: StackStatus, environment: str) -> str:
    """What to type where an operation has left the stack in `status`."""
    command = Command.RECOVER if status.needs_recovery or status.is_in_progress else Command.DEPLOY
    return command.on(environment)
