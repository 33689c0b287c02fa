"""A CloudFormation in memory, as its API speaks; `fake_cloudformation.md` specifies it."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from stratopause.deployer.errors import DeploymentError
from stratopause.deployer.templates import Template
from tests.stratopause.deployer.fake_change_sets import INCOMPLETE, Comparison, without_values
from tests.stratopause.deployer.fake_clock import FakeClock
from tests.stratopause.deployer.fake_drift import Drift, Drifts
from tests.stratopause.deployer.fake_operations import Fate, Operations, Place, Script
from tests.stratopause.deployer.fake_stacks import ACCOUNT, FakeChangeSet, FakeStack, World, refused

YOU = f"arn:aws:sts::{ACCOUNT}:assumed-role/console/you"
Asked = Mapping[str, Any]
Answer = dict[str, Any]


@dataclass(frozen=True)
class Validation:
    """What pre-deployment validation finds of a resource (path and logical id); `mode` is FAIL or WARN."""

    place: Place
    reason: str
    name: str = "PROPERTY_VALIDATION"
    path: str = ""
    mode: str = "FAIL"


@dataclass(frozen=True)
class Hook:
    """What a hook finds of a change set; `annotations` are GetHookResult's."""

    name: str
    status: str = "HOOK_COMPLETE_SUCCEEDED"
    mode: str = "FAIL"
    reason: str = ""
    annotations: tuple[Mapping[str, str], ...] = ()

    @property
    def blocks(self) -> bool:
        return self.mode == "FAIL" and self.status in {"HOOK_COMPLETE_FAILED", "HOOK_FAILED"}


@dataclass
class Run:
    """A script, and when its next step is due."""

    script: Script
    due: float


class FakeCloudFormation:
    """`templates` gives a template's bytes by its URL; `executes` is told who executed which change set."""

    def __init__(
        self, clock: FakeClock, templates: Callable[[str], bytes], executes: Callable[[str, str], None] | None = None
    ) -> None:
        self.clock = clock
        self.delay = 1.0
        self.page_size = 5
        self.pending_looks = 1
        self.stale_reads = 0
        self.unchangeable: str | None = None
        self.outages: list[DeploymentError] = []
        self.validation: list[Validation] = []
        self.hooks: list[Hook] = []
        self.dropped: set[Place] = set()
        self.reverts_nested_drift = False
        self.forgets_executed = False
        self.drifts: dict[Place, Drift] = {}
        self.executed: list[tuple[str, str]] = []
        self.fate = Fate(drifts=self.drifts)
        self.failing, self.undeletable, self.unrestorable = (
            self.fate.failing,
            self.fate.undeletable,
            self.fate.unrestorable,
        )
        self.world = World(clock)
        self.stacks, self.change_sets, self.past = self.world.stacks, self.world.change_sets, self.world.past
        self.comparison = Comparison(self.world, templates)
        self.drift = Drifts(self.world, self.drifts)
        self._operations = Operations(self.world, self.fate)
        self._templates = templates
        self._executes = executes or (lambda change_set_id, who: None)
        self._runs: dict[str, Run] = {}
        self._tokens: dict[tuple[str, str], str] = {}
        self._created: dict[tuple[str, str], Answer] = {}
        self._findings: dict[str, list[Answer]] = {}
        self._hooked: dict[str, list[Hook]] = {}
        self._stale: dict[str, tuple[str, Any, int]] = {}
        self._stale_left = 0

    @property
    def is_busy(self) -> bool:
        return bool(self._runs)

    # Stacks

    def describe_stacks(self, asked: Asked) -> Answer:
        self._catch_up()
        if "StackName" in asked:
            return {"Stacks": [self._stack(self._seen(self.world.known(asked["StackName"])))]}
        alive = [stack for stack in self.stacks.values() if stack.status != "DELETE_COMPLETE"]
        return self._page([self._stack(stack) for stack in alive], asked, "Stacks")

    def list_stack_resources(self, asked: Asked) -> Answer:
        self._catch_up()
        told = [
            _given(
                LogicalResourceId=one.logical_id,
                PhysicalResourceId=one.physical_id,
                ResourceType=one.type,
                LastUpdatedTimestamp=one.since,
                ResourceStatus=one.status,
                ResourceStatusReason=one.reason,
            )
            for one in self.world.known(asked["StackName"]).resources.values()
        ]
        return self._page(told, asked, "StackResourceSummaries")

    def describe_stack_events(self, asked: Asked) -> Answer:
        self._catch_up()
        if self.outages:
            raise self.outages.pop(0)
        stack = self._seen(self.world.known(asked["StackName"]))
        told = [{key: value for key, value in event.items() if key != "type"} for event in reversed(stack.events)]
        return self._page(told, asked, "StackEvents")

    def get_template(self, asked: Asked) -> Answer:
        stack = self.world.known(asked["StackName"])
        if stack.status == "REVIEW_IN_PROGRESS":
            raise refused("ValidationError", f"{stack.name} has no template yet")
        return {"TemplateBody": json.dumps(stack.template)}

    def update_termination_protection(self, asked: Asked) -> Answer:
        stack = self.world.known(asked["StackName"])
        stack.is_protected = asked["EnableTerminationProtection"]
        return {"StackId": stack.id}

    def get_stack_policy(self, asked: Asked) -> Answer:
        return _given(StackPolicyBody=self.world.known(asked["StackName"]).policy)

    def set_stack_policy(self, asked: Asked) -> Answer:
        stack = self.world.known(asked["StackName"])
        json.loads(asked["StackPolicyBody"])
        stack.policy = asked["StackPolicyBody"]
        return {}

    # Change sets

    def create_change_set(self, asked: Asked) -> Answer:
        self._catch_up()
        token = (asked["StackName"], asked.get("ClientToken", ""))
        if token[1] and token in self._created:
            return self._created[token]
        stack = self._stack_to_change(asked)
        if any(one.stack_id == stack.id and one.name == asked["ChangeSetName"] for one in self.change_sets.values()):
            raise refused("AlreadyExistsException", f"ChangeSet {asked['ChangeSetName']} already exists")
        made = self._made(stack, asked)
        self._created[token] = {"Id": made.id, "StackId": stack.id}
        return self._created[token]

    def describe_change_set(self, asked: Asked) -> Answer:
        self._catch_up()
        found = self._known_change_set(asked)
        if "NextToken" not in asked:
            found.looks += 1
        changes = [] if self._is_pending(found) else found.changes
        told = self._change_set(found)
        if asked.get("IncludePropertyValues"):
            place = self.stacks[found.stack_id].path
            kept = [one for one in changes if (*place, one["LogicalResourceId"]) not in self.dropped]
            if len(kept) < len(changes):
                told["StatusReason"] = INCOMPLETE
            changes = kept
        else:
            changes = [without_values(one) for one in changes]
        listed = [{"Type": "Resource", "ResourceChange": _given(**one)} for one in changes]
        return told | self._page(listed, asked, "Changes")

    def list_change_sets(self, asked: Asked) -> Answer:
        self._catch_up()
        stack = self.world.known(asked["StackName"])
        every = [one for one in [*self.change_sets.values(), *self._remembered()] if one.stack_id == stack.id]
        told = [{key: value for key, value in self._change_set(one).items() if key in SUMMARY} for one in every]
        return self._page(told, asked, "Summaries")

    def execute_change_set(self, asked: Asked) -> Answer:
        self._execute(self._known_change_set(asked), asked.get("ClientRequestToken", ""), "")
        return {}

    def delete_change_set(self, asked: Asked) -> Answer:
        self._catch_up()
        try:
            found = self._known_change_set(asked)
        except Exception:  # noqa: BLE001 - what isn't there needn't be deleted
            return {}
        if found.parent is not None:
            raise refused("ValidationError", "a nested change set is deleted from its root only")
        if self._is_pending(found) or found.execution == "EXECUTE_IN_PROGRESS":
            raise refused("InvalidChangeSetStatus", f"ChangeSet [{found.id}] cannot be deleted in its current status")
        self._forget(found)
        return {}

    def describe_change_set_hooks(self, asked: Asked) -> Answer:
        found = self._known_change_set(asked)
        hooks = [
            {"TypeName": hook.name, "FailureMode": hook.mode, "InvocationPoint": "PRE_PROVISION"}
            for hook in self._hooked.get(found.id, [])
        ]
        told = {"ChangeSetId": found.id, "ChangeSetName": found.name, "StackId": found.stack_id, "Status": "PLANNED"}
        return told | self._page(hooks, asked, "Hooks")

    # What was found

    def describe_events(self, asked: Asked) -> Answer:
        self._catch_up()
        if "ChangeSetName" in asked:
            told = self._findings.get(self._known_change_set(asked).id, [])
        else:
            stacks = [self.world.known(asked["StackName"])] if "StackName" in asked else self.stacks.values()
            told = [_operation_event(event) for stack in stacks for event in reversed(stack.events)]
        if "OperationId" in asked:
            told = [one for one in told if one["OperationId"] == asked["OperationId"]]
        if asked.get("Filters", {}).get("FailedEvents"):
            told = [one for one in told if one["EventType"] in FAILURES]
        return self._page(told, asked, "OperationEvents")

    def list_hook_results(self, asked: Asked) -> Answer:
        hooks = self._hooked.get(asked.get("TargetId", ""), [])
        told = [self._hook_result(asked["TargetId"], number, hook) for number, hook in enumerate(hooks)]
        return self._page(told, asked, "HookResults")

    def get_hook_result(self, asked: Asked) -> Answer:
        change_set_id, _, number = asked["HookResultId"].rpartition("#")
        if change_set_id not in self._hooked:
            raise refused("HookResultNotFound", "no such hook result")
        hook = self._hooked[change_set_id][int(number)]
        told = self._hook_result(change_set_id, int(number), hook)
        shared = {key: value for key, value in told.items() if not key.startswith("Target")}
        return shared | {"Annotations": [dict(one) for one in hook.annotations]}

    # Drift

    def detect_stack_drift(self, asked: Asked) -> Answer:
        self._catch_up()
        return self.drift.detect_stack_drift(dict(asked))

    def describe_stack_drift_detection_status(self, asked: Asked) -> Answer:
        return self.drift.describe_stack_drift_detection_status(dict(asked))

    def describe_stack_resource_drifts(self, asked: Asked) -> Answer:
        return self._page(self.drift.resource_drifts(dict(asked)), asked, "StackResourceDrifts")

    # Operations

    def delete_stack(self, asked: Asked) -> Answer:
        self._catch_up()
        stack, retain = self.world.find(asked["StackName"]), asked.get("RetainResources", [])
        if stack is None or stack.status in {"DELETE_COMPLETE", "DELETE_IN_PROGRESS"}:
            return {}
        if stack.is_protected:
            raise refused(
                "ValidationError", f"Stack [{stack.name}] cannot be deleted while TerminationProtection is enabled"
            )
        if stack.told.is_in_progress and stack.status != "CREATE_IN_PROGRESS":
            raise refused("ValidationError", f"Stack [{stack.name}] cannot be deleted while in status {stack.status}")
        if retain and (stack.status != "DELETE_FAILED" or not set(retain) <= stack.resources.keys()):
            raise refused("ValidationError", "only resources of a stack in DELETE_FAILED can be retained")
        for change_set in [one for one in self.change_sets.values() if one.stack_id == stack.id]:
            self._forget(change_set)
        is_review = stack.status == "REVIEW_IN_PROGRESS"
        self._start(stack, "DELETE_STACK", asked, self._operations.deletion(stack, retain))
        if is_review:
            self._finish()
        return {}

    def cancel_update_stack(self, asked: Asked) -> Answer:
        self._catch_up()
        stack = self.world.known(asked["StackName"])
        if stack.status != "UPDATE_IN_PROGRESS":
            raise refused("ValidationError", "CancelUpdateStack cannot be called from current stack status")
        stack.is_cancelled = True
        return {}

    def rollback_stack(self, asked: Asked) -> Answer:
        self._catch_up()
        stack = self.world.known(asked["StackName"])
        if stack.status not in {"CREATE_FAILED", "UPDATE_FAILED"} and not self._repeats(stack, "ROLLBACK", asked):
            raise refused("ValidationError", f"RollbackStack cannot be called from {stack.status}")
        self._start(stack, "ROLLBACK", asked, self._operations.rollback(stack, "User Initiated"))
        return {"StackId": stack.id, "OperationId": stack.operation[1]}

    def continue_update_rollback(self, asked: Asked) -> Answer:
        self._catch_up()
        stack, skip = self.world.known(asked["StackName"]), asked.get("ResourcesToSkip", [])
        if stack.parent is not None:
            raise refused("ValidationError", "a nested stack is rolled back from its parent only")
        if stack.status != "UPDATE_ROLLBACK_FAILED" and not self._repeats(stack, "CONTINUE_ROLLBACK", asked):
            raise refused("ValidationError", f"Stack [{stack.name}] is not in UPDATE_ROLLBACK_FAILED")
        unknown = sorted(set(skip) - set(self._skippable(stack)))
        if unknown:
            raise refused("ValidationError", f"Resources [{', '.join(unknown)}] aren't in UPDATE_FAILED")
        script = self._operations.rollback(stack, "User Initiated", skip)
        self._start(stack, "CONTINUE_ROLLBACK", asked, script)
        return {}

    # What others do

    def execute_elsewhere(self, change_set_id: str, who: str = YOU) -> None:
        """Somebody executes the change set in the console."""
        self._execute(self._known_change_set({"ChangeSetName": change_set_id}), "", who)

    def delete_elsewhere(self, change_set_id: str) -> None:
        self._forget(self.change_sets[change_set_id])

    def change_elsewhere(self, name: str) -> None:
        """Somebody updates the stack without a change set."""
        stack = self.world.known(name)
        self.world.begin(stack, "UPDATE_STACK", "")
        stack.operations += 1
        for status in ("UPDATE_IN_PROGRESS", "UPDATE_COMPLETE"):
            self.world.set(stack, status, "User Initiated" if status == "UPDATE_IN_PROGRESS" else "")
        for one in self.change_sets.values():
            if one.stack_id == stack.id:
                one.execution = "OBSOLETE"

    def put(self, name: str, status: str, reason: str = "") -> FakeStack:
        """Have the stack, which is made where there is none, come to a status, nobody knows how."""
        stack = self.world.find(name) or self.world.new_stack(name)
        self.world.set(stack, status, reason)
        return stack

    # Bookkeeping

    def _stack_to_change(self, asked: Asked) -> FakeStack:
        stack, name = self.world.find(asked["StackName"]), asked["StackName"]
        if asked.get("ChangeSetType") == "CREATE":
            if stack is not None and stack.status != "REVIEW_IN_PROGRESS":
                raise refused("AlreadyExistsException", f"Stack [{name}] already exists")
            return stack or self.world.new_stack(name)
        if stack is None or stack.status == "REVIEW_IN_PROGRESS":
            raise refused("ValidationError", f"Stack [{name}] does not exist")
        if not stack.told.is_stable and stack.status not in {"CREATE_FAILED", "UPDATE_FAILED"}:
            raise refused("ValidationError", f"Stack:{stack.id} is in {stack.status} state and can not be updated.")
        return stack

    def _made(self, stack: FakeStack, asked: Asked) -> FakeChangeSet:
        reverts = asked.get("DeploymentMode") == "REVERT_DRIFT"
        if reverts and asked.get("IncludeNestedStacks") and not self.reverts_nested_drift:
            raise refused("ValidationError", "REVERT_DRIFT is not supported for nested change sets")
        body = asked["TemplateBody"] if "TemplateBody" in asked else self._templates(asked["TemplateURL"]).decode()
        template: Template = json.loads(body)
        given = {
            one["ParameterKey"]: stack.parameters[one["ParameterKey"]]
            if one.get("UsePreviousValue")
            else one["ParameterValue"]
            for one in asked.get("Parameters", [])
        }
        made = self.comparison.change_set(stack, template, asked, given)
        if reverts:
            self._revert(made)
        self._check(made)
        return made

    def _revert(self, made: FakeChangeSet) -> None:
        for one in self._tree(made):
            reverted = self.drift.changes(self.stacks[one.stack_id])
            one.changes = [*one.changes, *reverted]
            if reverted:
                one.status, one.reason, one.execution = "CREATE_COMPLETE", "", "AVAILABLE"

    def _check(self, made: FakeChangeSet) -> None:
        """Validation and hooks look at what would change."""
        self._hooked[made.id] = list(self.hooks)
        self._findings[made.id] = [self._finding(made, one) for one in self.validation]
        names = [EARLY.get(one.name, one.name) for one in self.validation if one.mode == "FAIL"]
        names += [hook.name for hook in self.hooks if hook.blocks]
        failure = f"The following hook(s)/validation failed: [{', '.join(names)}]." if names else self.unchangeable
        if failure:
            made.status, made.reason, made.execution = "FAILED", failure, "UNAVAILABLE"

    def _finding(self, made: FakeChangeSet, one: Validation) -> Answer:
        *path, logical_id = one.place
        stacks = {self.stacks[each.stack_id].path: each for each in self._tree(made)}
        found = stacks.get(tuple(path), made)
        kind = found.template["Resources"].get(logical_id, {}).get("Type", "")
        return _given(
            EventId=f"event-{next(self.world.ids)}",
            StackId=found.stack_id,
            OperationId=f"operation-{made.id}",
            OperationType="CREATE_CHANGESET",
            EventType="VALIDATION_ERROR",
            LogicalResourceId=logical_id,
            ResourceType=kind,
            Timestamp=self.clock.time(),
            ValidationFailureMode=one.mode,
            ValidationName=one.name,
            ValidationStatus="FAILED",
            ValidationStatusReason=one.reason,
            ValidationPath=one.path,
        )

    def _hook_result(self, change_set_id: str, number: int, hook: Hook) -> Answer:
        return _given(
            HookResultId=f"{change_set_id}#{number}",
            InvocationPoint="PRE_PROVISION",
            FailureMode=hook.mode,
            TypeName=hook.name,
            Status=hook.status,
            HookStatusReason=hook.reason,
            TargetType="CHANGE_SET",
            TargetId=change_set_id,
        )

    def _execute(self, found: FakeChangeSet, token: str, who: str) -> None:
        self._catch_up()
        stack = self.stacks[found.stack_id]
        if self._repeats(stack, f"execute {found.id}", {"ClientRequestToken": token}):
            return
        if found.parent is not None:
            raise refused("ValidationError", "a nested change set is executed from its root only")
        if found.execution != "AVAILABLE" or stack.told.is_in_progress:
            now = found.execution if found.execution != "AVAILABLE" else stack.status
            raise refused("InvalidChangeSetStatus", f"ChangeSet [{found.id}] cannot be executed: it is {now}")
        self.executed.append((found.id, token))
        self._executes(found.id, who)
        for one in self._tree(found):
            self.past[one.id] = self.change_sets.pop(one.id)
            one.execution = "EXECUTE_IN_PROGRESS"
        for other in [one for one in self.change_sets.values() if one.stack_id == stack.id]:
            self._forget(other)
        kind = "CREATE_STACK" if stack.status == "REVIEW_IN_PROGRESS" else "UPDATE_STACK"
        self._start(stack, kind, {"ClientRequestToken": token}, self._execution(stack, found), f"execute {found.id}")

    def _execution(self, stack: FakeStack, found: FakeChangeSet) -> Script:
        done = yield from self._operations.execution(stack, found)
        for one in self._tree(found):
            one.execution = "EXECUTE_COMPLETE" if done else "EXECUTE_FAILED"
        return done

    def _tree(self, change_set: FakeChangeSet) -> Iterator[FakeChangeSet]:
        yield change_set
        for nested_id in change_set.nested.values():
            nested = self.change_sets.get(nested_id) or self.past.get(nested_id)
            if nested is not None:
                yield from self._tree(nested)

    def _forget(self, change_set: FakeChangeSet) -> None:
        """A change set goes with those nested in it and the nested stacks that only they have made."""
        for one in list(self._tree(change_set)):
            self.change_sets.pop(one.id, None)
            stack = self.stacks[one.stack_id]
            if one is not change_set and stack.status == "REVIEW_IN_PROGRESS":
                del self.stacks[stack.id]

    def _start(self, stack: FakeStack, kind: str, asked: Asked, script: Script, what: str = "") -> None:
        """Begin an operation; a request that is repeated by its token begins none."""
        if not what and self._repeats(stack, kind, asked):
            return
        token = asked.get("ClientRequestToken", "")
        if token:
            self._tokens[stack.id, token] = what or kind
        self._remember()
        self.world.begin(stack, kind, token)
        self._runs[self.world.root_of(stack).id] = Run(script, self.clock.now())
        self._catch_up()

    def _repeats(self, stack: FakeStack, what: str, asked: Asked) -> bool:
        known = self._tokens.get((stack.id, asked.get("ClientRequestToken", "")))
        if known is not None and known != what:
            raise refused("TokenAlreadyExistsException", "the token belongs to another request")
        return known is not None

    def _remember(self) -> None:
        """What stale reads will go on to say."""
        self._stale_left = self.stale_reads
        self._stale = {one.id: (one.status, one.since, len(one.events)) for one in self.stacks.values()}

    def _seen(self, stack: FakeStack) -> FakeStack:
        if self._stale_left <= 0 or stack.id not in self._stale:
            return stack
        self._stale_left -= 1
        status, since, events = self._stale[stack.id]
        return replace(stack, status=status, since=since, events=stack.events[:events])

    def _catch_up(self) -> None:
        for root_id, run in list(self._runs.items()):
            while self.clock.now() >= run.due:
                run.due += self.delay
                try:
                    next(run.script)
                except StopIteration:
                    del self._runs[root_id]
                    break

    def _finish(self) -> None:
        while self._runs:
            for run in self._runs.values():
                run.due = self.clock.now()
            self._catch_up()

    def _skippable(self, stack: FakeStack) -> Iterator[str]:
        for resource in stack.resources.values():
            if resource.status == "UPDATE_FAILED":
                yield f"{stack.name}.{resource.logical_id}" if stack.parent else resource.logical_id
            if resource.is_nested_stack and resource.physical_id in self.stacks:
                yield from self._skippable(self.stacks[resource.physical_id])

    def _remembered(self) -> list[FakeChangeSet]:
        return [] if self.forgets_executed else list(self.past.values())

    def _known_change_set(self, asked: Asked) -> FakeChangeSet:
        name = asked["ChangeSetName"]
        every = [*self.change_sets.values(), *self._remembered()]
        stack = self.world.find(asked.get("StackName", ""))
        for one in every:
            if one.id == name or (stack is not None and one.stack_id == stack.id and one.name == name):
                return one
        raise refused("ChangeSetNotFound", f"ChangeSet [{name}] does not exist")

    def _is_pending(self, found: FakeChangeSet) -> bool:
        return found.parent is None and found.looks <= self.pending_looks

    def _change_set(self, found: FakeChangeSet) -> Answer:
        is_pending = self._is_pending(found)
        request = found.request
        return _given(
            ChangeSetId=found.id,
            ChangeSetName=found.name,
            StackId=found.stack_id,
            StackName=self.stacks[found.stack_id].name,
            Description=request.get("Description"),
            Parameters=_parameters(found.parameters),
            CreationTime=found.created,
            ExecutionStatus="UNAVAILABLE" if is_pending else found.execution,
            Status="CREATE_IN_PROGRESS" if is_pending else found.status,
            StatusReason="" if is_pending else found.reason,
            Capabilities=request.get("Capabilities"),
            Tags=request.get("Tags"),
            IncludeNestedStacks=request.get("IncludeNestedStacks"),
            ParentChangeSetId=found.parent,
            RootChangeSetId=found.root,
            DeploymentMode=request.get("DeploymentMode"),
        )

    def _stack(self, stack: FakeStack) -> Answer:
        declared = stack.template.get("Outputs", {})
        outputs = [
            _given(OutputKey=name, OutputValue=value, Description=declared.get(name, {}).get("Description"))
            for name, value in stack.outputs.items()
        ]
        return _given(
            StackId=stack.id,
            StackName=stack.name,
            ChangeSetId=stack.change_set_id,
            Parameters=_parameters(stack.parameters),
            CreationTime=stack.created,
            LastUpdatedTime=stack.since if stack.operations > 1 else None,
            DeletionTime=stack.since if stack.status == "DELETE_COMPLETE" else None,
            StackStatus=stack.status,
            StackStatusReason=stack.reason,
            Outputs=outputs,
            RoleARN=stack.role,
            Tags=stack.tags,
            EnableTerminationProtection=stack.is_protected,
            ParentId=stack.parent,
            RootId=stack.root,
        )

    def _page(self, every: Sequence[Any], asked: Asked, key: str) -> Answer:
        """A token says how many are left, so that what comes before them may grow."""
        left = int(asked["NextToken"].removeprefix("left-")) if "NextToken" in asked else len(every)
        page, rest = every[len(every) - left :][: self.page_size], left - self.page_size
        return {key: list(page)} | ({"NextToken": f"left-{rest}"} if rest > 0 else {})


SUMMARY = {
    "StackId",
    "StackName",
    "ChangeSetId",
    "ChangeSetName",
    "ExecutionStatus",
    "Status",
    "StatusReason",
    "CreationTime",
    "Description",
    "IncludeNestedStacks",
    "ParentChangeSetId",
    "RootChangeSetId",
}
FAILURES = {"VALIDATION_ERROR", "PROVISIONING_ERROR", "HOOK_INVOCATION_ERROR"}
EARLY = {
    "PROPERTY_VALIDATION": "AWS::EarlyValidation::PropertyValidation",
    "NAME_CONFLICT_VALIDATION": "AWS::EarlyValidation::ResourceExistenceCheck",
    "BUCKET_EMPTINESS_VALIDATION": "AWS::EarlyValidation::S3BucketEmptiness",
}


def _operation_event(event: Mapping[str, Any]) -> Answer:
    kept = {key: value for key, value in event.items() if key not in {"type", "StackName"}}
    is_own = event.get("PhysicalResourceId") == event["StackId"]
    failed = event["ResourceStatus"].endswith("_FAILED")
    kind = "STACK_EVENT" if is_own else "PROVISIONING_ERROR" if failed else "PROGRESS_EVENT"
    return kept | {"OperationType": event["type"], "EventType": kind}


def _parameters(values: Mapping[str, str]) -> list[Answer]:
    return [{"ParameterKey": name, "ParameterValue": value} for name, value in values.items()]


def _given(**told: Any) -> Answer:
    """What there is to tell."""
    return {key: value for key, value in told.items() if value not in (None, "")}
