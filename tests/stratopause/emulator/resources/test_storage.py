"""Buckets and the trail that writes into one."""

from __future__ import annotations

from typing import Any

import pytest

from tests.stratopause.emulator.resources.templates import (
    ACCOUNT,
    LOG_GROUPS,
    REGION,
    TRAILS,
    Resources,
    att,
    delivery,
    key,
    ref,
    resource,
    role,
)

pytestmark = pytest.mark.emulator

NAME = "archive-of-the-test"
SOURCE = f"arn:aws:cloudtrail:{REGION}:{ACCOUNT}:trail/all"


def archive(**properties: Any) -> Resources:
    by_default = {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": att("Key", "Arn")}
    rule = {"Id": "keep", "Status": "Enabled", "ExpirationInDays": 3653}
    transition = {"StorageClass": "GLACIER", "TransitionInDays": 90}
    given = {
        "BucketName": NAME,
        "BucketEncryption": {
            "ServerSideEncryptionConfiguration": [
                {"ServerSideEncryptionByDefault": by_default, "BucketKeyEnabled": True}
            ]
        },
        "LifecycleConfiguration": {"Rules": [{**rule, "Transitions": [transition]}]},
        "ObjectLockEnabled": True,
        "ObjectLockConfiguration": {
            "ObjectLockEnabled": "Enabled",
            "Rule": {"DefaultRetention": {"Mode": "GOVERNANCE", "Days": 30}},
        },
        "OwnershipControls": {"Rules": [{"ObjectOwnership": "BucketOwnerEnforced"}]},
        "PublicAccessBlockConfiguration": {"BlockPublicAcls": True, "BlockPublicPolicy": True},
        "VersioningConfiguration": {"Status": "Enabled"},
        "LoggingConfiguration": {"DestinationBucketName": ref("Logs"), "LogFilePrefix": "archive/"},
        "Tags": [{"Key": "owner", "Value": "ops"}],
        **properties,
    }
    insecure = {
        "Effect": "Deny",
        "Principal": "*",
        "Action": "s3:*",
        "Resource": att("Bucket", "Arn"),
        "Condition": {"Bool": {"aws:SecureTransport": "false"}},
    }
    bucket_policy = delivery(NAME, "cloudtrail.amazonaws.com", SOURCE) | {"DependsOn": "Bucket"}
    bucket_policy["Properties"]["PolicyDocument"]["Statement"].append(insecure)
    return {
        "Key": key(TRAILS, LOG_GROUPS),
        "Logs": resource("S3::Bucket"),
        "Bucket": resource("S3::Bucket", **given),
        "Policy": bucket_policy,
    }


def trail(**properties: Any) -> Resources:
    given = {
        "TrailName": "all",
        "IsLogging": True,
        "IsMultiRegionTrail": True,
        "EnableLogFileValidation": True,
        "S3BucketName": ref("Bucket"),
        "KMSKeyId": att("Key", "Arn"),
        "CloudWatchLogsLogGroupArn": att("LogGroup", "Arn"),
        "CloudWatchLogsRoleArn": att("Role", "Arn"),
        "EventSelectors": [{"ReadWriteType": "All", "IncludeManagementEvents": True}],
        **properties,
    }
    return archive() | {
        "LogGroup": resource("Logs::LogGroup", KmsKeyId=att("Key", "Arn")),
        "Role": role("cloudtrail.amazonaws.com"),
        "Trail": resource("CloudTrail::Trail", **given) | {"DependsOn": "Policy"},
        "Filter": resource(
            "Logs::MetricFilter",
            LogGroupName=ref("LogGroup"),
            FilterPattern='{ $.userIdentity.type = "Root" }',
            MetricTransformations=[{"MetricName": "Root", "MetricNamespace": "Audit", "MetricValue": "1"}],
        ),
    }


def test_a_bucket_lives_as_s3_shows_it(account: Any) -> None:
    s3 = account.client("s3")
    attributes = ("Arn", "DomainName", "RegionalDomainName", "DualStackDomainName")
    outputs = {name: att("Bucket", name) for name in attributes}
    stack = account.created(archive(), outputs)
    (encryption,) = s3.get_bucket_encryption(Bucket=NAME)["ServerSideEncryptionConfiguration"]["Rules"]
    by_default = encryption["ApplyServerSideEncryptionByDefault"]
    assert by_default["KMSMasterKeyID"].endswith(stack.physical_ids["Key"])
    assert encryption["BucketKeyEnabled"]
    (rule,) = s3.get_bucket_lifecycle_configuration(Bucket=NAME)["Rules"]
    assert (rule["Expiration"]["Days"], rule["Transitions"][0]["Days"]) == (3653, 90)
    lock = s3.get_object_lock_configuration(Bucket=NAME)["ObjectLockConfiguration"]
    assert lock["Rule"]["DefaultRetention"] == {"Mode": "GOVERNANCE", "Days": 30}
    ownership = s3.get_bucket_ownership_controls(Bucket=NAME)["OwnershipControls"]
    assert ownership["Rules"][0]["ObjectOwnership"] == "BucketOwnerEnforced"
    assert s3.get_bucket_versioning(Bucket=NAME)["Status"] == "Enabled"
    assert s3.get_bucket_logging(Bucket=NAME)["LoggingEnabled"]["TargetBucket"] == stack.physical_ids["Logs"]
    assert {"Key": "owner", "Value": "ops"} in s3.get_bucket_tagging(Bucket=NAME)["TagSet"]
    assert "SecureTransport" in s3.get_bucket_policy(Bucket=NAME)["Policy"]

    changed = archive(Tags=[{"Key": "owner", "Value": "data"}])
    changed["Bucket"]["Properties"]["LifecycleConfiguration"]["Rules"][0]["ExpirationInDays"] = 30
    changed["Bucket"]["Properties"]["LifecycleConfiguration"]["Rules"][0].pop("Transitions")
    assert account.created(changed, outputs).physical_ids == stack.physical_ids
    assert s3.get_bucket_lifecycle_configuration(Bucket=NAME)["Rules"][0]["Expiration"]["Days"] == 30

    account.deleted()
    assert not s3.list_buckets()["Buckets"]


def test_a_trail_lives_as_cloudtrail_shows_it(account: Any) -> None:
    cloudtrail = account.client("cloudtrail")
    outputs = {"Arn": att("Trail", "Arn")}
    stack = account.created(trail(), outputs)
    (shown,) = cloudtrail.describe_trails(trailNameList=["all"])["trailList"]
    assert shown["TrailARN"] == stack.outputs["Arn"]
    assert shown["IsMultiRegionTrail"]
    assert shown["LogFileValidationEnabled"]
    assert shown["CloudWatchLogsLogGroupArn"].endswith(":*")
    assert cloudtrail.get_trail_status(Name="all")["IsLogging"]
    filters = account.client("logs").describe_metric_filters(logGroupName=stack.physical_ids["LogGroup"])
    assert filters["metricFilters"][0]["metricTransformations"][0]["metricName"] == "Root"

    after = account.created(trail(IsLogging=False, IsMultiRegionTrail=False), outputs)
    assert after.physical_ids == stack.physical_ids
    assert not cloudtrail.get_trail_status(Name="all")["IsLogging"]
    assert not cloudtrail.describe_trails()["trailList"][0]["IsMultiRegionTrail"]

    account.deleted()
    assert not cloudtrail.describe_trails()["trailList"]


BARE_ARN = f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:audit"


@pytest.mark.parametrize(
    ("properties", "sentence"),
    [
        ({"CloudWatchLogsLogGroupArn": BARE_ARN}, "CloudTrail cannot validate the specified log group ARN."),
        ({"CloudWatchLogsLogGroupArn": f"{BARE_ARN}:*"}, "CloudTrail cannot validate the specified log group ARN."),
        ({"S3BucketName": "no-such-bucket"}, "S3 bucket no-such-bucket does not exist!"),
    ],
)
def test_a_trail_that_cannot_write_is_refused(account: Any, properties: dict[str, str], sentence: str) -> None:
    assert sentence in account.refusal(trail(**properties), "Trail")


def test_a_trail_that_its_bucket_does_not_let_in_is_refused(account: Any) -> None:
    template = trail()
    template["Policy"] = delivery(NAME, "cloudtrail.amazonaws.com", f"{SOURCE}-of-others") | {"DependsOn": "Bucket"}
    reason = account.refusal(template, "Trail")
    assert f"Incorrect S3 bucket policy is detected for bucket: {NAME}" in reason


def test_a_trail_whose_name_is_taken_is_refused(account: Any) -> None:
    account.created(trail(), name="first")
    second = trail(S3BucketName=NAME)
    del second["Bucket"], second["Policy"], second["Trail"]["DependsOn"]
    assert "already exists" in account.refusal(second, "Trail")


def test_a_bucket_that_holds_an_object_is_not_deleted(account: Any) -> None:
    s3 = account.client("s3")
    account.created({"Bucket": resource("S3::Bucket", BucketName=NAME)})
    s3.put_object(Bucket=NAME, Key="record", Body=b"1")
    stack = account.delete()
    assert stack.status == "DELETE_FAILED"
    assert "The bucket you tried to delete is not empty" in stack.reasons["Bucket"]
    s3.delete_object(Bucket=NAME, Key="record")
    account.deleted()


def test_a_bucket_whose_name_is_taken_is_refused(account: Any) -> None:
    account.client("s3").create_bucket(Bucket=NAME)
    stack = account.deploy({"Bucket": resource("S3::Bucket", BucketName=NAME)})
    assert stack.status == "ROLLBACK_COMPLETE"
    assert "Bucket" not in stack.physical_ids


def test_what_a_template_drops_is_cleared(account: Any) -> None:
    s3 = account.client("s3")
    noncurrent = {
        "Status": "Enabled",
        "NoncurrentVersionTransitions": [{"StorageClass": "GLACIER", "TransitionInDays": 30}],
        "NoncurrentVersionExpiration": {"NoncurrentDays": 90},
        "ExpiredObjectDeleteMarker": True,
    }
    bucket = {
        "BucketName": NAME,
        "LifecycleConfiguration": {"Rules": [noncurrent]},
        "Tags": [{"Key": "a", "Value": "b"}],
    }
    account.created({"Bucket": resource("S3::Bucket", **bucket)})
    (rule,) = s3.get_bucket_lifecycle_configuration(Bucket=NAME)["Rules"]
    assert rule["NoncurrentVersionExpiration"]["NoncurrentDays"] == 90
    assert rule["Expiration"]["ExpiredObjectDeleteMarker"]
    account.created({"Bucket": resource("S3::Bucket", BucketName=NAME)})
    with pytest.raises(s3.exceptions.ClientError, match="NoSuchLifecycleConfiguration"):
        s3.get_bucket_lifecycle_configuration(Bucket=NAME)


@pytest.mark.parametrize(
    ("properties", "sentence"),
    [
        ({"LoggingConfiguration": {"DestinationBucketName": "no-such-bucket"}}, "target bucket for logging"),
        ({"ObjectLockConfiguration": {"ObjectLockEnabled": "Enabled"}}, "cannot be enabled on existing buckets"),
        ({"ObjectLockEnabled": True, "VersioningConfiguration": {"Status": "Suspended"}}, "cannot be changed"),
    ],
)
def test_a_bucket_that_s3_cannot_make_is_refused_and_leaves_nothing(
    account: Any, properties: dict[str, Any], sentence: str
) -> None:
    bucket = resource("S3::Bucket", BucketName=NAME, **properties)
    assert sentence in account.refusal({"Bucket": bucket}, "Bucket")
    assert not account.client("s3").list_buckets()["Buckets"]


def test_a_policy_of_no_bucket_is_refused(account: Any) -> None:
    policy = delivery("no-such-bucket", "cloudtrail.amazonaws.com", SOURCE)
    assert "The specified bucket does not exist" in account.refusal({"Policy": policy}, "Policy")


def test_tags_of_a_trail_change_in_place(account: Any) -> None:
    cloudtrail = account.client("cloudtrail")
    arn = account.created(trail(Tags=[{"Key": "a", "Value": "1"}]), {"Arn": att("Trail", "Arn")}).outputs["Arn"]
    account.created(trail(Tags=[{"Key": "b", "Value": "2"}]))
    tags = cloudtrail.list_tags(ResourceIdList=[arn])["ResourceTagList"][0]["TagsList"]
    assert [tag for tag in tags if not tag["Key"].startswith("aws:")] == [{"Key": "b", "Value": "2"}]
