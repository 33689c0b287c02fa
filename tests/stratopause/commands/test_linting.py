"""Linting a small platform: what its user reads, what is remembered, and what isn't looked at again."""

from __future__ import annotations

import inspect
import json
from pathlib import Path
from typing import Annotated, Any

import pytest
from troposphere import sns

from stratopause.commands import linting
from stratopause.commands.linting import Options
from stratopause.environments.schema import Environment
from stratopause.linting.engine import Linter
from stratopause.linting.errors import LintError
from stratopause.rendering.command import Job, Workspace, render
from stratopause.wiring.records import Nothing, Record
from stratopause.wiring.stack import ParentStack, Stack
from stratopause.wiring.values import TopicArn

ROOT = Path(__file__).parents[3]


class Outputs(Record, frozen=True, kw_only=True):
    topic_arn: Annotated[TopicArn, "Where alarms are told"]


class Alerts(Stack[Nothing, Outputs]):
    description = "Tells whoever is on call."
    wrong: dict[str, Any] = {}

    def resources(self, given: Nothing) -> Outputs:
        topic = self.add(sns.Topic("Topic", KmsMasterKeyId="alias/aws/sns", **self.wrong))
        topic.properties.update(self.wrong)
        return Outputs(topic_arn=TopicArn.of(topic))


class Platform(ParentStack[Outputs]):
    description = "A platform of one stack."

    def resources(self, given: Nothing) -> Outputs:
        return self.nest("Alerts", Alerts(), Nothing())


def platform(environment: Environment) -> Platform:
    return Platform({})


LINE = next(
    number
    for number, line in enumerate(inspect.getsource(inspect.getmodule(Alerts)).splitlines(), 1)  # type: ignore[arg-type]
    if "self.add(sns.Topic(" in line
)


@pytest.fixture
def job(tmp_path: Path) -> Job:
    places = [str(tmp_path / name) for name in ("templates", "cache")]
    return Job("dev", None, Workspace(str(ROOT / "environments"), places[0], places[1], (str(Path(__file__)),)))


@pytest.fixture
def options(tmp_path: Path) -> Options:
    configuration = tmp_path / "cfnlintrc"
    # What a small platform lacks isn't what is tested here.
    configuration.write_text("ignore_checks: [W3002, E9, W9, I]\n")
    return Options(str(configuration), str(tmp_path / "waivers.toml"), str(tmp_path / "lint"))


def lint(job: Job, options: Options) -> int:
    return linting.lint_all([job], platform, options, ["dev"])


@pytest.fixture
def wrong(monkeypatch: pytest.MonkeyPatch) -> None:
    # cfn-lint finds that a topic's name is too long.
    monkeypatch.setattr(Alerts, "wrong", {"TopicName": "x" * 300})


def test_a_clean_environment_says_so(job: Job, options: Options, capsys: pytest.CaptureFixture[str]) -> None:
    assert lint(job, options) == 0
    assert capsys.readouterr() == ("", f"{job.directory}: 2 templates, clean\n")
    assert not Path(job.directory).exists()


@pytest.mark.usefixtures("wrong")
@pytest.mark.parametrize("rendered", [False, True])
def test_a_finding_names_the_template_as_it_will_lie_there_and_the_line_that_made_it(
    job: Job, options: Options, capsys: pytest.CaptureFixture[str], rendered: bool
) -> None:
    if rendered:
        render(job, platform)
        capsys.readouterr()
    for _ in range(2):
        assert lint(job, options) == 2
        out, err = capsys.readouterr()
        rule, place, made, *_ = out.splitlines()
        assert rule.startswith("E30")
        assert place.startswith(f"{job.directory}/alerts.json:")
        assert made == f"  made by tests/stratopause/commands/test_linting.py:{LINE}"
        assert err == f"{job.directory}: 2 templates, 1 finding\n"


@pytest.mark.usefixtures("wrong")
def test_without_the_map_the_line_of_the_template_is_given(
    job: Job, options: Options, capsys: pytest.CaptureFixture[str]
) -> None:
    render(job, platform)
    Path(job.origins).write_text("something else\nalerts.json Topic x.py:1\n")
    capsys.readouterr()
    assert lint(job, options) == 2
    assert "made by" not in capsys.readouterr().out


@pytest.mark.usefixtures("wrong")
def test_a_finding_that_somebody_answers_for_ends_with_zero(
    job: Job, options: Options, capsys: pytest.CaptureFixture[str]
) -> None:
    assert lint(job, options._replace(format="json")) == 2
    rule = json.loads(capsys.readouterr().out)[0]["Rule"]["Id"]
    waiver = '[[waiver]]\nrule = "%s"\nresource = "%s"\nreason = "a test"\nowner = "ada"\nexpires = %s\n'
    soon = _in_a_month()
    Path(options.waivers).write_text(waiver % (rule, "alerts.json/Topic", soon))
    assert lint(job, options) == 0
    assert capsys.readouterr() == ("", f"{job.directory}: 2 templates, clean, 1 waived\n")
    Path(options.waivers).write_text(waiver % (rule, "alerts.json/Topic", "2020-01-01"))
    assert lint(job, options) == 2
    out, err = capsys.readouterr()
    assert f"E9901 The waiver of {rule} for alerts.json/Topic was over on 2020-01-01; ada answers for it" in out
    assert err.endswith("waivers.toml: 1 file of waivers, 1 finding\n")
    Path(options.waivers).write_text(waiver % ("E1", "alerts.json/Topic", soon))
    assert lint(job, options) == 6
    assert "W9902" in capsys.readouterr().out


def _in_a_month() -> str:
    import datetime as dt

    return str(dt.datetime.now(tz=dt.UTC).date() + dt.timedelta(days=30))


def test_templates_of_no_environment_need_no_waiver_of_one(
    tmp_path: Path, options: Options, capsys: pytest.CaptureFixture[str]
) -> None:
    body = {"Resources": {"Topic": {"Type": "AWS::SNS::Topic"}}}
    (tmp_path / "topic.json").write_text(json.dumps(body))
    waiver = '[[waiver]]\nrule = "W9404"\nresource = "x.json"\nreason = "a test"\nowner = "ada"\nexpires = %s\n'
    Path(options.waivers).write_text(waiver % _in_a_month() + 'environments = ["dev"]\n')
    assert linting.lint_templates(str(tmp_path / "topic.json"), options) == 0
    assert capsys.readouterr().out == ""


def test_it_is_said_where_something_else_is_linted_than_lies_there(
    job: Job, options: Options, capsys: pytest.CaptureFixture[str]
) -> None:
    render(job, platform)
    Path(job.stamp).unlink()
    capsys.readouterr()
    assert lint(job, options) == 0
    clean = f"{job.directory}: 2 templates, clean\n"
    assert capsys.readouterr().err == clean
    (Path(job.directory) / "alerts.json").write_text("{}")
    assert lint(job, options) == 0
    told = f"{job.directory} isn't what would be rendered now, which is linted instead\n"
    assert capsys.readouterr().err == told + clean


@pytest.mark.usefixtures("wrong")
def test_findings_can_go_to_a_file_which_is_whole_or_not_there(
    job: Job, options: Options, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "findings.sarif"
    assert lint(job, options._replace(format="sarif", out=str(out))) == 2
    assert json.loads(out.read_text())["version"] == "2.1.0"
    assert capsys.readouterr().out == ""
    with pytest.raises(LintError, match="No such file or directory"):
        lint(job, options._replace(out=str(tmp_path / "nowhere" / "file")))


def test_where_nothing_changed_nothing_is_loaded_or_linted(
    job: Job, options: Options, monkeypatch: pytest.MonkeyPatch
) -> None:
    render(job, platform)
    assert lint(job, options) == 0

    def looked(*_: object) -> None:
        raise AssertionError("something was looked at again")

    monkeypatch.setattr(Linter, "_found", looked)
    monkeypatch.setattr(Job, "environment", looked)
    assert lint(job, options) == 0


def test_the_page_of_a_rule_is_ours_or_cfn_lints(capsys: pytest.CaptureFixture[str]) -> None:
    assert linting.explain("E9001") == 0
    assert capsys.readouterr().out.startswith("# E9001: Every nested template is there\n")
    assert linting.explain("E3012") == 0
    assert "A rule of cfn-lint. Source: <https://" in capsys.readouterr().out
    assert linting.explain("W9902") == 0
    with pytest.raises(LintError, match="there is no rule 'E9010'") as raised:
        linting.explain("E9010")
    assert "did you mean " in str(raised.value.next_step)
