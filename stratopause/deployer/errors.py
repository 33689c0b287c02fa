"""What can go wrong in a deployment, as a caller can act on it.

DeploymentError
├── WrongTarget          another account, region or partition than the environment is meant for, or no loopback
├── NoCredentials        AWS doesn't know who is asking
├── Unreachable          AWS doesn't answer
├── Refused              AWS answers no
│   ├── Throttled        too many calls; the call can be made again later
│   ├── NotFound         what is asked for isn't there
│   └── Stale            the change set is no longer that which was reviewed
├── InvalidTemplates     files that aren't one tree of nested templates
├── InvalidOutputs       Outputs that can't be collected into one file
├── OutputsBroken        Outputs that aren't as the template declares them, or that tell a secret
├── ChangeSetFailed      CloudFormation can't make a change set of the templates
├── SnapshotForgotten    a database would be replaced by an empty one
├── NotApproved          nobody there to approve, or the typed name is another
│   ├── DataLossNotAllowed what holds data would go, and nobody has allowed that by its name
│   └── UnsignedPlan     a plan that isn't signed by the environment's key
├── PreflightFailed      a check before the deployment found what would fail
├── StackBusy            another operation is running
├── NeedsRecovery        a state that only a person leads the stack out of
├── NotPossible          a state in which there is nothing of the kind to do
├── StackAbsent          no such stack
├── TerminationProtected the stack may not be deleted
├── TaskFailed           a one-off task failed
├── UnknownStatus        a status that this version doesn't know
├── StalePlan            what was planned is no longer what would run
│   └── AlteredPlan      a plan file that isn't, byte for byte, what was written
├── PlanUnreadable       a plan file that can't be read, or isn't one
├── CannotWrite          a file that can't be written
└── LostSight            the stack goes on, but it isn't followed any more
    └── Interrupted      because of Ctrl-C
"""

from __future__ import annotations

from stratopause import exit_codes
from stratopause.errors import StratopauseError


class DeploymentError(StratopauseError):
    """A deployment that can't go on."""


class WrongTarget(DeploymentError):
    """Whom the credentials belong to isn't whom the environment is meant for."""


class NoCredentials(DeploymentError):
    """AWS doesn't know who is asking."""


class Unreachable(DeploymentError):
    """AWS doesn't answer."""


class Refused(DeploymentError):
    """AWS answers no, with a code such as `AccessDenied`."""

    def __init__(self, message: str, code: str = "", next_step: str | None = None) -> None:
        super().__init__(message, next_step)
        self.code = code


class Throttled(Refused):
    """Too many calls; the call can be made again later."""


class NotFound(Refused):
    """What is asked for isn't there."""


class Stale(Refused):
    """The change set is no longer that which was reviewed."""


class InvalidTemplates(DeploymentError):
    """Files that aren't one tree of nested templates."""


class InvalidOutputs(DeploymentError):
    """Outputs that can't be collected into one file."""


class OutputsBroken(DeploymentError):
    """Outputs that aren't as the template declares them, or that tell a secret."""


class ChangeSetFailed(DeploymentError):
    """CloudFormation can't make a change set of the templates."""


class SnapshotForgotten(DeploymentError):
    """A template no longer names the snapshot that a database was restored from: an empty one would replace it."""


class NotApproved(DeploymentError):
    """Nobody there to approve, or what was typed isn't the stack's name."""

    exit_code = exit_codes.NOT_APPROVED


class DataLossNotAllowed(NotApproved):
    """What holds data would go, and nobody has allowed that by its name."""


class UnsignedPlan(NotApproved):
    """A plan that isn't signed by the environment's key."""


class PreflightFailed(DeploymentError):
    """A check before the deployment found what would fail."""

    exit_code = exit_codes.PREFLIGHT_FAILED


class StackBusy(DeploymentError):
    """Another operation is running."""

    exit_code = exit_codes.BUSY


class NeedsRecovery(DeploymentError):
    """A state that only a person leads the stack out of."""

    exit_code = exit_codes.NEEDS_RECOVERY


class NotPossible(DeploymentError):
    """A state in which there is nothing of the kind to do."""


class StackAbsent(DeploymentError):
    """No such stack."""


class TerminationProtected(DeploymentError):
    """The stack may not be deleted."""


class TaskFailed(DeploymentError):
    """A one-off task never started, or ended in an error."""


class UnknownStatus(DeploymentError):
    """A status that this version doesn't know."""

    def __init__(self, status: str) -> None:
        super().__init__(f"CloudFormation reports {status}, a status that this version doesn't know", "update it")


class StalePlan(DeploymentError):
    """The plan is no longer that which was reviewed: the stack has changed since, or something that it names has."""

    exit_code = exit_codes.STALE


class AlteredPlan(StalePlan):
    """A plan file that isn't, byte for byte, what was written."""


class PlanUnreadable(DeploymentError):
    """A plan file that can't be read, or isn't one."""


class CannotWrite(DeploymentError):
    """A file that can't be written."""


class LostSight(DeploymentError):
    """The stack goes on, but it isn't followed any more."""


class Interrupted(LostSight):
    """Ctrl-C while the stack goes on."""

    exit_code = exit_codes.INTERRUPTED
