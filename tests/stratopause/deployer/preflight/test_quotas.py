from __future__ import annotations

from datetime import timedelta
from typing import Any

from stratopause.deployer.preflight.findings import State
from tests.stratopause.deployer.fakes import nested, template
from tests.stratopause.deployer.preflight.cases import CASES, DEFAULT, LIMIT, SERVICE, quota
from tests.stratopause.deployer.preflight.looking import look, told
from tests.stratopause.deployer.preflight.scripted import NOW, REGION, Script, deployed, resource, tree

GATEWAYS = ("ec2", "describe_nat_gateways")
SUBNETS = ("ec2", "describe_subnets")


def test_a_quota_that_was_raised_is_the_one_that_counts() -> None:
    raised: Script = {LIMIT: quota(20), DEFAULT: AssertionError("the default was asked for")}
    full: Script = {**CASES["vpc-quota"].bad, **raised}
    assert told(look("vpc-quota", full)) == [(State.PASSED, f"5 of 20 VPCs in {REGION} are used, this adds 1")]


def test_how_to_ask_for_more_is_told() -> None:
    (finding,) = look("vpc-quota", CASES["vpc-quota"].bad)
    assert finding.next_step.endswith(
        f"aws service-quotas request-service-quota-increase --region {REGION} --service-code vpc "
        "--quota-code L-F678F1CE --desired-value 6"
    )


def test_what_is_deployed_already_adds_nothing() -> None:
    for check, name, kind in (
        ("vpc-quota", "Vpc", "AWS::EC2::VPC"),
        ("trail-quota", "Trail", "AWS::CloudTrail::Trail"),
    ):
        there = deployed(**{name: (kind, "1")})
        assert [one.message for one in look(check, {**there, **CASES[check].bad})] == ["nothing here needs it"]


def test_gateways_count_by_zone_and_only_where_their_subnet_is_known() -> None:
    none: Script = {GATEWAYS: {"NatGateways": []}, SUBNETS: AssertionError("no subnet was to be looked up")}
    assert look("nat-quota", none)[0].message == f"0 of 2 NAT gateways in {REGION}a are used, this adds 1"
    gone: Script = {SUBNETS: {"Subnets": []}}
    assert look("nat-quota", gone)[0].message == f"0 of 2 NAT gateways in {REGION}a are used, this adds 1"
    somewhere = tree(Gateway=resource("AWS::EC2::NatGateway", SubnetId="subnet-1"))
    assert look("nat-quota", {}, somewhere)[0].message == "nothing here needs it"


def test_a_service_adds_the_processors_of_the_tasks_that_it_starts_with() -> None:
    def adds(**properties: Any) -> str:
        service = resource("AWS::ECS::Service", TaskDefinition={"Ref": "Task"}, **properties)
        return look("fargate-quota", {}, tree(**{**SERVICE, "Service": service}))[0].message

    assert adds().endswith("this adds 2")
    assert adds(DesiredCount=5).endswith("this adds 3")
    assert adds(DesiredCount=4).endswith("this adds 2")
    assert adds(DesiredCount=0) == "nothing here needs it"


def test_a_service_without_scaling_starts_one_task_and_an_unknown_task_adds_nothing() -> None:
    alone = {name: SERVICE[name] for name in ("Task", "Service")}
    assert look("fargate-quota", {}, tree(**alone))[0].message.endswith("this adds 1")
    elsewhere = {"Service": resource("AWS::ECS::Service", TaskDefinition="other:1")}
    assert look("fargate-quota", {}, tree(**elsewhere))[0].message == "nothing here needs it"


def test_processors_in_use_are_none_where_nothing_measures_them() -> None:
    unmeasured: Script = {DEFAULT: quota(6), ("cloudwatch", "get_metric_statistics"): AssertionError()}
    assert look("fargate-quota", unmeasured)[0].message.startswith("0 of 6")
    idle: Script = {("cloudwatch", "get_metric_statistics"): {"Datapoints": []}}
    assert look("fargate-quota", idle)[0].message.startswith("0 of 6")


def test_the_highest_use_of_the_last_hour_counts() -> None:
    asked: list[dict[str, Any]] = []

    def answer(parameters: dict[str, Any]) -> dict[str, Any]:
        asked.append(parameters)
        return {"Datapoints": []}

    look("fargate-quota", {("cloudwatch", "get_metric_statistics"): answer})
    assert asked == [
        {
            "Namespace": "AWS/Usage",
            "MetricName": "ResourceCount",
            "Dimensions": [{"Name": "Service", "Value": "Fargate"}],
            "StartTime": NOW - timedelta(hours=1),
            "EndTime": NOW,
            "Period": 300,
            "Statistics": ["Maximum"],
        }
    ]


def test_only_the_scaling_of_the_service_s_own_stack_counts() -> None:
    """Another stack's target scales another service."""
    other = {"root.json": template({"Part": nested("part.json"), "Scaling": SERVICE["Scaling"]})}
    part = template({name: SERVICE[name] for name in ("Task", "Service")})
    (finding,) = look("fargate-quota", {}, {**other, "part.json": part})
    assert finding.message.endswith("this adds 1")
    uneven = {**SERVICE, "Scaling": resource("AWS::ApplicationAutoScaling::ScalableTarget")}
    assert look("fargate-quota", {}, tree(**uneven))[0].message.endswith("this adds 1")


def test_a_task_without_a_size_adds_nothing() -> None:
    task = resource("AWS::ECS::TaskDefinition", Family="x")
    assert look("fargate-quota", {}, tree(**{**SERVICE, "Task": task}))[0].message == "nothing here needs it"
