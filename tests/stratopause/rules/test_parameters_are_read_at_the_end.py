from __future__ import annotations

from typing import Any

import pytest

from tests.forest import forest, found, nested, resource, template

RULE = "W9005"


def with_stage(*, default: str = "", **resources: Any) -> dict[str, Any]:
    return {**template(**resources), "Parameters": {"Stage": {"Type": "String", "Default": default}}}


def passing(file: str, value: Any = None) -> dict[str, Any]:
    return with_stage(Inner=nested(file, Stage={"Ref": "Stage"} if value is None else value))


def places(**templates: Any) -> list[str]:
    problems = found(RULE, forest(**templates))
    assert all(problem.path == ("Parameters", "Stage") for problem in problems)
    return [problem.file for problem in problems]


DEAF = with_stage(Topic=resource("SNS::Topic"))
READER = with_stage(Topic=resource("SNS::Topic", {"DisplayName": {"Ref": "Stage"}}))


def test_a_parameter_that_goes_to_who_does_not_read_it_is_found_all_along() -> None:
    assert places(platform=passing("child.json"), child=DEAF) == ["platform.json"]
    assert places(platform=passing("middle.json"), middle=passing("child.json"), child=DEAF) == [
        "middle.json",
        "platform.json",
    ]
    assert places(platform=passing("child.json", {"Fn::Sub": "${Stage}-a"}), child=DEAF) == ["platform.json"]


def test_a_parameter_that_one_of_its_ends_reads_is_fine() -> None:
    assert not places(platform=passing("middle.json"), middle=passing("child.json"), child=READER)
    both = with_stage(A=nested("a.json", Stage={"Ref": "Stage"}), B=nested("b.json", Stage={"Ref": "Stage"}))
    assert not places(platform=both, a=DEAF, b=READER)


def test_a_program_that_knows_its_stack_may_ask_for_the_parameters() -> None:
    def child(script: str) -> dict[str, Any]:
        data = {"Fn::Base64": {"Fn::Sub": script}}
        return with_stage(One=resource("EC2::Instance", {"UserData": data, "Tags": [{"Fn::Sub": "${AWS::StackId}"}]}))

    assert not places(platform=passing("child.json"), child=child("export STACK=${AWS::StackId}\n./install"))
    hup = "[main]\nstack=${AWS::StackId}\n"
    for script in (
        "cfn-init --stack ${AWS::StackId} --resource One",
        "cfn-signal -s ${AWS::StackId}",
        hup,
        "./install",
    ):
        assert places(platform=passing("child.json"), child=child(script)) == ["platform.json"]


def test_a_parameter_that_is_not_passed_on_is_left_to_cfn_lint() -> None:
    assert not places(platform=DEAF)
    assert not places(platform=with_stage(Inner=nested("child.json", Stage="literal")), child=DEAF)


@pytest.mark.parametrize(
    "reader",
    [
        {"Conditions": {"IsDev": {"Fn::Equals": [{"Ref": "Stage"}, "dev"]}}},
        {"Outputs": {"Stage": {"Value": {"Ref": "Stage"}}}},
        {"Rules": {"R": {"Assertions": [{"Assert": {"Fn::Equals": [{"Ref": "Stage"}, "dev"]}}]}}},
        {"Transform": "OurMacro"},
    ],
)
def test_conditions_outputs_rules_and_macros_read(reader: dict[str, Any]) -> None:
    assert not places(platform=passing("child.json"), child={**DEAF, **reader})


def test_what_is_passed_to_a_template_elsewhere_may_be_read() -> None:
    assert not places(platform=passing("https://bucket.s3.amazonaws.com/a.json"))
    assert not places(platform=passing("child.json"), child=template(Topic=resource("SNS::Topic")))


def test_circles_and_values_of_any_type_are_taken() -> None:
    places(platform=passing("a.json"), a=passing("b.json"), b=passing("a.json"))
    found(RULE, forest(platform={**template(A=nested("a.json")), "Parameters": 7}, a={"Resources": {"A": 7}}))
