from __future__ import annotations

from typing import Any

import pytest

from tests.forest import forest, found, places, resource, template
from tests.reach import GONE, changed, hostile, ref

RULE = "E9201"


def test_ways_that_are_open_at_both_ends_are_fine() -> None:
    assert not found(RULE, changed())


@pytest.mark.parametrize(
    ("path", "value", "where"),
    [
        ("ToService", GONE, {"ServiceGroup"}),
        ("ToService.FromPort", 8442, {"ToService"}),
        ("ServiceGroup.SecurityGroupIngress", [], {"ToService"}),
        ("ServiceGroup.SecurityGroupIngress.0.IpProtocol", "udp", {"ServiceGroup", "ToService"}),
        (
            "ServiceGroup.SecurityGroupIngress.0.SourceSecurityGroupId",
            {"Ref": "CacheGroup"},
            {"ServiceGroup", "ToService"},
        ),
        ("ServiceGroup.SecurityGroupIngress.0.FromPort", 0, {"ServiceGroup"}),
        ("DatabaseGroup.SecurityGroupIngress.0.IpProtocol", "-1", {"DatabaseGroup"}),
        ("ToDatabase.GroupId", {"Ref": "BalancerGroup"}, {"DatabaseGroup", "ToDatabase"}),
        ("ToDatabase.DestinationSecurityGroupId", {"Ref": "CacheGroup"}, {"DatabaseGroup", "ToDatabase"}),
        ("Database.Port", 5433, {"DatabaseGroup", "ToDatabase"}),
        ("CacheGroup.SecurityGroupIngress.1", GONE, {"ToCache"}),
        ("CacheGroup.SecurityGroupIngress.1.CidrIp", "10.0.4.0/24", {"ToCache"}),
        ("EndpointGroup.SecurityGroupIngress.0.CidrIp", "10.1.0.0/16", {"ServiceGroup"}),
        ("EndpointGroup.SecurityGroupIngress.0.CidrIp", "127.0.0.1/32", {"ServiceGroup"}),
    ],
)
def test_a_way_that_is_open_at_one_end_only_is_named(path: str, value: Any, where: set[str]) -> None:
    assert places(RULE, changed((path, value))) == sorted(f"platform.json/{place}" for place in where)


def test_the_message_names_both_groups_and_the_rule_and_points_at_the_peer() -> None:
    (problem,) = found(RULE, changed(("ServiceGroup.SecurityGroupIngress", [])))
    assert problem.path == ("Resources", "ToService", "Properties", "DestinationSecurityGroupId")
    assert problem.message == (
        "BalancerGroup (EC2::SecurityGroup) lets TCP 8443 out to ServiceGroup (EC2::SecurityGroup) by ToService "
        "(EC2::SecurityGroupEgress), which doesn't let that in from it; the way is open at one end only: open it "
        "there, too, or close it here"
    )


@pytest.mark.parametrize(
    "changes",
    [
        [("ToService", GONE), ("BalancerGroup.SecurityGroupEgress", GONE)],  # everything goes out
        [("ToService", GONE), ("BalancerGroup.SecurityGroupEgress.0.CidrIp", "10.0.0.0/16")],
        [("DatabaseGroup.SecurityGroupIngress.0.SourceSecurityGroupId", "sg-0123456789abcdef0"), ("ToDatabase", GONE)],
        [("DatabaseGroup.SecurityGroupIngress.0.SourceSecurityGroupId", {"Fn::ImportValue": "client"})],
        [("ToDatabase.DestinationSecurityGroupId", "sg-0123456789abcdef0"), ("DatabaseGroup.SecurityGroupIngress", [])],
        [("ToCache.IpProtocol", "-1")],  # more than the other end takes, but to that group only
        [("ToCache.FromPort", {"Fn::ImportValue": "port"})],
        [("ServiceGroup.SecurityGroupEgress.1.DestinationSecurityGroupId", GONE)],
        [
            ("ToDatabase", GONE),
            (
                "ServiceGroup.SecurityGroupEgress.2",
                {"IpProtocol": "tcp", "FromPort": 5000, "ToPort": 6000, "CidrIp": {"Fn::GetAtt": ["Vpc", "CidrBlock"]}},
            ),
        ],
    ],
)
def test_other_ways_to_say_it_and_what_is_not_known_are_left_alone(changes: list[tuple[str, Any]]) -> None:
    assert not found(RULE, changed(*changes))


def test_ranges_that_meet_in_several_rules_are_one() -> None:
    rules = [
        {"IpProtocol": "tcp", "FromPort": port, "ToPort": port, "SourceSecurityGroupId": ref("ServiceGroup")}
        for port in (6379, 6380)
    ]
    tree = changed(("ToCache.ToPort", 6380), ("CacheGroup.SecurityGroupIngress", rules))
    assert not found(RULE, tree)
    tree = changed(("ToCache.ToPort", 6381), ("CacheGroup.SecurityGroupIngress", rules))
    assert places(RULE, tree) == ["platform.json/ToCache"]


def test_a_customers_prefix_list_may_hold_the_group_and_that_of_s3_does_not() -> None:
    rule = {"IpProtocol": "tcp", "FromPort": 5432, "ToPort": 5432, "DestinationPrefixListId": "pl-0123456789abcdef0"}
    assert not found(RULE, changed(("ToDatabase", GONE), ("ServiceGroup.SecurityGroupEgress.2", rule)))
    rule["DestinationPrefixListId"] = "pl-6ea54007"
    assert found(RULE, changed(("ToDatabase", GONE), ("ServiceGroup.SecurityGroupEgress.2", rule)))


def test_many_rules_are_looked_at_once() -> None:
    rules = [
        {"IpProtocol": "tcp", "FromPort": port, "ToPort": port, "SourceSecurityGroupId": ref("Other")}
        for port in range(1, 1001, 2)
    ]
    outward = [
        {"IpProtocol": "tcp", "FromPort": port, "ToPort": port, "DestinationSecurityGroupId": ref("Group")}
        for port in range(2, 1002, 2)
    ]
    tree = forest(
        platform=template(
            Group=resource("EC2::SecurityGroup", {"SecurityGroupIngress": rules}),
            Other=resource("EC2::SecurityGroup", {"SecurityGroupEgress": outward}),
        )
    )
    assert len(found(RULE, tree)) == 1000


def test_values_of_any_type_are_survived() -> None:
    for tree in hostile():
        found(RULE, tree)
