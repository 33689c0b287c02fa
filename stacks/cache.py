"""The cache of sessions and hot records, with its logs, alarms and snapshots."""

from __future__ import annotations

from typing import Annotated

from troposphere import GetAtt, Join, Ref, Snapshot, Sub, ec2, elasticache

from policies.kms import LogGroups, TopicPublisher, ViaService
from stacks.alarms import Metric, alarm
from stacks.logs import kept_log_group
from stacks.names import unique
from stacks.reach import client_egress, store_group
from stratopause.environments.schema import CacheSettings
from stratopause.wiring.records import Record
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

PORT = 6379
LOG_TYPES = ("slow-log", "engine-log")
SERVICE_ACCESS = "on ~* -@all +@read +@write +@connection +@transaction -@admin -@dangerous"
"""All keys by the commands of a client; not FLUSHALL, KEYS, CONFIG and what else is marked as dangerous.

https://docs.aws.amazon.com/AmazonElastiCache/latest/dg/Clusters.RBAC.html#Access-string
"""


class Parameters(Record, frozen=True, kw_only=True):
    vpc_id: VpcId
    subnet_ids: SubnetIds
    client_security_group_id: SecurityGroupId
    data_key_arn: Annotated[KeyArn, ViaService("elasticache")]
    logs_key_arn: Annotated[KeyArn, LogGroups()]
    topic_arn: Annotated[TopicArn, TopicPublisher("cloudwatch")]


class Outputs(Record, frozen=True, kw_only=True):
    endpoint: Annotated[CacheEndpoint, "Where the cache listens"]
    port: Annotated[CachePort, "The port that the cache listens on"]
    cache_id: Annotated[CacheId, "What the cache's metrics are found by, and what a login is signed for"]
    cache_arn: Annotated[CacheArn, "What a login by IAM is granted on"]
    user_id: Annotated[CacheUserId, "Who the service logs in as"]
    user_arn: Annotated[CacheUserArn, "Whom a login by IAM is granted for"]


class Cache(Stack[Parameters, Outputs]):
    description = "The cache of sessions and hot records, with its logs, alarms and snapshots."

    def __init__(self, prefix: str, settings: CacheSettings, log_days: int) -> None:
        super().__init__()
        self.settings = settings
        self.log_days = log_days
        self.name = unique(prefix)

    def resources(self, given: Parameters) -> Outputs:
        user = self.service_user()
        group = self.replication_group(given, self.user_group(user))
        self.alarms(group, given.topic_arn)
        return Outputs(
            endpoint=CacheEndpoint.of(group),
            port=CachePort.of(group),
            cache_id=CacheId.of(group),
            cache_arn=self.arn(group),
            user_id=CacheUserId.of(user),
            user_arn=CacheUserArn.of(user),
        )

    def replication_group(self, given: Parameters, users: elasticache.UserGroup) -> elasticache.ReplicationGroup:
        settings = self.settings
        has_replicas = settings.replicas > 0
        return self.add(
            elasticache.ReplicationGroup(
                "ReplicationGroup",
                ReplicationGroupId=self.name,
                ReplicationGroupDescription="Sessions and hot records",
                Engine=settings.engine,
                EngineVersion=settings.engine_version,
                CacheNodeType=settings.node_type,
                NumCacheClusters=1 + settings.replicas,
                AutomaticFailoverEnabled=has_replicas,
                MultiAZEnabled=has_replicas,
                Port=PORT,
                CacheSubnetGroupName=Ref(self.subnet_group(given)),
                SecurityGroupIds=[GetAtt(self.security_group(given), "GroupId")],
                AtRestEncryptionEnabled=True,
                KmsKeyId=given.data_key_arn,
                TransitEncryptionEnabled=True,
                TransitEncryptionMode="required",
                UserGroupIds=[Ref(users)],
                SnapshotRetentionLimit=settings.snapshot_days,
                SnapshotWindow="01:00-02:00",
                PreferredMaintenanceWindow="sun:03:00-sun:04:00",
                AutoMinorVersionUpgrade=True,
                LogDeliveryConfigurations=[self.delivery(log_type, given) for log_type in LOG_TYPES],
                DeletionPolicy=Snapshot,
                UpdateReplacePolicy=Snapshot,
            )
        )

    def delivery(self, log_type: str, given: Parameters) -> elasticache.LogDeliveryConfigurationRequest:
        """Into a log group of ours. Below /aws/vendedlogs/ it needs no statement of its own in a policy.

        https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/AWS-logs-infrastructure-V2-CloudWatchLogs.html
        """
        name = Join("", ["/aws/vendedlogs/elasticache/", self.name, f"/{log_type}"])
        logical_id = f"{log_type.title().replace('-', '')}Group"
        log_group = self.add(kept_log_group(logical_id, given.logs_key_arn, self.log_days, name))
        return elasticache.LogDeliveryConfigurationRequest(
            LogType=log_type,
            LogFormat="json",
            DestinationType="cloudwatch-logs",
            DestinationDetails=elasticache.DestinationDetails(
                CloudWatchLogsDetails=elasticache.CloudWatchLogsDestinationDetails(LogGroup=Ref(log_group))
            ),
        )

    def service_user(self) -> elasticache.User:
        """Logs in by IAM, for which id and name must be the same, in lower case.

        https://docs.aws.amazon.com/AmazonElastiCache/latest/dg/auth-iam.html
        """
        return self.add(
            elasticache.User(
                "ServiceUser",
                UserId=self.name,
                UserName=self.name,
                Engine=self.settings.engine,
                AccessString=SERVICE_ACCESS,
                AuthenticationMode=elasticache.AuthenticationMode(Type="iam"),
            )
        )

    def user_group(self, user: elasticache.User) -> elasticache.UserGroup:
        users = [user, *self.default_users()]
        return self.add(
            elasticache.UserGroup(
                "UserGroup",
                UserGroupId=self.name,
                Engine=self.settings.engine,
                UserIds=[Ref(member) for member in users],
            )
        )

    def default_users(self) -> list[elasticache.User]:
        """Redis wants a user named `default`, here one who is off; Valkey takes none without authentication.

        https://docs.aws.amazon.com/AmazonElastiCache/latest/dg/Clusters.RBAC.html
        """
        if self.settings.engine != "redis":
            return []
        return [
            self.add(
                elasticache.User(
                    "DefaultUser",
                    UserId=unique("default"),
                    UserName="default",
                    Engine=self.settings.engine,
                    AccessString="off ~* -@all",
                    AuthenticationMode=elasticache.AuthenticationMode(Type="no-password-required"),
                )
            )
        ]

    def subnet_group(self, given: Parameters) -> elasticache.SubnetGroup:
        return self.add(
            elasticache.SubnetGroup(
                "SubnetGroup",
                Description="Subnets without a route to the internet",
                SubnetIds=given.subnet_ids,
            )
        )

    def security_group(self, given: Parameters) -> ec2.SecurityGroup:
        client = given.client_security_group_id
        group = self.add(store_group("Cache", PORT, given.vpc_id, client))
        self.add(client_egress("Cache", PORT, client, group))
        return group

    def arn(self, group: elasticache.ReplicationGroup) -> CacheArn:
        """Composed, since the resource has no attribute for it.

        https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonelasticache.html
        """
        return CacheArn(
            Sub(
                "arn:${AWS::Partition}:elasticache:${AWS::Region}:${AWS::AccountId}:"
                f"replicationgroup:${{{group.title}}}"
            )
        )

    def alarms(self, group: elasticache.ReplicationGroup, topic: TopicArn) -> None:
        """Per node, since ElastiCache writes these metrics for nodes only.

        https://docs.aws.amazon.com/AmazonElastiCache/latest/dg/CacheMetrics.Redis.html
        """
        for number in range(1, 2 + self.settings.replicas):
            node = Join("-", [Ref(group), f"{number:03}"])
            for title, problem, metric in (
                ("Cpu", "is short of CPU", level(node, "EngineCPUUtilization", 80)),
                ("Memory", "is short of memory", level(node, "DatabaseMemoryUsagePercentage", 80)),
                ("Lag", "is more than 30 seconds behind its primary", level(node, "ReplicationLag", 30)),
                ("Eviction", "drops records for want of memory", count(node, "Evictions")),
                ("Login", "refuses logins", count(node, "AuthenticationFailures")),
            ):
                self.add(alarm(f"{title}Alarm{number}", f"Node {number} of the cache {problem}", metric, topic))


def level(node: Join, name: str, threshold: float) -> Metric:
    return Metric("AWS/ElastiCache", name, {"CacheClusterId": node}, threshold, missing="notBreaching")


def count(node: Join, name: str) -> Metric:
    """Bad whenever it happens at all."""
    return Metric(
        "AWS/ElastiCache", name, {"CacheClusterId": node}, 0, statistic="Sum", periods=1, missing="notBreaching"
    )
