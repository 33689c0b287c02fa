"""Linting environments as they would be rendered, or templates as they lie there."""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple

from stratopause.linting import files
from stratopause.linting.engine import Linter
from stratopause.linting.errors import LintError
from stratopause.linting.findings import Result, exit_code, visible
from stratopause.rendering import stamp

if TYPE_CHECKING:
    from stratopause.linting.waivers import Waivers
    from stratopause.rendering.command import Build, Job
    from stratopause.rendering.origins import Origins
    from stratopause.reports.linted import Linted


class Options(NamedTuple):
    """What a run is told: `format` is one of `cli.FINDING_FORMATS`, `out` a file instead of stdout."""

    configuration: str | None
    waivers: str
    cache: str | None
    format: str = "text"
    out: str | None = None


def lint_all(jobs: Iterable[Job], build: Build, options: Options, every: Sequence[str]) -> int:
    """Lint each environment as it would be rendered, for its region, and report what is found.

    `every` names all environments that there are, for the waivers that nothing needs.

    Returns:
        What cfn-lint's command exits with: the sum of 2 (errors), 4 (warnings), 8 (informational), 0 if clean.

    Raises:
        EnvironmentFileError, WiringError, RenderingError, LintError
    """
    waivers = _waivers(options)
    linted = []
    with Linter(options.configuration, options.cache) as linter:
        for job in jobs:
            linted.append(_environment(job, build, linter, waivers))
            _tell(linted[-1])
    return _report(linted, options, waivers, every)


def lint_templates(directory: str, options: Options) -> int:
    """Lint templates as they are; nothing of theirs is executed.

    Raises:
        LintError: there are none.
    """
    waivers = _waivers(options)
    with Linter(options.configuration, options.cache) as linter:
        read = files.read(directory)
        result = linter.lint(read)
    shown = directory if os.path.isdir(directory) else os.path.dirname(directory)
    linted = _linted("", shown, directory, result, waivers, {})
    _tell(linted, others=len(read.others))
    return _report([linted], options, waivers, None)


def _environment(job: Job, build: Build, linter: Linter, waivers: Waivers | None) -> Linted:
    inputs = job.inputs("json")
    held = stamp.held(job.stamp, inputs, job.directory)
    if held is None:
        return _rendered(job, build, linter, waivers)
    result = linter.lint(files.Read(job.directory, held, {}), lambda: (job.environment().region,), inputs)
    origins: Origins = {}
    if result.findings:
        from stratopause.rendering.origins import recall

        origins = recall(job.origins, inputs)
    return _linted(job.copy, job.directory, job.directory, result, waivers, origins)


def _rendered(job: Job, build: Build, linter: Linter, waivers: Waivers | None) -> Linted:
    """Rendered beside what is on disk, which isn't touched."""
    import tempfile

    from stratopause.rendering import origins, store
    from stratopause.rendering.templates import render

    environment = job.environment()
    root = build(environment)
    templates = render(root)
    if os.path.isdir(job.directory) and not _holds(job.directory, templates):
        _note(f"{visible(job.directory)} isn't what would be rendered now, which is linted instead")
    with tempfile.TemporaryDirectory(prefix="stratopause-") as temporary:
        directory = os.path.join(temporary, job.copy)
        store.write(templates, directory)
        result = linter.lint(files.Read(directory, templates, {}), lambda: (environment.region,), environment.region)
    made = origins.relative(root.origins(), job.root)
    return _linted(job.copy, job.directory, job.directory, result, waivers, made)


def _holds(directory: str, templates: Mapping[str, bytes]) -> bool:
    try:
        return files.read(directory).contents == templates
    except LintError:
        return False


def _linted(
    environment: str, directory: str, name: str, result: Result, waivers: Waivers | None, origins: Origins
) -> Linted:
    from stratopause.reports.linted import Linted

    left = list(result.findings) if waivers is None else waivers.sift(environment, result.findings)
    shown = [
        finding._replace(
            file=os.path.normpath(os.path.join(directory, finding.file)),
            python=origins.get((finding.file, finding.resource), ""),
        )
        for finding in left
    ]
    kept = set(left)
    waived = tuple(finding.rule for finding in result.findings if finding not in kept)
    return Linted(environment, name, len(result.files), tuple(shown), result.rules, waived)


def _waivers(options: Options) -> Waivers | None:
    # A link to nowhere isn't no file: somebody means to waive something.
    if not os.path.lexists(options.waivers):
        return None
    import datetime as dt

    from stratopause.linting.waivers import Waivers

    return Waivers(options.waivers, dt.datetime.now(tz=dt.UTC).date())


def _report(linted: list[Linted], options: Options, waivers: Waivers | None, every: Sequence[str] | None) -> int:
    from stratopause.reports import linted as reports

    if waivers is not None:
        from stratopause.linting.waivers import FACTS

        own = tuple(waivers.findings({one.environment for one in linted}, every))
        if own:
            linted = [*linted, reports.Linted("", options.waivers, 1, own, FACTS, ())]
            _tell(linted[-1], "file of waivers")
    _write(reports.report(options.format, linted), options.out)
    return exit_code(finding for one in linted for finding in one.findings)


def _write(text: str, out: str | None) -> None:
    if out is None:
        sys.stdout.write(text)
        return
    # A link stays one, and what is no file (/dev/stdout) is written to as it is.
    target = os.path.realpath(out)
    staged = f"{target}-{os.getpid()}" if os.path.isfile(target) or not os.path.exists(target) else target
    try:
        with open(staged, "w", encoding="utf-8", errors="backslashreplace") as file:
            file.write(text)
        if staged != target:
            os.replace(staged, target)
    except OSError as error:
        if staged != target and os.path.exists(staged):
            os.unlink(staged)
        raise LintError(f"{out}: {error.strerror}", "name a file that can be written") from error


def _tell(linted: Linted, what: str = "template", others: int = 0) -> None:
    found = _counted(len(linted.findings), "finding") if linted.findings else "clean"
    waived = f", {len(linted.waived)} waived" if linted.waived else ""
    left = f"; left out: {_counted(others, 'file')} without resources" if others else ""
    _note(f"{visible(linted.name)}: {_counted(linted.files, what)}, {found}{waived}{left}")


def _note(line: str) -> None:
    # Where nobody can read it, the findings still go where they belong.
    with contextlib.suppress(OSError):
        sys.stderr.write(f"{line}\n")


def _counted(count: int, what: str) -> str:
    return f"{count} {what}{'s' * (count != 1)}"


def explain(rule: str) -> int:
    """Print the page of a rule; raises LintError."""
    from stratopause.linting import explaining

    sys.stdout.write(explaining.page(rule.strip()))
    return 0
