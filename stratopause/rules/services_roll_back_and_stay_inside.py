"""A service rolls back what fails, has no public address, and opens no shell.

A deployment whose tasks don't start is tried for ever, unless the circuit breaker, or an alarm, rolls it back. A task
with a public address is reached past the load balancer. `EnableExecuteCommand` lets whoever may call `ExecuteCommand`
into a container, and past every log of the program.

**How to fix:** `DeploymentConfiguration.DeploymentCircuitBreaker` with `Enable: true` and `Rollback: true`;
`AssignPublicIp: DISABLED` in subnets with `MapPublicIpOnLaunch: false`; leave `EnableExecuteCommand` out.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from stratopause.rules import Rule
from stratopause.rules._containers import parts
from stratopause.rules._known import at, known
from stratopause.rules._settings import flag
from stratopause.tree.model import Problem, Resource, Tree

RULE = Rule(
    "E9607",
    "Services roll back failed deployments, have no public addresses, and open no shells",
    "https://docs.aws.amazon.com/AmazonECS/latest/developerguide/deployment-circuit-breaker.html",
    ("service",),
)

_SERVICE: Final = "AWS::ECS::Service"
_SUBNET: Final = "AWS::EC2::Subnet"

_LAUNCHES: Final[dict[str, tuple[tuple[str, ...], ...]]] = {
    _SERVICE: ((),),
    "AWS::ECS::TaskSet": ((),),
    "AWS::Events::Rule": (("Targets", "*", "EcsParameters"),),
    "AWS::Scheduler::Schedule": (("Target", "EcsParameters"),),
}
"""Where tasks are said to start."""

_BREAKER: Final = ("DeploymentConfiguration", "DeploymentCircuitBreaker")
_ALARMS: Final = ("DeploymentConfiguration", "Alarms")


def check(tree: Tree) -> Iterator[Problem]:
    public: dict[str, Resource] = {}
    for resource in tree.resources(*_LAUNCHES):
        for place in _LAUNCHES[resource.type]:
            for path, launch in parts(resource.properties, place):
                yield from _of_a_launch(resource, path, launch)
                public |= {one.place: one for one in _public_subnets(tree, launch)}
    for subnet in public.values():
        yield subnet.problem(
            f"{subnet.name} gives public addresses, and a service runs in it; write MapPublicIpOnLaunch: false",
            "MapPublicIpOnLaunch",
        )
    for service in tree.resources(_SERVICE):
        yield from _of_deployments(service)
    for group in tree.resources("AWS::CodeDeploy::DeploymentGroup"):
        path = ("AutoRollbackConfiguration", "Enabled")
        if group.get("ECSServices") and flag(at(group, *path)) is False:
            yield _goes_on(group, "AutoRollbackConfiguration with Enabled: true", *path)


def _of_a_launch(resource: Resource, path: tuple[str | int, ...], launch: object) -> Iterator[Problem]:
    for network in (_NETWORK, _NETWORK_OF_EVENTS):
        if known(at(launch, *network, "AssignPublicIp")) == "ENABLED":
            yield resource.problem(
                f"{resource.name} gives its tasks public addresses; write AssignPublicIp: DISABLED",
                *(*path, *network, "AssignPublicIp"),
            )
    if flag(at(launch, "EnableExecuteCommand")) is True:
        yield resource.problem(
            f"{resource.name} opens shells in its containers; leave EnableExecuteCommand out",
            *(*path, "EnableExecuteCommand"),
        )


_NETWORK: Final = ("NetworkConfiguration", "AwsvpcConfiguration")
_NETWORK_OF_EVENTS: Final = ("NetworkConfiguration", "AwsVpcConfiguration")
"""How rules of EventBridge write it."""


def _public_subnets(tree: Tree, launch: object) -> Iterator[Resource]:
    for network in (_NETWORK, _NETWORK_OF_EVENTS):
        for _, value in parts(launch, (*network, "Subnets", "*")):
            subnet = tree.source(value)
            if subnet is not None and subnet.type == _SUBNET and flag(subnet.get("MapPublicIpOnLaunch")) is True:
                yield subnet


def _of_deployments(service: Resource) -> Iterator[Problem]:
    controller = at(service, "DeploymentController", "Type")
    if controller is not None and known(controller) != "ECS":
        return
    broken = [_both(service, "Enable", "Rollback", path=path) for path in (_BREAKER, _ALARMS)]
    if all(one is False for one in broken):
        yield _goes_on(service, "DeploymentCircuitBreaker with Enable: true and Rollback: true", *_BREAKER)


def _both(service: Resource, *names: str, path: tuple[str, ...]) -> bool | None:
    found = [flag(at(service, *path, name)) for name in names]
    return False if False in found else None if None in found else True


def _goes_on(resource: Resource, remedy: str, *path: str) -> Problem:
    return resource.problem(f"{resource.name} doesn't roll back a deployment that fails; write {remedy}", *path)
