from __future__ import annotations

import time
from typing import Any

import pytest

pytestmark = pytest.mark.emulator


def values(description: str = "a", count: int = 40) -> Any:
    properties = {"Type": "String", "Value": "1", "Description": description}
    return {
        "Resources": {
            f"Value{number:02}": {"Type": "AWS::SSM::Parameter", "Properties": properties} for number in range(count)
        }
    }


def begun(cloud: Any, template: Any, **more: Any) -> None:
    """Executes a change set, and waits until a resource of it is done."""
    change_set = cloud.change_set(template, f"c{time.monotonic_ns()}")
    cloud.cloudformation.execute_change_set(ChangeSetName=change_set["ChangeSetId"], ClientRequestToken="deploy")
    time.sleep(0.1)


def of_stack(cloud: Any, stack: str) -> list[tuple[str, str]]:
    own = [event for event in cloud.told(stack) if event["ResourceType"] == "AWS::CloudFormation::Stack"]
    return [
        (event["ResourceStatus"], event.get("ClientRequestToken", ""))
        for event in own
        if event["PhysicalResourceId"] == stack
    ]


def test_a_cancellation_stops_the_nested_stack_that_is_being_updated(cloud: Any) -> None:
    cloud.deploy({"Resources": {"Child": cloud.nested("a.json", values())}})
    begun(cloud, {"Resources": {"Child": cloud.nested("b.json", values("b"))}})
    cloud.cloudformation.cancel_update_stack(StackName="root", ClientRequestToken="cancel")
    assert cloud.settled() == "UPDATE_ROLLBACK_COMPLETE"
    assert cloud.reason("root", "UPDATE_ROLLBACK_IN_PROGRESS") == "User Initiated"
    child = cloud.child("Child")
    assert child["StackStatus"] == "UPDATE_ROLLBACK_COMPLETE"
    cancelled = [event for event in cloud.told(child["StackId"]) if event["ResourceStatus"] == "UPDATE_FAILED"]
    assert [event["ResourceStatusReason"] for event in cancelled] == ["Resource update cancelled"]
    for stack in (cloud.stack()["StackId"], child["StackId"]):
        told = of_stack(cloud, stack)
        assert ("UPDATE_IN_PROGRESS", "deploy") in told
        assert ("UPDATE_ROLLBACK_IN_PROGRESS", "cancel") in told
        assert ("UPDATE_ROLLBACK_COMPLETE", "cancel") in told


def test_a_cancellation_deletes_the_nested_stack_that_the_update_is_creating(cloud: Any) -> None:
    first = {"First": cloud.nested("a.json", values(count=1))}
    cloud.deploy({"Resources": first})
    begun(cloud, {"Resources": {**first, "Second": cloud.nested("b.json", values())}})
    cloud.cloudformation.cancel_update_stack(StackName="root")
    assert cloud.settled() == "UPDATE_ROLLBACK_COMPLETE"
    assert len(cloud.values()) == 1
    assert sorted(cloud.resources()) == ["First"]


def test_the_next_update_is_not_cancelled(cloud: Any) -> None:
    cloud.deploy(values())
    begun(cloud, values("b"))
    cloud.cloudformation.cancel_update_stack(StackName="root")
    assert cloud.settled() == "UPDATE_ROLLBACK_COMPLETE"
    assert cloud.deploy(values("c")) == "UPDATE_COMPLETE"


@pytest.mark.parametrize("nested", [False, True])
def test_a_stack_can_be_deleted_while_it_is_being_created(cloud: Any, nested: bool) -> None:
    template = {"Resources": {"Child": cloud.nested("a.json", values())}} if nested else values()
    begun(cloud, template)
    stack = cloud.stack()["StackId"]
    cloud.cloudformation.delete_stack(StackName="root", ClientRequestToken="delete")
    assert cloud.status("root") == "DELETE_IN_PROGRESS"
    cloud.cloudformation.delete_stack(StackName="root", ClientRequestToken="delete")
    assert cloud.settled(stack) == "DELETE_COMPLETE"
    assert cloud.values() == {}
    told = of_stack(cloud, stack)
    assert told.count(("DELETE_IN_PROGRESS", "delete")) == 1
    assert told[-1] == ("DELETE_COMPLETE", "delete")
    assert not any(status.startswith("ROLLBACK") for status, _ in told)
    assert all("root" not in one["StackName"] for one in cloud.cloudformation.describe_stacks()["Stacks"])


def test_a_stack_that_is_being_updated_can_not_be_deleted(cloud: Any) -> None:
    cloud.deploy(values())
    begun(cloud, values("b"))
    refused = cloud.refused("delete_stack", StackName="root")
    assert refused.endswith("cannot be deleted while in status UPDATE_IN_PROGRESS")
    assert cloud.settled() == "UPDATE_COMPLETE"


def test_what_a_deletion_policy_keeps_stays_when_a_creation_is_stopped(cloud: Any) -> None:
    template = values()
    template["Resources"]["Value00"]["DeletionPolicy"] = "Retain"
    begun(cloud, template)
    stack = cloud.stack()["StackId"]
    cloud.cloudformation.delete_stack(StackName="root")
    assert cloud.settled(stack) == "DELETE_COMPLETE"
    assert len(cloud.values()) == 1
