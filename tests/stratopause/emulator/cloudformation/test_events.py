from __future__ import annotations

from typing import Any

import pytest

from stratopause.emulator.cloudformation.events import stack_reason

VALUE = {"Type": "AWS::SSM::Parameter", "Properties": {"Type": "String", "Value": "1"}}
OTHER = {"Type": "AWS::SSM::Parameter", "Properties": {"Type": "String", "Value": "2"}}
BROKEN = {"Type": "AWS::SSM::Parameter", "Properties": {"Type": "String", "Value": {"Fn::GetAtt": ["Fine", "Nothing"]}}}


def test_only_a_failed_stack_names_the_resources_that_failed() -> None:
    assert stack_reason("UPDATE_FAILED", "Resource A failed: because") == (
        "The following resource(s) failed to update: [A]. "
    )
    assert stack_reason("CREATE_COMPLETE", "Resource A failed: because") == "Resource A failed: because"
    assert stack_reason("CREATE_FAILED", "Output 'A' not found") == "Output 'A' not found"


@pytest.mark.emulator
def test_a_creation_tells_its_beginning_the_physical_id_and_its_end(cloud: Any) -> None:
    cloud.deploy({"Resources": {"Fine": VALUE}})
    told = [
        (event["LogicalResourceId"], event["ResourceStatus"], event.get("ResourceStatusReason"))
        for event in cloud.told()
    ]
    assert told == [
        ("root", "REVIEW_IN_PROGRESS", "User Initiated"),
        ("root", "CREATE_IN_PROGRESS", "User Initiated"),
        ("Fine", "CREATE_IN_PROGRESS", ""),
        ("Fine", "CREATE_IN_PROGRESS", "Resource creation Initiated"),
        ("Fine", "CREATE_COMPLETE", ""),
        ("root", "CREATE_COMPLETE", ""),
    ]
    assert cloud.told()[3]["PhysicalResourceId"] == cloud.resources()["Fine"]["PhysicalResourceId"]


@pytest.mark.emulator
def test_an_update_tells_only_of_what_it_changes_and_creates_what_is_new(cloud: Any) -> None:
    cloud.deploy({"Resources": {"Same": VALUE, "Changed": VALUE, "Gone": VALUE}})
    before = len(cloud.events())
    assert cloud.deploy({"Resources": {"Same": VALUE, "Changed": OTHER, "New": VALUE}}) == "UPDATE_COMPLETE"
    assert cloud.events()[before:] == [
        ("root", "UPDATE_IN_PROGRESS"),
        ("Changed", "UPDATE_IN_PROGRESS"),
        ("Changed", "UPDATE_COMPLETE"),
        ("New", "CREATE_IN_PROGRESS"),
        ("New", "CREATE_IN_PROGRESS"),
        ("New", "CREATE_COMPLETE"),
        ("root", "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS"),
        ("Gone", "DELETE_IN_PROGRESS"),
        ("Gone", "DELETE_COMPLETE"),
        ("root", "UPDATE_COMPLETE"),
    ]
    statuses = {name: each["ResourceStatus"] for name, each in cloud.resources().items()}
    assert statuses == {"Same": "CREATE_COMPLETE", "Changed": "UPDATE_COMPLETE", "New": "CREATE_COMPLETE"}


@pytest.mark.emulator
def test_a_resource_that_an_update_fails_to_create_failed_to_create(cloud: Any) -> None:
    cloud.deploy({"Resources": {"Fine": VALUE}})
    assert cloud.deploy({"Resources": {"Fine": VALUE, "Broken": BROKEN}}) == "UPDATE_ROLLBACK_COMPLETE"
    assert "Nothing" in cloud.reason("Broken", "CREATE_FAILED")
    reason = "The following resource(s) failed to create: [Broken]. "
    assert cloud.reason("root", "UPDATE_ROLLBACK_IN_PROGRESS") == reason
    assert cloud.stack()["StackStatusReason"] == reason


@pytest.mark.emulator
def test_the_events_of_an_operation_carry_its_token_at_every_level(cloud: Any) -> None:
    child = cloud.nested("child.json", {"Resources": {"Fine": VALUE}})
    change_set = cloud.change_set({"Resources": {"Child": child}})
    cloud.cloudformation.execute_change_set(ChangeSetName=change_set["ChangeSetId"], ClientRequestToken="run-1")
    assert cloud.settled() == "CREATE_COMPLETE"
    told = [*cloud.told()[1:], *cloud.told(cloud.child("Child")["StackId"])]
    assert {event["ClientRequestToken"] for event in told} == {"run-1"}


@pytest.mark.emulator
def test_a_nested_stack_is_named_in_its_parent_as_soon_as_it_begins(cloud: Any) -> None:
    cloud.deploy({"Resources": {"Child": cloud.nested("child.json", {"Resources": {"Fine": VALUE}})}})
    initiated = next(
        event for event in cloud.told() if event.get("ResourceStatusReason") == "Resource creation Initiated"
    )
    child = initiated["PhysicalResourceId"]
    assert cloud.stack(child)["StackId"] == child
    assert initiated["Timestamp"] <= cloud.told(child)[1]["Timestamp"]
