"""Every way that conditions can turn out is looked at.

A template with conditions is many templates, and each is judged: all combinations of what its parameters may be, where
they are few, else each choice by itself. Where even those are more than thirty-two the rest isn't looked at, and
nothing that is wrong there is found.

**How to fix:** decide less by parameters of the root. What belongs together can be one parameter with `AllowedValues`
(`Stage`) and a map; what differs everywhere is another template.
"""

from __future__ import annotations

from collections.abc import Iterator

from stratopause.rules import Rule
from stratopause.tree.loading import MAX_TREES
from stratopause.tree.model import Problem, Tree

RULE = Rule(
    "W9011",
    "Every way that conditions can turn out is looked at",
    "https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/conditions-section-structure.html",
    ("tree",),
)


def check(tree: Tree) -> Iterator[Problem]:
    if tree.unseen:
        message = (
            f"the conditions and maps of {tree.root_file} and what it nests can turn out in {tree.unseen} ways more "
            f"than the {MAX_TREES} that are looked at; decide less by parameters"
        )
        yield tree.root.problem(message, "Parameters")
