"""The PostgreSQL instance that holds patient records."""

from __future__ import annotations

from typing import Annotated

from troposphere import GetAtt, Join, Ref, Snapshot, Sub, backup, ec2, iam, logs, rds

from policies.kms import LogGroups, TopicPublisher, ViaService
from policies.roles import assumed_by
from stacks.alarms import Metric, alarm
from stacks.logs import kept_log_group
from stacks.names import unique
from stacks.reach import client_egress, store_group
from stratopause.environments.schema import DatabaseSettings
from stratopause.wiring.records import Record
from stratopause.wiring.stack import Stack
from stratopause.wiring.values import (
    BackupPlanId,
    DatabaseEndpoint,
    DatabaseIdentifier,
    DatabasePort,
    DatabaseResourceId,
    KeyArn,
    RoleArn,
    SecretArn,
    SecurityGroupId,
    SubnetIds,
    TopicArn,
    VpcId,
)

PORT = 5432
DATABASE_NAME = "records"
"""The one database, made with the instance; `postgres` stays what PostgreSQL means it for, a place to log in to."""
GIBIBYTE = 1024**3
LOG_EXPORTS = ("postgresql", "upgrade", "iam-db-auth-error")

PARAMETERS = {
    "rds.force_ssl": "1",
    "shared_preload_libraries": "pg_stat_statements,pgaudit",
    # Who changed which table or role; never rows, whose values are patient data.
    "pgaudit.log": "ddl,role",
    "pgaudit.log_parameter": "0",
    "pgaudit.role": "rds_pgaudit",
    "log_connections": "1",
    "log_disconnections": "1",
    # A statement in a log can hold patient data: no slow ones, no failed ones, no bound values.
    "log_statement": "none",
    "log_min_duration_statement": "-1",
    "log_min_error_statement": "panic",
    "log_parameter_max_length": "0",
    "log_parameter_max_length_on_error": "0",
}


class Parameters(Record, frozen=True, kw_only=True):
    vpc_id: VpcId
    subnet_ids: SubnetIds
    client_security_group_id: SecurityGroupId
    data_key_arn: Annotated[KeyArn, ViaService("rds")]
    secrets_key_arn: Annotated[KeyArn, ViaService("rds"), ViaService("secretsmanager")]
    logs_key_arn: Annotated[KeyArn, LogGroups()]
    topic_arn: Annotated[TopicArn, TopicPublisher("cloudwatch"), TopicPublisher("events.rds")]
    backup_plan_id: BackupPlanId
    backup_role_arn: RoleArn


class Outputs(Record, frozen=True, kw_only=True):
    endpoint: Annotated[DatabaseEndpoint, "Where PostgreSQL listens"]
    port: Annotated[DatabasePort, "The port that PostgreSQL listens on"]
    identifier: Annotated[DatabaseIdentifier, "What the database's metrics are found by"]
    resource_id: Annotated[DatabaseResourceId, "What a login by IAM is granted on"]
    master_secret_arn: Annotated[SecretArn, "The master password, kept and rotated by RDS"]


class Database(Stack[Parameters, Outputs]):
    description = "The PostgreSQL instance that holds patient records, with its logs, alarms and backup."

    def __init__(self, prefix: str, settings: DatabaseSettings, log_days: int) -> None:
        super().__init__()
        self.settings = settings
        self.log_days = log_days
        self.name = unique(prefix)

    def resources(self, given: Parameters) -> Outputs:
        instance = self.instance(given, self.security_group(given), self.log_groups(given))
        self.subscribe(instance, given)
        self.alarms(instance, given.topic_arn)
        self.back_up(instance, given)
        return Outputs(
            endpoint=DatabaseEndpoint.of(instance),
            port=DatabasePort.of(instance),
            identifier=DatabaseIdentifier.of(instance),
            resource_id=DatabaseResourceId.of(instance),
            master_secret_arn=SecretArn.of(instance),
        )

    def instance(
        self, given: Parameters, security_group: ec2.SecurityGroup, log_groups: list[logs.LogGroup]
    ) -> rds.DBInstance:
        settings = self.settings
        return self.add(
            rds.DBInstance(
                "Instance",
                DBInstanceIdentifier=self.name,
                DBName=DATABASE_NAME,
                Engine="postgres",
                EngineVersion=settings.engine_version,
                DBInstanceClass=settings.instance_class,
                AllocatedStorage=str(settings.storage_gib),
                MaxAllocatedStorage=settings.max_storage_gib,
                StorageType="gp3",
                StorageEncrypted=True,
                KmsKeyId=given.data_key_arn,
                MasterUsername="postgres",
                ManageMasterUserPassword=True,
                MasterUserSecret=rds.MasterUserSecret(KmsKeyId=given.secrets_key_arn),
                EnableIAMDatabaseAuthentication=True,
                CACertificateIdentifier="rds-ca-rsa2048-g1",
                DBSubnetGroupName=Ref(self.subnet_group(given)),
                DBParameterGroupName=Ref(self.parameter_group()),
                VPCSecurityGroups=[GetAtt(security_group, "GroupId")],
                PubliclyAccessible=False,
                MultiAZ=settings.multi_az,
                BackupRetentionPeriod=settings.backup_days,
                PreferredBackupWindow="01:00-02:00",
                PreferredMaintenanceWindow="sun:03:00-sun:04:00",
                AutoMinorVersionUpgrade=True,
                AllowMajorVersionUpgrade=False,
                CopyTagsToSnapshot=True,
                DeleteAutomatedBackups=False,
                DeletionProtection=True,
                MonitoringInterval=60,
                MonitoringRoleArn=GetAtt(self.monitoring_role(), "Arn"),
                DatabaseInsightsMode="standard",
                EnablePerformanceInsights=True,
                PerformanceInsightsKMSKeyId=given.data_key_arn,
                PerformanceInsightsRetentionPeriod=7,
                EnableCloudwatchLogsExports=list(LOG_EXPORTS),
                DependsOn=[log_group.title for log_group in log_groups],
                DeletionPolicy=Snapshot,
                UpdateReplacePolicy=Snapshot,
            )
        )

    def log_groups(self, given: Parameters) -> list[logs.LogGroup]:
        """Made before the instance: RDS would make them without a key and keep them for ever.

        https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_LogAccess.Procedural.UploadtoCloudWatch.html
        """
        return [
            self.add(
                kept_log_group(
                    f"{export.title().replace('-', '')}LogGroup",
                    given.logs_key_arn,
                    self.log_days,
                    Join("", ["/aws/rds/instance/", self.name, f"/{export}"]),
                )
            )
            for export in LOG_EXPORTS
        ]

    def subnet_group(self, given: Parameters) -> rds.DBSubnetGroup:
        return self.add(
            rds.DBSubnetGroup(
                "SubnetGroup",
                DBSubnetGroupDescription="Subnets without a route to the internet",
                SubnetIds=given.subnet_ids,
            )
        )

    def parameter_group(self) -> rds.DBParameterGroup:
        return self.add(
            rds.DBParameterGroup(
                "ParameterGroup",
                Family=f"postgres{self.settings.engine_version.split('.')[0]}",
                Description="TLS only, audited, and no patient data in the logs",
                Parameters=PARAMETERS,
            )
        )

    def security_group(self, given: Parameters) -> ec2.SecurityGroup:
        client = given.client_security_group_id
        group = self.add(store_group("PostgreSQL", PORT, given.vpc_id, client))
        self.add(client_egress("PostgreSQL", PORT, client, group))
        return group

    def monitoring_role(self) -> iam.Role:
        managed = "arn:${AWS::Partition}:iam::aws:policy/service-role/AmazonRDSEnhancedMonitoringRole"
        return self.add(
            iam.Role(
                "MonitoringRole",
                Description="Lets RDS write the metrics of the database's operating system",
                AssumeRolePolicyDocument=assumed_by("monitoring.rds"),
                ManagedPolicyArns=[Sub(managed)],
            )
        )

    def subscribe(self, instance: rds.DBInstance, given: Parameters) -> None:
        self.add(
            rds.EventSubscription(
                "Events",
                SnsTopicArn=given.topic_arn,
                SourceType="db-instance",
                SourceIds=[Ref(instance)],
                EventCategories=[
                    "availability",
                    "configuration change",
                    "deletion",
                    "failover",
                    "failure",
                    "low storage",
                    "maintenance",
                    "recovery",
                ],
            )
        )

    def alarms(self, instance: rds.DBInstance, topic: TopicArn) -> None:
        def metric(name: str, threshold: float, **how: object) -> Metric:
            return Metric("AWS/RDS", name, {"DBInstanceIdentifier": Ref(instance)}, threshold, **how)  # type: ignore[arg-type]

        tenth = self.settings.storage_gib * GIBIBYTE / 10
        self.add(alarm("CpuAlarm", "The database is short of CPU", metric("CPUUtilization", 80), topic))
        self.add(
            alarm(
                "StorageAlarm",
                "The database has less than a tenth of its storage left",
                metric("FreeStorageSpace", tenth, comparison="LessThanThreshold", statistic="Minimum"),
                topic,
            )
        )
        self.add(
            alarm(
                "MemoryAlarm",
                "The database is short of memory",
                metric("FreeableMemory", GIBIBYTE / 8, comparison="LessThanThreshold"),
                topic,
            )
        )
        self.add(
            alarm(
                "TransactionAlarm",
                "Transaction ids run out: PostgreSQL stops at two thousand million",
                metric("MaximumUsedTransactionIDs", 1_000_000_000, statistic="Maximum"),
                topic,
            )
        )

    def back_up(self, instance: rds.DBInstance, given: Parameters) -> None:
        self.add(
            backup.BackupSelection(
                "BackupSelection",
                BackupPlanId=given.backup_plan_id,
                BackupSelection=backup.BackupSelectionResourceType(
                    SelectionName="database",
                    IamRoleArn=given.backup_role_arn,
                    Resources=[GetAtt(instance, "DBInstanceArn")],
                ),
            )
        )
