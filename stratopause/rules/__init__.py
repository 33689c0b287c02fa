"""The rules: one module each, whose docstring is the rule's page.

A rule says who it is, in `RULE`, and looks at a tree of templates, in `check`. It imports from `stratopause.tree` and
nothing of cfn-lint: `stratopause.linting.adapter` makes a rule of cfn-lint out of each.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable, Iterable, Iterator
from functools import cache
from typing import Literal, NamedTuple, Protocol, cast

from stratopause.tree.loading import Forest
from stratopause.tree.model import Problem, Tree

Severity = Literal["error", "warning", "informational"]

_SEVERITIES: dict[str, Severity] = {"E": "error", "W": "warning", "I": "informational"}


class Rule(NamedTuple):
    """Who a rule is. Ids begin with E9, W9 or I9, the range that cfn-lint leaves to its users."""

    id: str
    title: str
    """What holds where the rule finds nothing."""
    source: str
    """The page of AWS that says so."""
    tags: tuple[str, ...] = ()

    @property
    def severity(self) -> Severity:
        return _SEVERITIES[self.id[0]]


class RuleModule(Protocol):
    __doc__: str | None
    RULE: Rule
    check: Callable[[Tree], Iterable[Problem]]


@cache
def catalogue() -> dict[str, RuleModule]:
    """Every rule by its id, sorted."""
    names = (module.name for module in pkgutil.iter_modules(__path__))
    modules = [cast("RuleModule", importlib.import_module(f"{__name__}.{name}")) for name in names if name[0] != "_"]
    return {module.RULE.id: module for module in sorted(modules, key=lambda module: module.RULE.id)}


def problems(forest: Forest) -> Iterator[tuple[Rule, Problem]]:
    """What every rule finds in every tree, each thing once, sorted by rule and place."""
    for module in catalogue().values():
        for problem in found_by(module, forest):
            yield module.RULE, problem


def found_by(module: RuleModule, forest: Forest) -> list[Problem]:
    """What one rule finds in every tree, each thing once, sorted by place."""
    return sorted({problem for tree in forest.trees for problem in module.check(tree)}, key=_place)


def _place(problem: Problem) -> tuple[str, tuple[str, ...], str]:
    return problem.file, tuple(map(str, problem.path)), problem.message
