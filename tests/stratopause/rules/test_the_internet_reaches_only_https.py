from __future__ import annotations

from typing import Any

import pytest

from tests.forest import found, places
from tests.reach import GONE, changed, hostile

RULE = "E9203"


ANY = {"IpProtocol": "tcp", "FromPort": 443, "ToPort": 443, "CidrIp": "0.0.0.0/0"}


def test_https_and_http_that_redirects_are_fine() -> None:
    assert not found(RULE, changed())


@pytest.mark.parametrize(
    ("path", "value", "where"),
    [
        ("BalancerGroup.SecurityGroupIngress.0.FromPort", 22, {"BalancerGroup"}),
        ("BalancerGroup.SecurityGroupIngress.2", ANY | {"FromPort": 22, "ToPort": 22}, {"BalancerGroup"}),
        ("BalancerGroup.SecurityGroupIngress.2", {"IpProtocol": "-1", "CidrIpv6": "::/0"}, {"BalancerGroup"}),
        ("BalancerGroup.SecurityGroupIngress.2", ANY | {"IpProtocol": "udp"}, {"BalancerGroup"}),
        ("Http", GONE, {"BalancerGroup"}),
        ("Http.DefaultActions.0.Type", "forward", {"BalancerGroup"}),
        ("Http.DefaultActions.0.RedirectConfig.Protocol", "#{protocol}", {"BalancerGroup"}),
        ("Https.Protocol", "HTTP", {"BalancerGroup"}),
        ("ServiceGroup.SecurityGroupIngress.0", ANY, {"ServiceGroup"}),
        ("DatabaseGroup.SecurityGroupIngress.0", ANY | {"FromPort": 5432, "ToPort": 5432}, {"DatabaseGroup"}),
        ("DatabaseGroup.SecurityGroupIngress.0", ANY | {"CidrIp": "0.0.0.0/1"}, {"DatabaseGroup"}),
        ("EndpointGroup.SecurityGroupIngress.0.CidrIp", "0.0.0.0/0", {"EndpointGroup"}),
        (
            "Open",
            {"Type": "AWS::EC2::SecurityGroupIngress", "Properties": ANY | {"GroupId": {"Ref": "CacheGroup"}}},
            {"Open"},
        ),
        (
            "Open",
            {"Type": "AWS::EC2::SecurityGroupIngress", "Properties": ANY | {"GroupName": {"Ref": "CacheGroup"}}},
            {"Open"},
        ),
        ("Url", {"Type": "AWS::Lambda::Url", "Properties": {"AuthType": "NONE"}}, {"Url"}),
        (
            "Lonely",
            {
                "Type": "AWS::EC2::SecurityGroup",
                "Properties": {"SecurityGroupIngress": ANY | {"FromPort": 22, "ToPort": 22}},
            },
            {"Lonely"},
        ),
    ],
)
def test_anything_else_that_the_internet_reaches_is_named(path: str, value: Any, where: set[str]) -> None:
    assert places(RULE, changed((path, value))) == sorted(f"platform.json/{place}" for place in where)


@pytest.mark.parametrize(
    ("type_", "properties"),
    [
        ("EC2::Instance", {"SecurityGroups": [{"Ref": "Lonely"}]}),
        ("EC2::Instance", {"SecurityGroupIds": [{"Fn::GetAtt": ["Lonely", "GroupId"]}]}),
        ("EC2::LaunchTemplate", {"LaunchTemplateData": {"SecurityGroups": [{"Ref": "Lonely"}]}}),
        ("AutoScaling::LaunchConfiguration", {"SecurityGroups": [{"Ref": "Lonely"}]}),
    ],
)
def test_an_instance_is_no_load_balancer_however_its_groups_are_given(type_: str, properties: dict[str, Any]) -> None:
    group = {"Type": "AWS::EC2::SecurityGroup", "Properties": {"SecurityGroupIngress": [ANY]}}
    server = {"Type": f"AWS::{type_}", "Properties": properties}
    assert places(RULE, changed(("Lonely", group), ("Server", server))) == ["platform.json/Lonely"]


@pytest.mark.parametrize(
    "changes",
    [
        [("BalancerGroup.SecurityGroupIngress.0.CidrIp", "203.0.113.0/24")],
        [("BalancerGroup.SecurityGroupIngress.2", ANY | {"CidrIpv6": "::/0"})],
        [("DatabaseGroup.SecurityGroupIngress.0", ANY | {"CidrIp": {"Fn::ImportValue": "office"}})],
        [("Lonely", {"Type": "AWS::EC2::SecurityGroup", "Properties": {"SecurityGroupIngress": [ANY]}})],
    ],
)
def test_part_of_the_internet_and_what_is_not_known_are_left_alone(changes: list[tuple[str, Any]]) -> None:
    assert not found(RULE, changed(*changes))


def test_a_rule_of_the_listener_that_forwards_counts() -> None:
    rule = {
        "Type": "AWS::ElasticLoadBalancingV2::ListenerRule",
        "Properties": {"ListenerArn": {"Ref": "Http"}, "Actions": [{"Type": "forward"}]},
    }
    assert places(RULE, changed(("Rule", rule))) == ["platform.json/BalancerGroup"]


def test_a_network_load_balancer_without_a_group_is_open_to_all() -> None:
    balancer = {"Type": "AWS::ElasticLoadBalancingV2::LoadBalancer", "Properties": {"Type": "network"}}
    listener: dict[str, Any] = {
        "Type": "AWS::ElasticLoadBalancingV2::Listener",
        "Properties": {"LoadBalancerArn": {"Ref": "Net"}, "Port": 5432, "Protocol": "TCP"},
    }
    assert places(RULE, changed(("Net", balancer), ("Tcp", listener))) == ["platform.json/Tcp"]
    listener["Properties"] |= {"Port": 443, "Protocol": "TLS"}
    assert not found(RULE, changed(("Net", balancer), ("Tcp", listener)))


def test_values_of_any_type_are_survived() -> None:
    for tree in hostile():
        found(RULE, tree)
