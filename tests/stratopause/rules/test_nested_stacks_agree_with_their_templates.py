from __future__ import annotations

from typing import Any

import pytest

from tests.forest import forest, found, nested, places, resource, template
from tests.hostile import hostile

RULE = "E9012"
URL = {"Fn::Sub": "https://${AWS::AccountId}-templates.s3.${AWS::URLSuffix}/network.json"}
NETWORK: dict[str, Any] = {
    **template(Vpc=resource("EC2::VPC", {"CidrBlock": {"Ref": "Cidr"}})),
    "Parameters": {"Cidr": {"Type": "String"}, "Name": {"Type": "String", "Default": "main"}},
    "Outputs": {"VpcId": {"Value": {"Ref": "Vpc"}}},
}


def platform(url: Any = URL, output: str = "VpcId", **passed: Any) -> dict[str, Any]:
    stack = nested("x", **passed)
    stack["Properties"]["TemplateURL"] = url
    group = resource("EC2::SecurityGroup", {"VpcId": {"Fn::GetAtt": ["Network", f"Outputs.{output}"]}})
    return template(Network=stack, Group=group)


def test_what_is_passed_and_read_as_it_is_declared_is_fine() -> None:
    assert not found(RULE, forest(platform=platform(Cidr="10.0.0.0/16"), network=NETWORK))
    assert not found(RULE, forest(platform=platform(Cidr="10.0.0.0/16", Name="x"), network=NETWORK))


@pytest.mark.parametrize(
    ("body", "path"),
    [
        (platform(Cidr="10.0.0.0/16", Naem="x"), ("Resources", "Network", "Properties", "Parameters", "Naem")),
        (platform(), ("Resources", "Network")),
        (
            platform(output="VpcID", Cidr="10.0.0.0/16"),
            ("Resources", "Group", "Properties", "VpcId", "Fn::GetAtt"),
        ),
    ],
)
def test_what_differs_is_found_where_it_is_written(body: Any, path: Any) -> None:
    (problem,) = found(RULE, forest(platform=body, network=NETWORK))
    assert problem.path[: len(path)] == path


def test_by_a_path_it_is_left_to_cfn_lint() -> None:
    assert not found(RULE, forest(platform=platform("network.json", "VpcID", Naem="x"), network=NETWORK))


def test_what_a_macro_may_add_is_not_missed() -> None:
    changed = {**NETWORK, "Transform": "Company::Standard"}
    assert not found(RULE, forest(platform=platform(output="Other", Naem="x"), network=changed))


def test_a_stack_that_is_left_out_in_one_way_is_judged_in_the_other() -> None:
    body = platform(Naem="x", Cidr="10.0.0.0/16")
    body["Resources"]["Network"]["Condition"] = "InFrankfurt"
    body["Conditions"] = {"InFrankfurt": {"Fn::Equals": [{"Ref": "AWS::Region"}, "eu-central-1"]}}
    assert places(RULE, forest(platform=body, network=NETWORK)) == ["platform.json/Network"]


def test_values_of_any_type_are_survived() -> None:
    for changed in hostile(platform(Cidr="10.0.0.0/16")):
        found(RULE, forest(platform=changed, network=NETWORK))
    for changed in hostile(NETWORK):
        found(RULE, forest(platform=platform(Cidr="10.0.0.0/16"), network=changed))
