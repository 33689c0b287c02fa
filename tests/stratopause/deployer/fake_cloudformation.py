"""A CloudFormation in memory, as `services.CloudFormation` speaks.

What it does:

- A CREATE change set makes its stack in REVIEW_IN_PROGRESS; so does that of each nested stack that is new.
  A change set is CREATE_PENDING until it is asked for a second time. Nested change sets hang on their parent's
  change. One without any change in the whole tree is FAILED, in CloudFormation's words.
- Deleting the root change set deletes those nested in it, and nested stacks in review.
- Executing takes time: one step per `delay` seconds of the clock, resources in the template's order, nested
  stacks in their place. A stack that isn't at rest refuses a second operation; a change set made before the
  last operation is stale.
- A resource in `failing` (by path and logical id) fails to be created or updated with that reason. Its stack
  rolls back, its parent calls it an embedded stack that was not successfully created, what stands beside it is
  cancelled, and after a failed update every template and physical id is as it was.
- A resource in `undeletable` blocks the deletion of its stack: DELETE_FAILED. In a rollback that leaves
  ROLLBACK_FAILED. One in `unrestorable` leaves UPDATE_ROLLBACK_FAILED after a failed update.
- A deletion goes in reverse; what has DeletionPolicy Retain is skipped.
- Events are told newest first. A deleted stack is found by its id only.
- `outages` is a list of errors that the next readings of events raise, one each.

What it doesn't do: parameters, conditions, intrinsic functions beyond Ref and GetAtt in Outputs, paging (that is
hidden behind the protocol; tests of `cloudformation.py` cover it).
"""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from stratopause.deployer.changes import ChangeSet, ResourceChange
from stratopause.deployer.errors import DeploymentError, NotFound, Refused, Stale
from stratopause.deployer.plan import OpenChangeSet, TemplateBody
from stratopause.deployer.stacks import NESTED_STACK, DeployedStack, Output, Path, StackEvent, StackResource
from stratopause.deployer.status import ResourceStatus, StackStatus
from stratopause.deployer.templates import Template

Script = Generator[None, None, bool]
NO_CHANGES = "The submitted information didn't contain changes. Submit different information to create a change set."


class FakeClock:
    """Time that passes only by sleeping; what is in `at_sleep` happens with every nap."""

    def __init__(self) -> None:
        self.seconds = 0.0
        self.at_sleep: list[Callable[[], None]] = []

    def now(self) -> float:
        return self.seconds

    def time(self) -> datetime:
        return datetime(2026, 1, 1, tzinfo=UTC) + timedelta(seconds=self.seconds)

    def sleep(self, seconds: float) -> None:
        self.seconds += seconds
        for happen in self.at_sleep:
            happen()


@dataclass
class FakeStack:
    id: str
    name: str
    path: Path
    status: str
    since: datetime
    template: Template = field(default_factory=lambda: {"Resources": {}})
    resources: dict[str, StackResource] = field(default_factory=dict)
    events: list[StackEvent] = field(default_factory=list)
    is_protected: bool = False
    tags: tuple[tuple[str, str], ...] = ()
    operations: int = 0


@dataclass
class FakeChangeSet:
    id: str
    stack_id: str
    template: Template
    changes: tuple[ResourceChange, ...]
    status: str
    reason: str
    step: OpenChangeSet
    description: str
    operations: int
    nested: dict[str, str] = field(default_factory=dict)
    looks: int = 0


class FakeCloudFormation:
    """See the page above. `templates` gives a template's bytes by its URL."""

    def __init__(self, clock: FakeClock, templates: Callable[[str], bytes], delay: float = 1.0) -> None:
        self.clock = clock
        self.templates = templates
        self.delay = delay
        self.failing: dict[tuple[str, ...], str] = {}
        self.undeletable: dict[tuple[str, ...], str] = {}
        self.unrestorable: set[tuple[str, ...]] = set()
        self.unchangeable: str | None = None
        self.outages: list[DeploymentError] = []
        self.stacks: dict[str, FakeStack] = {}
        self.change_sets: dict[str, FakeChangeSet] = {}
        self.executed: list[tuple[str, str]] = []
        self._ids = itertools.count(1)
        self._script: Script | None = None
        self._next_step = 0.0

    @property
    def is_busy(self) -> bool:
        return self._script is not None

    # What a deployer asks

    def stack(self, stack: str) -> DeployedStack | None:
        self._catch_up()
        found = self._find(stack)
        if found is None:
            return None
        status = StackStatus(found.status)
        outputs = () if status.is_in_review else self._outputs(found)
        return DeployedStack(found.id, found.name, status, found.since, "", outputs, found.is_protected)

    def resources(self, stack_id: str) -> tuple[StackResource, ...]:
        self._catch_up()
        return tuple(self._known(stack_id).resources.values())

    def template(self, stack_id: str) -> Template:
        return self._known(stack_id).template

    def events(self, stack_id: str) -> Iterator[StackEvent]:
        self._catch_up()
        if self.outages:
            raise self.outages.pop(0)
        yield from reversed(self._known(stack_id).events)

    def create_change_set(self, step: OpenChangeSet, name: str, description: str) -> ChangeSet:
        self._catch_up()
        stack = self._find(step.wanted.stack)
        if step.type == "CREATE":
            if stack is None:
                stack = self._new_stack(step.wanted.stack, ())
            elif stack.status != "REVIEW_IN_PROGRESS":
                raise Refused(f"Stack [{stack.name}] already exists", "AlreadyExistsException")
        elif stack is None or not StackStatus(stack.status).is_stable:
            raise Refused(f"{step.wanted.stack} can not be updated", "ValidationError")
        wanted = step.wanted.template
        body = wanted.body.encode() if isinstance(wanted, TemplateBody) else self.templates(wanted.url)
        made = self._change_set(stack, json.loads(body), step, description)
        if self.unchangeable:
            made.status, made.reason = "FAILED", self.unchangeable
        elif not made.changes:
            made.status, made.reason = "FAILED", NO_CHANGES
        return ChangeSet(made.id, made.stack_id, "CREATE_PENDING")

    def change_set(self, change_set_id: str) -> ChangeSet:
        found = self._known_change_set(change_set_id)
        found.looks += 1
        status = found.status if found.looks > 1 or found.nested == {} else "CREATE_IN_PROGRESS"
        return ChangeSet(found.id, found.stack_id, status, found.reason)

    def changes(self, change_set_id: str) -> tuple[ResourceChange, ...]:
        return self._known_change_set(change_set_id).changes

    def execute_change_set(self, change_set: ChangeSet, token: str) -> None:
        self._catch_up()
        found = self._known_change_set(change_set.id)
        stack = self._known(found.stack_id)
        if found.operations != stack.operations or found.status != "CREATE_COMPLETE":
            raise Stale("the change set can't be executed in its current status", "InvalidChangeSetStatus")
        self.executed.append((found.id, token))
        self._begin(self._execution(stack, found))

    def delete_change_set(self, change_set: ChangeSet) -> None:
        found = self.change_sets.pop(change_set.id, None)
        for nested_id in found.nested.values() if found else ():
            nested = self._known_change_set(nested_id)
            self.delete_change_set(ChangeSet(nested.id, nested.stack_id, nested.status))
            if self._known(nested.stack_id).status == "REVIEW_IN_PROGRESS":
                del self.stacks[nested.stack_id]

    def has_open_change_sets(self, stack_id: str) -> bool:
        return any(one.stack_id == stack_id for one in self.change_sets.values())

    def delete_stack(self, stack_id: str, token: str) -> None:
        self._catch_up()
        stack = self._known(stack_id)
        if stack.is_protected:
            raise Refused(f"Stack [{stack.name}] cannot be deleted while TerminationProtection is enabled")
        self._begin(self._deletion(stack))
        if stack.status == "REVIEW_IN_PROGRESS":
            self._finish()

    def protect(self, stack_id: str) -> None:
        self._known(stack_id).is_protected = True

    # Change sets

    def _change_set(self, stack: FakeStack, new: Template, step: OpenChangeSet, description: str) -> FakeChangeSet:
        nested: dict[str, str] = {}
        changes = tuple(self._changes(stack, new, step, description, nested))
        made = FakeChangeSet(
            id=f"arn:aws:cloudformation:eu-central-1:000000000000:changeSet/{next(self._ids)}",
            stack_id=stack.id,
            template=new,
            changes=changes,
            status="CREATE_COMPLETE",
            reason="",
            step=step,
            description=description,
            operations=stack.operations,
            nested=nested,
        )
        self.change_sets[made.id] = made
        return made

    def _changes(
        self, stack: FakeStack, new: Template, step: OpenChangeSet, description: str, nested: dict[str, str]
    ) -> Iterator[ResourceChange]:
        old = stack.template["Resources"]
        for logical_id, resource in new["Resources"].items():
            action = "Add" if logical_id not in old else "Modify"
            if resource["Type"] == NESTED_STACK:
                child = self._child(stack, logical_id)
                body = json.loads(self.templates(resource["Properties"]["TemplateURL"]))
                made = self._change_set(child, body, step, description)
                nested[logical_id] = made.id
                if made.changes:
                    yield ResourceChange(logical_id, NESTED_STACK, action, change_set_id=made.id)
            elif old.get(logical_id) != resource:
                replacement = "" if action == "Add" else resource.get("Metadata", {}).get("Replacement", "False")
                yield ResourceChange(logical_id, resource["Type"], action, replacement)
        for logical_id in old.keys() - new["Resources"].keys():
            keeps = old[logical_id].get("DeletionPolicy", "Delete")
            yield ResourceChange(logical_id, old[logical_id]["Type"], "Remove", policy_action=keeps)

    def _child(self, parent: FakeStack, logical_id: str) -> FakeStack:
        known = parent.resources.get(logical_id)
        if known is not None:
            return self._known(known.physical_id)
        return self._new_stack(f"{parent.name}-{logical_id}-{next(self._ids)}", (*parent.path, logical_id))

    # Operations, one step per yield

    def _execution(self, stack: FakeStack, change_set: FakeChangeSet) -> Script:
        creates = stack.status == "REVIEW_IN_PROGRESS"
        before = (stack.template, dict(stack.resources))
        stack.operations += 1
        self._set(stack, "CREATE_IN_PROGRESS" if creates else "UPDATE_IN_PROGRESS", "User Initiated")
        self.change_sets.pop(change_set.id)
        stack.template, stack.tags = change_set.template, change_set.step.wanted.tags
        is_root = stack.path == ()
        for change in change_set.changes:
            if change.action == "Remove":
                continue
            done = yield from self._changed(stack, change, change_set)
            if not done:
                yield from self._roll_back(stack, creates, before, is_root)
                return False
        if not creates:
            self._set(stack, "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS")
        for change in change_set.changes:
            if change.action == "Remove":
                yield from self._deleted(stack, stack.resources[change.logical_id], before[0])
        self._set(stack, "CREATE_COMPLETE" if creates else "UPDATE_COMPLETE")
        return True

    def _changed(self, stack: FakeStack, change: ResourceChange, change_set: FakeChangeSet) -> Script:
        verb = "CREATE" if change.action == "Add" else "UPDATE"
        known = stack.resources.get(change.logical_id)
        physical_id = known.physical_id if known else f"{change.logical_id.lower()}-{next(self._ids)}"
        nested = self.change_sets.get(change_set.nested.get(change.logical_id, ""))
        if nested is not None:
            physical_id = nested.stack_id
        self._tell(stack, change, physical_id, f"{verb}_IN_PROGRESS")
        yield
        if nested is not None:
            child = self._known(nested.stack_id)
            done = yield from self._execution(child, nested)
            made = {"CREATE": "created", "UPDATE": "updated"}[verb]
            reason = "" if done else f"Embedded stack {child.id} was not successfully {made}: it failed"
        else:
            reason = self.failing.get((*stack.path, change.logical_id), "")
        self._tell(stack, change, physical_id, f"{verb}_FAILED" if reason else f"{verb}_COMPLETE", reason)
        return not reason

    def _roll_back(
        self, stack: FakeStack, creates: bool, before: tuple[Template, dict[str, StackResource]], is_root: bool
    ) -> Script:
        verb = "ROLLBACK" if creates else "UPDATE_ROLLBACK"
        self._set(stack, f"{verb}_IN_PROGRESS", "The following resource(s) failed")
        new = [stack.resources[name] for name in stack.resources if name not in before[1]]
        restored = True
        for resource in reversed(new):
            done = yield from self._deleted(stack, resource, stack.template)
            restored = restored and done
        for name in before[1]:
            restored = restored and (*stack.path, name) not in self.unrestorable
            if before[1][name].is_nested_stack:
                yield from self._restored(self._known(before[1][name].physical_id))
        if restored:
            stack.template, stack.resources = before
        self._set(stack, f"{verb}_COMPLETE" if restored else f"{verb}_FAILED")
        return restored

    def _restored(self, child: FakeStack) -> Script:
        """A sibling that had been updated already goes back as well."""
        yield
        if child.status == "UPDATE_COMPLETE":
            self._set(child, "UPDATE_ROLLBACK_IN_PROGRESS")
            self._set(child, "UPDATE_ROLLBACK_COMPLETE")
        return True

    def _deletion(self, stack: FakeStack) -> Script:
        if stack.status == "REVIEW_IN_PROGRESS":
            self._set(stack, "DELETE_COMPLETE")
            return True
        stack.operations += 1
        self._set(stack, "DELETE_IN_PROGRESS", "User Initiated")
        whole = True
        for resource in reversed(stack.resources.values()):
            done = yield from self._deleted(stack, resource, stack.template)
            whole = whole and done
        self._set(stack, "DELETE_COMPLETE" if whole else "DELETE_FAILED")
        return whole

    def _deleted(self, stack: FakeStack, resource: StackResource, template: Template) -> Script:
        if resource.status.is_gone:
            return True
        change = ResourceChange(resource.logical_id, resource.type, "Remove")
        if template["Resources"].get(resource.logical_id, {}).get("DeletionPolicy") == "Retain":
            self._tell(stack, change, resource.physical_id, "DELETE_SKIPPED")
            return True
        self._tell(stack, change, resource.physical_id, "DELETE_IN_PROGRESS")
        yield
        reason = self.undeletable.get((*stack.path, resource.logical_id), "")
        if resource.is_nested_stack:
            whole = yield from self._deletion(self._known(resource.physical_id))
            reason = "" if whole else f"Embedded stack {resource.physical_id} was not successfully deleted"
        self._tell(stack, change, resource.physical_id, "DELETE_FAILED" if reason else "DELETE_COMPLETE", reason)
        return not reason

    # Bookkeeping

    def _begin(self, script: Script) -> None:
        if self._script is not None:
            raise Refused("an operation is in progress", "ValidationError")
        self._script, self._next_step = script, self.clock.now()
        self._catch_up()

    def _catch_up(self) -> None:
        while self._script is not None and self.clock.now() >= self._next_step:
            self._next_step += self.delay
            try:
                next(self._script)
            except StopIteration:
                self._script = None

    def _finish(self) -> None:
        while self._script is not None:
            self._next_step = self.clock.now()
            self._catch_up()

    def _new_stack(self, name: str, path: Path) -> FakeStack:
        stack_id = f"arn:aws:cloudformation:eu-central-1:000000000000:stack/{name}/{next(self._ids)}"
        stack = FakeStack(stack_id, name, path, "REVIEW_IN_PROGRESS", self._time())
        self.stacks[stack_id] = stack
        self._set(stack, "REVIEW_IN_PROGRESS", "User Initiated")
        return stack

    def _set(self, stack: FakeStack, status: str, reason: str = "") -> None:
        stack.status, stack.since = status, self._time()
        self._add(stack, stack.name, stack.id, NESTED_STACK, status, reason)

    def _tell(self, stack: FakeStack, change: ResourceChange, physical_id: str, status: str, reason: str = "") -> None:
        told = ResourceStatus(status)
        stack.resources[change.logical_id] = StackResource(
            change.logical_id, physical_id, change.type, told, self._time()
        )
        self._add(stack, change.logical_id, physical_id, change.type, status, reason)

    def _add(self, stack: FakeStack, logical_id: str, physical_id: str, kind: str, status: str, reason: str) -> None:
        event_id = f"event-{next(self._ids)}"
        told = ResourceStatus(status)
        event = StackEvent(event_id, stack.id, logical_id, physical_id, kind, told, self._time(), reason)
        stack.events.append(event)

    def _time(self) -> datetime:
        return self.clock.time()

    def _find(self, stack: str) -> FakeStack | None:
        if stack.startswith("arn:"):
            return self.stacks.get(stack)
        named = (one for one in self.stacks.values() if one.name == stack and one.status != "DELETE_COMPLETE")
        return next(named, None)

    def _known(self, stack_id: str) -> FakeStack:
        found = self._find(stack_id)
        if found is None:
            raise NotFound(f"Stack with id {stack_id} does not exist", "ValidationError")
        return found

    def _known_change_set(self, change_set_id: str) -> FakeChangeSet:
        if change_set_id not in self.change_sets:
            raise NotFound(f"ChangeSet [{change_set_id}] does not exist", "ChangeSetNotFound")
        return self.change_sets[change_set_id]

    def _outputs(self, stack: FakeStack) -> tuple[Output, ...]:
        outputs = stack.template.get("Outputs", {}).items()
        return tuple(Output(key, self._value(stack, one["Value"]), one.get("Description", "")) for key, one in outputs)

    def _value(self, stack: FakeStack, value: Any) -> str:
        if isinstance(value, str):
            return value
        if "Ref" in value:
            return stack.resources[value["Ref"]].physical_id
        logical_id, attribute = value["Fn::GetAtt"]
        physical_id = stack.resources[logical_id].physical_id
        if attribute.startswith("Outputs."):
            outputs = {output.logical_id: output.value for output in self._outputs(self._known(physical_id))}
            return outputs[attribute.removeprefix("Outputs.")]
        return f"{physical_id}.{attribute}"
