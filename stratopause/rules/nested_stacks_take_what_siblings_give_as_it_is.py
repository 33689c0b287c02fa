"""A nested stack takes what its siblings give as it is.

When a change set is made, what another resource or nested stack will give isn't known. CloudFormation passes it to a
nested stack all the same, as a placeholder. What must be worked out then and there works on the placeholder, and
fails: `Fn::Select`, `Fn::Split`, `Fn::Cidr`, `Fn::FindInMap`, a condition, a rule, an allowed pattern or value, and a
type that CloudFormation looks up (`AWS::EC2::VPC::Id`). A stack that exists already may get through, until it is made
anew.

`Ref`, `Fn::Sub` and `Fn::Join` pass the placeholder on, and are fine.

**How to fix:** let the stack that gives the value give each part as an output of its own, declare the parameter as a
`String` without constraints, and decide conditions by a parameter of the root.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from stratopause.rules import Rule
from stratopause.rules._wires import Use, uses
from stratopause.tree import evaluation
from stratopause.tree.model import Path, Problem, Stack, Tree

RULE = Rule(
    "E9006",
    "A nested stack takes what its siblings give as it is",
    "https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/change-sets-for-nested-stacks.html",
    ("tree", "parameters"),
)

_COMPUTING: Final = frozenset({"Fn::Select", "Fn::Split", "Fn::Cidr", "Fn::FindInMap"})
_DECIDING: Final = ("Conditions", "Rules")
# They take any text.
_OPEN_PATTERNS: Final = frozenset({"", ".*", ".+", "^.*$", "^.+$"})


def check(tree: Tree) -> Iterator[Problem]:
    late: dict[str, dict[str, str]] = {"": {}}
    for place, stack in tree.stacks.items():
        if stack.parent is not None:
            late[place] = dict(_late(stack, late.get(stack.parent.place, {})))
            if late[place]:
                yield from _constrained(stack, late[place])
                yield from _computed(stack, late[place])


def _late(stack: Stack, above: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """The parameters whose value something else of the tree gives, and what."""
    parent = stack.parent
    if parent is None:
        return
    properties = parent.section("Resources")[stack.place.rpartition("/")[2]]["Properties"]
    passed = properties.get("Parameters")
    for name, value in passed.items() if isinstance(passed, dict) else ():
        for use in uses(value, (), lambda condition: evaluation.holds(parent, condition)):
            if use.name in parent.resources:
                yield name, f"{use.name}.{use.attribute}" if use.attribute else use.name
            elif not use.attribute and use.name in above:
                yield name, above[use.name]


def _constrained(stack: Stack, late: Mapping[str, str]) -> Iterator[Problem]:
    for name, source in late.items():
        declared = stack.section("Parameters").get(name)
        for key, what in _constraints(declared) if isinstance(declared, dict) else ():
            yield stack.problem(
                f"{name} of {stack.name} gets {source}, which isn't known when a change set is made, but has {what}",
                "Parameters",
                name,
                key,
            )


def _constraints(declared: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    kind = declared.get("Type")
    if isinstance(kind, str) and kind.startswith(("AWS::", "List<AWS::")):
        yield "Type", f"the type {kind}, which CloudFormation looks up: String takes it as it is"
    pattern = declared.get("AllowedPattern")
    if isinstance(pattern, str) and pattern not in _OPEN_PATTERNS:
        yield "AllowedPattern", "an allowed pattern"
    if "AllowedValues" in declared:
        yield "AllowedValues", "allowed values"


def _computed(stack: Stack, late: Mapping[str, str]) -> Iterator[Problem]:
    for use in uses(stack.template):
        if use.attribute or use.name not in late or not (how := _how(use)):
            continue
        path, what = how
        yield stack.problem(
            f"{stack.name} computes on {use.name}, which gets {late[use.name]}, in {what}: "
            "that isn't known when a change set is made",
            *path,
        )


def _how(use: Use) -> tuple[Path, str] | None:
    """Where and by what a use computes."""
    if use.path[0] in _DECIDING:
        return use.path[:2], f"the {'condition' if use.path[0] == 'Conditions' else 'rule'} {use.path[1]}"
    for at, name in enumerate(use.path):
        if name in _COMPUTING:
            return use.path[:at], str(name)
    return None
