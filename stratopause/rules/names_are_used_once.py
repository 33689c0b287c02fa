"""No two resources want one name.

Most names are the only ones of their kind in an account and region, some within a cluster, VPC or log group. The second
resource that wants one fails:

> Resource of type 'AWS::Logs::LogGroup' with identifier '{...}' already exists.

Some services take the second for a change of the first (alarms, dashboards), and whichever comes last wins. A template
that is nested twice wants each fixed name of it twice.

**How to fix:** leave the name to CloudFormation, or make it of what differs: `${AWS::StackName}`, a parameter.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from stratopause.rules import Rule
from stratopause.rules._names import Named, among, is_certain, named, stacks
from stratopause.tree.decoding import Template
from stratopause.tree.model import Problem, Resource, Tree
from stratopause.tree.text import shown

RULE = Rule(
    "E9009",
    "No two resources want one name",
    "https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-properties-name.html",
    ("names",),
)


def check(tree: Tree) -> Iterator[Problem]:
    first: dict[tuple[str, ...], list[Named]] = {}
    for one in named(tree):
        before = first.setdefault((*among(tree, one), one.name), [])
        twin = next((other for other in before if _is_same(one, other) and _are_together(tree, one, other)), None)
        if twin is not None:
            yield one.resource.problem(
                f"{one.resource.name} wants the name {shown(one.name)}, which {twin.resource.name} has", *one.path
            )
        # Few need more than the first to be compared with.
        if len(before) < 8:
            before.append(one)


def _is_same(one: Named, other: Named) -> bool:
    """Whether equal texts are surely one name: known, or written alike in one stack."""
    if is_certain(one.name):
        return True
    return one.resource.stack is other.resource.stack and one.written == other.written


def _are_together(tree: Tree, one: Named, other: Named) -> bool:
    """Whether both can be at once; conditions that can't be decided may exclude each other."""
    conditions, others = set(_undecided(tree, one.resource)), set(_undecided(tree, other.resource))
    return conditions <= others or others <= conditions


def _undecided(tree: Tree, resource: Resource) -> Iterator[tuple[str, str]]:
    for stack, logical_id in stacks(resource):
        body = stack.section("Resources").get(logical_id)
        condition = body.get("Condition") if isinstance(body, dict) else None
        if isinstance(condition, str) and _depends(tree, stack.place, stack.template, condition):
            yield stack.place, condition


def _depends(tree: Tree, place: str, template: Template, condition: str) -> bool:
    """Whether a condition can't be decided, itself or one that it is made of."""
    defined = template.get("Conditions")
    todo: list[Any] = [condition]
    seen: set[str] = set()
    while todo and isinstance(defined, dict):
        value = todo.pop()
        if isinstance(value, str) and value not in seen:
            seen.add(value)
            if (place, value) in tree.undecided:
                return True
            todo += _conditions(defined.get(value))
    return False


def _conditions(value: Any) -> Iterator[Any]:
    """The names of the conditions that one is made of."""
    todo = [value]
    while todo:
        part = todo.pop()
        if isinstance(part, dict):
            if isinstance(part.get("Condition"), str):
                yield part["Condition"]
            todo += part.values()
        elif isinstance(part, list):
            todo += part
