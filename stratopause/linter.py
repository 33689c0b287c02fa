"""cfn-lint over a directory of templates, in this process.

What cfn-lint finds, says and exits with is what its own command does, with three differences: its configuration is
only the file that is given (never a `.cfnlintrc` that lies beside somebody's templates or in a home directory, which
could name rules to import), informational rules are always on, and a template that cfn-lint can't cope with is a
finding. As in the command a template's own `Metadata` may leave out rules, but none of `mandatory_checks`.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal, NamedTuple

from stratopause.errors import StratopauseError

if TYPE_CHECKING:
    from cfnlint.match import Match
    from cfnlint.runner import Runner

Severity = Literal["error", "warning", "informational"]

_SUFFIXES = (".json", ".template", ".yaml", ".yml")
# cfn-lint's exit codes, which are added up: https://github.com/aws-cloudformation/cfn-lint#exit-codes
_BITS: dict[Severity, int] = {"error": 2, "warning": 4, "informational": 8}
_UNREADABLE = "E0000"
_CRASHED = "E0002"


class LintError(StratopauseError):
    """There is nothing to lint, or nothing to lint it by."""


class Finding(NamedTuple):
    """One match of a rule; lines and columns count from 1. Findings sort by place."""

    file: str
    line: int
    rule: str
    column: int
    message: str
    severity: Severity

    def __str__(self) -> str:
        """As cfn-lint's command writes it, with what could steer a terminal made visible."""
        return f"{self.rule} {_visible(self.message)}\n{_visible(self.file)}:{self.line}:{self.column}\n"


@dataclass(frozen=True)
class Result:
    """What was linted, and what was found, sorted."""

    files: tuple[Path, ...]
    findings: tuple[Finding, ...]

    @property
    def exit_code(self) -> int:
        """0 if clean, else the sum of 2 (errors), 4 (warnings) and 8 (informational)."""
        return sum({_BITS[finding.severity] for finding in self.findings})

    @property
    def text(self) -> str:
        """What cfn-lint's command would print; empty if clean."""
        return "\n".join(map(str, self.findings))


def lint_directory(
    directory: Path,
    regions: Sequence[str] = (),
    configuration: Path | None = None,
    shown_as: Path | None = None,
) -> Result:
    """Lint the templates in a directory and below it, or a single file.

    `regions` default to the templates' own or the caller's (`AWS_REGION`), `configuration` is a file in the format of
    `.cfnlintrc`. Findings name files below `shown_as`, for templates that lie in a temporary directory.

    Raises LintError.
    """
    files = tuple(templates_in(directory))
    if not files:
        suffixes = ", ".join(_SUFFIXES)
        raise LintError(f"{directory}: no templates ({suffixes})", "render them, or name another directory")
    runner = _runner(regions, configuration)
    return Result(files, tuple(sorted(_findings(runner, files, directory, shown_as or directory))))


def templates_in(directory: Path) -> Iterator[Path]:
    """The files that may be templates by their suffix, sorted; hidden and linked directories are left out."""
    if not directory.is_dir():
        if not directory.exists():
            raise LintError(
                f"{directory}: no such file or directory", "render the templates, or name another directory"
            )
        yield directory
        return
    for parent, directories, names in os.walk(directory):
        directories[:] = sorted(name for name in directories if not name.startswith("."))
        yield from (Path(parent, name) for name in sorted(names) if name.endswith(_SUFFIXES))


def _visible(text: str) -> str:
    return "".join(char if char.isprintable() or char == "\n" else repr(char)[1:-1] for char in text)


def _runner(regions: Sequence[str], configuration: Path | None) -> Runner:
    from cfnlint.config import ConfigMixIn
    from cfnlint.exceptions import CfnLintExitException, ConfigFileError
    from cfnlint.helpers import REGIONS
    from cfnlint.runner import Runner

    if configuration and not configuration.is_file():
        raise LintError(f"{configuration}: no such file", "it configures cfn-lint; restore it")
    try:
        # os.devnull: without a file of its own cfn-lint looks for one in the working and the home directory.
        config = ConfigMixIn(
            ["--config-file", str(configuration or os.devnull)], include_checks=["I"], regions=list(regions)
        )
        if unknown := sorted(set(config.regions) - set(REGIONS)):
            raise LintError(f"cfn-lint knows no region {unknown[0]}", "check the environment's region, or AWS_REGION")
        return Runner(config)
    except (CfnLintExitException, ConfigFileError) as error:
        raise LintError(f"{configuration}: {error}", "it configures cfn-lint; correct it") from error


def _findings(runner: Runner, files: Sequence[Path], directory: Path, shown_as: Path) -> Iterator[Finding]:
    for file in files:
        yield from _matches(runner, file, str(shown_as / file.relative_to(directory)))


def _matches(runner: Runner, file: Path, shown: str) -> Iterator[Finding]:
    from cfnlint.runner.template import run_template_by_file_path

    if problem := _unreadable(file):
        yield Finding(shown, 1, _UNREADABLE, 1, problem, "error")
        return
    # The metadata of the file before would still hold if this one can't be parsed.
    runner.config.set_template_args({})
    try:
        for match in run_template_by_file_path(str(file), runner.config, runner.rules, ignore_bad_template=False):
            yield _finding(match, shown)
    except Exception as error:  # noqa: BLE001 - whatever a hostile template makes cfn-lint end in
        message = f"Unknown exception while linting the template: {type(error).__name__}: {error}"
        yield Finding(shown, 1, _CRASHED, 1, message, "error")


def _unreadable(file: Path) -> str | None:
    """Why a file shouldn't even be opened: a pipe would wait for ever."""
    try:
        return None if stat.S_ISREG(file.stat().st_mode) else "Template is not a file"
    except OSError as error:
        return f"Template file can't be read: {error.strerror}"


def _finding(match: Match, shown: str) -> Finding:
    rule = match.rule
    return Finding(shown, match.linenumber, rule.id, match.columnnumber, match.message, rule.severity)
