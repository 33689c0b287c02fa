"""EC2: ways out of a VPC that lead nowhere, routes and endpoints, are refused."""

from __future__ import annotations

from ministack.services import ec2

from stratopause.emulator.resources.ec2_addresses import internet_gateways
from stratopause.emulator.resources.handlers import Change, before_change
from stratopause.emulator.resources.refusals import Refusal


@before_change("AWS::EC2::Route")
def _gateway_is_attached(change: Change) -> None:
    table_id, gateway = change.properties["RouteTableId"], change.properties.get("GatewayId", "")
    if table_id not in ec2._route_tables:
        raise Refusal(f"The routeTable ID '{table_id}' does not exist", "Ec2", "NotFound")
    if gateway.startswith("igw-") and gateway not in internet_gateways(ec2._route_tables[table_id]["VpcId"]):
        message = f"route table {table_id} and network gateway {gateway} belong to different networks"
        raise Refusal(message, "Ec2", "InvalidRequest")


@before_change("AWS::EC2::VPCEndpoint")
def _endpoint_fits_its_vpc(change: Change) -> None:
    properties = change.properties
    vpc = ec2._vpcs.get(properties["VpcId"])
    if vpc is None:
        raise Refusal(f"The Vpc Id {properties['VpcId']} does not exist", "Ec2", "NotFound")
    for group in properties.get("SecurityGroupIds", ()):
        if ec2._security_groups.get(group, {}).get("VpcId") != vpc["VpcId"]:
            raise Refusal(f"The security group '{group}' does not exist in VPC '{vpc['VpcId']}'", "Ec2", "NotFound")
    for subnet in properties.get("SubnetIds", ()):
        if ec2._subnets.get(subnet, {}).get("VpcId") != vpc["VpcId"]:
            raise Refusal(f"The subnet ID '{subnet}' does not exist", "Ec2", "NotFound")
    zones = [ec2._subnets[subnet]["AvailabilityZone"] for subnet in properties.get("SubnetIds", ())]
    if len(zones) != len(set(zones)):
        message = "Found another VPC endpoint subnet in the availability zone of"
        raise Refusal(f"{message} {properties['SubnetIds'][-1]}", "Ec2", "InvalidRequest")


@before_change("AWS::EC2::VPCEndpoint")
def _private_names_can_be(change: Change) -> None:
    """https://docs.aws.amazon.com/vpc/latest/privatelink/privatelink-access-aws-services.html"""
    properties = change.properties
    if not properties.get("PrivateDnsEnabled"):
        return
    vpc = ec2._vpcs[properties["VpcId"]]
    if not (vpc.get("EnableDnsSupport", True) and vpc.get("EnableDnsHostnames", False)):
        message = (
            "Enabling private DNS requires both enableDnsSupport and enableDnsHostnames VPC attributes set to true"
        )
        raise Refusal(f"{message} for {vpc['VpcId']}", "Ec2", "InvalidRequest")
    service = properties.get("ServiceName")
    others = [item for key, item in ec2._vpc_endpoints.items() if key != change.physical_id]
    if any((item["VpcId"], item["ServiceName"]) == (vpc["VpcId"], service) for item in others):
        message = f"private-dns-enabled cannot be set because there is already a conflicting DNS domain for {service}"
        raise Refusal(f"{message} in the VPC {vpc['VpcId']}", "Ec2", "InvalidRequest")
