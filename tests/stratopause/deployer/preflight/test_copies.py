from __future__ import annotations

from stratopause.deployer.preflight.findings import State
from tests.stratopause.deployer.preflight.cases import VAULT
from tests.stratopause.deployer.preflight.looking import look, told
from tests.stratopause.deployer.preflight.scripted import ACCOUNT, DENIED, REGION, Script, resource, tree

LIST, SETTINGS = ("backup", "list_backup_vaults"), ("backup", "describe_global_settings")
OURS = VAULT.replace("444455556666", ACCOUNT)


def plan(arn: str) -> dict[str, bytes]:
    return tree(Plan=resource("AWS::Backup::BackupPlan", Rule={"DestinationBackupVaultArn": arn}))


def test_a_vault_of_this_account_is_looked_up() -> None:
    there: Script = {LIST: {"BackupVaultList": [{"BackupVaultArn": OURS}]}, SETTINGS: DENIED}
    assert told(look("destination-vault", there, plan(OURS))) == [(State.PASSED, f"{OURS} is there")]
    assert told(look("destination-vault", {}, plan(OURS))) == [(State.FAILED, f"there is no vault {OURS}")]


def test_a_vault_of_another_region_cant_be_looked_up() -> None:
    other = OURS.replace(REGION, "eu-west-1")
    assert told(look("destination-vault", {}, plan(other))) == [(State.UNANSWERED, f"{other} is of another region")]


def test_without_the_permission_to_list_vaults_one_of_this_account_is_unanswered() -> None:
    assert told(look("destination-vault", {LIST: DENIED}, plan(OURS))) == [
        (State.UNANSWERED, "needs backup:ListBackupVaults")
    ]
