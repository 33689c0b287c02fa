"""What must hold between stacks before a template leaves the renderer."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from graphlib import CycleError, TopologicalSorter
from typing import TYPE_CHECKING, Any

from stratopause.wiring.errors import WiringError

if TYPE_CHECKING:
    from stratopause.wiring.stack import Stack


def refuse_cycles(needs: Iterable[tuple[str, str]]) -> None:
    """Stacks that need each other can't be created: `needs` are pairs of a stack and one that it needs.

    Raises:
        WiringError: a cycle; its stacks are named in the order of need.
    """
    graph: TopologicalSorter[str] = TopologicalSorter()
    for stack, needed in needs:
        graph.add(stack, needed)
    try:
        graph.prepare()
    except CycleError as error:
        raise WiringError(f"stacks need each other in a circle: {' -> '.join(error.args[1])}") from None


def refuse_loose_ends(logical_id: str, stack: Stack[Any, Any], template: dict[str, Any]) -> None:
    """A Parameter that nothing reads, or an Output that nobody takes, is a wire forgotten.

    Raises:
        WiringError: the stack, and the names that are loose.
    """
    read = set(references(template))
    unread = sorted(set(template.get("Parameters", {})) - read)
    if unread:
        raise WiringError(
            f"{logical_id} takes {', '.join(unread)} but nothing in it reads that",
            f"use it in stack {logical_id}, or drop it from its Parameters and from the parent's nest()",
        )
    wired = {output for wire in stack.taken for output in stack.output_ids(wire.output)}
    unused = sorted(set(template.get("Outputs", {})) - wired)
    if unused:
        raise WiringError(
            f"{logical_id} gives {', '.join(unused)} but no stack takes that",
            f"wire it in the parent or give it in the root's Outputs, or drop it from the Outputs of {logical_id}",
        )


def references(node: object) -> Iterator[str]:
    """Every name that `Ref` or `Fn::Sub` reads below `node`."""
    waiting = [node]
    for below in waiting:  # which grows meanwhile
        if isinstance(below, dict):
            if isinstance(name := below.get("Ref"), str):
                yield name
            if text := below.get("Fn::Sub"):
                yield from _substituted(text if isinstance(text, str) else text[0])
            waiting += [value for value in below.values() if isinstance(value, (dict, list))]
        elif isinstance(below, list):
            waiting += [value for value in below if isinstance(value, (dict, list))]


def _substituted(text: str) -> Iterator[str]:
    for part in text.split("${")[1:]:
        yield part.split("}")[0].split(".")[0]
