from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import pytest
from msgspec.structs import replace

from stratopause.deployer.changes import ChangeSet
from stratopause.deployer.errors import DeploymentError, NotFound, Refused, Unreachable
from stratopause.deployer.review.findings import Finding, Findings, findings
from stratopause.deployer.stacks import HookResult, OperationEvent
from tests.stratopause.deployer.review.reviews import modify, nest, review, written

FOUND = review(nest("Database"), nest("Quiet"), Database=(modify("Instance", written("Engine")),), Quiet=())


@dataclass
class Observed:
    """What is told of each change set by its id; `refusals` by what is asked."""

    events: Mapping[str, tuple[OperationEvent, ...]] = field(default_factory=dict)
    hooks: Mapping[str, tuple[HookResult, ...]] = field(default_factory=dict)
    waiting: tuple[ChangeSet, ...] = ()
    refusals: Mapping[str, DeploymentError] = field(default_factory=dict)

    def failed_events(self, change_set_id: str) -> tuple[OperationEvent, ...]:
        self._refuse("events")
        return self.events.get(change_set_id, ())

    def hook_results(self, change_set_id: str) -> tuple[HookResult, ...]:
        self._refuse("hooks")
        return self.hooks.get(change_set_id, ())

    def change_sets(self, stack_id: str) -> tuple[ChangeSet, ...]:
        self._refuse("change sets")
        assert stack_id == "arn:stack/root"
        return self.waiting

    def _refuse(self, what: str) -> None:
        if what in self.refusals:
            raise self.refusals[what]


def validation(name: str = "NAME_CONFLICT_VALIDATION", mode: str = "FAIL", **more: Any) -> OperationEvent:
    told = {"logical_id": "Instance", "type": "AWS::RDS::DBInstance", "reason": "it exists", **more}
    return OperationEvent("VALIDATION_ERROR", "o", "s", name=name, path="/Resources/Instance", mode=mode, **told)


def test_a_failed_validation_names_resource_path_reason_and_remedy() -> None:
    assert findings(Observed({"arn:Database": (validation(),)}), FOUND).blocking == (
        Finding(
            blocks=True,
            place="Database/Instance",
            type="AWS::RDS::DBInstance",
            by="NAME_CONFLICT_VALIDATION",
            path="/Resources/Instance",
            reason="it exists",
            remedy="give it another name, or import, rename or remove what has that name",
        ),
    )


def test_where_nothing_changes_nothing_is_asked_unless_the_change_set_has_failed() -> None:
    told = Observed({"arn:Quiet": (validation(),)})
    assert findings(told, FOUND).found == ()
    failed = replace(FOUND, change_set=replace(FOUND.change_set, status="FAILED"))
    assert [one.place for one in findings(told, failed).found] == ["Quiet/Instance"]


def test_what_only_warns_does_not_block() -> None:
    found = findings(Observed({"arn:root": (validation(mode="WARN"), validation("OTHER"))}), FOUND)
    assert [one.by for one in found.found] == ["OTHER", "NAME_CONFLICT_VALIDATION"]
    assert [one.by for one in found.blocking] == ["OTHER"]
    assert [one.by for one in found.warnings] == ["NAME_CONFLICT_VALIDATION"]


def test_a_validation_that_is_new_to_us_and_tells_nothing_is_still_told() -> None:
    (found,) = findings(Observed({"arn:Database": (validation("", reason="", logical_id=""),)}), FOUND).found
    assert (found.place, found.by) == ("Database", "VALIDATION_ERROR")
    assert (found.reason, found.remedy) == ("CloudFormation gives no reason", "correct the template, then plan again")


def test_a_hook_that_failed_is_told_with_its_remedies() -> None:
    hooks = (
        HookResult(
            "My::Hook::One", "HOOK_COMPLETE_FAILED", "FAIL", "not encrypted", remedies=("encrypt it", "or else")
        ),
        HookResult("My::Hook::Two", "HOOK_FAILED", "WARN"),
        HookResult("My::Hook::Three", "HOOK_COMPLETE_SUCCEEDED", "FAIL"),
    )
    found = findings(Observed(hooks={"arn:Database": hooks}), FOUND).found
    assert [(one.blocks, one.place, one.by, one.reason, one.remedy) for one in found] == [
        (True, "Database", "My::Hook::One", "not encrypted", "encrypt it or else"),
        (False, "Database", "My::Hook::Two", "the hook gives no reason", "ask whoever owns the hook"),
    ]


def test_other_change_sets_of_the_stack_are_told() -> None:
    own, other = ChangeSet("arn:root", "s", "CREATE_COMPLETE"), ChangeSet("arn:other", "s", "CREATE_COMPLETE")
    assert findings(Observed(waiting=(own, other)), FOUND).others == (other,)


def test_what_may_not_be_asked_is_one_warning_each() -> None:
    denied = Refused("not authorized", "AccessDenied")
    observed = Observed({}, {}, (), {"events": denied, "hooks": Refused("unknown operation"), "change sets": denied})
    assert findings(observed, FOUND) == Findings(
        unread=(
            "hooks can't be shown: unknown operation",
            "other change sets can't be shown: not authorized",
            "validations can't be shown: not authorized",
        )
    )


def test_a_change_set_that_nothing_is_known_of_has_no_findings() -> None:
    assert findings(Observed(refusals={"events": NotFound("gone"), "hooks": NotFound("gone")}), FOUND) == Findings()


def test_an_outage_is_not_taken_for_having_found_nothing() -> None:
    with pytest.raises(Unreachable):
        findings(Observed(refusals={"events": Unreachable("no answer")}), FOUND)
