from __future__ import annotations

from typing import Any

import pytest

from stratopause.deployer.review.contexts import UNKNOWN
from stratopause.deployer.review.firewalls import opened, rules

GROUP = "AWS::EC2::SecurityGroup"
NOWHERE = {"IpProtocol": "icmp", "FromPort": 252, "ToPort": 86, "CidrIp": "255.255.255.255/32"}


def rule(first: Any = 443, last: Any = None, protocol: Any = "tcp", **peer: str) -> dict[str, Any]:
    return {"IpProtocol": protocol, "FromPort": first, "ToPort": first if last is None else last, **peer}


def told(before: list[dict[str, Any]], after: list[dict[str, Any]]) -> list[tuple[str, bool]]:
    known, wanted = (
        rules(GROUP, {"SecurityGroupIngress": one, "SecurityGroupEgress": [NOWHERE]}) for one in (before, after)
    )
    return list(opened(known, wanted))


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (rule(CidrIp="10.0.0.0/8"), rule(CidrIp="10.1.0.0/16")),
        (rule(CidrIpv6="::/0"), rule(CidrIpv6="fd00::/8")),
        (rule(0, 1024, CidrIp="10.0.0.0/8"), rule(22, 80, CidrIp="10.0.0.0/8")),
        (rule(protocol="-1", CidrIp="10.0.0.0/8"), rule(CidrIp="10.0.0.0/8")),
        (rule(protocol=6, CidrIp="10.0.0.0/8"), rule(protocol="tcp", CidrIp="10.0.0.0/8")),
        (rule("443", "443", CidrIp="10.0.0.0/8"), rule(443, 443, CidrIp="10.0.0.0/8")),
        (rule(SourceSecurityGroupId="sg-1"), rule(SourceSecurityGroupId=UNKNOWN)),
        (rule(3, 4, "icmp", CidrIp="10.0.0.0/8"), rule(3, 4, "icmp", CidrIp="10.0.0.0/8")),
    ],
)
def test_what_was_let_through_before_opens_nothing(before: dict[str, Any], after: dict[str, Any]) -> None:
    assert told([before], [after]) == []


CLINIC = "10.0.0.0/8"


@pytest.mark.parametrize(
    ("before", "after", "traffic", "is_wide"),
    [
        ([], rule(5432, CidrIp="0.0.0.0/0"), "tcp 5432 from 0.0.0.0/0 (everywhere)", True),
        ([], rule(5432, CidrIpv6="::/0"), "tcp 5432 from ::/0 (everywhere)", True),
        ([rule(CidrIp="10.1.0.0/16")], rule(CidrIp=CLINIC), "tcp 443 from 10.0.0.0/8", False),
        ([rule(22, CidrIp=CLINIC)], rule(22, 25, CidrIp=CLINIC), "tcp 22-25 from 10.0.0.0/8", False),
        ([rule(53, CidrIp=CLINIC)], rule(53, protocol="udp", CidrIp=CLINIC), "udp 53 from 10.0.0.0/8", False),
        ([rule(SourceSecurityGroupId="sg-1")], rule(SourceSecurityGroupId="sg-2"), "tcp 443 from sg-2", False),
        ([rule(CidrIp="0.0.0.0/0")], rule(CidrIpv6="fd00::/8"), "tcp 443 from fd00::/8", False),
        ([], rule(SourceSecurityGroupId=UNKNOWN), "tcp 443 from a peer known after apply", False),
        ([], {"IpProtocol": -1, "CidrIp": CLINIC}, "all traffic from 10.0.0.0/8", False),
        ([rule(3, 4, "icmp", CidrIp=CLINIC)], rule(3, 3, "icmp", CidrIp=CLINIC), "icmp 3 from 10.0.0.0/8", False),
        ([], rule(SourcePrefixListId="pl-1"), "tcp 443 from pl-1", False),
    ],
)
def test_what_was_not_let_through_before_is_said(
    before: list[dict[str, Any]], after: dict[str, Any], traffic: str, is_wide: bool
) -> None:
    assert told(before, [after]) == [(f"lets {traffic} through", is_wide)]


def test_a_group_without_a_rule_for_what_goes_out_lets_everything_out() -> None:
    before = rules(GROUP, {"SecurityGroupEgress": [NOWHERE]})
    assert list(opened(before, rules(GROUP, {}))) == [("lets all traffic to 0.0.0.0/0 (everywhere) through", True)]


@pytest.mark.parametrize(("type_", "way"), [("Ingress", "from"), ("Egress", "to")])
def test_a_rule_that_stands_by_itself_counts_like_one_of_a_group(type_: str, way: str) -> None:
    peer = {"DestinationSecurityGroupId": "sg-1"} if way == "to" else {"SourceSecurityGroupId": "sg-1"}
    found = rules(f"AWS::EC2::SecurityGroup{type_}", rule(**peer))
    assert list(opened((), found)) == [(f"lets tcp 443 {way} sg-1 through", False)]


def test_what_is_no_list_of_rules_has_none() -> None:
    assert rules(GROUP, {"SecurityGroupIngress": UNKNOWN, "SecurityGroupEgress": [NOWHERE, "text"]}) == rules(
        GROUP, {"SecurityGroupEgress": NOWHERE}
    )
