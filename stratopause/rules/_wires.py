"""What a template reads, as it is written: parameters, resources, and outputs of its nested stacks."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator, Mapping
from typing import Any, Final, NamedTuple

from stratopause.tree.decoding import Template
from stratopause.tree.model import Path
from stratopause.tree.nesting import STACK, nested_file

_VARIABLE: Final = re.compile(r"\$\{([^!${}][^${}]*)\}")
_OUTPUTS: Final = "Outputs."
# Transforms that change nothing of what is read where. https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/transform-reference.html
_HARMLESS: Final = ("AWS::LanguageExtensions", "AWS::SecretsManager-", "AWS::CodeDeployBlueGreen")

Chosen = Callable[[Any], bool]


class Use(NamedTuple):
    """A name that is read, and where; `attribute` is empty for a `Ref`, and None if it isn't written out."""

    name: str
    attribute: str | None
    path: Path

    @property
    def output(self) -> str:
        """The output of a nested stack that it is."""
        return (self.attribute or "").removeprefix(_OUTPUTS) if (self.attribute or "").startswith(_OUTPUTS) else ""


def uses(value: Any, path: Path = (), chosen: Chosen | None = None) -> Iterator[Use]:
    """Everything that a value reads; of an `Fn::If` only the branch that is chosen, if that is given."""
    if isinstance(value, dict):
        if chosen and (branch := _branch(value, chosen)) is not None:
            yield from uses(value["Fn::If"][branch], (*path, "Fn::If", branch), chosen)
            return
        for name, part in value.items():
            yield from _direct(name, part, (*path, name)) if len(value) == 1 else ()
            yield from uses(part, (*path, name), chosen)
    elif isinstance(value, list):
        for at, part in enumerate(value):
            yield from uses(part, (*path, at), chosen)


def _branch(value: Mapping[str, Any], chosen: Chosen) -> int | None:
    parts = value.get("Fn::If") if len(value) == 1 else None
    return (1 if chosen(parts[0]) else 2) if isinstance(parts, list) and len(parts) == 3 else None


def _direct(function: str, argument: Any, path: Path) -> Iterator[Use]:
    if function == "Ref" and isinstance(argument, str):
        yield Use(argument, "", path)
    elif function == "Fn::GetAtt":
        yield from _attribute(argument, path)
    elif function == "Fn::Sub":
        yield from _substituted(argument, path)


def _attribute(argument: Any, path: Path) -> Iterator[Use]:
    parts = argument.split(".", 1) if isinstance(argument, str) else argument
    if isinstance(parts, list) and len(parts) >= 2 and isinstance(parts[0], str):
        written = all(isinstance(part, str) for part in parts)
        yield Use(parts[0], ".".join(parts[1:]) if written else None, path)


def _substituted(argument: Any, path: Path) -> Iterator[Use]:
    text, own = argument, {}
    if isinstance(argument, list) and argument:
        text, own = argument[0], argument[1] if len(argument) > 1 and isinstance(argument[1], dict) else {}
    for found in _VARIABLE.findall(text) if isinstance(text, str) else ():
        name, _, attribute = found.strip().partition(".")
        if found.strip() not in own:
            yield Use(name, attribute, path)


def is_macro(template: Template) -> bool:
    """Whether what the template reads can't be told, since a macro makes something else of it."""
    declared = template.get("Transform")
    named = declared if isinstance(declared, list) else [] if declared is None else [declared]
    return any(not str(one).startswith(_HARMLESS) for one in named)


def nested(file: str, template: Template, files: Collection[str]) -> Iterator[tuple[str, str]]:
    """The logical ids of nested stacks, and the files of their templates."""
    for logical_id, body in section(template, "Resources").items():
        properties = body.get("Properties") if isinstance(body, dict) and body.get("Type") == STACK else None
        child = nested_file(file, properties.get("TemplateURL"), files) if isinstance(properties, dict) else None
        if child:
            yield logical_id, child


def section(template: Template, name: str) -> Mapping[str, Any]:
    found = template.get(name)
    return found if isinstance(found, dict) else {}
