"""Which resources an Output of a nested stack is made of, read off the templates that are to be deployed."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from stratopause.deployer.stacks import Path
from stratopause.deployer.templates import Template

Givers = Mapping[tuple[Path, str], frozenset[tuple[Path, str]]]
"""For the Output of the stack at a path, by its logical id: path and logical id of the resources."""


def givers(tree: Mapping[Path, Template]) -> Givers:
    """Of the templates by the path of their stack."""
    return {
        (path, output): frozenset(_of_output(tree, path, output))
        for path, template in tree.items()
        for output in template.get("Outputs", {})
    }


def _of_output(tree: Mapping[Path, Template], path: Path, output: str) -> Iterator[tuple[Path, str]]:
    template = tree.get(path, {})
    for logical_id, attribute in _references(template.get("Outputs", {}).get(output, {}).get("Value")):
        if (inside := (*path, logical_id)) in tree and attribute.startswith("Outputs."):
            yield from _of_output(tree, inside, attribute.removeprefix("Outputs."))
        elif logical_id in template.get("Resources", {}):
            yield path, logical_id


def _references(value: Any) -> Iterator[tuple[str, str]]:
    """Logical id and attribute of whatever Ref, Fn::GetAtt and Fn::Sub name anywhere in a value."""
    for part in value if isinstance(value, list) else ():
        yield from _references(part)
    for function, argument in value.items() if isinstance(value, Mapping) else ():
        yield from _named(function, argument)
        yield from _references(argument)


def _named(function: str, argument: Any) -> Iterator[tuple[str, str]]:
    if function == "Ref":
        yield str(argument), ""
    elif function == "Fn::GetAtt":
        logical_id, *attribute = argument.split(".", 1) if isinstance(argument, str) else argument
        yield str(logical_id), ".".join(map(str, attribute))
    elif function == "Fn::Sub":
        text = argument[0] if isinstance(argument, list) else argument
        for name in re.findall(r"\$\{([A-Za-z0-9:.]+)\}", str(text)):
            logical_id, _, attributes = name.partition(".")
            yield logical_id, attributes
