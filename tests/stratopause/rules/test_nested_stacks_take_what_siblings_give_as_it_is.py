from __future__ import annotations

from typing import Any

import pytest

from tests.forest import Body, forest, found, nested, resource, template

RULE = "E9006"
NET = {**template(Vpc=resource("EC2::VPC")), "Outputs": {"Vpc": {"Value": {"Ref": "Vpc"}}}}
GIVEN = {"Fn::GetAtt": ["Net", "Outputs.Vpc"]}


def child(properties: Body | None = None, /, declared: Body | None = None, **sections: Any) -> dict[str, Any]:
    parameter = {"Type": "String", **(declared or {})}
    body = template(Topic=resource("SNS::Topic", {"DisplayName": {"Ref": "P"}, **(properties or {})}))
    return {**body, "Parameters": {"P": parameter}, **sections}


def at(taker: Body, given: Any = GIVEN, **templates: Any) -> list[tuple[str | int, ...]]:
    root = template(
        Net=nested("net.json"),
        Taker=nested("taker.json", P=given),
        Vpc=resource("EC2::VPC"),
        Other=resource("SNS::Topic"),
    )
    return [problem.path for problem in found(RULE, forest(platform=root, net=NET, taker=taker, **templates))]


NAME = ("Resources", "Topic", "Properties", "TopicName")


@pytest.mark.parametrize(
    ("value", "path"),
    [
        ({"Fn::Select": [0, {"Ref": "P"}]}, NAME),
        ({"Fn::Select": [5, {"Fn::Split": [":", {"Ref": "P"}]}]}, NAME),
        ({"Fn::Join": ["-", {"Fn::Split": [":", {"Fn::Sub": "${P}"}]}]}, (*NAME, "Fn::Join", 1)),
        ({"Fn::Sub": ["${A}", {"A": {"Fn::Select": [0, {"Ref": "P"}]}}]}, (*NAME, "Fn::Sub", 1, "A")),
        ({"Fn::FindInMap": ["Map", {"Ref": "P"}, "a"]}, NAME),
    ],
)
def test_computing_on_what_a_sibling_gives_is_found(value: Any, path: tuple[str | int, ...]) -> None:
    assert at(child({"TopicName": value})) == [path]


@pytest.mark.parametrize(
    ("declared", "key"),
    [
        ({"Type": "AWS::EC2::VPC::Id"}, "Type"),
        ({"Type": "List<AWS::EC2::Subnet::Id>"}, "Type"),
        ({"Type": "AWS::SSM::Parameter::Value<String>"}, "Type"),
        ({"AllowedPattern": "vpc-.+"}, "AllowedPattern"),
        ({"AllowedValues": ["vpc-1", "vpc-2"]}, "AllowedValues"),
    ],
)
def test_a_constraint_on_what_a_sibling_gives_is_found(declared: Body, key: str) -> None:
    assert at(child(declared=declared)) == [("Parameters", "P", key)]


def test_a_condition_or_rule_on_what_a_sibling_gives_is_found() -> None:
    asks = {"Fn::Not": [{"Fn::Equals": [{"Ref": "P"}, ""]}]}
    assert at(child(Conditions={"Told": asks})) == [("Conditions", "Told")]
    assert at(child(Rules={"R": {"Assertions": [{"Assert": asks}]}})) == [("Rules", "R")]


@pytest.mark.parametrize(
    "given", [GIVEN, {"Ref": "Other"}, {"Fn::GetAtt": "Vpc.CidrBlock"}, {"Fn::Join": [",", [GIVEN, "a"]]}]
)
def test_whatever_else_gives_it_is_not_known_either(given: Any) -> None:
    assert at(child({"TopicName": {"Fn::Select": [0, {"Ref": "P"}]}}), given)


def test_it_is_followed_through_levels() -> None:
    middle = {**template(Inner=nested("inner.json", P={"Ref": "P"})), "Parameters": {"P": {"Type": "String"}}}
    inner = child(declared={"Type": "AWS::EC2::VPC::Id"})
    assert at(middle, inner=inner) == [("Parameters", "P", "Type")]


def test_literals_parameters_of_the_root_and_own_attributes_may_be_computed_on() -> None:
    computing = child({"TopicName": {"Fn::Select": [0, {"Ref": "P"}]}}, declared={"AllowedValues": ["a"]})
    assert not at(computing, "a")
    assert not at(computing, {"Ref": "AWS::Region"})
    own = {"TopicName": {"Fn::Select": [2, {"Fn::Split": ["/", {"Ref": "AWS::StackId"}]}]}}
    assert not at(child(own, declared={"AllowedPattern": ".*"}))


def test_passing_it_on_is_fine() -> None:
    assert not at(child({"TopicName": {"Fn::Join": ["-", ["a", {"Fn::Sub": "${P}"}]]}}))
    assert not at(
        child({"TopicName": {"Fn::If": ["Ours", {"Ref": "P"}, "b"]}}, Conditions={"Ours": {"Fn::Equals": [1, 1]}})
    )


def test_values_of_any_type_are_taken() -> None:
    odd: list[Any] = [None, 7, [], "text", {"P": None}, {"P": {"Type": 7, "AllowedPattern": [], "AllowedValues": 7}}]
    for strange in odd:
        root = template(Net=nested("net.json"), Taker=nested("taker.json", P=GIVEN))
        root["Resources"]["Odd"] = resource(
            "CloudFormation::Stack", {"TemplateURL": "taker.json", "Parameters": strange}
        )
        taker = {**template(A=resource("SNS::Topic")), "Parameters": strange}
        found(RULE, forest(platform=root, net=NET, taker=taker))
