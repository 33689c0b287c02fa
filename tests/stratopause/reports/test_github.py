from __future__ import annotations

import html
import io
import itertools
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stratopause.deployer import events
from stratopause.deployer.errors import LostSight
from stratopause.deployer.outcomes import Deployed, RolledBack
from stratopause.deployer.stacks import Output
from stratopause.deployer.status import StackStatus
from stratopause.reports.annotations import LONGEST, Commands
from stratopause.reports.github import GitHub, literal
from tests.stratopause.reports.runs import HOSTILE, of, own, review

CAUSE = of(7, ("Database",), "Instance", "CREATE_FAILED", "Bucket already exists")
ROLLED_BACK = RolledBack("clinic-dev", StackStatus.ROLLBACK_COMPLETE, CAUSE, ("a task stopped",))


class Job:
    """A job's log and summary; the tokens are t0, t1, ..."""

    def __init__(self, summary: Path | None = None) -> None:
        self.err = io.StringIO()
        numbers = itertools.count()
        self.commands = Commands(self.err, lambda: f"t{next(numbers)}")
        self.summary = summary
        self.reader = GitHub(self.commands, summary)

    def log(self) -> list[str]:
        return self.err.getvalue().splitlines()

    def obeyed(self) -> list[str]:
        """What a runner would carry out, by its own rules of stopping and going on."""
        stopped, obeyed = "", list[str]()
        for line in self.log():
            if stopped:
                stopped = "" if line == f"::{stopped}::" else stopped
            elif line.startswith("::stop-commands::"):
                stopped = line.removeprefix("::stop-commands::")
            elif line.lstrip().startswith("::") or "##[" in line:
                obeyed.append(line)
        return obeyed


@pytest.fixture
def job(tmp_path: Path) -> Job:
    return Job(tmp_path / "summary.md")


def told(job: Job) -> str:
    assert job.summary is not None
    return html.unescape(job.summary.read_text(encoding="utf-8"))


def test_between_our_own_commands_nothing_in_the_log_is_obeyed(job: Job) -> None:
    job.commands.stop()
    job.err.write("  ::set-output name=a::b\n##[set-env name=PATH]evil\n::t1::\n")
    job.commands.annotate("error", "it failed", "because")
    job.err.write("::add-path::evil\n")
    job.commands.resume()
    assert job.obeyed() == ["::error title=it failed::because"]
    assert job.log()[0] == "::stop-commands::t0"
    assert job.log()[-1] == "::t1::"


def test_the_tokens_cant_be_guessed() -> None:
    err = io.StringIO()
    commands = Commands(err)
    for _ in range(10):
        commands.stop()
        commands.resume()
    tokens = set(re.findall(r"stop-commands::([0-9a-f]{64})\n", err.getvalue()))
    assert len(tokens) == 10


@given(st.text(), st.text())
def test_an_annotation_is_one_command_whatever_it_says(title: str, message: str) -> None:
    job = Job()
    job.commands.annotate("warning", title + HOSTILE, message + HOSTILE)
    (line,) = job.obeyed()
    matched = re.fullmatch(r"::warning title=([^:,\r\n]*)::([^\r\n]*)", line)
    assert matched is not None
    assert line.isprintable()


def test_the_lines_of_a_message_stay_lines(job: Job) -> None:
    job.commands.annotate("error", "a: b, 100%", "one\ntwo % three")
    assert job.obeyed() == ["::error title=a%3A b%2C 100%25::one%0Atwo %25 three"]


def test_a_rollback_is_annotated_when_it_begins_with_its_cause_and_what_to_do(job: Job) -> None:
    job.reader.show(events.RollingBack("clinic-dev", CAUSE, ("a task stopped",)))
    (line,) = job.obeyed()
    assert line.startswith("::warning title=clinic-dev is being rolled back::clinic-dev/Database/Instance")
    assert "%0Athat is: " in line
    assert "%0Aa task stopped%0Anext: " in line


def test_a_rollback_without_a_known_cause_is_annotated_too(job: Job) -> None:
    job.reader.show(events.RollingBack("clinic-dev", None))
    assert job.obeyed() == ["::warning title=clinic-dev is being rolled back::"]


def test_the_summary_tells_counts_outcome_cause_timeline_and_outputs(job: Job) -> None:
    job.reader.show(events.ReviewReady("clinic-dev", review(Database=3)))
    job.reader.show(events.Executing("clinic-dev", review(Database=3)))
    for event in (
        own(0, (), "CREATE_IN_PROGRESS"),
        of(1, ("Database",), "Instance", "CREATE_IN_PROGRESS"),
        of(60, ("Database",), "Instance", "CREATE_FAILED", "Bucket already exists"),
    ):
        job.reader.show(event)
    job.reader.conclude(ROLLED_BACK)
    text = told(job)
    assert text.startswith("### clinic-dev failed and was rolled back: ROLLBACK_COMPLETE\n\n3 to add\n\n")
    assert "**clinic-dev/Database/Instance** (AWS::RDS::DBInstance): Bucket already exists" in text
    assert "That is: a resource of this name exists outside of this stack." in text
    assert "- a task stopped" in text
    assert "Next: delete, rename or import it" in text
    assert "<pre>\nwhat took long, of 1 min 0 s:\n  Database/Instance  |" in text
    assert len(job.obeyed()) == 1
    assert job.obeyed()[0].startswith("::error title=clinic-dev failed and was rolled back%3A ROLLBACK_COMPLETE::")


def test_outputs_are_a_table_without_secrets_and_a_success_needs_no_annotation(job: Job) -> None:
    outputs = (Output("Url", "https://x|y"), Output("AdminPassword", "hunter2"))
    job.reader.conclude(Deployed("clinic-dev", outputs, 12.0))
    assert told(job).splitlines()[2:] == [
        "| output | value |",
        "| --- | --- |",
        "| admin_password | (hidden) |",
        "| url | https://x|y |",
    ]
    assert job.obeyed() == []


def test_the_events_of_one_stack_are_not_drawn_with_those_of_the_one_before(job: Job) -> None:
    job.reader.show(events.Executing("stratopause-bootstrap", review()))
    job.reader.show(of(0, (), "Bucket", "CREATE_IN_PROGRESS"))
    job.reader.show(of(90, (), "Bucket", "CREATE_COMPLETE"))
    job.reader.show(events.Executing("clinic-dev", review()))
    job.reader.show(own(100, (), "CREATE_IN_PROGRESS"))
    job.reader.conclude(Deployed("clinic-dev", (), 12.0))
    assert "Bucket" not in told(job)
    assert "No resource changes." in told(job)


@pytest.mark.parametrize(
    ("error", "message"),
    [
        (LostSight("it goes on", "look again"), "it goes on%0Anext: look again"),
        (LostSight("it goes on"), "it goes on"),
        (ValueError("bad"), "ValueError: bad"),
    ],
)
def test_a_command_that_cant_go_on_is_an_error_with_its_next_step(job: Job, error: Exception, message: str) -> None:
    job.reader.fail(error)
    assert job.obeyed() == [f"::error title=the deployment can't go on::{message}"]
    assert told(job).startswith("### ")


def test_without_a_summary_file_there_are_annotations_only() -> None:
    job = Job()
    job.reader.conclude(ROLLED_BACK)
    assert len(job.obeyed()) == 1


def test_a_summary_that_cant_be_written_changes_nothing_else(tmp_path: Path) -> None:
    job = Job(tmp_path / "nowhere" / "summary.md")
    job.reader.conclude(Deployed("clinic-dev", (), 12.0))
    assert job.obeyed() == ["::warning title=no step summary::it can't be written: No such file or directory"]


def test_a_summary_is_added_to_what_is_there(job: Job) -> None:
    assert job.summary is not None
    job.summary.write_text("before\n")
    job.reader.conclude(Deployed("clinic-dev", (), 12.0))
    assert told(job).startswith("before\n### ")


@given(st.text())
def test_text_from_outside_is_shown_in_markdown_and_does_nothing(text: str) -> None:
    shown = literal(HOSTILE + text)
    assert "\n" not in shown
    without_numbers = re.sub(r"&#[0-9]+;", "", shown)
    assert not set(without_numbers) & set("<>&|`*_[]()!#~\\\"'{}:@=+$^")
    assert html.unescape(shown).isprintable()


def test_a_hostile_run_leaves_a_summary_of_bounded_size_in_which_nothing_is_obeyed(job: Job) -> None:
    reason = HOSTILE * 10_000
    cause = of(7, (HOSTILE,), HOSTILE, "CREATE_FAILED", reason)
    job.reader.show(of(0, (HOSTILE,), HOSTILE, "CREATE_IN_PROGRESS"))
    job.reader.show(of(60, (HOSTILE,), HOSTILE, "CREATE_FAILED", reason))
    job.reader.show(events.RollingBack(HOSTILE, cause, (reason,)))
    job.reader.conclude(RolledBack(HOSTILE, StackStatus.ROLLBACK_COMPLETE, cause, (reason,)))
    job.reader.fail(ValueError(reason))
    assert job.summary is not None
    text = job.summary.read_text(encoding="utf-8")
    assert "<script" not in text
    assert not any(sign in text for sign in "\x1b\x00\r")
    assert len(text) < 40 * LONGEST
    assert [line.partition(" ")[0] for line in job.obeyed()] == ["::warning", "::error", "::error"]
