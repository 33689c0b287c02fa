from __future__ import annotations

import json
from typing import Any

import pytest

from stratopause.deployer.review.outputs import givers, tree


def template(outputs: dict[str, Any], **resources: Any) -> bytes:
    made = {name: {"Type": "AWS::SNS::Topic", **resource} for name, resource in resources.items()}
    return json.dumps(
        {"Resources": made, "Outputs": {name: {"Value": value} for name, value in outputs.items()}}
    ).encode()


def nested(url: str) -> dict[str, Any]:
    return {"Type": "AWS::CloudFormation::Stack", "Properties": {"TemplateURL": url}}


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
    known = givers(tree({"root": template({"A": value}, Key={}, Other={})}, "root"))
    assert known == {((), "A"): {((), "Key")}}


def test_an_output_that_names_no_resource_is_made_of_none() -> None:
    assert givers(tree({"root": template({"A": {"Ref": "AWS::Region"}, "B": "text"})}, "root")) == {
        ((), "A"): frozenset(),
        ((), "B"): frozenset(),
    }


def test_an_output_that_a_stack_passes_on_is_made_of_what_lies_deeper() -> None:
    templates = {
        "root": template({}, Outer=nested("outer"), Elsewhere=nested("https://elsewhere")),
        "outer": template({"Arn": {"Fn::GetAtt": ["Inner", "Outputs.Arn"]}}, Inner=nested("inner")),
        "inner": template({"Arn": {"Fn::GetAtt": ["Key", "Arn"]}}, Key={}),
    }
    assert list(tree(templates, "root")) == [(), ("Outer",), ("Outer", "Inner")]
    assert givers(tree(templates, "root"))[("Outer",), "Arn"] == {(("Outer", "Inner"), "Key")}
