"""IPv4 blocks: reading them, and carving a VPC into subnets. Pure and without imports.

`ipaddress` would do, but costs every render as much time as reading the whole environment file.
"""

from __future__ import annotations

from typing import Literal, NamedTuple

Tier = Literal["public", "service", "data"]

# A VPC is carved into sixteenths: the service tier takes an eighth per zone (0-7), the data tier a sixteenth
# (8-11), the public tier, which holds load balancers and NAT gateways only, a quarter of one (12). Each tier has
# room for a fourth zone, 13-15 stay free. An Application Load Balancer wants /27 or more in each subnet:
# https://docs.aws.amazon.com/elasticloadbalancing/latest/application/application-load-balancers.html
_EXTRA_BITS: dict[Tier, int] = {"service": 3, "data": 4, "public": 6}
_FIRST: dict[Tier, int] = {"service": 0, "data": 8, "public": 48}
ZONES_AT_MOST = 4


class Block(NamedTuple):
    """An IPv4 block: its first address as a number, and the length of its prefix in bits."""

    first: int
    bits: int

    @property
    def size(self) -> int:
        return 1 << (32 - self.bits)

    def contains(self, other: Block) -> bool:
        return self.bits <= other.bits and self.first <= other.first < self.first + self.size

    def part(self, extra_bits: int, index: int) -> Block:
        """The index-th of the equal parts that are `extra_bits` longer in prefix."""
        part = Block(self.first, self.bits + extra_bits)
        return Block(self.first + index * part.size, part.bits)

    def __str__(self) -> str:
        return ".".join(str(self.first >> shift & 255) for shift in (24, 16, 8, 0)) + f"/{self.bits}"


def parse(text: str) -> Block | None:
    """The block that `text` writes in its one canonical way ("10.20.0.0/16", no host bits), else None."""
    address, _, bits = text.partition("/")
    octets = address.split(".")
    if len(octets) != 4 or not all(len(part) <= 3 and part.isascii() and part.isdigit() for part in (*octets, bits)):
        return None
    numbers = [int(octet) for octet in octets]
    if max(numbers) > 255 or int(bits) > 32:
        return None
    block = Block(int.from_bytes(bytes(numbers), "big"), int(bits))
    return block if block.first % block.size == 0 and str(block) == text else None


def subnet(network: Block, tier: Tier, zone_index: int) -> Block:
    """The block of one tier in one zone (counted from 0); it doesn't depend on how many zones there are."""
    if not 0 <= zone_index < ZONES_AT_MOST:
        raise ValueError(f"zone {zone_index}: a VPC is carved for {ZONES_AT_MOST} zones, counted from 0")
    return network.part(_EXTRA_BITS[tier], _FIRST[tier] + zone_index)


# RFC 1918
PRIVATE = (Block(10 << 24, 8), Block((172 << 24) + (16 << 16), 12), Block((192 << 24) + (168 << 16), 16))


def is_private(block: Block) -> bool:
    return any(private.contains(block) for private in PRIVATE)
