"""The record of API calls: written by one trail, changed by nobody."""

from __future__ import annotations

from typing import Any

import pytest

TRAIL = "arn:${AWS::Partition}:cloudtrail:${AWS::Region}:${AWS::AccountId}:trail/stratopause-production"


@pytest.fixture(scope="module")
def bucket(templates: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = templates["trail_archive.json"]["Resources"]["TrailBucket"]
    return found


@pytest.fixture(scope="module")
def statements(templates: dict[str, Any]) -> dict[str, Any]:
    policy = templates["trail_archive.json"]["Resources"]["TrailBucketPolicy"]["Properties"]["PolicyDocument"]
    return {statement["Sid"]: statement for statement in policy["Statement"]}


def test_the_record_is_locked_for_as_long_as_it_is_kept(bucket: dict[str, Any], production: Any) -> None:
    properties = bucket["Properties"]
    assert properties["ObjectLockEnabled"] is True
    retention = properties["ObjectLockConfiguration"]["Rule"]["DefaultRetention"]
    assert retention == {"Mode": "GOVERNANCE", "Days": production.retention.archive_days}
    keep, _tidy = properties["LifecycleConfiguration"]["Rules"]
    assert keep["ExpirationInDays"] == retention["Days"]


def test_nobody_opens_the_lock(statements: dict[str, Any]) -> None:
    lock = statements["LockHolds"]
    assert (lock["Effect"], lock["Principal"]) == ("Deny", "*")
    assert lock["Action"] == ["s3:BypassGovernanceRetention"]
    assert "Condition" not in lock


def test_the_record_is_encrypted_by_the_key_of_the_archive(bucket: dict[str, Any]) -> None:
    (rule,) = bucket["Properties"]["BucketEncryption"]["ServerSideEncryptionConfiguration"]
    by_default = rule["ServerSideEncryptionByDefault"]
    assert by_default == {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": {"Ref": "ArchiveKeyArn"}}


def test_the_bucket_has_no_key_of_its_own_while_the_key_policy_names_trails(
    bucket: dict[str, Any], templates: dict[str, Any]
) -> None:
    """With a bucket key S3 asks KMS in the context of the bucket, and CloudTrail would be refused."""
    key = templates["keys.json"]["Resources"]["ArchiveKey"]["Properties"]["KeyPolicy"]["Statement"]
    (encrypts,) = [statement for statement in key if statement["Sid"] == "TrailEncrypts"]
    assert "kms:EncryptionContext:aws:cloudtrail:arn" in encrypts["Condition"]["ArnLike"]
    (rule,) = bucket["Properties"]["BucketEncryption"]["ServerSideEncryptionConfiguration"]
    assert "BucketKeyEnabled" not in rule


def test_only_cloudtrail_writes_and_only_for_the_trail_of_this_environment(statements: dict[str, Any]) -> None:
    allowed = [statement for statement in statements.values() if statement["Effect"] == "Allow"]
    assert {statement["Principal"]["Service"] for statement in allowed} == {"cloudtrail.amazonaws.com"}
    assert all(s["Condition"]["StringEquals"]["aws:SourceArn"] == {"Fn::Sub": TRAIL} for s in allowed)
    assert sorted(action for s in allowed for action in s["Action"]) == ["s3:GetBucketAcl", "s3:PutObject"]


def test_the_bucket_expects_the_trail_that_audit_makes(templates: dict[str, Any]) -> None:
    trail = templates["audit.json"]["Resources"]["Trail"]["Properties"]
    assert TRAIL.endswith(f":trail/{trail['TrailName']}")


def test_the_bucket_stays_when_the_stack_goes_and_its_name_is_free_for_the_next(bucket: dict[str, Any]) -> None:
    assert (bucket["DeletionPolicy"], bucket["UpdateReplacePolicy"]) == ("RetainExceptOnCreate", "Retain")
    assert "BucketName" not in bucket["Properties"]


def test_who_reads_the_record_is_recorded(bucket: dict[str, Any]) -> None:
    logging = bucket["Properties"]["LoggingConfiguration"]
    assert logging["DestinationBucketName"] == {"Ref": "AccessLogBucketName"}
