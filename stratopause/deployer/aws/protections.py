"""What in the account can refuse its own deletion."""

from __future__ import annotations

from typing import Any, Final

from stratopause.deployer.aws.api import Api
from stratopause.deployer.stacks import StackResource

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

    def __init__(self, api: Api) -> None:
        self.api = api

    def guards(self, resource: StackResource) -> bool:
        return resource.type in LIFTING and bool(resource.physical_id) and not resource.status.is_gone

    def lift(self, resource: StackResource) -> None:
        service, operation, parameter, settings = LIFTING[resource.type]
        self.api.call(service, operation, **{parameter: resource.physical_id}, **settings)
