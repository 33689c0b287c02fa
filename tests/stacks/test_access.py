"""What may reach the load balancer and the service, and what they may reach."""

from __future__ import annotations

from typing import Any

import pytest

from policies.networks import NOWHERE
from stacks.access import Access

CIDRS = ("203.0.113.0/24", "198.51.100.0/24")


@pytest.fixture(scope="module")
def resources() -> dict[str, Any]:
    found: dict[str, Any] = Access(CIDRS, 8443).render()["Resources"]
    return found


def test_the_load_balancer_is_reached_on_443_by_those_who_may_connect(resources: dict[str, Any]) -> None:
    rules = resources["LoadBalancerSecurityGroup"]["Properties"]["SecurityGroupIngress"]
    assert [(rule["CidrIp"], rule["FromPort"], rule["ToPort"], rule["IpProtocol"]) for rule in rules] == [
        (cidr, 443, 443, "tcp") for cidr in CIDRS
    ]


def test_the_service_is_reached_by_the_load_balancer_only(resources: dict[str, Any]) -> None:
    assert "SecurityGroupIngress" not in resources["ServiceSecurityGroup"]["Properties"]
    ingress = [r["Properties"] for r in resources.values() if r["Type"] == "AWS::EC2::SecurityGroupIngress"]
    (rule,) = ingress
    assert rule["GroupId"] == {"Fn::GetAtt": ["ServiceSecurityGroup", "GroupId"]}
    assert rule["SourceSecurityGroupId"] == {"Fn::GetAtt": ["LoadBalancerSecurityGroup", "GroupId"]}
    assert (rule["FromPort"], rule["ToPort"]) == (8443, 8443)


def test_the_load_balancer_reaches_the_service_only(resources: dict[str, Any]) -> None:
    egress = [r["Properties"] for r in resources.values() if r["Type"] == "AWS::EC2::SecurityGroupEgress"]
    (rule,) = egress
    assert rule["GroupId"] == {"Fn::GetAtt": ["LoadBalancerSecurityGroup", "GroupId"]}
    assert rule["DestinationSecurityGroupId"] == {"Fn::GetAtt": ["ServiceSecurityGroup", "GroupId"]}
    assert (rule["FromPort"], rule["ToPort"]) == (8443, 8443)


@pytest.mark.parametrize("group", ["LoadBalancerSecurityGroup", "ServiceSecurityGroup"])
def test_no_group_gets_the_rule_that_lets_everything_out(resources: dict[str, Any], group: str) -> None:
    assert resources[group]["Properties"]["SecurityGroupEgress"] == [NOWHERE.to_dict()]


def test_only_the_load_balancer_of_the_whole_platform_is_open_to_addresses(templates: dict[str, Any]) -> None:
    open_to_addresses = [
        (file, logical_id)
        for file, template in templates.items()
        for logical_id, resource in template["Resources"].items()
        for rule in resource.get("Properties", {}).get("SecurityGroupIngress", [])
        if "CidrIp" in rule or "CidrIpv6" in rule
    ]
    assert set(open_to_addresses) == {("access.json", "LoadBalancerSecurityGroup")}
