"""For a person: as cfn-lint writes it, and below it the line of Python that made the resource."""

from __future__ import annotations

from collections.abc import Sequence

from stratopause.reports.linted import Linted


def text(linted: Sequence[Linted]) -> str:
    return "".join(f"{finding}\n" for one in linted for finding in one.findings)
