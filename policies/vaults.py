"""Who may do what with the recovery points of a vault."""

from __future__ import annotations

from awacs import backup as actions
from awacs.aws import Deny, PolicyDocument, Principal, Statement

NOBODY_DELETES = PolicyDocument(
    Version="2012-10-17",
    Statement=[
        Statement(
            Sid="NobodyDeletes",
            Effect=Deny,
            Principal=Principal("*"),
            Action=[
                actions.DeleteRecoveryPoint,
                actions.DisassociateRecoveryPoint,
                actions.UpdateRecoveryPointLifecycle,
            ],
            Resource=["*"],
        )
    ],
)
"""In a vault's policy `*` is what the vault holds.

https://docs.aws.amazon.com/aws-backup/latest/devguide/create-a-vault-access-policy.html
"""
