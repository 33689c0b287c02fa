from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from botocore.stub import Stubber

from stratopause.deployer.aws.boto import Aws
from stratopause.deployer.aws.tasks import AwsTasks
from stratopause.deployer.errors import Refused
from stratopause.deployer.services import OneOffTask, TaskState

ARN = "arn:aws:ecs:us-east-1:000000000000:task/cluster/1"
TASK = OneOffTask("cluster", "prepare:1", ("subnet-a", "subnet-b"), "sg-1")
ASKED = {
    "cluster": "cluster",
    "taskDefinition": "prepare:1",
    "launchType": "FARGATE",
    "platformVersion": "1.4.0",
    "networkConfiguration": {
        "awsvpcConfiguration": {
            "subnets": ["subnet-a", "subnet-b"],
            "securityGroups": ["sg-1"],
            "assignPublicIp": "DISABLED",
        }
    },
    "propagateTags": "TASK_DEFINITION",
    "clientToken": "r" * 64,
}


@pytest.fixture
def tasks(aws: Aws) -> AwsTasks:
    return AwsTasks(aws)


@pytest.fixture
def ecs(stubbed: Callable[[str], Stubber]) -> Stubber:
    return stubbed("ecs")


def test_a_task_is_started_without_a_public_address_and_with_a_token_that_is_short_enough(
    tasks: AwsTasks, ecs: Stubber
) -> None:
    ecs.add_response("run_task", {"tasks": [{"taskArn": ARN}], "failures": []}, ASKED)
    assert tasks.start(TASK, "r" * 100) == ARN


@pytest.mark.parametrize(("failure", "why"), [({"reason": "RESOURCE:FARGATE"}, "RESOURCE:FARGATE"), ({}, "no reason")])
def test_a_task_that_is_not_started_says_why(tasks: AwsTasks, ecs: Stubber, failure: dict[str, str], why: str) -> None:
    ecs.add_response("run_task", {"tasks": [], "failures": [failure]}, ASKED)
    with pytest.raises(Refused, match=f"doesn't start prepare:1: {why}"):
        tasks.start(TASK, "r" * 64)


@pytest.mark.parametrize(
    ("told", "state"),
    [
        ([], TaskState(is_stopped=True, reason="ECS knows it no more")),
        ([{"lastStatus": "RUNNING", "containers": [{}]}], TaskState(is_stopped=False)),
        ([{"lastStatus": "STOPPED", "containers": [{"exitCode": 0}]}], TaskState(is_stopped=True, exit_code=0)),
        (
            [{"lastStatus": "STOPPED", "containers": [{"exitCode": 0}, {"exitCode": 3}], "stoppedReason": "why"}],
            TaskState(is_stopped=True, exit_code=3, reason="why"),
        ),
        (
            [{"lastStatus": "STOPPED", "containers": [{}], "stoppedReason": "CannotPullContainerError"}],
            TaskState(is_stopped=True, reason="CannotPullContainerError"),
        ),
    ],
)
def test_the_state_of_a_task_is_that_of_its_containers(
    tasks: AwsTasks, ecs: Stubber, told: list[dict[str, Any]], state: TaskState
) -> None:
    ecs.add_response("describe_tasks", {"tasks": told}, {"cluster": "cluster", "tasks": [ARN]})
    assert tasks.state("cluster", ARN) == state
