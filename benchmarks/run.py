"""Measure the command line as ratios to others: `make bench`, or `.venv/bin/python -m benchmarks.run`."""

from __future__ import annotations

import argparse
import json
import os
import platform
import shutil
import sys
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

from benchmarks import deployments, fleet, linting
from benchmarks.processes import BenchmarkError, Command, medians

HERE = Path(__file__).parent
ROOT = HERE.parent
PYTHON = ROOT / ".venv" / "bin" / "python"
PEER = HERE / ".venv-lint" / "bin" / "cfn-lint"
DEPLOYING_PEERS = HERE / ".venv-deploy" / "bin"
WORK = HERE / ".work"
RESULTS = HERE / "results.json"
FEWEST_RUNS = 15


@dataclass(frozen=True)
class Ratio:
    """One line of the result. `limit` is the most that is allowed, or with `at_least` the least."""

    what: str
    to: str
    ratio: float
    limit: float
    at_least: bool = False

    @property
    def holds(self) -> bool:
        """Whether the limit is kept."""
        return self.ratio >= self.limit if self.at_least else self.ratio <= self.limit

    def __str__(self) -> str:
        sign = ">=" if self.at_least else "<="
        verdict = "ok" if self.holds else "MISSED"
        return f"{self.what:<44} {self.ratio:6.2f}x  {sign} {self.limit:>4g}x  {verdict:<6}  of {self.to}"


def build(*arguments: str, out: Path = WORK / "templates") -> Command:
    """`python build.py ...`, away from the committed templates."""
    return Command([PYTHON, "build.py", *arguments, *(["--out", str(out)] if arguments[0] == "render" else [])], ROOT)


def start_up(runs: int) -> list[Ratio]:
    """Help and rendering, against an interpreter that does nothing."""
    bare = "python -c pass"
    seconds = medians(
        {
            bare: Command([PYTHON, "-c", "pass"], ROOT),
            "--help": build("--help"),
            "changed": build("render", "production", "--force"),
            "unchanged": build("render", "production"),
        },
        runs,
    )
    return [
        Ratio("build.py --help", bare, seconds["--help"] / seconds[bare], 4),
        Ratio("build.py render production --force", bare, seconds["changed"] / seconds[bare], 12),
        Ratio("build.py render production, nothing changed", bare, seconds["unchanged"] / seconds[bare], 4),
    ]


def lint(runs: int) -> list[Ratio]:
    """Linting environments, against cfn-lint in an environment of its own on the same files, and a bare interpreter."""
    copy = linting.project(PYTHON, ROOT, WORK / "lint")
    seconds = linting.figures(copy, PEER, runs)
    peer = "cfn-lint on the same files"
    return [
        Ratio("build.py lint, everything new", peer, seconds["all"] / seconds["peer"], 0.65),
        Ratio("build.py lint, one template changed", peer, seconds["one"] / seconds["peer"], 0.35),
        Ratio("build.py lint, nothing changed", "python -c pass", seconds["nothing"] / seconds["bare"], 6),
        Ratio("one of 64 environments", "one of 4", linting.growth(copy), 1.15),
    ]


def many(runs: int) -> list[Ratio]:
    """A hundred environments in one process."""
    figures = fleet.figures(PYTHON, fleet.build(ROOT, WORK / "fleet"), runs)
    return [
        Ratio("the next of 100 environments", "a single one", figures["next"], 0.25),
        Ratio("memory for 100 environments", "that for 10", figures["memory"], 1.1),
        Ratio("two processes of 50 environments each", "one of 100", figures["processes"], 1.8, at_least=True),
    ]


def deploy(runs: int) -> list[Ratio]:
    """What a deployment takes beside CloudFormation's own time, against the AWS command line and SAM's."""
    figures = deployments.measure(PYTHON, ROOT, WORK / "deploy", DEPLOYING_PEERS, runs)
    print(deployments.counted(figures))
    peers = {"aws": ("aws cloudformation package + deploy", 0.5), "sam": ("sam deploy", 0.1)}
    return [
        Ratio(
            f"build.py deploy, {situation}",
            name,
            figures.added("build.py", situation) / figures.added(peer, situation),
            limit,
        )
        for situation in deployments.SITUATIONS
        for peer, (name, limit) in peers.items()
    ]


SUITES: dict[str, Callable[[int], list[Ratio]]] = {
    "start-up": start_up,
    "lint": lint,
    "many": many,
    "deploy": deploy,
}


def write(ratios: list[Ratio], runs: int) -> None:
    """Keep the result beside the script, with what it was measured on."""
    result = {
        "python": platform.python_version(),
        "machine": f"{platform.system()} {platform.machine()}, {os.cpu_count()} processors",
        "runs": runs,
        "ratios": [asdict(each) | {"ratio": round(each.ratio, 3), "holds": each.holds} for each in ratios],
    }
    partial = RESULTS.with_suffix(".partial")
    partial.write_text(json.dumps(result, indent=2) + "\n")
    partial.replace(RESULTS)


def main() -> int:
    """Print the ratios and write them, if all were measured; 1 where a limit is missed."""
    parser = argparse.ArgumentParser(prog="benchmarks", description=__doc__)
    parser.add_argument("--runs", type=int, default=FEWEST_RUNS, help=f"of each command ({FEWEST_RUNS})")
    parser.add_argument("suite", nargs="*", help=f"{', '.join(SUITES)} (all)")
    arguments = parser.parse_args()
    if unknown := set(arguments.suite) - set(SUITES):
        parser.error(f"there is no {', '.join(sorted(unknown))}; there are {', '.join(SUITES)}")
    WORK.mkdir(exist_ok=True)
    ratios: list[Ratio] = []
    try:
        for name in arguments.suite or SUITES:
            for ratio in SUITES[name](arguments.runs):
                ratios.append(ratio)
                print(ratio, flush=True)
    except BenchmarkError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    finally:
        shutil.rmtree(WORK, ignore_errors=True)
    if not arguments.suite and arguments.runs >= FEWEST_RUNS:
        write(ratios, arguments.runs)
    return 0 if all(ratio.holds for ratio in ratios) else 1


if __name__ == "__main__":
    sys.exit(main())
