"""Many environments at once: what the next one costs, what they take of memory, what a second processor gives."""

from __future__ import annotations

import shutil
from pathlib import Path
from statistics import median

from benchmarks.processes import Command, run, together

ENVIRONMENTS = 100
PARTS = ("build.py", "stacks", "policies", "stratopause", "environments")


def build(root: Path, directory: Path) -> Path:
    """A copy of the project in `directory` whose environments are production, a hundred times over."""
    shutil.rmtree(directory, ignore_errors=True)
    directory.mkdir(parents=True)
    for part in PARTS:
        source = root / part
        if source.is_dir():
            shutil.copytree(source, directory / part, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy2(source, directory / part)
    production = (root / "environments" / "production.toml").read_bytes()
    for name in names():
        (directory / "environments" / f"{name}.toml").write_bytes(production)
    return directory


def names() -> list[str]:
    """What the copies are called."""
    return [f"p{number:03}" for number in range(1, ENVIRONMENTS + 1)]


def figures(python: Path, project: Path, runs: int) -> dict[str, float]:
    """Cost of the next environment to that of a single one, growth of memory, and speed-up by a second process."""

    def render(environments: list[str]) -> Command:
        return Command([python, "build.py", "render", *environments, "--force"], project)

    everybody = names()
    half = ENVIRONMENTS // 2
    run(render(everybody[:1]))
    single, tenth, whole, pair = [], [], [], []
    for _ in range(runs):
        single.append(run(render(everybody[:1])))
        tenth.append(run(render(everybody[: ENVIRONMENTS // 10])))
        whole.append(run(render(everybody)))
        pair.append(max(half_.seconds for half_ in together([render(everybody[:half]), render(everybody[half:])])))
    one = median(measurement.seconds for measurement in single)
    all_of_them = median(measurement.seconds for measurement in whole)
    return {
        "next": (all_of_them - one) / (ENVIRONMENTS - 1) / one,
        "memory": median(each.mebibytes for each in whole) / median(each.mebibytes for each in tenth),
        "processes": all_of_them / median(pair),
    }
