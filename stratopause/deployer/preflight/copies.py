"""Whether backups can be copied to the vault that the environment names."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from stratopause.deployer.preflight.asking import Call
from stratopause.deployer.preflight.check import Check
from stratopause.deployer.preflight.findings import Finding, failed, passed, unanswered, warning
from stratopause.deployer.preflight.lookups import VAULTS
from stratopause.deployer.preflight.scene import Scene

SETTINGS: Final = Call("backup", "describe_global_settings", "backup:DescribeGlobalSettings")
SOURCE: Final = "https://docs.aws.amazon.com/aws-backup/latest/devguide/create-cross-account-backup.html"


def destination(scene: Scene) -> Iterator[Finding]:
    wanted = {arn: plan.place for plan, arn in scene.needs.values("DestinationBackupVaultArn")}
    for arn, place in sorted(wanted.items()):
        region, account = arn.split(":")[3:5]
        if account != scene.target.account:
            settings = scene.asking.ask(SETTINGS)["GlobalSettings"]
            if settings.get("isCrossAccountBackupEnabled") == "true":
                yield passed(f"copies may go to account {account}; its vault must take them", place)
            else:
                message = f"copies to account {account} are off in this organization, so each night's fails"
                yield warning(message, f"switch them on in the management account: {SOURCE}", place)
        elif region != scene.target.region:
            yield unanswered(f"{arn} is of another region", "look it up there", place)
        elif any(one["BackupVaultArn"] == arn for one in scene.asking.every(VAULTS, "BackupVaultList")):
            yield passed(f"{arn} is there", place)
        else:
            yield failed(f"there is no vault {arn}", "make it, or correct backup.destination_vault_arn", place)


CHECKS: Final = (
    Check(
        name="destination-vault",
        prevents="nightly copies of backups that fail, which no deployment notices",
        source=SOURCE,
        calls=(SETTINGS, VAULTS),
        run=destination,
        only_aws=True,
    ),
)
