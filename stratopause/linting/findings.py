"""What was found, and where."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final, Literal, NamedTuple

Severity = Literal["error", "warning", "informational"]

# cfn-lint's exit codes, which are added up: https://github.com/aws-cloudformation/cfn-lint#exit-codes
_BITS: dict[str, int] = {"error": 2, "warning": 4, "informational": 8}


class Finding(NamedTuple):
    """What a rule found; lines and columns count from 1. Findings sort by place."""

    file: str
    line: int
    rule: str
    column: int
    message: str
    severity: Severity
    resource: str = ""
    """The logical id of the resource it is found at, if it is one."""
    python: str = ""
    """`stacks/database.py:88`, where that is known: the line that made the resource."""

    def __str__(self) -> str:
        """As cfn-lint's command writes it, with what could steer a terminal made visible."""
        made = f"  made by {visible(self.python)}\n" if self.python else ""
        return f"{self.rule} {visible(self.message)}\n{visible(self.file)}:{self.line}:{self.column}\n{made}"


class RuleFacts(NamedTuple):
    """Of a rule that has found something: what holds where it finds nothing, and the page that says more."""

    title: str
    url: str


Found = tuple[list[Finding], dict[str, RuleFacts]]
"""What was found, and facts of the rules that have found something, by id."""

CRASHED: Final = "E0002"
"""As cfn-lint calls it."""


def crashed(file: str, message: str) -> Found:
    return [Finding(file, 1, CRASHED, 1, message, "error")], {CRASHED: RuleFacts("A template can be linted", "")}


class Result(NamedTuple):
    """What was linted, and what was found, sorted; paths of files are relative to the directory."""

    files: tuple[str, ...]
    findings: tuple[Finding, ...]
    rules: dict[str, RuleFacts]
    """Of the rules that have found something, by id."""


def exit_code(findings: Iterable[Finding]) -> int:
    """0 if there are none, else the sum of 2 (errors), 4 (warnings) and 8 (informational)."""
    return sum({_BITS[finding.severity] for finding in findings})


def visible(text: str) -> str:
    """On one line, with what a terminal or a runner of workflows would obey made visible."""
    return "".join(char if char.isprintable() else repr(char)[1:-1] for char in text)
