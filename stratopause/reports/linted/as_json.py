"""For a program: a list of findings, in the form of cfn-lint's `--format json` where that has a word for it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from stratopause.linting.findings import Finding, RuleFacts
from stratopause.reports.linted import Linted


def text(linted: Sequence[Linted]) -> str:
    findings = [_finding(one, finding) for one in linted for finding in one.findings]
    return json.dumps(findings, indent=2) + "\n"


def _finding(one: Linted, finding: Finding) -> dict[str, Any]:
    facts = one.rules.get(finding.rule, RuleFacts("", ""))
    return {
        "Environment": one.environment,
        "Filename": finding.file,
        "Level": finding.severity.title(),
        "Location": {"Start": {"LineNumber": finding.line, "ColumnNumber": finding.column}},
        "Message": finding.message,
        "Python": finding.python or None,
        "Resource": finding.resource or None,
        "Rule": {"Id": finding.rule, "ShortDescription": facts.title, "Source": facts.url},
    }
