"""What linting a directory consists of: tasks that `stratopause.linting.workers` do, each by itself."""

from __future__ import annotations

import contextlib
import gc
import os
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

from stratopause.linting.findings import Finding, Found, RuleFacts, crashed

if TYPE_CHECKING:
    from stratopause.linting.cfnlint_runner import CfnLint, Places
    from stratopause.rules import Rule
    from stratopause.tree.loading import Forest
    from stratopause.tree.model import Problem


class Setup(NamedTuple):
    """Of cfn-lint: for which regions, if not the templates' own, and a file in the format of `.cfnlintrc`."""

    regions: tuple[str, ...]
    configuration: str | None


class EachTemplate(NamedTuple):
    """cfn-lint at one template.

    It looks at the outputs of a nested one only if that lies below the working directory, so that is where the
    templates are: what is found doesn't depend on where somebody stands.
    """

    setup: Setup
    directory: str
    file: str

    def do(self) -> Found:
        linter = _cfn_lint(self.setup)
        with contextlib.chdir(self.directory):
            return linter.lint(self.file)

    def lost(self, why: str) -> Found:
        return crashed(self.file, f"Linting the template {why}")


class WholeTree(NamedTuple):
    """Our rules at all templates together, or at one part of many trees; `forest` has none yet."""

    setup: Setup
    directory: str
    forest: Forest
    part: tuple[int, int] = (0, 1)
    """Which of how many."""
    file: str = ""

    def do(self) -> Found:
        from stratopause.rules import catalogue, found_by
        from stratopause.tree.loading import grow

        grow(self.forest, self.part)
        found = []
        findings: list[Finding] = []
        rules: dict[str, RuleFacts] = {}
        for module in catalogue().values():
            try:
                found += [(module.RULE, problem) for problem in found_by(module, self.forest)]
            except Exception as error:  # noqa: BLE001 - one rule's mistake mustn't hide what the others find
                crash, rules = self.lost(f"by {module.RULE.id} ended in {error!r}")
                findings += crash
        if found:
            from stratopause.linting.cfnlint_runner import Places

            places, ignores = Places(self.directory), _cfn_lint(self.setup).ignores
            for rule, problem in found:
                if not ignores(rule.id):
                    findings.append(_finding(rule, problem, places))
                    rules[rule.id] = RuleFacts(rule.title, rule.source)
        return findings, rules

    def lost(self, why: str) -> Found:
        return crashed(min(self.forest.templates, default=""), f"Judging the tree of templates {why}")


def _finding(rule: Rule, problem: Problem, places: Places) -> Finding:
    file, path, message = problem
    line, column = places.of(file, path)
    resource = str(path[1]) if path[:1] == ("Resources",) and len(path) > 1 else ""
    return Finding(file, line, rule.id, column, message, rule.severity, resource)


@lru_cache(maxsize=4)
def _cfn_lint(setup: Setup) -> CfnLint:
    """Loaded when it is first needed, and once for all environments of a region."""
    # cfn-lint takes an empty one for a region's name.
    for name in ("AWS_REGION", "AWS_DEFAULT_REGION"):
        if not os.environ.get(name):
            os.environ.pop(name, None)
    from stratopause.linting.cfnlint_runner import CfnLint

    linter = CfnLint(*setup)
    # It stays for good: what a template leaves behind is found without going through all of it.
    gc.freeze()
    gc.enable()
    return linter
