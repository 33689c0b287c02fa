"""Every API call is recorded, and what nobody should do is told."""

from __future__ import annotations

from typing import Any

import pytest

from stacks.watches import WATCHES, Watch, any_at


@pytest.fixture(scope="module")
def resources(templates: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = templates["audit.json"]["Resources"]
    return found


@pytest.fixture(scope="module")
def trail(resources: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = resources["Trail"]["Properties"]
    return found


def fields(selector: dict[str, Any]) -> dict[str, Any]:
    return {field["Field"]: field for field in selector["FieldSelectors"]}


def test_the_trail_records_every_region_and_can_be_proven_whole(trail: dict[str, Any]) -> None:
    switches = ("IsLogging", "IsMultiRegionTrail", "IncludeGlobalServiceEvents", "EnableLogFileValidation")
    assert [trail[switch] for switch in switches] == [True, True, True, True]


def test_the_record_is_encrypted_in_the_bucket_and_in_the_log_group(
    trail: dict[str, Any], resources: dict[str, Any]
) -> None:
    assert trail["KMSKeyId"] == {"Ref": "ArchiveKeyArn"}
    assert trail["S3BucketName"] == {"Ref": "TrailBucketName"}
    assert resources["TrailLogGroup"]["Properties"]["KmsKeyId"] == {"Ref": "LogsKeyArn"}
    assert resources["TrailLogGroup"]["DeletionPolicy"] == "RetainExceptOnCreate"


def test_cloudtrail_gets_the_arn_that_ends_in_a_star(trail: dict[str, Any]) -> None:
    assert trail["CloudWatchLogsLogGroupArn"] == {"Fn::GetAtt": ["TrailLogGroup", "Arn"]}


def test_the_role_writes_to_the_log_group_of_the_trail_and_nowhere_else(resources: dict[str, Any]) -> None:
    (statement,) = resources["TrailPolicy"]["Properties"]["PolicyDocument"]["Statement"]
    assert statement["Resource"] == [{"Fn::GetAtt": ["TrailLogGroup", "Arn"]}]
    assert not [action for action in statement["Action"] if "*" in action]
    assert resources["Trail"]["DependsOn"] == "TrailPolicy"


def test_every_object_that_is_read_or_written_is_recorded_but_the_record_itself(trail: dict[str, Any]) -> None:
    management, objects = map(fields, trail["AdvancedEventSelectors"])
    assert management == {"eventCategory": {"Field": "eventCategory", "Equals": ["Management"]}}
    assert objects["resources.type"]["Equals"] == ["AWS::S3::Object"]
    assert "readOnly" not in objects
    own = {"Fn::Sub": "arn:${AWS::Partition}:s3:::${TrailBucketName}/"}
    assert objects["resources.ARN"] == {"Field": "resources.ARN", "NotStartsWith": [own]}


@pytest.mark.parametrize("watch", WATCHES, ids=lambda watch: watch.name)
def test_what_is_watched_is_told(resources: dict[str, Any], watch: Watch) -> None:
    found, alarm = (resources[watch.name + kind]["Properties"] for kind in ("Filter", "Alarm"))
    assert found["LogGroupName"] == {"Ref": "TrailLogGroup"}
    (metric,) = found["MetricTransformations"]
    assert (alarm["Namespace"], alarm["MetricName"]) == (metric["MetricNamespace"], metric["MetricName"])
    assert (alarm["Statistic"], alarm["Threshold"], alarm["EvaluationPeriods"]) == ("Sum", 0, 1)
    assert alarm["AlarmActions"] == [{"Ref": "TopicArn"}]


@pytest.mark.parametrize("watch", WATCHES, ids=lambda watch: watch.name)
def test_a_pattern_is_one_that_cloudwatch_logs_takes(watch: Watch) -> None:
    assert (watch.pattern[0], watch.pattern[-1]) == ("{", "}")
    assert watch.pattern.count("(") == watch.pattern.count(")")
    assert len(watch.pattern) <= 1024


def test_a_pattern_names_the_service_and_its_events() -> None:
    pattern = any_at("kms", "DisableKey", "ScheduleKeyDeletion")
    assert (
        pattern
        == "{($.eventSource=kms.amazonaws.com) && (($.eventName=DisableKey) || ($.eventName=ScheduleKeyDeletion))}"
    )


def test_root_use_trail_changes_and_lost_keys_are_watched() -> None:
    patterns = {watch.name: watch.pattern for watch in WATCHES}
    assert '"Root"' in patterns["RootUse"]
    assert "StopLogging" in patterns["TrailChange"]
    assert "ScheduleKeyDeletion" in patterns["KeyLoss"]
    assert "AccessDenied*" in patterns["UnauthorizedCall"]
