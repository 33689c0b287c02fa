"""Security groups: which traffic is let through that wasn't before.

https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-ec2-securitygroup.html
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from msgspec import Struct

from stratopause.deployer.review.contexts import UNKNOWN, may_become

PEERS: Final = (
    "CidrIp",
    "CidrIpv6",
    "SourceSecurityGroupId",
    "DestinationSecurityGroupId",
    "SourceSecurityGroupName",
    "SourcePrefixListId",
    "DestinationPrefixListId",
)
ALL: Final = "-1"
EVERYWHERE: Final = frozenset({"0.0.0.0/0", "::/0"})


class Rule(Struct, frozen=True):
    """One peer of one rule; `first` and `last` are ports, or type and code of ICMP."""

    direction: str
    protocol: str
    first: int
    last: int
    peer: str

    @property
    def is_wide(self) -> bool:
        return self.peer in EVERYWHERE

    def covers(self, other: Rule) -> bool:
        if self.direction != other.direction or not _holds(self.peer, other.peer):
            return False
        if self.protocol == ALL:
            return True
        if self.protocol != other.protocol:
            return False
        return (self.first, self.last) == (other.first, other.last) or (
            self.protocol in {"tcp", "udp"} and self.first <= other.first and other.last <= self.last
        )

    def __str__(self) -> str:
        peer = f"{self.peer.replace(UNKNOWN, 'a peer known after apply')}{' (everywhere)' if self.is_wide else ''}"
        return f"{self._traffic} {'from' if self.direction == 'ingress' else 'to'} {peer}"

    @property
    def _traffic(self) -> str:
        if self.protocol == ALL:
            return "all traffic"
        ports = str(self.first) if self.first == self.last else f"{self.first}-{self.last}"
        return f"{self.protocol} {ports}"


def rules(type_: str, properties: Mapping[str, Any]) -> tuple[Rule, ...]:
    """Those that a security group, or a rule that stands by itself, lets through."""
    if type_ == "AWS::EC2::SecurityGroup":
        inward = _listed(properties.get("SecurityGroupIngress"))
        # A group without a rule for what goes out is given one that lets everything out.
        outward = _listed(properties.get("SecurityGroupEgress")) or [{"IpProtocol": ALL, "CidrIp": "0.0.0.0/0"}]
        return (*_rules("ingress", inward), *_rules("egress", outward))
    return tuple(_rules("ingress" if type_.endswith("Ingress") else "egress", [properties]))


def opened(before: Iterable[Rule], after: Iterable[Rule]) -> Iterator[tuple[str, bool]]:
    """A sentence for each rule that lets more through, and whether that is for everywhere."""
    known = tuple(before)
    for rule in after:
        if not any(one.covers(rule) for one in known):
            yield f"lets {rule} through", rule.is_wide


def _listed(value: Any) -> list[Mapping[str, Any]]:
    values = value if isinstance(value, list) else [value]
    return [one for one in values if isinstance(one, Mapping)]


def _rules(direction: str, told: Iterable[Mapping[str, Any]]) -> Iterator[Rule]:
    for one in told:
        protocol = {"6": "tcp", "17": "udp", "1": "icmp"}.get(str(one.get("IpProtocol")), str(one.get("IpProtocol")))
        for peer in PEERS:
            if one.get(peer) is not None:
                yield Rule(direction, protocol, _port(one.get("FromPort")), _port(one.get("ToPort")), str(one[peer]))


def _port(value: Any) -> int:
    try:
        return int(value)
    except (TypeError, ValueError):
        return -1


def _holds(outer: str, inner: str) -> bool:
    if outer == inner or may_become(outer, inner):
        return True
    try:
        wide, narrow = ipaddress.ip_network(outer, strict=False), ipaddress.ip_network(inner, strict=False)
    except ValueError:
        return False
    return wide.version == narrow.version and narrow.subnet_of(wide)  # type: ignore[arg-type]
