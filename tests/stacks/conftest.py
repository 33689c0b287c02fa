"""The platform's templates as dictionaries, rendered once for all claims."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from stacks.platform import Platform
from stratopause.environments import load
from stratopause.environments.schema import Environment
from stratopause.rendering.templates import render

ENVIRONMENTS = Path(__file__).parents[2] / "environments"

Template = dict[str, Any]


@pytest.fixture(scope="session")
def production() -> Environment:
    return load("production", ENVIRONMENTS)


@pytest.fixture(scope="session")
def templates(production: Environment) -> dict[str, Template]:
    """The production tree by file name."""
    return {name: json.loads(body) for name, body in render(Platform(production)).items()}


def of_type(template: Template, resource_type: str) -> dict[str, Template]:
    """The resources of a type, by logical id."""
    return {
        logical_id: resource
        for logical_id, resource in template["Resources"].items()
        if resource["Type"] == resource_type
    }
