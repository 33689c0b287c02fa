from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stratopause.emulator.cloudformation.differences import ABSENT, at, differences, occurrences, told

UNKNOWN = "{{changeSet:KNOWN_AFTER_APPLY}}"
VALUES = st.recursive(
    st.text(max_size=3) | st.integers(0, 3) | st.booleans(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("abc"), inner, max_size=3),
    max_leaves=8,
)


@given(VALUES, VALUES)
def test_there_is_a_difference_exactly_where_two_values_are_not_the_same(old: Any, new: Any) -> None:
    found = list(differences((), old, new))
    assert bool(found) == (old != new)
    for path, before, after in found:
        assert before == at(old, path)
        assert after == at(new, path)


def test_a_place_that_a_value_does_not_have_is_absent() -> None:
    assert at({"a": ["x"]}, ("a", 0)) == "x"
    for path in (("b",), ("a", 1), ("a", 0, "c")):
        assert at({"a": ["x"]}, path) is ABSENT


def test_a_part_that_comes_or_goes_is_an_addition_or_a_removal() -> None:
    assert told((("A", 0), ABSENT, 1)) == {"Path": "/Properties/A/0", "AttributeChangeType": "Add", "AfterValue": "1"}
    assert told((("A",), {"b": 1}, ABSENT)) == {
        "Path": "/Properties/A",
        "AttributeChangeType": "Remove",
        "BeforeValue": '{"b": 1}',
    }


def test_a_reference_is_found_where_it_is_written() -> None:
    node = {
        "a": [{"Ref": "Key"}, {"Fn::Sub": "${Key.Arn}/x"}],
        "b": {"Fn::Join": ["", [{"Fn::GetAtt": ["Key", "Arn"]}]]},
    }
    assert list(occurrences(("P",), node, "Key")) == [("P", "a", 0)]
    assert list(occurrences(("P",), node, "Key.Arn")) == [("P", "a", 1), ("P", "b")]


def topic(name: str, **properties: Any) -> Any:
    return {"Type": "AWS::SNS::Topic", "Properties": {"TopicName": name, **properties}}


@pytest.mark.emulator
def test_a_change_tells_its_path_and_its_values_where_they_are_asked_for(cloud: Any) -> None:
    def template(value: str) -> Any:
        tags = [{"Key": "one", "Value": "1"}, {"Key": "two", "Value": value}]
        return {"Resources": {"Topic": topic("t", Tags=tags)}}

    cloud.deploy(template("2"))
    change_set = cloud.change_set(template("3"))
    (detail,) = cloud.changes(change_set)["Topic"]["Details"]
    assert detail["Target"]["Path"] == "/Properties/Tags/1/Value"
    assert not {"BeforeValue", "AfterValue"} & set(detail["Target"])
    assert "BeforeContext" not in cloud.changes(change_set)["Topic"]
    change = cloud.changes(cloud.describe(change_set["ChangeSetId"], IncludePropertyValues=True))["Topic"]
    target = change["Details"][0]["Target"]
    assert (target["BeforeValue"], target["AfterValue"], target["AttributeChangeType"]) == ("2", "3", "Modify")
    assert json.loads(change["BeforeContext"])["Properties"]["Tags"][1]["Value"] == "2"
    assert json.loads(change["AfterContext"])["Properties"]["Tags"][1]["Value"] == "3"


@pytest.mark.emulator
def test_a_reference_to_what_may_change_is_told_apart_from_a_change(cloud: Any) -> None:
    def template(value: str) -> Any:
        alarm = {
            "Type": "AWS::SSM::Parameter",
            "Properties": {"Type": "String", "Value": {"Fn::GetAtt": ["Topic", "TopicName"]}},
        }
        return {"Resources": {"Topic": topic("t", DisplayName=value), "User": alarm}}

    cloud.deploy(template("2"))
    change_set = cloud.change_set(template("3"))
    described = cloud.describe(change_set["ChangeSetId"], IncludePropertyValues=True)
    (detail,) = cloud.changes(described)["User"]["Details"]
    assert detail["ChangeSource"] == "ResourceAttribute"
    assert detail["Evaluation"] == "Dynamic"
    target = detail["Target"]
    assert (target["Path"], target["BeforeValue"], target["AfterValue"]) == ("/Properties/Value", "t", "t")


@pytest.mark.emulator
def test_a_value_of_a_resource_that_is_new_is_known_after_apply(cloud: Any) -> None:
    user = {"Type": "AWS::SSM::Parameter", "Properties": {"Type": "String", "Value": "x"}}
    cloud.deploy({"Resources": {"User": user}})
    user["Properties"] = {"Type": "String", "Value": {"Fn::GetAtt": ["Topic", "TopicArn"]}}
    change_set = cloud.change_set({"Resources": {"User": user, "Topic": topic("t")}})
    described = cloud.describe(change_set["ChangeSetId"], IncludePropertyValues=True)
    assert cloud.changes(described)["User"]["Details"][0]["Target"]["AfterValue"] == UNKNOWN


@pytest.mark.emulator
def test_a_replacement_is_told_with_what_becomes_of_the_old_resource(cloud: Any) -> None:
    cloud.deploy({"Resources": {"Topic": topic("before")}})
    change = cloud.changes(cloud.change_set({"Resources": {"Topic": topic("after")}}))["Topic"]
    assert (change["Replacement"], change["PolicyAction"]) == ("True", "ReplaceAndDelete")
    assert change["PhysicalResourceId"].endswith(":before")
