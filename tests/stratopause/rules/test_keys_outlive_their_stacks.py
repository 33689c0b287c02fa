from __future__ import annotations

from typing import Any

import pytest

from tests.forest import forest, found, resource, template

RULE = "E9105"
KEPT = {"DeletionPolicy": "Retain", "UpdateReplacePolicy": "Retain"}


def messages(type_: str = "KMS::Key", /, **attributes: Any) -> list[str]:
    tree = forest(platform=template(Key=resource(type_, {}, **attributes)))
    return [problem.message for problem in found(RULE, tree)]


@pytest.mark.parametrize("type_", ["KMS::Key", "KMS::ReplicaKey"])
def test_a_key_that_goes_with_its_stack_or_when_it_is_replaced_is_found(type_: str) -> None:
    assert len(messages(type_)) == 2
    assert messages(type_, UpdateReplacePolicy="Retain") == [
        (
            f"Key ({type_}) is deleted when its stack is deleted: its DeletionPolicy is Delete, not Retain or "
            "RetainExceptOnCreate"
        )
    ]
    assert messages(type_, DeletionPolicy="Retain") == [
        f"Key ({type_}) is deleted when it is replaced: its UpdateReplacePolicy is Delete, not Retain"
    ]


@pytest.mark.parametrize(
    "attributes",
    [{"DeletionPolicy": "Delete"}, {"DeletionPolicy": "Snapshot"}, {"UpdateReplacePolicy": "Delete"}],
)
def test_a_policy_that_keeps_no_key_is_found_where_it_stands(attributes: dict[str, str]) -> None:
    tree = forest(platform=template(Key=resource("KMS::Key", {}, **{**KEPT, **attributes})))
    (problem,) = found(RULE, tree)
    assert problem.path == ("Resources", "Key", *attributes)


def test_a_key_that_is_kept_is_fine() -> None:
    assert not messages(**KEPT)
    assert not messages(DeletionPolicy="RetainExceptOnCreate", UpdateReplacePolicy="Retain")
    assert not messages("KMS::Alias")


def test_a_policy_that_follows_a_condition_is_judged_each_way() -> None:
    policy = {"Fn::If": ["IsProduction", "Retain", "Delete"]}
    key = resource("KMS::Key", {}, **{**KEPT, "DeletionPolicy": policy})
    root = {
        **template(Key=key),
        "Parameters": {"Stage": {"Type": "String", "Default": "prod", "AllowedValues": ["prod", "dev"]}},
        "Conditions": {"IsProduction": {"Fn::Equals": [{"Ref": "Stage"}, "prod"]}},
    }
    assert len(found(RULE, forest(platform=root))) == 1


@pytest.mark.parametrize("value", [None, 1, "x", [], [[]], {}, {"a": []}, {"Ref": "Nothing"}])
def test_hostile_values_end_in_nothing_worse_than_a_finding(value: Any) -> None:
    messages(DeletionPolicy=value, UpdateReplacePolicy=value)
