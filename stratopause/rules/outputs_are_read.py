"""Every output of a nested stack is read.

An output that no parent reads is a leftover, or the sign of a wire that was meant to be: somebody typed the value that
it would have given. Every template that nests the stack is asked, in any of the directory's trees. An output with an
`Export` is for others, and an output of a root is for people; so is one of a template that says how the console shows
its parameters (`AWS::CloudFormation::Interface`), since people also create it as it is.

**How to fix:** pass it to whom it is meant for (`!GetAtt Stack.Outputs.Name`), give it on as an output of the root, or
take it away.
"""

from __future__ import annotations

from collections.abc import Iterator

from stratopause.rules import Rule
from stratopause.rules._wires import is_macro, nested, section, uses
from stratopause.tree.model import Problem, Tree

RULE = Rule(
    "W9004",
    "Every output of a nested stack is read",
    "https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/using-cfn-nested-stacks.html",
    ("tree", "outputs"),
)

_ALL = "*"
_INTERFACE = "AWS::CloudFormation::Interface"


def check(tree: Tree) -> Iterator[Problem]:
    read = _read(tree)
    for file in {stack.file for stack in tree.stacks.values() if stack.parent is not None} - {tree.root_file}:
        if _INTERFACE in section(tree.files[file], "Metadata"):
            continue
        for name, output in section(tree.files[file], "Outputs").items():
            exported = isinstance(output, dict) and "Export" in output
            if not exported and not {(file, name), (file, _ALL)} & read:
                yield Problem(file, ("Outputs", name), f"{name}, an output of {file}, is read by nobody")


def _read(tree: Tree) -> set[tuple[str, str]]:
    """The file and name of each output that some template reads; every one where that can't be told."""
    found: set[tuple[str, str]] = set()
    for file, template in tree.files.items():
        children = dict(nested(file, template, tree.files))
        if not children:
            continue
        if is_macro(template):
            found |= {(child, _ALL) for child in children.values()}
        for use in uses(template):
            if use.name in children and (use.attribute is None or use.output):
                found.add((children[use.name], use.output or _ALL))
    return found
