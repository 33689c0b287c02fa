"""Private ways to the AWS services that the platform's tasks call."""

from __future__ import annotations

from troposphere import GetAtt, Sub, ec2

from policies.endpoints import SERVICES, interface_policy, s3_policy
from policies.networks import NOWHERE
from stratopause.wiring.records import Nothing, Record
from stratopause.wiring.stack import Stack
from stratopause.wiring.values import RouteTableIds, SecurityGroupId, SubnetIds, VpcId

HTTPS = 443


class Parameters(Record, frozen=True, kw_only=True):
    vpc_id: VpcId
    subnet_ids: SubnetIds
    route_table_ids: RouteTableIds
    service_security_group_id: SecurityGroupId


class Endpoints(Stack[Parameters, Nothing]):
    description = "Private ways to the AWS services that the platform's tasks call."

    def __init__(self, s3_prefix_list: str) -> None:
        super().__init__()
        self.s3_prefix_list = s3_prefix_list

    def resources(self, given: Parameters) -> Nothing:
        group = self.security_group(given)
        for service, actions in SERVICES.items():
            self.add(
                ec2.VPCEndpoint(
                    f"{service.title().replace('.', '')}Endpoint",
                    VpcEndpointType="Interface",
                    ServiceName=Sub(f"com.amazonaws.${{AWS::Region}}.{service}"),
                    VpcId=given.vpc_id,
                    SubnetIds=given.subnet_ids,
                    SecurityGroupIds=[GetAtt(group, "GroupId")],
                    PrivateDnsEnabled=True,
                    PolicyDocument=interface_policy(actions),
                )
            )
        self.s3(given)
        return Nothing()

    def security_group(self, given: Parameters) -> ec2.SecurityGroup:
        group = self.add(
            ec2.SecurityGroup(
                "SecurityGroup",
                GroupDescription="Interface endpoints: HTTPS from the service only",
                VpcId=given.vpc_id,
                SecurityGroupIngress=[
                    ec2.SecurityGroupRule(
                        IpProtocol="tcp",
                        FromPort=HTTPS,
                        ToPort=HTTPS,
                        SourceSecurityGroupId=given.service_security_group_id,
                        Description="HTTPS from the service",
                    )
                ],
                SecurityGroupEgress=[NOWHERE],
            )
        )
        self.client_egress(given, "endpoints").DestinationSecurityGroupId = GetAtt(group, "GroupId")
        return group

    def s3(self, given: Parameters) -> None:
        self.add(
            ec2.VPCEndpoint(
                "S3Endpoint",
                VpcEndpointType="Gateway",
                ServiceName=Sub("com.amazonaws.${AWS::Region}.s3"),
                VpcId=given.vpc_id,
                RouteTableIds=given.route_table_ids,
                PolicyDocument=s3_policy(),
            )
        )
        self.client_egress(given, "S3").DestinationPrefixListId = self.s3_prefix_list

    def client_egress(self, given: Parameters, to: str) -> ec2.SecurityGroupEgress:
        """What lets the service's tasks reach `to`; the caller says which destination that is."""
        return self.add(
            ec2.SecurityGroupEgress(
                f"ClientEgressTo{to.title().replace(' ', '')}",
                GroupId=given.service_security_group_id,
                IpProtocol="tcp",
                FromPort=HTTPS,
                ToPort=HTTPS,
                Description=f"HTTPS to {to}",
            )
        )
