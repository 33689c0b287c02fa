from __future__ import annotations

import json
from importlib.resources import files
from typing import Any

import pytest

from stratopause.rules import identities_may_do_only_what_they_need as rule
from stratopause.tree.loading import Forest
from tests.forest import forest, resource, template
from tests.roles import HOSTILE, document, found_in, places_in, role, statement, trusts

TRUST = trusts("ecs-tasks.amazonaws.com")
ARN = {"Fn::Sub": "arn:${AWS::Partition}:s3:::bucket/*"}


def with_statement(**elements: Any) -> Forest:
    return forest(platform=template(Role=role(TRUST, document(statement(**elements)))))


@pytest.mark.parametrize(
    ("elements", "element"),
    [
        ({"Action": "*", "Resource": ARN}, "Action"),
        ({"Action": ["s3:*"], "Resource": ARN}, "Action"),
        ({"Action": "*:*", "Resource": ARN}, "Action"),
        ({"Action": "S3:**", "Resource": ARN}, "Action"),
        ({"NotAction": "iam:*", "Resource": ARN}, "NotAction"),
        ({"Action": "secretsmanager:GetSecretValue", "Resource": "*"}, "Resource"),
        ({"Action": ["ecr:GetAuthorizationToken", "ecr:BatchGetImage"], "Resource": ["*"]}, "Resource"),
        ({"Action": "s3:Get*", "Resource": "arn:aws:s3:::*"}, "Resource"),
        ({"Action": "s3:Get*", "Resource": "arn:aws:s3:::*/*"}, "Resource"),
        ({"Action": "kms:Decrypt", "Resource": "arn:*"}, "Resource"),
        ({"Action": "application-autoscaling:RegisterScalableTarget", "Resource": "*"}, "Resource"),
        ({"Action": "config:DeleteConfigRule", "Resource": "*"}, "Resource"),
        ({"Action": "ds:DeleteDirectory", "Resource": "*"}, "Resource"),
        ({"Action": ["iot:Publish", "iot:Connect"], "Resource": "*"}, "Resource"),
        ({"Action": "eks:DeleteCluster", "Resource": "*"}, "Resource"),
        ({"Action": "iam:PassRole", "Resource": "*"}, "Resource"),
        ({"Action": "sts:AssumeRole", "Resource": "*"}, "Resource"),
        ({"Action": "kms:Decrypt", "NotResource": "arn:aws:kms:eu-west-1:123456789012:key/a"}, "NotResource"),
        (
            {"Action": "dynamodb:GetItem", "Resource": "*", "Condition": {"Bool": {"aws:SecureTransport": "true"}}},
            "Resource",
        ),
    ],
)
def test_too_much_is_found_at_the_element_that_says_so(elements: dict[str, Any], element: str) -> None:
    (problem,) = found_in(rule, with_statement(**elements))
    assert problem.path[3:] == ("Policies", 0, "PolicyDocument", "Statement", 0, element)


@pytest.mark.parametrize(
    "elements",
    [
        {"Action": "s3:GetObject", "Resource": ARN},
        {"Action": "s3:Get*", "Resource": ARN},
        {"Action": "s3:Get*", "Resource": ["arn:aws:s3:::", "arn:aws:s3:::/*"]},
        {"Action": ["ecr:GetAuthorizationToken"], "Resource": "*"},
        {"Action": ["ec2:Describe*", "cloudwatch:PutMetricData", "logs:DescribeLogGroups"], "Resource": "*"},
        {"Action": ["xray:PutTraceSegments", "ssmmessages:OpenDataChannel"], "Resource": "*"},
        {"Action": ["kms:ListAliases", "kms:ListKeys", "sts:GetCallerIdentity", "tag:GetResources"], "Resource": "*"},
        {"Action": "elasticloadbalancing:Describe*", "Resource": "*"},
        {"Action": ["s3:ListAllMy*", "ecr:GetAuthorization*", "sts:GetCaller*"], "Resource": "*"},
        {"Action": ["ecr:CreatePullThroughCacheRule", "es:CreateVpcEndpoint", "events:PutPermission"], "Resource": "*"},
        {"Action": ["cognito-idp:InitiateAuth", "codedeploy:StopDeployment", "rds:CancelExportTask"], "Resource": "*"},
        {"Action": ["config:PutEvaluations", "ds:CreateMicrosoftAD", "iot:DescribeEndpoint"], "Resource": "*"},
        {
            "Action": ["application-autoscaling:DescribeScalableTargets", "codepipeline:PutJobSuccessResult"],
            "Resource": "*",
        },
        {"Action": ["iam:UpdateAccountPasswordPolicy", "iam:DeleteAccountPasswordPolicy"], "Resource": "*"},
        {"Action": ["ec2:CreateNetworkInterface", "s3:ListAllMyBuckets"], "Resource": "*"},
        {"Action": "kms:Decrypt", "Resource": "*", "Condition": {"StringEquals": {"kms:ViaService": "s3.x"}}},
        {"Action": "ecs:RunTask", "Resource": "*", "Condition": {"ArnEquals": {"ecs:cluster": "arn:aws:x"}}},
        {"Action": "s3:PutObject", "Resource": "*", "Condition": {"StringEquals": {"aws:ResourceTag/a": "b"}}},
        {"Effect": "Deny", "NotAction": "iam:*", "Resource": "*"},
        {"Effect": "Deny", "Action": "*", "Resource": "*"},
    ],
)
def test_what_is_needed_is_fine(elements: dict[str, Any]) -> None:
    assert not found_in(rule, with_statement(**elements))


def test_no_action_is_told_to_name_what_it_can_not() -> None:
    """Against the actions and what they can name, as AWS publishes it and cfn-lint has it."""
    published = json.loads(files("cfnlint.data.AdditionalSpecs").joinpath("Policies.json").read_text("utf-8"))
    without = [
        f"{service}:{action}"
        for service, known in published.items()
        for action, what in known["Actions"].items()
        if not what.get("Resources")
    ]
    assert len(without) > 1_000
    assert not found_in(rule, with_statement(Action=without, Resource="*"))


EVERYTHING = document(statement(Action="*", Resource="*"))


@pytest.mark.parametrize(
    ("type_", "properties"),
    [
        ("IAM::ManagedPolicy", {"PolicyDocument": EVERYTHING}),
        ("IAM::Policy", {"PolicyDocument": EVERYTHING}),
        ("IAM::RolePolicy", {"PolicyDocument": EVERYTHING}),
        ("IAM::UserPolicy", {"PolicyDocument": EVERYTHING}),
        ("IAM::GroupPolicy", {"PolicyDocument": EVERYTHING}),
        ("IAM::User", {"Policies": [{"PolicyDocument": EVERYTHING}]}),
        ("IAM::Group", {"Policies": [{"PolicyDocument": EVERYTHING}]}),
        ("SSO::PermissionSet", {"InlinePolicy": EVERYTHING}),
        ("SSO::PermissionSet", {"InlinePolicy": '{"Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}}'}),
        ("IAM::User", {"ManagedPolicyArns": ["arn:aws:iam::aws:policy/AdministratorAccess"]}),
        ("IAM::Role", {"ManagedPolicyArns": [{"Fn::Sub": "arn:${AWS::Partition}:iam::aws:policy/PowerUserAccess"}]}),
        ("IAM::Group", {"ManagedPolicyArns": ["arn:aws-cn:iam::aws:policy/IAMFullAccess"]}),
        ("SSO::PermissionSet", {"ManagedPolicies": ["arn:aws:iam::aws:policy/AmazonS3FullAccess"]}),
        ("Serverless::Function", {"Policies": [EVERYTHING]}),
    ],
)
def test_every_kind_of_identity_is_judged(type_: str, properties: dict[str, Any]) -> None:
    assert places_in(rule, forest(platform=template(Identity=resource(type_, properties)))) == ["Identity"]


def test_policies_of_keys_and_buckets_are_not_meant() -> None:
    policy = document(statement(Action="kms:*", Resource="*", Principal={"AWS": "*"}))
    body = template(
        Key=resource("KMS::Key", {"KeyPolicy": policy}), Policy=resource("S3::BucketPolicy", {"PolicyDocument": policy})
    )
    assert not found_in(rule, forest(platform=body))


def test_a_boundary_allows_nothing() -> None:
    boundary = resource("IAM::ManagedPolicy", {"PolicyDocument": EVERYTHING})
    bound = role(TRUST, PermissionsBoundary={"Ref": "Boundary"})
    assert not found_in(rule, forest(platform=template(Boundary=boundary, Role=bound)))
    both = role(TRUST, PermissionsBoundary={"Ref": "Boundary"}, ManagedPolicyArns=[{"Ref": "Boundary"}])
    assert places_in(rule, forest(platform=template(Boundary=boundary, Role=both))) == ["Boundary"]


@pytest.mark.parametrize("value", HOSTILE)
def test_values_of_any_type_are_survived(value: Any) -> None:
    body = template(
        A=role(TRUST, value, ManagedPolicyArns=value),
        B=role(TRUST, document(value), PermissionsBoundary=value),
        C=resource("IAM::ManagedPolicy", {"PolicyDocument": {"Statement": value}}),
        D=resource("IAM::Group", {"Policies": value}),
        E=role(TRUST, document(statement(Action=value, Resource=value, Condition=value))),
    )
    found_in(rule, forest(platform=body))
