"""The cache of sessions and hot records, with its logs, alarms and snapshots."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from policies.kms import LogGroups, TopicPublisher, ViaService
from stratopause.environments.schema import CacheSettings
from stratopause.wiring.stack import Stack
from stratopause.wiring.values import (
    CacheArn,
    CacheEndpoint,
    CacheId,
    CachePort,
    CacheUserArn,
    CacheUserId,
    KeyArn,
    SecurityGroupId,
    SubnetIds,
    TopicArn,
    VpcId,
)


@dataclass(frozen=True)
class Parameters:
    vpc_id: VpcId
    subnet_ids: SubnetIds
    client_security_group_id: SecurityGroupId
    data_key_arn: Annotated[KeyArn, ViaService("elasticache")]
    logs_key_arn: Annotated[KeyArn, LogGroups()]
    topic_arn: Annotated[TopicArn, TopicPublisher("cloudwatch")]


@dataclass(frozen=True)
class Outputs:
    endpoint: Annotated[CacheEndpoint, "Where the cache listens"]
    port: Annotated[CachePort, "The port that the cache listens on"]
    cache_id: Annotated[CacheId, "What the cache's metrics are found by"]
    cache_arn: Annotated[CacheArn, "What a login by IAM is granted on"]
    user_id: Annotated[CacheUserId, "Who the service logs in as"]
    user_arn: Annotated[CacheUserArn, "Whom a login by IAM is granted for"]


class Cache(Stack[Parameters, Outputs]):
    description = "The cache of sessions and hot records, with its logs, alarms and snapshots."

    def __init__(self, prefix: str, settings: CacheSettings, log_days: int) -> None:
        super().__init__()
        self.prefix = prefix
        self.settings = settings
        self.log_days = log_days

    def resources(self, given: Parameters) -> Outputs:
        raise NotImplementedError
