"""What the documentation says, held against the code."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

import build
from stratopause import exit_codes
from stratopause.deployer.status import StackStatus

ROOT = Path(__file__).parents[1]
PAGES = sorted([ROOT / "README.md", *(ROOT / "docs").glob("*.md")])
COMMAND = re.compile(r"^(?:\.venv/bin/)?python build\.py (.*?)(?:\s+#.*)?$", re.MULTILINE)
COMMANDS = sorted({command for page in PAGES for command in COMMAND.findall(page.read_text())})


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_of_the_documentation_is_one(command: str) -> None:
    build.parser().parse_args(shlex.split(command))


def test_there_are_commands_to_hold_to_that() -> None:
    assert len(COMMANDS) > 10


def test_the_picture_is_drawn_from_the_wires() -> None:
    drawn = subprocess.run(
        [sys.executable, "build.py", "graph", "production"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout
    assert f"```mermaid\n{drawn}```" in (ROOT / "README.md").read_text()


@pytest.mark.parametrize("status", list(StackStatus))
def test_the_runbook_knows_every_status(status: StackStatus) -> None:
    assert re.search(rf"\b{status}\b", (ROOT / "docs" / "runbook.md").read_text())


def test_the_runbook_knows_every_exit_code() -> None:
    codes = {value for name, value in vars(exit_codes).items() if name.isupper() and isinstance(value, int)}
    table = (ROOT / "docs" / "runbook.md").read_text().split("## Exit codes")[1]
    assert {int(code) for code in re.findall(r"^\| (\d+) \|", table, re.MULTILINE)} == codes


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_link_and_path_leads_somewhere(page: Path) -> None:
    text = page.read_text()
    linked = {target for target in re.findall(r"\]\(([^)#]+)\)", text) if "://" not in target}
    assert not {target for target in linked if not (page.parent / target).exists()}
    named = set(
        re.findall(r"`((?:docs|stacks|stratopause|tests|benchmarks|requirements|environments)/[\w./-]+)`", text)
    )
    missing = {path for path in named if not (ROOT / path).exists()}
    assert missing <= {"environments/ENV.toml", "stacks/appointments.py", "tests/stacks/test_appointments.py"}
