"""The locked vault, the plans that fill it, and the test that backups can be restored."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from policies.kms import TopicPublisher, ViaService
from stratopause.environments.schema import BackupSettings
from stratopause.wiring.stack import Stack
from stratopause.wiring.values import BackupPlanId, BackupVaultName, KeyArn, RoleArn, TopicArn


@dataclass(frozen=True)
class Parameters:
    data_key_arn: Annotated[KeyArn, ViaService("backup")]
    topic_arn: Annotated[TopicArn, TopicPublisher("cloudwatch"), TopicPublisher("backup")]


@dataclass(frozen=True)
class Outputs:
    plan_id: Annotated[BackupPlanId, "The plan that a store of data is added to"]
    selection_role_arn: Annotated[RoleArn, "The role that AWS Backup reads and restores with"]
    vault_name: Annotated[BackupVaultName, "Where recovery points are kept"]


class Backup(Stack[Parameters, Outputs]):
    description = "The locked vault, the plans that fill it, and the test that backups can be restored."

    def __init__(self, prefix: str, settings: BackupSettings) -> None:
        super().__init__()
        self.prefix = prefix
        self.settings = settings

    def resources(self, given: Parameters) -> Outputs:
        raise NotImplementedError
