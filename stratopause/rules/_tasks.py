"""Task definitions, what their containers say, and what runs them where."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final, NamedTuple

from stratopause.rules._containers import Container
from stratopause.tree import standing
from stratopause.tree.evaluation import as_text
from stratopause.tree.model import Resource, Tree
from stratopause.tree.policies import many
from stratopause.tree.standing import Standing
from stratopause.tree.text import BEGIN, Reference, is_literal, references

TASK: Final = "AWS::ECS::TaskDefinition"
RUNNERS: Final = {
    "AWS::ECS::Service": "TaskDefinition",
    "AWS::ECS::TaskSet": "TaskDefinition",
    "AWS::Events::Rule": "Targets.*.EcsParameters.TaskDefinitionArn",
    "AWS::Scheduler::Schedule": "Target.EcsParameters.TaskDefinitionArn",
}


class Run(NamedTuple):
    """A task definition with where it is run, and by what."""

    task: Resource
    runner: Resource
    standing: Standing


def is_awsvpc(task: Resource) -> bool:
    """Whether each task has an address of its own; on Fargate it can't be otherwise."""
    return task.get("NetworkMode") == "awsvpc" or "FARGATE" in many(task.get("RequiresCompatibilities"))


def task_of(tree: Tree, runner: Resource) -> Resource | None:
    """The task definition that is run; the first, where something runs several."""
    return next(_tasks(tree, runner), None)


def _tasks(tree: Tree, runner: Resource) -> Iterator[Resource]:
    for value in standing.values(runner, RUNNERS[runner.type]):
        source = tree.source(value)
        if source is not None and source.type == TASK:
            yield source


def runs(tree: Tree) -> Iterator[Run]:
    """Every task with where it is run.

    A task definition that nothing of the tree runs is run by hand; it is taken to stand where the service of its stack
    does.
    """
    ran: set[str] = set()
    for runner in tree.resources(*RUNNERS):
        for task in _tasks(tree, runner):
            ran.add(task.place)
            yield Run(task, runner, tree.network.standing(runner))
    services: dict[str, Resource] = {}
    for service in tree.resources("AWS::ECS::Service"):
        services.setdefault(service.stack.place, service)
    for task in tree.resources(TASK):
        if task.place not in ran and (runner_ := services.get(task.stack.place)) and is_awsvpc(task):
            yield Run(task, runner_, tree.network.standing(runner_))


def ports(tree: Tree, container: Container) -> tuple[set[int], bool]:
    """The ports that a container maps for TCP, and whether that is all."""
    found: set[int] = set()
    known = True
    for mapping in many(container.body.get("PortMappings")):
        if not isinstance(mapping, dict) or mapping.get("ContainerPortRange") is not None:
            known = False
            continue
        port = standing.port(tree, mapping.get("ContainerPort"))
        known = known and port is not None
        if port is not None and as_text(mapping.get("Protocol", "tcp")).lower() != "udp":
            found.add(port)
    return found, known


def strings(value: Any) -> Iterator[str]:
    """Every text in a value."""
    todo = [value]
    while todo:
        part = todo.pop()
        if isinstance(part, str):
            yield part
        elif isinstance(part, dict):
            todo += part.values()
        elif isinstance(part, list):
            todo += part


def referred(value: Any) -> Iterator[Reference]:
    """Everything of the tree that a value refers to, in whatever text."""
    for text in strings(value):
        if BEGIN in text:
            yield from references(text)


def variables(container: Container) -> dict[str, Any]:
    """The environment of a container."""
    found = many(container.body.get("Environment"))
    return {as_text(one.get("Name")): one.get("Value") for one in found if isinstance(one, dict)}


def is_fargate(task: Resource, runner: Resource) -> bool:
    providers = [as_text(value) for value in standing.values(runner, "CapacityProviderStrategy.*.CapacityProvider")]
    return (
        "FARGATE" in many(task.get("RequiresCompatibilities"))
        or runner.get("LaunchType") == "FARGATE"
        or any(is_literal(provider) and provider.startswith("FARGATE") for provider in providers)
    )
