"""What lint makes of templates of others: `python -m benchmarks.public DIR...`, each a clone of a project.

Nothing of theirs is kept. Prints for each how many templates and resources there are, what our rules take for a
thousand resources, and how often each rule finds something; that a finding is true, a person has to see.
"""

from __future__ import annotations

import sys
import time
from collections import Counter
from pathlib import Path

from stratopause.linting import files
from stratopause.rules import problems
from stratopause.tree.loading import load


def main(directories: list[str]) -> int:
    for directory in directories:
        contents = files.read(directory).contents
        begun = time.perf_counter()
        forest = load(contents)
        found = Counter(rule.id for rule, _ in problems(forest))
        seconds = time.perf_counter() - begun
        resources = sum(len(stack.resources) for tree in forest.trees for stack in tree.stacks.values())
        print(f"{Path(directory).name}: {len(forest.templates)} templates, {resources} resources")
        print(f"  {1000 * seconds / max(resources, 1):.2f} s for a thousand resources")
        print("  " + ", ".join(f"{rule} {count}" for rule, count in sorted(found.items())))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
