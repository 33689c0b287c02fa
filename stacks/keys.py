"""The platform's KMS keys, one per class of data."""

from __future__ import annotations

from typing import Annotated, Any

from troposphere import Ref, Retain, RetainExceptOnCreate, kms

from policies.kms import CopiedBy, KeyUse, key_policy
from stratopause.wiring.records import Nothing, Record
from stratopause.wiring.stack import Stack
from stratopause.wiring.values import KeyArn

DAYS_TO_CHANGE_ONES_MIND = 30


class Outputs(Record, frozen=True, kw_only=True):
    data_key_arn: Annotated[KeyArn, "Encrypts patient data: the database, the cache, backups and task storage"]
    secrets_key_arn: Annotated[KeyArn, "Encrypts secrets, the database's master password among them"]
    logs_key_arn: Annotated[KeyArn, "Encrypts log groups"]
    topics_key_arn: Annotated[KeyArn, "Encrypts alert topics"]
    archive_key_arn: Annotated[KeyArn, "Encrypts the archive of API calls"]


class Keys(Stack[Nothing, Outputs]):
    description = "KMS keys, one per class of data; who may use each follows from who takes it."

    def __init__(self, prefix: str, copied_by: str | None = None) -> None:
        """`copied_by` is another account, which keeps copies of backups."""
        super().__init__()
        self.prefix = prefix
        self.copied_by = copied_by

    def resources(self, given: Nothing) -> Outputs:
        return Outputs(
            data_key_arn=self.key("Data", "Patient data", "data_key_arn", *self.copies()),
            secrets_key_arn=self.key("Secrets", "Secrets", "secrets_key_arn"),
            logs_key_arn=self.key("Logs", "Log groups", "logs_key_arn"),
            topics_key_arn=self.key("Topics", "Alert topics", "topics_key_arn"),
            archive_key_arn=self.key("Archive", "The archive of API calls", "archive_key_arn"),
        )

    def copies(self) -> list[CopiedBy]:
        return [] if self.copied_by is None else [CopiedBy(self.copied_by)]

    def key(self, logical_id: str, what: str, output: str, *others: KeyUse) -> KeyArn:
        """The key that `output` gives, if any stack takes it."""
        if not self.is_taken(output):
            return KeyArn.absent()
        uses: Any = self.notes_on(output)
        key = self.add(
            kms.Key(
                f"{logical_id}Key",
                Description=f"{what} of {self.prefix}",
                EnableKeyRotation=True,
                KeyPolicy=key_policy([*uses, *others]),
                PendingWindowInDays=DAYS_TO_CHANGE_ONES_MIND,
                DeletionPolicy=RetainExceptOnCreate,
                UpdateReplacePolicy=Retain,
            )
        )
        self.add(
            kms.Alias(f"{logical_id}Alias", AliasName=f"alias/{self.prefix}-{logical_id.lower()}", TargetKeyId=Ref(key))
        )
        return KeyArn.of(key)
