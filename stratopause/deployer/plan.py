"""What to do, decided from what is wanted and what is there. Pure: plans are values compared with `==`."""

from __future__ import annotations

from typing import Literal

from msgspec import Struct

from stratopause.deployer.answers import ENVIRONMENT, Command, How, Proceed, consult
from stratopause.deployer.stacks import DeployedStack
from stratopause.deployer.templates import Artifact


class TemplateBody(Struct, frozen=True):
    """A template that goes with the request: 51,200 bytes at most."""

    body: str


class TemplateUrl(Struct, frozen=True):
    url: str


class Wanted(Struct, frozen=True):
    """The root stack as it is to be; CloudFormation acts as `role` (an ARN) if there is one, ever after."""

    stack: str
    template: TemplateBody | TemplateUrl
    capabilities: tuple[str, ...] = ()
    tags: tuple[tuple[str, str], ...] = ()
    role: str | None = None


class Upload(Struct, frozen=True):
    """Put the templates that aren't there where CloudFormation can read them."""

    bucket: str
    artifacts: tuple[Artifact, ...]


class DeleteRolledBack(Struct, frozen=True):
    """Clear a stack whose first creation was rolled back: it can't be updated."""

    stack_id: str


class OpenChangeSet(Struct, frozen=True):
    """Have CloudFormation work out what would change, down to every nested stack.

    With `reverts_drift` it compares with what is really there, not with the template before. One `without_rollback`
    leaves what it has done where it fails: only so CloudFormation goes on from CREATE_FAILED and UPDATE_FAILED.
    https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/drift-aware-change-sets.html
    https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/stack-failure-options.html
    """

    wanted: Wanted
    type: Literal["CREATE", "UPDATE"]
    reverts_drift: bool = False
    without_rollback: bool = False


class Plan(Struct, frozen=True):
    """The steps to a change set, in this order; the first two only where they are needed."""

    open: OpenChangeSet
    clear: DeleteRolledBack | None = None
    upload: Upload | None = None


def plan(
    wanted: Wanted, deployed: DeployedStack | None, upload: Upload | None = None, environment: str = ENVIRONMENT
) -> Plan:
    """The steps from `deployed` to a change set that leads to `wanted`, whose templates need `upload`.

    `environment` is what is typed to name it, for the next step where there is no plan.

    Raises:
        StackBusy, NeedsRecovery: the stack's status allows no change set.
    """
    given = consult(Command.PLAN, deployed, wanted.stack, environment)
    match given:
        case Proceed(How.CREATE):
            return Plan(OpenChangeSet(wanted, "CREATE"), upload=upload)
        case Proceed(How.CLEAR_AND_CREATE) if deployed is not None:
            return Plan(OpenChangeSet(wanted, "CREATE"), DeleteRolledBack(deployed.id), upload)
        case _:
            keeps = given == Proceed(How.UPDATE_WITHOUT_ROLLBACK)
            return Plan(OpenChangeSet(wanted, "UPDATE", without_rollback=keeps), upload=upload)
