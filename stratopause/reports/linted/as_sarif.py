"""For code scanning: SARIF 2.1.0.

https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html, as far as GitHub reads it:
https://docs.github.com/en/code-security/code-scanning/integrating-with-code-scanning/sarif-support-for-code-scanning
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from typing import Any, Final
from urllib.parse import quote

from stratopause import __version__
from stratopause.linting.findings import Finding, RuleFacts
from stratopause.reports.linted import Linted

SCHEMA: Final = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
HOME: Final = "https://pypi.org/project/stratopause/"
_LEVELS: Final = {"error": "error", "warning": "warning", "informational": "note"}


def text(linted: Sequence[Linted]) -> str:
    rules = dict(sorted({name: facts for one in linted for name, facts in one.rules.items()}.items()))
    index = {name: at for at, name in enumerate(rules)}
    driver = {
        "name": "stratopause",
        "informationUri": HOME,
        "semanticVersion": __version__,
        "rules": [_rule(name, facts) for name, facts in rules.items()],
    }
    results = [_result(finding, index[finding.rule]) for one in linted for finding in one.findings]
    run = {"tool": {"driver": driver}, "columnKind": "unicodeCodePoints", "results": results}
    return json.dumps({"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}, indent=2) + "\n"


def _rule(name: str, facts: RuleFacts) -> dict[str, Any]:
    described = {"text": facts.title or name}
    found: dict[str, Any] = {"id": name, "shortDescription": described, "fullDescription": described}
    return found | ({"helpUri": facts.url, "help": {"text": f"See {facts.url}"}} if facts.url else {})


def _result(finding: Finding, rule: int) -> dict[str, Any]:
    template = _location(finding.file, finding.line, finding.column)
    place, _, line = finding.python.rpartition(":")
    made = [_location(place, int(line))] if finding.python else []
    where, *related = [*made, template]
    parts = f"{finding.rule}\0{finding.file}\0{finding.resource}\0{finding.message}"
    same = hashlib.sha256(parts.encode("utf-8", "surrogatepass")).hexdigest()
    found: dict[str, Any] = {
        "ruleId": finding.rule,
        "ruleIndex": rule,
        "level": _LEVELS[finding.severity],
        "message": {"text": finding.message},
        "locations": [where],
        "partialFingerprints": {"finding/v1": same},
    }
    return found | ({"relatedLocations": related} if related else {})


def _location(file: str, line: int, column: int = 1) -> dict[str, Any]:
    uri = quote(file.replace("\\", "/"), errors="surrogateescape")
    return {
        "physicalLocation": {
            "artifactLocation": {"uri": uri},
            "region": {"startLine": max(line, 1), "startColumn": max(column, 1)},
        }
    }
