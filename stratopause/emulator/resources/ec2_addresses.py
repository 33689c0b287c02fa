"""EC2: Elastic IP addresses and NAT gateways."""

from __future__ import annotations

from ministack.services import ec2
from ministack.services.cloudformation import provisioners

from stratopause.emulator.resources.calls import call
from stratopause.emulator.resources.handlers import Result, add
from stratopause.emulator.resources.refusals import Refusal
from stratopause.emulator.resources.schema import Properties


def retag(physical_id: str, before: Properties, after: Properties) -> None:
    """The tags of the template, and those that others put there."""
    provisioners._ec2_apply_tags(physical_id, after, before)


def create_address(_logical_id: str, properties: Properties, _stack_name: str) -> Result:
    """Ref is the public address, and so is the physical id."""
    address = call("ec2", "AllocateAddress", Domain=properties.get("Domain", "vpc"))
    retag(address["AllocationId"], {}, properties)
    return address["PublicIp"], {"AllocationId": address["AllocationId"], "PublicIp": address["PublicIp"]}


def allocation(public_ip: str) -> str | None:
    """The allocation id of an address, None if it was released."""
    found = (key for key, address in ec2._addresses.items() if address["PublicIp"] == public_ip)
    return next(found, None)


def update_address(public_ip: str, before: Properties, after: Properties) -> Result:
    """Only the tags of an address change in place."""
    allocation_id = allocation(public_ip) or ""
    retag(allocation_id, before, after)
    return public_ip, {"AllocationId": allocation_id, "PublicIp": public_ip}


def release_address(public_ip: str, _properties: Properties) -> None:
    """Refused while a NAT gateway uses it."""
    allocation_id = allocation(public_ip)
    if allocation_id is None:
        return
    if any(gateway["AllocationId"] == allocation_id for gateway in live_gateways()):
        raise Refusal(
            f"You do not have permission to access the specified resource: {allocation_id} is in use.",
            "Ec2",
            "AccessDenied",
        )
    call("ec2", "ReleaseAddress", AllocationId=allocation_id)


def live_gateways() -> list[Properties]:
    """The NAT gateways that aren't deleted: EC2 shows a deleted one for an hour."""
    return [gateway for gateway in ec2._nat_gateways.values() if gateway["State"] != "deleted"]


def create_nat_gateway(_logical_id: str, properties: Properties, _stack_name: str) -> Result:
    """In a subnet that exists, with an address that exists."""
    subnet, address = properties.get("SubnetId"), properties.get("AllocationId")
    if subnet is not None and subnet not in ec2._subnets:
        raise Refusal(f"The subnet ID '{subnet}' does not exist", "Ec2", "NotFound")
    if address is not None and address not in ec2._addresses:
        raise Refusal(f"The allocation ID '{address}' does not exist", "Ec2", "NotFound")
    if subnet is not None and properties.get("ConnectivityType", "public") == "public":
        _refuse_without_internet(ec2._subnets[subnet]["VpcId"])
    names = ("SubnetId", "AllocationId", "ConnectivityType")
    given = {name: properties[name] for name in names if name in properties}
    gateway_id = call("ec2", "CreateNatGateway", **given)["NatGateway"]["NatGatewayId"]
    retag(gateway_id, {}, properties)
    return gateway_id, {"NatGatewayId": gateway_id}


def _refuse_without_internet(vpc_id: str) -> None:
    """EC2 makes the gateway, which then fails; CloudFormation shows that as the reason."""
    if not internet_gateways(vpc_id):
        message = f"is in state failed and hence failed to stabilize. Detailed failure message: Network {vpc_id} has no"
        raise Refusal(f"NatGateway {message} Internet gateway attached", "Ec2", "NotStabilized")


def internet_gateways(vpc_id: str) -> list[str]:
    """The ids of the internet gateways attached to a VPC."""
    gateways = ec2._internet_gateways.items()
    return [key for key, gateway in gateways if any(item["VpcId"] == vpc_id for item in gateway["Attachments"])]


def update_nat_gateway(gateway_id: str, before: Properties, after: Properties) -> Result:
    """Only the tags change in place."""
    retag(gateway_id, before, after)
    return gateway_id, {"NatGatewayId": gateway_id}


def delete_nat_gateway(gateway_id: str, _properties: Properties) -> None:
    """Its address stays allocated."""
    if gateway_id in ec2._nat_gateways:
        call("ec2", "DeleteNatGateway", NatGatewayId=gateway_id)


def dependents(kind: str, identifier: str) -> Refusal:
    """EC2's refusal to delete what something else still needs."""
    message = f"The {kind} '{identifier}' has dependencies and cannot be deleted."
    return Refusal(message, "Ec2", "InvalidRequest")


add("AWS::EC2::EIP", create_address, release_address, update_address)
add("AWS::EC2::NatGateway", create_nat_gateway, delete_nat_gateway, update_nat_gateway)
