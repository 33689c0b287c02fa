from __future__ import annotations

from typing import Any

import pytest
from msgspec.structs import replace

from stratopause.deployer.changes import PropertyChange, ResourceChange, Review, StackChanges
from stratopause.deployer.review.digest import digest
from tests.stratopause.deployer.review.reviews import modify, nest, review, whole, written

CHANGE = modify(
    "Instance",
    written("Engine", "16", "17"),
    written("MasterUserPassword", "hunter1", "hunter2"),
    type_="AWS::RDS::DBInstance",
    physical_id="db-1",
    policy_action="ReplaceAndSnapshot",
    before_context=whole(Engine="16", MasterUserPassword="hunter1"),
    after_context=whole(Engine="17", MasterUserPassword="hunter2"),
)


def of(change: ResourceChange, *others: ResourceChange) -> Review:
    return review(nest("Database"), Database=(change, *others))


def test_the_digest_is_sha_256_and_the_same_for_the_same_review() -> None:
    assert len(digest(of(CHANGE))) == 64
    assert digest(of(CHANGE)) == digest(of(replace(CHANGE)))


@pytest.mark.parametrize(
    "other",
    [
        {"logical_id": "Other"},
        {"type": "AWS::RDS::DBCluster"},
        {"action": "Remove"},
        {"replacement": "True"},
        {"policy_action": "ReplaceAndDelete"},
        {"physical_id": "db-2"},
        {"change_set_id": "arn:other"},
        {"details": ()},
        {"after_context": whole(Engine="18")},
    ],
)
def test_another_resource_or_action_is_another_digest(other: dict[str, Any]) -> None:
    assert digest(of(replace(CHANGE, **other))) != digest(of(CHANGE))


@pytest.mark.parametrize(
    "detail",
    [
        written("Engine", "16", "18"),
        written("Engine", "15", "17"),
        written("Engine", None, "17"),
        written("EngineVersion", "16", "17"),
        written("Engine", "16", "17", requires_recreation="Always"),
    ],
)
def test_another_value_path_or_effect_is_another_digest(detail: PropertyChange) -> None:
    assert digest(of(replace(CHANGE, details=(detail, CHANGE.details[1])))) != digest(of(CHANGE))


def test_another_change_set_or_place_is_another_digest() -> None:
    found = of(CHANGE)
    elsewhere = replace(found, change_set=replace(found.change_set, id="arn:another"))
    moved = replace(found, stacks=(found.stacks[0], StackChanges(("Cache",), found.stacks[1].changes)))
    assert len({digest(found), digest(elsewhere), digest(moved)}) == 3


def test_the_order_in_which_cloudformation_tells_makes_no_difference() -> None:
    other = modify("Other", written("A"))
    turned = replace(CHANGE, details=tuple(reversed(CHANGE.details)))
    assert digest(of(CHANGE, other)) == digest(of(other, turned))
    found = of(CHANGE)
    assert digest(found) == digest(replace(found, stacks=tuple(reversed(found.stacks))))


def test_nobody_finds_a_secret_by_trying_digests() -> None:
    details = (CHANGE.details[0], written("MasterUserPassword", "hunter1", "hunter3"))
    other = replace(CHANGE, details=details, after_context=whole(Engine="17", MasterUserPassword="hunter3"))
    assert digest(of(other)) == digest(of(CHANGE))
