"""What a property will hold, as far as that is known before anything exists. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from msgspec import Struct

from stratopause.deployer.stacks import Path
from stratopause.deployer.templates import Template, nested_stacks


class Unknown:
    """A value that CloudFormation knows only once something has been made."""

    def __repr__(self) -> str:
        return "UNKNOWN"


UNKNOWN: Final = Unknown()


class Made(Struct, frozen=True):
    """What `Ref` of a resource gives: not known yet, but known to be that of the resource at `place`."""

    place: Path


VARIABLE: Final = re.compile(r"\$\{(!?)([^}]*)\}")


@dataclass
class Scope:
    """One stack of the tree: what is written in its template means something only with what its parent passes.

    `pseudo` are the values of pseudo parameters; a nested stack's own name and id are never among them.
    """

    templates: Mapping[str, Template]
    template: Template
    pseudo: Mapping[str, str]
    path: Path = ()
    parent: Scope | None = None
    given: Mapping[str, Any] = field(default_factory=dict)
    children: dict[str, Scope] = field(default_factory=dict, init=False)
    asking: set[str] = field(default_factory=set, init=False)

    def __post_init__(self) -> None:
        pseudo = {name: value for name, value in self.pseudo.items() if name != "AWS::StackName"}
        for logical_id, url in nested_stacks(self.template):
            if url in self.templates and not self._is_inside(url):
                given = self.template["Resources"][logical_id]["Properties"].get("Parameters") or {}
                self.children[logical_id] = Scope(
                    self.templates, self.templates[url], pseudo, (*self.path, logical_id), self, given
                )

    def value(self, written: Any) -> Any:
        """`written` with every function carried out; UNKNOWN, or a Made, stands where that can't be done."""
        if isinstance(written, list):
            return [self.value(one) for one in written]
        if not isinstance(written, Mapping):
            return written
        if len(written) == 1:
            name, argument = next(iter(written.items()))
            if name in FUNCTIONS:
                return FUNCTIONS[name](self, argument)
            if str(name).startswith("Fn::") or (name == "Condition" and isinstance(argument, str)):
                return UNKNOWN
        return {name: self.value(one) for name, one in written.items()}

    def ref(self, name: Any) -> Any:
        if name in self.pseudo:
            return self.pseudo[name]
        if name in self.template.get("Parameters", {}):
            return self.once(f"parameter {name}", lambda: self._parameter(name))
        return Made((*self.path, name)) if name in self.template["Resources"] else UNKNOWN

    def attribute(self, argument: Any) -> Any:
        """Only a nested stack's outputs are known before it exists."""
        parts = argument.split(".", 1) if isinstance(argument, str) else argument
        if not isinstance(parts, list) or len(parts) != 2 or not all(isinstance(part, str) for part in parts):
            return UNKNOWN
        child, output = self.children.get(parts[0]), parts[1].removeprefix("Outputs.")
        if child is None or output not in child.template.get("Outputs", {}):
            return UNKNOWN
        return child.once(f"output {output}", lambda: child.value(child.template["Outputs"][output]["Value"]))

    def substituted(self, argument: Any) -> Any:
        text, own = argument if isinstance(argument, list) else (argument, {})
        values = {name: self.value(one) for name, one in own.items()}

        def replaced(match: re.Match[str]) -> str:
            literal, name = match.groups()
            return f"${{{name}}}" if literal else _text(values[name] if name in values else self._named(name))

        try:
            return VARIABLE.sub(replaced, text)
        except _NotKnown:
            return UNKNOWN

    def joined(self, argument: Any) -> Any:
        separator, parts = self.value(argument)
        try:
            return separator.join(_text(part) for part in parts)
        except (_NotKnown, TypeError):
            return UNKNOWN

    def selected(self, argument: Any) -> Any:
        index, values = self.value(argument)
        return values[int(index)] if isinstance(values, list) and int(index) < len(values) else UNKNOWN

    def split(self, argument: Any) -> Any:
        separator, text = self.value(argument)
        return text.split(separator) if isinstance(text, str) else UNKNOWN

    def _named(self, name: str) -> Any:
        return self.attribute(name) if "." in name else self.ref(name)

    def _parameter(self, name: str) -> Any:
        declared = self.template["Parameters"][name]
        given = self.parent.value(self.given[name]) if self.parent and name in self.given else UNKNOWN
        value = declared.get("Default", UNKNOWN) if given is UNKNOWN and name not in self.given else given
        is_list = "List" in str(declared.get("Type"))
        return [one.strip() for one in value.split(",")] if is_list and isinstance(value, str) else value

    def once(self, what: str, find: Callable[[], Any]) -> Any:
        """Stacks that wait for one another never get a value."""
        if what in self.asking:
            return UNKNOWN
        self.asking.add(what)
        try:
            return find()
        finally:
            self.asking.discard(what)

    def _is_inside(self, url: str) -> bool:
        scope: Scope | None = self
        while scope is not None and scope.template is not self.templates[url]:
            scope = scope.parent
        return scope is not None


class _NotKnown(Exception):
    pass


def _text(value: Any) -> str:
    if isinstance(value, str | int | float):
        return str(value)
    raise _NotKnown


FUNCTIONS: Final[Mapping[str, Callable[[Scope, Any], Any]]] = {
    "Ref": Scope.ref,
    "Fn::GetAtt": Scope.attribute,
    "Fn::Sub": Scope.substituted,
    "Fn::Join": Scope.joined,
    "Fn::Select": Scope.selected,
    "Fn::Split": Scope.split,
}
