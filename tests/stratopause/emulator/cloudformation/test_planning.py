from __future__ import annotations

from typing import Any

import pytest

pytestmark = pytest.mark.emulator

UNKNOWN = "{{changeSet:KNOWN_AFTER_APPLY}}"

SOURCE: Any = {
    "Parameters": {"Given": {"Type": "String", "Default": "one"}},
    "Resources": {
        "Value": {"Type": "AWS::SSM::Parameter", "Properties": {"Type": "String", "Value": {"Ref": "Given"}}}
    },
    "Outputs": {"Name": {"Value": {"Ref": "Value"}}},
}
USER: Any = {
    "Parameters": {"Name": {"Type": "String"}},
    "Resources": {"Copy": {"Type": "AWS::SSM::Parameter", "Properties": {"Type": "String", "Value": {"Ref": "Name"}}}},
}


def tree(cloud: Any, given: str = "one", user: Any = None, user_key: str = "user.json") -> Any:
    return {
        "Resources": {
            "Source": cloud.nested("source.json", SOURCE, Given=given),
            "User": cloud.nested(user_key, user or USER, Name={"Fn::GetAtt": ["Source", "Outputs.Name"]}),
        }
    }


def deep(cloud: Any, value: str, key: str) -> Any:
    leaf = {"Resources": {"Leaf": {"Type": "AWS::SSM::Parameter", "Properties": {"Type": "String", "Value": value}}}}
    middle = {"Resources": {"Leaves": cloud.nested(f"leaf-{key}.json", leaf)}}
    return {"Resources": {"Middle": cloud.nested(f"middle-{key}.json", middle)}}


def test_a_creation_is_planned_in_every_nested_stack(cloud: Any) -> None:
    root = cloud.change_set(tree(cloud))
    assert root["IncludeNestedStacks"]
    assert "ParentChangeSetId" not in root
    assert {name: change["Action"] for name, change in cloud.changes(root).items()} == {"Source": "Add", "User": "Add"}
    for name, resource in (("Source", "Value"), ("User", "Copy")):
        below = cloud.below(root, name)
        assert below["Status"] == "CREATE_COMPLETE"
        assert below["ParentChangeSetId"] == below["RootChangeSetId"] == root["ChangeSetId"]
        assert below["IncludeNestedStacks"]
        assert cloud.changes(below)[resource]["Action"] == "Add"
        stack = cloud.stack(below["StackId"])
        assert stack["StackStatus"] == "REVIEW_IN_PROGRESS"
        assert stack["ParentId"] == stack["RootId"] == root["StackId"]


def test_a_grandchild_knows_its_parent_and_its_root(cloud: Any) -> None:
    root = cloud.change_set(deep(cloud, "one", "1"))
    middle = cloud.below(root, "Middle")
    leaves = cloud.below(middle, "Leaves")
    assert leaves["ParentChangeSetId"] == middle["ChangeSetId"]
    assert leaves["RootChangeSetId"] == root["ChangeSetId"]
    stack = cloud.stack(leaves["StackId"])
    assert (stack["ParentId"], stack["RootId"]) == (middle["StackId"], root["StackId"])
    assert cloud.changes(leaves)["Leaf"]["Action"] == "Add"


def test_a_nested_stack_is_named_by_parent_logical_id_and_twelve_random_characters(cloud: Any) -> None:
    name = cloud.below(cloud.change_set(tree(cloud)), "Source")["StackName"]
    parent, logical_id, suffix = name.rsplit("-", 2)
    assert (parent, logical_id, len(suffix)) == ("root", "Source", 12)
    assert suffix.isalnum()
    assert suffix.isupper() or suffix.isdigit()


def test_an_output_of_a_stack_that_does_not_exist_yet_is_known_after_apply(cloud: Any) -> None:
    below = cloud.below(cloud.change_set(tree(cloud)), "User")
    assert below["Parameters"] == [{"ParameterKey": "Name", "ParameterValue": UNKNOWN}]


def test_an_output_of_a_stack_that_does_not_change_is_known(cloud: Any) -> None:
    cloud.deploy(tree(cloud))
    name = cloud.resources(cloud.child("Source")["StackId"])["Value"]["PhysicalResourceId"]
    more = {**USER, "Resources": {**USER["Resources"], "More": USER["Resources"]["Copy"]}}
    root = cloud.change_set(tree(cloud, user=more, user_key="more.json"))
    assert list(cloud.changes(root)) == ["User"]
    below = cloud.below(root, "User")
    assert below["Parameters"] == [{"ParameterKey": "Name", "ParameterValue": name}]
    assert list(cloud.changes(below)) == ["More"]


def test_an_output_of_a_stack_that_changes_is_unknown_until_it_is_deployed(cloud: Any) -> None:
    cloud.deploy(tree(cloud))
    copied = cloud.values()
    root = cloud.change_set(tree(cloud, given="two"))
    assert cloud.below(root, "User")["Parameters"][0]["ParameterValue"] == UNKNOWN
    assert cloud.deploy(tree(cloud, given="two")) == "UPDATE_COMPLETE"
    user = cloud.child("User")
    assert user["StackStatus"] == "CREATE_COMPLETE"
    copy = cloud.resources(user["StackId"])["Copy"]["PhysicalResourceId"]
    assert cloud.values()[copy] == copied[copy]


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (
            {"Resources": {"R": {"Value": {"Fn::Select": [1, {"Fn::Split": ["/", {"Ref": "Name"}]}]}}}},
            "Template error: Fn::Select cannot select nonexistent value at index 1",
        ),
        (
            {"Resources": {"R": {"Value": {"Fn::Select": [2, {"Fn::Split": ["/", {"Ref": "Name"}]}]}}}},
            "Template error: Fn::Select cannot select nonexistent value at index 2",
        ),
        (
            {"Resources": {"R": {"Value": {"Fn::Select": ["0", {"Fn::Split": ["/", {"Ref": "Name"}]}]}}}},
            f"Template error: Fn::Select can not be evaluated on {UNKNOWN}",
        ),
        (
            {"Resources": {"R": {"Value": {"Fn::Join": ["", {"Fn::Split": ["/", {"Ref": "Name"}]}]}}}},
            f"Template error: Fn::Split can not be evaluated on {UNKNOWN}",
        ),
        ({"Conditions": {"C": {"Fn::Equals": [{"Ref": "Name"}, "x"]}}}, "Template error: Condition C"),
        ({"Parameters": {"Name": {"Type": "String", "AllowedPattern": "/.*"}}}, "Parameter Name failed to satisfy"),
        ({"Parameters": {"Name": {"Type": "AWS::EC2::VPC::Id"}}}, "is not a valid AWS::EC2::VPC::Id"),
    ],
)
def test_a_child_that_computes_on_what_is_not_known_yet_fails_the_review(
    cloud: Any, change: Any, sentence: str
) -> None:
    user = {**USER, **{section: value for section, value in change.items() if section != "Resources"}}
    if "Resources" in change:
        user["Resources"] = {
            "R": {"Type": "AWS::SSM::Parameter", "Properties": {"Type": "String", **change["Resources"]["R"]}}
        }
    root = cloud.change_set(tree(cloud, user=user))
    below = cloud.below(root, "User")
    assert below["Status"] == "FAILED"
    assert sentence in below["StatusReason"]
    assert root["Status"] == "FAILED"
    reason = f"Nested change set {below['ChangeSetId']} was not successfully created: Currently in FAILED."
    assert root["StatusReason"] == reason
    assert "in its current status of [FAILED]" in cloud.refused("execute_change_set", ChangeSetName=root["ChangeSetId"])


def test_a_child_may_pass_on_and_join_what_is_not_known_yet(cloud: Any) -> None:
    joined = {"Fn::Join": ["-", ["a", {"Ref": "Name"}]]}
    user = {
        **USER,
        "Resources": {"R": {"Type": "AWS::SSM::Parameter", "Properties": {"Type": "String", "Value": joined}}},
    }
    assert cloud.deploy(tree(cloud, user=user)) == "CREATE_COMPLETE"


def test_a_template_without_changes_has_no_changes_in_any_child(cloud: Any) -> None:
    cloud.deploy(tree(cloud))
    root = cloud.change_set(tree(cloud))
    assert root["Status"] == "FAILED"
    assert root["ExecutionStatus"] == "UNAVAILABLE"
    assert root["StatusReason"].startswith("The submitted information didn't contain changes.")
    assert root["Changes"] == []
    children = cloud.cloudformation.list_change_sets(StackName=cloud.child("User")["StackId"])["Summaries"]
    assert {each["ExecutionStatus"] for each in children} == {"EXECUTE_COMPLETE"}


def test_a_change_deep_below_is_listed_at_every_level(cloud: Any) -> None:
    cloud.deploy(deep(cloud, "one", "1"))
    root = cloud.change_set(deep(cloud, "two", "2"))
    leaves = cloud.below(cloud.below(root, "Middle"), "Leaves", IncludePropertyValues=True)
    (detail,) = cloud.changes(leaves)["Leaf"]["Details"]
    assert detail["Target"]["Path"] == "/Properties/Value"
    assert (detail["Target"]["BeforeValue"], detail["Target"]["AfterValue"]) == ("one", "two")
    assert cloud.changes(root)["Middle"]["Replacement"] == "False"


def test_a_child_whose_template_changed_behind_the_same_address_is_listed_as_automatic(cloud: Any) -> None:
    template = tree(cloud)
    cloud.deploy(template)
    more = {**USER, "Resources": {**USER["Resources"], "More": USER["Resources"]["Copy"]}}
    cloud.put("user.json", more)
    root = cloud.change_set(template)
    (detail,) = cloud.changes(root)["User"]["Details"]
    assert detail["ChangeSource"] == "Automatic"
    assert list(cloud.changes(cloud.below(root, "User"))) == ["More"]
    cloud.cloudformation.execute_change_set(ChangeSetName=root["ChangeSetId"])
    assert cloud.settled() == "UPDATE_COMPLETE"
    assert "More" in cloud.resources(cloud.child("User")["StackId"])


def test_a_missing_template_fails_the_review_of_its_stack(cloud: Any) -> None:
    template = tree(cloud)
    template["Resources"]["User"]["Properties"]["TemplateURL"] = "https://artifacts.s3.amazonaws.com/nothing.json"
    root = cloud.change_set(template)
    assert root["Status"] == "FAILED"
    assert "nothing.json" in cloud.below(root, "User")["StatusReason"]


def test_a_child_refuses_a_parameter_that_its_template_does_not_declare(cloud: Any) -> None:
    template = tree(cloud)
    template["Resources"]["Source"]["Properties"]["Parameters"]["Other"] = "x"
    below = cloud.below(cloud.change_set(template), "Source")
    assert below["StatusReason"] == "Parameters: [Other] do not exist in the template"


def test_a_child_needs_the_capabilities_of_the_root(cloud: Any) -> None:
    document = {"Version": "2012-10-17", "Statement": []}
    role = {"Type": "AWS::IAM::Role", "Properties": {"AssumeRolePolicyDocument": document, "RoleName": "named"}}
    template = {"Resources": {"Roles": cloud.nested("roles.json", {"Resources": {"Role": role}})}}
    below = cloud.below(cloud.change_set(template), "Roles")
    assert below["StatusReason"] == "Requires capabilities : [CAPABILITY_NAMED_IAM]"
    allowed = cloud.change_set(template, "allowed", Capabilities=["CAPABILITY_NAMED_IAM"])
    assert allowed["Status"] == "CREATE_COMPLETE"


def test_the_tags_of_the_root_reach_every_nested_stack(cloud: Any) -> None:
    template = tree(cloud)
    template["Resources"]["User"]["Properties"]["Tags"] = [{"Key": "own", "Value": "1"}]
    cloud.deploy(template, Tags=[{"Key": "owner", "Value": "team"}])
    tags = {tag["Key"]: tag["Value"] for tag in cloud.child("User")["Tags"]}
    assert tags == {"owner": "team", "own": "1"}
    retagged = cloud.change_set(template, "again", Tags=[{"Key": "owner", "Value": "team"}])
    assert retagged["Status"] == "FAILED"


def test_a_resource_whose_condition_is_false_is_no_change(cloud: Any) -> None:
    template = tree(cloud)
    template["Conditions"] = {"Never": {"Fn::Equals": ["a", "b"]}}
    template["Resources"]["User"]["Condition"] = "Never"
    root = cloud.change_set(template)
    assert list(cloud.changes(root)) == ["Source"]


def test_a_parent_may_compute_on_what_is_not_known_yet(cloud: Any) -> None:
    part = {"Fn::Select": [3, {"Fn::Split": ["-", {"Fn::GetAtt": ["Source", "Outputs.Name"]}]}]}
    template = tree(cloud)
    template["Resources"]["User"]["Properties"]["Parameters"]["Name"] = part
    root = cloud.change_set(template)
    assert cloud.below(root, "User")["Parameters"][0]["ParameterValue"] == UNKNOWN
    cloud.cloudformation.execute_change_set(ChangeSetName=root["ChangeSetId"])
    assert cloud.settled() == "CREATE_COMPLETE"
    assert "Value" in cloud.values().values()
