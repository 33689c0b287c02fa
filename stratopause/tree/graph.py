"""Which nested stack takes what from which, read off the templates themselves."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from stratopause.tree.nesting import STACK


@dataclass(frozen=True, order=True)
class Connection:
    """An output of one nested stack, passed to another as a parameter; without names it's order alone."""

    source: str
    target: str
    output: str = ""
    parameter: str = ""


def connections(root: Mapping[str, Any]) -> tuple[Connection, ...]:
    """Every wire and every `DependsOn` between the nested stacks of a template, sorted."""
    found = []
    for target, resource in root.get("Resources", {}).items():
        if resource.get("Type") != STACK:
            continue
        for parameter, value in resource.get("Properties", {}).get("Parameters", {}).items():
            found += [Connection(source, target, output, parameter) for source, output in _outputs(value)]
        after = resource.get("DependsOn", [])
        found += [Connection(source, target) for source in ([after] if isinstance(after, str) else after)]
    return tuple(sorted(set(found)))


def _outputs(value: object) -> Iterator[tuple[str, str]]:
    """The (stack, output) that `Fn::GetAtt` reads anywhere in a value, in both of its forms."""
    if isinstance(value, Mapping):
        attribute = value.get("Fn::GetAtt")
        if isinstance(attribute, str):
            attribute = attribute.split(".", 1)
        if isinstance(attribute, list) and len(attribute) == 2 and str(attribute[1]).startswith("Outputs."):
            yield str(attribute[0]), str(attribute[1]).removeprefix("Outputs.")
        value = list(value.values())
    if isinstance(value, list):
        for part in value:
            yield from _outputs(part)


def mermaid(templates: Mapping[str, bytes], root: str = "platform.json") -> str:
    """A Mermaid flowchart of the nested stacks: an arrow from who gives to who takes.

    An arrow that longer ways already tell is left out, else the keys' alone would hide the rest.
    """
    from networkx import DiGraph, transitive_reduction

    decoded = {name: json.loads(body) for name, body in templates.items()}
    resources = decoded[root]["Resources"]
    nested = {name: resource for name, resource in sorted(resources.items()) if resource["Type"] == STACK}
    graph = DiGraph([(wire.source, wire.target) for wire in connections(decoded[root])])
    graph.add_nodes_from(nested)
    lines = ["flowchart LR"]
    for name, resource in nested.items():
        child = decoded.get(resource["Properties"]["TemplateURL"], {})
        count = len(child.get("Resources", {}))
        lines.append(f'    {name}["{name}<br/>{count} resource{"s" * (count != 1)}"]')
    lines += [f"    {source} --> {target}" for source, target in sorted(transitive_reduction(graph).edges)]
    return "\n".join(lines) + "\n"
