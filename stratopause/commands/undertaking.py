"""Which environment a command is about, and where that is."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec import Struct

from stratopause.deployer.connection import begin
from stratopause.deployer.errors import DeploymentError, StackAbsent
from stratopause.deployer.events import Conversation
from stratopause.deployer.session import Session
from stratopause.deployer.target import Target

if TYPE_CHECKING:
    from stratopause.environments.schema import Environment


class ExamplesLeft(DeploymentError):
    """An environment still holds values of the documentation."""


class Undertaking(Struct, frozen=True):
    """An environment and where it is; the local one is nowhere while no emulator runs."""

    environment: Environment
    project: Path
    endpoint_url: str | None = None

    @property
    def is_nowhere(self) -> bool:
        return self.environment.is_local and self.endpoint_url is None

    def session(self, report: Conversation, assume_yes: bool = False) -> Session:
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
        signing_key=environment.deployment.signing_key_arn,
        service_role=environment.deployment.service_role_arn,
    )


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
