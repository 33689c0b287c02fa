"""The rendered platform as claims read it: its resources, and which resource a value comes from."""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

from stacks.platform import Platform
from stratopause.environments import load
from stratopause.environments.schema import Environment
from stratopause.rendering.templates import render

ENVIRONMENTS = Path(__file__).parents[1] / "environments"
NESTED = "AWS::CloudFormation::Stack"


class Resource(NamedTuple):
    """`stack` is the logical id of the nested stack, `Platform` that of the root."""

    stack: str
    logical_id: str
    body: dict[str, Any]

    @property
    def place(self) -> str:
        return f"{self.stack}.{self.logical_id}"

    @property
    def type(self) -> str:
        return str(self.body["Type"])

    @property
    def properties(self) -> dict[str, Any]:
        found: dict[str, Any] = self.body.get("Properties", {})
        return found


class Tree:
    """All templates of one environment, by the logical id of their stack."""

    def __init__(self, environment: Environment) -> None:
        self.environment = environment
        files = {name: json.loads(body) for name, body in render(Platform(environment)).items()}
        self.root: dict[str, Any] = files["platform.json"]
        nested = {name: body for name, body in self.root["Resources"].items() if body["Type"] == NESTED}
        children = {name: files[body["Properties"]["TemplateURL"]] for name, body in nested.items()}
        self.templates: dict[str, dict[str, Any]] = {"Platform": self.root, **children}

    def resources(self, *types: str) -> list[Resource]:
        """Of these types, or all."""
        return [
            Resource(stack, logical_id, body)
            for stack, template in self.templates.items()
            for logical_id, body in template["Resources"].items()
            if not types or body["Type"] in types
        ]

    def resource(self, place: str) -> Resource:
        stack, logical_id = place.split(".")
        return Resource(stack, logical_id, self.templates[stack]["Resources"][logical_id])

    def origin(self, stack: str, value: Any) -> str:
        """The place of the resource that `value`, a Ref or a GetAtt in `stack`, comes from.

        A parameter is followed to what the root passes, and an output into the nested stack that gives it.
        """
        (function, argument), *_ = value.items()
        name, attribute = (argument, "") if function == "Ref" else argument
        if name in self.templates[stack].get("Parameters", {}):
            return self.origin("Platform", self.root["Resources"][stack]["Properties"]["Parameters"][name])
        if stack == "Platform" and attribute.startswith("Outputs."):
            return self.origin(name, self.templates[name]["Outputs"][attribute.removeprefix("Outputs.")]["Value"])
        return f"{stack}.{name}"


@cache
def tree(name: str, suffix: str | None = None) -> Tree:
    return Tree(load(name, ENVIRONMENTS, suffix))


def parts(value: Any, key: str = "") -> Iterator[tuple[str, Any]]:
    """Everything inside of a value, itself included, each with the key that it stands under."""
    yield key, value
    if isinstance(value, dict):
        for name, part in value.items():
            yield from parts(part, name)
    elif isinstance(value, list):
        for part in value:
            yield from parts(part, key)


def values(value: Any, key: str) -> list[Any]:
    """Whatever stands under `key`, however deep."""
    return [part for name, part in parts(value) if name == key]


def many(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]
