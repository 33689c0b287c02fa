from __future__ import annotations

from typing import Any

import pytest

from stratopause.rules import roles_are_assumed_by_nobody_else as rule
from stratopause.tree.loading import Forest
from tests.forest import forest, template
from tests.roles import HOSTILE, document, found_in, role, statement

ELSEWHERE = "arn:aws:iam::999999999999:root"
GITHUB = {"Federated": {"Fn::Sub": "arn:aws:iam::${AWS::AccountId}:oidc-provider/token.actions.githubusercontent.com"}}
SUBJECT = "token.actions.githubusercontent.com:sub"
AUDIENCE = {"token.actions.githubusercontent.com:aud": "sts.amazonaws.com"}


def with_trust(principal: Any, condition: Any = None, action: Any = "sts:AssumeRole") -> Forest:
    found = statement(Principal=principal, Action=action)
    return forest(
        platform=template(Role=role(document(found if condition is None else {**found, "Condition": condition})))
    )


WEB = "sts:AssumeRoleWithWebIdentity"


@pytest.mark.parametrize(
    ("principal", "condition", "action"),
    [
        ("*", None, "sts:AssumeRole"),
        ({"AWS": "*"}, None, "sts:AssumeRole"),
        ({"AWS": ["*"]}, {"Bool": {"aws:SecureTransport": "true"}}, ["sts:AssumeRole"]),
        ({"AWS": "*"}, {"StringNotEquals": {"aws:PrincipalOrgID": "o-1"}}, "sts:AssumeRole"),
        ({"AWS": "*"}, {"StringLike": {"aws:PrincipalOrgID": "*"}}, "sts:AssumeRole"),
        ({"AWS": "*"}, {"StringEquals": {"sts:ExternalId": "x"}}, "sts:*"),
        ({"AWS": ELSEWHERE}, None, "sts:AssumeRole"),
        ({"AWS": "999999999999"}, None, "*"),
        ({"AWS": {"Fn::Sub": "arn:${AWS::Partition}:iam::999999999999:root"}}, None, "sts:AssumeRole"),
        ({"AWS": ELSEWHERE}, {"Bool": {"aws:MultiFactorAuthPresent": "false"}}, "sts:AssumeRole"),
        ({"AWS": ELSEWHERE}, {"BoolIfExists": {"aws:MultiFactorAuthPresent": "true"}}, "sts:AssumeRole"),
        ({"AWS": ELSEWHERE}, {"IpAddress": {"aws:SourceIp": "0.0.0.0/0"}}, "sts:AssumeRole"),
        ({"AWS": "*"}, {"Bool": {"aws:MultiFactorAuthPresent": "true"}}, "sts:AssumeRole"),
        (GITHUB, {"ForAllValues:StringLike": {SUBJECT: "repo:us/app:*"}}, WEB),
        (GITHUB, None, WEB),
        (GITHUB, {"StringEquals": AUDIENCE}, WEB),
        (GITHUB, {"StringEquals": AUDIENCE, "StringLike": {SUBJECT: "*"}}, WEB),
    ],
)
def test_whoever_else_gets_in_is_found(principal: Any, condition: Any, action: Any) -> None:
    (problem,) = found_in(rule, with_trust(principal, condition, action))
    assert problem.path[3:6] == ("AssumeRolePolicyDocument", "Statement", 0)


def test_all_but_somebody_is_everybody() -> None:
    trust = document(statement(NotPrincipal={"AWS": ELSEWHERE}, Action="sts:AssumeRole"))
    assert found_in(rule, forest(platform=template(Role=role(trust))))


@pytest.mark.parametrize(
    ("principal", "condition", "action"),
    [
        ({"Service": "lambda.amazonaws.com"}, None, "sts:AssumeRole"),
        ({"AWS": {"Fn::Sub": "arn:aws:iam::${AWS::AccountId}:root"}}, None, "sts:AssumeRole"),
        ({"AWS": {"Ref": "AWS::AccountId"}}, None, "sts:AssumeRole"),
        ({"AWS": {"Fn::ImportValue": "role"}}, None, "sts:AssumeRole"),
        ({"AWS": ELSEWHERE}, {"StringEquals": {"sts:ExternalId": "x"}}, "sts:AssumeRole"),
        ({"AWS": ELSEWHERE}, {"StringEquals": {"aws:PrincipalOrgID": "o-1"}}, "sts:AssumeRole"),
        ({"AWS": "*"}, {"StringEquals": {"aws:PrincipalOrgID": "o-1"}}, "sts:AssumeRole"),
        ({"AWS": "*"}, {"ArnLike": {"aws:PrincipalArn": "arn:aws:iam::999999999999:role/x"}}, "sts:AssumeRole"),
        ({"AWS": ELSEWHERE}, {"Bool": {"aws:MultiFactorAuthPresent": "true"}}, "sts:AssumeRole"),
        ({"AWS": ELSEWHERE}, {"NumericLessThan": {"aws:MultiFactorAuthAge": "3600"}}, "sts:AssumeRole"),
        ({"AWS": ELSEWHERE}, {"IpAddress": {"aws:SourceIp": ["192.0.2.0/24"]}}, "sts:AssumeRole"),
        ({"AWS": "*"}, {"StringEquals": {"aws:PrincipalServiceName": "ecs-tasks.amazonaws.com"}}, "sts:AssumeRole"),
        (GITHUB, {"StringLike": {SUBJECT: "repo:us/app:*"}}, WEB),
        (GITHUB, {"StringLikeIfExists": {SUBJECT: "repo:us/app:*"}}, WEB),
        (
            {"Federated": "cognito-identity.amazonaws.com"},
            {"StringEquals": {"cognito-identity.amazonaws.com:aud": "x"}},
            WEB,
        ),
        (
            {"Federated": "arn:aws:iam::123456789012:saml-provider/us"},
            {"StringEquals": {"SAML:aud": "https://signin.aws.amazon.com/saml"}},
            "sts:AssumeRoleWithSAML",
        ),
    ],
)
def test_whom_it_is_for_gets_in(principal: Any, condition: Any, action: Any) -> None:
    assert not found_in(rule, with_trust(principal, condition, action))


@pytest.mark.parametrize("value", HOSTILE)
def test_values_of_any_type_are_survived(value: Any) -> None:
    found_in(rule, forest(platform=template(Role=role(value))))
    found_in(rule, forest(platform=template(Role=role({"Statement": value}))))
    found_in(rule, with_trust(value, value, "sts:AssumeRole"))
    found_in(rule, with_trust({"AWS": value, "Federated": value}, {"StringLike": value}, WEB))
