"""EC2: flow logs, and the order in which a network can be taken down."""

from __future__ import annotations

import ipaddress
from typing import Any

from ministack.services import alb, ec2, elasticache, rds

from stratopause.emulator.resources.calls import call
from stratopause.emulator.resources.ec2_addresses import dependents, live_gateways, retag
from stratopause.emulator.resources.handlers import (
    Attributes,
    Change,
    Result,
    add,
    after_change,
    before_change,
    before_delete,
)
from stratopause.emulator.resources.refusals import Refusal
from stratopause.emulator.resources.schema import Properties

FLOW_LOG_PROPERTIES = (
    "TrafficType",
    "LogGroupName",
    "LogDestination",
    "LogDestinationType",
    "DeliverLogsPermissionArn",
    "MaxAggregationInterval",
    "LogFormat",
)


def create_flow_log(_logical_id: str, properties: Properties, _stack_name: str) -> Result:
    """To a log group by its bare ARN or its name."""
    destination = properties.get("LogDestination", "")
    if destination.endswith(":*"):
        raise Refusal(f"LogDestination: {destination} is not a valid ARN", "Ec2")
    given = {name: properties[name] for name in FLOW_LOG_PROPERTIES if name in properties}
    resource = {"ResourceIds": [properties["ResourceId"]], "ResourceType": properties["ResourceType"]}
    flow_log_id = call("ec2", "CreateFlowLogs", **given, **resource)["FlowLogIds"][0]
    retag(flow_log_id, {}, properties)
    return flow_log_id, {"Id": flow_log_id}


def update_flow_log(flow_log_id: str, before: Properties, after: Properties) -> Result:
    """Only the tags change in place."""
    retag(flow_log_id, before, after)
    return flow_log_id, {"Id": flow_log_id}


def delete_flow_log(flow_log_id: str, _properties: Properties) -> None:
    """Its log group stays."""
    call("ec2", "DeleteFlowLogs", FlowLogIds=[flow_log_id])


add("AWS::EC2::FlowLog", create_flow_log, delete_flow_log, update_flow_log)


@before_change("AWS::EC2::Subnet")
def _subnet_fits_its_vpc(change: Change) -> None:
    if change.previous is not None or "CidrBlock" not in change.properties:
        return
    vpc = ec2._vpcs.get(change.properties["VpcId"])
    if vpc is None:
        raise Refusal(f"The vpc ID '{change.properties['VpcId']}' does not exist", "Ec2", "NotFound")
    cidr = change.properties["CidrBlock"]
    network = ipaddress.ip_network(cidr)
    if not network.subnet_of(ipaddress.ip_network(vpc["CidrBlock"])):  # type: ignore[arg-type]
        raise Refusal(f"The CIDR '{cidr}' is invalid.", "Ec2")
    for subnet in ec2._subnets.values():
        if subnet["VpcId"] == vpc["VpcId"] and network.overlaps(ipaddress.ip_network(subnet["CidrBlock"])):
            raise Refusal(f"The CIDR '{cidr}' conflicts with another subnet", "Ec2")


@before_delete("AWS::EC2::Subnet")
def _subnet_is_free(subnet_id: str, _properties: Properties) -> None:
    users = [
        *(gateway["SubnetId"] for gateway in live_gateways()),
        *(subnet for balancer in alb._lbs.values() for subnet in balancer["Subnets"]),
        *(subnet for endpoint in ec2._vpc_endpoints.values() for subnet in endpoint.get("SubnetIds", ())),
        *(subnet["SubnetIdentifier"] for group in _groups_in_use(rds) for subnet in group.get("Subnets", ())),
        *(subnet["SubnetIdentifier"] for group in _groups_in_use(elasticache) for subnet in group.get("Subnets", ())),
    ]
    if subnet_id in users:
        raise dependents("subnet", subnet_id)


def _groups_in_use(service: Any) -> list[dict[str, Any]]:
    """The subnet groups that an instance or a replication group has network interfaces in."""
    if service is rds:
        return [instance["DBSubnetGroup"] for instance in rds._instances.values()]
    names = {group.get("CacheSubnetGroupName") for group in elasticache._replication_groups.values()}
    return [group for name, group in elasticache._subnet_groups.items() if name in names]


@before_delete("AWS::EC2::SecurityGroup")
def _security_group_is_free(group_id: str, _properties: Properties) -> None:
    groups = ec2._security_groups
    rules = [
        rule
        for other, group in groups.items()
        if other != group_id
        for direction in ("IpPermissions", "IpPermissionsEgress")
        for rule in group.get(direction, ())
    ]
    referenced = any(pair.get("GroupId") == group_id for rule in rules for pair in rule.get("UserIdGroupPairs", ()))
    if group_id in groups and (referenced or group_id in _security_groups_in_use()):
        raise Refusal(f"resource {group_id} has a dependent object", "Ec2", "InvalidRequest")


def _security_groups_in_use() -> set[str]:
    instances = rds._instances.values()
    return {
        *(group for balancer in alb._lbs.values() for group in balancer["SecurityGroups"]),
        *(group for endpoint in ec2._vpc_endpoints.values() for group in endpoint.get("SecurityGroupIds", ())),
        *(group["VpcSecurityGroupId"] for instance in instances for group in instance["VpcSecurityGroups"]),
    }


@before_delete("AWS::EC2::VPCGatewayAttachment")
def _gateway_is_free(_attachment_id: str, properties: Properties) -> None:
    vpc_id = properties["VpcId"]
    if any(gateway["VpcId"] == vpc_id for gateway in live_gateways()):
        message = f"Network {vpc_id} has some mapped public address(es). Please unmap those public address(es) before "
        raise Refusal(message + "detaching the gateway.", "Ec2", "InvalidRequest")


@before_delete("AWS::EC2::VPC")
def _vpc_is_free(vpc_id: str, _properties: Properties) -> None:
    endpoints = ec2._vpc_endpoints.values()
    if any(endpoint["VpcId"] == vpc_id for endpoint in endpoints):
        raise dependents("vpc", vpc_id)


@after_change("AWS::EC2::VPCGatewayAttachment")
def _attachment_attributes(_attachment_id: str, change: Change) -> Attributes:
    return {"AttachmentType": "IGW" if "InternetGatewayId" in change.properties else "VGW"}


@after_change("AWS::EC2::Subnet")
def _subnet_attributes(subnet_id: str, change: Change) -> Attributes:
    return {"SubnetId": subnet_id, "VpcId": change.properties["VpcId"], "Ipv6CidrBlocks": []}


@after_change("AWS::EC2::SecurityGroup", "AWS::EC2::SubnetRouteTableAssociation")
def _id(physical_id: str, _change: Change) -> Attributes:
    return {"Id": physical_id}


@after_change("AWS::EC2::VPC")
def _vpc_attributes(vpc_id: str, _change: Change) -> Attributes:
    vpc = ec2._vpcs[vpc_id]
    return {"VpcId": vpc_id, "CidrBlock": vpc["CidrBlock"], "CidrBlockAssociations": [], "Ipv6CidrBlocks": []}
