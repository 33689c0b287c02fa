"""The security groups of the load balancer and the service, and what may pass between the two."""

from __future__ import annotations

from typing import Annotated

from troposphere import GetAtt, ec2

from policies.networks import NOWHERE
from stratopause.wiring.records import Record
from stratopause.wiring.stack import Stack
from stratopause.wiring.values import SecurityGroupId, VpcId

HTTPS = 443


class Parameters(Record, frozen=True, kw_only=True):
    vpc_id: VpcId


class Outputs(Record, frozen=True, kw_only=True):
    load_balancer_security_group_id: Annotated[SecurityGroupId, "What the load balancer may reach and be reached from"]
    service_security_group_id: Annotated[SecurityGroupId, "What the service's tasks may reach and be reached from"]


class Access(Stack[Parameters, Outputs]):
    description = "The security groups of the load balancer and the service, and what may pass between the two."

    def __init__(self, allowed_cidrs: tuple[str, ...], service_port: int) -> None:
        super().__init__()
        self.allowed_cidrs = allowed_cidrs
        self.service_port = service_port

    def resources(self, given: Parameters) -> Outputs:
        load_balancer = self.load_balancer(given)
        service = self.add(
            ec2.SecurityGroup(
                "ServiceSecurityGroup",
                GroupDescription="Tasks of the service",
                VpcId=given.vpc_id,
                SecurityGroupEgress=[NOWHERE],
            )
        )
        self.pass_through(load_balancer, service)
        return Outputs(
            load_balancer_security_group_id=SecurityGroupId.of(load_balancer),
            service_security_group_id=SecurityGroupId.of(service),
        )

    def load_balancer(self, given: Parameters) -> ec2.SecurityGroup:
        return self.add(
            ec2.SecurityGroup(
                "LoadBalancerSecurityGroup",
                GroupDescription="The load balancer: HTTPS from those who may connect",
                VpcId=given.vpc_id,
                SecurityGroupIngress=[
                    ec2.SecurityGroupRule(
                        IpProtocol="tcp", FromPort=HTTPS, ToPort=HTTPS, CidrIp=cidr, Description=f"HTTPS from {cidr}"
                    )
                    for cidr in self.allowed_cidrs
                ],
                SecurityGroupEgress=[NOWHERE],
            )
        )

    def pass_through(self, load_balancer: ec2.SecurityGroup, service: ec2.SecurityGroup) -> None:
        """From the load balancer to the service, and to nothing else; rules of their own, since each names both."""
        self.add(
            ec2.SecurityGroupEgress(
                "LoadBalancerToService",
                GroupId=GetAtt(load_balancer, "GroupId"),
                DestinationSecurityGroupId=GetAtt(service, "GroupId"),
                Description="HTTPS to the service",
                IpProtocol="tcp",
                FromPort=self.service_port,
                ToPort=self.service_port,
            )
        )
        self.add(
            ec2.SecurityGroupIngress(
                "ServiceFromLoadBalancer",
                GroupId=GetAtt(service, "GroupId"),
                SourceSecurityGroupId=GetAtt(load_balancer, "GroupId"),
                Description="HTTPS from the load balancer",
                IpProtocol="tcp",
                FromPort=self.service_port,
                ToPort=self.service_port,
            )
        )
