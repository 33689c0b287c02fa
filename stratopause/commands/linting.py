"""Linting environments as they would be rendered, or templates as they lie there."""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from stratopause.linter import lint_directory

if TYPE_CHECKING:
    from stratopause.rendering.command import Build, Job


def lint_all(jobs: Iterable[Job], build: Build, configuration: Path) -> int:
    """Render each environment to a temporary directory, lint that for its region, print what is found.

    Returns:
        What cfn-lint's command exits with: the sum of 2 (errors), 4 (warnings), 8 (informational), 0 if clean.

    Raises:
        EnvironmentFileError, WiringError, RenderingError, LintError
    """
    from stratopause.rendering import store
    from stratopause.rendering.templates import render

    code = 0
    for job in jobs:
        environment = job.environment()
        with tempfile.TemporaryDirectory(prefix="stratopause-") as temporary:
            directory = Path(temporary, job.copy)
            store.write(render(build(environment)), directory)
            code |= _lint(directory, (environment.region,), configuration, Path(job.directory))
    return code


def lint_templates(directory: Path, configuration: Path) -> int:
    """Lint templates as they are; nothing of theirs is executed.

    Raises:
        LintError: there are none.
    """
    return _lint(directory, (), configuration, directory)


def _lint(directory: Path, regions: tuple[str, ...], configuration: Path, shown_as: Path) -> int:
    result = lint_directory(directory, regions, configuration, shown_as)
    if result.text:
        sys.stdout.write(result.text + "\n")
    found = _counted(len(result.findings), "finding") if result.findings else "clean"
    sys.stderr.write(f"{shown_as}: {_counted(len(result.files), 'template')}, {found}\n")
    return result.exit_code


def _counted(count: int, what: str) -> str:
    return f"{count} {what}{'s' * (count != 1)}"
