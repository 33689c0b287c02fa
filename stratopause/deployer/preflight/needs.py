"""What a tree of templates needs of an account and a region. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Any, Final

from msgspec import Struct

from stratopause.deployer.preflight.resolving import Made, Scope
from stratopause.deployer.stacks import Path
from stratopause.deployer.target import Target
from stratopause.deployer.templates import Template, address, nested_stacks, parse

SUFFIXES: Final = {"aws-cn": "amazonaws.com.cn"}
OTHER_SUFFIX: Final = "amazonaws.com"


class Resource(Struct, frozen=True):
    """A resource that is to exist; `properties` hold UNKNOWN or Made where a value isn't known beforehand."""

    place: Path
    type: str
    properties: Mapping[str, Any]

    def text(self, name: str) -> str | None:
        """A property's value where it is known to be one string or number."""
        value = self.properties.get(name)
        return str(value) if isinstance(value, str | int | float) and not isinstance(value, bool) else None

    def number(self, name: str) -> int | None:
        value = self.text(name)
        return int(value) if value and value.isdecimal() else None

    def is_true(self, name: str) -> bool:
        """CloudFormation takes `true` for true, too."""
        return str(self.properties.get(name)).lower() == "true"

    def made(self, name: str) -> Path | None:
        """The place of the resource that a property refers to."""
        value = self.properties.get(name)
        return value.place if isinstance(value, Made) else None


class Needs(Struct, frozen=True):
    """Every resource of a tree; with `stacks`, only those in the stacks at these paths are looked at.

    The others are there already as they are wanted, and serve only to be referred to.
    """

    every: tuple[Resource, ...]
    stacks: frozenset[Path] | None = None

    @property
    def resources(self) -> tuple[Resource, ...]:
        return tuple(one for one in self.every if self.stacks is None or one.place[:-1] in self.stacks)

    def of(self, *types: str) -> Iterator[Resource]:
        return (one for one in self.resources if one.type in types)

    def at(self, place: Path | None) -> Resource | None:
        return next((one for one in self.every if one.place == place), None)

    def strings(self) -> Iterator[tuple[Resource, str]]:
        """Every string that stands anywhere in a property."""
        for resource in self.resources:
            for text in _strings(resource.properties):
                yield resource, text

    def values(self, name: str) -> Iterator[tuple[Resource, str]]:
        """Every string that a property of that name holds, at any depth."""
        for resource in self.resources:
            for text in _values(resource.properties, name):
                yield resource, text

    @property
    def zones(self) -> tuple[str, ...]:
        """The availability zones of all subnets."""
        subnets = (one for one in self.every if one.type == "AWS::EC2::Subnet")
        return tuple(sorted({zone for one in subnets if (zone := one.text("AvailabilityZone"))}))


def read(templates: Mapping[str, bytes], target: Target, changed: Collection[str] | None = None) -> Needs:
    """What `templates` (JSON by file name, nested by these names) are to make as the root stack of `target`.

    A resource with a condition is taken for wanted. Only those of the templates that have `changed` are looked at.

    Raises:
        InvalidTemplates: they aren't one tree.
    """
    root = address(templates, lambda key: key)[-1].name
    parsed = {name: parse(name, body) for name, body in templates.items()}
    every = tuple(_resources(Scope(parsed, parsed[root], pseudo_parameters(target))))
    return Needs(every, None if changed is None else frozenset(_stacks_of(changed, parsed, root, ())))


def _stacks_of(changed: Collection[str], parsed: Mapping[str, Template], name: str, path: Path) -> Iterator[Path]:
    if name in changed:
        yield path
    for logical_id, child in nested_stacks(parsed[name]):
        if child in parsed:
            yield from _stacks_of(changed, parsed, child, (*path, logical_id))


def pseudo_parameters(target: Target) -> dict[str, str]:
    """https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/pseudo-parameter-reference.html"""
    return {
        "AWS::AccountId": target.account,
        "AWS::Partition": target.partition,
        "AWS::Region": target.region,
        "AWS::StackName": target.stack,
        "AWS::URLSuffix": SUFFIXES.get(target.partition, OTHER_SUFFIX),
    }


def _resources(scope: Scope) -> Iterator[Resource]:
    for logical_id, resource in scope.template["Resources"].items():
        if logical_id in scope.children:
            yield from _resources(scope.children[logical_id])
        else:
            properties = scope.value(resource.get("Properties") or {})
            yield Resource((*scope.path, logical_id), str(resource.get("Type")), properties)


def _strings(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    for _, part in _parts(value):
        yield from _strings(part)


def _values(value: Any, name: str) -> Iterator[str]:
    for key, part in _parts(value):
        yield from _strings(part) if key == name else _values(part, name)


def _parts(value: Any) -> Iterable[tuple[Any, Any]]:
    if isinstance(value, Mapping):
        return value.items()
    return enumerate(value) if isinstance(value, list) else ()
