"""Nested stacks need each other in one direction only.

A stack that takes an output of another, or is told to wait for it by `DependsOn`, is made after it. In a circle none
can be the first, also if other resources stand between them. CloudFormation refuses the template:

> Circular dependency between resources

**How to fix:** move what both need into a stack of its own that both take from, or into the one that is made first. A
security group that both sides refer to is often the reason: make the rules that join two groups where both are known.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import pairwise
from typing import NamedTuple

from stratopause.rules import Rule
from stratopause.rules._wires import uses
from stratopause.tree import evaluation
from stratopause.tree.model import Path, Problem, Stack, Tree
from stratopause.tree.nesting import STACK
from stratopause.tree.policies import texts

RULE = Rule(
    "E9002",
    "Nested stacks need each other in one direction only",
    "https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/troubleshooting.html",
    ("tree", "dependencies"),
)


class _Need(NamedTuple):
    path: Path
    why: str


_Needs = Mapping[str, Mapping[str, _Need]]


def check(tree: Tree) -> Iterator[Problem]:
    for stack in tree.stacks.values():
        if any(one.type == STACK for one in stack.resources.values()):
            yield from _circles(stack)


def _circles(stack: Stack) -> Iterator[Problem]:
    """One for each group of resources that all need each other, if a nested stack is among them."""
    needs = {logical_id: dict(_needs(stack, logical_id)) for logical_id in stack.resources}
    groups = _groups(needs)
    within = {
        one: {other: need for other, need in others.items() if groups[other] == groups[one]}
        for one, others in needs.items()
    }
    told: set[int] = set()
    for logical_id, resource in stack.resources.items():
        if resource.type == STACK and within[logical_id] and groups[logical_id] not in told:
            told.add(groups[logical_id])
            circle = _circle(within, logical_id)
            ways = ", ".join(f"{one} {needs[one][other].why}" for one, other in pairwise(circle))
            message = f"{resource.name} needs itself: {ways}; none of them can be made first"
            yield stack.problem(message, *needs[logical_id][circle[1]].path)


def _needs(stack: Stack, logical_id: str) -> Iterator[tuple[str, _Need]]:
    """What a resource waits for, where that is written, and how it is said."""
    body, at = stack.resources[logical_id].body, ("Resources", logical_id)
    for name in texts(body.get("DependsOn")):
        if name in stack.resources:
            yield name, _Need((*at, "DependsOn"), f"waits for {name}")
    chosen = lambda condition: evaluation.holds(stack, condition)  # noqa: E731
    for use in uses(body.get("Properties"), (*at, "Properties"), chosen):
        if use.name in stack.resources:
            wanted = f"{use.name}.{use.attribute}" if use.attribute else use.name
            yield use.name, _Need(use.path, f"takes {wanted}")


def _groups(needs: _Needs) -> dict[str, int]:
    """The number of the group of each, where those of one group all need each other: Kosaraju's algorithm."""
    needed_by: dict[str, list[str]] = {one: [] for one in needs}
    for one, others in needs.items():
        for other in others:
            needed_by[other].append(one)
    groups: dict[str, int] = {}
    for start in reversed(_finished(needs)):
        todo = [start] if start not in groups else []
        number = len(groups)
        while todo:
            one = todo.pop()
            if one not in groups:
                groups[one] = number
                todo += needed_by[one]
    return groups


def _finished(needs: _Needs) -> list[str]:
    """In the order in which a walk in depth is done with them."""
    found: list[str] = []
    seen: set[str] = set()
    for start in needs:
        todo = [] if start in seen else [(start, iter(needs[start]))]
        seen.add(start)
        while todo:
            one, others = todo[-1]
            other = next((other for other in others if other not in seen), None)
            if other is None:
                found.append(one)
                todo.pop()
            else:
                seen.add(other)
                todo.append((other, iter(needs[other])))
    return found


def _circle(needs: _Needs, start: str) -> list[str]:
    """The shortest way from one back to it, in a group where there is one."""
    came: dict[str, str] = {}
    todo = [start]
    for one in todo:
        for other in needs[one]:
            if other == start:
                way = [start, one]
                while way[-1] != start:
                    way.append(came[way[-1]])
                return [*reversed(way)] if one != start else [start, start]
            if other not in came:
                came[other] = one
                todo.append(other)
    return []
