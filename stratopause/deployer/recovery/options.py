"""What each status means, and the ways out of it. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from msgspec import Struct

from stratopause.deployer.answers import CONDITIONS, Command, Condition
from stratopause.deployer.status import StackStatus


class Way(Struct, frozen=True):
    """One way out: what to type for it (with `flags`), and what that does."""

    command: Command
    effect: str
    flags: str = ""

    def typed(self, environment: str) -> str:
        return f"{self.command.on(environment)}{self.flags and f' {self.flags}'}"


MEANINGS: Final[Mapping[Condition, str]] = {
    Condition.ABSENT: "There is no such stack.",
    Condition.IN_REVIEW: "A change set was made for a stack that has never been created.",
    Condition.COMPLETE: "The last operation did what was asked.",
    Condition.ROLLED_BACK: "The last change failed or was cancelled, and what was there before is restored.",
    Condition.CREATION_ROLLED_BACK: (
        "The first creation failed and was undone. CloudFormation can't update what is left; it can be deleted."
    ),
    Condition.UPDATING: "An update is running. It can be cancelled, until it cleans up.",
    Condition.ROLLING_BACK: "CloudFormation restores what was there before.",
    Condition.AT_WORK: "CloudFormation is at work, on what can't be cancelled.",
    Condition.CREATE_FAILED: "The first creation failed, and what had been made was left as it is, for a look at it.",
    Condition.UPDATE_FAILED: "An update failed, and what it had changed was left as it is, for a look at it.",
    Condition.ROLLBACK_FAILED: "The first creation failed, and what it had made can't be deleted.",
    Condition.DELETE_FAILED: "The stack was to be deleted, and something in it can't be.",
    Condition.UPDATE_ROLLBACK_FAILED: (
        "An update failed, and something can't be restored. The stack is never deleted from here: its rollback goes on "
        "once that is repaired, or without it."
    ),
    Condition.IMPORT_ROLLBACK_FAILED: (
        "An import failed, and can't be undone. Only AWS Support leads out of this; the stack is never deleted."
    ),
}

_WATCH: Final = Way(Command.WATCH, "follow it to its end")
_DEPLOY: Final = Way(Command.DEPLOY, "try the templates as they are now, after a review; it isn't rolled back")
_DELETE: Final = Way(Command.RECOVER_BY_DELETING, "lift what protects it from deletion, and delete it")

WAYS: Final[Mapping[Condition, tuple[Way, ...]]] = {
    Condition.CREATION_ROLLED_BACK: (
        Way(Command.DEPLOY, "delete what is left, and create the stack again"),
        Way(Command.RECOVER_BY_DELETING, "delete what is left, and nothing else"),
    ),
    Condition.UPDATING: (_WATCH, Way(Command.CANCEL, "cancel the update: CloudFormation restores what was before")),
    Condition.ROLLING_BACK: (_WATCH,),
    Condition.AT_WORK: (_WATCH,),
    Condition.CREATE_FAILED: (Way(Command.ROLLBACK, "undo what was made"), _DEPLOY, _DELETE),
    Condition.UPDATE_FAILED: (Way(Command.ROLLBACK, "restore what was there before"), _DEPLOY),
    Condition.ROLLBACK_FAILED: (_DELETE,),
    Condition.DELETE_FAILED: (_DELETE,),
    Condition.UPDATE_ROLLBACK_FAILED: (
        Way(Command.ROLLBACK, "once what failed is repaired, go on with restoring what was before"),
    ),
}


def meaning(status: StackStatus) -> str:
    return MEANINGS[CONDITIONS[status]]


def ways(status: StackStatus, failed: Sequence[str] = ()) -> tuple[Way, ...]:
    """The ways out of `status`, the first one first; `failed` are the resources that hold it up, by their names."""
    condition = CONDITIONS[status]
    found = WAYS.get(condition, ())
    if not failed:
        return found
    if condition is Condition.UPDATE_ROLLBACK_FAILED:
        effect = "restore all but these, which then may differ from what the template says"
        return (*found, Way(Command.ROLLBACK, effect, f"--skip {' '.join(failed)}"))
    if condition is Condition.DELETE_FAILED:
        effect = "delete all but these, which then belong to no stack"
        return (*found, Way(Command.RECOVER_BY_DELETING, effect, f"--retain {' '.join(failed)}"))
    return found
