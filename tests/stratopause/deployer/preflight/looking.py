"""Performing one check against a script."""

from __future__ import annotations

from collections.abc import Mapping

from stratopause.deployer.preflight.checks import CHECKS
from stratopause.deployer.preflight.examine import perform
from stratopause.deployer.preflight.facts import Facts
from stratopause.deployer.preflight.findings import Finding, State
from stratopause.deployer.target import Target
from tests.stratopause.deployer.preflight.cases import CASES
from tests.stratopause.deployer.preflight.scripted import TARGET, Script, ScriptedApi, scene

BY_NAME = {check.name: check for check in CHECKS}


def look(
    name: str,
    script: Script,
    templates: Mapping[str, bytes] | None = None,
    facts: Facts | None = None,
    to: Target = TARGET,
) -> tuple[Finding, ...]:
    """What the check finds; what isn't given is that of its case."""
    case = CASES[name]
    api = ScriptedApi({**case.good, **script})
    return perform(BY_NAME[name], scene(api, templates or case.templates, facts or case.facts, to))


def told(findings: tuple[Finding, ...]) -> list[tuple[State, str]]:
    return [(one.state, one.message) for one in findings]
