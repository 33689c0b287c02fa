"""The table of answers as the runbook has it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from stratopause.deployer.answers import TABLE, Answer, Command, Condition, Nothing, Proceed

GROUPS: Final[tuple[tuple[str, tuple[Command, ...]], ...]] = (
    ("Deploying", (Command.PLAN, Command.APPLY, Command.DEPLOY, Command.PREPARE)),
    (
        "Recovering",
        (Command.RECOVER, Command.ROLLBACK, Command.CANCEL, Command.RECOVER_BY_DELETING, Command.DESTROY),
    ),
    (
        "Looking",
        (Command.DOCTOR, Command.WATCH, Command.STATUS, Command.OUTPUTS, Command.DRIFT, Command.HISTORY),
    ),
)


def markdown() -> str:
    """A table for each group of commands: a row for each status or several that are alike, no cell empty."""
    return "\n".join(line for title, commands in GROUPS for line in _table(title, commands))


def _table(title: str, commands: Sequence[Command]) -> Iterator[str]:
    yield f"### {title}\n"
    yield _row(["status", *(f"`{command}`" for command in commands)])
    yield _row(["---"] * (len(commands) + 1))
    for condition in Condition:
        yield _row([_statuses(condition), *(cell(TABLE[command][condition]) for command in commands)])
    yield ""


def cell(answer: Answer) -> str:
    match answer:
        case Proceed(how):
            return str(how)
        case Nothing(why):
            return f"nothing: {why} (0)"
        case _:
            return f"refuses: {answer.why} ({answer.exit_code})"


def _statuses(condition: Condition) -> str:
    return ", ".join(status or "absent" for status in condition.statuses)


def _row(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"
