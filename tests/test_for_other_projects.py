"""What other projects take from this one: the command, the hook and the workflow."""

from __future__ import annotations

import configparser
import importlib
import subprocess
import sys
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).parents[1]


def commands() -> dict[str, str]:
    setup = configparser.ConfigParser()
    setup.read(ROOT / "setup.cfg")
    lines = setup["options.entry_points"]["console_scripts"].strip().splitlines()
    return dict(line.split(" = ", 1) for line in lines)


def loaded(name: str) -> Any:
    return yaml.safe_load((ROOT / name).read_text())


def test_the_command_is_there() -> None:
    module, _, function = commands()["stratopause-lint"].partition(":")
    assert callable(getattr(importlib.import_module(module), function))


def test_the_hook_runs_the_command() -> None:
    (hook,) = loaded(".pre-commit-hooks.yaml")
    assert hook["entry"] in commands()
    assert hook["pass_filenames"] is False


def test_the_workflow_runs_the_command_and_no_text_from_outside() -> None:
    workflow = loaded(".github/workflows/lint-templates.yml")
    steps = workflow["jobs"]["lint"]["steps"]
    scripts = [step["run"] for step in steps if "run" in step]
    assert sum(script.startswith("stratopause-lint ") for script in scripts) == 2
    assert not [script for script in scripts if "${{" in script]


def test_templates_of_another_project_are_linted_where_they_are(tmp_path: Path) -> None:
    (tmp_path / "template.yaml").write_text(
        "Resources:\n  Queue:\n    Type: AWS::SQS::Queue\n    Properties: {Nam: x}\n"
    )
    done = subprocess.run(
        [sys.executable, "-m", "stratopause.commands.lint_templates", "--format", "github", "."],
        cwd=tmp_path,
        env={"PYTHONPATH": str(ROOT), "PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode & 2, done.stderr
    assert "::error file=template.yaml,line=4," in done.stdout
    assert list((tmp_path / ".cache" / "lint").iterdir())
    assert "python" not in done.stderr.lower()
