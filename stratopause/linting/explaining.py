"""The page of a rule, ours or cfn-lint's."""

from __future__ import annotations

import difflib

from stratopause.linting.errors import LintError
from stratopause.linting.waivers import EXPIRED, UNUSED
from stratopause.rules import RuleModule, catalogue

_OF_WAIVERS = {
    EXPIRED: "A waiver is over",
    UNUSED: "A waiver is needed by nothing",
}


def page(rule: str) -> str:
    """A rule's page, as Markdown.

    Raises:
        LintError: there is no such rule; the nearest is named.
    """
    rule = rule.upper()
    if rule in catalogue():
        return _ours(catalogue()[rule])
    if rule in _OF_WAIVERS:
        return f"# {rule}: {_OF_WAIVERS[rule]}\n\nSee docs/lint.md, Waivers.\n"
    return _of_cfn_lint(rule)


def _ours(module: RuleModule) -> str:
    rule = module.RULE
    # The heading says already what a docstring begins with.
    body = (module.__doc__ or "").strip().removeprefix(f"{rule.title}.").lstrip()
    return f"# {rule.id}: {rule.title}\n\n{body}\n\n{rule.severity.title()}. Source: <{rule.source}>\n"


def _of_cfn_lint(rule: str) -> str:
    from stratopause.linting.cfnlint_runner import CfnLint

    theirs = CfnLint((), None).rules
    known = {one.id: one for one in theirs.values()}
    if rule not in known:
        near = difflib.get_close_matches(rule.upper(), [*catalogue(), *known], 1)
        guess = f"did you mean {near[0]}? " if near else ""
        raise LintError(f"there is no rule {rule!r}", f"{guess}docs/lint.md lists ours, cfn-lint --list-rules its own")
    found = known[rule]
    return (
        f"# {found.id}: {found.shortdesc}\n\n{found.description}\n\nA rule of cfn-lint. Source: <{found.source_url}>\n"
    )
