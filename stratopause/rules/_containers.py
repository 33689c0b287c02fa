"""The containers that task definitions and job definitions run."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final, NamedTuple

from stratopause.rules._known import at, known
from stratopause.tree.evaluation import as_text
from stratopause.tree.model import Problem, Resource, Tree

_EACH: Final = "*"

_PLACES: Final[dict[str, tuple[tuple[str, ...], ...]]] = {
    "AWS::ECS::TaskDefinition": (("ContainerDefinitions", _EACH),),
    "AWS::Batch::JobDefinition": (
        ("ContainerProperties",),
        ("EcsProperties", "TaskProperties", _EACH, "Containers", _EACH),
        ("NodeProperties", "NodeRangeProperties", _EACH, "Container"),
        ("NodeProperties", "NodeRangeProperties", _EACH, "EcsProperties", "TaskProperties", _EACH, "Containers", _EACH),
    ),
}


class Container(NamedTuple):
    """One container of a definition, and where it stands there."""

    resource: Resource
    path: tuple[str | int, ...]
    body: dict[str, Any]

    @property
    def name(self) -> str:
        name = known(self.body.get("Name"))
        return f"the container {name} of {self.resource.name}" if name else f"a container of {self.resource.name}"

    @property
    def own_name(self) -> str:
        return as_text(self.body.get("Name", ""))

    @property
    def is_windows(self) -> bool:
        family = known(at(self.resource, "RuntimePlatform", "OperatingSystemFamily"))
        return (family or "").upper().startswith("WINDOWS")

    def problem(self, message: str, *path: str | int) -> Problem:
        return self.resource.problem(message, *self.path, *path)


def containers(tree: Tree) -> Iterator[Container]:
    for resource in tree.resources(*_PLACES):
        yield from of(resource)


def of(resource: Resource) -> Iterator[Container]:
    """The containers of one definition."""
    for place in _PLACES[resource.type]:
        for path, body in parts(resource.properties, place):
            if isinstance(body, dict):
                yield Container(resource, path, body)


def parts(value: Any, path: tuple[str, ...], before: tuple[str | int, ...] = ()) -> Iterator[tuple[Any, Any]]:
    """What stands at a path, with the path; `*` is each of a list."""
    if not path:
        yield before, value
    elif path[0] == _EACH:
        for index, one in enumerate(value if isinstance(value, list) else ()):
            yield from parts(one, path[1:], (*before, index))
    elif isinstance(value, dict) and path[0] in value:
        yield from parts(value[path[0]], path[1:], (*before, path[0]))
