"""For an auditor: every safeguard of HIPAA's security rule, which rules serve it, and whether they find something."""

from __future__ import annotations

from collections.abc import Sequence

from stratopause.linting.controls import table
from stratopause.reports.linted import Linted


def text(linted: Sequence[Linted]) -> str:
    found = {finding.rule for one in linted for finding in one.findings}
    waived = {rule for one in linted for rule in one.waived}
    return "\n".join(table(found, waived)) + "\n"
