from __future__ import annotations

import json
import time
from typing import Any

import pytest

pytestmark = pytest.mark.emulator

CHILD = {"Resources": {"Value": {"Type": "AWS::SSM::Parameter", "Properties": {"Type": "String", "Value": "1"}}}}
OTHER = {"Resources": {"Value": {"Type": "AWS::SSM::Parameter", "Properties": {"Type": "String", "Value": "2"}}}}
BROKEN = {"Resources": {"Value": {"Type": "AWS::SSM::Parameter", "Properties": {"Type": "String"}}}}


def tree(cloud: Any, key: str = "child.json", child: Any = None) -> Any:
    return {"Description": "a tree", "Resources": {"Child": cloud.nested(key, child or CHILD)}}


def names(cloud: Any) -> list[str]:
    return [stack["StackName"].split("-")[0] for stack in cloud.cloudformation.describe_stacks()["Stacks"]]


def test_a_nested_change_set_is_executed_and_deleted_by_its_root_only(cloud: Any) -> None:
    root = cloud.change_set(tree(cloud))
    child = cloud.changes(root)["Child"]["ChangeSetId"]
    assert "only be executed from its root" in cloud.refused("execute_change_set", ChangeSetName=child)
    assert "only be deleted from its root" in cloud.refused("delete_change_set", ChangeSetName=child)
    assert cloud.status("root") == "REVIEW_IN_PROGRESS"


def test_deleting_a_root_change_set_deletes_those_below_and_the_stacks_in_review(cloud: Any) -> None:
    root = cloud.change_set(tree(cloud))
    below = cloud.below(root, "Child")
    cloud.cloudformation.delete_change_set(ChangeSetName="change", StackName="root")
    for change_set in (root, below):
        assert "does not exist" in cloud.refused("describe_change_set", ChangeSetName=change_set["ChangeSetId"])
    assert names(cloud) == ["root"]
    assert cloud.status("root") == "REVIEW_IN_PROGRESS"


def test_deleting_a_stack_in_review_deletes_all_of_it(cloud: Any) -> None:
    cloud.change_set(tree(cloud))
    cloud.cloudformation.delete_stack(StackName="root")
    time.sleep(0.2)
    assert names(cloud) == []


def test_a_change_set_for_an_update_leaves_existing_children_when_it_is_deleted(cloud: Any) -> None:
    cloud.deploy(tree(cloud))
    root = cloud.change_set(tree(cloud, "other.json", OTHER))
    cloud.cloudformation.delete_change_set(ChangeSetName=root["ChangeSetId"])
    assert cloud.child("Child")["StackStatus"] == "CREATE_COMPLETE"


def test_a_stack_in_review_takes_another_change_set_and_stays_the_same_stack(cloud: Any) -> None:
    first = cloud.change_set(tree(cloud), "first")
    second = cloud.change_set(tree(cloud), "second")
    assert first["StackId"] == second["StackId"] == cloud.stack()["StackId"]
    listed = cloud.cloudformation.list_change_sets(StackName=second["StackId"])["Summaries"]
    assert {each["ChangeSetName"] for each in listed} == {"first", "second"}
    assert cloud.events() == [("root", "REVIEW_IN_PROGRESS")]
    refused = cloud.refused(
        "create_change_set", StackName="root", ChangeSetName="x", ChangeSetType="CREATE", TemplateBody="{"
    )
    assert "Template format error" in refused
    assert cloud.stack()["StackId"] == first["StackId"]


def test_executing_one_change_set_deletes_the_others_and_their_children(cloud: Any) -> None:
    first = cloud.change_set(tree(cloud), "first")
    second = cloud.change_set(tree(cloud), "second")
    unused = cloud.below(first, "Child")
    cloud.cloudformation.execute_change_set(ChangeSetName="second", StackName=second["StackId"])
    assert cloud.settled() == "CREATE_COMPLETE"
    assert names(cloud) == ["root", "root"]
    for change_set in (first, unused):
        assert "does not exist" in cloud.refused("describe_change_set", ChangeSetName=change_set["ChangeSetId"])


def test_a_stack_has_its_description_and_its_change_set_when_it_was_made_by_one(cloud: Any) -> None:
    cloud.deploy(tree(cloud))
    assert cloud.stack()["Description"] == "a tree"
    assert ":changeSet/" in cloud.stack()["ChangeSetId"]


def test_a_stack_that_exists_is_not_created_again(cloud: Any) -> None:
    cloud.deploy(tree(cloud))
    request = {
        "StackName": "root",
        "ChangeSetName": "again",
        "ChangeSetType": "CREATE",
        "TemplateBody": json.dumps(CHILD),
    }
    assert cloud.refused("create_change_set", **request) == (
        "Stack [root] already exists and cannot be created again with the changeSet [again]."
    )


def test_a_stack_that_was_rolled_back_is_only_deleted(cloud: Any) -> None:
    assert cloud.deploy({"Resources": {"Bad": BROKEN["Resources"]["Value"]}}) == "ROLLBACK_COMPLETE"
    stack_id = cloud.stack()["StackId"]
    body = json.dumps(CHILD)
    sentence = f"Stack:{stack_id} is in ROLLBACK_COMPLETE state and can not be updated."
    assert cloud.refused("create_change_set", StackName="root", ChangeSetName="x", TemplateBody=body) == sentence
    assert cloud.refused("update_stack", StackName="root", TemplateBody=body) == sentence
    again = cloud.refused(
        "create_change_set", StackName="root", ChangeSetName="x", ChangeSetType="CREATE", TemplateBody=body
    )
    assert "already exists and cannot be created again" in again
    assert cloud.delete() == "DELETE_COMPLETE"
    assert cloud.deploy(tree(cloud)) == "CREATE_COMPLETE"


def slow(number: int) -> Any:
    """Enough resources that the deployment can be met halfway."""
    value = {"Type": "AWS::SSM::Parameter", "Properties": {"Type": "String", "Value": str(number)}}
    return {"Resources": {f"Value{index:02}": value for index in range(40)}}


def test_a_busy_stack_refuses_updates_and_its_deletion(cloud: Any) -> None:
    cloud.deploy(slow(1))
    stack_id = cloud.stack()["StackId"]
    change_set = cloud.change_set(slow(2))
    cloud.cloudformation.execute_change_set(ChangeSetName=change_set["ChangeSetId"])
    assert cloud.status("root") == "UPDATE_IN_PROGRESS"
    busy = f"Stack:{stack_id} is in UPDATE_IN_PROGRESS state and can not be updated."
    assert cloud.refused("update_stack", StackName="root", TemplateBody=json.dumps(CHILD)) == busy
    assert cloud.refused("create_change_set", StackName="root", ChangeSetName="x", TemplateBody="{}") == busy
    assert cloud.refused("delete_stack", StackName=stack_id) == (
        f"Stack [{stack_id}] cannot be deleted while in status UPDATE_IN_PROGRESS"
    )
    assert "in progress" in cloud.refused("delete_change_set", ChangeSetName=change_set["ChangeSetId"])
    assert "EXECUTE_IN_PROGRESS" in cloud.refused("execute_change_set", ChangeSetName=change_set["ChangeSetId"])
    assert cloud.settled() == "UPDATE_COMPLETE"


def test_progress_is_seen_while_a_stack_is_deployed(cloud: Any) -> None:
    change_set = cloud.change_set(slow(1))
    cloud.cloudformation.execute_change_set(ChangeSetName=change_set["ChangeSetId"])
    seen = set()
    while cloud.status("root") == "CREATE_IN_PROGRESS":
        seen.add(len(cloud.told()))
    assert len(seen) > 3


def test_a_stack_that_another_change_set_made_busy_is_not_executed_on(cloud: Any) -> None:
    cloud.deploy({"Resources": {"Holder": cloud.nested("slow1.json", slow(1))}})
    child = cloud.child("Holder")["StackId"]
    direct = cloud.cloudformation.create_change_set(
        StackName=child, ChangeSetName="direct", TemplateBody=json.dumps(slow(3))
    )
    cloud.cloudformation.execute_change_set(
        ChangeSetName=cloud.change_set({"Resources": {"Holder": cloud.nested("slow2.json", slow(2))}})["ChangeSetId"]
    )
    cloud.wait_for("UPDATE_IN_PROGRESS", child)
    assert "can not be updated" in cloud.refused("execute_change_set", ChangeSetName=direct["Id"])
    assert cloud.settled() == "UPDATE_COMPLETE"


def test_termination_protection_of_the_root_holds_for_the_whole_tree(cloud: Any) -> None:
    cloud.deploy(tree(cloud))
    root, child = cloud.stack()["StackId"], cloud.child("Child")["StackId"]
    cloud.cloudformation.update_termination_protection(StackName="root", EnableTerminationProtection=True)
    sentence = f"Stack [{root}] cannot be deleted while TerminationProtection is enabled"
    assert cloud.refused("delete_stack", StackName="root") == sentence
    assert cloud.refused("delete_stack", StackName=child) == sentence
    cloud.cloudformation.update_termination_protection(StackName="root", EnableTerminationProtection=False)
    assert cloud.delete() == "DELETE_COMPLETE"


def test_templates_over_their_limits_are_refused(cloud: Any) -> None:
    padded = json.dumps({**CHILD, "Metadata": {"padding": "x" * 51_200}})
    request = {"StackName": "root", "ChangeSetName": "x", "ChangeSetType": "CREATE"}
    assert "less than or equal to 51200" in cloud.refused("create_change_set", **request, TemplateBody=padded)
    url = cloud.put("padded.json", padded)
    cloud.cloudformation.create_change_set(**request, TemplateURL=url)
    url = cloud.put("large.json", json.dumps({**CHILD, "Metadata": {"padding": "x" * 1_000_000}}))
    many = {**CHILD["Resources"], **{f"Value{index}": CHILD["Resources"]["Value"] for index in range(500)}}
    assert "may not exceed 1000000 bytes" in cloud.refused(
        "create_change_set", **{**request, "ChangeSetName": "y"}, TemplateURL=url
    )
    url = cloud.put("many.json", {"Resources": many})
    assert "500" in cloud.refused("create_change_set", **{**request, "ChangeSetName": "z"}, TemplateURL=url)


def test_resources_are_created_in_the_order_that_depends_on_gives(cloud: Any) -> None:
    value = CHILD["Resources"]["Value"]
    cloud.deploy({"Resources": {"A": {**value, "DependsOn": "B"}, "B": {**value, "DependsOn": ["C"]}, "C": value}})
    assert [name for name, status in cloud.events() if status == "CREATE_COMPLETE"] == ["C", "B", "A", "root"]


def test_the_ref_of_a_secret_is_its_arn(cloud: Any) -> None:
    secret = {"Type": "AWS::SecretsManager::Secret", "Properties": {"GenerateSecretString": {}}}
    cloud.deploy({"Resources": {"Secret": secret}, "Outputs": {"Ref": {"Value": {"Ref": "Secret"}}}})
    arn = cloud.client("secretsmanager").list_secrets()["SecretList"][0]["ARN"]
    assert cloud.outputs() == {"Ref": arn}


def test_what_does_not_exist_is_not_executed_and_deleted_without_complaint(cloud: Any) -> None:
    cloud.change_set(tree(cloud))
    assert "does not exist" in cloud.refused("execute_change_set", ChangeSetName="other", StackName="root")
    cloud.cloudformation.delete_change_set(ChangeSetName="other", StackName="root")
    cloud.cloudformation.delete_stack(StackName="other")
    assert cloud.status("root") == "REVIEW_IN_PROGRESS"
