"""Who is asking, and what in the account can refuse its own deletion."""

from __future__ import annotations

from typing import Any, Final

from stratopause.deployer.aws import Aws
from stratopause.deployer.services import Caller
from stratopause.deployer.stacks import StackResource


class AwsIdentity:
    def __init__(self, aws: Aws) -> None:
        self.aws = aws

    def caller(self) -> Caller:
        """https://docs.aws.amazon.com/STS/latest/APIReference/API_GetCallerIdentity.html"""
        told = self.aws.call("sts", "get_caller_identity")
        return Caller(told["Account"], told["Arn"])


UNPROTECTED: Final[dict[str, Any]] = {"Key": "deletion_protection.enabled", "Value": "false"}


LIFTING: Final[dict[str, tuple[str, str, str, dict[str, Any]]]] = {
    "AWS::RDS::DBInstance": (
        "rds",
        "modify_db_instance",
        "DBInstanceIdentifier",
        {"DeletionProtection": False, "ApplyImmediately": True},
    ),
    "AWS::RDS::DBCluster": (
        "rds",
        "modify_db_cluster",
        "DBClusterIdentifier",
        {"DeletionProtection": False, "ApplyImmediately": True},
    ),
    "AWS::ElasticLoadBalancingV2::LoadBalancer": (
        "elbv2",
        "modify_load_balancer_attributes",
        "LoadBalancerArn",
        {"Attributes": [UNPROTECTED]},
    ),
}
"""By type: service, operation, the parameter that takes the physical id, and what switches protection off."""


class AwsProtections:
    """Deletion protection is a property of the resource: CloudFormation's deletion fails while it is on."""

    def __init__(self, aws: Aws) -> None:
        self.aws = aws

    def guards(self, resource: StackResource) -> bool:
        return resource.type in LIFTING and bool(resource.physical_id) and not resource.status.is_gone

    def lift(self, resource: StackResource) -> None:
        service, operation, parameter, settings = LIFTING[resource.type]
        self.aws.call(service, operation, **{parameter: resource.physical_id}, **settings)
