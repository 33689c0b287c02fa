"""`prepare`: the service's database user."""

from __future__ import annotations

from stratopause import exit_codes
from stratopause.commands.undertaking import Undertaking, refuse_nowhere
from stratopause.deployer import preparation
from stratopause.deployer.errors import DeploymentError
from stratopause.reports.choose import open_report


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
        preparation.prepare(undertaking.session(report))
    return exit_codes.DONE
