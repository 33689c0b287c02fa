"""What passes the private ways to AWS services: callers of this account, and little else."""

from __future__ import annotations

from typing import Any

import pytest

OURS = {"aws:PrincipalAccount": {"Ref": "AWS::AccountId"}}
NEEDED = {"ecr.api", "ecr.dkr", "ecs", "kms", "logs", "monitoring", "s3", "secretsmanager", "ssm", "sts"}


@pytest.fixture(scope="module")
def resources(templates: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = templates["endpoints.json"]["Resources"]
    return found


@pytest.fixture(scope="module")
def endpoints(resources: dict[str, Any]) -> dict[str, Any]:
    """By the service's name after the region's."""
    found = [r["Properties"] for r in resources.values() if r["Type"] == "AWS::EC2::VPCEndpoint"]
    return {
        endpoint["ServiceName"]["Fn::Sub"].removeprefix("com.amazonaws.${AWS::Region}."): endpoint for endpoint in found
    }


def egress(resources: dict[str, Any]) -> list[dict[str, Any]]:
    return [r["Properties"] for r in resources.values() if r["Type"] == "AWS::EC2::SecurityGroupEgress"]


def test_every_service_that_tasks_call_has_a_private_way(endpoints: dict[str, Any]) -> None:
    assert set(endpoints) == NEEDED


def test_tasks_find_the_private_way_by_the_usual_name(endpoints: dict[str, Any]) -> None:
    interfaces = [endpoint for name, endpoint in endpoints.items() if name != "s3"]
    assert all(endpoint["PrivateDnsEnabled"] is True for endpoint in interfaces)
    assert all(endpoint["SubnetIds"] == {"Ref": "SubnetIds"} for endpoint in interfaces)
    assert endpoints["s3"]["RouteTableIds"] == {"Ref": "RouteTableIds"}


def test_no_endpoint_has_the_policy_that_lets_everything_pass(endpoints: dict[str, Any]) -> None:
    statements = [s for endpoint in endpoints.values() for s in endpoint["PolicyDocument"]["Statement"]]
    assert len(statements) == len(endpoints) + 1
    assert not [action for statement in statements for action in statement["Action"] if "*" in action]


def test_callers_are_of_this_account(endpoints: dict[str, Any]) -> None:
    conditions = [
        statement["Condition"]["StringEquals"]
        for endpoint in endpoints.values()
        for statement in endpoint["PolicyDocument"]["Statement"]
        if statement["Sid"] != "ImageLayers"
    ]
    assert all(condition.items() >= OURS.items() for condition in conditions)


def test_objects_can_be_put_into_buckets_of_this_account_only(endpoints: dict[str, Any]) -> None:
    ours, layers = endpoints["s3"]["PolicyDocument"]["Statement"]
    assert ours["Condition"]["StringEquals"]["aws:ResourceAccount"] == {"Ref": "AWS::AccountId"}
    assert "Condition" not in layers
    assert layers["Action"] == ["s3:GetObject"]
    assert layers["Resource"] == [{"Fn::Sub": "arn:${AWS::Partition}:s3:::prod-${AWS::Region}-starport-layer-bucket/*"}]


def test_endpoints_are_reached_by_the_service_only(resources: dict[str, Any], endpoints: dict[str, Any]) -> None:
    (rule,) = resources["SecurityGroup"]["Properties"]["SecurityGroupIngress"]
    assert rule["SourceSecurityGroupId"] == {"Ref": "ServiceSecurityGroupId"}
    assert (rule["FromPort"], rule["ToPort"]) == (443, 443)
    groups = [endpoint["SecurityGroupIds"] for name, endpoint in endpoints.items() if name != "s3"]
    assert all(group == [{"Fn::GetAtt": ["SecurityGroup", "GroupId"]}] for group in groups)


def test_the_service_reaches_endpoints_and_s3_and_no_address(resources: dict[str, Any], production: Any) -> None:
    rules = egress(resources)
    assert [rule["GroupId"] for rule in rules] == [{"Ref": "ServiceSecurityGroupId"}] * 2
    assert not [name for rule in rules for name in rule if name.startswith("Cidr")]
    to_group, to_prefixes = (
        [rule[name] for rule in rules if name in rule]
        for name in ("DestinationSecurityGroupId", "DestinationPrefixListId")
    )
    assert to_group == [{"Fn::GetAtt": ["SecurityGroup", "GroupId"]}]
    assert to_prefixes == [production.network.s3_prefix_list]
