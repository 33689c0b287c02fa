"""The commands that talk to CloudFormation: deploy, outputs, status, destroy."""

from __future__ import annotations

import json
import logging
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from stratopause.deployer.connection import begin
from stratopause.deployer.deployment import collect
from stratopause.deployer.deployment import deploy as deploy_templates
from stratopause.deployer.destruction import destroy as destroy_stack
from stratopause.deployer.errors import DeploymentError, StackAbsent
from stratopause.deployer.inspection import StatusReport
from stratopause.deployer.inspection import status as look_at
from stratopause.deployer.outcomes import Deployed, NothingToDestroy, NothingToDo
from stratopause.deployer.outputs import as_json
from stratopause.deployer.preparation import is_task_new, prepare_database
from stratopause.deployer.session import Session
from stratopause.deployer.target import Target
from stratopause.reports.console import ConsoleReport

if TYPE_CHECKING:
    from stratopause.environments.schema import Environment


class ExamplesLeft(DeploymentError):
    """An environment still holds values of the documentation."""


@dataclass(frozen=True)
class Undertaking:
    """An environment and where it is; the local one is nowhere while no emulator runs."""

    environment: Environment
    project: Path
    endpoint_url: str | None = None

    @property
    def is_nowhere(self) -> bool:
        return self.environment.is_local and self.endpoint_url is None

    def session(self, report: ConsoleReport, assume_yes: bool = False) -> Session:
        return begin(target(self.environment, self.endpoint_url), report, self.outputs, assume_yes, self.project)

    @property
    def outputs(self) -> Path:
        return self.project / "outputs"


def target(environment: Environment, endpoint_url: str | None = None) -> Target:
    return Target(
        stack=environment.prefix,
        environment=environment.name,
        suffix=environment.suffix,
        account=environment.account,
        region=environment.region,
        partition=environment.partition,
        tags=environment.resource_tags,
        protected=environment.is_protected,
        endpoint_url=endpoint_url,
    )


def deploy(
    undertaking: Undertaking, templates: Mapping[str, bytes], bootstrap_template: bytes, assume_yes: bool = False
) -> int:
    """Raises: ExamplesLeft, before anything is asked of AWS."""
    refuse_examples(undertaking.environment)
    with ConsoleReport() as report:
        session = undertaking.session(report, assume_yes)
        outcome = deploy_templates(session, templates, bootstrap_template)
        code = report.conclude(outcome)
        if isinstance(outcome, Deployed | NothingToDo):
            report.outputs(outcome.outputs)
        if undertaking.environment.service.image and isinstance(outcome, Deployed) and is_task_new(outcome):
            prepare_database(session, outcome.outputs)
        return code


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
    with ConsoleReport() as report:
        session = undertaking.session(report)
        session.check_caller()
        prepare_database(session, collect(session).outputs)
    return 0


def outputs(undertaking: Undertaking, in_json: bool) -> int:
    refuse_nowhere(undertaking)
    with ConsoleReport() as report:
        stack = collect(undertaking.session(report))
        if in_json:
            sys.stdout.write(as_json(stack.outputs))
        else:
            report.outputs(stack.outputs)
        return 0


def status(undertaking: Undertaking, in_json: bool) -> int:
    with ConsoleReport() as report:
        if undertaking.is_nowhere:
            found = StatusReport(undertaking.environment.prefix, None)
        else:
            found = look_at(undertaking.session(report))
        if in_json:
            sys.stdout.write(json.dumps(found.as_data(), indent=2) + "\n")
        else:
            report.status(found)
        return 0


def destroy(undertaking: Undertaking, confirmed: str | None = None) -> int:
    with ConsoleReport() as report:
        if undertaking.is_nowhere:
            return report.conclude(NothingToDestroy(undertaking.environment.prefix))
        return report.conclude(destroy_stack(undertaking.session(report), confirmed))


def refuse_nowhere(undertaking: Undertaking) -> None:
    if undertaking.is_nowhere:
        raise StackAbsent(f"{undertaking.environment.prefix} doesn't exist", "python build.py deploy local")


def refuse_examples(environment: Environment) -> None:
    examples = environment.placeholders()
    if examples:
        more = f" (and {len(examples) - 1} more)" if len(examples) > 1 else ""
        raise ExamplesLeft(f"{examples[0]}{more}", f"put your own values into environments/{environment.name}.toml")


def log_calls() -> None:
    """Show the calls to AWS with their request ids on stderr."""
    handler = logging.StreamHandler()
    handler.setFormatter(logging.Formatter("%(message)s"))
    log = logging.getLogger("stratopause.aws")
    log.addHandler(handler)
    log.setLevel(logging.DEBUG)
