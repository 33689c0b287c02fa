"""A root template and all that is nested in it, with every value followed to where it comes from."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any, NamedTuple

from stratopause.tree import evaluation
from stratopause.tree.decoding import Template
from stratopause.tree.nesting import STACK
from stratopause.tree.text import NO_VALUE, Reference, references, referred

if TYPE_CHECKING:
    from stratopause.tree.network import Network

Path = tuple[str | int, ...]


class Problem(NamedTuple):
    """What a rule found, and where: a path into the template of a file. Problems sort by place."""

    file: str
    path: Path
    message: str


@dataclass(frozen=True)
class Scenario:
    """What is taken for given where a template leaves a choice.

    `parameters` are values of the root's parameters, by name; `conditions` say how those turn out that can't be worked
    out, by the place of their stack and name.
    """

    parameters: Mapping[str, str] = field(default_factory=dict)
    conditions: Mapping[tuple[str, str], bool] = field(default_factory=dict)


@dataclass(eq=False)
class Resource:
    """One resource of one stack; `body` is as it is written, `properties` are as they come to be."""

    stack: Stack
    logical_id: str
    body: Mapping[str, Any]

    @property
    def type(self) -> str:
        return str(self.body.get("Type", ""))

    @property
    def place(self) -> str:
        """Unique in the tree: `Database/Instance`; a resource of the root has no slash."""
        return f"{self.stack.place}/{self.logical_id}" if self.stack.place else self.logical_id

    @cached_property
    def properties(self) -> dict[str, Any]:
        """Resolved: text with tokens (`tree.text`), `AWS::NoValue` left out."""
        found = evaluation.resolve(self.stack, self.body.get("Properties", {}))
        return found if isinstance(found, dict) else {}

    def get(self, *names: str | int, default: Any = None) -> Any:
        """A property, or a part of one: `get("MasterUserSecret", "KmsKeyId")`."""
        value: Any = self.properties
        for name in names:
            if not _has(value, name):
                return default
            value = value[name]
        return value

    def problem(self, message: str, *path: str | int) -> Problem:
        """A problem at a property (`problem("…", "KmsKeyId")`), or with the resource as a whole."""
        return Problem(self.stack.file, ("Resources", self.logical_id, *_written(self, path)), message)

    def attribute_problem(self, message: str, *path: str) -> Problem:
        """A problem at what stands beside the properties, such as `DeletionPolicy`."""
        found = path[:1] if path and path[0] in self.body else ()
        return Problem(self.stack.file, ("Resources", self.logical_id, *found), message)

    @property
    def name(self) -> str:
        """For a message."""
        return f"{self.place} ({self.type.removeprefix('AWS::')})"


def _written(resource: Resource, path: Path) -> Path:
    """As much of a path into the resolved properties as is written there."""
    found: list[str | int] = []
    value: Any = resource.body
    for name in ("Properties", *path) if path else ():
        at = _place_of(resource.stack, value, name) if isinstance(name, int) else name
        if at is None or not _has(value, at):
            break
        value = value[at]
        found.append(at)
    return tuple(found)


def _place_of(stack: Stack, items: Any, index: int) -> int | None:
    """Where an item of a resolved list is written: those that come to `AWS::NoValue` aren't counted."""
    if not isinstance(items, list):
        return None
    left = [at for at, item in enumerate(items) if not _is_left_out(stack, item)]
    return left[index] if 0 <= index < len(left) else None


def _is_left_out(stack: Stack, item: Any) -> bool:
    # Only a function comes to nothing; to resolve all else for each problem takes minutes in a long list.
    return isinstance(item, dict) and len(item) == 1 and evaluation.resolve(stack, item) == NO_VALUE


def _has(value: Any, name: str | int) -> bool:
    if isinstance(value, list):
        return isinstance(name, int) and 0 <= name < len(value)
    return isinstance(value, dict) and name in value


@dataclass(eq=False)
class Stack:
    """One stack of the tree: a template with what its parent passes to it. A template nested twice is two stacks."""

    tree: Tree
    file: str
    template: Template
    place: str = ""
    """The logical ids that lead to it from the root, joined by slashes; empty for the root."""
    parent: Stack | None = None
    given: Mapping[str, Any] = field(default_factory=dict)
    """What the parent passes, resolved, by parameter."""
    resources: dict[str, Resource] = field(default_factory=dict)
    nested: dict[str, Stack] = field(default_factory=dict)
    """By the logical id of the resource that nests it; without those whose template isn't there."""
    values: dict[str, Any] = field(default_factory=dict)
    """What parameters and conditions have come to."""

    def section(self, name: str) -> dict[str, Any]:
        """A section of the template, without what is no object."""
        found = self.template.get(name)
        return found if isinstance(found, dict) else {}

    def output(self, name: str) -> Any:
        return evaluation.output(self, name)

    def problem(self, message: str, *path: str | int) -> Problem:
        return Problem(self.file, path, message)

    @property
    def name(self) -> str:
        return self.place or self.file


@dataclass(eq=False)
class Tree:
    """A root and its nested stacks, in one scenario."""

    files: Mapping[str, Template]
    root_file: str
    scenario: Scenario
    stacks: dict[str, Stack] = field(default_factory=dict)
    """By place, the root first."""
    undecided: set[tuple[str, str]] = field(default_factory=set)
    """Conditions that the scenario doesn't decide: the place of the stack, and the name."""
    depends_on: dict[str, set[str]] = field(default_factory=dict)
    """Parameters of the root that conditions look at, with the literals that they are compared with."""

    unseen: int = 0
    """In how many ways more its conditions and maps could turn out than are looked at; known of the first of a root."""

    @property
    def root(self) -> Stack:
        return self.stacks[""]

    @cached_property
    def _by_type(self) -> dict[str, list[Resource]]:
        found: dict[str, list[Resource]] = {}
        for stack in self.stacks.values():
            for resource in stack.resources.values():
                found.setdefault(resource.type, []).append(resource)
        return found

    def resources(self, *types: str) -> Iterator[Resource]:
        """Of these types, or all; those whose condition doesn't hold aren't there."""
        for type_ in types or self._by_type:
            yield from self._by_type.get(type_, ())

    def resource(self, place: str) -> Resource | None:
        stack, _, logical_id = place.rpartition("/")
        return self.stacks[stack].resources.get(logical_id) if stack in self.stacks else None

    def referred(self, value: object) -> tuple[Resource, str] | None:
        """The resource and attribute that a resolved value is, if it is nothing else; a `Ref` has no attribute."""
        reference = referred(value)
        resource = self.resource(reference.place) if reference else None
        return (resource, reference.attribute) if reference and resource else None

    def source(self, value: object) -> Resource | None:
        """The resource that a resolved value is an attribute of."""
        found = self.referred(value)
        return found[0] if found else None

    def identity(self, value: object) -> str:
        """A resolved text in which names and ARNs that follow from others are written out."""
        from stratopause.tree import identity

        return identity.written_out(self, value)

    @cached_property
    def handed_out(self) -> frozenset[str]:
        """The places of what is passed to nested stacks whose templates aren't at hand, and who may add to it."""
        return frozenset(
            reference.place
            for stack in self.stacks.values()
            for logical_id, resource in stack.resources.items()
            if resource.type == STACK and logical_id not in stack.nested
            for text in _given(resource)
            for reference in references(text)
        )

    @cached_property
    def network(self) -> Network:
        """Who reaches whom."""
        from stratopause.tree.network import Network

        return Network(self)


def _given(nested: Resource) -> Iterator[str]:
    given = nested.get("Parameters")
    for value in given.values() if isinstance(given, dict) else ():
        yield from (one for one in (value if isinstance(value, list) else [value]) if isinstance(one, str))


__all__ = ["Path", "Problem", "Reference", "Resource", "Scenario", "Stack", "Tree"]
