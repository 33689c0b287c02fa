"""The commands that change a stack."""

from __future__ import annotations

from collections.abc import Mapping

from stratopause.commands.undertaking import Undertaking, refuse_examples, refuse_nowhere
from stratopause.deployer.deployment import collect
from stratopause.deployer.deployment import deploy as deploy_templates
from stratopause.deployer.destruction import destroy as destroy_stack
from stratopause.deployer.errors import DeploymentError
from stratopause.deployer.outcomes import Deployed, NothingToDestroy, NothingToDo
from stratopause.deployer.preparation import is_task_new, prepare_database
from stratopause.reports.console import ConsoleReport


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


def destroy(undertaking: Undertaking, confirmed: str | None = None) -> int:
    with ConsoleReport() as report:
        if undertaking.is_nowhere:
            return report.conclude(NothingToDestroy(undertaking.environment.prefix))
        return report.conclude(destroy_stack(undertaking.session(report), confirmed))
