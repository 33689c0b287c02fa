from __future__ import annotations

from typing import Any

import pytest

from tests.forest import found, places
from tests.reach import GONE, changed, hostile

RULE = "E9207"


ANY = {"IpProtocol": "tcp", "FromPort": 443, "ToPort": 443, "CidrIp": "0.0.0.0/0"}


def test_groups_that_name_where_they_go_are_fine() -> None:
    assert not found(RULE, changed())


@pytest.mark.parametrize(
    ("path", "value", "where"),
    [
        ("DatabaseGroup.SecurityGroupEgress", GONE, "DatabaseGroup"),
        ("BalancerGroup.SecurityGroupEgress", [], "BalancerGroup"),  # a rule apart doesn't take the default away
        ("ServiceGroup.SecurityGroupEgress.2", ANY | {"IpProtocol": "-1"}, "ServiceGroup"),
        ("ServiceGroup.SecurityGroupEgress.2", ANY | {"FromPort": 0, "ToPort": 65535}, "ServiceGroup"),
        ("ServiceGroup.SecurityGroupEgress.2", ANY | {"FromPort": 80, "ToPort": 80}, "ServiceGroup"),
        ("ServiceGroup.SecurityGroupEgress.2", ANY | {"ToPort": 444}, "ServiceGroup"),
        ("ServiceGroup.SecurityGroupEgress.2", {"IpProtocol": "-1", "CidrIpv6": "::/0"}, "ServiceGroup"),
        ("ServiceGroup.SecurityGroupEgress.2", ANY | {"IpProtocol": -1, "CidrIp": "128.0.0.0/1"}, "ServiceGroup"),
        (
            "Open",
            {
                "Type": "AWS::EC2::SecurityGroupEgress",
                "Properties": ANY | {"GroupId": {"Ref": "CacheGroup"}, "IpProtocol": "udp"},
            },
            "Open",
        ),
    ],
)
def test_a_group_that_lets_out_more_is_named(path: str, value: Any, where: str) -> None:
    assert places(RULE, changed((path, value))) == [f"platform.json/{where}"]


@pytest.mark.parametrize(
    "rule",
    [
        ANY,
        ANY | {"IpProtocol": "6"},
        ANY | {"IpProtocol": "-1", "CidrIp": "10.0.0.0/8"},
        {"IpProtocol": "-1", "CidrIp": {"Fn::ImportValue": "office"}},
        ANY | {"FromPort": {"Fn::ImportValue": "port"}},
    ],
)
def test_https_to_any_address_anything_within_and_what_is_not_known_are_fine(rule: dict[str, Any]) -> None:
    assert not found(RULE, changed(("ServiceGroup.SecurityGroupEgress.2", rule)))


def test_values_of_any_type_are_survived() -> None:
    for tree in hostile():
        found(RULE, tree)
