from __future__ import annotations

from typing import Any

import pytest

from stratopause.deployer.preflight.findings import State
from tests.stratopause.deployer.preflight.cases import IMAGE
from tests.stratopause.deployer.preflight.looking import look
from tests.stratopause.deployer.preflight.scripted import REGION, resource, tree

IMAGES = ("ecr", "describe_images")


@pytest.mark.parametrize(
    ("version", "state"),
    [("1.4.0", State.PASSED), ("LATEST", State.PASSED), ("1.3.0", State.FAILED), ("2.0.0", State.WARNING)],
)
def test_a_platform_version_is_judged_without_asking(version: str, state: State) -> None:
    service = resource("AWS::ECS::Service", LaunchType="FARGATE", PlatformVersion=version)
    (finding,) = look("fargate-platform", {}, tree(Service=service))
    assert (finding.state, finding.place) == (state, ("Part", "Service"))
    assert bool(finding.next_step) is (state is not State.PASSED)


@pytest.mark.parametrize("properties", [{"LaunchType": "EC2", "PlatformVersion": "1.3.0"}, {"LaunchType": "FARGATE"}])
def test_where_none_is_named_there_is_none_to_judge(properties: dict[str, str]) -> None:
    (finding,) = look("fargate-platform", {}, tree(Service=resource("AWS::ECS::Service", **properties)))
    assert finding.message == "nothing here needs it"


def test_an_image_is_looked_up_once_by_its_digest() -> None:
    asked: list[dict[str, Any]] = []

    def answer(parameters: dict[str, Any]) -> dict[str, Any]:
        asked.append(parameters)
        return {}

    task = resource("AWS::ECS::TaskDefinition", ContainerDefinitions=[{"Image": IMAGE}, {"Image": "other.example/a"}])
    look("image", {IMAGES: answer}, tree(One=task, Two=task))
    assert [(one["repositoryName"], one["imageIds"]) for one in asked] == [
        ("example", [{"imageDigest": f"sha256:{'0' * 64}"}])
    ]


def test_an_image_of_another_region_cant_be_looked_up() -> None:
    image = IMAGE.replace(REGION, "us-east-1")
    task = resource("AWS::ECS::TaskDefinition", ContainerDefinitions=[{"Image": image}])
    assert look("image", {}, tree(Task=task))[0].state is State.UNANSWERED
