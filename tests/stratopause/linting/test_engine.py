"""Lint finds, says and exits as the cfn-lint command does, and lets nobody's files lead it astray."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
import yaml

from stratopause.linting import engine, files
from stratopause.linting.engine import Linter
from stratopause.linting.errors import LintError
from stratopause.linting.findings import Finding, Found, Result, Severity, crashed, exit_code
from stratopause.linting.workers import Pool, Task
from stratopause.tree.loading import decoded

CONFIGURATION = str(Path(".cfnlintrc.yaml").resolve())
REGION = "eu-central-1"
TOPIC: dict[str, Any] = {"Type": "AWS::SNS::Topic"}
CLEAN: dict[str, Any] = {"AWSTemplateFormatVersion": "2010-09-09", "Resources": {"Topic": TOPIC}}
ERROR = {"Resources": {"Topic": {"Type": "AWS::SNS::Topic", "Properties": {"Nothing": 1}}}}
WARNING = {**CLEAN, "Parameters": {"Unused": {"Type": "String"}}}
# No deletion policies on what holds data
INFORMATIONAL = {
    "Resources": {
        "Table": {
            "Type": "AWS::DynamoDB::Table",
            "Properties": {
                "BillingMode": "PAY_PER_REQUEST",
                "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
                "AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}],
            },
        }
    }
}


LINTERS: dict[str, Linter] = {}
"""By their configuration."""


@pytest.fixture(autouse=True, scope="module")
def without_our_rules() -> Iterator[None]:
    """Which find more than cfn-lint in templates that are as small as these; `test_adapter` has both."""
    with pytest.MonkeyPatch.context() as patch, ExitStack() as left:
        patch.setattr("stratopause.rules.catalogue", dict)
        yield
        for linter in LINTERS.values():
            left.enter_context(linter)


def write(directory: Path, **templates: object) -> None:
    for name, template in templates.items():
        (directory / f"{name}.json").write_text(template if isinstance(template, str) else json.dumps(template))


def lint(path: Path, region: str = REGION, configuration: str | Path = CONFIGURATION) -> Result:
    linter = LINTERS.setdefault(str(configuration), Linter(str(configuration)))
    return linter.lint(files.read(str(path)), lambda: (region,))


def lint_afresh(path: Path, region: str = REGION, configuration: str | None = CONFIGURATION) -> Result:
    """In processes that see the working directory and the environment variables of now."""
    with Linter(configuration) as linter:
        return linter.lint(files.read(str(path)), lambda: (region,) if region else ())


def text(result: Result) -> str:
    return "".join(f"{finding}\n" for finding in result.findings)


def rules(result: Result) -> set[str]:
    return {finding.rule for finding in result.findings}


@pytest.mark.parametrize(
    ("templates", "code"),
    [
        ({"clean": CLEAN}, 0),
        ({"error": ERROR, "warning": WARNING, "informational": INFORMATIONAL}, 14),
        ({"broken": "{", "warning": WARNING}, 6),
    ],
)
def test_text_and_exit_code_are_those_of_the_command(tmp_path: Path, templates: dict[str, object], code: int) -> None:
    write(tmp_path, **templates)
    result = lint(tmp_path)
    command = [str(Path(sys.executable).with_name("cfn-lint")), "--config-file", os.devnull]
    command += ["--regions", REGION, "--template", "*.json"]
    command += ["--include-checks", "I", "--ignore-checks", "W3002"]
    printed = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert (exit_code(result.findings), printed.returncode) == (code, code)
    assert sorted(text(result).split("\n\n")) == sorted(printed.stdout.split("\n\n"))


@pytest.mark.parametrize(
    ("severities", "code"),
    [((), 0), (("error", "error"), 2), (("warning",), 4), (("informational",), 8), (("error", "informational"), 10)],
)
def test_the_exit_code_adds_up_the_severities(severities: tuple[Severity, ...], code: int) -> None:
    assert exit_code(Finding("a.json", 1, "X", 1, "", severity) for severity in severities) == code


def test_parent_and_child_are_checked_against_each_other(tmp_path: Path) -> None:
    nested = {"Type": "AWS::CloudFormation::Stack", "DeletionPolicy": "Delete", "UpdateReplacePolicy": "Delete"}
    nested["Properties"] = {"TemplateURL": "child.json", "Parameters": {"Wrong": "1"}}  # type: ignore[assignment]
    write(tmp_path, child=CLEAN, platform={"Resources": {"Child": nested}})
    result = lint(tmp_path)
    assert rules(result) == {"E3043"}
    assert result.files == ("child.json", "platform.json")


def test_a_relative_template_url_is_the_only_thing_ignored() -> None:
    configured = yaml.safe_load(Path(CONFIGURATION).read_text())
    assert configured["ignore_checks"] == ["W3002"]
    assert configured["mandatory_checks"] == ["E9", "W9", "I9"]


def test_the_same_templates_give_the_same_text(tmp_path: Path) -> None:
    write(tmp_path, error=ERROR, warning=WARNING, informational=INFORMATIONAL)
    assert text(lint(tmp_path)) == text(lint(tmp_path))


def test_templates_are_found_by_suffix_in_every_visible_directory(tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    inside = tmp_path / "inside"
    for directory in (outside, inside / "below", inside / ".hidden"):
        directory.mkdir(parents=True)
        write(directory, template=CLEAN)
    for name in ("a.yaml", "b.yml", "c.template", "notes.md"):
        (inside / name).touch()
    (inside / "link").symlink_to(outside)
    assert list(files.templates_in(str(inside))) == ["a.yaml", "b.yml", "c.template", "below/template.json"]


def test_what_lies_among_templates_and_is_none_is_left_out_and_counted(tmp_path: Path) -> None:
    (tmp_path / "node_modules").mkdir()
    write(tmp_path / "node_modules", dependency=ERROR)
    parameters = [{"ParameterKey": "Name", "ParameterValue": "x"}]
    write(
        tmp_path,
        clean=CLEAN,
        list=json.dumps(parameters),
        settings={"Parameters": {"Name": "SharedResources"}},
        empty="",
    )
    (tmp_path / "playbook.yaml").write_text("- hosts: all\n")
    (tmp_path / "large.json").write_text(json.dumps({"packages": ["x" * 1_100_000]}))
    (tmp_path / "included.yaml").write_text("Transform: {Name: 'AWS::Include'}\n")
    read = files.read(str(tmp_path))
    assert read.others == ("large.json", "list.json", "playbook.yaml", "settings.json")
    assert read.files == ("clean.json", "empty.json", "included.yaml")
    assert files.read(str(tmp_path / "settings.json")).files == ("settings.json",)


def test_nothing_but_something_else_is_an_error(tmp_path: Path) -> None:
    write(tmp_path, settings={"Parameters": {"Name": "x"}})
    with pytest.raises(LintError, match="no templates"):
        files.read(str(tmp_path))


def test_a_template_that_is_written_in_escapes_is_one(tmp_path: Path) -> None:
    write(tmp_path, error=json.dumps(ERROR).replace("Resources", "\\u0052esources"))
    assert exit_code(lint(tmp_path).findings) == 2


def test_a_single_file_can_be_linted(tmp_path: Path) -> None:
    write(tmp_path, error=ERROR, clean=CLEAN)
    clean = lint(tmp_path / "clean.json")
    assert (clean.files, {finding.rule for finding in clean.findings}) == (("clean.json",), set())
    assert {finding.file for finding in lint(tmp_path / "error.json").findings} == {"error.json"}


def test_nothing_to_lint_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(LintError, match=r"no templates \(\.json, \.template, \.yaml, \.yml\)"):
        lint(tmp_path)
    with pytest.raises(LintError, match="no such file or directory"):
        lint(tmp_path / "nowhere")


def test_a_missing_configuration_is_an_error_rather_than_other_rules(tmp_path: Path) -> None:
    write(tmp_path, clean=CLEAN)
    with pytest.raises(LintError, match="No such file"):
        lint(tmp_path, REGION, tmp_path / "nowhere.yaml")


def test_a_broken_configuration_is_an_error(tmp_path: Path) -> None:
    write(tmp_path, clean=CLEAN)
    (tmp_path / "configuration").write_text("ignore_checks: 1\n")
    with pytest.raises(LintError, match="ignore_checks"):
        lint(tmp_path, REGION, tmp_path / "configuration")


def test_a_region_that_does_not_exist_is_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path, clean=CLEAN)
    with pytest.raises(LintError, match="cfn-lint knows no region 'eu-centrl-1'"):
        lint_afresh(tmp_path, "eu-centrl-1")
    monkeypatch.setenv("AWS_REGION", "nowhere")
    with pytest.raises(LintError, match="cfn-lint knows no region 'nowhere'"):
        lint_afresh(tmp_path, "")


@pytest.mark.parametrize("place", ["templates", "working directory", "home"])
def test_no_configuration_lying_about_is_read_or_its_rules_imported(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, place: str
) -> None:
    write(tmp_path, error=ERROR)
    trap = tmp_path / "rules"
    trap.mkdir()
    (trap / "trap.py").write_text(f"open({str(tmp_path / 'sprung')!r}, 'w')\n")
    (tmp_path / ".cfnlintrc").write_text(f"append_rules: [{trap}]\nignore_checks: [E]\n")
    if place == "home":
        monkeypatch.setenv("HOME", str(tmp_path))
    if place == "working directory":
        monkeypatch.chdir(tmp_path)
    assert exit_code(lint_afresh(tmp_path, REGION, None).findings) == 2
    assert exit_code(lint_afresh(tmp_path).findings) == 2
    assert not (tmp_path / "sprung").exists()


def test_a_template_can_name_no_rules_to_import(tmp_path: Path) -> None:
    trap = tmp_path / ".rules"
    trap.mkdir()
    (trap / "trap.py").write_text(f"open({str(tmp_path / 'sprung')!r}, 'w')\n")
    settings = {"append_rules": [str(trap)], "custom_rules": str(trap), "override_spec": str(trap)}
    write(tmp_path, one={**ERROR, "Metadata": {"cfn-lint": {"config": settings}}}, two=ERROR)
    assert "E3002" in rules(lint(tmp_path))
    assert not (tmp_path / "sprung").exists()


def test_a_templates_metadata_never_reaches_the_next_template(tmp_path: Path) -> None:
    silent = {"cfn-lint": {"config": {"ignore_checks": ["E0000"]}}}
    write(tmp_path, a={**CLEAN, "Metadata": silent}, b="{")
    assert [finding.rule for finding in lint(tmp_path).findings] == ["E0000"]


def test_mandatory_checks_hold_against_a_templates_metadata(tmp_path: Path) -> None:
    write(tmp_path, error={**ERROR, "Metadata": {"cfn-lint": {"config": {"ignore_checks": ["E3002"]}}}})
    configuration = tmp_path / "configuration"
    configuration.write_text("mandatory_checks: [E3002]\n")
    assert exit_code(lint_afresh(tmp_path, REGION, None).findings) == 0
    assert exit_code(lint(tmp_path, REGION, configuration).findings) == 2


HOSTILE = (
    b"",
    b"\xff\xfe\x00",
    b"{}x",
    b"'",
    b'{"Resources": []}',
    b'{"Metadata": "x", "Resources": {}}',
    b'{"Metadata": {"cfn-lint": []}, "Resources": {}}',
    b"[" * 5000,
    b'{"a":' * 3000 + b"1" + b"}" * 3000,
    b'{"Resources": {"A": {"Type": {"Ref": "A"}}}}',
    b'{"Transform": ["Nothing", 1], "Resources": {"A": 1}}',
    b"Resources: &a [1]\nb: &b [*a, *a]\nc: [*b, *b]\n",
    b"!!python/object/apply:os.system ['true']",
)


def test_every_hostile_template_is_a_finding_and_the_others_are_linted(tmp_path: Path) -> None:
    for index, content in enumerate(HOSTILE):
        (tmp_path / f"hostile{index}.yaml").write_bytes(content)
    write(tmp_path, warning=WARNING)
    result = lint(tmp_path)
    broken = {Path(finding.file).stem for finding in result.findings if finding.severity == "error"}
    assert broken == {f"hostile{index}" for index in range(len(HOSTILE))}
    assert "W2001" in rules(result)


def test_what_is_no_file_is_a_finding_and_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.json")
    (tmp_path / "gone.json").symlink_to(tmp_path / "nowhere")
    found = [(finding.rule, finding.message) for finding in lint(tmp_path).findings]
    assert found == [
        ("E0000", "Template file can't be read: No such file or directory"),
        ("E0000", "Template is not a file"),
    ]


def test_a_finding_shows_what_would_steer_a_terminal() -> None:
    finding = Finding("a\x1b.json", 1, "E1", 2, "red \x1b[31m", "error")
    assert str(finding) == "E1 red \\x1b[31m\na\\x1b.json:1:2\n"


def test_rules_of_others_are_asked_each_time(tmp_path: Path) -> None:
    """What they would say doesn't follow from anything that is remembered."""
    (tmp_path / "configuration").write_text("append_rules:\n  - rules\n")
    for named in (b"append_rules:\n  - rules\n", b"append_rules: [rules]\n", b"override_spec: x.json\n"):
        assert engine._names_more_rules(named)
    assert not engine._names_more_rules(Path(CONFIGURATION).read_bytes())
    assert not engine._names_more_rules(b"")


def again(directory: Path, cache: Path, region: str = REGION, scope: str = "") -> Result:
    """In processes and with a memory of its own, but what is left in the cache."""
    with Linter(CONFIGURATION, str(cache)) as linter:
        return linter.lint(files.read(str(directory)), lambda: (region,) if region else (), scope)


def naming_the_region(directory: Path) -> None:
    """A type that isn't in every region; cfn-lint's E3006 names the region."""
    (directory / "t").mkdir()
    write(directory / "t", a={"Resources": {"A": {"Type": "AWS::Nothing::AtAll"}}})


def test_an_answer_for_one_region_is_none_for_another(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    naming_the_region(tmp_path)
    for region in ("eu-central-1", "us-west-2"):
        told = text(again(tmp_path / "t", tmp_path / "cache", region, scope=region))
        assert region in told
        assert told == text(again(tmp_path / "t", tmp_path / "cache", region, scope=region))
    for region in ("eu-west-1", "us-west-1"):
        monkeypatch.setenv("AWS_REGION", region)
        assert region in text(again(tmp_path / "t", tmp_path / "cache", ""))
    monkeypatch.setenv("AWS_REGION", "")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-west-3")
    assert "eu-west-3" in text(again(tmp_path / "t", tmp_path / "cache", ""))


def test_what_changes_during_a_run_is_not_remembered(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "t").mkdir()
    write(tmp_path / "t", a=ERROR)
    run = Pool.run

    def changing(pool: Pool, tasks: Sequence[Task]) -> Iterator[tuple[str, Found]]:
        write(tmp_path / "t", a=CLEAN)
        yield from run(pool, tasks)
        write(tmp_path / "t", a=ERROR)

    with monkeypatch.context() as patch:
        patch.setattr(Pool, "run", changing)
        assert not rules(again(tmp_path / "t", tmp_path / "cache"))
    assert rules(again(tmp_path / "t", tmp_path / "cache")) == {"E3002"}


def test_what_crashed_is_not_remembered(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "t").mkdir()
    write(tmp_path / "t", a=ERROR)
    with monkeypatch.context() as patch:
        patch.setattr("stratopause.linting.cfnlint_runner.CfnLint.lint", lambda _, file: crashed(file, "crashed"))
        assert rules(again(tmp_path / "t", tmp_path / "cache")) == {"E0002"}
    assert rules(again(tmp_path / "t", tmp_path / "cache")) == {"E3002"}


@pytest.mark.parametrize(
    "nested",
    [
        {"Type": "AWS::Serverless::Application", "Properties": {"Location": "child.json", "Parameters": {"P": "1"}}},
        {
            "Type": "AWS::CloudFormation::Stack",
            "Properties": {"TemplateURL": {"Fn::If": ["C", "child.json", "child.json"]}, "Parameters": {"P": "1"}},
        },
    ],
)
def test_a_template_that_is_named_in_another_way_is_looked_at_when_it_changes(tmp_path: Path, nested: Any) -> None:
    directory = tmp_path / "t"
    directory.mkdir()
    conditions = {"C": {"Fn::Equals": [{"Ref": "AWS::Region"}, "eu-central-1"]}}
    write(directory, platform={"Conditions": conditions, "Resources": {"Child": nested}})
    for parameters, is_found in (({"P": {"Type": "String"}}, False), ({"Q": {"Type": "String"}}, True)):
        write(directory, child={**CLEAN, "Parameters": parameters})
        assert ("E3043" in rules(again(directory, tmp_path / "cache"))) is is_found


def test_schemas_that_were_fetched_and_the_day_are_part_of_what_is_remembered(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    keys = {Linter(CONFIGURATION)._base}
    fetched = tmp_path / "aws" / "cfn-lint" / "schemas" / "version.json"
    fetched.parent.mkdir(parents=True)
    fetched.write_text('{"schema_date": "2026-11-01"}')
    keys.add(Linter(CONFIGURATION)._base)
    monkeypatch.setattr("time.strftime", lambda _: "2031-01-01")
    keys.add(Linter(CONFIGURATION)._base)
    assert len(keys) == 3


def test_loops_are_not_written_out_before_a_time_and_a_size_hold(tmp_path: Path) -> None:
    """But by the task that judges the tree."""
    values = [f"v{number}" for number in range(40)]
    body: dict[str, Any] = {"${A}${B}${C}${D}": TOPIC}
    for name in "DCBA":
        body = {f"Fn::ForEach::{name}": [name, values, body]}
    write(tmp_path, loops={"Transform": "AWS::LanguageExtensions", "Resources": body})
    begun = time.monotonic()
    decoded(files.read(str(tmp_path)).contents)
    assert time.monotonic() - begun < 1


def test_what_a_template_nests_from_outside_is_looked_at_each_time(tmp_path: Path) -> None:
    inside = tmp_path / "inside"
    inside.mkdir()
    nested = {"Type": "AWS::CloudFormation::Stack", "DeletionPolicy": "Delete", "UpdateReplacePolicy": "Delete"}
    nested["Properties"] = {"TemplateURL": "../child.json", "Parameters": {"P": "1"}}  # type: ignore[assignment]
    write(inside, platform={"Resources": {"Child": nested}})
    for parameters, found in (({"P": {"Type": "String"}}, False), ({"Q": {"Type": "String"}}, True)):
        write(tmp_path, child={**CLEAN, "Parameters": parameters})
        with Linter(CONFIGURATION, str(tmp_path / "cache")) as linter:
            assert ("E3043" in rules(linter.lint(files.read(str(inside)), lambda: (REGION,)))) is found


def test_a_single_file_is_linted_with_what_it_nests(tmp_path: Path) -> None:
    nested = {"Type": "AWS::CloudFormation::Stack", "Properties": {"TemplateURL": "child.json"}}
    again = {"Type": "AWS::CloudFormation::Stack", "Properties": {"TemplateURL": "platform.json"}}
    write(tmp_path, platform={"Resources": {"Child": nested}}, child={"Resources": {"A": again}}, other=ERROR)
    assert files.read(str(tmp_path / "platform.json")).files == ("child.json", "platform.json")
    assert files.read(str(tmp_path / "other.json")).files == ("other.json",)
