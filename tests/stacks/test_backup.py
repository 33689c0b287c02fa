"""Backups are made, kept, locked, copied away, and known to be good."""

from __future__ import annotations

import json
from typing import Any

import pytest
from msgspec.structs import replace

from stacks.backup import Backup, copied_by
from stratopause.environments.schema import BackupSettings, Environment


@pytest.fixture(scope="module")
def resources(templates: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = templates["backup.json"]["Resources"]
    return found


def render(settings: BackupSettings, partition: str = "aws") -> dict[str, Any]:
    found: dict[str, Any] = Backup("clinic-production", settings, partition).render()["Resources"]
    return found


def rules(resources: dict[str, Any]) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = resources["Plan"]["Properties"]["BackupPlan"]["BackupPlanRule"]
    return found


@pytest.mark.parametrize(("daily", "monthly"), [(35, 2192), (400, 31)])
def test_what_the_plan_keeps_fits_the_lock(production: Environment, daily: int, monthly: int) -> None:
    """AWS Backup refuses a job whose retention doesn't, so there would be no backup."""
    resources = render(replace(production.backup, daily_days=daily, monthly_days=monthly))
    lock = resources["Vault"]["Properties"]["LockConfiguration"]
    kept = [rule["Lifecycle"]["DeleteAfterDays"] for rule in rules(resources)]
    assert kept == [daily, monthly]
    assert all(lock["MinRetentionDays"] <= days <= lock["MaxRetentionDays"] for days in kept)


def test_the_lock_can_be_undone_unless_the_environment_says_until_when(production: Environment) -> None:
    def lock(days: int | None) -> dict[str, Any]:
        settings = replace(production.backup, compliance_lock_days=days)
        found: dict[str, Any] = render(settings)["Vault"]["Properties"]["LockConfiguration"]
        return found

    assert "ChangeableForDays" not in lock(None)
    assert lock(30)["ChangeableForDays"] == 30


def test_nobody_deletes_a_recovery_point(resources: dict[str, Any]) -> None:
    (statement,) = json.loads(resources["Vault"]["Properties"]["AccessPolicy"])["Statement"]
    assert (statement["Effect"], statement["Principal"]) == ("Deny", "*")
    assert {"backup:DeleteRecoveryPoint", "backup:UpdateRecoveryPointLifecycle"} <= set(statement["Action"])


def test_the_vault_is_encrypted_by_the_key_of_data_and_stays(resources: dict[str, Any]) -> None:
    vault = resources["Vault"]
    assert vault["Properties"]["EncryptionKeyArn"] == {"Ref": "DataKeyArn"}
    assert (vault["DeletionPolicy"], vault["UpdateReplacePolicy"]) == ("RetainExceptOnCreate", "Retain")
    assert "AWS::StackId" in str(vault["Properties"]["BackupVaultName"])


def test_no_rule_backs_up_continuously(resources: dict[str, Any]) -> None:
    """It would take over the retention that RDS has, and show as drift."""
    assert all("EnableContinuousBackup" not in rule for rule in rules(resources))


def test_every_backup_is_copied_where_the_environment_says(resources: dict[str, Any], production: Environment) -> None:
    for rule in rules(resources):
        (copy,) = rule["CopyActions"]
        assert copy["DestinationBackupVaultArn"] == production.backup.destination_vault_arn
        assert copy["Lifecycle"] == rule["Lifecycle"]
    alone = render(replace(production.backup, destination_vault_arn=None))
    assert all("CopyActions" not in rule for rule in rules(alone))


def test_the_role_that_backs_up_cannot_restore(resources: dict[str, Any]) -> None:
    def policies(role: str) -> list[str]:
        return [arn["Fn::Sub"].rpartition("/")[2] for arn in resources[role]["Properties"]["ManagedPolicyArns"]]

    assert policies("BackupRole") == ["AWSBackupServiceRolePolicyForBackup"]
    assert policies("RestoreRole") == ["AWSBackupServiceRolePolicyForRestores"]


def test_the_newest_backup_of_the_database_is_restored_every_month(resources: dict[str, Any]) -> None:
    plan = resources["RestoreTest"]["Properties"]
    assert plan["RecoveryPointSelection"]["IncludeVaults"] == [{"Fn::GetAtt": ["Vault", "BackupVaultArn"]}]
    selection = resources["RestoreTestDatabase"]["Properties"]
    assert selection["ProtectedResourceType"] == "RDS"
    assert selection["IamRoleArn"] == {"Fn::GetAtt": ["RestoreRole", "Arn"]}


def test_govcloud_which_has_no_restore_tests_gets_none(production: Environment) -> None:
    types = {resource["Type"] for resource in render(production.backup, "aws-us-gov").values()}
    assert "AWS::Backup::BackupPlan" in types
    assert not [name for name in types if "RestoreTesting" in name]


def test_a_failed_backup_and_a_missing_one_are_told(resources: dict[str, Any]) -> None:
    failed, missing = (resources[name]["Properties"] for name in ("FailedBackupAlarm", "NoBackupAlarm"))
    assert (failed["MetricName"], failed["Threshold"]) == ("NumberOfBackupJobsFailed", 0)
    assert (missing["MetricName"], missing["TreatMissingData"]) == ("NumberOfBackupJobsCompleted", "breaching")
    assert failed["AlarmActions"] == missing["AlarmActions"] == [{"Ref": "TopicArn"}]
    notified = resources["Vault"]["Properties"]["Notifications"]
    assert notified["SNSTopicArn"] == {"Ref": "TopicArn"}
    assert "COPY_JOB_FAILED" in notified["BackupVaultEvents"]


def test_the_account_that_keeps_copies_may_read_what_it_copies(
    templates: dict[str, Any], production: Environment
) -> None:
    other = copied_by(production.backup, production.account)
    assert other
    key = templates["keys.json"]["Resources"]["DataKey"]["Properties"]["KeyPolicy"]["Statement"]
    assert {"CopyTakes", "CopyGrants"} <= {s["Sid"] for s in key if f"iam::{other}:root" in str(s["Principal"])}
    assert copied_by(production.backup, other) is None
    assert copied_by(replace(production.backup, destination_vault_arn=None), production.account) is None
