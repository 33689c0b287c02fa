"""Vaults, plans, selections and restore testing, as AWS Backup shows them."""

from __future__ import annotations

from typing import Any

import pytest

from tests.stratopause.emulator.resources.templates import (
    Resources,
    att,
    key,
    ref,
    resource,
    role,
    via_service,
)

pytestmark = pytest.mark.emulator


def backups(**plan: Any) -> Resources:
    daily = {
        "RuleName": "daily",
        "TargetBackupVault": ref("Vault"),
        "ScheduleExpression": "cron(0 3 * * ? *)",
        "Lifecycle": {"DeleteAfterDays": 35},
    }
    points = {
        "Algorithm": "LATEST_WITHIN_WINDOW",
        "IncludeVaults": ["*"],
        "RecoveryPointTypes": ["SNAPSHOT"],
        "SelectionWindowDays": 7,
    }
    return {
        "Key": key(via_service("backup")),
        "Role": role("backup.amazonaws.com"),
        "Vault": resource(
            "Backup::BackupVault",
            BackupVaultName="patients",
            EncryptionKeyArn=att("Key", "Arn"),
            LockConfiguration={"MinRetentionDays": 7, "MaxRetentionDays": 3653},
        ),
        "Plan": resource(
            "Backup::BackupPlan", BackupPlan={"BackupPlanName": "patients", "BackupPlanRule": [daily | plan]}
        ),
        "Selection": resource(
            "Backup::BackupSelection",
            BackupPlanId=ref("Plan"),
            BackupSelection={
                "SelectionName": "database",
                "IamRoleArn": att("Role", "Arn"),
                "Resources": ["arn:aws:rds:us-east-1:000000000000:db:patients"],
            },
        ),
        "Testing": resource(
            "Backup::RestoreTestingPlan",
            RestoreTestingPlanName="restore",
            RecoveryPointSelection=points,
            ScheduleExpression="cron(0 5 ? * SUN *)",
        ),
        "Tested": resource(
            "Backup::RestoreTestingSelection",
            RestoreTestingPlanName=ref("Testing"),
            RestoreTestingSelectionName="database",
            ProtectedResourceType="RDS",
            IamRoleArn=att("Role", "Arn"),
            ProtectedResourceArns=["*"],
        ),
    }


def test_backups_live_as_the_service_shows_them(account: Any) -> None:
    backup = account.client("backup")
    outputs = {"Vault": att("Vault", "BackupVaultArn"), "Plan": att("Plan", "BackupPlanArn")}
    outputs |= {"Version": att("Plan", "VersionId"), "Testing": att("Testing", "RestoreTestingPlanArn")}
    outputs |= {"Selection": att("Selection", "SelectionId")}
    stack = account.created(backups(), outputs)
    ids = stack.physical_ids
    vault = backup.describe_backup_vault(BackupVaultName="patients")
    assert vault["EncryptionKeyArn"].endswith(ids["Key"])
    assert (vault["Locked"], vault["MinRetentionDays"]) == (True, 7)
    assert backup.get_backup_plan(BackupPlanId=ids["Plan"])["BackupPlan"]["Rules"][0]["RuleName"] == "daily"
    selection = backup.get_backup_selection(BackupPlanId=ids["Plan"], SelectionId=stack.outputs["Selection"])
    assert selection["BackupSelection"]["SelectionName"] == "database"
    assert ids["Selection"] == f"{stack.outputs['Selection']}_{ids['Plan']}"
    testing = backup.get_restore_testing_plan(RestoreTestingPlanName="restore")["RestoreTestingPlan"]
    assert testing["RecoveryPointSelection"]["SelectionWindowDays"] == 7
    tested = backup.list_restore_testing_selections(RestoreTestingPlanName="restore")["RestoreTestingSelections"]
    assert tested[0]["ProtectedResourceType"] == "RDS"

    changed = backups(Lifecycle={"DeleteAfterDays": 40})
    changed["Testing"]["Properties"]["RecoveryPointSelection"]["SelectionWindowDays"] = 14
    changed["Selection"]["Properties"]["BackupSelection"]["SelectionName"] = "all"
    del changed["Vault"]["Properties"]["LockConfiguration"]
    after = account.created(changed, outputs).physical_ids
    assert {name for name in ids if after[name] != ids[name]} == {"Selection"}
    rules = backup.get_backup_plan(BackupPlanId=ids["Plan"])["BackupPlan"]["Rules"]
    assert rules[0]["Lifecycle"]["DeleteAfterDays"] == 40
    assert len(backup.list_backup_selections(BackupPlanId=ids["Plan"])["BackupSelectionsList"]) == 1
    testing = backup.get_restore_testing_plan(RestoreTestingPlanName="restore")["RestoreTestingPlan"]
    assert testing["RecoveryPointSelection"]["SelectionWindowDays"] == 14
    assert not backup.describe_backup_vault(BackupVaultName="patients")["Locked"]

    account.deleted()
    assert not backup.list_backup_vaults()["BackupVaultList"]
    assert not backup.list_backup_plans()["BackupPlansList"]
    assert not backup.list_restore_testing_plans()["RestoreTestingPlans"]


def test_a_vault_that_is_not_there_is_refused(account: Any) -> None:
    template = backups(TargetBackupVault="nowhere")
    assert "Cannot find Backup vault with name nowhere" in account.refusal(template, "Plan")


@pytest.mark.parametrize("logical_id", ["Vault", "Testing"])
def test_a_name_that_is_taken_is_refused(account: Any, logical_id: str) -> None:
    template = {name: backups()[name] for name in (logical_id, "Key")}
    account.created(template, name="first")
    assert "already exists" in account.refusal(template, logical_id)


def test_a_vault_with_recovery_points_is_not_deleted(account: Any) -> None:
    database = resource(
        "RDS::DBInstance",
        DBInstanceIdentifier="patients",
        Engine="postgres",
        DBInstanceClass="db.t4g.micro",
        AllocatedStorage="20",
        MasterUsername="admin1",
        ManageMasterUserPassword=True,
    )
    account.created({"Database": database, **backups()})
    account.client("backup").start_backup_job(
        BackupVaultName="patients",
        ResourceArn="arn:aws:rds:us-east-1:000000000000:db:patients",
        IamRoleArn="arn:aws:iam::000000000000:role/backup",
    )
    stack = account.delete()
    assert stack.status == "DELETE_FAILED"
    assert "contains recovery points" in stack.reasons["Vault"]


def test_an_unknown_restore_testing_plan_is_not_described(account: Any) -> None:
    backup = account.client("backup")
    with pytest.raises(backup.exceptions.ResourceNotFoundException):
        backup.get_restore_testing_plan(RestoreTestingPlanName="nothing")
    with pytest.raises(backup.exceptions.ResourceNotFoundException):
        backup.get_restore_testing_selection(RestoreTestingPlanName="nothing", RestoreTestingSelectionName="nothing")


def test_a_selection_of_an_unknown_plan_is_refused(account: Any) -> None:
    tested, backup_role = backups()["Tested"], backups()["Role"]
    tested["Properties"]["RestoreTestingPlanName"] = "nothing"
    reason = account.refusal({"Tested": tested, "Role": backup_role}, "Tested")
    assert "Restore testing plan 'nothing' not found." in reason


def test_a_restore_testing_selection_changes_in_place(account: Any) -> None:
    ids = account.created(backups()).physical_ids
    changed = backups()
    changed["Tested"]["Properties"]["ProtectedResourceArns"] = ["arn:aws:rds:us-east-1:000000000000:db:patients"]
    assert account.created(changed).physical_ids == ids
    shown = account.client("backup").get_restore_testing_selection(
        RestoreTestingPlanName="restore", RestoreTestingSelectionName="database"
    )["RestoreTestingSelection"]
    assert shown["ProtectedResourceArns"][0].endswith("patients")


def test_plans_with_selections_are_not_deleted(account: Any) -> None:
    template = {name: item for name, item in backups().items() if name not in {"Selection", "Tested"}}
    stack = account.created(template, {"Role": att("Role", "Arn")})
    tested, selected = backups()["Tested"], backups()["Selection"]
    tested["Properties"] |= {"RestoreTestingPlanName": "restore", "IamRoleArn": stack.outputs["Role"]}
    selected["Properties"]["BackupPlanId"] = stack.physical_ids["Plan"]
    selected["Properties"]["BackupSelection"]["IamRoleArn"] = stack.outputs["Role"]
    account.created({"Tested": tested, "Selected": selected}, name="other")
    reasons = account.delete().reasons
    assert "it has restore testing selections" in reasons["Testing"]
    assert "Related backup plan selections must be deleted" in reasons["Plan"]
