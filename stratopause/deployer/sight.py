"""Everything that a deployment must know before it begins, asked at once."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

from msgspec import Struct

from stratopause.deployer import bootstrap
from stratopause.deployer.errors import Refused
from stratopause.deployer.plan import Wanted
from stratopause.deployer.services import Caller, CloudFormation
from stratopause.deployer.session import Session
from stratopause.deployer.stacks import DeployedStack
from stratopause.deployer.templates import Artifact, Template, is_volatile, parse


class Sight(Struct, frozen=True):
    """Who asks, and what is there; `template` is that of the root as it is deployed."""

    caller: Caller
    bootstrap: DeployedStack | None
    deployed: DeployedStack | None
    template: Template | None

    def is_as_wanted(self, wanted: Wanted, artifacts: tuple[Artifact, ...]) -> bool:
        """Nothing can be different, so that no change set is needed to find that out.

        The root's template names each child by the digest of its content: where it is the same, the tree is.
        A stack that was rolled back, and templates that take values from elsewhere, are left to CloudFormation.
        """
        if self.deployed is None or not self.deployed.status.is_complete or self.template is None:
            return False
        root = artifacts[-1]
        return (
            self.template == parse(root.name, root.body)
            and self.deployed.tags == wanted.tags
            and (wanted.role is None or wanted.role == self.deployed.role)
            and not any(is_volatile(artifact.body) for artifact in artifacts)
        )


def look(session: Session) -> Sight:
    """Four questions in the time of one.

    Raises:
        WrongTarget: the credentials are of another account or partition than the target's.
    """
    cloudformation, name = session.cloudformation, session.target.stack
    with ThreadPoolExecutor(4) as threads:
        caller = threads.submit(session.check_caller)
        shared = threads.submit(cloudformation.stack, bootstrap.STACK)
        deployed = threads.submit(cloudformation.stack, name)
        template = threads.submit(_template, cloudformation, name)
    return Sight(caller.result(), shared.result(), deployed.result(), template.result())


def _template(cloudformation: CloudFormation, name: str) -> Template | None:
    """A stack that isn't there, or is only in review, has none."""
    try:
        return cloudformation.template(name)
    except Refused:
        return None
