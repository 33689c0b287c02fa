from __future__ import annotations

from typing import Any

import pytest

pytestmark = pytest.mark.emulator

FINE = {"Type": "AWS::SSM::Parameter", "Properties": {"Type": "String", "Value": "1"}}
BROKEN = {"Type": "AWS::SSM::Parameter", "Properties": {"Type": "String"}, "DependsOn": "Fine"}


def tree(cloud: Any, *, broken: bool = False) -> Any:
    child = {"Resources": {"Fine": FINE, **({"Broken": BROKEN} if broken else {})}}
    return {"Resources": {"Child": cloud.nested(f"child-{broken}.json", child)}}


def described(cloud: Any, **what: Any) -> list[Any]:
    return list(cloud.cloudformation.describe_events(**what)["OperationEvents"])


def failed(cloud: Any, **what: Any) -> list[Any]:
    return described(cloud, Filters={"FailedEvents": True}, **what)


def operations(cloud: Any, stack: str = "root") -> list[str]:
    return [one["OperationType"] for one in cloud.stack(stack)["LastOperations"]]


def test_a_deployment_is_an_operation_of_every_stack_in_the_tree(cloud: Any) -> None:
    cloud.deploy(tree(cloud))
    root, child = cloud.stack(), cloud.child("Child")
    assert operations(cloud) == ["CREATE_STACK", "CREATE_CHANGESET"]
    assert operations(cloud, child["StackId"]) == ["CREATE_STACK"]
    ids = [stack["LastOperations"][0]["OperationId"] for stack in (root, child)]
    assert len(set(ids)) == 2
    told = [
        (event["OperationId"], event["EventType"], event["LogicalResourceId"], event["ResourceStatus"])
        for event in described(cloud, StackName="root")
    ]
    assert told[0] == (ids[0], "STACK_EVENT", "root", "CREATE_COMPLETE")
    assert told[1] == (ids[0], "PROGRESS_EVENT", "Child", "CREATE_COMPLETE")
    assert told[-1] == (ids[0], "STACK_EVENT", "root", "CREATE_IN_PROGRESS")


def test_events_of_a_stack_carry_their_operation_also_those_that_were_held_back(cloud: Any) -> None:
    cloud.deploy({"Resources": {"A": FINE, "B": FINE}})
    changed = {"Type": "AWS::SSM::Parameter", "Properties": {"Type": "String", "Value": "2"}}
    cloud.deploy({"Resources": {"A": FINE, "B": changed}})
    of_update = {event["OperationId"] for event in cloud.told() if event["ResourceStatus"].startswith("UPDATE")}
    assert of_update == {cloud.stack()["LastOperations"][0]["OperationId"]}
    assert all(event["OperationId"] for event in cloud.told())


def test_a_failed_deployment_is_two_operations_and_the_error_is_in_the_first_of_them(cloud: Any) -> None:
    cloud.deploy(tree(cloud))
    cloud.deploy(tree(cloud, broken=True))
    assert operations(cloud) == ["ROLLBACK", "UPDATE_STACK"]
    rollback, update = (one["OperationId"] for one in cloud.stack()["LastOperations"])
    assert failed(cloud, StackName="root") == []
    assert {event["OperationId"] for event in described(cloud, StackName="root")} == {rollback}
    (error,) = failed(cloud, StackName="root", OperationId=update)
    assert (error["LogicalResourceId"], error["EventType"]) == ("Child", "PROVISIONING_ERROR")
    assert error["OperationStatus"] == "FAILED"
    (cause,) = failed(cloud, OperationId=cloud.child("Child")["LastOperations"][1]["OperationId"])
    assert (cause["LogicalResourceId"], cause["ResourceType"]) == ("Broken", "AWS::SSM::Parameter")
    assert "Value" in cause["ResourceStatusReason"]


def test_a_rollback_that_goes_on_and_a_deletion_are_operations_of_their_own_kind(cloud: Any) -> None:
    cloud.deploy({"Resources": {"A": FINE}})
    stack = cloud.stack()["StackId"]
    cloud.delete()
    assert operations(cloud, stack) == ["DELETE_STACK", "CREATE_STACK"]


def test_an_operation_is_in_progress_until_its_stack_is_at_rest(cloud: Any) -> None:
    template = {"Resources": {f"Value{number}": FINE for number in range(30)}}
    cloud.cloudformation.execute_change_set(ChangeSetName=cloud.change_set(template)["ChangeSetId"])
    assert {event["OperationStatus"] for event in described(cloud, StackName="root")} == {"IN_PROGRESS"}
    cloud.settled()
    assert {event["OperationStatus"] for event in described(cloud, StackName="root")} == {"SUCCEEDED"}


def test_what_validation_finds_at_the_deployment_belongs_to_the_deployment(cloud: Any) -> None:
    bucket = {"Resources": {"Bucket": {"Type": "AWS::S3::Bucket", "Properties": {"BucketName": "artifacts"}}}}
    change_set = cloud.change_set({"Resources": {"A": FINE, **bucket["Resources"]}}, DisableValidation=True)
    assert change_set["Status"] == "CREATE_COMPLETE"
    cloud.cloudformation.delete_change_set(ChangeSetName=change_set["ChangeSetId"])
    import json

    cloud.cloudformation.create_stack(StackName="other", TemplateBody=json.dumps(bucket))
    assert cloud.settled("other") == "ROLLBACK_COMPLETE"
    operation = cloud.stack("other")["LastOperations"][1]["OperationId"]
    found = [event for event in failed(cloud, OperationId=operation) if event["EventType"] == "VALIDATION_ERROR"]
    assert [event["ValidationName"] for event in found] == ["NAME_CONFLICT_VALIDATION"]


def test_events_come_in_pages(cloud: Any) -> None:
    cloud.deploy({"Resources": {f"Value{number}": FINE for number in range(40)}})
    pages = list(cloud.cloudformation.get_paginator("describe_events").paginate(StackName="root"))
    assert len(pages) == 2
    assert sum(len(page["OperationEvents"]) for page in pages) == 122


def test_what_is_not_there_is_refused(cloud: Any) -> None:
    assert "One of ChangeSetName, OperationId or StackName" in cloud.refused("describe_events")
    assert "does not exist" in cloud.refused("describe_events", StackName="nothing")
    assert "does not exist" in cloud.refused("describe_events", ChangeSetName="nothing", StackName="nothing")
    assert "Invalid NextToken" in cloud.refused("describe_events", OperationId="nothing", NextToken="x")
    assert "does not exist" in cloud.refused("describe_stack_events", StackName="nothing")
