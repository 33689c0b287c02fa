"""The commands that bring a stack to its templates: plan, apply and deploy."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Collection, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec import Struct

from stratopause import exit_codes
from stratopause.commands.facts import facts
from stratopause.commands.undertaking import Undertaking, refuse_examples, refuse_nowhere
from stratopause.deployer import deployment
from stratopause.deployer.assent import Assent
from stratopause.deployer.outcomes import Deployed, NothingToDo, Outcome, Planned
from stratopause.deployer.ready import Order
from stratopause.deployer.session import Session
from stratopause.reports.choose import Report, open_report

if TYPE_CHECKING:
    from stratopause.deployer.planfile import SignedPlan


class Rendered(Struct, frozen=True):
    """What is to be deployed, and the template of the account's bootstrap for where that is missing."""

    templates: Mapping[str, bytes]
    bootstrap: Callable[[], bytes]


class Wishes(Struct, frozen=True):
    """How a change shall be shown, checked and approved."""

    yes: bool = False
    json: bool = False
    everything: bool = False
    skipped_checks: Collection[str] = ()
    reverts_drift: bool = False
    losses: Collection[str] = ()
    in_console: bool = False

    def assent(self, again: str = "") -> Assent:
        return Assent(frozenset(self.losses), self.in_console, again)


def plan(
    undertaking: Undertaking, rendered: Rendered, wishes: Wishes, file: Path | None = None, detailed: bool = False
) -> int:
    """Make the change set and show it; with a `file`, leave the plan there.

    Returns:
        With `detailed`, CHANGES where there is something to change.

    Raises:
        ExamplesLeft, before anything is asked of AWS.
    """
    refuse_examples(undertaking.environment)
    with open_report(wishes.json, wishes.everything, streams=False) as report:
        session = undertaking.session(report, wishes.yes)
        outcome = deployment.make_plan(session, _order(undertaking, rendered, wishes), file)
        code = report.conclude(outcome)
        if wishes.json:
            sys.stdout.write(json.dumps(_planned(outcome), indent=2) + "\n")
        return exit_codes.CHANGES if detailed and isinstance(outcome, Planned) else code


def read_plan(file: Path) -> SignedPlan:
    """Raises: PlanUnreadable, AlteredPlan."""
    from stratopause.deployer import planfile

    return planfile.read(file)


def apply(undertaking: Undertaking, signed: SignedPlan, wishes: Wishes, file: str) -> int:
    """Execute exactly what was planned; `file` is where that was read from.

    Raises:
        ExamplesLeft, before anything is asked of AWS.
        StalePlan, AlteredPlan, UnsignedPlan: it isn't what was planned any more.
    """
    from stratopause.deployer import applying

    refuse_examples(undertaking.environment)
    refuse_nowhere(undertaking)
    with open_report(wishes.json, wishes.everything) as report:
        session = undertaking.session(report, wishes.yes)
        outcome = applying.apply(session, signed, wishes.assent(f"python build.py apply {file}"))
        return _concluded(undertaking, session, report, outcome)


def deploy(undertaking: Undertaking, rendered: Rendered, wishes: Wishes) -> int:
    """Raises: ExamplesLeft, before anything is asked of AWS."""
    refuse_examples(undertaking.environment)
    with open_report(wishes.json, wishes.everything) as report:
        session = undertaking.session(report, wishes.yes)
        outcome = deployment.deploy(session, _order(undertaking, rendered, wishes), wishes.assent())
        return _concluded(undertaking, session, report, outcome)


def _order(undertaking: Undertaking, rendered: Rendered, wishes: Wishes) -> Order:
    return Order(
        rendered.templates,
        rendered.bootstrap,
        facts(undertaking.environment),
        wishes.skipped_checks,
        wishes.reverts_drift,
    )


def _planned(outcome: Outcome) -> dict[str, object]:
    """The review as data; without changes it has none."""
    if isinstance(outcome, Planned):
        from stratopause.deployer.review.data import as_data

        return as_data(outcome.review, outcome.judgement)
    return {"stacks": [], "outcome": type(outcome).__name__}


def _concluded(undertaking: Undertaking, session: Session, report: Report, outcome: Outcome) -> int:
    code = report.conclude(outcome)
    if isinstance(outcome, Deployed | NothingToDo):
        report.outputs(outcome.outputs)
    if undertaking.environment.service.image and isinstance(outcome, Deployed):
        from stratopause.deployer.preparation import prepare_if_new

        prepare_if_new(session, outcome)
    return code
