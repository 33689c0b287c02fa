"""The VPC: public, service and data subnets, their routes, and a log of what flows."""

from __future__ import annotations

from typing import Annotated

from troposphere import GetAtt, Ref, Sub, Tags, ec2, iam

from policies.kms import LogGroups
from policies.roles import assumed_by, writes_logs
from stacks.logs import kept_log_group
from stratopause.environments.addresses import Tier
from stratopause.environments.schema import NetworkSettings
from stratopause.wiring.records import Record
from stratopause.wiring.stack import Stack
from stratopause.wiring.values import KeyArn, LogGroupArn, LogStreamsArn, RouteTableIds, SubnetIds, VpcId

ANYWHERE = "0.0.0.0/0"
ZONE_LETTERS = "ABC"


class Parameters(Record, frozen=True, kw_only=True):
    logs_key_arn: Annotated[KeyArn, LogGroups()]


class Outputs(Record, frozen=True, kw_only=True):
    vpc_id: Annotated[VpcId, "The VPC that everything runs in"]
    public_subnet_ids: Annotated[SubnetIds, "For load balancers: reachable from the internet"]
    service_subnet_ids: Annotated[SubnetIds, "For tasks and endpoints: no way in from the internet"]
    data_subnet_ids: Annotated[SubnetIds, "For data stores: no route to the internet"]
    service_route_table_ids: Annotated[RouteTableIds, "The routes of the service subnets, for gateway endpoints"]


class Network(Stack[Parameters, Outputs]):
    description = "The VPC with its subnets and routes; what flows in it is logged."

    def __init__(self, prefix: str, settings: NetworkSettings, log_days: int) -> None:
        super().__init__()
        self.prefix = prefix
        self.settings = settings
        self.log_days = log_days
        self.letters = ZONE_LETTERS[: len(settings.zones)]

    def length_of(self, output: str) -> int:
        return len(self.letters)

    def resources(self, given: Parameters) -> Outputs:
        vpc = self.add(
            ec2.VPC(
                "Vpc",
                CidrBlock=self.settings.cidr,
                EnableDnsSupport=True,
                EnableDnsHostnames=True,
                Tags=Tags(Name=self.prefix),
            )
        )
        public = self.tier("public", vpc)
        service = self.tier("service", vpc)
        data = self.tier("data", vpc)
        self.route_to_internet(vpc, public)
        service_routes = self.route_service(vpc, service)
        self.route_nowhere(vpc, data)
        self.log_flows(vpc, given)
        return Outputs(
            vpc_id=VpcId.of(vpc),
            # An internal load balancer needs none.
            public_subnet_ids=SubnetIds.of_each(public) if self.is_taken("public_subnet_ids") else SubnetIds.absent(),
            service_subnet_ids=SubnetIds.of_each(service),
            data_subnet_ids=SubnetIds.of_each(data),
            service_route_table_ids=RouteTableIds.of_each(service_routes),
        )

    def tier(self, tier: Tier, vpc: ec2.VPC) -> list[ec2.Subnet]:
        """One subnet per zone; none hands out public addresses."""
        return [
            self.add(
                ec2.Subnet(
                    f"{tier.title()}Subnet{letter}",
                    VpcId=Ref(vpc),
                    AvailabilityZone=Sub(f"${{AWS::Region}}{zone[-1]}"),
                    CidrBlock=self.settings.subnets(tier, index),
                    MapPublicIpOnLaunch=False,
                    Tags=Tags(Name=f"{self.prefix}-{tier}-{letter.lower()}"),
                )
            )
            for index, (letter, zone) in enumerate(zip(self.letters, self.settings.zones, strict=True))
        ]

    def route_to_internet(self, vpc: ec2.VPC, subnets: list[ec2.Subnet]) -> None:
        gateway = self.add(ec2.InternetGateway("InternetGateway", Tags=Tags(Name=self.prefix)))
        self.add(ec2.VPCGatewayAttachment("GatewayAttachment", VpcId=Ref(vpc), InternetGatewayId=Ref(gateway)))
        table = self.route_table("Public", vpc, subnets)
        self.add(
            ec2.Route(
                "PublicRoute",
                RouteTableId=Ref(table),
                DestinationCidrBlock=ANYWHERE,
                GatewayId=Ref(gateway),
                DependsOn="GatewayAttachment",
            )
        )
        for letter in {"none": "", "one": self.letters[0], "per-zone": self.letters}[self.settings.nat]:
            address = self.add(ec2.EIP(f"NatAddress{letter}", Domain="vpc", DependsOn="GatewayAttachment"))
            self.add(
                ec2.NatGateway(
                    f"Nat{letter}",
                    AllocationId=GetAtt(address, "AllocationId"),
                    SubnetId=Ref(f"PublicSubnet{letter}"),
                    Tags=Tags(Name=f"{self.prefix}-{letter.lower()}"),
                )
            )

    def route_service(self, vpc: ec2.VPC, subnets: list[ec2.Subnet]) -> list[ec2.RouteTable]:
        """A table per zone, so that each can leave by the NAT of its own."""
        tables = []
        for letter, subnet in zip(self.letters, subnets, strict=True):
            table = self.route_table(f"Service{letter}", vpc, [subnet])
            nat = {"none": None, "one": f"Nat{self.letters[0]}", "per-zone": f"Nat{letter}"}[self.settings.nat]
            if nat is not None:
                self.add(
                    ec2.Route(
                        f"Service{letter}Route",
                        RouteTableId=Ref(table),
                        DestinationCidrBlock=ANYWHERE,
                        NatGatewayId=Ref(nat),
                    )
                )
            tables.append(table)
        return tables

    def route_nowhere(self, vpc: ec2.VPC, subnets: list[ec2.Subnet]) -> None:
        self.route_table("Data", vpc, subnets)

    def route_table(self, name: str, vpc: ec2.VPC, subnets: list[ec2.Subnet]) -> ec2.RouteTable:
        table = self.add(
            ec2.RouteTable(f"{name}Routes", VpcId=Ref(vpc), Tags=Tags(Name=f"{self.prefix}-{name.lower()}"))
        )
        for subnet in subnets:
            self.add(
                ec2.SubnetRouteTableAssociation(f"{subnet.title}Routes", RouteTableId=Ref(table), SubnetId=Ref(subnet))
            )
        return table

    def log_flows(self, vpc: ec2.VPC, given: Parameters) -> None:
        log_group = self.add(kept_log_group("FlowLogGroup", given.logs_key_arn, self.log_days))
        role = self.add(
            iam.Role(
                "FlowLogRole",
                Description="Lets VPC flow logs write to their log group",
                AssumeRolePolicyDocument=assumed_by(
                    "vpc-flow-logs", "arn:${AWS::Partition}:ec2:${AWS::Region}:${AWS::AccountId}:vpc-flow-log/*"
                ),
            )
        )
        self.add(
            iam.ManagedPolicy(
                "FlowLogPolicy",
                Description="Write to the log group of flow logs",
                PolicyDocument=writes_logs(LogStreamsArn.of(log_group)),
                Roles=[Ref(role)],
            )
        )
        self.add(
            ec2.FlowLog(
                "FlowLog",
                ResourceId=Ref(vpc),
                ResourceType="VPC",
                TrafficType="ALL",
                MaxAggregationInterval=60,
                LogDestinationType="cloud-watch-logs",
                LogDestination=LogGroupArn.of(log_group),
                DeliverLogsPermissionArn=GetAtt(role, "Arn"),
                DependsOn="FlowLogPolicy",
            )
        )
