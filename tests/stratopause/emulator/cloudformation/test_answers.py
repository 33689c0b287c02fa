from __future__ import annotations

from typing import Any

import pytest

from stratopause.emulator.cloudformation.answers import element

VALUE = {"Type": "AWS::SSM::Parameter", "Properties": {"Type": "String", "Value": "1"}}


def test_a_value_becomes_the_query_protocols_xml() -> None:
    value = {"Name": "a & b", "Flags": [True, 1], "Empty": []}
    assert element("R", value) == (
        "<R><Name>a &amp; b</Name><Flags><member>true</member><member>1</member></Flags><Empty></Empty></R>"
    )


@pytest.mark.emulator
def test_parent_and_root_are_told_of_nested_stacks_only(cloud: Any) -> None:
    leaf = {"Resources": {"Leaf": cloud.nested("leaf.json", {"Resources": {"Value": VALUE}})}}
    cloud.deploy({"Resources": {"Child": cloud.nested("child.json", leaf)}})
    root, child = cloud.stack(), cloud.child("Child")
    grandchild = cloud.child("Leaf", child["StackId"])
    assert not {"ParentId", "RootId"} & set(root)
    assert (child["ParentId"], child["RootId"]) == (root["StackId"], root["StackId"])
    assert (grandchild["ParentId"], grandchild["RootId"]) == (child["StackId"], root["StackId"])
    listed = cloud.cloudformation.list_stacks(StackStatusFilter=["CREATE_COMPLETE"])["StackSummaries"]
    assert {each["StackId"]: each.get("RootId") for each in listed} == {
        root["StackId"]: None,
        child["StackId"]: root["StackId"],
        grandchild["StackId"]: root["StackId"],
    }


@pytest.mark.emulator
def test_a_stack_that_was_never_updated_has_no_time_of_its_update(cloud: Any) -> None:
    cloud.deploy({"Resources": {"Child": cloud.nested("child.json", {"Resources": {"Value": VALUE}})}})
    assert "LastUpdatedTime" not in cloud.child("Child")


@pytest.mark.emulator
def test_a_change_set_is_found_by_its_name_and_its_stacks_name_or_arn(cloud: Any) -> None:
    change_set = cloud.change_set({"Resources": {"Value": VALUE}}, "named")
    for stack in ("root", change_set["StackId"]):
        found = cloud.describe("named", StackName=stack)
        assert found["ChangeSetId"] == change_set["ChangeSetId"]
    assert cloud.refused("describe_change_set", ChangeSetName="named", StackName="other").endswith("does not exist")


@pytest.mark.emulator
def test_a_long_change_set_comes_in_pages_with_and_without_values(cloud: Any) -> None:
    many = {f"Value{index:03}": VALUE for index in range(130)}
    change_set = cloud.change_set({"Resources": many})
    assert len(change_set["Changes"]) == 100
    for values in (True, False):
        pages = cloud.cloudformation.get_paginator("describe_change_set").paginate(
            ChangeSetName=change_set["ChangeSetId"], IncludePropertyValues=values
        )
        names = [change["ResourceChange"]["LogicalResourceId"] for page in pages for change in page["Changes"]]
        assert names == sorted(many)


@pytest.mark.emulator
def test_a_page_that_was_never_handed_out_is_refused(cloud: Any) -> None:
    change_set = cloud.change_set({"Resources": {"Value": VALUE}})["ChangeSetId"]
    assert cloud.refused("describe_change_set", ChangeSetName=change_set, NextToken="x") == "Invalid NextToken"
