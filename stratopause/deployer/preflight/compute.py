"""Whether the service's tasks can start."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from stratopause.deployer.preflight.asking import Call
from stratopause.deployer.preflight.check import Check
from stratopause.deployer.preflight.findings import Finding, failed, passed, unanswered, warning
from stratopause.deployer.preflight.scene import Scene

IMAGES: Final = Call("ecr", "describe_images", "ecr:DescribeImages")
IMAGE: Final = re.compile(
    r"(?P<account>\d{12})\.dkr\.ecr\.(?P<region>[a-z0-9-]+)\.amazonaws\.com/(?P<name>[^@:]+)@(?P<digest>sha256:\w+)"
)
SUPPORTED: Final = frozenset({"1.4.0", "LATEST"})
RETIRED: Final = frozenset({"1.0.0", "1.1.0", "1.2.0", "1.3.0"})


def platform_version(scene: Scene) -> Iterator[Finding]:
    """No operation lists the platform versions of Fargate; these stand in the documentation."""
    for service in scene.needs.of("AWS::ECS::Service"):
        version = service.text("PlatformVersion")
        if service.text("LaunchType") != "FARGATE" or version is None:
            continue
        if version in SUPPORTED:
            yield passed(f"Fargate has platform version {version}", service.place)
        elif version in RETIRED:
            yield failed(f"Fargate starts no task on platform version {version} any more", "set 1.4.0", service.place)
        else:
            yield warning(
                f"{version} is no platform version of Fargate that is known here", "look it up", service.place
            )


def image(scene: Scene) -> Iterator[Finding]:
    asked: set[str] = set()
    for task, text in scene.needs.values("Image"):
        found = IMAGE.fullmatch(text)
        if found is None or text in asked:
            continue
        asked.add(text)
        if found["region"] != scene.target.region:
            yield unanswered(f"{text} is of another region", "look it up there", task.place)
            continue
        there = scene.asking.find(
            IMAGES,
            registryId=found["account"],
            repositoryName=found["name"],
            imageIds=[{"imageDigest": found["digest"]}],
        )
        if there is None:
            yield failed(f"there is no image {text}", "push it, or set the digest of one that is there", task.place)
        else:
            yield passed(f"image {found['name']}@{found['digest'][:19]} is there", task.place)


CHECKS: Final = (
    Check(
        name="fargate-platform",
        prevents="ECS starts no task on a platform version that is retired",
        source="https://docs.aws.amazon.com/AmazonECS/latest/developerguide/platform-fargate.html",
        calls=(),
        run=platform_version,
    ),
    Check(
        name="image",
        prevents="tasks that never start (CannotPullContainerError), until the circuit breaker gives up",
        source="https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_DescribeImages.html",
        calls=(IMAGES,),
        run=image,
        only_aws=True,
    ),
)
