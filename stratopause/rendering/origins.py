"""Which line of Python made which resource, kept beside the stamp and never in a template.

Templates must not change because a line above has moved, so whoever reports on a template looks here.
"""

from __future__ import annotations

import os
from collections.abc import Mapping

from stratopause.rendering.stamp import StrPath

Made = Mapping[str, Mapping[str, tuple[str, int]]]
"""File and line by template and logical id, as `ParentStack.origins` gives them."""

Origins = dict[tuple[str, str], str]
"""`stacks/database.py:88` by template and logical id."""


def relative(made: Made, root: StrPath) -> Origins:
    """With paths as they are seen from the project; what lies outside isn't told."""
    found = {}
    for template, resources in made.items():
        for logical_id, (file, line) in resources.items():
            path = os.path.relpath(file, root).replace(os.sep, "/") if file else ".."
            if not path.startswith(".."):
                found[template, logical_id] = f"{path}:{line}"
    return found


def remember(place: StrPath, of_inputs: str, origins: Origins) -> None:
    """A line each; a place that can't be written costs a report its lines of Python, nothing else."""
    lines = [of_inputs, *(" ".join((*name, origins[name])) for name in sorted(origins))]
    staged = f"{os.fspath(place)}-{os.getpid()}"
    try:
        os.makedirs(os.path.dirname(staged) or ".", exist_ok=True)
        with open(staged, "w", encoding="utf-8") as file:
            file.write("\n".join([*lines, ""]))
        os.replace(staged, place)
    except (OSError, ValueError):
        return


def recall(place: StrPath, of_inputs: str) -> Origins:
    """What was remembered for the same inputs; nothing, if that isn't so or isn't readable."""
    try:
        with open(place, encoding="utf-8") as file:
            first, *lines = file.read().splitlines()
    except (OSError, ValueError):
        return {}
    parts = [line.split(" ", 2) for line in lines] if first == of_inputs else []
    return {(part[0], part[1]): part[2] for part in parts if len(part) == 3}
