"""What the fake CloudFormation's validation and hooks find, and how it tells operations."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from tests.stratopause.deployer.fake_engine import Answer, Asked, Engine, given
from tests.stratopause.deployer.fake_knobs import Hook, Knobs, Validation
from tests.stratopause.deployer.fake_stacks import FakeChangeSet, World, refused

FAILURES: Final = {"VALIDATION_ERROR", "PROVISIONING_ERROR", "HOOK_INVOCATION_ERROR"}
VALIDATORS: Final = {
    "PROPERTY_VALIDATION": "AWS::EarlyValidation::PropertyValidation",
    "NAME_CONFLICT_VALIDATION": "AWS::EarlyValidation::ResourceExistenceCheck",
}


class Findings:
    """DescribeEvents, and the operations on hooks."""

    def __init__(self, world: World, engine: Engine, knobs: Knobs) -> None:
        self.world = world
        self.engine = engine
        self.knobs = knobs
        self._found: dict[str, list[Answer]] = {}
        self._hooks: dict[str, list[Hook]] = {}

    def of(self, made: FakeChangeSet, tree: Sequence[FakeChangeSet]) -> str:
        """Validation and hooks look at a change set; why it fails, if it does."""
        self._hooks[made.id] = list(self.knobs.hooks)
        self._found[made.id] = [self._finding(made, tree, one) for one in self.knobs.validation]
        names = [VALIDATORS.get(one.name, one.name) for one in self.knobs.validation if one.mode == "FAIL"]
        names += [hook.name for hook in self.knobs.hooks if hook.blocks]
        listed = ", ".join(dict.fromkeys(names))
        return f"The following hook(s)/validation failed: [{listed}]." if names else ""

    def describe_events(self, asked: Asked) -> Answer:
        self.engine.catch_up()
        if "ChangeSetName" in asked:
            told = self._found.get(asked["ChangeSetName"], [])
        else:
            operation_id = asked.get("OperationId") or self.world.known(asked["StackName"]).operation[1]
            told = list(self._of_operation(operation_id))
        if asked.get("Filters", {}).get("FailedEvents"):
            told = [one for one in told if one["EventType"] in FAILURES]
        return self.engine.page(told, asked, "OperationEvents")

    def _of_operation(self, operation_id: str) -> Iterator[Answer]:
        """Newest first, stack by stack."""
        for stack in self.world.stacks.values():
            for event in reversed(stack.events):
                if event["OperationId"] == operation_id:
                    yield _operation_event(event)

    def list_hook_results(self, asked: Asked) -> Answer:
        change_set_id = asked.get("TargetId", "")
        hooks = self._hooks.get(change_set_id, [])
        told = [_hook_result(change_set_id, number, hook) for number, hook in enumerate(hooks)]
        return self.engine.page(told, asked, "HookResults")

    def get_hook_result(self, asked: Asked) -> Answer:
        change_set_id, _, number = asked["HookResultId"].rpartition("#")
        if change_set_id not in self._hooks:
            raise refused("HookResultNotFound", f"{asked['HookResultId']} does not exist")
        hook = self._hooks[change_set_id][int(number)]
        told = _hook_result(change_set_id, int(number), hook)
        shared = {key: value for key, value in told.items() if not key.startswith("Target")}
        return shared | {"Annotations": [dict(one) for one in hook.annotations]}

    def describe_change_set_hooks(self, asked: Asked) -> Answer:
        change_set_id = asked["ChangeSetName"]
        hooks = [
            {"TypeName": hook.name, "FailureMode": hook.mode, "InvocationPoint": "PRE_PROVISION"}
            for hook in self._hooks.get(change_set_id, [])
        ]
        return {"ChangeSetId": change_set_id, "Status": "PLANNED"} | self.engine.page(hooks, asked, "Hooks")

    def _finding(self, made: FakeChangeSet, tree: Sequence[FakeChangeSet], one: Validation) -> Answer:
        *path, logical_id = one.place
        found = next((each for each in tree if self.world.stacks[each.stack_id].path == tuple(path)), made)
        return given(
            EventId=f"event-{next(self.world.ids)}",
            StackId=found.stack_id,
            OperationId=f"operation-{next(self.world.ids)}",
            OperationType="CREATE_CHANGESET",
            EventType="VALIDATION_ERROR",
            LogicalResourceId=logical_id,
            ResourceType=found.template["Resources"].get(logical_id, {}).get("Type"),
            Timestamp=self.world.clock.time(),
            ValidationFailureMode=one.mode,
            ValidationName=one.name,
            ValidationStatus="FAILED",
            ValidationStatusReason=one.reason,
            ValidationPath=one.path,
        )


def _hook_result(change_set_id: str, number: int, hook: Hook) -> Answer:
    return given(
        HookResultId=f"{change_set_id}#{number}",
        InvocationPoint="PRE_PROVISION",
        FailureMode=hook.mode,
        TypeName=hook.name,
        Status=hook.status,
        HookStatusReason=hook.reason,
        TargetType="CHANGE_SET",
        TargetId=change_set_id,
    )


def _operation_event(event: Mapping[str, Any]) -> Answer:
    kept = {key: value for key, value in event.items() if key not in {"type", "StackName"}}
    is_own = event.get("PhysicalResourceId") == event["StackId"]
    failed = event["ResourceStatus"].endswith("_FAILED")
    kind = "STACK_EVENT" if is_own else "PROVISIONING_ERROR" if failed else "PROGRESS_EVENT"
    return kept | {"OperationType": event["type"], "EventType": kind}
