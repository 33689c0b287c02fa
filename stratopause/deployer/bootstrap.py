"""The stack that an account and region need before the first deployment: a bucket for templates, a repository."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from msgspec import Struct
from msgspec.structs import replace

from stratopause.deployer.capabilities import needed
from stratopause.deployer.errors import InvalidTemplates, NeedsRecovery
from stratopause.deployer.events import BootstrapMissing, MakeBootstrap
from stratopause.deployer.outcomes import Deployed, NothingToDo, Outcome
from stratopause.deployer.plan import TemplateBody, Wanted, plan
from stratopause.deployer.session import Session
from stratopause.deployer.stacks import DeployedStack
from stratopause.deployer.target import Target
from stratopause.deployer.templates import parse

STACK: Final = "stratopause-bootstrap"
BUCKET_OUTPUT: Final = "ArtifactBucketName"
MAX_BODY_BYTES: Final = 51_200
"""https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cloudformation-limits.html"""


class Bootstrap(Struct, frozen=True):
    bucket: str


def target(environment: Target) -> Target:
    """The bootstrap of the account and region that an environment is in."""
    return replace(environment, stack=STACK, is_bootstrap=True)


def make(session: Session, template: Callable[[], bytes], found: DeployedStack | None) -> Bootstrap | Outcome:
    """The account's bootstrap as its outputs tell, made from `template` first where `found` isn't it.

    An outcome instead of it says why there is none.

    Raises:
        NeedsRecovery: the stack is there without the bucket's name.
    """
    if found is None or not found.status.is_stable:
        session.conversation.show(BootstrapMissing(STACK))
        # Loaded here: but for the first time, it is there.
        from stratopause.deployer.changing import change

        session = replace(session, target=target(session.target))
        steps = plan(_wanted(session, template()), found, environment=session.target.typed)
        outcome = change(session, steps, MakeBootstrap(STACK))
        if not isinstance(outcome, Deployed | NothingToDo):
            return outcome
        found = session.cloudformation.stack(STACK)
    return of(found)


def of(stack: DeployedStack | None) -> Bootstrap:
    """Raises: NeedsRecovery, where the stack has no bucket."""
    return Bootstrap(_bucket(stack))


def _wanted(session: Session, template: bytes) -> Wanted:
    if len(template) > MAX_BODY_BYTES:
        raise InvalidTemplates(f"the template of {STACK} has {len(template):,} bytes, more than {MAX_BODY_BYTES:,}")
    tags = tuple(sorted(session.target.tags.items()))
    return Wanted(STACK, TemplateBody(template.decode()), needed([parse(STACK, template)]), tags)


def _bucket(stack: DeployedStack | None) -> str:
    for output in stack.outputs if stack else ():
        if output.logical_id == BUCKET_OUTPUT:
            return output.value
    raise NeedsRecovery(f"{STACK} has no output {BUCKET_OUTPUT}: it wasn't made by this deployer", f"delete {STACK}")
