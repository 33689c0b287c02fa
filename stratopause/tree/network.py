"""Security groups and their rules, subnets and their routes: who reaches whom, as far as the templates of a tree say.

Rules of a group are found wherever they are declared: in the group or as resources of their own, in any stack. What a
template doesn't say (a group by its id, an imported value) is marked as unknown, and counts as open.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Container, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from ipaddress import IPv4Network, IPv6Network, ip_network
from typing import TYPE_CHECKING, Any, Final, Literal, NamedTuple

from stratopause.tree import standing
from stratopause.tree.evaluation import as_text, resolve
from stratopause.tree.policies import many
from stratopause.tree.standing import Standing
from stratopause.tree.text import is_known, is_literal, shown

if TYPE_CHECKING:
    from stratopause.tree.model import Path, Resource, Tree

GROUP: Final = "AWS::EC2::SecurityGroup"
SUBNET: Final = "AWS::EC2::Subnet"
INTERNET_GATEWAY: Final = "AWS::EC2::InternetGateway"

Block = IPv4Network | IPv6Network
Kind = Literal["group", "foreign group", "addresses", "list", "unknown"]

ANYTHING: Final = (0, 65535)

# "-1" is every protocol; TCP and UDP may be given by number.
# https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-properties-ec2-securitygroup-ingress.html
_PROTOCOLS: Final = {"-1": "all", "6": "tcp", "17": "udp", "1": "icmp", "58": "icmpv6"}
_PEERS: Final[dict[bool, tuple[tuple[Kind, str], ...]]] = {
    False: (
        ("group", "SourceSecurityGroupId"),
        ("list", "SourcePrefixListId"),
        ("addresses", "CidrIp"),
        ("addresses", "CidrIpv6"),
        ("unknown", "SourceSecurityGroupName"),
    ),
    True: (
        ("group", "DestinationSecurityGroupId"),
        ("list", "DestinationPrefixListId"),
        ("addresses", "CidrIp"),
        ("addresses", "CidrIpv6"),
    ),
}
_INLINE: Final = {False: "SecurityGroupIngress", True: "SecurityGroupEgress"}
_APART: Final = {False: "AWS::EC2::SecurityGroupIngress", True: "AWS::EC2::SecurityGroupEgress"}

# Ids of AWS's own lists for S3 and DynamoDB have eight digits, those of customers seventeen.
_AWS_LIST: Final = re.compile(r"pl-[0-9a-f]{8}")
_NAMES_A_GATEWAY: Final = re.compile(r"(?i)s3|dynamo")

_WAYS_ELSEWHERE: Final = (
    "TransitGatewayId",
    "NetworkInterfaceId",
    "InstanceId",
    "VpcPeeringConnectionId",
    "VpcEndpointId",
    "CoreNetworkArn",
    "LocalGatewayId",
    "CarrierGatewayId",
)


class Peer(NamedTuple):
    """The other end of a rule."""

    kind: Kind
    value: str
    """The place of a group of the tree, or what is written."""


@dataclass(frozen=True, eq=False)
class Opening:
    """A rule of a security group of the tree."""

    group: Resource
    outward: bool
    protocol: str
    """`tcp`, `all`, …; `?` if it isn't known."""
    ports: tuple[int, int]
    certain: bool
    """Whether the ports are known."""
    peer: Peer
    resource: Resource
    path: Path
    """Where it is written; empty for the rule that a group without any outward has."""

    def takes(self, protocol: str, first: int, last: int) -> bool:
        if not {self.protocol, protocol} & {"all", "?"} and self.protocol != protocol:
            return False
        has_ports = self.protocol in {"tcp", "udp"} and protocol in {"tcp", "udp"}
        return not has_ports or (self.ports[0] <= last and first <= self.ports[1])

    @property
    def said(self) -> str:
        """Its protocol and ports, for a message."""
        if self.protocol == "all":
            return "everything"
        if self.protocol not in {"tcp", "udp"} or not self.certain:
            return shown(self.protocol.upper())
        if self.ports == ANYTHING:
            return f"every {self.protocol.upper()} port"
        first, last = self.ports
        return f"{self.protocol.upper()} {first}" if first == last else f"{self.protocol.upper()} {first}-{last}"


class Ports:
    """What a number of rules let through, so that a look-up doesn't go through all of them."""

    def __init__(self, openings: Iterable[Opening]) -> None:
        self.by_protocol: dict[str, list[tuple[int, int]]] = {}
        for opening in openings:
            self.by_protocol.setdefault(opening.protocol, []).append(opening.ports)
        for protocol, ranges in self.by_protocol.items():
            self.by_protocol[protocol] = _merged(ranges)

    def take(self, protocol: str, first: int, last: int) -> bool:
        if {"all", "?"} & self.by_protocol.keys() or (protocol in {"all", "?"} and self.by_protocol):
            return True
        ranges = self.by_protocol.get(protocol)
        if not ranges:
            return False
        return protocol not in {"tcp", "udp"} or _meets(ranges, first, last)

    def take_all(self, protocol: str, first: int, last: int) -> bool:
        """Whether nothing of a range is left out."""
        if {"all", "?"} & self.by_protocol.keys() or protocol == "?":
            return True
        ranges = self.by_protocol.get(protocol)
        if not ranges:
            return False
        return protocol not in {"tcp", "udp"} or _meets(ranges, first, last, whole=True)


def _merged(ranges: list[tuple[int, int]]) -> list[tuple[int, int]]:
    found: list[tuple[int, int]] = []
    for first, last in sorted(ranges):
        if found and first <= found[-1][1] + 1:
            found[-1] = (found[-1][0], max(last, found[-1][1]))
        else:
            found.append((first, last))
    return found


def _meets(ranges: list[tuple[int, int]], first: int, last: int, *, whole: bool = False) -> bool:
    if whole:
        at = bisect_right(ranges, (first, ANYTHING[1])) - 1
        return at >= 0 and ranges[at][1] >= last
    at = bisect_right(ranges, (last, ANYTHING[1])) - 1
    return at >= 0 and ranges[at][1] >= first


@lru_cache(maxsize=5_000)
def block(text: str) -> Block | None:
    try:
        return ip_network(text, strict=False)
    except ValueError:
        return None


def is_internet(found: Block | None) -> bool:
    """Whether a block is any address, or so much of all addresses that it makes no difference."""
    if found is None:
        return False
    return found.prefixlen < (8 if found.version == 4 else 16)


def _is_nowhere(found: Block) -> bool:
    """The rule that is written so that a group hasn't the one that lets everything out."""
    return found.is_loopback or str(found) == "255.255.255.255/32"


def _may_hold_hosts(found: Block | None) -> bool:
    return found is None or (not _is_nowhere(found) and (is_internet(found) or found.is_private or found.version == 6))


class Network:
    """The network of a tree."""

    def __init__(self, tree: Tree) -> None:
        self.tree = tree
        self._answers: dict[tuple[str, bool, str], tuple[Ports, ...]] = {}
        self._lets: dict[tuple[Any, ...], bool] = {}

    # Security groups

    @cached_property
    def openings(self) -> list[Opening]:
        """Every rule of every group of the tree."""
        found: list[Opening] = []
        for group in self.tree.resources(GROUP):
            for outward, name in _INLINE.items():
                written = many(group.get(name))
                alone = not isinstance(group.get(name), list)
                for at, rule in enumerate(written):
                    found += self._opening(group, rule, outward, group, (name,) if alone else (name, at))
            if not many(group.get("SecurityGroupEgress")):
                found.append(Opening(group, True, "all", ANYTHING, True, Peer("addresses", "0.0.0.0/0"), group, ()))
        for outward, type_ in _APART.items():
            for resource in self.tree.resources(type_):
                if group_ := self._ruled(resource):
                    found += self._opening(group_, resource.properties, outward, resource, ())
        return found

    @cached_property
    def _unseen(self) -> list[Opening]:
        """The rules that groups may be given by nested stacks that aren't at hand."""
        return [
            Opening(group, outward, "?", ANYTHING, False, Peer("unknown", ""), group, ())
            for group in self.tree.resources(GROUP)
            if group.place in self.tree.handed_out
            for outward in (False, True)
        ]

    def _ruled(self, resource: Resource) -> Resource | None:
        """The group that a rule of its own is for; in the default VPC it may be given by its name."""
        return self.group(resource.get("GroupId", default=resource.get("GroupName")))

    def _opening(self, group: Resource, rule: Any, outward: bool, resource: Resource, path: Path) -> Iterator[Opening]:
        if not isinstance(rule, dict):
            return
        protocol = self._protocol(rule.get("IpProtocol"))
        ports, certain = self._ports(rule, protocol)
        for kind, name in _PEERS[outward]:
            if name in rule:
                peer = self._peer(kind, rule[name], rule, resource)
                yield Opening(group, outward, protocol, ports, certain, peer, resource, (*path, name))

    def _protocol(self, value: Any) -> str:
        text = as_text(value).lower()
        return _PROTOCOLS.get(text, text) if value is not None and is_literal(text) else "?"

    def _ports(self, rule: dict[str, Any], protocol: str) -> tuple[tuple[int, int], bool]:
        if protocol == "all":
            return ANYTHING, True
        first, last = standing.port(self.tree, rule.get("FromPort")), standing.port(self.tree, rule.get("ToPort"))
        if first is None or last is None:
            return ANYTHING, False
        return (ANYTHING, True) if first < 0 or last < 0 else ((first, last), True)

    def _peer(self, kind: Kind, value: Any, rule: dict[str, Any], resource: Resource) -> Peer:
        text = as_text(value)
        if kind == "group":
            if group := self.group(value):
                return Peer("group", group.place)
            return Peer("foreign group" if is_known(text) else "unknown", text)
        if kind == "addresses":
            text = as_text(self._addresses(value))
            return Peer("addresses" if block(text) else "unknown", text)
        if kind == "list":
            named = (
                f"{text} {as_text(rule.get('Description', ''))} {resource.logical_id if not is_literal(text) else ''}"
            )
            is_gateway = _AWS_LIST.fullmatch(text) or _NAMES_A_GATEWAY.search(named)
            return Peer("list", "" if is_gateway else text)
        return Peer("unknown", text)

    def _addresses(self, value: Any) -> Any:
        """A block of addresses, also where it is said as that of a VPC or subnet."""
        referred = self.tree.referred(value)
        if referred and referred[1] == "CidrBlock":
            return referred[0].get("CidrBlock", default=value)
        return value

    def group(self, value: Any) -> Resource | None:
        """The security group of the tree whose id a value is."""
        referred = self.tree.referred(value)
        if referred and referred[0].type == GROUP and referred[1] in {"", "GroupId", "Id"}:
            return referred[0]
        return None

    @cached_property
    def _by_group(self) -> dict[tuple[str, bool], list[Opening]]:
        found: dict[tuple[str, bool], list[Opening]] = {}
        for opening in [*self.openings, *self._unseen]:
            found.setdefault((opening.group.place, opening.outward), []).append(opening)
        return found

    @cached_property
    def _by_peer(self) -> dict[tuple[str, bool, str], list[Opening]]:
        """The rules of a group about another one; under no name those that aren't about a group."""
        found: dict[tuple[str, bool, str], list[Opening]] = {}
        for opening in [*self.openings, *self._unseen]:
            peer = opening.peer.value if opening.peer.kind == "group" else ""
            found.setdefault((opening.group.place, opening.outward, peer), []).append(opening)
        return found

    def of(self, groups: Iterable[Resource], *, outward: bool) -> list[Opening]:
        """The rules of some groups, in one direction."""
        return [opening for group in groups for opening in self._by_group.get((group.place, outward), ())]

    @cached_property
    def _linked(self) -> dict[str, set[str]]:
        found: dict[str, set[str]] = {}
        for opening in self.openings:
            if opening.peer.kind == "group":
                client, server = opening.group.place, opening.peer.value
                client, server = (client, server) if opening.outward else (server, client)
                found.setdefault(client, set()).add(server)
        return found

    def linked(self, group: Resource) -> set[str]:
        """The places of the groups that a rule of one of the two names as where connections of this one go."""
        return self._linked.get(group.place, set())

    def answers(self, opening: Opening) -> tuple[Ports, ...]:
        """What the group at the other end of a rule lets through: for every block of addresses of its own group."""
        key = (opening.peer.value, not opening.outward, opening.group.place)
        if key not in self._answers:
            rules = [rule for peer in ("", key[2]) for rule in self._by_peer.get((*key[:2], peer), ())]
            self._answers[key] = tuple(
                Ports(rule for rule in rules if self._leads_to(rule, {opening.group.place}, part))
                for part in self._parts(self.blocks_of_group(opening.group))
            )
        return self._answers[key]

    def lets(self, groups: Sequence[Resource], port: int, other: Standing, *, outward: bool) -> bool:
        """Whether groups let a port of TCP through to, or from, what stands elsewhere."""
        # https://docs.aws.amazon.com/vpc/latest/userguide/default-security-group.html
        if not groups:
            return outward or not other.groups or self._default_group_has_rules
        places = frozenset(group.place for group in other.groups)
        key = (tuple(group.place for group in groups), port, outward, places, other.subnets, other.subnets_known)
        if key not in self._lets:
            rules = [rule for rule in self.of(groups, outward=outward) if rule.takes("tcp", port, port)]
            self._lets[key] = all(
                any(self._leads_to(rule, places, part) for rule in rules)
                for part in self._parts(self.blocks_of([other]))
            )
        return self._lets[key]

    @cached_property
    def _default_group_has_rules(self) -> bool:
        return any(self._ruled(resource) is None for resource in self.tree.resources(_APART[False]))

    def lets_to_internet(self, groups: Sequence[Resource], port: int) -> bool:
        if not groups:
            return True  # as the VPC's default group does
        rules = [rule for rule in self.of(groups, outward=True) if rule.takes("tcp", port, port)]
        return any(
            rule.peer.kind == "unknown"
            or (rule.peer.kind == "addresses" and is_internet(block(rule.peer.value)))
            or (rule.peer.kind == "list" and rule.peer.value != "")
            for rule in rules
        )

    def lets_to_gateway(self, groups: Sequence[Resource]) -> bool:
        """Whether HTTPS leads out to the addresses of S3, which is what a gateway endpoint routes."""
        return self.lets_to_internet(groups, 443) or any(
            rule.peer.kind == "list" and rule.takes("tcp", 443, 443) for rule in self.of(groups, outward=True)
        )

    @staticmethod
    def _parts(blocks: list[Block] | None) -> list[Block | None]:
        return [*blocks] if blocks else [None]

    def _leads_to(self, rule: Opening, groups: Container[str], part: Block | None) -> bool:
        """Whether a rule is about what stands in one of the groups, at addresses of a block if that is known."""
        kind, value = rule.peer
        if kind == "group":
            return value in groups
        if kind == "list":
            return value != "" and self._list_holds(value, part)
        return kind == "unknown" or (kind == "addresses" and _holds(block(value), part))

    def _list_holds(self, value: str, part: Block | None) -> bool:
        source = self.tree.source(value)
        if source is None or source.type != "AWS::EC2::PrefixList":
            return True
        entries = [as_text(self._addresses(entry)) for entry in standing.values(source, "Entries.*.Cidr")]
        return any(_holds(block(entry), part) for entry in entries)

    # Where things stand

    @cached_property
    def _subnet_groups(self) -> dict[tuple[str, str], Resource]:
        return {
            (type_, as_text(found.get(naming))): found
            for _, type_, naming in {facts.subnet_group for facts in standing.FACTS.values() if facts.subnet_group}
            for found in self.tree.resources(type_)
            if naming and found.get(naming) is not None
        }

    def subnet_group(self, type_: str, name: str) -> Resource | None:
        """A group of subnets by the name that is written in it."""
        return self._subnet_groups.get((type_, name))

    @cached_property
    def standings(self) -> dict[str, Standing]:
        """Everything that stands in groups or subnets, by its place."""
        return {found.resource.place: found for found in standing.all_of(self.tree, self.group, self.subnet)}

    def standing(self, resource: Resource) -> Standing:
        return self.standings.get(resource.place) or Standing(resource, (), False, (), False)

    @cached_property
    def _members(self) -> dict[str, list[Standing]]:
        found: dict[str, list[Standing]] = {}
        for one in self.standings.values():
            for group in one.groups:
                found.setdefault(group.place, []).append(one)
        return found

    def members(self, group: Resource) -> list[Standing]:
        """What stands in a group."""
        return self._members.get(group.place, [])

    @cached_property
    def _blocks(self) -> dict[str, list[Block] | None]:
        return {place: self.blocks_of(members) for place, members in self._members.items()}

    def blocks_of_group(self, group: Resource) -> list[Block] | None:
        return self._blocks.get(group.place)

    def blocks_of(self, standings: Iterable[Standing]) -> list[Block] | None:
        """The addresses where things stand; None if they aren't known."""
        found: set[Block] = set()
        for one in standings:
            blocks = [block(as_text(subnet.get("CidrBlock"))) for subnet in one.subnets]
            if not one.subnets_known or None in blocks:
                return None
            found |= {part for part in blocks if part}
        return sorted(found, key=str) or None

    # Subnets

    def subnet(self, value: Any) -> Resource | None:
        referred = self.tree.referred(value)
        if referred and referred[0].type == SUBNET and referred[1] in {"", "SubnetId"}:
            return referred[0]
        return None

    @cached_property
    def _tables(self) -> dict[str, list[Any]]:
        """The route tables of each subnet, as they are written, by its place."""
        found: dict[str, list[Any]] = {}
        for resource in self.tree.resources("AWS::EC2::SubnetRouteTableAssociation"):
            if subnet := self.subnet(resource.get("SubnetId")):
                found.setdefault(subnet.place, []).append(resource.get("RouteTableId"))
        return found

    def tables(self, subnet: Resource) -> list[Resource] | None:
        """The route tables of a subnet, none if it has the VPC's own; None if they aren't known."""
        found = [self.tree.source(table) for table in self._tables.get(subnet.place, ())]
        return None if None in found else [table for table in found if table]

    @cached_property
    def _routes(self) -> dict[str, list[Resource]]:
        found: dict[str, list[Resource]] = {}
        for route in self.tree.resources("AWS::EC2::Route"):
            if table := self.tree.source(route.get("RouteTableId")):
                found.setdefault(table.place, []).append(route)
        return found

    def routes(self, subnet: Resource) -> list[Resource]:
        """The routes of a subnet that lead to any address."""
        return [
            route
            for table in self.tables(subnet) or ()
            for route in self._routes.get(table.place, ())
            if self._leads_anywhere(route)
        ]

    @staticmethod
    def _leads_anywhere(route: Resource) -> bool:
        targets = (route.get("DestinationCidrBlock"), route.get("DestinationIpv6CidrBlock"))
        return any(
            target is not None and (not is_literal(as_text(target)) or is_internet(block(as_text(target))))
            for target in targets
        )

    def is_public(self, subnet: Resource) -> bool:
        """Whether a subnet surely has a route to an internet gateway."""
        return any(self._to_internet_gateway(route) for route in self.routes(subnet))

    def _to_internet_gateway(self, route: Resource) -> bool:
        value = route.get("GatewayId")
        source = self.tree.source(value)
        return as_text(value).startswith("igw-") or (source is not None and source.type == INTERNET_GATEWAY)

    def way_out(self, subnet: Resource, *, public_address: bool) -> bool | None:
        """Whether something in a subnet gets to the internet; None if that isn't known."""
        tables = self.tables(subnet)
        if tables is None or not (tables or self.tree.source(subnet.get("VpcId"))):
            return None  # neither is the main route table of a VPC that isn't of the tree
        found = [self._gets_out(route, public_address) for route in self.routes(subnet)]
        if True in found:
            return True
        return None if None in found or self._leads_elsewhere(tables) else False

    def _gets_out(self, route: Resource, public_address: bool) -> bool | None:
        if self._to_internet_gateway(route):
            return public_address
        if nat := self.tree.source(route.get("NatGatewayId")):
            return self._nat_works(nat)
        if route.get("NatGatewayId") is not None:
            return True
        return None if route.get("GatewayId") is not None else False

    def _leads_elsewhere(self, tables: Iterable[Resource]) -> bool:
        """Whether there is a way to another network, where a way out or endpoints may be."""
        routes = [route for table in tables for route in self._routes.get(table.place, ())]
        return any(route.get(name) is not None for route in routes for name in _WAYS_ELSEWHERE)

    def _nat_works(self, nat: Resource) -> bool:
        subnet = self.subnet(nat.get("SubnetId"))
        if nat.get("ConnectivityType") == "private" or subnet is None or self.tables(subnet) is None:
            return True
        return self.way_out(subnet, public_address=True) is not False if not self._turns(nat, subnet) else False

    def _turns(self, nat: Resource, subnet: Resource) -> bool:
        """Whether a NAT gateway stands in a subnet that leads to a NAT gateway itself."""
        return any(route.get("NatGatewayId") is not None for route in self.routes(subnet))

    def vpc(self, subnet: Resource) -> str:
        return as_text(subnet.get("VpcId", default=""))

    @cached_property
    def vpcs_with_internet_gateway(self) -> set[str]:
        return {
            as_text(found.get("VpcId"))
            for found in self.tree.resources("AWS::EC2::VPCGatewayAttachment")
            if found.get("InternetGatewayId") is not None
        }

    def zone(self, subnet: Resource) -> str:
        """The zone of a subnet; one of its own if it can't be known."""
        for name in ("AvailabilityZone", "AvailabilityZoneId"):
            value = subnet.get(name)
            if value is not None and is_known(as_text(value)):
                return as_text(value)
        return self._chosen_zone(subnet) or subnet.place

    @staticmethod
    def _chosen_zone(subnet: Resource) -> str:
        """`Fn::Select` of `Fn::GetAZs`: the zones have no names yet, but numbers."""
        properties = subnet.body.get("Properties")
        written = properties.get("AvailabilityZone") if isinstance(properties, dict) else None
        choice = written.get("Fn::Select") if isinstance(written, dict) else None
        if isinstance(choice, list) and len(choice) == 2 and isinstance(choice[1], dict) and "Fn::GetAZs" in choice[1]:
            index = as_text(resolve(subnet.stack, choice[0]))
            return f"zone {index}" if is_literal(index) else ""
        return ""


def _holds(addresses: Block | None, part: Block | None) -> bool:
    if addresses is None or part is None:
        return _may_hold_hosts(addresses)
    if isinstance(addresses, IPv4Network) and isinstance(part, IPv4Network):
        return part.subnet_of(addresses)
    return False
