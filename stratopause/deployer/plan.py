"""What to do, decided from what is wanted and what is there. Pure: plans are values compared with `==`."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Literal

from stratopause.deployer.errors import DeploymentError, NeedsRecovery, StackBusy
from stratopause.deployer.stacks import DeployedStack
from stratopause.deployer.status import StackStatus
from stratopause.deployer.templates import Artifact


@dataclass(frozen=True)
class TemplateBody:
    """A template that goes with the request: 51,200 bytes at most."""

    body: str


@dataclass(frozen=True)
class TemplateUrl:
    url: str


@dataclass(frozen=True)
class Wanted:
    """The root stack as it is to be; CloudFormation acts as `role` (an ARN) if there is one, ever after."""

    stack: str
    template: TemplateBody | TemplateUrl
    capabilities: tuple[str, ...] = ()
    tags: tuple[tuple[str, str], ...] = ()
    role: str | None = None


@dataclass(frozen=True)
class Upload:
    """Put the templates that aren't there where CloudFormation can read them."""

    bucket: str
    artifacts: tuple[Artifact, ...]


@dataclass(frozen=True)
class DeleteRolledBack:
    """Clear a stack whose first creation was rolled back: it can't be updated."""

    stack_id: str


@dataclass(frozen=True)
class OpenChangeSet:
    """Have CloudFormation work out what would change, down to every nested stack.

    With `reverts_drift` it compares with what is really there, not with the template before.
    https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/drift-aware-change-sets.html
    """

    wanted: Wanted
    type: Literal["CREATE", "UPDATE"]
    reverts_drift: bool = False


@dataclass(frozen=True)
class Plan:
    """The steps to a change set, in this order; the first two only where they are needed."""

    open: OpenChangeSet
    clear: DeleteRolledBack | None = None
    upload: Upload | None = None


def plan(wanted: Wanted, deployed: DeployedStack | None, upload: Upload | None = None) -> Plan:
    """The steps from `deployed` to a change set that leads to `wanted`, whose templates need `upload`.

    Raises:
        StackBusy, NeedsRecovery: the stack's status allows no change set.
    """
    if deployed is None or deployed.status.is_absent or deployed.status.is_in_review:
        return Plan(OpenChangeSet(wanted, "CREATE"), upload=upload)
    if deployed.status.is_failed_creation:
        return Plan(OpenChangeSet(wanted, "CREATE"), DeleteRolledBack(deployed.id), upload)
    if deployed.status.is_stable:
        return Plan(OpenChangeSet(wanted, "UPDATE"), upload=upload)
    raise unfit(deployed)


def missing(bucket: str, artifacts: Collection[Artifact], present: Collection[str]) -> Upload | None:
    """The upload of those artifacts whose key isn't `present`, if any."""
    absent = tuple(artifact for artifact in artifacts if artifact.key not in present)
    return Upload(bucket, absent) if absent else None


def unfit(deployed: DeployedStack) -> DeploymentError:
    """Why nothing can be done to the stack as it is, and what its owner can do."""
    state = f"{deployed.name} is {deployed.status} since {deployed.since:%Y-%m-%d %H:%M:%S %Z}"
    because = f" ({deployed.reason})" if deployed.reason else ""
    if deployed.status.is_in_progress:
        return StackBusy(f"{state}{because}", "wait for it to end: the status command shows how far it is")
    return NeedsRecovery(f"{state}{because}", RECOVERIES[deployed.status].format(stack=deployed.name))


RECOVERIES: Mapping[StackStatus, str] = {
    StackStatus.CREATE_FAILED: "run the destroy command, which lifts what blocks it, then deploy again",
    StackStatus.ROLLBACK_FAILED: "run the destroy command, which lifts what blocks it, then deploy again",
    StackStatus.DELETE_FAILED: "clear what the status command names, then run the destroy command again",
    StackStatus.UPDATE_FAILED: "aws cloudformation rollback-stack --stack-name {stack}, then deploy again",
    StackStatus.UPDATE_ROLLBACK_FAILED: (
        "repair what the status command names, then aws cloudformation continue-update-rollback --stack-name {stack}"
    ),
    StackStatus.IMPORT_ROLLBACK_FAILED: (
        "don't delete the stack: ask AWS Support, with aws cloudformation describe-stack-events --stack-name {stack}"
    ),
}
"""The next step out of each status that needs recovery."""
