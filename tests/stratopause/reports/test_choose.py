from __future__ import annotations

import io
import json
import sys
from pathlib import Path

import pytest

from stratopause.deployer.errors import LostSight
from stratopause.deployer.events import Ended, MakeChanges
from stratopause.deployer.inspection import StatusReport
from stratopause.deployer.outcomes import Deployed
from stratopause.deployer.stacks import Output
from stratopause.deployer.status import StackStatus
from stratopause.reports.choose import open_report

ENDED = Ended("clinic-dev", StackStatus.CREATE_COMPLETE)
DEPLOYED = Deployed("clinic-dev", (Output("Url", "https://x"),), 12.0)
Captured = pytest.CaptureFixture[str]


@pytest.fixture(autouse=True)
def nowhere(monkeypatch: pytest.MonkeyPatch) -> None:
    for variable in ("CI", "GITHUB_ACTIONS", "GITHUB_STEP_SUMMARY", "NO_COLOR", "FORCE_COLOR"):
        monkeypatch.delenv(variable, raising=False)


def run(json: bool = False, streams: bool = True) -> int:
    with open_report(json, streams=streams) as report:
        report.show(ENDED)
        report.say("by the way")
        code = report.conclude(DEPLOYED)
        report.outputs(DEPLOYED.outputs)
        report.status(StatusReport("clinic-dev", None))
        return code


def test_a_person_reads_progress_on_stderr_and_data_on_stdout(capsys: Captured) -> None:
    assert run() == 0
    told = capsys.readouterr()
    assert "clinic-dev: CREATE_COMPLETE" in told.err
    assert "by the way" in told.err
    assert "https://x" in told.out
    assert "doesn't exist" in told.out
    assert "::" not in told.err


def test_with_json_stdout_has_one_object_per_line_and_nothing_else(capsys: Captured) -> None:
    assert run(json=True) == 0
    told = capsys.readouterr()
    assert [json.loads(line)["kind"] for line in told.out.splitlines()] == ["ended", "outcome"]
    assert "clinic-dev: CREATE_COMPLETE" in told.err


def test_with_json_that_doesnt_stream_stdout_is_left_to_the_command(capsys: Captured) -> None:
    run(json=True, streams=False)
    assert capsys.readouterr().out == ""


def test_in_github_actions_there_is_a_summary_and_nothing_in_the_log_is_obeyed(
    capsys: Captured, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(tmp_path / "summary.md"))
    run()
    lines = capsys.readouterr().err.splitlines()
    token = lines[0].removeprefix("::stop-commands::")
    assert lines[0].startswith("::stop-commands::")
    assert lines[-1] == f"::{token}::"
    assert (tmp_path / "summary.md").read_text().startswith("### clinic-dev is deployed")


@pytest.mark.parametrize("value", ["false", "0", ""])
def test_a_variable_that_says_no_is_a_no(capsys: Captured, monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    monkeypatch.setenv("GITHUB_ACTIONS", value)
    run()
    assert "stop-commands" not in capsys.readouterr().err


@pytest.mark.parametrize("error", [LostSight("it goes on", "look again"), KeyboardInterrupt(), ValueError("bad")])
def test_what_ends_the_command_is_told_to_who_reads_along_and_goes_on_its_way(
    capsys: Captured, monkeypatch: pytest.MonkeyPatch, error: BaseException
) -> None:
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    with pytest.raises(type(error)), open_report(json=True):
        raise error
    told = capsys.readouterr()
    assert json.loads(told.out)["error"] == type(error).__name__
    assert len([line for line in told.err.splitlines() if line.startswith("::error ")]) == 1
    assert told.err.splitlines()[-1].endswith("::")


def test_a_reader_who_has_gone_is_told_nothing_more(capsys: Captured) -> None:
    with pytest.raises(BrokenPipeError), open_report(json=True):
        raise BrokenPipeError
    assert capsys.readouterr().out == ""


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_questions_are_the_consoles(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", Terminal("y\nclinic-dev\n"))
    monkeypatch.setattr(sys, "stderr", Terminal())
    with open_report(json=True) as report:
        assert report.can_ask
        assert report.agrees(MakeChanges("clinic-dev"))
        assert report.types("clinic-dev")


@pytest.mark.parametrize(("ci", "live"), [("true", False), ("", True)])
def test_in_a_ci_job_with_a_terminal_no_tree_is_drawn(monkeypatch: pytest.MonkeyPatch, ci: str, live: bool) -> None:
    monkeypatch.setenv("CI", ci)
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setattr(sys, "stderr", Terminal())
    with open_report() as report:
        assert report.console.board.is_live is live  # type: ignore[attr-defined]
