"""Names that are taken: a resource that a template names, but that exists outside of the stack, is refused."""

from __future__ import annotations

from collections.abc import Callable, Container
from typing import Any

from ministack.services import (
    backup,
    cloudwatch,
    cloudwatch_logs,
    ecr,
    ecs,
    elasticache,
    iam,
    rds,
    ssm,
)

from stratopause.emulator.resources.handlers import Change, before_change
from stratopause.emulator.resources.refusals import AlreadyExists, Refusal

# Each type with the property that names it and the service's store of that name. SNS and SQS, where a
# creation with the same attributes succeeds, and the types of other modules are not here.
NAMED: dict[str, tuple[str, Container[Any]]] = {
    "AWS::Backup::BackupVault": ("BackupVaultName", backup._vaults),
    "AWS::CloudWatch::Alarm": ("AlarmName", cloudwatch._alarms),
    "AWS::CloudWatch::CompositeAlarm": ("AlarmName", cloudwatch._composite_alarms),
    "AWS::CloudWatch::Dashboard": ("DashboardName", cloudwatch._dashboards),
    "AWS::ECR::Repository": ("RepositoryName", ecr._repositories),
    "AWS::ECS::Cluster": ("ClusterName", ecs._clusters),
    "AWS::ElastiCache::ReplicationGroup": ("ReplicationGroupId", elasticache._replication_groups),
    "AWS::ElastiCache::SubnetGroup": ("CacheSubnetGroupName", elasticache._subnet_groups),
    "AWS::ElastiCache::User": ("UserId", elasticache._users),
    "AWS::ElastiCache::UserGroup": ("UserGroupId", elasticache._user_groups),
    "AWS::IAM::Role": ("RoleName", iam._roles),
    "AWS::Logs::LogGroup": ("LogGroupName", cloudwatch_logs._log_groups),
    "AWS::RDS::DBInstance": ("DBInstanceIdentifier", rds._instances),
    "AWS::RDS::DBParameterGroup": ("DBParameterGroupName", rds._param_groups),
    "AWS::RDS::DBSubnetGroup": ("DBSubnetGroupName", rds._subnet_groups),
    "AWS::SSM::Parameter": ("Name", ssm._parameters),
}


def _refuse_taken(type_name: str, property_name: str, store: Container[Any]) -> Callable[[Change], None]:
    def check(change: Change) -> None:
        name = change.properties.get(property_name)
        if change.previous is None and name is not None and name in store:
            raise AlreadyExists(type_name, property_name, name)

    return check


for _type_name, (_property_name, _store) in NAMED.items():
    before_change(_type_name)(_refuse_taken(_type_name, _property_name, _store))


@before_change("AWS::IAM::ManagedPolicy")
def _policy_name_is_free(change: Change) -> None:
    name, path = change.properties.get("ManagedPolicyName"), change.properties.get("Path", "/")
    if change.previous is None and name and f"arn:aws:iam::{iam.get_account_id()}:policy{path}{name}" in iam._policies:
        message = f"A policy called {name} already exists. Duplicate names are not allowed."
        raise Refusal(message, "Iam", "AlreadyExists", 409)
