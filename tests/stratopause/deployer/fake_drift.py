"""Drift, as far as the fake CloudFormation detects it."""

from __future__ import annotations

from collections.abc import Iterator

from tests.stratopause.deployer.fake_engine import Answer, Asked, Engine
from tests.stratopause.deployer.fake_knobs import Drift, Knobs, Place
from tests.stratopause.deployer.fake_stacks import FakeResource, FakeStack, World, refused


class Drifts:
    """The operations that detect drift. A detection takes `looks` looks.

    `undetectable` says by stack path why a detection fails, `unsupported` types can't be compared.
    """

    def __init__(self, world: World, engine: Engine, knobs: Knobs) -> None:
        self.world = world
        self.engine = engine
        self.knobs = knobs
        self.undetectable: dict[Place, str] = {}
        self.unsupported: set[str] = set()
        self.looks = 1
        self._detections: dict[str, tuple[str, int]] = {}
        self._detected: set[str] = set()

    def detect_stack_drift(self, asked: Asked) -> Answer:
        self.engine.catch_up()
        stack = self.world.known(asked["StackName"])
        if any(stack_id == stack.id and looks >= 0 for stack_id, looks in self._detections.values()):
            raise refused("ValidationError", f"Drift detection is already in progress for stack [{stack.id}]")
        if not stack.told.is_stable and not stack.told.is_rolled_back:
            raise refused("ValidationError", f"Drift detection isn't supported in {stack.status}")
        detection_id = f"detection-{next(self.world.ids)}"
        self._detections[detection_id] = (stack.id, self.looks)
        return {"StackDriftDetectionId": detection_id}

    def describe_stack_drift_detection_status(self, asked: Asked) -> Answer:
        detection_id = asked["StackDriftDetectionId"]
        if detection_id not in self._detections:
            raise refused("ValidationError", f"Drift detection {detection_id} does not exist")
        stack_id, looks = self._detections[detection_id]
        stack = self.world.stacks[stack_id]
        told = {"StackId": stack_id, "StackDriftDetectionId": detection_id, "Timestamp": self.world.clock.time()}
        if looks > 0:
            self._detections[detection_id] = (stack_id, looks - 1)
            return told | {"DetectionStatus": "DETECTION_IN_PROGRESS"}
        self._detections[detection_id] = (stack_id, -1)
        self._detected.add(stack_id)
        if stack.path in self.undetectable:
            why = self.undetectable[stack.path]
            return told | {"DetectionStatus": "DETECTION_FAILED", "DetectionStatusReason": why}
        count = sum(drift is not None for _, drift in self._of(stack))
        status = "DRIFTED" if count else "IN_SYNC"
        how = {"StackDriftStatus": status, "DriftedStackResourceCount": count}
        return told | {"DetectionStatus": "DETECTION_COMPLETE", **how}

    def information(self, stack: FakeStack, resource: FakeResource) -> Answer:
        """DriftInformation, as ListStackResources tells it: NOT_CHECKED also of what can't be."""
        drift = self.knobs.drifts.get((*stack.path, resource.logical_id))
        if stack.id not in self._detected or resource.type in self.unsupported:
            return {"StackResourceDriftStatus": "NOT_CHECKED"}
        return {"StackResourceDriftStatus": _status(drift), "LastCheckTimestamp": self.world.clock.time()}

    def describe_stack_resource_drifts(self, asked: Asked) -> Answer:
        stack = self.world.known(asked["StackName"])
        wanted = asked.get("StackResourceDriftStatusFilters") or ["IN_SYNC", "MODIFIED", "DELETED", "NOT_CHECKED"]
        drifts = self._of(stack) if stack.id in self._detected else ()
        told = [
            self._told(stack, logical_id, drift)
            for logical_id, drift in drifts
            if stack.resources[logical_id].type not in self.unsupported
        ]
        shown = [one for one in told if one["StackResourceDriftStatus"] in wanted]
        return self.engine.page(shown, asked, "StackResourceDrifts")

    def changes(self, stack: FakeStack) -> list[Answer]:
        """The ResourceChanges of a change set that reverts the stack's drift."""
        told = []
        for logical_id, drift in self._of(stack):
            if drift is None:
                continue
            resource = stack.resources[logical_id]
            gone = drift == "DELETED"
            told.append(
                {
                    "Action": "Add" if gone else "Modify",
                    "LogicalResourceId": logical_id,
                    "ResourceType": resource.type,
                    "PhysicalResourceId": resource.physical_id,
                    "ResourceDriftStatus": "DELETED" if gone else "MODIFIED",
                    **({} if gone else {"Replacement": "False", "Scope": ["Properties"]}),
                    "Details": [] if gone else [self._detail(*one) for one in drift],
                }
            )
        return told

    def _detail(self, path: str, expected: str, actual: str) -> Answer:
        target = {
            "Attribute": "Properties",
            "Name": path.split("/")[1],
            "Path": f"/Properties{path}",
            "RequiresRecreation": "Never",
            "AttributeChangeType": "SyncWithActual",
            "BeforeValue": actual,
            "AfterValue": expected,
            "BeforeValueFrom": "ACTUAL_STATE",
            "Drift": {
                "PreviousValue": expected,
                "ActualValue": actual,
                "DriftDetectionTimestamp": self.world.clock.time(),
            },
        }
        return {"Target": target, "Evaluation": "Static", "ChangeSource": "NoModification"}

    def _of(self, stack: FakeStack) -> Iterator[tuple[str, Drift | None]]:
        for logical_id in stack.resources:
            yield logical_id, self.knobs.drifts.get((*stack.path, logical_id))

    def _told(self, stack: FakeStack, logical_id: str, drift: Drift | None) -> Answer:
        resource = stack.resources[logical_id]
        differences = [] if drift is None or drift == "DELETED" else drift
        return {
            "StackId": stack.id,
            "LogicalResourceId": logical_id,
            "PhysicalResourceId": resource.physical_id,
            "ResourceType": resource.type,
            "Timestamp": self.world.clock.time(),
            "StackResourceDriftStatus": _status(drift),
            "PropertyDifferences": [
                {
                    "PropertyPath": path,
                    "ExpectedValue": expected,
                    "ActualValue": actual,
                    "DifferenceType": "NOT_EQUAL" if expected and actual else "ADD" if actual else "REMOVE",
                }
                for path, expected, actual in differences
            ],
        }


def _status(drift: Drift | None) -> str:
    return "IN_SYNC" if drift is None else "DELETED" if drift == "DELETED" else "MODIFIED"
