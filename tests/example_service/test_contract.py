"""The platform runs the example service: what it tells a task is what the service reads."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

import migrate
from example_service import settings
from stacks.database import PARAMETERS

ROOT = Path(__file__).parents[2]
MIGRATION = "migrate.py"


def containers() -> dict[str, dict[str, Any]]:
    """The containers of production's committed task definitions, by the command that they run."""
    template = json.loads((ROOT / "templates_out" / "production" / "service.json").read_text())
    return {
        " ".join(container.get("Command", ["the service"])): container
        for resource in template["Resources"].values()
        if resource["Type"] == "AWS::ECS::TaskDefinition"
        for container in resource["Properties"]["ContainerDefinitions"]
    }


def variables(container: dict[str, Any]) -> dict[str, str]:
    """A value that is known at deployment only is written here as a port, which serves as any text."""
    given = {each["Name"]: each["Value"] for each in container["Environment"]}
    return {name: value if isinstance(value, str) else "5432" for name, value in given.items()}


@pytest.mark.parametrize("command", ["the service", MIGRATION])
def test_a_task_is_told_all_that_the_service_reads(command: str) -> None:
    told = settings.read(variables(containers()[command]))

    assert told.port == 8443


def test_only_the_migration_is_given_the_master_secret() -> None:
    given = {command: [each["Name"] for each in each_.get("Secrets", [])] for command, each_ in containers().items()}

    assert given == {"the service": [], MIGRATION: ["MASTER_SECRET"]}


def test_the_role_that_the_database_audits_by_is_the_one_that_the_migration_makes() -> None:
    assert PARAMETERS["pgaudit.role"] == migrate.AUDITED


def test_the_image_runs_as_no_root_and_has_what_the_tasks_run() -> None:
    dockerfile = (ROOT / "example-service" / "Dockerfile").read_text()

    assert re.search(r"^USER 10001:10001$", dockerfile, re.MULTILINE)
    assert re.search(r'^VOLUME \["/tmp"\]$', dockerfile, re.MULTILINE)
    assert re.search(rf"^COPY {MIGRATION} ", dockerfile, re.MULTILINE)
    assert (ROOT / "example-service" / MIGRATION).exists()
