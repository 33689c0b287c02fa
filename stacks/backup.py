"""The locked vault, the plans that fill it, and the test that backups can be restored."""

from __future__ import annotations

from typing import Annotated

from troposphere import GetAtt, Ref, Retain, RetainExceptOnCreate, Sub, backup, encode_to_dict, iam

from policies.kms import TopicPublisher, ViaService
from policies.roles import passed_to
from policies.vaults import NOBODY_DELETES
from stacks.alarms import Metric, alarm
from stacks.names import unique
from stratopause.environments.schema import BackupSettings
from stratopause.wiring.records import Record
from stratopause.wiring.stack import Stack
from stratopause.wiring.values import BackupPlanId, BackupVaultName, KeyArn, RoleArn, TopicArn

DAY = 86400
# In UTC, and clear of the database's own backup and maintenance windows, in which RDS takes no other:
# https://docs.aws.amazon.com/aws-backup/latest/devguide/creating-a-backup-plan.html
DAILY = "cron(0 5 * * ? *)"
MONTHLY = "cron(0 7 1 * ? *)"
RESTORE_TEST = "cron(0 9 2 * ? *)"

WITHOUT_RESTORE_TESTS = ("aws-us-gov",)
"""https://docs.aws.amazon.com/aws-backup/latest/devguide/backup-feature-availability.html"""

EVENTS = ("COPY_JOB_FAILED", "RESTORE_JOB_COMPLETED")
"""What is told beside the alarms: a copy that failed, and every restore, since it lays patient data open."""


class Parameters(Record, frozen=True, kw_only=True):
    data_key_arn: Annotated[KeyArn, ViaService("backup")]
    topic_arn: Annotated[TopicArn, TopicPublisher("cloudwatch"), TopicPublisher("backup")]


class Outputs(Record, frozen=True, kw_only=True):
    plan_id: Annotated[BackupPlanId, "The plan that a store of data is added to"]
    selection_role_arn: Annotated[RoleArn, "The role that AWS Backup reads a store of data with"]
    vault_name: Annotated[BackupVaultName, "Where recovery points are kept"]


def copied_by(settings: BackupSettings, account: str) -> str | None:
    """The account that the copies of backups go to, if it is another than `account`."""
    if settings.destination_vault_arn is None:
        return None
    destination = settings.destination_vault_arn.split(":")[4]
    return destination if destination != account else None


class Backup(Stack[Parameters, Outputs]):
    description = "The locked vault, the plans that fill it, and the test that backups can be restored."

    def __init__(self, prefix: str, settings: BackupSettings, partition: str) -> None:
        super().__init__()
        self.prefix = prefix
        self.settings = settings
        self.partition = partition

    def resources(self, given: Parameters) -> Outputs:
        vault = self.vault(given)
        plan = self.plan(vault)
        role = self.role("BackupRole", "Lets AWS Backup read what it backs up", "ForBackup")
        if self.partition not in WITHOUT_RESTORE_TESTS:
            self.test_restores(vault)
        self.alarms(vault, given.topic_arn)
        return Outputs(
            plan_id=BackupPlanId.of(plan),
            selection_role_arn=RoleArn.of(role),
            vault_name=BackupVaultName.of(vault),
        )

    def vault(self, given: Parameters) -> backup.BackupVault:
        """Locked in governance mode, unless the environment names the days until nobody can undo the lock.

        What has expired is deleted by AWS Backup itself, which no access policy hinders.
        https://docs.aws.amazon.com/aws-backup/latest/devguide/vault-lock.html
        """
        return self.add(
            backup.BackupVault(
                "Vault",
                BackupVaultName=unique(self.prefix),
                EncryptionKeyArn=given.data_key_arn,
                LockConfiguration=self.lock(),
                AccessPolicy=encode_to_dict(NOBODY_DELETES),
                Notifications=backup.NotificationObjectType(
                    BackupVaultEvents=list(EVENTS), SNSTopicArn=given.topic_arn
                ),
                DeletionPolicy=RetainExceptOnCreate,
                UpdateReplacePolicy=Retain,
            )
        )

    def lock(self) -> backup.LockConfigurationType:
        """A job whose retention doesn't fit is refused, so the lock is what the plan keeps."""
        kept = (self.settings.daily_days, self.settings.monthly_days)
        lock = backup.LockConfigurationType(MinRetentionDays=min(kept), MaxRetentionDays=max(kept))
        if self.settings.compliance_lock_days is not None:
            lock.ChangeableForDays = self.settings.compliance_lock_days
        return lock

    def plan(self, vault: backup.BackupVault) -> backup.BackupPlan:
        return self.add(
            backup.BackupPlan(
                "Plan",
                BackupPlan=backup.BackupPlanResourceType(
                    BackupPlanName=self.prefix,
                    BackupPlanRule=[
                        self.rule("daily", DAILY, self.settings.daily_days, vault),
                        self.rule("monthly", MONTHLY, self.settings.monthly_days, vault),
                    ],
                ),
            )
        )

    def rule(self, name: str, schedule: str, days: int, vault: backup.BackupVault) -> backup.BackupRuleResourceType:
        """No continuous backup, which would take over RDS's own retention, and no cold storage, which RDS hasn't.

        https://docs.aws.amazon.com/aws-backup/latest/devguide/backup-feature-availability.html
        """
        lifecycle = backup.LifecycleResourceType(DeleteAfterDays=days)
        rule = backup.BackupRuleResourceType(
            RuleName=name,
            TargetBackupVault=Ref(vault),
            ScheduleExpression=schedule,
            StartWindowMinutes=60,
            CompletionWindowMinutes=600,
            Lifecycle=lifecycle,
        )
        destination = self.settings.destination_vault_arn
        if destination is not None:
            copy = backup.CopyActionResourceType(DestinationBackupVaultArn=destination, Lifecycle=lifecycle)
            rule.CopyActions = [copy]
        return rule

    def role(self, logical_id: str, description: str, policy: str) -> iam.Role:
        """The policies of AWS follow the services that AWS Backup knows.

        https://docs.aws.amazon.com/aws-backup/latest/devguide/iam-service-roles.html
        """
        managed = f"arn:${{AWS::Partition}}:iam::aws:policy/service-role/AWSBackupServiceRolePolicy{policy}"
        return self.add(
            iam.Role(
                logical_id,
                Description=description,
                AssumeRolePolicyDocument=passed_to("backup"),
                ManagedPolicyArns=[Sub(managed)],
            )
        )

    def test_restores(self, vault: backup.BackupVault) -> None:
        """Once a month the newest backup is restored beside the original, and deleted again.

        https://docs.aws.amazon.com/aws-backup/latest/devguide/restore-testing.html
        """
        role = self.role("RestoreRole", "Lets AWS Backup restore what it tests", "ForRestores")
        plan = self.add(
            backup.RestoreTestingPlan(
                "RestoreTest",
                RestoreTestingPlanName=self.prefix.replace("-", "_"),
                ScheduleExpression=RESTORE_TEST,
                StartWindowHours=8,
                RecoveryPointSelection=backup.RestoreTestingRecoveryPointSelection(
                    Algorithm="LATEST_WITHIN_WINDOW",
                    IncludeVaults=[GetAtt(vault, "BackupVaultArn")],
                    RecoveryPointTypes=["SNAPSHOT"],
                    SelectionWindowDays=7,
                ),
            )
        )
        self.add(
            backup.RestoreTestingSelection(
                "RestoreTestDatabase",
                RestoreTestingPlanName=Ref(plan),
                RestoreTestingSelectionName="database",
                ProtectedResourceType="RDS",
                ProtectedResourceArns=["*"],
                IamRoleArn=GetAtt(role, "Arn"),
                ValidationWindowHours=1,
            )
        )

    def alarms(self, vault: backup.BackupVault, topic: TopicArn) -> None:
        """By the metrics of AWS Backup, which are written every five minutes while there are jobs.

        https://docs.aws.amazon.com/aws-backup/latest/devguide/cloudwatch.html
        """
        of_vault = {"BackupVaultName": Ref(vault)}
        failed = Metric(
            "AWS/Backup", "NumberOfBackupJobsFailed", of_vault, 0, statistic="Sum", periods=1, missing="notBreaching"
        )
        done = Metric(
            "AWS/Backup",
            "NumberOfBackupJobsCompleted",
            of_vault,
            1,
            comparison="LessThanThreshold",
            statistic="Sum",
            period=DAY,
            periods=2,
            missing="breaching",
        )
        self.add(alarm("FailedBackupAlarm", "A backup failed", failed, topic))
        self.add(alarm("NoBackupAlarm", "For two days nothing was backed up", done, topic))
