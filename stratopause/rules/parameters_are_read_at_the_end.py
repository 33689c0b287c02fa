"""Every parameter that is passed on is read where its way ends.

A template that passes a parameter on to a nested stack looks as if it used it. If that stack doesn't read it either,
the value does nothing, through however many stacks it goes: most likely somebody believes that a setting is in force.

A parameter that its own template neither reads nor passes on is cfn-lint's W2001. Nothing is said of a template that
tells a program of an instance which stack it is of (`${AWS::StackId}` in `UserData`, but not for cfn-init): such a
program asks CloudFormation for the parameters.

**How to fix:** read it at the end of its way, or take it away all along.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, Final

from stratopause.rules import Rule
from stratopause.rules._wires import Use, is_macro, nested, section, uses
from stratopause.tree.model import Problem, Tree

RULE = Rule(
    "W9005",
    "Every parameter that is passed on is read",
    "https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/parameters-section-structure.html",
    ("tree", "parameters"),
)

_PROGRAMS: Final = frozenset({"UserData", "AWS::CloudFormation::Init"})
# Not what cfn-init, cfn-signal and the settings of cfn-hup are told.
_ITSELF: Final = re.compile(r"(?<!stack[ =])(?<!stack = )(?<!-s )\$\{AWS::StackId\}")


def check(tree: Tree) -> Iterator[Problem]:
    ways = _Ways(tree)
    for file in sorted({stack.file for stack in tree.stacks.values()}):
        for name in section(tree.files[file], "Parameters"):
            ends = ways.ends(file, name)
            if ends and not ways.is_read(file, name):
                yield Problem(
                    file,
                    ("Parameters", name),
                    f"{name}, a parameter of {file}, is only passed on, and read by nobody: {', '.join(sorted(ends))}",
                )


class _Ways:
    """To which nested stacks parameters go."""

    def __init__(self, tree: Tree) -> None:
        self._tree = tree
        self._uses: dict[str, dict[str, list[Use]]] = {}
        self._children: dict[str, dict[str, str]] = {}
        self._is_read: dict[tuple[str, str], bool] = {}

    def ends(self, file: str, name: str) -> set[str]:
        """The parameters that it is passed on as."""
        found = (self._passed(file, use) for use in self._of(file, name))
        return {f"{passed[1]} of {passed[0]}" for passed in found if passed}

    def is_read(self, file: str, name: str) -> bool:
        """Whether somebody reads it, or may; a circle of templates is taken for a reader."""
        if (file, name) not in self._is_read:
            self._is_read[file, name] = True
            template = self._tree.files[file]
            self._is_read[file, name] = (
                is_macro(template)
                or any(self._reads(file, use) for use in self._of(file, name))
                or any(map(_ITSELF.search, _programs(template.get("Resources"))))
            )
        return self._is_read[file, name]

    def _reads(self, file: str, use: Use) -> bool:
        passed = self._passed(file, use)
        if passed is None:
            return True
        child, parameter = passed
        declared = child in self._tree.files and parameter in section(self._tree.files[child], "Parameters")
        return not declared or self.is_read(child, parameter)

    def _passed(self, file: str, use: Use) -> tuple[str, str] | None:
        """The file and parameter that a use passes it to."""
        path = use.path
        if len(path) < 5 or path[0] != "Resources" or path[2:4] != ("Properties", "Parameters"):
            return None
        child = self._children[file].get(str(path[1]))
        return (child, str(path[4])) if child else None

    def _of(self, file: str, name: str) -> list[Use]:
        if file not in self._uses:
            template = self._tree.files[file]
            self._children[file] = dict(nested(file, template, self._tree.files))
            found: dict[str, list[Use]] = {}
            for use in uses({part: value for part, value in template.items() if part != "Parameters"}):
                found.setdefault(use.name, []).append(use)
            self._uses[file] = found
        return self._uses[file].get(name, [])


def _programs(value: Any, *, within: bool = False) -> Iterator[str]:
    """The texts of what instances run."""
    if isinstance(value, str):
        if within:
            yield value
    elif isinstance(value, dict):
        for name, part in value.items():
            yield from _programs(part, within=within or name in _PROGRAMS)
    elif isinstance(value, list):
        for part in value:
            yield from _programs(part, within=within)
