from __future__ import annotations

from dataclasses import dataclass, field

import pytest

from stratopause.deployer.changes import ChangeSet, Kind, PropertyChange, ResourceChange, StackChanges
from stratopause.deployer.reading import read, why_it_failed

NESTED = "AWS::CloudFormation::Stack"


@dataclass
class Recorded:
    """Change sets by id."""

    sets: dict[str, ChangeSet] = field(default_factory=dict)

    def add(self, name: str, *changes: ResourceChange, status: str = "CREATE_COMPLETE", reason: str = "") -> ChangeSet:
        self.sets[name] = ChangeSet(name, "stack", status, reason, changes=changes)
        return self.sets[name]

    def change_set(self, change_set_id: str) -> ChangeSet:
        return self.sets[change_set_id]


def test_a_review_reads_down_to_the_deepest_nested_stack() -> None:
    recorded = Recorded()
    key, topic = ResourceChange("Key", "AWS::KMS::Key", "Add"), ResourceChange("Topic", "AWS::SNS::Topic", "Add")
    inner = ResourceChange("Inner", NESTED, "Add", change_set_id="inner")
    outer = ResourceChange("Outer", NESTED, "Add", change_set_id="outer")
    recorded.add("inner", key)
    recorded.add("outer", topic, inner)
    root = recorded.add("root", outer)
    assert read(recorded, root).stacks == (
        StackChanges((), (outer,)),
        StackChanges(("Outer",), (topic, inner)),
        StackChanges(("Outer", "Inner"), (key,)),
    )


@pytest.mark.parametrize(
    ("action", "replacement", "kind"),
    [
        ("Add", "", Kind.ADD),
        ("Remove", "", Kind.REMOVE),
        ("Import", "", Kind.IMPORT),
        ("Modify", "", Kind.MODIFY),
        ("Modify", "False", Kind.MODIFY),
        ("Modify", "Conditional", Kind.MAYBE_REPLACE),
        ("Modify", "True", Kind.REPLACE),
        ("Dynamic", "", Kind.UNKNOWN),
    ],
)
def test_what_happens_to_a_resource_follows_from_action_and_replacement(
    action: str, replacement: str, kind: Kind
) -> None:
    assert ResourceChange("A", "AWS::SNS::Topic", action, replacement).kind is kind


@pytest.mark.parametrize(
    ("type_", "action", "replacement", "policy", "loses"),
    [
        ("AWS::RDS::DBInstance", "Remove", "", "Delete", True),
        ("AWS::RDS::DBInstance", "Remove", "", "", True),
        ("AWS::RDS::DBInstance", "Remove", "", "Snapshot", False),
        ("AWS::RDS::DBInstance", "Remove", "", "Retain", False),
        ("AWS::RDS::DBInstance", "Modify", "True", "ReplaceAndDelete", True),
        ("AWS::RDS::DBInstance", "Modify", "Conditional", "ReplaceAndDelete", True),
        ("AWS::RDS::DBInstance", "Modify", "True", "ReplaceAndSnapshot", False),
        ("AWS::RDS::DBInstance", "Modify", "True", "ReplaceAndRetain", False),
        ("AWS::RDS::DBInstance", "Modify", "False", "", False),
        ("AWS::SNS::Topic", "Remove", "", "Delete", False),
    ],
)
def test_a_stateful_resource_that_goes_without_being_kept_is_an_alarm(
    type_: str, action: str, replacement: str, policy: str, loses: bool
) -> None:
    assert ResourceChange("A", type_, action, replacement, policy).may_lose_data is loses


def test_nested_stacks_that_are_only_listed_because_they_always_are_make_no_change() -> None:
    recorded = Recorded()
    recorded.add("child")
    automatic = (PropertyChange("/Properties", source="Automatic"),)
    listed = ResourceChange("Child", NESTED, "Modify", details=automatic, change_set_id="child")
    assert read(recorded, recorded.add("root", listed)).is_empty
    recorded.add("child", ResourceChange("Topic", "AWS::SNS::Topic", "Modify"))
    assert not read(recorded, recorded.add("root", listed)).is_empty


@pytest.mark.parametrize(
    ("reason", "says_so"),
    [
        (
            "The submitted information didn't contain changes. Submit different information to create a change set.",
            True,
        ),
        ("No updates are to be performed.", True),
        ("Template error: No updates are to be performed", False),
        ("", False),
    ],
)
def test_cloudformation_says_in_two_ways_that_nothing_changes(reason: str, says_so: bool) -> None:
    assert ChangeSet("c", "s", "FAILED", reason).says_no_changes is says_so
    assert not ChangeSet("c", "s", "CREATE_COMPLETE", reason).says_no_changes


def test_the_reason_of_a_failed_change_set_is_that_of_the_deepest_one() -> None:
    recorded = Recorded()
    recorded.add("unchanged", status="FAILED", reason="The submitted information didn't contain changes.")
    recorded.add("deep", status="FAILED", reason="no such resource type")
    child = ResourceChange("Deep", NESTED, "Add", change_set_id="deep")
    recorded.add("child", child, status="FAILED", reason="Nested change set deep was not successfully created")
    root = recorded.add(
        "root",
        ResourceChange("Same", NESTED, "Modify", change_set_id="unchanged"),
        ResourceChange("Child", NESTED, "Add", change_set_id="child"),
        status="FAILED",
        reason="Nested change set child was not successfully created",
    )
    assert why_it_failed(recorded, root) == "Child: Deep: no such resource type"


def test_a_failed_change_set_without_a_reason_says_so() -> None:
    recorded = Recorded()
    assert why_it_failed(recorded, recorded.add("root", status="FAILED")) == "CloudFormation gives no reason"
