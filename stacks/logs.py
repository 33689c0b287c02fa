"""Log groups: encrypted, kept as long as the environment says, and outliving their stack."""

from __future__ import annotations

from troposphere import Join, Retain, RetainExceptOnCreate, logs

from stratopause.wiring.values import KeyArn


def kept_log_group(logical_id: str, key_arn: KeyArn, days: int, name: Join | None = None) -> logs.LogGroup:
    """A log group with a generated name, or with the one that its writer insists on."""
    group = logs.LogGroup(
        logical_id,
        KmsKeyId=key_arn,
        RetentionInDays=days,
        DeletionPolicy=RetainExceptOnCreate,
        UpdateReplacePolicy=Retain,
    )
    if name is not None:
        group.LogGroupName = name
    return group
