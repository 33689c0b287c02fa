from __future__ import annotations

import json
from typing import Any

import pytest

pytestmark = pytest.mark.emulator


def tree(count: int = 1, description: str = "a") -> Any:
    value = {"Type": "String", "Value": "1", "Description": description}
    return {
        "Resources": {f"Value{number}": {"Type": "AWS::SSM::Parameter", "Properties": value} for number in range(count)}
    }


def test_a_change_set_that_is_asked_for_again_with_its_token_is_the_same_one(cloud: Any) -> None:
    request = {"StackName": "root", "ChangeSetName": "change", "ChangeSetType": "CREATE"}
    request["TemplateBody"] = json.dumps(tree())
    first = cloud.cloudformation.create_change_set(**request, ClientToken="one")
    again = cloud.cloudformation.create_change_set(**request, ClientToken="one")
    assert (first["Id"], first["StackId"]) == (again["Id"], again["StackId"])
    assert len(cloud.cloudformation.list_change_sets(StackName="root")["Summaries"]) == 1
    for other in ({"ClientToken": "two"}, {}):
        assert "already exists" in cloud.refused("create_change_set", **request, **other)


def test_a_deleted_change_set_leaves_its_name_and_its_token_free(cloud: Any) -> None:
    first = cloud.change_set(tree(), ClientToken="one")
    cloud.cloudformation.delete_change_set(ChangeSetName=first["ChangeSetId"])
    assert cloud.change_set(tree(), ClientToken="one")["ChangeSetId"] != first["ChangeSetId"]


def test_an_execution_is_accepted_again_with_its_token_while_it_runs_and_after_and_runs_once(cloud: Any) -> None:
    change_set = cloud.change_set(tree(20))["ChangeSetId"]
    for _ in range(2):
        cloud.cloudformation.execute_change_set(ChangeSetName=change_set, ClientRequestToken="one")
    assert cloud.settled() == "CREATE_COMPLETE"
    cloud.cloudformation.execute_change_set(ChangeSetName=change_set, ClientRequestToken="one")
    assert cloud.events().count(("root", "CREATE_IN_PROGRESS")) == 1
    for other in ({"ClientRequestToken": "two"}, {}):
        refused = cloud.refused("execute_change_set", ChangeSetName=change_set, **other)
        assert refused.endswith("cannot be executed in its current execution status of [EXECUTE_COMPLETE]")


def test_a_refused_request_is_not_remembered(cloud: Any) -> None:
    cloud.deploy(tree())
    for _ in range(2):
        refused = cloud.refused("cancel_update_stack", StackName="root", ClientRequestToken="one")
        assert refused == "CancelUpdateStack cannot be called from current stack status"


def test_a_cancellation_and_a_rollback_are_accepted_again_with_their_tokens(cloud: Any) -> None:
    cloud.deploy(tree(20))
    change_set = cloud.change_set(tree(20, "b"), "second")["ChangeSetId"]
    cloud.cloudformation.execute_change_set(ChangeSetName=change_set)
    for _ in range(2):
        cloud.cloudformation.cancel_update_stack(StackName="root", ClientRequestToken="one")
    assert cloud.settled() == "UPDATE_ROLLBACK_COMPLETE"
    cloud.cloudformation.cancel_update_stack(StackName="root", ClientRequestToken="one")

    broken = tree(2, "c")
    broken["Resources"]["Value1"] = {"Type": "AWS::SSM::Parameter", "Properties": {"Type": "String"}}
    change_set = cloud.change_set(broken, "third")["ChangeSetId"]
    cloud.cloudformation.execute_change_set(ChangeSetName=change_set, DisableRollback=True)
    assert cloud.settled() == "UPDATE_FAILED"
    for _ in range(2):
        cloud.cloudformation.rollback_stack(StackName="root", ClientRequestToken="two")
    assert cloud.settled() == "UPDATE_ROLLBACK_COMPLETE"
    assert "cannot be called" in cloud.refused("rollback_stack", StackName="root", ClientRequestToken="three")
