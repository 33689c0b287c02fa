"""Rendering environments into their directories, and saying what came of each."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterable
from functools import cache
from typing import TYPE_CHECKING, Any, NamedTuple

from stratopause.rendering import origins, stamp
from stratopause.rendering.errors import OutOfDate

if TYPE_CHECKING:
    from stratopause.environments.schema import Environment
    from stratopause.rendering.templates import Format
    from stratopause.wiring.stack import ParentStack

Build = Callable[["Environment"], "ParentStack[Any]"]
"""The root stack of an environment; it imports the stacks only when called."""


class Workspace(NamedTuple):
    """Where a project keeps what rendering reads and writes."""

    environments: str
    templates: str
    cache: str
    sources: tuple[str, ...]


class Rendered(NamedTuple):
    """What a render did: no counts where nothing had to be rendered."""

    environment: str
    directory: str
    templates: int = 0
    resources: int = 0
    findings: tuple[str, ...] = ()


class Job(NamedTuple):
    """One environment to render: `suffix` makes a copy that lives beside it."""

    name: str
    suffix: str | None
    workspace: Workspace

    @property
    def copy(self) -> str:
        return self.name if self.suffix is None else f"{self.name}-{self.suffix}"

    @property
    def directory(self) -> str:
        return os.path.join(self.workspace.templates, self.copy)

    @property
    def stamp(self) -> str:
        return os.path.join(self.workspace.cache, f"{self.copy}.sha256")

    @property
    def origins(self) -> str:
        return os.path.join(self.workspace.cache, f"{self.copy}.origins")

    @property
    def root(self) -> str:
        """The directory of the project."""
        return os.path.dirname(self.workspace.environments) or "."

    def inputs(self, form: Format) -> str:
        """A hash of all that its templates depend on."""
        file = os.path.join(self.workspace.environments, f"{self.name}.toml")
        return stamp.inputs([file], _code(self.workspace.sources), self.copy, form)

    def environment(self) -> Environment:
        from stratopause.environments import load

        return load(self.name, self.workspace.environments, self.suffix)


@cache
def _code(sources: tuple[str, ...]) -> str:
    # Once for all environments, since the code that runs was loaded once, too.
    return stamp.inputs(sources)


def committed(names: Iterable[str]) -> list[str]:
    """The environments whose templates are kept in version control: all but `local`."""
    return [name for name in names if name != "local"]


def render(job: Job, build: Build, form: Format = "json", force: bool = False) -> Rendered:
    """Render an environment into its directory, unless that holds it already.

    Raises:
        EnvironmentFileError: the environment file is wrong.
        WiringError, RenderingError: the templates can't be rendered or written.
    """
    inputs = job.inputs(form)
    if not force and stamp.holds(job.stamp, inputs, job.directory):
        return Rendered(job.copy, job.directory)
    from stratopause.rendering import store
    from stratopause.rendering.templates import render

    environment = job.environment()
    root = build(environment)
    templates = render(root, form)
    store.write(templates, job.directory)
    stamp.remember(job.stamp, inputs, templates)
    origins.remember(job.origins, inputs, origins.relative(root.origins(), job.root))
    return Rendered(job.copy, job.directory, len(templates), root.count_resources(), environment.findings())


def templates(job: Job, build: Build) -> dict[str, bytes]:
    """An environment's templates by file name: those on disk where they are what would be rendered, else rendered.

    Nothing is written.

    Raises:
        EnvironmentFileError, WiringError, RenderingError: they can't be rendered.
    """
    held = stamp.held(job.stamp, job.inputs("json"), job.directory)
    if held is not None:
        return held
    from stratopause.rendering.templates import render

    return render(build(job.environment()))


def check(job: Job, build: Build, form: Format = "json") -> list[str]:
    """The lines by which the environment's directory differs from what would be rendered into it.

    It always renders: what it answers must not rest on what an earlier run remembered.
    """
    from stratopause.rendering import store
    from stratopause.rendering.templates import render

    return list(store.differences(render(build(job.environment()), form), job.directory))


def render_all(jobs: Iterable[Job], build: Build, form: Format, force: bool) -> int:
    """Render each environment and say on stderr what came of it; returns the exit code."""
    for job in jobs:
        _report(render(job, build, form, force))
    return 0


def check_all(jobs: Iterable[Job], build: Build, form: Format) -> int:
    """Print how the templates on disk differ from what the code renders.

    Raises:
        OutOfDate: they do; the environments are named.
    """
    stale = []
    for job in jobs:
        lines = check(job, build, form)
        sys.stdout.writelines(f"{line}\n" for line in lines)
        if lines:
            stale.append(job)
    if stale:
        raise OutOfDate(f"not what the code renders: {', '.join(job.copy for job in stale)}", _again(stale, form))
    return 0


def _again(jobs: list[Job], form: Format) -> str:
    """The command that renders them; one command line gives all its environments the same suffix."""
    suffix = f" --suffix {jobs[0].suffix}" if jobs[0].suffix else ""
    yaml = " --format yaml" if form == "yaml" else ""
    return f"python build.py render {' '.join(job.name for job in jobs)}{suffix}{yaml}"


def _report(rendered: Rendered) -> None:
    what = f"{rendered.templates} templates, {rendered.resources} resources" if rendered.templates else "unchanged"
    sys.stderr.write(f"{rendered.environment}: {what} in {rendered.directory}\n")
    sys.stderr.writelines(f"  note: {finding}\n" for finding in rendered.findings)
