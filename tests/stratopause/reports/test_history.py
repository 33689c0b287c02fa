from __future__ import annotations

import io
from datetime import UTC, datetime

import pytest
from rich.console import Console

from stratopause.deployer.events import Event, RecordsDiffer, RecordsNotKept, RecordsOutOfReach, RecordsSent
from stratopause.deployer.records.chain import Finding
from stratopause.deployer.records.recalling import History
from stratopause.deployer.records.runs import Run
from stratopause.reports.history import note, table
from stratopause.reports.sentences import sentence

NOON = datetime(2026, 1, 31, 12, tzinfo=UTC)
CI = "arn:aws:sts::111122223333:assumed-role/ci/build"
DONE = Run(1, "run-1", NOON, "apply", CI, "Deployed", "UPDATE_COMPLETE", 125.0, "terminal", "0123456789abcdef", "abc")


def lines(*runs: Run) -> list[list[str]]:
    console = Console(file=io.StringIO(), width=10_000)
    console.print(table(History("clinic-dev", 2, runs)))
    assert isinstance(console.file, io.StringIO)
    return [
        [cell.strip() for cell in line.split("  ") if cell.strip()] for line in console.file.getvalue().splitlines()
    ]


def test_a_run_is_a_row_of_when_what_who_and_how_it_ended() -> None:
    assert lines(DONE) == [
        ["when", "command", "who", "outcome", "took", "plan"],
        [
            "2026-01-31 12:00:00 UTC",
            "apply",
            "assumed-role/ci/build",
            "Deployed (UPDATE_COMPLETE)",
            "2 min 5 s",
            "0123456789ab",
        ],
    ]


def test_what_isnt_known_is_a_dash_or_says_why() -> None:
    _, begun = lines(Run(1, "run-1", NOON, "apply", "", approval="console"))
    assert begun[1:] == ["apply", "in the console, not known yet", "not ended", "-", "-"]
    _, restored = lines(Run(1, "run-1", NOON, "restore stack policies", "", "Restored"))
    assert restored[1:] == ["restore stack policies", "-", "Restored", "-", "-"]


def test_nothing_recorded_is_obeyed_by_a_terminal() -> None:
    (_, row) = lines(Run(1, "run-1", NOON, "\x1b[2J[red]x", "whoever\n", "\x07"))
    assert row[1:4] == ["\\x1b[2J[red]x", "whoever", "\\x07"]


def test_the_note_says_how_many_records_there_are_and_whether_they_are_whole() -> None:
    assert note(History("clinic-dev", 0, ())) == "no records of clinic-dev"
    assert note(History("clinic-dev", 1, (DONE,))) == "1 record of clinic-dev"
    assert note(History("clinic-dev", 2, (DONE,), ())) == "2 records of clinic-dev: each follows from the one before"


def test_of_what_is_wrong_the_note_says_the_first() -> None:
    gone, broken = Finding(2, "it is missing"), Finding(0, "x.json isn't what was written")

    def told(*findings: Finding) -> str:
        line, next_step = note(History("clinic-dev", 2, (), findings)).split("\n")
        assert "records/clinic-dev/" in next_step
        return line

    assert told(gone) == "record 2 of clinic-dev: it is missing"
    assert told(gone, broken) == "record 2 of clinic-dev: it is missing (and 1 more, see --json)"
    assert told(broken) == "records of clinic-dev: x.json isn't what was written"


@pytest.mark.parametrize(
    ("event", "told"),
    [
        (
            RecordsOutOfReach("clinic-dev", "no\x1b network"),
            "warning: the records of clinic-dev in the bucket can't be reached: no\\x1b network\n  next: nothing; ",
        ),
        (
            RecordsNotKept("clinic-dev", "disk full"),
            "warning: no copy of the records of clinic-dev is kept here: disk full",
        ),
        (RecordsSent("clinic-dev", 2), "sent 2 records of clinic-dev that only this machine had to the bucket"),
        (
            RecordsDiffer("clinic-dev", 3, "it isn't what was written"),
            "warning: record 3 of clinic-dev: it isn't what was written\n  next: the history command, with --verify, ",
        ),
    ],
)
def test_what_is_wrong_with_the_records_is_a_warning_with_what_to_do(event: Event, told: str) -> None:
    assert sentence(event).startswith(told)
