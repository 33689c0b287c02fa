"""What can reach what, as far as routes decide it."""

from __future__ import annotations

import ipaddress
from typing import Any

import pytest

from stacks.network import Network
from stratopause.environments.schema import Environment, NetworkSettings


@pytest.fixture(scope="module")
def template(production: Environment) -> dict[str, Any]:
    return render(production.network)


def render(settings: NetworkSettings) -> dict[str, Any]:
    return Network("clinic-production", settings, 3653).render()


def of_type(template: dict[str, Any], resource_type: str) -> dict[str, Any]:
    return {name: r["Properties"] for name, r in template["Resources"].items() if r["Type"] == resource_type}


def routes_of(template: dict[str, Any], tier: str) -> list[dict[str, Any]]:
    """The routes of the tables that a tier's subnets are associated with."""
    tables = {
        association["RouteTableId"]["Ref"]
        for association in of_type(template, "AWS::EC2::SubnetRouteTableAssociation").values()
        if association["SubnetId"]["Ref"].startswith(f"{tier}Subnet")
    }
    return [route for route in of_type(template, "AWS::EC2::Route").values() if route["RouteTableId"]["Ref"] in tables]


def test_data_stores_have_no_route_out(template: dict[str, Any]) -> None:
    assert routes_of(template, "Data") == []


def test_only_public_subnets_route_to_the_internet_gateway(template: dict[str, Any]) -> None:
    assert [route["GatewayId"] for route in routes_of(template, "Public")] == [{"Ref": "InternetGateway"}]
    assert all("GatewayId" not in route for route in routes_of(template, "Service"))


def test_no_subnet_hands_out_public_addresses(template: dict[str, Any]) -> None:
    assert all(subnet["MapPublicIpOnLaunch"] is False for subnet in of_type(template, "AWS::EC2::Subnet").values())


def test_each_zone_has_a_subnet_of_each_tier_and_none_overlap(
    template: dict[str, Any], production: Environment
) -> None:
    subnets = of_type(template, "AWS::EC2::Subnet")
    assert len(subnets) == 3 * len(production.network.zones)
    blocks = [ipaddress.ip_network(subnet["CidrBlock"]) for subnet in subnets.values()]
    assert all(block.subnet_of(ipaddress.ip_network(production.network.cidr)) for block in blocks)  # type: ignore[arg-type]
    assert not any(a.overlaps(b) for index, a in enumerate(blocks) for b in blocks[index + 1 :])


@pytest.mark.parametrize(("nat", "gateways", "targets"), [("none", 0, 0), ("one", 1, 1), ("per-zone", 3, 3)])
def test_tasks_leave_by_as_many_gateways_as_the_environment_says(
    production: Environment, nat: Any, gateways: int, targets: int
) -> None:
    from msgspec.structs import replace

    template = render(replace(production.network, nat=nat))
    assert len(of_type(template, "AWS::EC2::NatGateway")) == len(of_type(template, "AWS::EC2::EIP")) == gateways
    assert len({route["NatGatewayId"]["Ref"] for route in routes_of(template, "Service")}) == targets


def test_all_traffic_is_logged_to_an_encrypted_group_that_stays(template: dict[str, Any]) -> None:
    (log,) = of_type(template, "AWS::EC2::FlowLog").values()
    assert (log["ResourceType"], log["TrafficType"], log["ResourceId"]) == ("VPC", "ALL", {"Ref": "Vpc"})
    group = template["Resources"]["FlowLogGroup"]
    assert group["Properties"] == {"KmsKeyId": {"Ref": "LogsKeyArn"}, "RetentionInDays": 3653}
    assert group["DeletionPolicy"] == "RetainExceptOnCreate"


def test_flow_logs_get_the_bare_arn_of_the_group(template: dict[str, Any]) -> None:
    (log,) = of_type(template, "AWS::EC2::FlowLog").values()
    assert log["LogDestination"]["Fn::Sub"].endswith(":log-group:${FlowLogGroup}")
