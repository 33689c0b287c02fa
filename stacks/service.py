"""The service on Fargate, its roles, and the one-off task that prepares its database."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from policies.kms import FargateStorage, LogGroups, TopicPublisher, ViaService
from stratopause.environments.schema import ServiceSettings
from stratopause.wiring.stack import Stack
from stratopause.wiring.values import (
    CacheArn,
    CacheEndpoint,
    CachePort,
    CacheUserArn,
    CacheUserId,
    ClusterName,
    DatabaseEndpoint,
    DatabasePort,
    DatabaseResourceId,
    KeyArn,
    LogGroupName,
    SecretArn,
    SecurityGroupId,
    ServiceName,
    SubnetIds,
    TargetGroupArn,
    TaskDefinitionArn,
    TopicArn,
)


@dataclass(frozen=True)
class Parameters:
    subnet_ids: SubnetIds
    security_group_id: SecurityGroupId
    target_group_arn: TargetGroupArn
    data_key_arn: Annotated[KeyArn, FargateStorage()]
    logs_key_arn: Annotated[KeyArn, LogGroups()]
    topic_arn: Annotated[TopicArn, TopicPublisher("cloudwatch")]
    database_endpoint: DatabaseEndpoint
    database_port: DatabasePort
    database_resource_id: DatabaseResourceId
    master_secret_arn: SecretArn
    secrets_key_arn: Annotated[KeyArn, ViaService("secretsmanager")]
    cache_endpoint: CacheEndpoint
    cache_port: CachePort
    cache_arn: CacheArn
    cache_user_id: CacheUserId
    cache_user_arn: CacheUserArn


@dataclass(frozen=True)
class Outputs:
    cluster_name: Annotated[ClusterName, "The cluster that the service's tasks run in"]
    service_name: Annotated[ServiceName, "The service, to deploy to or to look at"]
    log_group_name: Annotated[LogGroupName, "Where the service's tasks log"]
    preparation_task_arn: Annotated[TaskDefinitionArn, "Run once: makes the service's database user"]


class Service(Stack[Parameters, Outputs]):
    description = "The service on Fargate, its roles, and the one-off task that prepares its database."

    def __init__(self, prefix: str, settings: ServiceSettings, log_days: int) -> None:
        super().__init__()
        self.prefix = prefix
        self.settings = settings
        self.log_days = log_days

    def resources(self, given: Parameters) -> Outputs:
        raise NotImplementedError
