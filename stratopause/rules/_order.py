"""What is surely made before what, within a stack and from one nested stack to another."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, Final

from stratopause.tree.model import Resource, Stack, Tree

_VARIABLE: Final = re.compile(r"\$\{\s*([^!${}.\s]+)[^${}]*\}")


class Order:
    """The order in which a tree is made, as far as references and `DependsOn` say.

    https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-attribute-dependson.html
    """

    def __init__(self, tree: Tree) -> None:
        self._tree = tree
        self._needed: dict[tuple[str, str], frozenset[str]] = {}
        self._direct: dict[tuple[str, str], set[str]] = {}

    def before(self, earlier: Resource, later: Resource) -> bool:
        """Whether one is made when the other begins to be."""
        first, second = earlier.place.split("/"), later.place.split("/")
        common = 0
        while common < min(len(first), len(second)) - 1 and first[common] == second[common]:
            common += 1
        stack = self._tree.stacks["/".join(first[:common])]
        return first[common] in self._needs(stack, second[common])

    def _needs(self, stack: Stack, logical_id: str) -> frozenset[str]:
        """All that a resource of a stack waits for, at first or at second hand."""
        key = (stack.place, logical_id)
        if key not in self._needed:
            found: set[str] = set()
            todo = [logical_id]
            while todo:
                new = self._needs_directly(stack, todo.pop()) - found
                found |= new
                todo += new
            self._needed[key] = frozenset(found)
        return self._needed[key]

    def _needs_directly(self, stack: Stack, logical_id: str) -> set[str]:
        key = (stack.place, logical_id)
        if key not in self._direct:
            resource = stack.resources.get(logical_id)
            self._direct[key] = set(_named(resource.body)) & stack.resources.keys() if resource else set()
        return self._direct[key]


def _named(body: Any) -> Iterator[str]:
    """The logical ids that a resource names."""
    after = body.get("DependsOn")
    yield from (one for one in (after if isinstance(after, list) else [after]) if isinstance(one, str))
    todo = [body.get("Properties")]
    while todo:
        value = todo.pop()
        if isinstance(value, list):
            todo += value
        elif isinstance(value, dict):
            yield from _referred(value)
            todo += value.values()


def _referred(value: dict[str, Any]) -> Iterator[str]:
    if isinstance(value.get("Ref"), str):
        yield value["Ref"]
    attribute = value.get("Fn::GetAtt")
    if isinstance(attribute, list) and attribute and isinstance(attribute[0], str):
        yield attribute[0]
    elif isinstance(attribute, str):
        yield attribute.split(".")[0]
    text = value.get("Fn::Sub")
    text = text[0] if isinstance(text, list) and text else text
    if isinstance(text, str):
        yield from _VARIABLE.findall(text)
