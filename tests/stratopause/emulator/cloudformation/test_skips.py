from __future__ import annotations

import json
from typing import Any

import pytest

from tests.stratopause.emulator.conftest import parameter as value

pytestmark = pytest.mark.emulator

BROKEN = {"Type": "AWS::SSM::Parameter", "Properties": {"Type": "String"}}
FILLING = 60
"""So many resources change one after the other, 8 ms each, while the sibling's change can still be taken back."""


@pytest.fixture
def stuck(cloud: Any) -> Any:
    """A tree whose nested stack can't take its log group back to a key that is disabled by now."""
    statements = [
        {"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::000000000000:root"}, "Action": "kms:*", "Resource": "*"},
        {
            "Effect": "Allow",
            "Principal": {"Service": "logs.us-east-1.amazonaws.com"},
            "Action": "kms:*",
            "Resource": "*",
        },
    ]
    kms = cloud.client("kms")
    policy = json.dumps({"Version": "2012-10-17", "Statement": statements})
    keys = [kms.create_key(Policy=policy)["KeyMetadata"] for _ in range(2)]

    def tree(number: int, broken: Any) -> Any:
        properties = {"LogGroupName": "l", "KmsKeyId": keys[number]["Arn"]}
        logs = {"Resources": {"Logs": {"Type": "AWS::Logs::LogGroup", "Properties": properties}}}
        filling = {f"Value{index:02}": value(str(number)) for index in range(FILLING)}
        user = cloud.nested(f"u{number}.json", {"Resources": {**filling, **broken}})
        holder = cloud.nested(f"h{number}.json", logs)
        return {"Resources": {"Holder": holder, "User": {**user, "DependsOn": "Holder"}}}

    cloud.deploy(tree(0, {}))
    broken = {"Broken": {**BROKEN, "DependsOn": [f"Value{index:02}" for index in range(FILLING)]}}
    change_set = cloud.change_set(tree(1, broken))
    cloud.cloudformation.execute_change_set(ChangeSetName=change_set["ChangeSetId"])
    holder = cloud.child("Holder")["StackId"]
    cloud.wait_for("UPDATE_COMPLETE_CLEANUP_IN_PROGRESS", holder)
    kms.disable_key(KeyId=keys[0]["KeyId"])
    assert cloud.settled() == "UPDATE_ROLLBACK_FAILED"
    return cloud


def refused(cloud: Any, *names: str) -> str:
    return str(cloud.refused("continue_update_rollback", StackName="root", ResourcesToSkip=list(names)))


def test_a_rollback_goes_on_without_a_resource_of_a_nested_stack(stuck: Any) -> None:
    holder = stuck.child("Holder")
    skip = [f"{holder['StackName']}.Logs"]
    stuck.cloudformation.continue_update_rollback(StackName="root", ResourcesToSkip=skip, ClientRequestToken="continue")
    assert stuck.settled() == "UPDATE_ROLLBACK_COMPLETE"
    assert stuck.status(holder["StackId"]) == "UPDATE_ROLLBACK_COMPLETE"
    assert stuck.reason("Logs", "UPDATE_COMPLETE", holder["StackId"]) == "Resource rollback skipped by user"
    tokens = {event.get("ClientRequestToken") for event in stuck.told(holder["StackId"])[-3:]}
    assert tokens == {"continue"}
    assert stuck.stack()["LastOperations"][0]["OperationType"] == "CONTINUE_ROLLBACK"


def test_a_resource_is_skipped_by_the_name_of_its_stack_and_only_if_its_rollback_failed(stuck: Any) -> None:
    holder = stuck.child("Holder")["StackName"]
    assert "does not exist in stack [root]" in refused(stuck, "Holder.Logs")
    assert "only resources whose rollback failed" in refused(stuck, f"{holder}.Other")
    assert "only resources whose rollback failed" in refused(stuck, "User")
    assert "its nested stack is not deleted" in refused(stuck, "Holder")
    assert stuck.status("root") == "UPDATE_ROLLBACK_FAILED"


def test_without_skips_the_rollback_is_tried_again_as_it_was(stuck: Any) -> None:
    stuck.cloudformation.continue_update_rollback(StackName="root")
    assert stuck.settled() == "UPDATE_ROLLBACK_FAILED"
    assert "does not exist" in stuck.refused("continue_update_rollback", StackName="nothing")
