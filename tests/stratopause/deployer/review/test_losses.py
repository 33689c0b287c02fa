from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import pytest

from stratopause.deployer.changes import PropertyChange, ResourceChange, Review
from stratopause.deployer.errors import SnapshotForgotten
from stratopause.deployer.review.judgement import judge
from stratopause.deployer.review.losses import (
    Loss,
    Stored,
    keeps,
    less_kept,
    refuse_forgotten_snapshots,
    stored_below,
)
from stratopause.deployer.stacks import NESTED_STACK, StackResource
from stratopause.deployer.status import ResourceStatus
from stratopause.deployer.templates import Template
from tests.stratopause.deployer.review.reviews import add, given, modify, nest, remove, review, whole, written

DATABASE = "AWS::RDS::DBInstance"
THEN = datetime(2026, 1, 1, tzinfo=UTC)


def replaced(policy: str, replacement: str = "True", *details: PropertyChange) -> ResourceChange:
    return modify(
        "Instance", *(details or [written("Engine")]), type_=DATABASE, replacement=replacement, policy_action=policy
    )


@pytest.mark.parametrize(
    ("change", "how"),
    [
        (remove("Instance", DATABASE), "is deleted"),
        (remove("Instance", DATABASE, ""), "is deleted"),
        (replaced("ReplaceAndDelete"), "is replaced by an empty one, and the old one deleted"),
        (replaced("ReplaceAndDelete", "Conditional"), "may be replaced by an empty one, and the old one deleted"),
        (ResourceChange("Instance", DATABASE, "Dynamic"), "may go: CloudFormation can't tell what happens to it"),
    ],
)
def test_what_holds_data_and_goes_is_named_by_its_path(change: ResourceChange, how: str) -> None:
    judgement = judge(review(nest("Database"), Database=(change,)))
    assert judgement.losses == (Loss("Database/Instance", DATABASE, how),)
    assert judgement.loss_names == ("Database/Instance",)


@pytest.mark.parametrize(
    "change",
    [
        add("Instance", DATABASE),
        remove("Instance", DATABASE, "Snapshot"),
        remove("Instance", DATABASE, "Retain"),
        replaced("ReplaceAndSnapshot"),
        replaced("ReplaceAndRetain"),
        replaced("", "False"),
        ResourceChange("Instance", DATABASE, "Dynamic", policy_action="Retain"),
        ResourceChange("Topic", "AWS::SNS::Topic", "Dynamic"),
        remove("Topic"),
    ],
)
def test_what_stays_is_kept_or_holds_nothing_is_no_loss(change: ResourceChange) -> None:
    assert judge(review(change)).losses == ()


def test_a_replacement_that_may_happen_is_a_loss_and_one_that_provably_does_not_is_none() -> None:
    perhaps = replaced("ReplaceAndDelete", "True", given("KmsKeyId", "Keys.Outputs.KeyArn"))
    assert judge(review(perhaps)).loss_names == ("Instance",)
    never = replaced("ReplaceAndDelete", "True", given("KmsKeyId", "Keys.Outputs.KeyArn", "same", "same"))
    assert judge(review(never)).losses == ()


@dataclass
class Deployed:
    """Nested stacks by their id: the definition of each resource, which is there unless its status says otherwise."""

    stacks: Mapping[str, Mapping[str, Mapping[str, Any]]]
    gone: frozenset[str] = frozenset()
    asked: list[str] = field(default_factory=list)

    def resources(self, stack_id: str) -> tuple[StackResource, ...]:
        self.asked.append(stack_id)
        return tuple(
            StackResource(
                name,
                f"arn:{name}",
                definition["Type"],
                ResourceStatus("DELETE_COMPLETE" if name in self.gone else "CREATE_COMPLETE"),
                THEN,
            )
            for name, definition in self.stacks[stack_id].items()
        )

    def template(self, stack_id: str) -> Template:
        return {"Resources": dict(self.stacks[stack_id])}


BELOW: Mapping[str, Mapping[str, Mapping[str, Any]]] = {
    "arn:Database": {
        "Instance": {"Type": DATABASE, "DeletionPolicy": "Delete"},
        "Kept": {"Type": "AWS::S3::Bucket", "DeletionPolicy": "RetainExceptOnCreate"},
        "Gone": {"Type": "AWS::S3::Bucket"},
        "Topic": {"Type": "AWS::SNS::Topic"},
        "Inner": {"Type": NESTED_STACK},
        "Stays": {"Type": NESTED_STACK, "DeletionPolicy": "Retain"},
    },
    "arn:Inner": {"Logs": {"Type": "AWS::Logs::LogGroup"}},
}


def goes(action: str = "Remove", policy: str = "Delete", physical_id: str = "arn:Database", **more: Any) -> Review:
    change = ResourceChange("Database", NESTED_STACK, action, policy_action=policy, physical_id=physical_id, **more)
    return review(change, add("Other"))


def test_a_nested_stack_that_goes_takes_all_that_holds_data_in_it_and_below() -> None:
    deployed = Deployed(BELOW, frozenset({"Gone"}))
    below = stored_below(deployed, goes())
    assert below == (
        Stored(("Database",), "Instance", DATABASE),
        Stored(("Database", "Inner"), "Logs", "AWS::Logs::LogGroup"),
    )
    assert judge(goes(), below).losses == (
        Loss("Database/Inner/Logs", "AWS::Logs::LogGroup", "is deleted with the nested stack Database/Inner"),
        Loss("Database/Instance", DATABASE, "is deleted with the nested stack Database"),
    )


@pytest.mark.parametrize(
    ("found", "asked"),
    [
        (goes(policy="Retain"), False),
        (goes(physical_id=""), False),
        (goes("Modify"), False),
        (goes("Modify", replacement="True"), True),
        (goes("Dynamic"), True),
    ],
)
def test_only_a_nested_stack_that_may_go_is_looked_into(found: Review, asked: bool) -> None:
    deployed = Deployed(BELOW)
    stored_below(deployed, found)
    assert bool(deployed.asked) is asked


@pytest.mark.parametrize(
    ("type_", "definition", "kept"),
    [
        ("AWS::S3::Bucket", {}, False),
        ("AWS::S3::Bucket", {"DeletionPolicy": "Delete"}, False),
        ("AWS::S3::Bucket", {"DeletionPolicy": {"Ref": "Policy"}}, False),
        ("AWS::S3::Bucket", {"DeletionPolicy": "Snapshot"}, True),
        (DATABASE, {}, True),
        (DATABASE, {"DeletionPolicy": "Delete"}, False),
        (DATABASE, {"Properties": {"DBClusterIdentifier": "c"}}, False),
        ("AWS::RDS::DBCluster", {}, True),
    ],
)
def test_a_policy_keeps_a_resource_and_without_one_only_a_database_leaves_a_snapshot(
    type_: str, definition: Mapping[str, Any], kept: bool
) -> None:
    assert keeps(type_, definition) is kept


def policy(before: str | None, after: str | None, name: str = "DeletionPolicy") -> PropertyChange:
    return PropertyChange(f"/{name}", name, "Modify", before=before, after=after, evaluation="Static")


def holding(**policies: str) -> str:
    return whole(dict(policies))


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (modify("I", policy("Snapshot", "Delete"), type_=DATABASE), ["DeletionPolicy: Snapshot → Delete"]),
        (modify("I", policy("Retain", None), type_=DATABASE), ["DeletionPolicy: Retain → none"]),
        (
            modify("I", policy("Retain", "Delete", "UpdateReplacePolicy"), type_=DATABASE),
            ["UpdateReplacePolicy: Retain → Delete"],
        ),
        (modify("I", policy("Retain", "RetainExceptOnCreate"), type_=DATABASE), []),
        (modify("I", policy("Delete", "Snapshot"), type_=DATABASE), []),
        (modify("I", policy(None, None), type_=DATABASE), ["DeletionPolicy changes to what nobody tells"]),
        (modify("I", policy("Retain", "Delete")), []),
        (
            modify(
                "I",
                policy(None, None),
                type_=DATABASE,
                before_context=holding(DeletionPolicy="Snapshot"),
                after_context=holding(),
            ),
            ["DeletionPolicy: Snapshot → none"],
        ),
        (
            modify(
                "I",
                written("Engine"),
                type_=DATABASE,
                before_context=holding(DeletionPolicy="Snapshot"),
                after_context=holding(DeletionPolicy="Delete"),
            ),
            ["DeletionPolicy: Snapshot → Delete"],
        ),
        (modify("I", written("Engine"), type_=DATABASE, before_context=holding(DeletionPolicy="Snapshot")), []),
        (remove("I", DATABASE, before_context=holding(DeletionPolicy="Snapshot")), []),
    ],
)
def test_a_stateful_resource_that_would_be_kept_no_longer_is_warned_of(change: ResourceChange, told: list[str]) -> None:
    assert [how for _, _, how in less_kept(review(change))] == told
    assert [one.text for one in judge(review(change)).warnings] == told


SNAPSHOT = "arn:aws:rds:eu-central-1:1:snapshot:before"


@pytest.mark.parametrize(
    ("before", "after"),
    [({"DBSnapshotIdentifier": SNAPSHOT}, {}), ({"DBSnapshotIdentifier": SNAPSHOT}, {"DBSnapshotIdentifier": ""})],
)
def test_a_database_must_keep_naming_the_snapshot_that_it_was_restored_from(
    before: dict[str, str], after: dict[str, str]
) -> None:
    change = modify(
        "Instance", written("X"), type_=DATABASE, before_context=whole(**before), after_context=whole(**after)
    )
    with pytest.raises(SnapshotForgotten) as raised:
        refuse_forgotten_snapshots(review(nest("Database"), Database=(change,)))
    assert "Database/Instance was restored from the snapshot " + SNAPSHOT in raised.value.message
    assert raised.value.next_step == (
        f"set DBSnapshotIdentifier of Database/Instance to {SNAPSHOT} again: once set, it must stay"
    )


@pytest.mark.parametrize(
    "detail",
    [
        written("SnapshotIdentifier", SNAPSHOT, None, kind="Remove"),
        written("SnapshotIdentifier", None, None, kind="Remove"),
        written("SnapshotIdentifier", SNAPSHOT, ""),
    ],
)
def test_without_the_whole_resource_a_forgotten_snapshot_is_found_by_the_property(detail: PropertyChange) -> None:
    with pytest.raises(SnapshotForgotten):
        refuse_forgotten_snapshots(review(modify("Cluster", detail, type_="AWS::RDS::DBCluster")))


@pytest.mark.parametrize(
    "change",
    [
        modify(
            "I", written("X"), type_=DATABASE, before_context=whole(), after_context=whole(DBSnapshotIdentifier="s")
        ),
        modify(
            "I",
            written("X"),
            type_=DATABASE,
            before_context=whole(DBSnapshotIdentifier="s"),
            after_context=whole(DBSnapshotIdentifier="s"),
        ),
        modify("I", written("DBSnapshotIdentifier", "one", "other"), type_=DATABASE),
        modify("I", written("DBSnapshotIdentifier", None, "s", kind="Add"), type_=DATABASE),
        modify("I", written("DBSnapshotIdentifier", "s", None, kind="Remove"), type_="AWS::SNS::Topic"),
        remove("I", DATABASE, before_context=whole(DBSnapshotIdentifier="s")),
    ],
)
def test_a_snapshot_that_is_set_stays_or_goes_with_its_database_is_not_refused(change: ResourceChange) -> None:
    refuse_forgotten_snapshots(review(change))
