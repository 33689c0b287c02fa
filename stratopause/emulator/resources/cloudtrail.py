"""CloudTrail: trails."""

from __future__ import annotations

from typing import Any

from ministack.services import cloudtrail, cloudwatch_logs, s3
from ministack.services.cloudformation import provisioners

from stratopause.emulator.resources.calls import call
from stratopause.emulator.resources.handlers import Change, Result, add, before_change
from stratopause.emulator.resources.refusals import AlreadyExists, Refusal
from stratopause.emulator.resources.schema import Properties

API_NAMES = {
    name: name
    for name in (
        "S3BucketName",
        "S3KeyPrefix",
        "SnsTopicName",
        "IncludeGlobalServiceEvents",
        "IsMultiRegionTrail",
        "IsOrganizationTrail",
        "CloudWatchLogsLogGroupArn",
        "CloudWatchLogsRoleArn",
    )
} | {"EnableLogFileValidation": "EnableLogFileValidation", "KMSKeyId": "KmsKeyId"}


def create_trail(logical_id: str, properties: Properties, stack_name: str) -> Result:
    """Ref is the trail's name."""
    name = properties.get("TrailName") or provisioners._physical_name(stack_name, logical_id)
    if name in cloudtrail._trails:
        raise AlreadyExists("AWS::CloudTrail::Trail", "TrailName", name)
    call("cloudtrail", "CreateTrail", Name=name, S3BucketName=properties["S3BucketName"])
    return update_trail(name, {}, properties)


def update_trail(name: str, before: Properties, after: Properties) -> Result:
    """Everything but the name changes in place."""
    given = {API_NAMES[key]: value for key, value in after.items() if key in API_NAMES}
    trail_arn = call("cloudtrail", "UpdateTrail", Name=name, **given)["TrailARN"]
    selectors: dict[str, Any] = {
        key: after[key] for key in ("EventSelectors", "AdvancedEventSelectors") if after.get(key)
    }
    if selectors:
        call("cloudtrail", "PutEventSelectors", TrailName=name, **selectors)
    call("cloudtrail", "StartLogging" if after["IsLogging"] else "StopLogging", Name=name)
    removed = {tag["Key"] for tag in before.get("Tags", ())} - {tag["Key"] for tag in after.get("Tags", ())}
    if removed:
        call("cloudtrail", "RemoveTags", ResourceId=trail_arn, TagsList=[{"Key": key} for key in sorted(removed)])
    if after.get("Tags"):
        call("cloudtrail", "AddTags", ResourceId=trail_arn, TagsList=after["Tags"])
    return name, {"Arn": trail_arn, "SnsTopicArn": after.get("SnsTopicName", "")}


def delete_trail(name: str, _properties: Properties) -> None:
    """What it wrote stays."""
    if name in cloudtrail._trails:
        call("cloudtrail", "DeleteTrail", Name=name)


@before_change("AWS::CloudTrail::Trail")
def _destinations_take_it(change: Change) -> None:
    bucket = change.properties["S3BucketName"]
    if bucket not in s3._buckets:
        message = f"S3 bucket {bucket} does not exist!"
        raise Refusal(message, "CloudTrail", "S3BucketDoesNotExistException")
    log_group = change.properties.get("CloudWatchLogsLogGroupArn")
    if log_group is not None and (
        not log_group.endswith(":*") or log_group[:-2].partition(":log-group:")[2] not in cloudwatch_logs._log_groups
    ):
        # https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_CreateTrail.html
        message = "CloudTrail cannot validate the specified log group ARN."
        raise Refusal(message, "CloudTrail", "InvalidCloudWatchLogsLogGroupArnException")


add("AWS::CloudTrail::Trail", create_trail, delete_trail, update_trail)
