"""A CloudFormation in memory, as its API speaks; `fake_cloudformation.md` specifies it.

Its operations are methods here and in `parts`, in boto3's spelling.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from tests.stratopause.deployer.fake_change_sets import ChangeSets, parameters_of
from tests.stratopause.deployer.fake_clock import FakeClock
from tests.stratopause.deployer.fake_engine import Answer, Asked, Engine, given
from tests.stratopause.deployer.fake_knobs import Knobs
from tests.stratopause.deployer.fake_operations import Operations
from tests.stratopause.deployer.fake_stacks import ACCOUNT, FakeStack, World, refused

YOU = f"arn:aws:sts::{ACCOUNT}:assumed-role/console/you"


class FakeCloudFormation(Knobs):
    """`templates` gives a template's bytes by its URL."""

    def __init__(self, clock: FakeClock, templates: Callable[[str], bytes]) -> None:
        super().__init__()
        self.clock = clock
        self.world = World(clock)
        self.engine = Engine(self.world, self)
        self.operations = Operations(self.world, self)
        self._change_sets = ChangeSets(self.world, self.engine, self, self.operations, templates)
        self.stacks, self.change_sets, self.past = self.world.stacks, self.world.change_sets, self.world.past
        self.executed = self._change_sets.executed
        self.drift = self._change_sets.drifts

    @property
    def parts(self) -> Sequence[Any]:
        return (self._change_sets, self._change_sets.findings, self.drift)

    @property
    def is_busy(self) -> bool:
        return bool(self.engine.runs)

    # Stacks

    def describe_stacks(self, asked: Asked) -> Answer:
        self.engine.catch_up()
        if "StackName" in asked:
            return {"Stacks": [_told(self.engine.seen(self.world.known(asked["StackName"])))]}
        alive = [stack for stack in self.stacks.values() if stack.status != "DELETE_COMPLETE"]
        return self.engine.page([_told(stack) for stack in alive], asked, "Stacks")

    def list_stack_resources(self, asked: Asked) -> Answer:
        self.engine.catch_up()
        stack = self.world.known(asked["StackName"])
        told = [
            given(
                LogicalResourceId=one.logical_id,
                PhysicalResourceId=one.physical_id,
                ResourceType=one.type,
                LastUpdatedTimestamp=one.since,
                ResourceStatus=one.status,
                ResourceStatusReason=one.reason,
                DriftInformation=self.drift.information(stack, one),
            )
            for one in stack.resources.values()
        ]
        return self.engine.page(told, asked, "StackResourceSummaries")

    def describe_stack_events(self, asked: Asked) -> Answer:
        self.engine.catch_up()
        if self.outages:
            raise self.outages.pop(0)
        stack = self.world.known(asked["StackName"])
        stack = stack if "NextToken" in asked else self.engine.seen(stack)
        told = [{key: value for key, value in event.items() if key != "type"} for event in reversed(stack.events)]
        return self.engine.page(told, asked, "StackEvents")

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
        return given(StackPolicyBody=self.world.known(asked["StackName"]).policy)

    def set_stack_policy(self, asked: Asked) -> Answer:
        stack = self.world.known(asked["StackName"])
        json.loads(asked["StackPolicyBody"])
        stack.policy = asked["StackPolicyBody"]
        return {}

    # Operations

    def delete_stack(self, asked: Asked) -> Answer:
        self.engine.catch_up()
        stack, retain = self.world.find(asked["StackName"]), asked.get("RetainResources", [])
        if stack is None or stack.status in {"DELETE_COMPLETE", "DELETE_IN_PROGRESS"}:
            return {}
        if self.engine.repeats(stack, "DELETE_STACK", asked):
            return {}
        self._may_delete(stack, retain)
        for change_set in [one for one in self.change_sets.values() if one.stack_id == stack.id]:
            self._change_sets.forget(change_set)
        if stack.status == "REVIEW_IN_PROGRESS":
            self.world.set(stack, "DELETE_COMPLETE")
        else:
            self.engine.start(stack, "DELETE_STACK", asked, self.operations.deletion(stack, retain))
        return {}

    def cancel_update_stack(self, asked: Asked) -> Answer:
        self.engine.catch_up()
        stack = self.world.known(asked["StackName"])
        if stack.status != "UPDATE_IN_PROGRESS":
            raise refused("ValidationError", "CancelUpdateStack cannot be called from current stack status")
        stack.is_cancelled = True
        return {}

    def rollback_stack(self, asked: Asked) -> Answer:
        self.engine.catch_up()
        stack = self.world.known(asked["StackName"])
        if not self.engine.repeats(stack, "ROLLBACK", asked):
            if stack.status not in {"CREATE_FAILED", "UPDATE_FAILED"}:
                raise refused("ValidationError", f"RollbackStack cannot be called from {stack.status}")
            self.engine.start(stack, "ROLLBACK", asked, self.operations.rollback(stack, "User Initiated"))
        return {"StackId": stack.id, "OperationId": stack.operation[1]}

    def continue_update_rollback(self, asked: Asked) -> Answer:
        self.engine.catch_up()
        stack, skip = self.world.known(asked["StackName"]), asked.get("ResourcesToSkip", [])
        if self.engine.repeats(stack, "CONTINUE_ROLLBACK", asked):
            return {}
        if stack.parent is not None:
            raise refused("ValidationError", "A nested stack is rolled back from its parent only")
        if stack.status != "UPDATE_ROLLBACK_FAILED":
            raise refused("ValidationError", f"Stack [{stack.name}] is not in UPDATE_ROLLBACK_FAILED")
        unknown = sorted(set(skip) - set(self._skippable(stack)))
        if unknown:
            raise refused("ValidationError", f"Resources [{', '.join(unknown)}] aren't in UPDATE_FAILED")
        script = self.operations.rollback(stack, "User Initiated", skip)
        self.engine.start(stack, "CONTINUE_ROLLBACK", asked, script)
        return {}

    # What others do

    def execute_elsewhere(self, change_set_id: str) -> None:
        """Somebody executes the change set in the console."""
        self._change_sets.execute(self.change_sets[change_set_id], "")

    def delete_elsewhere(self, change_set_id: str) -> None:
        self._change_sets.forget(self.change_sets[change_set_id])

    def change_elsewhere(self, name: str) -> None:
        """Somebody updates the stack without a change set."""
        stack = self.world.known(name)
        self.world.begin(stack, "UPDATE_STACK", "")
        stack.operations += 1
        self.world.set(stack, "UPDATE_IN_PROGRESS", "User Initiated")
        self.world.set(stack, "UPDATE_COMPLETE")
        for one in self.change_sets.values():
            if one.stack_id == stack.id:
                one.execution = "OBSOLETE"

    def put(self, name: str, status: str, reason: str = "") -> FakeStack:
        """Have the stack, which is made where there is none, come to a status, nobody knows how."""
        stack = self.world.find(name) or self.world.new_stack(name)
        self.world.set(stack, status, reason)
        return stack

    def _may_delete(self, stack: FakeStack, retain: Sequence[str]) -> None:
        if stack.is_protected:
            raise refused(
                "ValidationError", f"Stack [{stack.name}] cannot be deleted while TerminationProtection is enabled"
            )
        if stack.told.is_in_progress and stack.status != "CREATE_IN_PROGRESS":
            raise refused("ValidationError", f"Stack [{stack.name}] cannot be deleted while in status {stack.status}")
        if retain and (stack.status != "DELETE_FAILED" or not set(retain) <= stack.resources.keys()):
            raise refused("ValidationError", "Only resources of a stack in DELETE_FAILED can be retained")

    def _skippable(self, stack: FakeStack) -> Iterator[str]:
        for resource in stack.resources.values():
            if resource.is_nested_stack and resource.physical_id in self.stacks:
                yield from self._skippable(self.stacks[resource.physical_id])
            elif resource.status == "UPDATE_FAILED":
                yield f"{stack.name}.{resource.logical_id}" if stack.parent else resource.logical_id


def _told(stack: FakeStack) -> Answer:
    declared = stack.template.get("Outputs", {})
    outputs = [
        given(OutputKey=name, OutputValue=value, Description=declared.get(name, {}).get("Description"))
        for name, value in stack.outputs.items()
    ]
    return given(
        StackId=stack.id,
        StackName=stack.name,
        ChangeSetId=stack.change_set_id,
        Parameters=parameters_of(stack.parameters),
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
        LastOperations=[
            {"OperationType": kind, "OperationId": operation_id} for kind, operation_id in stack.past_operations[::-1]
        ],
    )
