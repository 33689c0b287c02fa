"""The commands that lead a stack out of a status: each says what it is about to do, and asks."""

from __future__ import annotations

from collections.abc import Callable, Collection

from msgspec import Struct
from msgspec.structs import replace

from stratopause.commands.undertaking import Undertaking
from stratopause.deployer import bootstrap
from stratopause.deployer.answers import Command
from stratopause.deployer.destruction import delete
from stratopause.deployer.destruction import destroy as delete_all
from stratopause.deployer.errors import NotPossible
from stratopause.deployer.outcomes import NothingToDestroy, NotNeeded, Outcome
from stratopause.deployer.recording import recorded
from stratopause.deployer.recovery import actions
from stratopause.deployer.recovery.carrying import Note
from stratopause.deployer.session import Session
from stratopause.reports.choose import open_report


class Answers(Struct, frozen=True):
    """`yes` to every question, `name` where a stack's name must be typed; `of_bootstrap`: not to the environment's own
    stack, but to the one that its account and region share.
    """

    yes: bool = False
    name: str | None = None
    of_bootstrap: bool = False


def cancel(undertaking: Undertaking, answers: Answers) -> int:
    return _concluded(undertaking, answers, actions.cancel)


def rollback(undertaking: Undertaking, answers: Answers, skip: Collection[str] = ()) -> int:
    return _concluded(undertaking, answers, lambda session, note: actions.roll_back(session, skip, answers.name, note))


def recover(undertaking: Undertaking, answers: Answers, is_deleting: bool = False, retain: Collection[str] = ()) -> int:
    """Raises: NotPossible, where resources are to be retained, but nothing to be deleted."""
    if is_deleting:
        return _concluded(
            undertaking,
            answers,
            lambda session, note: delete(session, Command.RECOVER_BY_DELETING, answers.name, retain, note),
        )
    if retain:
        raise NotPossible("only a deletion retains resources", "add --delete")
    return _concluded(undertaking, answers, actions.recover)


def destroy(undertaking: Undertaking, confirmed: str | None = None) -> int:
    with open_report() as report:
        if undertaking.is_nowhere:
            return report.conclude(NothingToDestroy(undertaking.environment.prefix))
        session = undertaking.session(report)
        with recorded(session) as ledger:
            outcome = delete_all(session, confirmed, ledger.append)
        return report.conclude(outcome)


def _concluded(undertaking: Undertaking, answers: Answers, act: Callable[[Session, Note], Outcome]) -> int:
    with open_report() as report:
        if undertaking.is_nowhere:
            return report.conclude(NotNeeded(undertaking.environment.prefix, "doesn't exist"))
        session = undertaking.session(report, answers.yes)
        if answers.of_bootstrap:
            session = replace(session, target=bootstrap.target(session.target))
        with recorded(session) as ledger:
            outcome = act(session, ledger.append)
        return report.conclude(outcome)
