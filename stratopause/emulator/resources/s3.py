"""S3: the parts of a bucket that ministack's handler leaves out, and buckets that can't be deleted."""

from __future__ import annotations

from typing import Any

from ministack.services import s3

from stratopause.emulator.resources.calls import call
from stratopause.emulator.resources.handlers import Attributes, Change, after_change, before_change, before_delete
from stratopause.emulator.resources.refusals import AlreadyExists, Refusal
from stratopause.emulator.resources.schema import Properties

# Per property: what clears it. ministack clears what it sets itself.
CLEARED_BY = {
    "BucketEncryption": "DeleteBucketEncryption",
    "LifecycleConfiguration": "DeleteBucketLifecycle",
    "OwnershipControls": "DeleteBucketOwnershipControls",
    "Tags": "DeleteBucketTagging",
}


@after_change("AWS::S3::Bucket")
def _configure(bucket: str, change: Change) -> Attributes:
    """Encryption, lifecycle, ownership, access logs, object lock and tags, through the API of S3."""
    properties = change.properties
    for name, operation in CLEARED_BY.items():
        if name in (change.previous or {}) and name not in properties:
            call("s3", operation, Bucket=bucket)
    for name, configure in CONFIGURATIONS.items():
        if properties.get(name):
            configure(bucket, properties[name])
    region = s3.get_region()
    return {"DualStackDomainName": f"{bucket}.s3.dualstack.{region}.amazonaws.com"}


def _encryption(bucket: str, value: Properties) -> None:
    rules = [
        {
            "ApplyServerSideEncryptionByDefault": rule["ServerSideEncryptionByDefault"],
            "BucketKeyEnabled": rule.get("BucketKeyEnabled", False),
        }
        for rule in value["ServerSideEncryptionConfiguration"]
    ]
    call("s3", "PutBucketEncryption", Bucket=bucket, ServerSideEncryptionConfiguration={"Rules": rules})


def _lifecycle(bucket: str, value: Properties) -> None:
    rules = [_lifecycle_rule(rule) for rule in value["Rules"]]
    call("s3", "PutBucketLifecycleConfiguration", Bucket=bucket, LifecycleConfiguration={"Rules": rules})


def _lifecycle_rule(rule: Properties) -> dict[str, Any]:
    """The API's names for a rule of a template."""
    same = ("NoncurrentVersionExpiration", "AbortIncompleteMultipartUpload")
    given = {name: rule[name] for name in same if name in rule}
    given |= {"ID": rule.get("Id", ""), "Status": rule["Status"], "Filter": {"Prefix": rule.get("Prefix", "")}}
    if "ExpirationInDays" in rule:
        given["Expiration"] = {"Days": rule["ExpirationInDays"]}
    elif rule.get("ExpiredObjectDeleteMarker"):
        given["Expiration"] = {"ExpiredObjectDeleteMarker": True}
    transitions = [
        {"StorageClass": item["StorageClass"], "Days": item["TransitionInDays"]} for item in rule.get("Transitions", ())
    ]
    noncurrent = [
        {"StorageClass": item["StorageClass"], "NoncurrentDays": item["TransitionInDays"]}
        for item in rule.get("NoncurrentVersionTransitions", ())
    ]
    given |= {"Transitions": transitions} if transitions else {}
    return given | ({"NoncurrentVersionTransitions": noncurrent} if noncurrent else {})


def _ownership(bucket: str, value: Properties) -> None:
    call("s3", "PutBucketOwnershipControls", Bucket=bucket, OwnershipControls={"Rules": value["Rules"]})


def _access_logs(bucket: str, value: Properties) -> None:
    target = value.get("DestinationBucketName", bucket)
    enabled = {"TargetBucket": target, "TargetPrefix": value.get("LogFilePrefix", "")}
    if target not in s3._buckets:
        raise Refusal("The target bucket for logging does not exist", "S3", "InvalidRequest")
    call("s3", "PutBucketLogging", Bucket=bucket, BucketLoggingStatus={"LoggingEnabled": enabled})


def _object_lock(bucket: str, value: Properties) -> None:
    configuration = {"ObjectLockEnabled": "Enabled"} | {key: item for key, item in value.items() if key == "Rule"}
    call("s3", "PutObjectLockConfiguration", Bucket=bucket, ObjectLockConfiguration=configuration)


def _tags(bucket: str, value: list[dict[str, str]]) -> None:
    call("s3", "PutBucketTagging", Bucket=bucket, Tagging={"TagSet": value})


CONFIGURATIONS: dict[str, Any] = {
    "BucketEncryption": _encryption,
    "LifecycleConfiguration": _lifecycle,
    "OwnershipControls": _ownership,
    "LoggingConfiguration": _access_logs,
    "ObjectLockConfiguration": _object_lock,
    "Tags": _tags,
}


@before_change("AWS::S3::Bucket")
def _object_lock_needs_versions(change: Change) -> None:
    versioning = change.properties.get("VersioningConfiguration", {}).get("Status")
    if change.properties.get("ObjectLockConfiguration") and not change.properties.get("ObjectLockEnabled"):
        raise Refusal(
            "Object Lock configuration cannot be enabled on existing buckets", "S3", "InvalidBucketState", 409
        )
    if change.properties.get("ObjectLockEnabled") and versioning == "Suspended":
        message = "An Object Lock configuration is present on this bucket, so the versioning state cannot be changed."
        raise Refusal(message, "S3", "InvalidBucketState", 409)


@before_change("AWS::S3::Bucket")
def _name_is_free(change: Change) -> None:
    name = change.properties.get("BucketName")
    if change.previous is None and name is not None and s3._bucket_owner_account(name) is not None:
        raise AlreadyExists("AWS::S3::Bucket", "BucketName", name)


@before_change("AWS::S3::BucketPolicy")
def _bucket_exists(change: Change) -> None:
    if change.properties["Bucket"] not in s3._buckets:
        raise Refusal("The specified bucket does not exist", "S3", "NoSuchBucket", 404)


@before_delete("AWS::S3::Bucket")
def _bucket_is_empty(bucket: str, _properties: Properties) -> None:
    versions = any(owner == bucket and kept for (owner, _), kept in s3._object_versions.items())
    if s3._buckets.get(bucket, {}).get("objects") or versions:
        message = "The bucket you tried to delete is not empty. You must delete all versions in the bucket."
        raise Refusal(message, "S3", "GeneralServiceException", 409)
