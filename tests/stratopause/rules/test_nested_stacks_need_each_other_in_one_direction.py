from __future__ import annotations

from typing import Any

import pytest

from tests.forest import Body, forest, found, nested, resource, template

RULE = "E9002"
CHILD = {**template(Topic=resource("SNS::Topic")), "Parameters": {"P": {}}, "Outputs": {"O": {"Value": "o"}}}
GIVES = "Outputs.O"


def takes(stack: str) -> dict[str, Any]:
    return {"Fn::GetAtt": [stack, GIVES]}


def problems(**resources: Body) -> list[str]:
    return [problem.message for problem in found(RULE, forest(platform=template(**resources), child=CHILD))]


def test_two_stacks_that_take_from_each_other_are_found_once_where_it_is_written() -> None:
    root = template(A=nested("child.json", P=takes("B")), B=nested("child.json", P={"Fn::Sub": "${A.Outputs.O}"}))
    (problem,) = found(RULE, forest(platform=root, child=CHILD))
    assert problem.path == ("Resources", "A", "Properties", "Parameters", "P", "Fn::GetAtt")
    assert problem.message == (
        "A (CloudFormation::Stack) needs itself: A takes B.Outputs.O, B takes A.Outputs.O; "
        "none of them can be made first"
    )


@pytest.mark.parametrize(
    "resources",
    [
        {"A": nested("child.json", P=takes("B")), "B": {**nested("child.json"), "DependsOn": "A"}},
        {"A": {**nested("child.json"), "DependsOn": ["B"]}, "B": {**nested("child.json"), "DependsOn": ["A"]}},
        {"A": nested("child.json", P=takes("A"))},
        {"A": {**nested("child.json"), "DependsOn": "A"}},
        {
            "A": nested("child.json", P=takes("B")),
            "B": nested("child.json", P=takes("C")),
            "C": {**nested("child.json"), "DependsOn": ["A"]},
        },
        {
            "A": nested("child.json", P={"Ref": "Topic"}),
            "Topic": resource("SNS::Topic", {"TopicName": {"Fn::Join": ["-", ["a", takes("A")]]}}),
        },
    ],
)
def test_a_circle_of_any_length_is_found(resources: dict[str, Body]) -> None:
    assert len(problems(**resources)) == 1


def test_a_circle_in_a_nested_template_is_found() -> None:
    middle = template(A=nested("child.json", P=takes("B")), B=nested("child.json", P=takes("A")))
    (problem,) = found(RULE, forest(platform=template(M=nested("middle.json")), middle=middle, child=CHILD))
    assert problem.file == "middle.json"


def test_one_direction_is_fine() -> None:
    a, b = nested("child.json"), {**nested("child.json", P=takes("A")), "DependsOn": ["A"]}
    assert not problems(A=a, B=b, C=nested("child.json", P={"Fn::Join": [",", [takes("A"), takes("B")]]}))


def test_what_a_condition_leaves_out_closes_no_circle() -> None:
    root = template(
        A=nested("child.json", P={"Fn::If": ["Never", takes("B"), "x"]}), B=nested("child.json", P=takes("A"))
    )
    root["Conditions"] = {"Never": {"Fn::Equals": ["a", "b"]}}
    assert not found(RULE, forest(platform=root, child=CHILD))


def test_a_long_chain_takes_no_time_and_values_of_any_type_are_taken() -> None:
    chain = {f"S{at}": nested("child.json", P=takes(f"S{at + 1}")) for at in range(400)}
    assert not problems(**chain)
    assert not problems(A={**nested("child.json"), "DependsOn": [None, {"a": []}, 7]}, B=resource("SNS::Topic"))
    assert not problems(A=resource("CloudFormation::Stack", {"Parameters": [{"Fn::GetAtt": [[], 7]}]}))
