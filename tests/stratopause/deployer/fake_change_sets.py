"""The fake CloudFormation's operations on change sets."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any, Final

from stratopause.deployer.templates import Template
from tests.stratopause.deployer.fake_comparison import INCOMPLETE, Comparison, without_values
from tests.stratopause.deployer.fake_drift import Drifts
from tests.stratopause.deployer.fake_engine import Answer, Asked, Engine, given
from tests.stratopause.deployer.fake_findings import Findings
from tests.stratopause.deployer.fake_knobs import Knobs
from tests.stratopause.deployer.fake_operations import Operations, Script
from tests.stratopause.deployer.fake_stacks import FakeChangeSet, FakeStack, World, refused

SUMMARY: Final = frozenset(
    {
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
)
"""What ListChangeSets tells of a change set."""


class ChangeSets:
    """`templates` gives a template's bytes by its URL; `executes` is told who executes which change set.

    `executed` has the ids and tokens of those that were.
    """

    def __init__(
        self, world: World, engine: Engine, knobs: Knobs, operations: Operations, templates: Callable[[str], bytes]
    ) -> None:
        self.world = world
        self.engine = engine
        self.knobs = knobs
        self.operations = operations
        self.templates = templates
        self.comparison = Comparison(world, templates, knobs)
        self.drifts = Drifts(world, engine, knobs)
        self.findings = Findings(world, engine, knobs)
        self.executed: list[tuple[str, str]] = []
        self._created: dict[tuple[str, str], Answer] = {}

    def create_change_set(self, asked: Asked) -> Answer:
        self.engine.catch_up()
        token = (asked["StackName"], asked.get("ClientToken", ""))
        if token[1] and token in self._created:
            return self._created[token]
        stack = self._stack_to_change(asked)
        others = (one.name for one in self.world.change_sets.values() if one.stack_id == stack.id)
        if asked["ChangeSetName"] in others:
            raise refused("AlreadyExistsException", f"ChangeSet {asked['ChangeSetName']} already exists")
        made = self._made(stack, asked)
        self._created[token] = {"Id": made.id, "StackId": stack.id}
        return self._created[token]

    def describe_change_set(self, asked: Asked) -> Answer:
        self.engine.catch_up()
        found = self.known(asked)
        if "NextToken" not in asked:
            found.looks += 1
        told = self._told(found)
        changes = [] if self._is_pending(found) else found.changes
        if asked.get("IncludePropertyValues"):
            path = self.world.stacks[found.stack_id].path
            kept = [one for one in changes if (*path, one["LogicalResourceId"]) not in self.knobs.dropped]
            told |= {"StatusReason": INCOMPLETE} if len(kept) < len(changes) else {}
            changes = kept
        else:
            changes = [without_values(one) for one in changes]
        listed = [{"Type": "Resource", "ResourceChange": given(**one)} for one in changes]
        return told | self.engine.page(listed, asked, "Changes")

    def list_change_sets(self, asked: Asked) -> Answer:
        self.engine.catch_up()
        stack = self.world.known(asked["StackName"])
        every = [self._told(one) for one in self._all() if one.stack_id == stack.id]
        told = [{key: value for key, value in one.items() if key in SUMMARY} for one in every]
        return self.engine.page(told, asked, "Summaries")

    def execute_change_set(self, asked: Asked) -> Answer:
        found = self.known(asked)
        if self.execute(found, asked.get("ClientRequestToken", "")):
            self.world.stacks[found.stack_id].keeps_failed = asked.get("DisableRollback", False)
        return {}

    def delete_change_set(self, asked: Asked) -> Answer:
        self.engine.catch_up()
        found = self._find(asked)
        if found is None:
            return {}
        if found.parent is not None:
            raise refused("ValidationError", "A nested change set is deleted from its root only")
        if self._is_pending(found) or found.id in self.world.past:
            raise refused("InvalidChangeSetStatus", f"ChangeSet [{found.id}] cannot be deleted in its current status")
        self.forget(found)
        return {}

    def execute(self, found: FakeChangeSet, token: str) -> bool:
        """False where the same request has done so already."""
        self.engine.catch_up()
        stack = self.world.stacks[found.stack_id]
        asked = {"ClientRequestToken": token, "ChangeSetName": found.id}
        if self.engine.repeats(stack, found.id, asked):
            return False
        if found.parent is not None:
            raise refused("ValidationError", "A nested change set is executed from its root only")
        now = "CREATE_IN_PROGRESS" if self._is_pending(found) else found.execution
        if now != "AVAILABLE" or stack.told.is_in_progress:
            raise refused("InvalidChangeSetStatus", f"ChangeSet [{found.id}] cannot be executed: it is {now}")
        self.executed.append((found.id, token))
        for one in list(self.tree(found)):
            self.world.past[one.id] = self.world.change_sets.pop(one.id)
            one.execution = "EXECUTE_IN_PROGRESS"
        for other in [one for one in self.world.change_sets.values() if one.stack_id == stack.id]:
            self.forget(other)
        kind = "CREATE_STACK" if stack.status == "REVIEW_IN_PROGRESS" else "UPDATE_STACK"
        self.engine.start(stack, kind, asked, self._execution(stack, found))
        return True

    def forget(self, change_set: FakeChangeSet) -> None:
        """A change set goes with those nested in it and the nested stacks that only they have made."""
        for one in list(self.tree(change_set)):
            self.world.change_sets.pop(one.id, None)
            stack = self.world.stacks[one.stack_id]
            if one is not change_set and stack.status == "REVIEW_IN_PROGRESS":
                del self.world.stacks[stack.id]

    def tree(self, change_set: FakeChangeSet) -> Iterator[FakeChangeSet]:
        yield change_set
        for nested_id in change_set.nested.values():
            yield from self.tree(self.world.change_sets.get(nested_id) or self.world.past[nested_id])

    def known(self, asked: Asked) -> FakeChangeSet:
        found = self._find(asked)
        if found is None:
            raise refused("ChangeSetNotFound", f"ChangeSet [{asked['ChangeSetName']}] does not exist")
        return found

    def _find(self, asked: Asked) -> FakeChangeSet | None:
        name = asked["ChangeSetName"]
        stack = self.world.find(asked.get("StackName", ""))
        for one in self._all():
            if one.id == name or (stack is not None and one.stack_id == stack.id and one.name == name):
                return one
        return None

    def _all(self) -> list[FakeChangeSet]:
        past = [] if self.knobs.forgets_executed else self.world.past.values()
        return [*self.world.change_sets.values(), *past]

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
        if reverts and asked.get("IncludeNestedStacks") and not self.knobs.reverts_nested_drift:
            raise refused("ValidationError", "REVERT_DRIFT is not supported for nested change sets")
        body = asked["TemplateBody"] if "TemplateBody" in asked else self.templates(asked["TemplateURL"]).decode()
        template: Template = json.loads(body)
        parameters = {one["ParameterKey"]: _value(one, stack) for one in asked.get("Parameters", [])}
        made = self.comparison.change_set(stack, template, asked, parameters)
        for one in list(self.tree(made)) if reverts else ():
            self._revert(one)
        failure = self.findings.of(made, list(self.tree(made))) or self.knobs.unchangeable
        if failure:
            made.status, made.reason, made.execution = "FAILED", failure, "UNAVAILABLE"
        return made

    def _revert(self, one: FakeChangeSet) -> None:
        reverted = self.drifts.changes(self.world.stacks[one.stack_id])
        inner = [change for change in one.changes if change["LogicalResourceId"] in one.nested]
        one.changes = [*inner, *reverted]
        if one.changes:
            one.status, one.reason, one.execution = "CREATE_COMPLETE", "", "AVAILABLE"

    def _execution(self, stack: FakeStack, found: FakeChangeSet) -> Script:
        done = yield from self.operations.execution(stack, found)
        for one in self.tree(found):
            one.execution = "EXECUTE_COMPLETE" if done else "EXECUTE_FAILED"
            if self.world.stacks[one.stack_id].status == "REVIEW_IN_PROGRESS":
                self.world.set(self.world.stacks[one.stack_id], "DELETE_COMPLETE")
        return done

    def _is_pending(self, found: FakeChangeSet) -> bool:
        return found.parent is None and found.looks <= self.knobs.pending_looks

    def _told(self, found: FakeChangeSet) -> dict[str, Any]:
        is_pending, request = self._is_pending(found), found.request
        return given(
            ChangeSetId=found.id,
            ChangeSetName=found.name,
            StackId=found.stack_id,
            StackName=self.world.stacks[found.stack_id].name,
            Description=request.get("Description"),
            Parameters=parameters_of(found.parameters),
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


def parameters_of(values: dict[str, str]) -> list[Answer]:
    return [{"ParameterKey": name, "ParameterValue": value} for name, value in values.items()]


def _value(parameter: Answer, stack: FakeStack) -> str:
    if parameter.get("UsePreviousValue"):
        return stack.parameters[parameter["ParameterKey"]]
    return str(parameter["ParameterValue"])
