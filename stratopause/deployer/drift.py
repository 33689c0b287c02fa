"""`drift`: where what is there isn't as the templates say, in the root stack and in all that is nested in it.

https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/using-cfn-stack-drift.html
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Final

from msgspec import Struct

from stratopause.deployer.answers import Command, consult
from stratopause.deployer.clock import Pace
from stratopause.deployer.errors import DeploymentError, NoCredentials, Refused, StackAbsent, Throttled, Unreachable
from stratopause.deployer.events import DriftDetectionStarted
from stratopause.deployer.inventory import StackInventory, inventory
from stratopause.deployer.secrecy import HIDDEN, is_secret
from stratopause.deployer.services import CloudFormation
from stratopause.deployer.session import Session
from stratopause.deployer.stacks import DriftDetection, Path, PropertyDrift, ResourceDrift, StackResource

PACE: Final = Pace(first=1.0, longest=10.0)
"""CloudFormation takes up to several minutes, a few seconds for each resource."""
LONGEST_SECONDS: Final = 900.0
AT_ONCE: Final = 8


class StackDrift(Struct, frozen=True):
    """What was found in the stack at `path`; `problem` is why that isn't all.

    `unchecked` are resources of which CloudFormation tells nothing: it doesn't support their type, or failed.
    """

    path: Path
    resources: tuple[ResourceDrift, ...] = ()
    unchecked: tuple[StackResource, ...] = ()
    problem: str = ""

    def as_data(self) -> dict[str, Any]:
        return {
            "stack": "/".join(self.path),
            "resources": [_as_data(one) for one in self.resources],
            "unchecked": [{"logical_id": one.logical_id, "type": one.type} for one in self.unchecked],
            "problem": self.problem or None,
        }


class DriftReport(Struct, frozen=True):
    name: str
    stacks: tuple[StackDrift, ...]

    @property
    def has_drifted(self) -> bool:
        return any(stack.resources for stack in self.stacks)

    @property
    def is_whole(self) -> bool:
        """Every stack could be looked at."""
        return not any(stack.problem for stack in self.stacks)

    def all(self) -> Iterator[tuple[Path, ResourceDrift]]:
        return ((stack.path, resource) for stack in self.stacks for resource in stack.resources)

    def as_data(self) -> dict[str, Any]:
        """The report as JSON takes it, secrets hidden."""
        stacks = [stack.as_data() for stack in self.stacks]
        return {"stack": self.name, "drifted": self.has_drifted, "complete": self.is_whole, "stacks": stacks}


def detect(session: Session) -> DriftReport:
    """Ask CloudFormation to look at each stack, all at once: a detection on the root leaves out what is nested in it.

    A stack that can't be looked at is told in the report, and doesn't keep the others from it.

    Raises:
        DeploymentError: the stack's status allows no detection, or AWS can't be asked.
    """
    session.check_caller()
    cloudformation, name = session.cloudformation, session.target.stack
    stack = cloudformation.stack(name)
    if stack is None:
        raise StackAbsent(f"{name} doesn't exist", session.target.command("deploy"))
    consult(Command.DRIFT, stack, name, session.target.typed)
    parts = tuple(inventory(cloudformation, stack.id))
    session.conversation.show(DriftDetectionStarted(name, len(parts)))
    found = _Detections(session).run([part.stack_id for part in parts])
    with ThreadPoolExecutor(AT_ONCE) as threads:
        stacks = threads.map(lambda part: _told(cloudformation, part, found[part.stack_id]), parts)
        return DriftReport(name, tuple(stacks))


class _Detections:
    """One detection for each stack, by the stack's id: a string says why there is none, or none to the end."""

    def __init__(self, session: Session) -> None:
        self.cloudformation = session.cloudformation
        self.clock = session.means.clock
        self.found: dict[str, DriftDetection | str | None] = {}

    def run(self, stack_ids: list[str]) -> Mapping[str, DriftDetection | str]:
        began, intervals = self.clock.now(), PACE.intervals()
        self.found = dict.fromkeys(stack_ids)
        with ThreadPoolExecutor(AT_ONCE) as threads:
            while left := [stack_id for stack_id, one in self.found.items() if _is_open(one)]:
                if self.clock.now() - began > LONGEST_SECONDS:
                    break
                self.found |= dict(zip(left, threads.map(self._look, left), strict=True))
                if any(_is_open(self.found[stack_id]) for stack_id in left):
                    self.clock.sleep(next(intervals))
        late = f"the detection hasn't ended in {LONGEST_SECONDS / 60:.0f} minutes"
        return {key: late if one is None or _is_open(one) else one for key, one in self.found.items()}

    def _look(self, stack_id: str) -> DriftDetection | str | None:
        """One step further. A detection of somebody else's goes first: CloudFormation has one at a time on a stack."""
        now = self.found[stack_id]
        try:
            if isinstance(now, DriftDetection):
                return self.cloudformation.drift_detection(now)
            return self.cloudformation.detect_drift(stack_id)
        except NoCredentials:
            raise
        except (Throttled, Unreachable):
            return now
        except Refused as error:
            return now if _says_running(error) else error.message


def _is_open(found: DriftDetection | str | None) -> bool:
    return found is None or (isinstance(found, DriftDetection) and found.is_running)


def _says_running(error: Refused) -> bool:
    """`Drift detection is already in progress for stack [...]`: CloudFormation has no code of its own for it."""
    return "drift detection is already in progress" in error.message.lower()


def _told(cloudformation: CloudFormation, part: StackInventory, found: DriftDetection | str) -> StackDrift:
    """Also of a detection that failed: then it did for one resource at least, and tells of the others."""
    if isinstance(found, str):
        return StackDrift(part.path, problem=found)
    problem = "" if found.status == "DETECTION_COMPLETE" else found.reason or "CloudFormation gives no reason"
    try:
        resources = cloudformation.drifted(part.stack_id)
        unchecked = tuple(one for one in cloudformation.resources(part.stack_id) if one.is_unchecked)
    except NoCredentials:
        raise
    except DeploymentError as error:
        return StackDrift(part.path, problem=error.message)
    return StackDrift(part.path, resources, unchecked, problem)


def hide(difference: PropertyDrift) -> PropertyDrift:
    """Without what may be a secret: also the value of a variable whose name CloudFormation doesn't tell with it."""
    *above, name = difference.path.split("/")
    nameless = name.lower() == "value" and any(one.lower().startswith("environment") for one in above)
    if nameless or any(is_secret(name, value) for value in (difference.expected, difference.actual)):
        expected, actual = (value and HIDDEN for value in (difference.expected, difference.actual))
        return PropertyDrift(difference.path, expected, actual, difference.kind)
    return difference


def _as_data(resource: ResourceDrift) -> dict[str, Any]:
    return {
        "logical_id": resource.logical_id,
        "physical_id": resource.physical_id,
        "type": resource.type,
        "status": resource.status,
        "differences": [
            {"path": one.path, "kind": one.kind, "expected": one.expected, "actual": one.actual}
            for one in map(hide, resource.differences)
        ],
    }
