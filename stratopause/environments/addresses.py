"""IPv4 blocks: reading them strictly, and carving a VPC into subnets. Pure."""

from __future__ import annotations

from ipaddress import IPv4Network
from typing import Literal

Tier = Literal["public", "service", "data"]

# A VPC is carved into sixteenths: the service tier takes an eighth per zone (0-7), the data tier a sixteenth
# (8-11), the public tier, which holds load balancers and NAT gateways only, a quarter of one (12). Each tier has
# room for a fourth zone, 13-15 stay free. An Application Load Balancer wants /27 or more in each subnet:
# https://docs.aws.amazon.com/elasticloadbalancing/latest/application/application-load-balancers.html
_EXTRA_BITS: dict[Tier, int] = {"service": 3, "data": 4, "public": 6}
_FIRST: dict[Tier, int] = {"service": 0, "data": 8, "public": 48}
ZONES_AT_MOST = 4

# RFC 1918; `is_private` of the standard library means more than that
PRIVATE = (IPv4Network("10.0.0.0/8"), IPv4Network("172.16.0.0/12"), IPv4Network("192.168.0.0/16"))


def parse(text: str) -> IPv4Network | None:
    """The block that `text` writes in its one canonical way ("10.20.0.0/16", no host bits), else None."""
    try:
        block = IPv4Network(text)
    except ValueError:
        return None
    return block if str(block) == text else None


def is_private(block: IPv4Network) -> bool:
    return any(block.subnet_of(private) for private in PRIVATE)


def subnet(network: IPv4Network, tier: Tier, zone_index: int) -> IPv4Network:
    """The block of one tier in one zone (counted from 0); it doesn't depend on how many zones there are."""
    if not 0 <= zone_index < ZONES_AT_MOST:
        raise ValueError(f"zone {zone_index}: a VPC is carved for {ZONES_AT_MOST} zones, counted from 0")
    bits = network.prefixlen + _EXTRA_BITS[tier]
    index = _FIRST[tier] + zone_index
    return IPv4Network((int(network.network_address) + index * (1 << (32 - bits)), bits))
