"""A root gives outputs, and every output says what it is for.

What a platform is reached by (its address, its keys, its buckets) is asked for again and again, by people and by the
next template. Who finds it as an output needn't search the console, and doesn't copy what changes. A name alone seldom
tells which of several ids it is.

**How to fix:** give the root an output for what people or other stacks ask for, and each output a `Description`.
"""

from __future__ import annotations

from collections.abc import Iterator

from stratopause.rules import Rule
from stratopause.tree.model import Problem, Stack, Tree

RULE = Rule(
    "W9007",
    "A root gives outputs, and every output says what it is for",
    "https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/outputs-section-structure.html",
    ("tree", "outputs"),
)


def check(tree: Tree) -> Iterator[Problem]:
    if not tree.root.section("Outputs"):
        at = ("Outputs",) if "Outputs" in tree.root.template else ("Resources",)
        yield tree.root.problem(f"{tree.root_file} is a root and gives no outputs", *at)
    for stack in tree.stacks.values():
        yield from _undescribed(stack)


def _undescribed(stack: Stack) -> Iterator[Problem]:
    for name, output in stack.section("Outputs").items():
        said = output.get("Description") if isinstance(output, dict) else None
        if not isinstance(said, str) or not said.strip():
            message = f"{name}, an output of {stack.file}, doesn't say what it is for: it has no Description"
            yield stack.problem(message, "Outputs", name)
