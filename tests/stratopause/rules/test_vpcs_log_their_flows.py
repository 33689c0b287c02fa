from __future__ import annotations

from typing import Any

import pytest

from tests.forest import found, places
from tests.reach import GONE, changed, hostile

RULE = "E9208"


def flow_log(**properties: Any) -> dict[str, Any]:
    return {"Type": "AWS::EC2::FlowLog", "Properties": {"TrafficType": "ALL", **properties}}


def test_a_vpc_that_logs_its_flows_is_fine() -> None:
    assert not found(RULE, changed())


@pytest.mark.parametrize(
    ("path", "value", "where"),
    [
        ("FlowLog", GONE, "Vpc"),
        ("FlowLog.ResourceId", {"Ref": "PrivateA"}, "Vpc"),
        ("FlowLog.ResourceType", "Subnet", "Vpc"),
        ("FlowLog.TrafficType", "REJECT", "FlowLog"),
        ("FlowLog.TrafficType", GONE, "FlowLog"),
        ("Second", {"Type": "AWS::EC2::VPC"}, "Second"),
    ],
)
def test_a_vpc_that_does_not_is_named(path: str, value: Any, where: str) -> None:
    assert places(RULE, changed((path, value))) == [f"platform.json/{where}"]


def test_flow_logs_of_all_subnets_do_as_well() -> None:
    names = ["PublicA", "PublicB", "PrivateA", "PrivateB"]
    logs = [(f"{name}Log", flow_log(ResourceId={"Ref": name}, ResourceType="Subnet")) for name in names]
    assert not found(RULE, changed(("FlowLog", GONE), *logs))
    assert places(RULE, changed(("FlowLog", GONE), *logs[1:])) == ["platform.json/Vpc"]


@pytest.mark.parametrize("traffics", [("ALL", "REJECT"), ("ACCEPT", "REJECT")])
def test_several_logs_of_one_vpc_may_share_what_they_log(traffics: tuple[str, str]) -> None:
    logs = [
        (name, flow_log(ResourceId={"Ref": "Vpc"}, ResourceType="VPC", TrafficType=traffic))
        for name, traffic in zip(("FlowLog", "Another"), traffics, strict=True)
    ]
    assert not found(RULE, changed(*logs))


def test_a_flow_log_of_what_is_not_known_may_be_of_the_vpc() -> None:
    assert not found(RULE, changed(("FlowLog.ResourceId", {"Fn::ImportValue": "vpc"})))


def test_values_of_any_type_are_survived() -> None:
    for tree in hostile():
        found(RULE, tree)
