from __future__ import annotations

from typing import Any

import pytest

from tests.forest import Body, forest, found, nested, places, resource, template
from tests.hostile import hostile

RULE = "E9607"
BREAKER = {"DeploymentCircuitBreaker": {"Enable": True, "Rollback": True}}
GOOD: dict[str, Any] = {
    "DeploymentConfiguration": BREAKER,
    "EnableExecuteCommand": False,
    "NetworkConfiguration": {"AwsvpcConfiguration": {"AssignPublicIp": "DISABLED", "Subnets": [{"Ref": "Subnet"}]}},
}
WITHOUT: Body = {"Ref": "AWS::NoValue"}


def _service(subnet: Body | None = None, **changed: Any) -> dict[str, Any]:
    return template(Service=resource("ECS::Service", GOOD | changed), Subnet=resource("EC2::Subnet", subnet))


@pytest.mark.parametrize(
    "changed",
    [
        {},
        {"EnableExecuteCommand": WITHOUT},
        {"DeploymentConfiguration": {"Alarms": {"AlarmNames": ["a"], "Enable": True, "Rollback": True}}},
        {"DeploymentConfiguration": {"Fn::ImportValue": "x"}},
        {"DeploymentConfiguration": WITHOUT, "DeploymentController": {"Type": "CODE_DEPLOY"}},
        {"DeploymentConfiguration": WITHOUT, "DeploymentController": {"Type": "EXTERNAL"}},
        {"DeploymentController": {"Type": "ECS"}},
        {"NetworkConfiguration": WITHOUT},
    ],
)
def test_a_service_that_rolls_back_and_stays_inside_is_fine(changed: Body) -> None:
    assert not found(RULE, forest(platform=_service(**changed)))


@pytest.mark.parametrize(
    ("changed", "path"),
    [
        ({"DeploymentConfiguration": WITHOUT}, ("DeploymentConfiguration",)),
        ({"DeploymentConfiguration": {"MaximumPercent": 200}}, ("DeploymentConfiguration",)),
        (
            {"DeploymentConfiguration": {"DeploymentCircuitBreaker": {"Enable": True, "Rollback": False}}},
            ("DeploymentConfiguration", "DeploymentCircuitBreaker"),
        ),
        (
            {"DeploymentConfiguration": {"DeploymentCircuitBreaker": {"Enable": "false", "Rollback": True}}},
            ("DeploymentConfiguration", "DeploymentCircuitBreaker"),
        ),
        (
            {"DeploymentConfiguration": WITHOUT, "DeploymentController": {"Type": "ECS"}},
            ("DeploymentConfiguration",),
        ),
        (
            {"NetworkConfiguration": {"AwsvpcConfiguration": {"AssignPublicIp": "ENABLED"}}},
            ("NetworkConfiguration", "AwsvpcConfiguration", "AssignPublicIp"),
        ),
        ({"EnableExecuteCommand": True}, ("EnableExecuteCommand",)),
        ({"EnableExecuteCommand": "true"}, ("EnableExecuteCommand",)),
    ],
)
def test_a_service_that_does_not_is_found(changed: Body, path: tuple[str, ...]) -> None:
    (problem,) = found(RULE, forest(platform=_service(**changed)))
    assert problem.path == ("Resources", "Service", "Properties", *path)


def test_a_subnet_of_a_service_that_gives_public_addresses_is_found_through_stacks() -> None:
    network = template(Subnet=resource("EC2::Subnet", {"MapPublicIpOnLaunch": True}), Other=resource("EC2::Subnet"))
    network["Resources"]["Unused"] = network["Resources"]["Subnet"]
    network |= {"Outputs": {"Subnet": {"Value": {"Ref": "Subnet"}}, "Other": {"Value": {"Ref": "Other"}}}}
    subnets = {"AwsvpcConfiguration": {"Subnets": {"Ref": "Subnets"}}}
    service = template(Service=resource("ECS::Service", GOOD | {"NetworkConfiguration": subnets}))
    service |= {"Parameters": {"Subnets": {"Type": "CommaDelimitedList"}}}
    outputs = [{"Fn::GetAtt": ["Network", f"Outputs.{name}"]} for name in ("Subnet", "Other")]
    root = template(
        Network=nested("network.json"), Service=nested("service.json", Subnets={"Fn::Join": [",", outputs]})
    )
    listed = template(Network=nested("network.json"), Service=nested("service.json", Subnets=outputs))
    assert places(RULE, forest(platform=listed, network=network, service=service)) == ["network.json/Subnet"]
    assert places(RULE, forest(platform=root, network=network, service=service)) == ["network.json/Subnet"]


@pytest.mark.parametrize(
    ("one", "count"),
    [
        (resource("ECS::TaskSet", {"NetworkConfiguration": {"AwsvpcConfiguration": {"AssignPublicIp": "ENABLED"}}}), 1),
        (
            resource(
                "Events::Rule",
                {
                    "Targets": [
                        {
                            "EcsParameters": {
                                "NetworkConfiguration": {"AwsVpcConfiguration": {"AssignPublicIp": "ENABLED"}}
                            }
                        }
                    ]
                },
            ),
            1,
        ),
        (resource("Scheduler::Schedule", {"Target": {"EcsParameters": {"EnableExecuteCommand": True}}}), 1),
        (resource("CodeDeploy::DeploymentGroup", {"ECSServices": [{"ServiceName": "a"}]}), 1),
        (resource("CodeDeploy::DeploymentGroup", {"AutoScalingGroups": ["a"]}), 0),
    ],
)
def test_other_ways_to_start_tasks_are_judged(one: Body, count: int) -> None:
    assert len(found(RULE, forest(platform=template(One=one)))) == count


def test_hostile_values_do_no_harm() -> None:
    for changed in hostile(_service({"MapPublicIpOnLaunch": True})):
        found(RULE, forest(platform=changed))
