from __future__ import annotations

from typing import Any

import pytest

from tests.forest import forest, found, places, resource, template
from tests.hostile import VALUES

RULE = "W9307"

_STATEMENT: dict[str, Any] = {"Effect": "Allow", "Action": "sns:Publish", "Resource": "*"}
_INLINE: dict[str, Any] = {"PolicyName": "x", "PolicyDocument": {"Statement": [_STATEMENT]}}


@pytest.mark.parametrize(
    ("type_", "properties"),
    [
        ("IAM::Role", {"Policies": [_INLINE]}),
        ("IAM::Group", {"Policies": [_INLINE]}),
        ("IAM::Policy", _INLINE),
        ("IAM::RolePolicy", _INLINE),
        ("IAM::UserPolicy", _INLINE),
        ("IAM::GroupPolicy", _INLINE),
        ("IAM::User", {"LoginProfile": {"Password": "{{resolve:secretsmanager:x}}"}}),
        ("IAM::AccessKey", {"UserName": "x"}),
        ("Serverless::Function", {"Policies": ["ReadOnly", {"Statement": [_STATEMENT]}]}),
    ],
)
def test_inline_policies_users_and_their_keys_are_found(type_: str, properties: dict[str, Any]) -> None:
    assert places(RULE, forest(platform=template(It=resource(type_, properties)))) == ["platform.json/It"]


def test_a_roles_inline_policies_are_found_where_they_stand() -> None:
    (problem,) = found(RULE, forest(platform=template(It=resource("IAM::Role", {"Policies": [_INLINE]}))))
    assert problem.path == ("Resources", "It", "Properties", "Policies")


@pytest.mark.parametrize(
    ("type_", "properties"),
    [
        ("IAM::Role", {"ManagedPolicyArns": ["arn:x"]}),
        ("IAM::Role", {"Policies": []}),
        ("IAM::ManagedPolicy", {"PolicyDocument": {"Statement": [_STATEMENT]}}),
        ("Serverless::Function", {"Policies": ["ReadOnly", {"S3ReadPolicy": {"BucketName": "x"}}]}),
    ],
)
def test_managed_policies_are_fine(type_: str, properties: dict[str, Any]) -> None:
    assert not found(RULE, forest(platform=template(It=resource(type_, properties))))


@pytest.mark.parametrize("value", VALUES)
def test_no_value_breaks_it(value: Any) -> None:
    found(RULE, forest(platform=template(It=resource("IAM::Role", {"Policies": value}), B={"Type": "AWS::IAM::User"})))
