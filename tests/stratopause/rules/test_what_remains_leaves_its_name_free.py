from __future__ import annotations

from typing import Any

import pytest

from tests.forest import Body, forest, found, nested, resource, template
from tests.hostile import hostile

RULE = "W9010"
PART = {"Fn::Select": [0, {"Fn::Split": ["-", {"Fn::Select": [2, {"Fn::Split": ["/", {"Ref": "AWS::StackId"}]}]}]}]}


def at(type_: str, properties: Body, **attributes: Any) -> list[str | int]:
    tree = forest(platform=template(A=resource(type_, properties, **attributes), Key=resource("KMS::Key")))
    return [problem.path[-1] for problem in found(RULE, tree)]


@pytest.mark.parametrize(
    "name", ["ours", {"Fn::Sub": "ours-${AWS::AccountId}-${AWS::Region}"}, {"Fn::Sub": "${AWS::StackName}-a"}]
)
def test_a_name_that_comes_again_is_found(name: Any) -> None:
    for policy in ("Retain", "RetainExceptOnCreate"):
        assert at("S3::Bucket", {"BucketName": name}, DeletionPolicy=policy) == ["BucketName"]
        assert at("Logs::LogGroup", {"LogGroupName": name}, DeletionPolicy=policy) == ["LogGroupName"]
    assert at("SecretsManager::Secret", {"Name": name}) == ["Name"]
    assert at("SecretsManager::Secret", {"Name": name}, DeletionPolicy="Delete") == ["Name"]


@pytest.mark.parametrize(
    "name",
    [
        None,
        {"Fn::Join": ["-", ["ours", PART]]},
        {"Fn::Sub": "ours-${Key}"},
        {"Ref": "Chosen"},
        {"Ref": "AWS::NoValue"},
    ],
)
def test_no_name_or_one_that_differs_each_time_is_fine(name: Any) -> None:
    assert not at("S3::Bucket", {} if name is None else {"BucketName": name}, DeletionPolicy="Retain")
    assert not at("SecretsManager::Secret", {} if name is None else {"Name": name})


def test_what_goes_with_its_stack_may_have_any_name() -> None:
    assert not at("S3::Bucket", {"BucketName": "ours"})
    assert not at("RDS::DBInstance", {"DBInstanceIdentifier": "ours"}, DeletionPolicy="Snapshot")


def test_a_name_within_something_that_differs_is_free() -> None:
    assert not at("Logs::LogStream", {"LogStreamName": "a", "LogGroupName": {"Ref": "Key"}}, DeletionPolicy="Retain")
    assert at("Logs::LogStream", {"LogStreamName": "a", "LogGroupName": "b"}, DeletionPolicy="Retain")


def test_the_name_of_a_nested_stack_differs_each_time_and_a_retained_one_retains_all() -> None:
    def tree(name: Any, **attributes: Any) -> Any:
        topic = template(Topic=resource("SNS::Topic", {"TopicName": name}))
        return forest(platform=template(A={**nested("a.json"), **attributes}), a=topic)

    assert found(RULE, tree("ours", DeletionPolicy="Retain"))
    assert not found(RULE, tree("ours"))
    assert not found(RULE, tree({"Fn::Sub": "${AWS::StackName}-a"}, DeletionPolicy="Retain"))


def test_values_of_any_type_are_taken() -> None:
    for changed in hostile(template(A=resource("SecretsManager::Secret", {"Name": "a"}, DeletionPolicy=["Retain"]))):
        found(RULE, forest(platform=changed))
