"""Our rules in cfn-lint's own command: it finds the tree by itself, and says what `lint` says."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from stratopause.linting import files
from stratopause.linting.engine import Linter
from stratopause.rules import catalogue
from tests.forest import nested, resource, template

ROOT = Path(__file__).parents[3]
COMMAND = str(Path(sys.executable).with_name("cfn-lint"))
TREES = {
    "platform.json": template(
        Data=nested("data/data.json", TopicName="alerts"), Gone=nested("gone.json"), Again=nested("data/again.json")
    ),
    "data/data.json": template(Deep=nested("deep.json"), Lost=nested("lost.json")),
    "data/deep.json": template(Topic=resource("SNS::Topic")),
    "data/again.json": template(Platform=nested("../platform.json")),
}


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    for name, body in TREES.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(json.dumps(body, indent=2))
    return tmp_path


def by_command(directory: Path, *names: str) -> set[tuple[str, str, int]]:
    command = [COMMAND, "--config-file", os.devnull, "--format", "json", "--regions", "eu-central-1"]
    command += ["--append-rules", str(ROOT / "stratopause" / "linting" / "plugin"), "--template", *names]
    printed = subprocess.run(command, cwd=directory, capture_output=True, text=True, check=False, timeout=120)
    return {
        (found["Rule"]["Id"], found["Filename"], found["Location"]["Start"]["LineNumber"])
        for found in json.loads(printed.stdout)
        if found["Rule"]["Id"] in catalogue()
    }


def by_lint(directory: Path) -> set[tuple[str, str, int]]:
    with Linter() as linter:
        result = linter.lint(files.read(str(directory)))
    return {(found.rule, found.file, found.line) for found in result.findings if found.rule in catalogue()}


def test_the_command_says_of_a_tree_what_lint_says(directory: Path) -> None:
    found = by_command(directory, *TREES)
    assert found == by_lint(directory)
    assert {file for rule, file, _ in found if rule == "E9001"} == {"platform.json", "data/data.json"}


def test_many_trees_are_judged_in_parts_and_each_thing_is_told_once(
    directory: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = template(Data=nested("data/data.json", TopicName="others"), Gone=nested("gone.json"))
    for name in ("other.json", "another.json"):
        (directory / name).write_text(json.dumps(other, indent=2))
    whole = by_lint(directory)
    monkeypatch.setattr("stratopause.linting.engine._TOGETHER", 1)
    with Linter() as linter:
        findings = linter.lint(files.read(str(directory))).findings
    assert len(findings) == len(set(findings))
    assert {(found.rule, found.file, found.line) for found in findings if found.rule in catalogue()} == whole


@pytest.mark.parametrize("name", sorted(TREES))
def test_a_single_template_is_judged_as_part_of_its_tree(directory: Path, name: str) -> None:
    assert by_command(directory, name) == {found for found in by_lint(directory) if found[1] == name}


def test_every_rule_is_a_rule_of_cfn_lint_with_a_page_and_a_source() -> None:
    from stratopause.linting.adapter import RULES

    rules = [rule() for rule in RULES.values()]
    assert [rule.id for rule in rules] == list(catalogue())
    for rule in rules:
        assert rule.shortdesc
        assert rule.description
        assert rule.source_url.startswith("https://docs.aws.amazon.com/")
        assert rule.tags
