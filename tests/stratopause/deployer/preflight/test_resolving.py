from __future__ import annotations

from typing import Any

import pytest

from stratopause.deployer.preflight.resolving import UNKNOWN, Made, Scope
from tests.stratopause.deployer.fakes import nested

PSEUDO = {"AWS::Region": "eu-central-1", "AWS::StackName": "clinic-dev"}


def child(passed: Any = None, parameter: dict[str, Any] | None = None) -> Scope:
    """The one nested stack of a root, which has the parameter Given and a resource Thing."""
    part = {
        "Parameters": {"Given": parameter or {"Type": "String"}},
        "Resources": {"Thing": {"Type": "AWS::SNS::Topic"}},
        "Outputs": {"Back": {"Value": {"Ref": "Given"}}, "Known": {"Value": "known"}},
    }
    nest = nested("part.json")
    if passed is not None:
        nest["Properties"]["Parameters"] = {"Given": passed}
    root = {"Resources": {"Part": nest, "Own": {"Type": "AWS::SNS::Topic"}}}
    return Scope({"root.json": root, "part.json": part}, root, PSEUDO).children["Part"]


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("text", "text"),
        (7, 7),
        ([{"Ref": "AWS::Region"}], ["eu-central-1"]),
        ({"A": {"Ref": "AWS::Region"}}, {"A": "eu-central-1"}),
        ({"Ref": "Thing"}, Made(("Part", "Thing"))),
        ({"Ref": "Given"}, "passed"),
        ({"Ref": "AWS::StackName"}, UNKNOWN),
        ({"Fn::Sub": "${AWS::Region}a"}, "eu-central-1a"),
        ({"Fn::Sub": "${!Kept} ${AWS::Region}"}, "${Kept} eu-central-1"),
        ({"Fn::Sub": ["${Own}-${Given}", {"Own": {"Ref": "AWS::Region"}}]}, "eu-central-1-passed"),
        ({"Fn::Sub": "${Thing}"}, UNKNOWN),
        ({"Fn::Sub": "${Thing.Arn}"}, UNKNOWN),
        ({"Fn::Join": ["-", ["a", {"Ref": "Given"}, 3]]}, "a-passed-3"),
        ({"Fn::Join": ["-", ["a", {"Ref": "Thing"}]]}, UNKNOWN),
        ({"Fn::Join": [",", {"Ref": "Thing"}]}, UNKNOWN),
        ({"Fn::Split": ["-", "a-b"]}, ["a", "b"]),
        ({"Fn::Split": ["-", {"Ref": "AWS::StackId"}]}, UNKNOWN),
        ({"Fn::Select": ["1", {"Fn::Split": ["-", "a-b"]}]}, "b"),
        ({"Fn::Select": [5, ["a"]]}, UNKNOWN),
        ({"Fn::Select": [0, {"Ref": "Thing"}]}, UNKNOWN),
        ({"Fn::GetAtt": ["Thing", "Arn"]}, UNKNOWN),
        ({"Fn::GetAtt": ["Thing"]}, UNKNOWN),
        ({"Fn::If": ["Condition", 1, 2]}, UNKNOWN),
        ({"Condition": "IsProduction"}, UNKNOWN),
        ({"Condition": {"Bool": "true"}}, {"Condition": {"Bool": "true"}}),
    ],
    ids=str,
)
def test_what_is_known_beforehand_is_worked_out(written: Any, value: Any) -> None:
    assert child("passed").value(written) == value


def test_the_name_of_the_root_stack_is_known_and_no_others() -> None:
    parent = child().parent
    assert parent is not None
    assert parent.value({"Ref": "AWS::StackName"}) == "clinic-dev"
    assert child().value({"Ref": "AWS::StackName"}) is UNKNOWN


def test_a_nested_stacks_output_is_what_it_was_given() -> None:
    parent = child("passed").parent
    assert parent is not None
    assert parent.value({"Fn::GetAtt": ["Part", "Outputs.Back"]}) == "passed"
    assert parent.value({"Fn::GetAtt": "Part.Outputs.Known"}) == "known"
    assert parent.value({"Fn::GetAtt": ["Part", "Outputs.Missing"]}) is UNKNOWN


def test_a_default_counts_where_nothing_is_passed() -> None:
    default = {"Type": "CommaDelimitedList", "Default": "a, b"}
    assert child(None, default).value({"Ref": "Given"}) == ["a", "b"]
    assert child("c", default).value({"Ref": "Given"}) == ["c"]
    assert child({"Ref": "Own"}, default).value({"Ref": "Given"}) == Made(("Own",))
    assert child({"Fn::If": ["A", 1, 2]}, default).value({"Ref": "Given"}) is UNKNOWN
    assert child(None).value({"Ref": "Given"}) is UNKNOWN


def test_stacks_that_wait_for_one_another_never_get_a_value() -> None:
    assert child({"Fn::GetAtt": ["Part", "Outputs.Back"]}).value({"Ref": "Given"}) is UNKNOWN


def test_a_template_that_nests_itself_is_not_followed_for_ever() -> None:
    root: dict[str, Any] = {"Resources": {"Again": nested("root.json")}}
    assert Scope({"root.json": root}, root, PSEUDO).children == {}


def test_what_is_unknown_says_so() -> None:
    assert repr(UNKNOWN) == "UNKNOWN"
