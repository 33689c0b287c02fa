"""The commands that change a stack: plan, apply, deploy, prepare and destroy."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from pathlib import Path

from stratopause import exit_codes
from stratopause.commands.doctor import facts
from stratopause.commands.undertaking import Undertaking, refuse_examples, refuse_nowhere
from stratopause.deployer import deployment, planfile
from stratopause.deployer.deployment import Assent
from stratopause.deployer.destruction import destroy as destroy_stack
from stratopause.deployer.errors import DeploymentError
from stratopause.deployer.outcomes import Deployed, NothingToDestroy, NothingToDo, Outcome, Planned
from stratopause.deployer.planfile import SignedPlan
from stratopause.deployer.preparation import is_task_new, prepare_database
from stratopause.deployer.preparation import prepare as prepare_database_of
from stratopause.deployer.ready import Order
from stratopause.deployer.recording import recorded
from stratopause.deployer.review.data import as_data
from stratopause.deployer.session import Session
from stratopause.reports.choose import Report, open_report


@dataclass(frozen=True)
class Rendered:
    """What is to be deployed, and the template of the account's bootstrap for where that is missing."""

    templates: Mapping[str, bytes]
    bootstrap: Callable[[], bytes]


@dataclass(frozen=True)
class Wishes:
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
    return planfile.read(file)


def apply(undertaking: Undertaking, signed: SignedPlan, wishes: Wishes, file: str) -> int:
    """Execute exactly what was planned; `file` is where that was read from.

    Raises:
        ExamplesLeft, before anything is asked of AWS.
        StalePlan, AlteredPlan, UnsignedPlan: it isn't what was planned any more.
    """
    refuse_examples(undertaking.environment)
    refuse_nowhere(undertaking)
    with open_report(wishes.json, wishes.everything) as report:
        session = undertaking.session(report, wishes.yes)
        outcome = deployment.apply(session, signed, wishes.assent(f"python build.py apply {file}"))
        return _concluded(undertaking, session, report, outcome)


def deploy(undertaking: Undertaking, rendered: Rendered, wishes: Wishes) -> int:
    """Raises: ExamplesLeft, before anything is asked of AWS."""
    refuse_examples(undertaking.environment)
    with open_report(wishes.json, wishes.everything) as report:
        session = undertaking.session(report, wishes.yes)
        outcome = deployment.deploy(session, _order(undertaking, rendered, wishes), wishes.assent())
        return _concluded(undertaking, session, report, outcome)


def prepare(undertaking: Undertaking) -> int:
    """Make the service's database user, as `deploy` does where the task that makes it is new.

    Raises:
        DeploymentError: there is no image to run, or the task fails.
    """
    environment = undertaking.environment
    if environment.service.image is None:
        raise DeploymentError(
            f"{environment.prefix} has no image to prepare the database with",
            f"set service.image in environments/{environment.name}.toml, and deploy",
        )
    refuse_nowhere(undertaking)
    with open_report() as report:
        prepare_database_of(undertaking.session(report))
    return exit_codes.DONE


def destroy(undertaking: Undertaking, confirmed: str | None = None) -> int:
    with open_report() as report:
        if undertaking.is_nowhere:
            return report.conclude(NothingToDestroy(undertaking.environment.prefix))
        session = undertaking.session(report)
        with recorded(session) as ledger:
            outcome = destroy_stack(session, confirmed, ledger.append)
        return report.conclude(outcome)


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
        return as_data(outcome.review, outcome.judgement)
    return {"stacks": [], "outcome": type(outcome).__name__}


def _concluded(undertaking: Undertaking, session: Session, report: Report, outcome: Outcome) -> int:
    code = report.conclude(outcome)
    if isinstance(outcome, Deployed | NothingToDo):
        report.outputs(outcome.outputs)
    if undertaking.environment.service.image and isinstance(outcome, Deployed) and is_task_new(outcome):
        prepare_database(session, outcome.outputs)
    return code
