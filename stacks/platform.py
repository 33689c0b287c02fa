"""The root stack: which stacks there are, and what each gives the next. All wiring is here."""

from __future__ import annotations

from typing import Annotated

from stacks import (
    access,
    alerts,
    audit,
    backup,
    cache,
    dashboard,
    database,
    endpoints,
    ingress,
    network,
    service,
    trail_archive,
)
from stacks.access import Access
from stacks.alerts import Alerts
from stacks.archive import Archive
from stacks.archive import Outputs as ArchiveOutputs
from stacks.audit import Audit
from stacks.backup import Backup
from stacks.cache import Cache
from stacks.dashboard import Dashboard
from stacks.database import Database
from stacks.endpoints import Endpoints
from stacks.ingress import Ingress
from stacks.keys import Keys
from stacks.keys import Outputs as KeysOutputs
from stacks.network import Network
from stacks.service import Service
from stacks.trail_archive import TrailArchive
from stratopause.environments.schema import Environment
from stratopause.wiring.records import Nothing, Record
from stratopause.wiring.stack import ParentStack
from stratopause.wiring.values import (
    BackupVaultName,
    BucketName,
    CacheEndpoint,
    CachePort,
    ClusterName,
    DatabaseEndpoint,
    DatabasePort,
    KeyArn,
    ListenerArn,
    LoadBalancerDnsName,
    LogGroupName,
    SecretArn,
    SecurityGroupId,
    ServiceName,
    SubnetIds,
    TaskDefinitionArn,
    TopicArn,
    TrailArn,
    Url,
    VpcId,
)


class Outputs(Record, frozen=True, kw_only=True):
    """What a consumer of the platform needs; `db_endpoint` is collected from `DbEndpoint`."""

    vpc_id: Annotated[VpcId, "The VPC that everything runs in"]
    url: Annotated[Url, "Where patients and staff reach the platform"]
    alb_dns_name: Annotated[LoadBalancerDnsName, "The load balancer's own DNS name"]
    listener_arn: Annotated[ListenerArn, "The HTTPS listener, to add rules to"]
    db_endpoint: Annotated[DatabaseEndpoint, "Where PostgreSQL listens"]
    db_port: Annotated[DatabasePort, "The port that PostgreSQL listens on"]
    db_secret_arn: Annotated[SecretArn, "The database's master password, kept and rotated by RDS"]
    redis_endpoint: Annotated[CacheEndpoint, "Where the cache listens"]
    redis_port: Annotated[CachePort, "The port that the cache listens on"]
    kms_key_arn: Annotated[KeyArn, "The key that encrypts patient data"]
    cluster_name: Annotated[ClusterName, "The cluster that the service's tasks run in"]
    service_name: Annotated[ServiceName, "The service, to deploy to or to look at"]
    service_log_group_name: Annotated[LogGroupName, "Where the service's tasks log"]
    service_subnet_ids: Annotated[SubnetIds, "Where a one-off task runs"]
    service_security_group_id: Annotated[SecurityGroupId, "What a one-off task may reach"]
    preparation_task_arn: Annotated[TaskDefinitionArn, "Run once: makes the service's database user"]
    backup_vault_name: Annotated[BackupVaultName, "Where recovery points are kept"]
    access_log_bucket_name: Annotated[BucketName, "Who read or wrote objects in the platform's buckets"]
    load_balancer_log_bucket_name: Annotated[BucketName, "Which requests reached the load balancer"]
    alert_topic_arn: Annotated[TopicArn, "Where alarms and events are told, to subscribe to"]
    trail_arn: Annotated[TrailArn, "The trail that records API calls"]
    dashboard_url: Annotated[Url, "The dashboard in the console"]


class Platform(ParentStack[Outputs]):
    description = "A HIPAA-compliant healthcare platform."

    def __init__(self, environment: Environment) -> None:
        super().__init__(environment.resource_tags)
        self.environment = environment

    def length_of(self, output: str) -> int:
        return len(self.environment.network.zones)

    def resources(self, given: Nothing) -> Outputs:
        environment = self.environment
        prefix = environment.prefix
        log_days, archive_days = environment.retention.log_days, environment.retention.archive_days

        keys = self.nest("Keys", Keys(prefix, backup.copied_by(environment.backup, environment.account)), Nothing())
        archive = self.nest("Archive", Archive(archive_days), Nothing())
        alerting = self.nest(
            "Alerts", Alerts(prefix, environment.alerts), alerts.Parameters(topics_key_arn=keys.topics_key_arn)
        )
        vpc = self.nest(
            "Network",
            Network(prefix, environment.network, log_days),
            network.Parameters(logs_key_arn=keys.logs_key_arn),
        )
        groups = self.nest(
            "Access",
            Access(environment.ingress.allowed_cidrs, environment.service.port),
            access.Parameters(vpc_id=vpc.vpc_id),
        )
        self.nest(
            "Endpoints",
            Endpoints(environment.network.s3_prefix_list),
            endpoints.Parameters(
                vpc_id=vpc.vpc_id,
                subnet_ids=vpc.service_subnet_ids,
                route_table_ids=vpc.service_route_table_ids,
                service_security_group_id=groups.service_security_group_id,
            ),
        )
        backups = self.nest(
            "Backup",
            Backup(prefix, environment.backup, environment.partition),
            backup.Parameters(data_key_arn=keys.data_key_arn, topic_arn=alerting.topic_arn),
        )
        records = self.nest(
            "Database",
            Database(prefix, environment.database, log_days),
            database.Parameters(
                vpc_id=vpc.vpc_id,
                subnet_ids=vpc.data_subnet_ids,
                client_security_group_id=groups.service_security_group_id,
                data_key_arn=keys.data_key_arn,
                secrets_key_arn=keys.secrets_key_arn,
                logs_key_arn=keys.logs_key_arn,
                topic_arn=alerting.topic_arn,
                backup_plan_id=backups.plan_id,
                backup_role_arn=backups.selection_role_arn,
            ),
        )
        hot = self.nest(
            "Cache",
            Cache(prefix, environment.cache, log_days),
            cache.Parameters(
                vpc_id=vpc.vpc_id,
                subnet_ids=vpc.data_subnet_ids,
                client_security_group_id=groups.service_security_group_id,
                data_key_arn=keys.data_key_arn,
                logs_key_arn=keys.logs_key_arn,
                topic_arn=alerting.topic_arn,
            ),
        )
        internal = environment.ingress.scheme == "internal"
        entrance = self.nest(
            "Ingress",
            Ingress(prefix, environment.ingress, environment.service, log_days),
            ingress.Parameters(
                vpc_id=vpc.vpc_id,
                subnet_ids=vpc.service_subnet_ids if internal else vpc.public_subnet_ids,
                security_group_id=groups.load_balancer_security_group_id,
                log_bucket_name=archive.load_balancer_log_bucket_name,
                logs_key_arn=keys.logs_key_arn,
                topic_arn=alerting.topic_arn,
            ),
        )
        workload = self.nest(
            "Service",
            Service(prefix, environment.service, log_days),
            service.Parameters(
                subnet_ids=vpc.service_subnet_ids,
                security_group_id=groups.service_security_group_id,
                target_group_arn=entrance.target_group_arn,
                data_key_arn=keys.data_key_arn,
                logs_key_arn=keys.logs_key_arn,
                topic_arn=alerting.topic_arn,
                database_endpoint=records.endpoint,
                database_port=records.port,
                database_resource_id=records.resource_id,
                master_secret_arn=records.master_secret_arn,
                secrets_key_arn=keys.secrets_key_arn,
                cache_endpoint=hot.endpoint,
                cache_port=hot.port,
                cache_id=hot.cache_id,
                cache_arn=hot.cache_arn,
                cache_user_id=hot.user_id,
                cache_user_arn=hot.user_arn,
            ),
            after=["Endpoints"],
        )
        screen = self.nest(
            "Dashboard",
            Dashboard(prefix, environment.partition),
            dashboard.Parameters(
                load_balancer_name=entrance.load_balancer_name,
                target_group_name=entrance.target_group_name,
                cluster_name=workload.cluster_name,
                service_name=workload.service_name,
                database_identifier=records.identifier,
                cache_id=hot.cache_id,
            ),
        )
        return Outputs(
            vpc_id=vpc.vpc_id,
            url=entrance.url,
            alb_dns_name=entrance.load_balancer_dns_name,
            listener_arn=entrance.listener_arn,
            db_endpoint=records.endpoint,
            db_port=records.port,
            db_secret_arn=records.master_secret_arn,
            redis_endpoint=hot.endpoint,
            redis_port=hot.port,
            kms_key_arn=keys.data_key_arn,
            cluster_name=workload.cluster_name,
            service_name=workload.service_name,
            service_log_group_name=workload.log_group_name,
            service_subnet_ids=vpc.service_subnet_ids,
            service_security_group_id=groups.service_security_group_id,
            preparation_task_arn=workload.preparation_task_arn,
            backup_vault_name=backups.vault_name,
            access_log_bucket_name=archive.access_log_bucket_name,
            load_balancer_log_bucket_name=archive.load_balancer_log_bucket_name,
            alert_topic_arn=alerting.topic_arn,
            trail_arn=self.trail(keys, archive, alerting),
            dashboard_url=screen.url,
        )

    def trail(self, keys: KeysOutputs, archive: ArchiveOutputs, alerting: alerts.Outputs) -> TrailArn:
        """The account's trail: made here by its owner, named by the others."""
        environment = self.environment
        if not environment.owns_trail:
            return TrailArn(environment.trail_arn)
        bucket = self.nest(
            "TrailArchive",
            TrailArchive(environment.prefix, environment.retention.archive_days),
            trail_archive.Parameters(
                access_log_bucket_name=archive.access_log_bucket_name, archive_key_arn=keys.archive_key_arn
            ),
        )
        return self.nest(
            "Audit",
            Audit(environment.prefix, environment.retention.log_days),
            audit.Parameters(
                trail_bucket_name=bucket.trail_bucket_name,
                archive_key_arn=keys.archive_key_arn,
                logs_key_arn=keys.logs_key_arn,
                topic_arn=alerting.topic_arn,
            ),
        ).trail_arn
