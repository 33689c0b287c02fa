"""The table of actions against cfn-lint's copy of what resource providers declare, and against the platform."""

from __future__ import annotations

import json
from importlib.util import find_spec
from pathlib import Path

import pytest

from stratopause.deployer.preflight.actions import CREATING

TEMPLATES = Path(__file__).parents[4] / "templates_out"


def declared(kind: str) -> set[str]:
    spec = find_spec("cfnlint")
    assert spec is not None
    assert spec.origin is not None
    schemas = Path(spec.origin).parent / "data" / "schemas"
    names = json.loads((schemas / "providers" / "us-east-1.json").read_text())
    schema = json.loads((schemas / "resources" / f"{names[kind]}.json").read_text())
    return {action.lower() for action in schema["handlers"]["create"]["permissions"]}


@pytest.mark.parametrize("kind", CREATING)
def test_what_making_a_resource_takes_is_what_its_provider_declares(kind: str) -> None:
    assert {action.lower() for action in CREATING[kind]} <= declared(kind)


def test_every_type_of_the_platform_is_in_the_table() -> None:
    bodies = [json.loads(path.read_bytes()) for path in TEMPLATES.glob("*/*.json")]
    assert {one["Type"] for body in bodies for one in body["Resources"].values()} <= set(CREATING)
