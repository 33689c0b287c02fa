"""What linting costs: all of an environment, what changed of it, nothing of it, and many environments."""

from __future__ import annotations

import json
import shutil
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from benchmarks import fleet
from benchmarks.processes import Command, run

PARTS = (".cfnlintrc.yaml", "waivers.toml")
FEW, MANY = 4, 64
# cfn-lint adds 2 for errors, 4 for warnings, 8 for informational findings; 32 is a failure of its own.
PEER_FINDINGS = frozenset(range(16)) - {1}


@dataclass
class Project:
    """A copy of the project, rendered, whose cache and templates can be changed."""

    python: Path
    directory: Path

    @property
    def templates(self) -> Path:
        return self.directory / "templates_out" / "p001"

    def build(self, *arguments: str) -> Command:
        return Command([self.python, "build.py", *arguments], self.directory)

    def forget(self) -> None:
        shutil.rmtree(self.directory / ".cache" / "lint", ignore_errors=True)

    def change(self, number: int) -> None:
        """Another description of the largest template: one that everything must be looked at again for."""
        path = self.templates / "database.json"
        template = json.loads(path.read_text("utf-8"))
        template["Description"] = f"Version {number}"
        path.write_text(json.dumps(template, indent=2) + "\n", "utf-8")


def project(python: Path, root: Path, directory: Path) -> Project:
    copy = Project(python, fleet.build(root, directory))
    for part in PARTS:
        if (root / part).exists():
            shutil.copy2(root / part, copy.directory / part)
    run(copy.build("render", *fleet.names()[:MANY]))
    return copy


def figures(copy: Project, peer: Path, runs: int) -> dict[str, float]:
    """Median seconds of each command, interleaved; the first round isn't counted."""
    bare = Command([copy.python, "-c", "pass"], copy.directory)
    files = sorted(copy.templates.glob("*.json"))
    plain = Command([peer, "--include-checks", "I", "--", *files], copy.directory.parent, allowed=PEER_FINDINGS)
    lint, templates = copy.build("lint", "p001"), copy.build("lint", "--templates", str(copy.templates))
    seconds: dict[str, list[float]] = {}
    for number in range(runs + 1):
        copy.forget()
        measured = {"bare": run(bare), "peer": run(plain), "all": run(lint), "nothing": run(lint)}
        run(templates)
        before = (copy.templates / "database.json").read_bytes()
        copy.change(number)
        measured["one"] = run(templates)
        (copy.templates / "database.json").write_bytes(before)
        for name, measurement in measured.items() if number else ():
            seconds.setdefault(name, []).append(measurement.seconds)
    return {name: median(times) for name, times in seconds.items()}


def growth(copy: Project) -> float:
    """What an environment costs among many to what it costs among few, each linted for the first time."""
    costs = []
    for count in (1, FEW, MANY):
        copy.forget()
        costs.append(run(copy.build("lint", *fleet.names()[:count])).seconds)
    single, few, many = costs
    return ((many - single) / (MANY - 1)) / ((few - single) / (FEW - 1))
