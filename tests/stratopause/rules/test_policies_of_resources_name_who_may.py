from __future__ import annotations

from typing import Any

import pytest

from tests.forest import forest, found, places, resource, template
from tests.hostile import VALUES

RULE = "E9306"


def _statement(**members: Any) -> dict[str, Any]:
    return {"Effect": "Allow", "Principal": "*", "Action": "sns:Publish", "Resource": "*"} | members


def _topic(*statements: Any) -> dict[str, Any]:
    document = {"Version": "2012-10-17", "Statement": list(statements)}
    return template(Policy=resource("SNS::TopicPolicy", {"Topics": ["x"], "PolicyDocument": document}))


@pytest.mark.parametrize(
    "statement",
    [
        _statement(),
        _statement(Principal={"AWS": "*"}),
        _statement(Principal={"AWS": ["arn:x", "*"], "Service": "sns.amazonaws.com"}),
        {"Effect": "Allow", "NotPrincipal": {"AWS": "x"}, "Action": "sns:Publish", "Resource": "*"},
        _statement(Condition={"Bool": {"aws:SecureTransport": "true"}}),
        _statement(Condition={"StringLike": {"aws:SourceAccount": "*"}}),
        _statement(Condition={"ArnLike": {"aws:SourceArn": {"Fn::Sub": "arn:${AWS::Partition}:s3:::*"}}}),
        _statement(Condition={"ArnLike": {"aws:SourceArn": "arn:aws:s3:*:*:*"}}),
        _statement(Condition={"StringNotEquals": {"aws:PrincipalOrgID": "o-x"}}),
        _statement(Condition={"StringEqualsIfExists": {"aws:SourceAccount": "111122223333"}}),
        _statement(Condition={"ForAllValues:StringEquals": {"aws:PrincipalOrgPaths": "o-x/"}}),
        _statement(Condition={"IpAddress": {"aws:SourceIp": "0.0.0.0/0"}}),
    ],
)
def test_an_open_statement_is_found_where_it_stands(statement: dict[str, Any]) -> None:
    (problem,) = found(RULE, forest(platform=_topic(_statement(Principal={"Service": "x"}), statement)))
    assert problem.path == ("Resources", "Policy", "Properties", "PolicyDocument", "Statement", 1)


@pytest.mark.parametrize(
    "condition",
    [
        {"StringEquals": {"AWS:SourceOwner": {"Ref": "AWS::AccountId"}}},
        {"StringEquals": {"aws:SourceAccount": "111122223333"}},
        {"StringEquals": {"aws:PrincipalOrgID": "o-x"}},
        {"ForAnyValue:StringLike": {"aws:PrincipalOrgPaths": "o-x/r-x/*"}},
        {"StringEquals": {"aws:SourceVpce": "vpce-1"}},
        {"ArnLike": {"aws:SourceArn": "arn:aws:s3:*:*:records"}},
        {"Bool": {"elasticfilesystem:AccessedViaMountTarget": "true"}},
        {"IpAddress": {"aws:SourceIp": "192.0.2.0/24"}},
    ],
)
def test_a_condition_that_says_who_is_fine(condition: Any) -> None:
    assert not found(RULE, forest(platform=_topic(_statement(Condition=condition))))


def test_who_is_named_is_fine() -> None:
    named = [_statement(Principal={"Service": "x.amazonaws.com"}), _statement(Principal={"AWS": "111122223333"})]
    assert not found(RULE, forest(platform=_topic(*named, _statement(Effect="Deny"))))


def test_a_refusal_of_all_others_narrows() -> None:
    others = _statement(Effect="Deny", Action="sns:*", Condition={"StringNotEquals": {"aws:PrincipalOrgID": "o-x"}})
    assert not found(RULE, forest(platform=_topic(_statement(), others)))
    assert found(RULE, forest(platform=_topic(_statement(), others | {"Action": "sns:Subscribe"})))


@pytest.mark.parametrize(
    ("type_", "path"),
    [
        ("S3::BucketPolicy", ["PolicyDocument"]),
        ("SQS::QueuePolicy", ["PolicyDocument"]),
        ("ECR::Repository", ["RepositoryPolicyText"]),
        ("SecretsManager::ResourcePolicy", ["ResourcePolicy"]),
        ("Backup::BackupVault", ["AccessPolicy"]),
        ("EFS::FileSystem", ["FileSystemPolicy"]),
        ("OpenSearchService::Domain", ["AccessPolicies"]),
        ("Events::EventBus", ["Policy"]),
        ("DynamoDB::Table", ["ResourcePolicy", "PolicyDocument"]),
    ],
)
def test_every_kind_of_policy_is_looked_at(type_: str, path: list[str]) -> None:
    value: Any = {"Statement": _statement()}
    for name in reversed(path):
        value = {name: value}
    assert places(RULE, forest(platform=template(It=resource(type_, value)))) == ["platform.json/It"]


def test_a_policy_as_text_is_read() -> None:
    text = '{"Statement": [{"Effect": "Allow", "Principal": "*", "Action": "logs:*", "Resource": "*"}]}'
    policy = resource("Logs::ResourcePolicy", {"PolicyName": "x", "PolicyDocument": text})
    assert places(RULE, forest(platform=template(It=policy))) == ["platform.json/It"]


@pytest.mark.parametrize(
    ("more", "is_found"),
    [
        ({}, True),
        ({"FunctionUrlAuthType": "NONE"}, True),
        ({"PrincipalOrgID": "o-x"}, False),
        ({"SourceAccount": {"Ref": "AWS::AccountId"}}, False),
    ],
)
def test_permissions_of_functions_are_looked_at(more: dict[str, Any], *, is_found: bool) -> None:
    permission = {"Action": "lambda:InvokeFunction", "FunctionName": "x", "Principal": "*"} | more
    problems = found(RULE, forest(platform=template(It=resource("Lambda::Permission", permission))))
    assert bool(problems) == is_found


def test_a_domain_in_a_vpc_that_asks_who_it_is_is_fine() -> None:
    domain = {
        "AccessPolicies": {"Statement": [_statement(Action="es:*")]},
        "VPCOptions": {"SubnetIds": ["x"]},
        "AdvancedSecurityOptions": {"Enabled": True},
    }
    assert not found(RULE, forest(platform=template(It=resource("OpenSearchService::Domain", domain))))


@pytest.mark.parametrize("value", VALUES)
def test_no_value_breaks_it(value: Any) -> None:
    for one in (value, _statement(Principal=value), _statement(Condition=value), _statement(Action=value)):
        found(RULE, forest(platform=_topic(one, _statement(Effect="Deny", Principal=value))))
    found(RULE, forest(platform=template(It=resource("Lambda::Permission", {"Principal": "*", "SourceArn": value}))))
    found(RULE, forest(platform=template(It=resource("SNS::TopicPolicy", {"PolicyDocument": value}))))


@pytest.mark.parametrize(
    ("condition", "is_found"),
    [
        (None, True),
        ({"Bool": {"aws:SecureTransport": "true"}}, True),
        ({"StringEquals": {"vpc-lattice-svcs:SourceVpc": "vpc-0123456789abcdef0"}}, False),
    ],
)
def test_who_may_call_a_service_of_a_lattice_is_named(condition: Any, is_found: bool) -> None:
    statement = {"Effect": "Allow", "Principal": "*", "Action": "vpc-lattice-svcs:Invoke", "Resource": "*"}
    policy = {"Statement": [statement | ({"Condition": condition} if condition else {})]}
    body = template(It=resource("VpcLattice::AuthPolicy", {"Policy": policy}))
    assert bool(found(RULE, forest(platform=body))) == is_found
