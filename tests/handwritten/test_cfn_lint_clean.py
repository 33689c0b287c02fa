"""Templates in another style than our builder's, written by hand: cfn-lint itself has nothing against them."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).parent
PLATFORM = sorted((HERE / "platform").rglob("*.yaml"))
SMALL = sorted(path for path in (HERE / "small").iterdir() if path.suffix in {".yaml", ".json"})

# A nested template's path instead of its URL is what `aws cloudformation package` is for.
PACKAGED_LATER = "W3002"
# What the command `cfn-lint` does; the package itself can't be run with `-m`.
RUN = "from cfnlint.runner import main; main()"


def cfn_lint(*templates: Path) -> subprocess.CompletedProcess[str]:
    """Without a configuration: the project's own would add our rules."""
    options = ["--config-file", os.devnull, "--regions", "eu-central-1", "--ignore-checks", PACKAGED_LATER]
    command = [sys.executable, "-c", RUN, *options, "--include-checks", "I", "--", *map(str, templates)]
    return subprocess.run(command, capture_output=True, text=True, check=False, cwd=HERE)


def test_the_platform_is_a_tree_and_the_small_templates_are_a_dozen() -> None:
    assert HERE / "platform" / "main.yaml" in PLATFORM
    assert HERE / "platform" / "data" / "database.yaml" in PLATFORM
    assert len(SMALL) == 12


@pytest.mark.parametrize("templates", [PLATFORM, SMALL], ids=["platform", "small"])
def test_cfn_lint_finds_nothing(templates: list[Path]) -> None:
    linted = cfn_lint(*templates)

    assert (linted.returncode, linted.stdout) == (0, ""), linted.stdout + linted.stderr


def test_cfn_lint_would_find_a_mistake(tmp_path: Path) -> None:
    wrong = tmp_path / "wrong.yaml"
    wrong.write_text(
        SMALL[0].read_text(encoding="utf-8").replace("AuthorizationType", "AuthorisationType"), encoding="utf-8"
    )

    assert "E3002" in cfn_lint(wrong).stdout
