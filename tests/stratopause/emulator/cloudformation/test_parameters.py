from __future__ import annotations

import json
from typing import Any

import pytest

pytestmark = pytest.mark.emulator

VALUE = {"Type": "AWS::SSM::Parameter", "Properties": {"Type": "String", "Value": {"Ref": "One"}}}
TEMPLATE = {"Parameters": {"One": {"Type": "String"}, "Two": {"Type": "String"}}, "Resources": {"Value": VALUE}}


def request(template: Any, **values: str) -> Any:
    given = [{"ParameterKey": key, "ParameterValue": value} for key, value in values.items()]
    body = json.dumps(template)
    return {
        "StackName": "root",
        "ChangeSetName": "x",
        "ChangeSetType": "CREATE",
        "TemplateBody": body,
        "Parameters": given,
    }


def test_parameters_that_the_template_does_not_declare_are_refused_by_name(cloud: Any) -> None:
    sentence = cloud.refused("create_change_set", **request(TEMPLATE, One="1", Two="2", Three="3", Four="4"))
    assert sentence == "Parameters: [Three, Four] do not exist in the template"


def test_every_parameter_without_a_value_is_named(cloud: Any) -> None:
    assert cloud.refused("create_change_set", **request(TEMPLATE)) == "Parameters: [One, Two] must have values"
    body = json.dumps(TEMPLATE)
    assert cloud.refused("create_stack", StackName="s", TemplateBody=body) == "Parameters: [One, Two] must have values"


def test_a_previous_value_is_kept(cloud: Any) -> None:
    given = [{"ParameterKey": "One", "ParameterValue": "1"}, {"ParameterKey": "Two", "ParameterValue": "2"}]
    cloud.deploy(TEMPLATE, Parameters=given)
    previous = [{"ParameterKey": "One", "UsePreviousValue": True}, {"ParameterKey": "Two", "UsePreviousValue": True}]
    assert cloud.change_set(TEMPLATE, Parameters=previous)["Changes"] == []


def test_a_secret_parameter_is_not_shown(cloud: Any) -> None:
    template = {**TEMPLATE, "Parameters": {"One": {"Type": "String", "NoEcho": True}}}
    change_set = cloud.change_set(template, Parameters=[{"ParameterKey": "One", "ParameterValue": "secret"}])
    assert change_set["Parameters"] == [{"ParameterKey": "One", "ParameterValue": "****"}]


@pytest.mark.parametrize(
    ("name", "needed", "given"),
    [
        ("named", "CAPABILITY_NAMED_IAM", ["CAPABILITY_IAM"]),
        ("named", "CAPABILITY_NAMED_IAM", []),
        (None, "CAPABILITY_IAM", []),
    ],
)
def test_a_role_needs_its_capability(cloud: Any, name: str | None, needed: str, given: list[str]) -> None:
    role: Any = {"Type": "AWS::IAM::Role", "Properties": {"AssumeRolePolicyDocument": {"Version": "2012-10-17"}}}
    if name is not None:
        role["Properties"]["RoleName"] = name
    asked = {**request({"Resources": {"Role": role}}), "Capabilities": given}
    assert cloud.refused("create_change_set", **asked) == f"Requires capabilities : [{needed}]"
    cloud.cloudformation.create_change_set(**{**asked, "Capabilities": ["CAPABILITY_NAMED_IAM"]})
