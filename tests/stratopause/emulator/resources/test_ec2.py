"""A network's resources, as EC2 shows them, and the order in which they go."""

from __future__ import annotations

from typing import Any

import pytest

from tests.stratopause.emulator.resources.templates import REGION, Resources, att, network, ref, resource, role

pytestmark = pytest.mark.emulator


def whole_network() -> Resources:
    return network() | {
        "Address": resource("EC2::EIP", Domain="vpc", Tags=[{"Key": "owner", "Value": "ops"}]),
        "Nat": resource(
            "EC2::NatGateway",
            SubnetId=ref("SubnetA"),
            AllocationId=att("Address", "AllocationId"),
            Tags=[{"Key": "owner", "Value": "ops"}],
        )
        | {"DependsOn": "Attachment"},
        "Table": resource("EC2::RouteTable", VpcId=ref("Vpc")),
        "Route": resource(
            "EC2::Route", RouteTableId=ref("Table"), DestinationCidrBlock="0.0.0.0/0", NatGatewayId=ref("Nat")
        ),
        "Association": resource("EC2::SubnetRouteTableAssociation", RouteTableId=ref("Table"), SubnetId=ref("SubnetB")),
        "Endpoint": resource(
            "EC2::VPCEndpoint",
            VpcId=ref("Vpc"),
            VpcEndpointType="Interface",
            ServiceName=f"com.amazonaws.{REGION}.logs",
            SubnetIds=[ref("SubnetB")],
            SecurityGroupIds=[ref("Group")],
            PrivateDnsEnabled=True,
        ),
        "Client": resource("EC2::SecurityGroup", VpcId=ref("Vpc"), GroupDescription="Clients"),
        "Ingress": resource(
            "EC2::SecurityGroupIngress",
            GroupId=ref("Group"),
            IpProtocol="tcp",
            FromPort=443,
            ToPort="443",
            SourceSecurityGroupId=att("Client", "GroupId"),
            Description="From the clients",
        ),
        "Egress": resource(
            "EC2::SecurityGroupEgress",
            GroupId=ref("Client"),
            IpProtocol="tcp",
            FromPort=443,
            ToPort=443,
            DestinationPrefixListId="pl-63a5400a",
        ),
        "Acl": resource("EC2::NetworkAcl", VpcId=ref("Vpc")),
        "AclEntry": resource(
            "EC2::NetworkAclEntry",
            NetworkAclId=ref("Acl"),
            RuleNumber=100,
            Protocol=6,
            RuleAction="allow",
            CidrBlock="10.0.0.0/16",
            PortRange={"From": 443, "To": 443},
        ),
        "AclAssociation": resource(
            "EC2::SubnetNetworkAclAssociation", NetworkAclId=ref("Acl"), SubnetId=ref("SubnetB")
        ),
        "LogGroup": resource("Logs::LogGroup", RetentionInDays=7),
        "LogRole": role("vpc-flow-logs.amazonaws.com"),
        "FlowLog": resource(
            "EC2::FlowLog",
            ResourceId=ref("Vpc"),
            ResourceType="VPC",
            TrafficType="ALL",
            LogGroupName=ref("LogGroup"),
            DeliverLogsPermissionArn=att("LogRole", "Arn"),
            MaxAggregationInterval=60,
        ),
    }


def test_a_network_lives_as_ec2_shows_it(account: Any) -> None:
    ec2 = account.client("ec2")
    ids = account.created(whole_network()).physical_ids
    assert ec2.describe_addresses(PublicIps=[ids["Address"]])["Addresses"][0]["Tags"]
    nat = ec2.describe_nat_gateways(NatGatewayIds=[ids["Nat"]])["NatGateways"][0]
    assert (nat["State"], nat["SubnetId"], nat["VpcId"]) == ("available", ids["SubnetA"], ids["Vpc"])
    (ingress,) = ec2.describe_security_groups(GroupIds=[ids["Group"]])["SecurityGroups"][0]["IpPermissions"]
    assert ingress["UserIdGroupPairs"][0]["GroupId"] == ids["Client"]
    assert (ingress["FromPort"], ingress["UserIdGroupPairs"][0]["Description"]) == (443, "From the clients")
    egress = ec2.describe_security_groups(GroupIds=[ids["Client"]])["SecurityGroups"][0]["IpPermissionsEgress"]
    assert any(rule["PrefixListIds"] == [{"PrefixListId": "pl-63a5400a"}] for rule in egress)
    acl = ec2.describe_network_acls(NetworkAclIds=[ids["Acl"]])["NetworkAcls"][0]
    assert acl["Associations"][0]["SubnetId"] == ids["SubnetB"]
    assert acl["Entries"][0]["RuleNumber"] == 100
    flow_log = ec2.describe_flow_logs(FlowLogIds=[ids["FlowLog"]])["FlowLogs"][0]
    assert (flow_log["ResourceId"], flow_log["FlowLogStatus"]) == (ids["Vpc"], "ACTIVE")
    routes = ec2.describe_route_tables(RouteTableIds=[ids["Table"]])["RouteTables"][0]["Routes"]
    assert any(route.get("NatGatewayId") == ids["Nat"] for route in routes)

    changed = whole_network()
    changed["Ingress"]["Properties"]["Description"] = "From all clients"
    changed["AclEntry"]["Properties"]["CidrBlock"] = "10.0.1.0/24"
    changed["Address"]["Properties"]["Tags"] = [{"Key": "owner", "Value": "data"}]
    after = account.created(changed).physical_ids
    assert after == ids
    (ingress,) = ec2.describe_security_groups(GroupIds=[ids["Group"]])["SecurityGroups"][0]["IpPermissions"]
    assert ingress["UserIdGroupPairs"][0]["Description"] == "From all clients"

    changed["Egress"]["Properties"]["ToPort"] = 444
    changed["FlowLog"]["Properties"]["TrafficType"] = "REJECT"
    replaced = account.created(changed).physical_ids
    assert {name for name in ids if replaced[name] != ids[name]} == {"Egress", "FlowLog"}
    assert len(ec2.describe_flow_logs()["FlowLogs"]) == 1

    account.deleted()
    assert all(vpc["IsDefault"] for vpc in ec2.describe_vpcs()["Vpcs"])
    assert not ec2.describe_addresses()["Addresses"]


@pytest.mark.parametrize(
    ("logical_id", "properties", "sentence"),
    [
        ("SubnetC", {"CidrBlock": "10.0.0.0/25"}, "The CIDR '10.0.0.0/25' conflicts with another subnet"),
        ("SubnetC", {"CidrBlock": "10.9.0.0/24"}, "The CIDR '10.9.0.0/24' is invalid."),
    ],
)
def test_a_subnet_that_does_not_fit_is_refused(
    account: Any, logical_id: str, properties: dict[str, str], sentence: str
) -> None:
    subnet = resource("EC2::Subnet", VpcId=ref("Vpc"), AvailabilityZone=f"{REGION}a", **properties)
    subnet["DependsOn"] = ["SubnetA", "SubnetB"]
    assert sentence in account.refusal(network() | {logical_id: subnet}, logical_id)


def test_a_rule_that_exists_is_refused(account: Any) -> None:
    rule = {"GroupId": ref("Group"), "IpProtocol": "tcp", "FromPort": 443, "ToPort": 443, "CidrIp": "10.0.0.0/16"}
    second = resource("EC2::SecurityGroupIngress", **rule, Description="again") | {"DependsOn": "First"}
    template = network() | {"First": resource("EC2::SecurityGroupIngress", **rule), "Second": second}
    assert "the specified rule already exists" in account.refusal(template, "Second")


def test_a_flow_log_takes_the_bare_arn_of_its_log_group(account: Any) -> None:
    flow_log = resource(
        "EC2::FlowLog",
        ResourceId=ref("Vpc"),
        ResourceType="VPC",
        TrafficType="ALL",
        LogDestination=att("LogGroup", "Arn"),
        DeliverLogsPermissionArn=att("LogRole", "Arn"),
    )
    template = network() | {
        "LogGroup": resource("Logs::LogGroup"),
        "LogRole": role("vpc-flow-logs.amazonaws.com"),
        "FlowLog": flow_log,
    }
    assert "is not a valid ARN" in account.refusal(template, "FlowLog")


@pytest.mark.parametrize("kept", ["Vpc", "SubnetA", "Group"])
def test_what_something_else_needs_cannot_be_deleted(account: Any, kept: str) -> None:
    ids = account.created(network()).physical_ids
    other = {
        "Vpc": resource("EC2::Subnet", VpcId=ids["Vpc"], CidrBlock="10.0.9.0/24", AvailabilityZone=f"{REGION}a"),
        "SubnetA": resource("EC2::NatGateway", SubnetId=ids["SubnetA"], ConnectivityType="private"),
        "Group": resource(
            "EC2::VPCEndpoint",
            VpcId=ids["Vpc"],
            VpcEndpointType="Interface",
            ServiceName=f"com.amazonaws.{REGION}.logs",
            SecurityGroupIds=[ids["Group"]],
        ),
    }[kept]
    account.created({"Other": other}, name="other")
    stack = account.delete()
    assert stack.status == "DELETE_FAILED"
    assert "depend" in stack.reasons[kept]
    account.deleted("other")
    account.deleted()


TAGS = [{"Key": "owner", "Value": "data"}]
SUBNET = {"VpcId": ref("Vpc"), "CidrBlock": "10.0.9.0/24"}
RULE = {"RuleNumber": 1, "Protocol": -1, "RuleAction": "allow", "CidrBlock": "10.0.0.0/16"}


@pytest.mark.parametrize(
    ("refused", "sentence"),
    [
        (resource("EC2::NatGateway", SubnetId="subnet-0"), "The subnet ID 'subnet-0' does not exist"),
        (
            resource("EC2::NatGateway", SubnetId=ref("SubnetA"), AllocationId="eipalloc-0"),
            "The allocation ID 'eipalloc-0' does not exist",
        ),
        (resource("EC2::Subnet", **{**SUBNET, "VpcId": "vpc-0"}), "The vpc ID 'vpc-0' does not exist"),
        (
            resource("EC2::SecurityGroupIngress", GroupId="sg-0", IpProtocol="-1", CidrIp="10.0.0.0/8"),
            "The security group 'sg-0' does not exist",
        ),
        (resource("EC2::NetworkAclEntry", NetworkAclId="acl-0", **RULE), "The network ACL 'acl-0' does not exist"),
        (
            resource("EC2::SubnetNetworkAclAssociation", NetworkAclId="acl-0", SubnetId=ref("SubnetA")),
            "The networkAcl ID 'acl-0' does not exist",
        ),
    ],
)
def test_what_stands_on_nothing_is_refused(account: Any, refused: dict[str, Any], sentence: str) -> None:
    assert sentence in account.refusal(network() | {"Refused": refused}, "Refused")


def test_a_network_acl_has_each_rule_number_and_each_subnet_once(account: Any) -> None:
    acl = {"Acl": resource("EC2::NetworkAcl", VpcId=ref("Vpc"))}
    entry = resource("EC2::NetworkAclEntry", NetworkAclId=ref("Acl"), **RULE)
    template = network() | acl | {"First": entry, "Second": entry | {"DependsOn": "First"}}
    assert "identified by 1 already exists" in account.refusal(template, "Second")


def test_a_network_acl_of_a_missing_subnet_is_refused(account: Any) -> None:
    acl = resource("EC2::NetworkAcl", VpcId=ref("Vpc"))
    association = resource("EC2::SubnetNetworkAclAssociation", NetworkAclId=ref("Acl"), SubnetId="subnet-0")
    template = network() | {"Acl": acl, "Association": association}
    assert "The subnet ID 'subnet-0' does not exist" in account.refusal(template, "Association")


INTERFACE = {"VpcEndpointType": "Interface", "ServiceName": f"com.amazonaws.{REGION}.kms", "VpcId": ref("Vpc")}
TWICE = [ref("SubnetA"), ref("SubnetC")]
OTHER_VPC = resource("EC2::VPC", CidrBlock="10.9.0.0/16")
OTHER_GROUP = resource("EC2::SecurityGroup", VpcId=ref("Other"), GroupDescription="Of another VPC")


@pytest.mark.parametrize(
    ("more", "refused", "sentence"),
    [
        (
            {"Internet2": resource("EC2::InternetGateway"), "Table": resource("EC2::RouteTable", VpcId=ref("Vpc"))},
            resource(
                "EC2::Route", RouteTableId=ref("Table"), DestinationCidrBlock="0.0.0.0/0", GatewayId=ref("Internet2")
            ),
            "belong to different networks",
        ),
        (
            {},
            resource("EC2::Route", RouteTableId="rtb-0", DestinationCidrBlock="0.0.0.0/0"),
            "The routeTable ID 'rtb-0' does not exist",
        ),
        ({}, resource("EC2::VPCEndpoint", **{**INTERFACE, "VpcId": "vpc-0"}), "The Vpc Id vpc-0 does not exist"),
        (
            {"Other": OTHER_VPC, "OtherGroup": OTHER_GROUP},
            resource("EC2::VPCEndpoint", **INTERFACE, SecurityGroupIds=[ref("OtherGroup")]),
            "does not exist in VPC",
        ),
        (
            {},
            resource("EC2::VPCEndpoint", **INTERFACE, SubnetIds=["subnet-0"]),
            "The subnet ID 'subnet-0' does not exist",
        ),
        (
            {"SubnetC": resource("EC2::Subnet", **SUBNET, AvailabilityZone=f"{REGION}a")},
            resource("EC2::VPCEndpoint", **INTERFACE, SubnetIds=TWICE),
            "Found another VPC endpoint subnet in the availability zone",
        ),
        (
            {"First": resource("EC2::VPCEndpoint", **INTERFACE, PrivateDnsEnabled=True)},
            resource("EC2::VPCEndpoint", **INTERFACE, PrivateDnsEnabled=True) | {"DependsOn": "First"},
            "there is already a conflicting DNS domain",
        ),
        (
            {"Other": OTHER_VPC},
            resource("EC2::VPCEndpoint", **{**INTERFACE, "VpcId": ref("Other")}, PrivateDnsEnabled=True),
            "Enabling private DNS requires both",
        ),
        (
            {
                "Other": OTHER_VPC,
                "SubnetC": resource("EC2::Subnet", VpcId=ref("Other"), CidrBlock="10.9.0.0/24"),
            },
            resource("EC2::NatGateway", SubnetId=ref("SubnetC"), AllocationId=att("Address", "AllocationId")),
            "has no Internet gateway attached",
        ),
    ],
)
def test_a_way_out_that_leads_nowhere_is_refused(
    account: Any, more: Resources, refused: dict[str, Any], sentence: str
) -> None:
    template = network() | {"Address": resource("EC2::EIP", Domain="vpc")} | more | {"Refused": refused}
    assert sentence in account.refusal(template, "Refused")


def test_tags_change_in_place(account: Any) -> None:
    before = whole_network()
    ids = account.created(before).physical_ids
    for logical_id in ("Acl", "Nat", "FlowLog", "Address"):
        before[logical_id]["Properties"]["Tags"] = TAGS
    assert account.created(before).physical_ids == ids
    found = account.client("ec2").describe_tags(Filters=[{"Name": "key", "Values": ["owner"]}])["Tags"]
    assert {tag["ResourceId"] for tag in found} >= {ids["Acl"], ids["Nat"], ids["FlowLog"]}


@pytest.mark.parametrize(
    ("logical_id", "sentence"), [("Address", "is in use"), ("Acl", "dependencies"), ("Attachment", "mapped public")]
)
def test_what_somebody_else_uses_cannot_be_deleted(account: Any, logical_id: str, sentence: str) -> None:
    template = network() | {
        "Address": resource("EC2::EIP", Domain="vpc"),
        "Acl": resource("EC2::NetworkAcl", VpcId=ref("Vpc")),
    }
    outputs = {"Allocation": att("Address", "AllocationId")}
    stack = account.created(template, outputs)
    ids = stack.physical_ids
    nat = resource("EC2::NatGateway", SubnetId=ids["SubnetA"], AllocationId=stack.outputs["Allocation"])
    association = resource("EC2::SubnetNetworkAclAssociation", NetworkAclId=ids["Acl"], SubnetId=ids["SubnetB"])
    account.created({"Nat": nat, "Association": association}, name="other")
    assert sentence in account.delete().reasons[logical_id]


def test_what_is_gone_already_is_no_error(account: Any) -> None:
    ec2 = account.client("ec2")
    template = whole_network()
    for logical_id in ("AclAssociation", "AclEntry"):
        del template[logical_id]
    ids = account.created(template).physical_ids
    ec2.delete_network_acl(NetworkAclId=ids["Acl"])
    account.deleted()
