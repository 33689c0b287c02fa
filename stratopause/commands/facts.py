"""What the checks before a deployment need to know of an environment."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stratopause.deployer.preflight.facts import Facts

if TYPE_CHECKING:
    from stratopause.environments.schema import Environment


def facts(environment: Environment) -> Facts:
    """What the checks need to know of an environment besides its templates."""
    return Facts(
        domain=environment.ingress.domain_name,
        trail_arn=environment.audit.trail_arn,
        signing_key=environment.deployment.signing_key_arn,
        role=environment.deployment.service_role_arn,
    )
