from __future__ import annotations

from typing import Any

import pytest

from stratopause.deployer.review.outputs import givers
from stratopause.deployer.stacks import NESTED_STACK
from stratopause.deployer.templates import Template

TOPIC = {"Type": "AWS::SNS::Topic"}
NESTED = {"Type": NESTED_STACK}


def template(outputs: dict[str, Any], **resources: Any) -> Template:
    return {"Resources": resources, "Outputs": {name: {"Value": value} for name, value in outputs.items()}}


@pytest.mark.parametrize(
    "value",
    [
        {"Ref": "Key"},
        {"Fn::GetAtt": ["Key", "Arn"]},
        {"Fn::GetAtt": "Key.Arn"},
        {"Fn::Sub": "${Key.Arn}/${AWS::Region}"},
        {"Fn::Sub": ["${Key}/${x}", {"x": 1}]},
        {"Fn::Sub": ["${x}", {"x": {"Ref": "Key"}}]},
        {"Fn::Join": ["", ["a", {"Ref": "Key"}]]},
    ],
)
def test_an_output_is_made_of_the_resources_that_its_value_names(value: Any) -> None:
    known = givers({(): template({"A": value}, Key=TOPIC, Other=TOPIC)})
    assert known == {((), "A"): {((), "Key")}}


def test_an_output_that_names_no_resource_is_made_of_none() -> None:
    assert givers({(): template({"A": {"Ref": "AWS::Region"}, "B": "text"})}) == {
        ((), "A"): frozenset(),
        ((), "B"): frozenset(),
    }


def test_an_output_that_a_stack_passes_on_is_made_of_what_lies_deeper() -> None:
    tree = {
        (): template({}, Outer=NESTED),
        ("Outer",): template({"Arn": {"Fn::GetAtt": ["Inner", "Outputs.Arn"]}}, Inner=NESTED),
        ("Outer", "Inner"): template({"Arn": {"Fn::GetAtt": ["Key", "Arn"]}}, Key=TOPIC),
    }
    assert givers(tree)[("Outer",), "Arn"] == {(("Outer", "Inner"), "Key")}
