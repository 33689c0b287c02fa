from __future__ import annotations

from stratopause.deployer.preflight.findings import State
from tests.stratopause.deployer.preflight.cases import ZONES, subnets
from tests.stratopause.deployer.preflight.looking import look, told
from tests.stratopause.deployer.preflight.scripted import REGION, resource, tree

SERVICES = ("ec2", "describe_vpc_endpoint_services")


def test_zones_to_choose_from_are_named() -> None:
    zones = [{"ZoneName": ZONES[0], "State": "available"}, {"ZoneName": ZONES[1], "State": "impaired"}]
    findings = look("zones", {("ec2", "describe_availability_zones"): {"AvailabilityZones": zones}})
    assert [(one.state, one.next_step) for one in findings] == [
        (State.PASSED, ""),
        (State.FAILED, f"choose among {ZONES[0]}"),
    ]


def test_an_endpoint_service_that_isnt_there_fails() -> None:
    assert told(look("endpoint-services", {SERVICES: {"ServiceDetails": []}})) == [
        (State.FAILED, f"{REGION} has no endpoint service logs")
    ]


def test_a_gateway_is_in_no_zone() -> None:
    templates = tree(S3=resource("AWS::EC2::VPCEndpoint", ServiceName="s3", VpcEndpointType="Gateway"), **subnets())
    offered = {"ServiceDetails": [{"ServiceName": "s3", "AvailabilityZones": ["elsewhere"]}]}
    assert told(look("endpoint-services", {SERVICES: offered}, templates)) == [(State.PASSED, "s3 is there")]
