from __future__ import annotations

import io
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stratopause.deployer import events, outcomes
from stratopause.deployer.errors import LostSight
from stratopause.deployer.outcomes import Deployed, NothingRunning, RolledBack
from stratopause.deployer.review.broadening import Broadening
from stratopause.deployer.review.judgement import Judgement
from stratopause.deployer.review.losses import Loss
from stratopause.deployer.stacks import Output
from stratopause.deployer.status import StackStatus
from stratopause.reports.jsonlines import LONGEST, JsonLines, members_of
from tests.stratopause.reports.runs import HOSTILE, of, own, review

NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)


class Lines:
    def __init__(self) -> None:
        self.out = io.StringIO()
        self.reader = JsonLines(self.out, lambda: NOW)

    def read(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.out.getvalue().splitlines()]


@pytest.fixture
def lines() -> Lines:
    return Lines()


def test_an_event_of_a_resource_has_its_own_time_and_its_place(lines: Lines) -> None:
    lines.reader.show(of(7, ("Database",), "Instance", "CREATE_FAILED", "boom"))
    lines.reader.show(own(8, (), "ROLLBACK_IN_PROGRESS"))
    resource, stack = lines.read()
    assert resource == {
        "kind": "resource",
        "time": "2026-01-01T00:00:07+00:00",
        "stack": "clinic-dev/Database",
        "logical_id": "Instance",
        "physical_id": "p",
        "type": "AWS::RDS::DBInstance",
        "status": "CREATE_FAILED",
        "reason": "boom",
    }
    assert (stack["kind"], stack["stack"], stack["status"]) == ("stack", "clinic-dev", "ROLLBACK_IN_PROGRESS")


def test_a_review_is_told_in_counts_and_never_by_its_values(lines: Lines) -> None:
    lines.reader.show(events.ReviewReady("clinic-dev", review(Database=3), "https://console"))
    lines.reader.show(events.Executing("clinic-dev", review(Database=3)))
    ready, executing = lines.read()
    assert ready["kind"] == "review_ready"
    assert ready["changes"] == {"add": 3}
    assert executing == {
        "kind": "executing",
        "time": NOW.isoformat(),
        "stack": "clinic-dev",
        "changes": {"add": 3},
    }


def test_what_happens_on_the_way_has_a_kind_of_its_own(lines: Lines) -> None:
    cause = of(7, (), "Topic", "CREATE_FAILED", "boom")
    lines.reader.show(events.Attached("clinic-dev", StackStatus.UPDATE_IN_PROGRESS, NOW, None))
    lines.reader.show(events.RollingBack("clinic-dev", cause, ("more",)))
    lines.reader.show(events.StillAtWork("clinic-dev", ((("Database",), "Instance", 61.0),)))
    lines.reader.show(
        events.OutputsWritten(Path("outputs/dev.json"), (Output("Url", "https://x"), Output("AdminPassword", "p")))
    )
    attached, rolling, still, written = lines.read()
    assert (attached["kind"], attached["since"], attached["who"]) == ("attached", NOW.isoformat(), None)
    assert (rolling["kind"], rolling["cause"]["reason"], rolling["evidence"]) == ("rolling_back", "boom", ["more"])
    assert (still["kind"], still["at_work"]) == ("still_at_work", [[["Database"], "Instance", 61.0]])
    assert (written["file"], written["outputs"]) == ("outputs/dev.json", {"Url": "https://x"})


def test_the_last_line_is_the_outcome_with_its_exit_code_and_diagnosis(lines: Lines) -> None:
    cause = of(7, (), "Topic", "CREATE_FAILED", "x is not authorized to perform: sns:CreateTopic on resource: *")
    lines.reader.conclude(RolledBack("clinic-dev", StackStatus.ROLLBACK_COMPLETE, cause, ("more",)))
    (line,) = lines.read()
    diagnosis = line.pop("diagnosis")
    assert line == {
        "kind": "outcome",
        "time": NOW.isoformat(),
        "stack": "clinic-dev",
        "status": "ROLLBACK_COMPLETE",
        "outcome": "rolled_back",
        "exit_code": 4,
    }
    assert diagnosis["cause"]["logical_id"] == "Topic"
    assert diagnosis["missing_action"] == "sns:CreateTopic"
    assert diagnosis["evidence"] == ["more"]
    assert {"plain", "next_step"} <= diagnosis.keys()


def test_outputs_come_with_the_outcome_without_secrets(lines: Lines) -> None:
    now = (Output("Url", "https://x"), Output("AdminPassword", "hunter2"))
    lines.reader.conclude(Deployed("clinic-dev", now, 12.5, (Output("AdminPassword", "hunter1"),)))
    (line,) = lines.read()
    assert (line["outputs"], line["seconds"], line["diagnosis"]) == ({"Url": "https://x"}, 12.5, None)
    assert "hunter" not in lines.out.getvalue()
    lines.reader.conclude(NothingRunning("clinic-dev", StackStatus.UPDATE_COMPLETE, NOW))
    assert lines.read()[-1]["since"] == NOW.isoformat()


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (LostSight("it goes on", "look again"), ("LostSight", "it goes on", "look again", 1)),
        (KeyboardInterrupt(), ("KeyboardInterrupt", "", None, 130)),
        (ValueError("bad"), ("ValueError", "bad", None, 70)),
    ],
)
def test_a_command_that_cant_go_on_says_so_as_its_last_line(lines: Lines, error: BaseException, told: object) -> None:
    lines.reader.fail(error)
    (line,) = lines.read()
    assert (line["error"], line["message"], line["next_step"], line["exit_code"]) == told


def test_very_long_reasons_are_cut(lines: Lines) -> None:
    lines.reader.show(of(0, (), "A", "CREATE_FAILED", "x" * 1_000_000))
    lines.reader.fail(ValueError("y" * 1_000_000))
    assert max(map(len, lines.out.getvalue().splitlines())) < LONGEST + 500


@given(st.text(), st.text())
def test_any_text_stays_one_line_of_ascii_that_no_terminal_or_runner_obeys_and_reads_back(
    name: str, reason: str
) -> None:
    lines = Lines()
    reason = f"{HOSTILE}{reason}"
    lines.reader.show(of(0, (name,), name, name, reason))
    text = lines.out.getvalue()
    assert text.isascii()
    assert text.count("\n") == 1
    assert text[:-1].isprintable()
    assert "##[" not in text
    assert not text.lstrip().startswith("::")
    assert lines.read()[0]["reason"] == reason[:LONGEST]


@pytest.mark.parametrize("kind", [*events.Event.__args__, *outcomes.Outcome.__args__])
def test_every_event_and_outcome_can_be_written(kind: type[Any], lines: Lines) -> None:
    """Whatever their members hold, if only in the types that they declare: none is a surprise to the writer."""
    made = {name: _any(name) for name in members_of(kind)}
    record = kind(**made)
    if kind in outcomes.Outcome.__args__:
        lines.reader.conclude(record)
    else:
        lines.reader.show(record)
    assert lines.read()[-1]["kind"]


def _any(name: str) -> Any:
    some: dict[str, Any] = {
        "event": own(0, (), "CREATE_COMPLETE").event,
        "review": review(A=1),
        "status": StackStatus.CREATE_COMPLETE,
        "cause": None,
        "since": NOW,
        "stack": "clinic-dev",
        "root": "clinic-dev",
    }
    return some.get(name, ())


def test_a_review_tells_by_name_alone_what_is_lost_replaced_and_opened(lines: Lines) -> None:
    judgement = Judgement(
        losses=(Loss("Files", "AWS::S3::Bucket", "is deleted"),),
        broadenings=(Broadening("Door", "AWS::EC2::SecurityGroup", "lets 0.0.0.0/0 through", is_wide=True),),
    )
    lines.reader.show(events.ReviewReady("clinic", review(A=1), None, judgement))
    told = lines.read()[-1]
    assert told["judgement"] == {"losses": ["Files"], "replacements": [], "broadenings": ["Door"]}
