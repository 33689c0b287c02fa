from __future__ import annotations

import io
from datetime import UTC, datetime

from rich.console import Console

from stratopause.deployer.events import Happened
from stratopause.deployer.stacks import NESTED_STACK, StackEvent
from stratopause.deployer.status import ResourceStatus
from stratopause.reports.progress import Board, Row

THEN = datetime(2026, 1, 1, tzinfo=UTC)


def own(path: tuple[str, ...], status: str) -> Happened:
    return Happened("root", path, StackEvent("e", "s", "s", "s", NESTED_STACK, ResourceStatus(status), THEN))


def lines(board: Board) -> list[str]:
    console = Console(file=io.StringIO(), width=120)
    with console.capture() as captured:
        console.print(board.table())
    return [" ".join(line.split()) for line in captured.get().splitlines()]


def test_the_time_of_a_stack_stands_still_once_it_has_ended_and_goes_on_in_its_rollback() -> None:
    time = [0.0]
    board = Board(Console(file=io.StringIO()), lambda: time[0])
    board.begin("root")
    board.take(own((), "UPDATE_IN_PROGRESS"))
    for status, then, told in (
        ("UPDATE_IN_PROGRESS", 5.0, "root 0 UPDATE_IN_PROGRESS 9 s"),
        ("UPDATE_COMPLETE", 7.0, "root 0 UPDATE_COMPLETE 7 s"),
        ("UPDATE_ROLLBACK_IN_PROGRESS", 8.0, "root 0 UPDATE_ROLLBACK_IN_PROGRESS 9 s"),
        ("UPDATE_ROLLBACK_COMPLETE", 9.0, "root 0 UPDATE_ROLLBACK_COMPLETE 9 s"),
    ):
        time[0] = then
        board.take(own((), status))
        time[0] = 9.0
        assert lines(board)[1] == told
    time[0] = 99.0
    assert lines(board)[1].endswith(" 9 s")


def test_a_nested_stack_stands_below_its_parent() -> None:
    board = Board(Console(file=io.StringIO()), lambda: 0.0)
    board.begin("root")
    board.take(own(("Database",), "CREATE_IN_PROGRESS"))
    board.take(own((), "CREATE_IN_PROGRESS"))
    assert [line.split()[0] for line in lines(board)] == ["stack", "root", "Database"]


def test_a_stack_that_has_not_begun_takes_no_time_yet() -> None:
    time = [0.0]
    board = Board(Console(file=io.StringIO()), lambda: time[0])
    board.begin("root")
    board.rows[("Audit",)] = Row(total=30)
    time[0] = 5.0
    board.take(own((), "CREATE_IN_PROGRESS"))
    time[0] = 8.0
    assert lines(board)[1:] == ["root 0 CREATE_IN_PROGRESS 3 s", "Audit 0/30"]
