from __future__ import annotations

from typing import Any

import pytest

pytestmark = pytest.mark.emulator

CHECK = "AWS::EarlyValidation::ResourceExistenceCheck"
TAKEN = {"Resources": {"Bucket": {"Type": "AWS::S3::Bucket", "Properties": {"BucketName": "artifacts"}}}}


def findings(cloud: Any, change_set: Any) -> list[Any]:
    told = cloud.cloudformation.describe_events(ChangeSetName=change_set["ChangeSetId"], Filters={"FailedEvents": True})
    return list(told["OperationEvents"])


def test_a_change_set_fails_for_a_name_that_is_taken_and_its_events_tell_which(cloud: Any) -> None:
    change_set = cloud.change_set(TAKEN)
    assert (change_set["Status"], change_set["ExecutionStatus"]) == ("FAILED", "UNAVAILABLE")
    assert change_set["StatusReason"].startswith(f"The following hook(s)/validation failed: [{CHECK}].")
    (found,) = findings(cloud, change_set)
    assert (found["EventType"], found["OperationType"]) == ("VALIDATION_ERROR", "CREATE_CHANGESET")
    assert (found["ValidationName"], found["ValidationPath"]) == ("NAME_CONFLICT_VALIDATION", "/Resources/Bucket")
    assert (found["LogicalResourceId"], found["ValidationFailureMode"]) == ("Bucket", "FAIL")
    assert "already exists" in found["ValidationStatusReason"]
    refused = cloud.refused("execute_change_set", ChangeSetName=change_set["ChangeSetId"])
    assert refused.endswith("cannot be executed in its current status of [FAILED]")


def test_a_name_that_is_taken_in_a_nested_stack_fails_the_whole(cloud: Any) -> None:
    root = cloud.change_set({"Resources": {"Child": cloud.nested("child.json", TAKEN)}})
    assert root["Status"] == "FAILED"
    assert root["StatusReason"].endswith("was not successfully created: Currently in FAILED.")
    assert findings(cloud, root) == []
    assert len(findings(cloud, cloud.below(root, "Child"))) == 1


def test_what_the_stack_has_already_and_what_is_not_known_yet_are_no_findings(cloud: Any) -> None:
    own: Any = {"Resources": {"Bucket": {"Type": "AWS::S3::Bucket", "Properties": {"BucketName": "mine"}}}}
    cloud.deploy(own)
    own["Resources"]["Bucket"]["Properties"]["Tags"] = [{"Key": "a", "Value": "b"}]
    assert findings(cloud, cloud.change_set(own)) == []
    named = {
        "Parameters": {"Name": {"Type": "String"}},
        "Resources": {"Bucket": {"Type": "AWS::S3::Bucket", "Properties": {"BucketName": {"Ref": "Name"}}}},
    }
    given: Any = {
        "Resources": {"Value": {"Type": "AWS::SSM::Parameter", "Properties": {"Type": "String", "Value": "x"}}}
    }
    given["Outputs"] = {"Name": {"Value": {"Ref": "Value"}}}
    stacks = {"Given": cloud.nested("given.json", given)}
    stacks["Named"] = cloud.nested("named.json", named, Name={"Fn::GetAtt": ["Given", "Outputs.Name"]})
    assert cloud.change_set({"Resources": stacks}, stack="other")["Status"] == "CREATE_COMPLETE"
