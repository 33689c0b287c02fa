"""Key policies, derived from the stacks that use the key.

A stack says how it uses a key where it takes it, `Annotated[KeyArn, ViaService("rds")]`, and `Keys`
builds the policy from those notes: who needs the key is in it, nobody else.

KMS checks that principals exist when a policy is put, and the roles that use a key are in stacks
created after it. So a key policy names services, and the account's root only under the condition that a
service asks on its behalf; what a role may do stands in its own policy, and both must agree.
https://docs.aws.amazon.com/kms/latest/developerguide/key-policy-overview.html
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from awacs import kms
from awacs.aws import (
    Action,
    Allow,
    ArnLike,
    AWSPrincipal,
    Bool,
    Condition,
    ForAllValuesStringEquals,
    PolicyDocument,
    Principal,
    Statement,
    StringEquals,
    StringLike,
)
from msgspec import Struct
from troposphere import AccountId, Sub

ADMINISTRATION: Final = (
    kms.CancelKeyDeletion,
    kms.CreateAlias,
    kms.DeleteAlias,
    kms.DescribeKey,
    kms.DisableKey,
    kms.DisableKeyRotation,
    kms.EnableKey,
    kms.EnableKeyRotation,
    kms.GetKeyPolicy,
    kms.GetKeyRotationStatus,
    kms.ListGrants,
    kms.ListKeyPolicies,
    kms.ListResourceTags,
    kms.PutKeyPolicy,
    kms.RevokeGrant,
    kms.ScheduleKeyDeletion,
    kms.TagResource,
    kms.UntagResource,
    kms.UpdateAlias,
    kms.UpdateKeyDescription,
)
"""What the account may do with a key: everything but use it or grant its use."""

USE: Final = (
    kms.Encrypt,
    kms.Decrypt,
    kms.ReEncryptFrom,
    kms.ReEncryptTo,
    kms.GenerateDataKey,
    kms.GenerateDataKeyWithoutPlaintext,
    kms.DescribeKey,
)

ACCOUNT_ROOT: Final = "arn:${AWS::Partition}:iam::${AWS::AccountId}:root"


class ViaService(Struct, frozen=True):
    """A service that uses the key on behalf of this account's principals: `rds`, `elasticache`, `s3`…

    https://docs.aws.amazon.com/kms/latest/developerguide/conditions-kms.html#conditions-kms-via-service
    """

    service: str

    def statements(self) -> list[Statement]:
        asked_by = {
            "kms:CallerAccount": AccountId,
            "kms:ViaService": Sub(f"{self.service}.${{AWS::Region}}.${{AWS::URLSuffix}}"),
        }
        name = sid(self.service)
        return [
            _allow(f"UseVia{name}", _account(), USE, Condition(StringEquals(asked_by))),
            _allow(
                f"GrantVia{name}",
                _account(),
                [kms.CreateGrant],
                Condition([StringEquals(asked_by), Bool({"kms:GrantIsForAWSResource": "true"})]),
            ),
        ]


class LogGroups(Struct, frozen=True):
    """CloudWatch Logs, which calls KMS as itself, for the log groups whose name begins with `prefix`.

    https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/encrypt-log-data-kms.html
    """

    prefix: str = ""

    def statements(self) -> list[Statement]:
        log_groups = f"arn:${{AWS::Partition}}:logs:${{AWS::Region}}:${{AWS::AccountId}}:log-group:{self.prefix}*"
        return [
            _allow(
                f"LogGroups{sid(self.prefix)}",
                Principal("Service", Sub("logs.${AWS::Region}.${AWS::URLSuffix}")),
                USE,
                Condition(ArnLike({"kms:EncryptionContext:aws:logs:arn": Sub(log_groups)})),
            )
        ]


class TopicPublisher(Struct, frozen=True):
    """A service that publishes to an encrypted topic: without this its messages are dropped in silence.

    It is held to this account by the topic, which SNS names as the encryption context, since not every
    publisher sends `aws:SourceAccount` on to KMS; whose events it may tell is in the topic's own policy.
    https://docs.aws.amazon.com/sns/latest/dg/sns-key-management.html#compatibility-with-aws-services
    """

    service: str

    def statements(self) -> list[Statement]:
        topics = Sub("arn:${AWS::Partition}:sns:${AWS::Region}:${AWS::AccountId}:*")
        return [
            _allow(
                f"PublishFrom{sid(self.service)}",
                Principal("Service", f"{self.service}.amazonaws.com"),
                [kms.Decrypt, kms.GenerateDataKey],
                Condition(ArnLike({"kms:EncryptionContext:aws:sns:topicArn": topics})),
            )
        ]


class Trail(Struct, frozen=True):
    """CloudTrail, for trails of this account; it advises `aws:SourceArn`, against `aws:SourceAccount`.

    https://docs.aws.amazon.com/awscloudtrail/latest/userguide/create-kms-key-policy-for-cloudtrail.html
    """

    def statements(self) -> list[Statement]:
        cloudtrail = Principal("Service", "cloudtrail.amazonaws.com")
        trails = Sub("arn:${AWS::Partition}:cloudtrail:*:${AWS::AccountId}:trail/*")
        return [
            _allow(
                "TrailEncrypts",
                cloudtrail,
                [kms.GenerateDataKey, kms.GenerateDataKeyWithoutPlaintext],
                Condition(ArnLike({"aws:SourceArn": trails, "kms:EncryptionContext:aws:cloudtrail:arn": trails})),
            ),
            _allow("TrailDescribes", cloudtrail, [kms.DescribeKey], Condition(ArnLike({"aws:SourceArn": trails}))),
        ]


class FargateStorage(Struct, frozen=True):
    """Fargate, for the ephemeral storage of the tasks of this account's clusters.

    https://docs.aws.amazon.com/AmazonECS/latest/developerguide/fargate-create-storage-key.html
    """

    def statements(self) -> list[Statement]:
        fargate = Principal("Service", "fargate.amazonaws.com")
        ours = StringEquals({"kms:EncryptionContext:aws:ecs:clusterAccount": AccountId})
        decrypt_only = ForAllValuesStringEquals({"kms:GrantOperations": ["Decrypt"]})
        return [
            _allow("FargateEncrypts", fargate, [kms.GenerateDataKeyWithoutPlaintext], Condition(ours)),
            _allow("FargateGrants", fargate, [kms.CreateGrant], Condition([ours, decrypt_only])),
        ]


class CopiedBy(Struct, frozen=True):
    """AWS Backup of the account that keeps copies: it reads a snapshot under the key of its source, by RDS.

    https://docs.aws.amazon.com/aws-backup/latest/devguide/create-cross-account-backup.html
    https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/share-encrypted-snapshot.html
    """

    account: str

    def statements(self) -> list[Statement]:
        copier = AWSPrincipal(Sub(f"arn:${{AWS::Partition}}:iam::{self.account}:root"))
        by_rds = StringLike({"kms:ViaService": Sub("rds.*.${AWS::URLSuffix}")})
        return [
            _allow("CopyTakes", copier, USE, Condition(by_rds)),
            _allow(
                "CopyGrants",
                copier,
                [kms.CreateGrant],
                Condition([by_rds, Bool({"kms:GrantIsForAWSResource": "true"})]),
            ),
        ]


KeyUse = CopiedBy | ViaService | LogGroups | TopicPublisher | Trail | FargateStorage


def key_policy(uses: Iterable[KeyUse]) -> PolicyDocument:
    """Administration by the account, and each use once."""
    statements = [statement for use in dict.fromkeys(uses) for statement in use.statements()]
    return PolicyDocument(Version="2012-10-17", Id="key-policy", Statement=[_administration(), *statements])


def _administration() -> Statement:
    """Lists actions: `kms:*` for the root would hand the data to every IAM policy of the account.

    https://docs.aws.amazon.com/kms/latest/developerguide/key-policy-default.html
    """
    return Statement(
        Sid="AccountAdministers", Effect=Allow, Principal=_account(), Action=list(ADMINISTRATION), Resource=["*"]
    )


def _allow(sid: str, principal: Principal, actions: Iterable[Action], condition: Condition) -> Statement:
    """In a key policy `*` is the key that the policy is attached to."""
    return Statement(
        Sid=sid, Effect=Allow, Principal=principal, Action=list(actions), Resource=["*"], Condition=condition
    )


def _account() -> Principal:
    return AWSPrincipal(Sub(ACCOUNT_ROOT))


def sid(text: str) -> str:
    """A statement id takes letters and digits only."""
    return "".join(character for character in text.title() if character.isalnum())
