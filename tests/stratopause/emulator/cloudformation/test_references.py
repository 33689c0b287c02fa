from __future__ import annotations

import json
from typing import Any

import pytest

pytestmark = pytest.mark.emulator

UNRESOLVED = "Template format error: Unresolved resource dependencies [Nothing] in the {} block of the template"
UNDEFINED = "Template error: instance of Fn::GetAtt references undefined resource Nothing"


def value(content: Any, **more: Any) -> Any:
    return {"Type": "AWS::SSM::Parameter", "Properties": {"Type": "String", "Value": content}, **more}


def template(resource: Any, output: Any = "x") -> Any:
    return {
        "Parameters": {"Given": {"Type": "String", "Default": "given"}},
        "Resources": {"Fine": value("1"), "Bad": resource},
        "Outputs": {"Out": {"Value": output}},
    }


BAD = {
    "a Ref": (template(value({"Ref": "Nothing"})), UNRESOLVED.format("Resources")),
    "a Ref deep in a function": (
        template(value({"Fn::Join": ["", ["a", {"Ref": "Nothing"}]]})),
        UNRESOLVED.format("Resources"),
    ),
    "a pseudo parameter": (
        template(value({"Ref": "AWS::Nothing"})),
        UNRESOLVED.format("Resources").replace("[", "[AWS::"),
    ),
    "Fn::Sub": (template(value({"Fn::Sub": "${Given}-${Nothing}"})), UNRESOLVED.format("Resources")),
    "an order": (template(value("1", DependsOn="Nothing")), UNRESOLVED.format("Resources")),
    "one order of two": (template(value("1", DependsOn=["Fine", "Nothing"])), UNRESOLVED.format("Resources")),
    "an output": (template(value("1"), {"Ref": "Nothing"}), UNRESOLVED.format("Outputs")),
    "Fn::GetAtt": (template(value({"Fn::GetAtt": ["Nothing", "Value"]})), UNDEFINED),
    "Fn::GetAtt of an output": (template(value("1"), {"Fn::GetAtt": "Nothing.Value"}), UNDEFINED),
    "Fn::GetAtt of a parameter": (
        template(value({"Fn::GetAtt": ["Given", "Value"]})),
        UNDEFINED.replace("Nothing", "Given"),
    ),
    "an attribute in Fn::Sub": (
        template(value({"Fn::Sub": "${Nothing.Value}"})),
        "Template error: instance of Fn::Sub references invalid resource attribute Nothing.Value",
    ),
    "Fn::GetAtt in a variable of Fn::Sub": (
        template(value({"Fn::Sub": ["${Own}", {"Own": {"Fn::GetAtt": ["Nothing", "Value"]}}]})),
        UNDEFINED,
    ),
}


@pytest.mark.parametrize(("bad", "sentence"), BAD.values(), ids=BAD)
def test_a_name_that_leads_nowhere_fails_the_review_of_its_nested_stack(cloud: Any, bad: Any, sentence: str) -> None:
    root = cloud.change_set({"Resources": {"Nested": cloud.nested("nested.json", bad)}})
    assert (root["Status"], root["ExecutionStatus"]) == ("FAILED", "UNAVAILABLE")
    assert cloud.below(root, "Nested")["StatusReason"] == sentence


def test_a_root_template_with_such_a_name_is_refused(cloud: Any) -> None:
    bad, sentence = BAD["a Ref"]
    body = json.dumps(bad)
    given = {"StackName": "root", "ChangeSetName": "x", "ChangeSetType": "CREATE", "TemplateBody": body}
    assert cloud.refused("create_change_set", **given) == sentence
    assert cloud.refused("create_stack", StackName="root", TemplateBody=body) == sentence
    assert cloud.refused("validate_template", TemplateBody=body) == sentence
    assert cloud.cloudformation.describe_stacks()["Stacks"] == []


def test_a_nested_stack_without_a_review_fails_before_it_deploys_anything(cloud: Any) -> None:
    bad, sentence = BAD["Fn::GetAtt"]
    nested = cloud.nested("nested.json", bad)
    cloud.cloudformation.create_stack(StackName="root", TemplateBody=json.dumps({"Resources": {"Nested": nested}}))
    assert cloud.settled() == "ROLLBACK_COMPLETE"
    assert cloud.reason("Nested", "CREATE_FAILED") == sentence


def test_what_is_there_may_be_referred_to_in_every_way(cloud: Any) -> None:
    """Parameters, pseudo parameters, variables of Fn::Sub and literals, and resources whose condition is false."""
    names = {"Fn::Sub": ["${Given} ${AWS::Region} ${Own} ${Fine} ${Fine.Value} ${!Nothing}", {"Own": {"Ref": "Fine"}}]}
    good = template(value(names, DependsOn=["Fine"]), {"Fn::If": ["Never", {"Ref": "Absent"}, {"Ref": "Fine"}]})
    good["Conditions"] = {"Never": {"Fn::Equals": ["a", "b"]}}
    good["Resources"]["Absent"] = value({"Ref": "AWS::NoValue"}, Condition="Never")
    assert cloud.deploy({"Resources": {"Nested": cloud.nested("nested.json", good)}}) == "CREATE_COMPLETE"
