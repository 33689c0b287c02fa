from __future__ import annotations

from typing import Any

import pytest

from tests.forest import forest, found, resource, template
from tests.hostile import VALUES

RULE = "W9308"


def _with(value: Any) -> dict[str, Any]:
    return template(It=resource("IAM::ManagedPolicy", {"PolicyDocument": {"Statement": [{"Resource": value}]}}))


@pytest.mark.parametrize(
    "value",
    [
        "arn:aws:s3:::records/*",
        "arn:aws:iam::aws:policy/ReadOnlyAccess",
        "arn:aws-us-gov:s3:::records",
        "arn:aws-cn:s3:::records",
        {"Fn::Sub": "arn:aws:logs:${AWS::Region}:${AWS::AccountId}:*"},
        {"Fn::Sub": "arn:aws:logs:${AWS::Region}:111122223333:*"},
        {"Fn::Sub": "arn:aws:ecr:eu-west-1:111122223333:repository/${Name}"},
        {"Fn::Sub": ["arn:aws:iam::111122223333:role/${Name}", {"Name": "x"}]},
        {"Fn::Sub": ["arn:aws:sns:eu-central-1:${Account}:x", {"Account": {"Ref": "AWS::AccountId"}}]},
        {"Fn::Join": ["", ["arn:aws:s3:::", {"Ref": "Bucket"}]]},
        {"Fn::Join": [":", ["arn", "aws", "iam", "", {"Ref": "AWS::AccountId"}, "root"]]},
        {"Fn::If": ["Here", "arn:aws:s3:::records", {"Ref": "AWS::NoValue"}]},
        '{"Resource": "arn:aws:s3:::records"}',
    ],
)
def test_an_arn_with_a_partition_is_found(value: Any) -> None:
    (problem,) = found(RULE, forest(platform=_with(value)))
    assert problem.path[:7] == ("Resources", "It", "Properties", "PolicyDocument", "Statement", 0, "Resource")


@pytest.mark.parametrize(
    "value",
    [
        {"Fn::Sub": "arn:${AWS::Partition}:s3:::records"},
        {"Fn::Join": [":", ["arn", {"Ref": "AWS::Partition"}, "iam", "", {"Ref": "AWS::AccountId"}, "root"]]},
        "arn:*:s3:::records",
        "arn:aws:acm:eu-central-1:111122223333:certificate/x",
        "arn:aws:iam::111122223333:root",
        {"Fn::Sub": ["${Role}", {"Role": "arn:aws:iam::111122223333:role/x"}]},
        "arn:awsome:x",
        "learn:aws:something",
        {"Fn::If": ["China", "arn:aws-cn:s3:::records", "arn:aws:s3:::records"]},
    ],
)
def test_what_names_no_partition_or_one_thing_elsewhere_is_fine(value: Any) -> None:
    assert not found(RULE, forest(platform=_with(value)))


def test_what_is_only_read_is_fine() -> None:
    said = {"Description": "such as arn:aws:s3:::records", "Tags": [{"Key": "like", "Value": "arn:aws:s3:::records"}]}
    assert not found(RULE, forest(platform=template(It=resource("IAM::ManagedPolicy", said))))


@pytest.mark.parametrize("value", VALUES)
def test_no_value_breaks_it(value: Any) -> None:
    for one in (value, {"Fn::Join": value}, {"Fn::Join": [":", value]}, {"Fn::Join": [":", ["arn", "aws", value]]}):
        found(RULE, forest(platform=_with(one)))
