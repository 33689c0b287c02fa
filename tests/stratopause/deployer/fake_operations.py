"""How the fake CloudFormation carries out what it was asked for: one step per yield."""

from __future__ import annotations

from collections.abc import Collection, Generator
from typing import Any

from stratopause.deployer.stacks import NESTED_STACK
from tests.stratopause.deployer.fake_comparison import LATER
from tests.stratopause.deployer.fake_knobs import Knobs
from tests.stratopause.deployer.fake_policies import denied_by
from tests.stratopause.deployer.fake_stacks import Before, FakeChangeSet, FakeResource, FakeStack, World

Script = Generator[None, None, bool]
Told = Generator[None, None, str]
"""A script that ends with why it failed, or nothing."""
RETAINING = {"Retain", "RetainExceptOnCreate"}


class Operations:
    """The scripts of all that changes a stack. `True` at the end of one: it did what was asked."""

    def __init__(self, world: World, knobs: Knobs) -> None:
        self.world = world
        self.knobs = knobs

    # Creating and updating

    def execution(self, stack: FakeStack, change_set: FakeChangeSet) -> Script:
        """A stack that is nested leaves it to its root to roll back."""
        verb = "CREATE" if stack.status == "REVIEW_IN_PROGRESS" else "UPDATE"
        self._begin(stack, change_set, verb)
        for change in change_set.changes:
            failure = yield from self._changed(stack, change, change_set)
            if failure:
                why = f"The following resource(s) failed to {verb.lower()}: [{change['LogicalResourceId']}]. "
                return (yield from self._failed(stack, verb, why))
        if verb == "UPDATE" and stack.parent is None:
            self.world.set(stack, "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS")
        yield from self._cleaned(stack, change_set)
        self.world.read_outputs(stack)
        self.world.set(stack, f"{verb}_COMPLETE")
        return True

    def _begin(self, stack: FakeStack, change_set: FakeChangeSet, verb: str) -> None:
        stack.is_cancelled = False
        stack.before = Before(
            verb == "CREATE", stack.template, dict(stack.resources), stack.parameters, dict(stack.outputs)
        )
        stack.operations += 1
        self.world.set(stack, f"{verb}_IN_PROGRESS", "User Initiated")
        stack.template, stack.parameters = change_set.template, change_set.parameters
        stack.tags = list(change_set.request.get("Tags", []))
        stack.role = change_set.request.get("RoleARN", stack.role)
        stack.change_set_id = change_set.id

    def _failed(self, stack: FakeStack, verb: str, why: str) -> Script:
        if stack.parent is not None or stack.keeps_failed or self.knobs.keeps_failed:
            self.world.set(stack, f"{verb}_FAILED", why)
            return False
        yield from self.rollback(stack, f"{why}Rollback requested by user.")
        return False

    def _changed(self, stack: FakeStack, change: dict[str, Any], change_set: FakeChangeSet) -> Told:
        """Why it failed, if it did."""
        if change["Action"] == "Remove":
            return self._may_remove(stack, change)
        if _comes_to_nothing(stack, change):
            return ""
        logical_id, kind = change["LogicalResourceId"], change["ResourceType"]
        verb = "CREATE" if change["Action"] == "Add" else "UPDATE"
        known = stack.resources.get(logical_id)
        inner = self.world.past.get(change_set.nested.get(logical_id, ""))
        physical_id = self._physical_id(known, change, inner)
        self.world.tell(stack, logical_id, kind, known.physical_id if known else "", f"{verb}_IN_PROGRESS")
        yield
        if verb == "CREATE":
            self.world.tell(stack, logical_id, kind, physical_id, "CREATE_IN_PROGRESS: Resource creation Initiated")
        if inner is not None:
            reason = yield from self._nested(stack, logical_id, inner, verb)
        else:
            reason = self._refusal(stack, change)
        status = f"{verb}_FAILED: {reason}" if reason else f"{verb}_COMPLETE"
        self.world.tell(stack, logical_id, kind, physical_id, status)
        if "ResourceDriftStatus" in change and not reason:
            del self.knobs.drifts[(*stack.path, logical_id)]
        return reason

    def _physical_id(self, known: FakeResource | None, change: dict[str, Any], inner: FakeChangeSet | None) -> str:
        if inner is not None:
            return inner.stack_id
        if known is not None and change.get("Replacement") != "True":
            return known.physical_id
        return f"{change['LogicalResourceId'].lower()}-{next(self.world.ids)}"

    def _nested(self, stack: FakeStack, logical_id: str, inner: FakeChangeSet, verb: str) -> Told:
        child = self._handed(stack, inner.stack_id, f"{verb}_STACK")
        given = stack.template["Resources"][logical_id].get("Properties", {}).get("Parameters", {})
        inner.parameters |= {name: self.world.value(stack, value) for name, value in given.items()}
        if (yield from self.execution(child, inner)):
            return ""
        made = {"CREATE": "created", "UPDATE": "updated"}[verb]
        return f"Embedded stack {child.id} was not successfully {made}: {child.reason}"

    def _refusal(self, stack: FakeStack, change: dict[str, Any]) -> str:
        """Why a resource isn't created or updated."""
        if self.world.root_of(stack).is_cancelled:
            return "Resource update cancelled"
        action = "Replace" if change.get("Replacement") == "True" else "Modify"
        logical_id, kind = change["LogicalResourceId"], change["ResourceType"]
        if change["Action"] != "Add" and (reason := denied_by(stack.policy, f"Update:{action}", logical_id, kind)):
            return reason
        return self.knobs.failing.get((*stack.path, logical_id), "")

    def _may_remove(self, stack: FakeStack, change: dict[str, Any]) -> str:
        logical_id, kind = change["LogicalResourceId"], change["ResourceType"]
        reason = denied_by(stack.policy, "Update:Delete", logical_id, kind)
        if reason:
            self.world.tell(stack, logical_id, kind, change["PhysicalResourceId"], f"UPDATE_FAILED: {reason}")
        return reason

    def _cleaned(self, stack: FakeStack, change_set: FakeChangeSet) -> Script:
        """What was removed or replaced goes at the end."""
        before = stack.before
        for change in change_set.changes:
            logical_id = change["LogicalResourceId"]
            old = before.resources.get(logical_id) if before else None
            if change["Action"] == "Remove" and old is not None and before is not None:
                yield from self._deleted(stack, old, _policy(before.template, logical_id, "DeletionPolicy"))
            elif change.get("Replacement") == "True" and old is not None and not old.is_nested_stack:
                self.world.note(stack, old, "DELETE_IN_PROGRESS")
                yield
                keeps = _policy(stack.template, logical_id, "UpdateReplacePolicy") in RETAINING
                self.world.note(stack, old, "DELETE_SKIPPED" if keeps else "DELETE_COMPLETE")
        return True

    def _handed(self, parent: FakeStack, stack_id: str, kind: str) -> FakeStack:
        """The nested stack, on which its parent's request begins an operation."""
        child = self.world.stacks[stack_id]
        self.world.begin(child, kind, parent.token)
        return child

    # Going back

    def rollback(self, stack: FakeStack, why: str, skip: Collection[str] = ()) -> Script:
        """Restore what was before the last operation, down the tree; `skip` as in ResourcesToSkip."""
        before = stack.before
        if stack.parent is None and stack.operation[0] in {"CREATE_STACK", "UPDATE_STACK"}:
            self.world.begin(stack, "ROLLBACK", stack.token)
        if before is None or before.creates:
            return (yield from self._undone(stack, why))
        self.world.set(stack, "UPDATE_ROLLBACK_IN_PROGRESS", why)
        failed = []
        for logical_id, old in before.resources.items():
            if not (yield from self._restored(stack, logical_id, old, skip)):
                failed.append(logical_id)
        if failed:
            why = f"The following resource(s) failed to update: [{', '.join(failed)}]. "
            self.world.set(stack, "UPDATE_ROLLBACK_FAILED", why)
            return False
        self.world.set(stack, "UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS")
        for resource in [one for name, one in stack.resources.items() if name not in before.resources]:
            yield from self._deleted(stack, resource, "Delete")
            del stack.resources[resource.logical_id]
        stack.template, stack.parameters, stack.outputs = before.template, before.parameters, before.outputs
        stack.before = None
        self.world.set(stack, "UPDATE_ROLLBACK_COMPLETE")
        return True

    def _undone(self, stack: FakeStack, why: str) -> Script:
        """A first creation is deleted again, without its stack."""
        self.world.set(stack, "ROLLBACK_IN_PROGRESS", why)
        left = yield from self._all_deleted(stack)
        whole = "DELETE_COMPLETE" if self.knobs.rollback_deletes else "ROLLBACK_COMPLETE"
        self.world.set(stack, "ROLLBACK_FAILED" if left else whole, left)
        return not left

    def _restored(self, stack: FakeStack, logical_id: str, old: FakeResource, skip: Collection[str]) -> Script:
        now = stack.resources[logical_id]
        if now is old:
            return True
        kind = old.type
        name = f"{stack.name}.{logical_id}" if stack.parent else logical_id
        if name in skip and now.status == "UPDATE_FAILED":
            self.world.tell(stack, logical_id, kind, now.physical_id, "UPDATE_COMPLETE")
            return True
        self.world.tell(stack, logical_id, kind, old.physical_id, "UPDATE_IN_PROGRESS")
        yield
        reason = "it can't be restored" if (*stack.path, logical_id) in self.knobs.unrestorable else ""
        if old.is_nested_stack and not reason:
            reason = yield from self._child_restored(self._handed(stack, old.physical_id, "ROLLBACK"), skip)
        if reason:
            self.world.tell(stack, logical_id, kind, old.physical_id, f"UPDATE_FAILED: {reason}")
            return False
        if now.physical_id != old.physical_id:
            self.world.note(stack, now, "DELETE_COMPLETE")
        self.world.tell(stack, logical_id, kind, old.physical_id, "UPDATE_COMPLETE")
        return True

    def _child_restored(self, child: FakeStack, skip: Collection[str]) -> Told:
        if child.before is None:
            return ""
        whole = yield from self.rollback(child, "User Initiated", skip)
        return "" if whole else f"Embedded stack {child.id} was not successfully updated: {child.reason}"

    # Deleting

    def deletion(self, stack: FakeStack, retain: Collection[str] = ()) -> Script:
        stack.operations += 1
        self.world.set(stack, "DELETE_IN_PROGRESS", "User Initiated")
        left = yield from self._all_deleted(stack, retain)
        self.world.set(stack, "DELETE_FAILED" if left else "DELETE_COMPLETE", left)
        return not left

    def _all_deleted(self, stack: FakeStack, retain: Collection[str] = ()) -> Told:
        """In words, what could not be deleted."""
        left = []
        for resource in reversed(list(stack.resources.values())):
            logical_id = resource.logical_id
            policy = "Retain" if logical_id in retain else _policy(stack.template, logical_id, "DeletionPolicy")
            if not (yield from self._deleted(stack, resource, policy)):
                left.append(logical_id)
        return f"The following resource(s) failed to delete: [{', '.join(left)}]. " if left else ""

    def _deleted(self, stack: FakeStack, resource: FakeResource, policy: str) -> Script:
        logical_id, kind, physical_id = resource.logical_id, resource.type, resource.physical_id
        if resource.status in {"DELETE_COMPLETE", "DELETE_SKIPPED"}:
            return True
        if policy in RETAINING:
            self.world.tell(stack, logical_id, kind, physical_id, "DELETE_SKIPPED")
            return True
        self.world.tell(stack, logical_id, kind, physical_id, "DELETE_IN_PROGRESS")
        yield
        reason = self.knobs.undeletable.get((*stack.path, logical_id), "")
        if kind == NESTED_STACK and not reason and physical_id in self.world.stacks:
            child = self._handed(stack, physical_id, "DELETE_STACK")
            if child.status != "DELETE_COMPLETE" and not (yield from self.deletion(child)):
                reason = f"Embedded stack {physical_id} was not successfully deleted: {child.reason}"
        status = f"DELETE_FAILED: {reason}" if reason else "DELETE_COMPLETE"
        self.world.tell(stack, logical_id, kind, physical_id, status)
        return not reason


def _policy(template: dict[str, Any], logical_id: str, name: str) -> str:
    return str(template["Resources"].get(logical_id, {}).get(name, "Delete"))


def _comes_to_nothing(stack: FakeStack, change: dict[str, Any]) -> bool:
    """What was said to change only because a sibling might, and stays as it was."""
    if change["Action"] != "Modify" or change["ResourceType"] == NESTED_STACK:
        return False
    before, details = stack.before, change.get("Details", [])
    if before is None or not all(LATER in one["Target"].get("AfterValue", "") for one in details):
        return False
    causes = {one["CausingEntity"] for one in details if "CausingEntity" in one}
    return all(before.parameters.get(one) == stack.parameters.get(one) for one in causes)
