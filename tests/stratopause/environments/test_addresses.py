"""A VPC is carved into subnets that never overlap and never move."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv4Network
from itertools import combinations
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stratopause.environments import addresses
from stratopause.environments.addresses import Tier

TIERS: tuple[Tier, ...] = get_args(Tier)


def part_of(private: IPv4Network, bits: int, seed: int) -> IPv4Network:
    """One of the private block's parts of that prefix length."""
    index = seed % (1 << (bits - private.prefixlen))
    return IPv4Network((int(private.network_address) + index * (1 << (32 - bits)), bits))


NETWORKS = st.builds(part_of, st.sampled_from(addresses.PRIVATE), st.integers(16, 20), st.integers(0, 4095))


def subnets(network: IPv4Network) -> list[IPv4Network]:
    return [addresses.subnet(network, tier, zone) for tier in TIERS for zone in range(addresses.ZONES_AT_MOST)]


@given(NETWORKS)
def test_every_subnet_lies_inside_the_network(network: IPv4Network) -> None:
    assert all(block.subnet_of(network) for block in subnets(network))


@given(NETWORKS)
def test_no_two_subnets_overlap(network: IPv4Network) -> None:
    assert not any(one.overlaps(other) for one, other in combinations(subnets(network), 2))


@given(NETWORKS)
def test_every_subnet_is_large_enough_for_a_load_balancer(network: IPv4Network) -> None:
    assert all(block.prefixlen <= 27 for block in subnets(network))


def test_subnets_stay_where_they_are_from_release_to_release() -> None:
    network = IPv4Network("10.0.0.0/16")
    assert {tier: [str(addresses.subnet(network, tier, zone)) for zone in range(3)] for tier in TIERS} == {
        "public": ["10.0.192.0/22", "10.0.196.0/22", "10.0.200.0/22"],
        "service": ["10.0.0.0/19", "10.0.32.0/19", "10.0.64.0/19"],
        "data": ["10.0.128.0/20", "10.0.144.0/20", "10.0.160.0/20"],
    }


@pytest.mark.parametrize("zone", [-1, 4])
def test_a_zone_that_the_network_has_no_room_for_is_refused(zone: int) -> None:
    with pytest.raises(ValueError, match="carved for 4 zones"):
        addresses.subnet(IPv4Network("10.0.0.0/16"), "data", zone)


@given(st.ip_addresses(v=4), st.integers(0, 32))
def test_a_block_is_read_only_without_host_bits(address: IPv4Address, bits: int) -> None:
    canonical = str(IPv4Network(f"{address}/{bits}", strict=False))
    assert str(addresses.parse(canonical)) == canonical
    text = f"{address}/{bits}"
    assert (addresses.parse(text) is None) == (text != canonical)


@pytest.mark.parametrize(
    "text", ["", "10.0.0.0", "10.0.0.0/255.0.0.0", "10.0.0.0/08", "010.0.0.0/8", "10.0.0.0/8\n", "::/0"]
)
def test_another_way_of_writing_a_block_is_refused(text: str) -> None:
    assert addresses.parse(text) is None
