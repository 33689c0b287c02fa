"""The two platforms that mistakes are put into, and what lint finds in them."""

from __future__ import annotations

import json
from copy import deepcopy
from functools import cache
from pathlib import Path

from stratopause.rules import problems
from stratopause.tree.decoding import decode
from stratopause.tree.loading import load
from tests.mutations.handle import Json, Templates

ROOT = Path(__file__).parents[2]
PLATFORMS = {
    "rendered": ROOT / "templates_out" / "production",
    "handwritten": ROOT / "tests" / "handwritten" / "platform",
}

Found = set[tuple[str, str, str]]
"""Rule, file and message."""


@cache
def _decoded(platform: str) -> dict[str, Json]:
    directory = PLATFORMS[platform]
    files = [path for path in sorted(directory.rglob("*")) if path.suffix in {".json", ".yaml"}]
    return {path.relative_to(directory).as_posix(): decode(path.read_bytes()) for path in files}


def templates(platform: str) -> Templates:
    """A platform, to be changed."""
    return Templates(deepcopy(_decoded(platform)))


def nested_by_url(changed: Templates) -> Templates:
    by_url = deepcopy(changed)
    by_url.nest_by_url()
    return by_url


def found(changed: Templates) -> Found:
    """What our rules find."""
    forest = load({name: json.dumps(body).encode() for name, body in changed.files.items()})
    return {(rule.id, problem.file, problem.message) for rule, problem in problems(forest)}


@cache
def found_before(platform: str) -> frozenset[tuple[str, str, str]]:
    return frozenset(found(templates(platform)))
