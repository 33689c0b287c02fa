from __future__ import annotations

from typing import Any

import pytest

from tests.forest import forest, found, places, resource, template

RULE = "E9410"
LOCK = {"MinRetentionDays": 30, "MaxRetentionDays": 400}


def _vault(lock: Any = LOCK, **properties: Any) -> dict[str, Any]:
    return resource("Backup::BackupVault", {"LockConfiguration": lock, **properties})


def _plan(lifecycle: Any, vault: Any = None, **rule: Any) -> dict[str, Any]:
    one = {"RuleName": "daily", "TargetBackupVault": vault or {"Ref": "Vault"}, "Lifecycle": lifecycle, **rule}
    return resource("Backup::BackupPlan", {"BackupPlan": {"BackupPlanName": "p", "BackupPlanRule": [one]}})


def _selection(**selection: Any) -> dict[str, Any]:
    found_ = selection or {"Resources": ["arn:aws:rds:*:*:db:*"]}
    return resource("Backup::BackupSelection", {"BackupPlanId": {"Ref": "Plan"}, "BackupSelection": found_})


def _found(plan: Any, **resources: Any) -> list[tuple[Any, ...]]:
    body = template(**{"Vault": _vault(), "Plan": plan, "Selection": _selection(), **resources})
    return [problem.path[1:] for problem in found(RULE, forest(platform=body))]


GOOD = _plan({"DeleteAfterDays": 35})
RULE_PATH = ("Plan", "Properties", "BackupPlan", "BackupPlanRule", 0)


def test_a_locked_vault_whose_plan_fits_and_selects_is_fine() -> None:
    assert not _found(GOOD)


@pytest.mark.parametrize(
    "vault",
    [
        resource("Backup::BackupVault"),
        _vault({"MaxRetentionDays": 3}),
        _vault({"MinRetentionDays": 0}),
        _vault({"MinRetentionDays": 10, "MaxRetentionDays": 5}),
        _vault({"MinRetentionDays": 10, "ChangeableForDays": 1}),
        resource("Backup::LogicallyAirGappedBackupVault", {"MinRetentionDays": 10, "MaxRetentionDays": 5}),
        resource("Backup::LogicallyAirGappedBackupVault", {"MinRetentionDays": 6, "MaxRetentionDays": 50}),
    ],
)
def test_a_vault_without_a_lock_that_holds_is_found(vault: Any) -> None:
    assert places(RULE, forest(platform=template(Vault=vault))) == ["platform.json/Vault"]


@pytest.mark.parametrize(
    "lifecycle",
    [
        {"DeleteAfterDays": 29},
        {"DeleteAfterDays": "401"},
        {},
        {"DeleteAfterDays": 100, "MoveToColdStorageAfterDays": 30},
    ],
)
@pytest.mark.parametrize(
    ("vault", "name"),
    [
        ({"Ref": "Vault"}, "vault-a"),
        ("vault-a", "vault-a"),
        ({"Fn::GetAtt": ["Vault", "BackupVaultName"]}, None),
        ({"Fn::Sub": "${Vault}"}, None),
    ],
)
def test_a_lifecycle_that_does_not_fit_is_found(lifecycle: Any, vault: Any, name: str | None) -> None:
    found_ = _found(_plan(lifecycle, vault), Vault=_vault(**({"BackupVaultName": name} if name else {})))
    assert [path[:5] for path in found_] == [RULE_PATH]


@pytest.mark.parametrize("days", [30, 400])
def test_the_bounds_themselves_fit(days: int) -> None:
    assert not _found(_plan({"DeleteAfterDays": days}))
    assert not _found(_plan({"DeleteAfterDays": 120, "MoveToColdStorageAfterDays": 30}))
    assert not _found(_plan({"DeleteAfterDays": days}), Vault=_vault({"MinRetentionDays": 1, "ChangeableForDays": 3}))
    assert not _found(_plan({"DeleteAfterDays": days}), Vault=_vault(dict.fromkeys(LOCK, days)))


def test_what_moves_at_once_stays_for_ninety_days_too() -> None:
    assert len(_found(_plan({"DeleteAfterDays": 89, "MoveToColdStorageAfterDays": 0}))) == 1


def test_the_message_says_for_how_long() -> None:
    messages = [
        problem.message
        for lifecycle in ({}, {"DeleteAfterDays": 3})
        for problem in found(RULE, forest(platform=template(Vault=_vault(), Plan=_plan(lifecycle), S=_selection())))
    ]
    lock = "isn't taken by the lock of Vault (Backup::BackupVault), which"
    assert messages == [
        f"Plan (Backup::BackupPlan): what is kept for ever {lock} allows 400 days at most",
        f"Plan (Backup::BackupPlan): what is kept for 3 days {lock} asks 30 days at least",
    ]


def test_a_copy_is_held_against_the_vault_it_goes_to() -> None:
    copies: list[Any] = [{"DestinationBackupVaultArn": {"Fn::GetAtt": ["Vault", "BackupVaultArn"]}, "Lifecycle": {}}]
    found_ = _found(_plan({"DeleteAfterDays": 35}, CopyActions=copies))
    assert found_ == [(*RULE_PATH, "CopyActions", 0, "Lifecycle")]
    composed = "arn:aws:backup:${AWS::Region}:${AWS::AccountId}:backup-vault:copies"
    copies = [{"DestinationBackupVaultArn": {"Fn::Sub": composed}, "Lifecycle": {"DeleteAfterDays": 7}}]
    vaults = {"Copies": _vault(BackupVaultName="copies")}
    assert len(_found(_plan({"DeleteAfterDays": 35}, CopyActions=copies), **vaults)) == 1
    copies = [{"DestinationBackupVaultArn": "arn:aws:backup:eu-west-1:111122223333:backup-vault:x", "Lifecycle": {}}]
    assert not _found(_plan({"DeleteAfterDays": 35}, CopyActions=copies))


def test_what_is_kept_for_ever_is_taken_where_there_is_no_most() -> None:
    assert not _found(_plan({}), Vault=_vault({"MinRetentionDays": 30}))
    assert not _found(_plan({"DeleteAfterDays": 9}, "Default"))


def test_continuous_backups_are_kept_for_five_weeks_at_most() -> None:
    assert not _found(_plan({"DeleteAfterDays": 35}, EnableContinuousBackup=True))
    assert len(_found(_plan({"DeleteAfterDays": 36}, EnableContinuousBackup=True))) == 1


def test_a_plan_without_a_selection_is_found() -> None:
    body = template(Vault=_vault(), Plan=GOOD)
    assert places(RULE, forest(platform=body)) == ["platform.json/Plan"]
    unknown = resource(
        "Backup::BackupSelection", {"BackupPlanId": {"Fn::ImportValue": "x"}, "BackupSelection": {"Resources": ["*"]}}
    )
    assert not found(RULE, forest(platform=template(Vault=_vault(), Plan=GOOD, Selection=unknown)))


def test_a_selection_says_what_it_takes() -> None:
    assert _found(GOOD, Selection=_selection(SelectionName="all")) == [("Selection", "Properties", "BackupSelection")]
    assert _found(GOOD, Selection=_selection(Resources=[]))


def test_tags_that_nothing_has_select_nothing() -> None:
    tags = {"ListOfTags": [{"ConditionType": "STRINGEQUALS", "ConditionKey": "backup", "ConditionValue": "daily"}]}
    data = resource("RDS::DBInstance", {"Tags": [{"Key": "backup", "Value": "daily"}]})
    other = resource("RDS::DBInstance", {"Tags": [{"Key": "backup", "Value": "weekly"}]})
    assert not _found(GOOD, Selection=_selection(**tags), Data=data, Other=other)
    assert [path[0] for path in _found(GOOD, Selection=_selection(**tags), Other=other)] == ["Selection"]
    assert not _found(GOOD, Selection=_selection(**tags))
    assert not _found(GOOD, Selection=_selection(**tags), Data=resource("RDS::DBInstance"))
    instance = resource("EC2::Instance", {"Tags": [{"Key": "backup", "Value": "daily"}]})
    assert not _found(GOOD, Selection=_selection(**tags), Other=other, Instance=instance)
    assert not _found(GOOD, Selection=_selection(**tags), Other=other, Group=resource("AutoScaling::AutoScalingGroup"))
    by_condition = {
        "Resources": ["*"],
        "Conditions": {"StringEquals": [{"ConditionKey": "aws:ResourceTag/backup", "ConditionValue": "daily"}]},
    }
    assert not _found(GOOD, Selection=_selection(**by_condition), Data=data)
    assert _found(GOOD, Selection=_selection(**by_condition), Data=other)


@pytest.mark.parametrize("value", [1, [], {}, True, "", [["x"]], [1], {"Fn::ImportValue": "x"}])
def test_no_value_breaks_it(value: Any) -> None:
    _found(_plan(value, value, CopyActions=value), Vault=_vault(value, BackupVaultName=value))
    _found(GOOD, Selection=resource("Backup::BackupSelection", {"BackupPlanId": value, "BackupSelection": value}))
    copies = [{"DestinationBackupVaultArn": value, "Lifecycle": value}]
    _found(_plan({"DeleteAfterDays": value, "MoveToColdStorageAfterDays": value}, CopyActions=copies))
