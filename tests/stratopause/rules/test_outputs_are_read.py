from __future__ import annotations

from typing import Any

import pytest

from tests.forest import forest, found, nested, resource, template

RULE = "W9004"


def child(**output: Any) -> dict[str, Any]:
    return {**template(Topic=resource("SNS::Topic")), "Outputs": {"Topic": {"Value": {"Ref": "Topic"}, **output}}}


READERS: list[Any] = [
    {"Fn::GetAtt": ["Alerts", "Outputs.Topic"]},
    {"Fn::GetAtt": "Alerts.Outputs.Topic"},
    {"Fn::Sub": "to ${Alerts.Outputs.Topic}"},
    {"Fn::Sub": ["${A}", {"A": {"Fn::GetAtt": ["Alerts", "Outputs.Topic"]}}]},
    {"Fn::If": ["Never", {"Fn::GetAtt": ["Alerts", "Outputs.Topic"]}, "x"]},
    {"Fn::GetAtt": ["Alerts", {"Ref": "Which"}]},
]


def test_an_output_that_nobody_reads_is_found() -> None:
    (problem,) = found(RULE, forest(platform=template(Alerts=nested("alerts.json")), alerts=child()))
    assert (problem.file, problem.path) == ("alerts.json", ("Outputs", "Topic"))
    other = resource("SNS::Topic", {"DisplayName": {"Fn::GetAtt": ["Alerts", "Outputs.Other"]}})
    assert found(RULE, forest(platform=template(Alerts=nested("alerts.json"), Other=other), alerts=child()))


@pytest.mark.parametrize("value", READERS)
def test_an_output_that_somebody_reads_is_fine(value: Any) -> None:
    root = template(Alerts=nested("alerts.json"), Other=resource("SNS::Topic", {"DisplayName": value}))
    assert not found(RULE, forest(platform=root, alerts=child()))
    as_output = {**template(Alerts=nested("alerts.json")), "Outputs": {"A": {"Value": value}}}
    assert not found(RULE, forest(platform=as_output, alerts=child()))


def test_an_output_is_read_if_one_of_its_parents_reads_it() -> None:
    reads = {**template(Alerts=nested("alerts.json")), "Outputs": {"A": {"Value": READERS[0]}}}
    assert not found(RULE, forest(one=reads, other=template(Alerts=nested("alerts.json")), alerts=child()))


def test_exports_and_outputs_of_roots_are_for_others() -> None:
    exporting = child(Export={"Name": "topic"})
    assert not found(RULE, forest(platform=template(Alerts=nested("alerts.json")), alerts=exporting))
    assert not found(RULE, forest(platform=child()))


def test_outputs_of_what_people_also_create_as_it_is_are_for_them() -> None:
    def alerts(*metadata: str) -> dict[str, Any]:
        return {**child(), "Metadata": {key: {"ParameterGroups": []} for key in metadata}}

    root = template(Alerts=nested("alerts.json"))
    assert found(RULE, forest(platform=root, alerts=alerts("Ours")))
    assert not found(RULE, forest(platform=root, alerts=alerts("Ours", "AWS::CloudFormation::Interface")))


def test_what_a_macro_reads_is_not_known() -> None:
    root = {**template(Alerts=nested("alerts.json")), "Transform": ["OurMacro"]}
    assert not found(RULE, forest(platform=root, alerts=child()))


def test_values_of_any_type_are_taken() -> None:
    strange = {**template(Topic=resource("SNS::Topic")), "Outputs": {"A": None, "B": [7]}, "Transform": 7}
    assert len(found(RULE, forest(platform=template(A=nested("a.json")), a=strange))) == 2
    found(RULE, forest(platform={**template(A={"Type": "AWS::CloudFormation::Stack", "Properties": 7}), "Outputs": 7}))
