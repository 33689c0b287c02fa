from __future__ import annotations

import json
from typing import Any

import pytest

pytestmark = pytest.mark.emulator

ALL = {"Effect": "Allow", "Action": "Update:*", "Principal": "*", "Resource": "*"}
REPLACE = "Action denied by stack policy: Statement [#2] does not allow [Update:Replace] for resource"


def value(name: str, text: str = "1") -> Any:
    return {"Type": "AWS::SSM::Parameter", "Properties": {"Type": "String", "Name": name, "Value": text}}


def guard(cloud: Any, *statements: Any, stack: str = "root") -> None:
    cloud.cloudformation.set_stack_policy(StackName=stack, StackPolicyBody=json.dumps({"Statement": list(statements)}))


def denied(action: str, **more: Any) -> Any:
    return {"Effect": "Deny", "Action": action, "Principal": "*", "Resource": "LogicalResourceId/Value", **more}


def test_a_denied_replacement_fails_the_update_and_it_is_rolled_back(cloud: Any) -> None:
    cloud.deploy({"Resources": {"Value": value("/old"), "Other": value("/other")}})
    guard(cloud, ALL, denied("Update:Replace"))
    assert cloud.deploy({"Resources": {"Value": value("/new"), "Other": value("/other")}}) == "UPDATE_ROLLBACK_COMPLETE"
    assert cloud.reason("Value", "UPDATE_FAILED") == f"{REPLACE} [LogicalResourceId/Value];"
    assert sorted(cloud.values()) == ["/old", "/other"]


def test_what_is_denied_is_the_action_and_not_another_one(cloud: Any) -> None:
    cloud.deploy({"Resources": {"Value": value("/old"), "Other": value("/other")}})
    guard(cloud, ALL, denied("Update:Replace"))
    assert cloud.deploy({"Resources": {"Value": value("/old", "2"), "Other": value("/b")}}) == "UPDATE_COMPLETE"
    guard(cloud, ALL, denied("Update:Modify"))
    assert cloud.deploy({"Resources": {"Value": value("/old", "3")}}) == "UPDATE_ROLLBACK_COMPLETE"
    assert "[Update:Modify]" in cloud.reason("Value", "UPDATE_FAILED")


def test_a_denied_removal_fails_the_update_before_anything_is_removed(cloud: Any) -> None:
    cloud.deploy({"Resources": {"Value": value("/old"), "Other": value("/other")}})
    guard(cloud, ALL, denied("Update:Delete"))
    assert cloud.deploy({"Resources": {"Other": value("/other", "2")}}) == "UPDATE_ROLLBACK_COMPLETE"
    assert "[Update:Delete]" in cloud.reason("Value", "UPDATE_FAILED")
    rolled_back = cloud.reason("root", "UPDATE_ROLLBACK_IN_PROGRESS")
    assert rolled_back == "The following resource(s) failed to update: [Value]. "
    assert cloud.values() == {"/old": "1", "/other": "1"}


def test_what_no_statement_allows_is_denied(cloud: Any) -> None:
    cloud.deploy({"Resources": {"Value": value("/old"), "Other": value("/other")}})
    guard(cloud, {**ALL, "Resource": "LogicalResourceId/Other"})
    changed = {"Value": value("/old", "2"), "Other": value("/other")}
    assert cloud.deploy({"Resources": changed}) == "UPDATE_ROLLBACK_COMPLETE"
    assert cloud.reason("Value", "UPDATE_FAILED").startswith("Action not allowed by stack policy")


def test_a_condition_and_a_negation_select_what_a_statement_is_about(cloud: Any) -> None:
    cloud.deploy({"Resources": {"Value": value("/old"), "Other": value("/other")}})
    types = {"Condition": {"StringLike": {"ResourceType": ["AWS::RDS::*"]}}}
    others = {
        "Effect": "Deny",
        "NotAction": "Update:Modify",
        "Principal": "*",
        "NotResource": "LogicalResourceId/Other",
    }
    guard(cloud, ALL, denied("Update:*", **types), others)
    assert cloud.deploy({"Resources": {"Value": value("/old", "2"), "Other": value("/b")}}) == "UPDATE_COMPLETE"
    exact = {"Condition": {"StringEquals": {"ResourceType": "AWS::SSM::Parameter"}}}
    guard(cloud, ALL, denied("Update:*", **exact))
    assert cloud.deploy({"Resources": {"Value": value("/old", "3")}}) == "UPDATE_ROLLBACK_COMPLETE"


def test_a_policy_guards_its_own_stack_and_not_those_nested_in_it(cloud: Any) -> None:
    def tree(name: str) -> Any:
        return {"Resources": {"Child": cloud.nested(f"{name}.json", {"Resources": {"Value": value(f"/{name}")}})}}

    cloud.deploy(tree("a"))
    guard(cloud, ALL, {**denied("Update:Replace"), "Resource": "*"})
    assert cloud.deploy(tree("b")) == "UPDATE_COMPLETE"
    child = cloud.child("Child")["StackId"]
    guard(cloud, ALL, denied("Update:Replace"), stack=child)
    assert cloud.deploy(tree("c")) == "UPDATE_ROLLBACK_COMPLETE"
    assert cloud.reason("Value", "UPDATE_FAILED", child).startswith(REPLACE)
    guard(cloud, ALL, stack=child)
    assert cloud.deploy(tree("d")) == "UPDATE_COMPLETE"
    guard(cloud, ALL, {**denied("Update:*"), "Resource": "LogicalResourceId/Child"})
    assert cloud.deploy(tree("e")) == "UPDATE_ROLLBACK_COMPLETE"
    assert sorted(cloud.values()) == ["/d"]


def test_a_policy_is_not_asked_when_a_stack_is_deleted(cloud: Any) -> None:
    cloud.deploy({"Resources": {"Value": value("/old")}})
    guard(cloud, {**denied("Update:*"), "Resource": "*"})
    stack = cloud.stack()["StackId"]
    cloud.delete()
    assert cloud.status(stack) == "DELETE_COMPLETE"
