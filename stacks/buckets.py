"""Buckets for records that must be kept: private, versioned, and emptied by nobody but their lifecycle."""

from __future__ import annotations

from typing import Any

from awacs.aws import PolicyDocument
from troposphere import Ref, Retain, RetainExceptOnCreate, s3

DAYS_AT_HAND = 90
DAYS_TO_UNDELETE = 30


def kept_bucket(
    logical_id: str, days: int, encryption: s3.ServerSideEncryptionByDefault, **properties: Any
) -> s3.Bucket:
    """A bucket whose objects are kept for `days`, three months of them in the storage that is quick to read."""
    return s3.Bucket(
        logical_id,
        BucketEncryption=s3.BucketEncryption(
            ServerSideEncryptionConfiguration=[s3.ServerSideEncryptionRule(ServerSideEncryptionByDefault=encryption)]
        ),
        PublicAccessBlockConfiguration=s3.PublicAccessBlockConfiguration(
            BlockPublicAcls=True, BlockPublicPolicy=True, IgnorePublicAcls=True, RestrictPublicBuckets=True
        ),
        OwnershipControls=s3.OwnershipControls(Rules=[s3.OwnershipControlsRule(ObjectOwnership="BucketOwnerEnforced")]),
        VersioningConfiguration=s3.VersioningConfiguration(Status="Enabled"),
        LifecycleConfiguration=s3.LifecycleConfiguration(Rules=_lifecycle(days)),
        DeletionPolicy=RetainExceptOnCreate,
        UpdateReplacePolicy=Retain,
        **properties,
    )


def kept_policy(bucket: s3.Bucket, document: PolicyDocument) -> s3.BucketPolicy:
    """The policy of a kept bucket, kept as well: without it what outlives the stack would lose its guard."""
    return s3.BucketPolicy(
        f"{bucket.title}Policy",
        Bucket=Ref(bucket),
        PolicyDocument=document,
        DeletionPolicy=RetainExceptOnCreate,
        UpdateReplacePolicy=Retain,
    )


def logged_to(bucket: Any, prefix: str) -> s3.LoggingConfiguration:
    """Who reads and writes is recorded in `bucket`, under `prefix`, by the day of the event."""
    return s3.LoggingConfiguration(
        DestinationBucketName=bucket,
        LogFilePrefix=prefix,
        TargetObjectKeyFormat=s3.TargetObjectKeyFormat(
            PartitionedPrefix=s3.PartitionedPrefix(PartitionDateSource="EventTime")
        ),
    )


def _lifecycle(days: int) -> list[s3.LifecycleRule]:
    """An expired object becomes a version that is deleted later; a marker of nothing can't share its rule.

    https://docs.aws.amazon.com/AmazonS3/latest/userguide/intro-lifecycle-rules.html
    """
    return [
        s3.LifecycleRule(
            Id="keep",
            Status="Enabled",
            Transitions=[s3.LifecycleRuleTransition(StorageClass="GLACIER_IR", TransitionInDays=DAYS_AT_HAND)],
            ExpirationInDays=days,
            NoncurrentVersionExpiration=s3.NoncurrentVersionExpiration(NoncurrentDays=DAYS_TO_UNDELETE),
        ),
        s3.LifecycleRule(
            Id="tidy",
            Status="Enabled",
            ExpiredObjectDeleteMarker=True,
            AbortIncompleteMultipartUpload=s3.AbortIncompleteMultipartUpload(DaysAfterInitiation=7),
        ),
    ]
