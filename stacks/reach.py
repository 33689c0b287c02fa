"""The ways between the service and what it uses, each opened at both ends and nowhere else."""

from __future__ import annotations

from troposphere import GetAtt, ec2

from policies.networks import NOWHERE
from stratopause.wiring.values import SecurityGroupId, VpcId


def store_group(what: str, port: int, vpc_id: VpcId, client: SecurityGroupId) -> ec2.SecurityGroup:
    """The security group of a data store: `client` may connect to its port, and it connects to nobody."""
    return ec2.SecurityGroup(
        "SecurityGroup",
        GroupDescription=f"{what} from the service only",
        VpcId=vpc_id,
        SecurityGroupIngress=[
            ec2.SecurityGroupRule(
                IpProtocol="tcp",
                FromPort=port,
                ToPort=port,
                SourceSecurityGroupId=client,
                Description=f"{what} from the service",
            )
        ],
        SecurityGroupEgress=[NOWHERE],
    )


def client_egress(what: str, port: int, client: SecurityGroupId, store: ec2.SecurityGroup) -> ec2.SecurityGroupEgress:
    """The other end: `client`, a group of another stack, may connect to the port of `store`."""
    return ec2.SecurityGroupEgress(
        "ClientEgress",
        GroupId=client,
        IpProtocol="tcp",
        FromPort=port,
        ToPort=port,
        DestinationSecurityGroupId=GetAtt(store, "GroupId"),
        Description=f"{what} to the data store",
    )
