from __future__ import annotations

import json
import pickle
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from stratopause.linting.findings import CRASHED
from stratopause.linting.tasks import EachTemplate, Setup, WholeTree
from stratopause.rules import Rule, catalogue
from stratopause.tree.loading import decoded

SETUP = Setup(("eu-central-1",), None)
NOTHING_NESTED = {
    "AWSTemplateFormatVersion": "2010-09-09",
    "Resources": {"Gone": {"Type": "AWS::CloudFormation::Stack", "Properties": {"TemplateURL": "gone.json"}}},
}


def whole(directory: Path, setup: Setup = SETUP, **templates: Any) -> WholeTree:
    contents = {f"{name}.json": json.dumps(body, indent=2).encode() for name, body in templates.items()}
    for name, content in contents.items():
        (directory / name).write_bytes(content)
    return WholeTree(setup, str(directory), decoded(contents))


def broken(_: object) -> list[object]:
    raise KeyError("Properties")


def test_a_problem_is_found_at_its_line(tmp_path: Path) -> None:
    findings, rules = whole(tmp_path, platform=NOTHING_NESTED).do()
    (found,) = (finding for finding in findings if finding.rule == "E9001")
    assert (found.file, found.line, found.resource) == ("platform.json", 7, "Gone")
    assert rules["E9001"].title == catalogue()["E9001"].RULE.title


def test_what_the_configuration_leaves_out_is_not_found(tmp_path: Path) -> None:
    configuration = tmp_path / "configuration"
    configuration.write_text("ignore_checks: [E9001]\n")
    findings, rules = whole(tmp_path, Setup((), str(configuration)), platform=NOTHING_NESTED).do()
    assert findings
    assert "E9001" not in {finding.rule for finding in findings} | rules.keys()


def test_a_rule_that_crashes_is_a_finding_and_the_others_go_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    crashing = SimpleNamespace(RULE=Rule("E9999", "Nothing", ""), check=broken)
    rules = {"E9999": crashing, "E9001": catalogue()["E9001"]}
    monkeypatch.setattr("stratopause.rules.catalogue", lambda: rules)
    findings, _ = whole(tmp_path, platform=NOTHING_NESTED).do()
    assert [(found.rule, found.file) for found in findings] == [(CRASHED, "platform.json"), ("E9001", "platform.json")]
    assert findings[0].message == "Judging the tree of templates by E9999 ended in KeyError('Properties')"


def test_a_template_is_linted_where_it_lies(tmp_path: Path) -> None:
    task = whole(tmp_path, platform=NOTHING_NESTED)
    before = Path.cwd()
    findings, _ = EachTemplate(SETUP, str(tmp_path), "platform.json").do()
    assert {finding.file for finding in findings} == {"platform.json"}
    assert Path.cwd() == before
    assert task.lost("hangs")[0][0].message == "Judging the tree of templates hangs"


def test_the_deepest_template_that_is_read_can_be_handed_on(tmp_path: Path) -> None:
    """To another process, in pickled form, which nests as deep as what it holds."""
    deep: Any = "x"
    for _ in range(115):
        deep = [deep]
    task = whole(tmp_path, platform={"Metadata": deep, "Resources": {"A": {"Type": "AWS::SNS::Topic"}}})
    assert task.forest.templates
    assert pickle.loads(pickle.dumps(task)) == task
