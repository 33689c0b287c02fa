"""The two platforms that mistakes are put into, and what lint finds in them."""

from __future__ import annotations

import json
from copy import deepcopy
from functools import cache
from pathlib import Path

from stratopause.rules import problems
from stratopause.tree.decoding import decode
from stratopause.tree.loading import load
from stratopause.tree.nesting import STACK, nested_file
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
    """As it is where its templates were uploaded by hand, and are nested by where they lie."""
    by_url = deepcopy(changed)
    for name, body in by_url.files.items():
        for resource in body["Resources"].values():
            properties = resource.get("Properties", {})
            if resource.get("Type") == STACK and isinstance(properties.get("TemplateURL"), str):
                file = nested_file(name, properties["TemplateURL"], ())
                bucket = "https://${AWS::AccountId}-templates.s3.${AWS::URLSuffix}"
                properties["TemplateURL"] = {"Fn::Sub": f"{bucket}/${{AWS::StackName}}/{file}"}
    return by_url


def found(changed: Templates) -> Found:
    """What our rules find."""
    forest = load({name: json.dumps(body).encode() for name, body in changed.files.items()})
    return {(rule.id, problem.file, problem.message) for rule, problem in problems(forest)}


@cache
def found_before(platform: str) -> frozenset[tuple[str, str, str]]:
    return frozenset(found(templates(platform)))
