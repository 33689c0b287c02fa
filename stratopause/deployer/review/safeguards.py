"""Settings that protect, lowered: encryption, backups, deletion protection, public access blocks, logging."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

from msgspec import Struct

from stratopause.deployer.review.contexts import ABSENT, UNKNOWN, at
from stratopause.deployer.review.secrets import masked

Properties = Mapping[str, Any]
Check = Callable[[Any, Any], bool]


class Safeguard(Struct, frozen=True):
    """`path` is that of a property, with points; `is_lowered` compares its value before and after."""

    path: str
    is_lowered: Check


def _is_on(value: Any) -> bool:
    return str(value).lower() in {"true", "enabled", "required"}


def _turned_off(before: Any, after: Any) -> bool:
    return _is_on(before) and not _is_on(after) and not _is_unknown(after)


def _turned_on(before: Any, after: Any) -> bool:
    return not _is_on(before) and _is_on(after)


def _taken_away(before: Any, after: Any) -> bool:
    return not _is_nothing(before) and _is_nothing(after)


def _fewer(before: Any, after: Any) -> bool:
    return isinstance(before, list) and len(after if isinstance(after, list) else []) < len(before)


def _less(before: Any, after: Any) -> bool:
    old, new = _number(before), _number(after)
    return old is not None and (_is_nothing(after) or (new is not None and new < old))


def _shorter(before: Any, after: Any) -> bool:
    """What has no limit is kept for ever."""
    old, new = _number(before), _number(after)
    return new is not None and (_is_nothing(before) or (old is not None and new < old))


def _other(before: Any, after: Any) -> bool:
    return not _is_nothing(before) and before != after and not _is_unknown(after)


def _outside(before: Any, after: Any) -> bool:
    return bool(after == "internet-facing" != before)


def _in_clear(before: Any, after: Any) -> bool:
    return before in ("HTTPS", "TLS") and after in ("HTTP", "TCP")


def _lets_in(before: Any, after: Any) -> bool:
    return _blocks(before) and not _blocks(after)


def _blocks(value: Any) -> bool:
    return isinstance(value, Mapping) and "Block" in value


def _is_unknown(value: Any) -> bool:
    return isinstance(value, str) and UNKNOWN in value


def _is_nothing(value: Any) -> bool:
    return value is ABSENT or value in (None, "", [], {})


def _number(value: Any) -> float | None:
    try:
        return None if isinstance(value, bool) else float(value)
    except (TypeError, ValueError):
        return None


def _each(check: Check, *paths: str) -> tuple[Safeguard, ...]:
    return tuple(Safeguard(path, check) for path in paths)


_DATABASE: Final = (
    *_each(_turned_off, "StorageEncrypted", "DeletionProtection", "EnableIAMDatabaseAuthentication"),
    *_each(_turned_off, "ManageMasterUserPassword", "CopyTagsToSnapshot"),
    *_each(_turned_on, "PubliclyAccessible"),
    *_each(_less, "BackupRetentionPeriod"),
    *_each(_fewer, "EnableCloudwatchLogsExports"),
    *_each(_taken_away, "KmsKeyId"),
)
_BLOCKS: Final = ("BlockPublicAcls", "BlockPublicPolicy", "IgnorePublicAcls", "RestrictPublicBuckets")

SAFEGUARDS: Final[Mapping[str, tuple[Safeguard, ...]]] = {
    "AWS::Backup::BackupVault": (
        *_each(_taken_away, "EncryptionKeyArn", "LockConfiguration"),
        *_each(_less, "LockConfiguration.MinRetentionDays"),
    ),
    "AWS::CloudTrail::Trail": (
        *_each(_turned_off, "IsLogging", "EnableLogFileValidation", "IsMultiRegionTrail", "IncludeGlobalServiceEvents"),
        *_each(_taken_away, "KMSKeyId"),
        *_each(_fewer, "EventSelectors", "AdvancedEventSelectors"),
    ),
    "AWS::DynamoDB::Table": _each(
        _turned_off,
        "DeletionProtectionEnabled",
        "PointInTimeRecoverySpecification.PointInTimeRecoveryEnabled",
        "SSESpecification.SSEEnabled",
    ),
    "AWS::EC2::Subnet": _each(_turned_on, "MapPublicIpOnLaunch"),
    "AWS::EC2::Volume": _each(_turned_off, "Encrypted"),
    "AWS::ECS::Service": (
        *_each(_turned_on, "EnableExecuteCommand", "NetworkConfiguration.AwsvpcConfiguration.AssignPublicIp"),
    ),
    "AWS::EFS::FileSystem": (*_each(_turned_off, "Encrypted"), *_each(_taken_away, "KmsKeyId")),
    "AWS::ElastiCache::ReplicationGroup": (
        *_each(_turned_off, "AtRestEncryptionEnabled", "TransitEncryptionEnabled", "TransitEncryptionMode"),
        *_each(_turned_off, "MultiAZEnabled", "AutomaticFailoverEnabled"),
        *_each(_less, "SnapshotRetentionLimit"),
        *_each(_taken_away, "KmsKeyId", "UserGroupIds", "AuthToken"),
    ),
    "AWS::ElasticLoadBalancingV2::Listener": (
        *_each(_in_clear, "Protocol"),
        *_each(_other, "SslPolicy"),
        *_each(_taken_away, "MutualAuthentication"),
    ),
    "AWS::ElasticLoadBalancingV2::LoadBalancer": _each(_outside, "Scheme"),
    "AWS::KMS::Key": (*_each(_turned_off, "EnableKeyRotation"), *_each(_less, "PendingWindowInDays")),
    "AWS::Logs::LogGroup": (
        *_each(_shorter, "RetentionInDays"),
        *_each(_taken_away, "KmsKeyId"),
        *_each(_turned_off, "DeletionProtectionEnabled"),
    ),
    "AWS::RDS::DBCluster": _DATABASE,
    "AWS::RDS::DBInstance": (*_DATABASE, *_each(_turned_off, "MultiAZ")),
    "AWS::S3::AccountPublicAccessBlock": _each(_turned_off, *_BLOCKS),
    "AWS::S3::Bucket": (
        *_each(_turned_off, *(f"PublicAccessBlockConfiguration.{one}" for one in _BLOCKS)),
        *_each(_turned_off, "VersioningConfiguration.Status", "ObjectLockEnabled"),
        *_each(_taken_away, "BucketEncryption", "LoggingConfiguration", "ObjectLockConfiguration.Rule"),
        *_each(
            _other, "BucketEncryption.ServerSideEncryptionConfiguration.0.ServerSideEncryptionByDefault.SSEAlgorithm"
        ),
        *_each(_less, "ObjectLockConfiguration.Rule.DefaultRetention.Days"),
    ),
    "AWS::SNS::Topic": _each(_taken_away, "KmsMasterKeyId"),
    "AWS::SQS::Queue": (*_each(_taken_away, "KmsMasterKeyId"), *_each(_turned_off, "SqsManagedSseEnabled")),
    "AWS::SecretsManager::Secret": _each(_taken_away, "KmsKeyId"),
    "AWS::WAFv2::WebACL": (*_each(_lets_in, "DefaultAction"), *_each(_fewer, "Rules")),
}
"""What protects, by resource type."""

ATTRIBUTES: Final[Mapping[str, str]] = {"AWS::ElasticLoadBalancingV2::LoadBalancer": "LoadBalancerAttributes"}
"""Where settings are a list of keys and values."""

GUARDS: Final[Mapping[str, str]] = {
    "AWS::CloudTrail::Trail": "API calls are no longer recorded by it",
    "AWS::EC2::FlowLog": "its network traffic is no longer recorded",
    "AWS::S3::AccountPublicAccessBlock": "the account's buckets may be made public",
    "AWS::Backup::BackupPlan": "its backups are no longer made",
    "AWS::Backup::BackupSelection": "what it selects is no longer backed up",
    "AWS::SecretsManager::RotationSchedule": "the secret is no longer rotated",
    "AWS::WAFv2::LoggingConfiguration": "the web ACL's requests are no longer recorded",
    "AWS::WAFv2::WebACL": "its rules no longer apply",
    "AWS::WAFv2::WebACLAssociation": "no web ACL stands before it any more",
}
"""What protects by being there."""


def lowered(type_: str, before: Properties, after: Properties) -> Iterator[tuple[str, bool]]:
    """A sentence for each safeguard that gets weaker; none of them is wide."""
    for guard in SAFEGUARDS.get(type_, ()):
        old, new = (at(one, *guard.path.split(".")) for one in (before, after))
        if guard.is_lowered(old, new):
            yield f"{guard.path}: {_value(old, guard.path)} → {_value(new)}", False
    if (name := ATTRIBUTES.get(type_)) is not None:
        old_settings, new_settings = _settings(before.get(name)), _settings(after.get(name))
        for key, value in sorted(old_settings.items()):
            if _turned_off(value, new_settings.get(key, "false")):
                yield f"{key}: {_value(value)} → {_value(new_settings.get(key, ABSENT))}", False


def knows(type_: str, path: tuple[str, ...]) -> bool:
    """The property at `path` is one that protects, with a value of its own."""
    return any(guard.path == ".".join(path) for guard in SAFEGUARDS.get(type_, ()))


def lowered_at(type_: str, path: tuple[str, ...], before: str, after: str) -> Iterator[tuple[str, bool]]:
    """`lowered`, where no more is known than one property's values."""
    for guard in SAFEGUARDS.get(type_, ()):
        if guard.path == ".".join(path) and guard.is_lowered(before, after):
            yield f"{guard.path}: {_value(before, guard.path)} → {_value(after)}", False


def _settings(value: Any) -> dict[str, Any]:
    pairs = value if isinstance(value, list) else []
    return {str(one.get("Key")): one.get("Value") for one in pairs if isinstance(one, Mapping)}


def _value(value: Any, name: str = "") -> str:
    if _is_nothing(value):
        return "none"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, Mapping):
        return ", ".join(map(str, value))
    return str(len(value)) if isinstance(value, list) else str(masked(value, name))
