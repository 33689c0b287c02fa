"""How many of the mistakes of `tests/mutations` plain cfn-lint finds, and how many lint does.

    .venv/bin/python -m benchmarks.mutations [rendered] [handwritten]

A mistake counts as found by cfn-lint if it has any finding, of whatever kind, in a template that was changed or in one
that nests it. Prints a table in Markdown, a row for each class that docs/lint.md promises.
"""

from __future__ import annotations

import json
import shutil
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import tests.mutations.fresh  # noqa: F401 - files its mistakes
from stratopause.linting.tasks import EachTemplate, Setup
from stratopause.linting.workers import Pool
from stratopause.tree.nesting import children
from tests.mutations.blind import MUTATIONS, Mutation
from tests.mutations.handle import Json, NotApplicable
from tests.mutations.trees import PLATFORMS, found, found_before, templates

REGION = "eu-central-1"
# Which leaves out what `aws cloudformation package` is for: both platforms are clean by it.
CONFIGURATION = str(Path(__file__).parents[1] / ".cfnlintrc.yaml")


def main() -> int:
    pool = Pool()
    made, ours, theirs = Counter[str](), Counter[str](), Counter[str]()
    for platform in sys.argv[1:] or PLATFORMS:
        for mistake, files in applied(platform):
            changed = templates(platform)
            changed.files = files
            by_cfn_lint = plainly_found(pool, platform, files)
            made[mistake.rule] += 1
            theirs[mistake.rule] += by_cfn_lint
            ours[mistake.rule] += by_cfn_lint or bool(found(changed) - found_before(platform))
            sys.stderr.write(f"\r{sum(made.values())} mistakes")
    sys.stderr.write("\n")
    print("| class | mistakes | cfn-lint | lint |\n|---|---|---|---|")
    for rule in sorted(made):
        print(f"| {rule} | {made[rule]} | {theirs[rule]} | {ours[rule]} |")
    print(f"| all | {made.total()} | {theirs.total()} | {ours.total()} |")
    return 0 if made == ours else 1


def applied(platform: str) -> Iterator[tuple[Mutation, dict[str, Json]]]:
    for mistake in MUTATIONS:
        changed = templates(platform)
        try:
            mistake.apply(changed)
        except NotApplicable:
            continue
        yield mistake, changed.files


def plainly_found(pool: Pool, platform: str, files: dict[str, Json]) -> bool:
    """Whether cfn-lint says something of a tree; of the one without the mistake it says nothing."""
    before = templates(platform).files
    changed = {name for name, body in files.items() if body != before.get(name)} | (before.keys() - files.keys())
    looked_at = [name for name, body in files.items() if name in changed or changed & set(children(name, body, ()))]
    directory = tempfile.mkdtemp(prefix="stratopause-")
    try:
        for name, body in files.items():
            path = Path(directory, name)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(json.dumps(body))
        tasks = [EachTemplate(Setup((REGION,), CONFIGURATION), directory, file) for file in looked_at]
        return any(findings for _, (findings, _) in pool.run(tasks))
    finally:
        shutil.rmtree(directory)


if __name__ == "__main__":
    sys.exit(main())
