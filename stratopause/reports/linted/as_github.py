"""For a pull request: an annotation at the line of Python that made the resource, else at the template's."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from stratopause.linting.findings import Finding
from stratopause.reports.annotations import annotation
from stratopause.reports.linted import Linted

_LEVELS: Final = {"error": "error", "warning": "warning", "informational": "notice"}


def text(linted: Sequence[Linted]) -> str:
    return "".join(f"{line}\n" for line in _lines(linted))


def _lines(linted: Sequence[Linted]) -> Iterator[str]:
    """What several environments have in common is said once."""
    said: set[tuple[str, str, int, str]] = set()
    for one in linted:
        for finding in one.findings:
            file, line, column = _place(finding)
            if (finding.rule, file, line, finding.message) in said and finding.python:
                continue
            said.add((finding.rule, file, line, finding.message))
            where = f"\n{finding.file}:{finding.line}:{finding.column}" if finding.python else ""
            yield annotation(_LEVELS[finding.severity], finding.rule, finding.message + where, file, line, column)


def _place(finding: Finding) -> tuple[str, int, int]:
    if not finding.python:
        return finding.file, finding.line, finding.column
    file, _, line = finding.python.rpartition(":")
    return file, int(line), 1
