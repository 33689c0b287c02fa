from __future__ import annotations

from pathlib import Path

from stratopause.deployer.answers import TABLE, Command, Condition, Nothing, Proceed
from stratopause.reports.answers import GROUPS, cell, markdown

RUNBOOK = Path(__file__).parents[3] / "docs" / "runbook.md"


def test_the_runbook_has_the_table_by_which_the_commands_go() -> None:
    assert f"\n{markdown()}\n" in RUNBOOK.read_text(), "put what stratopause.reports.answers.markdown() gives into it"


def test_every_command_is_in_one_table() -> None:
    assert sorted(command for _, commands in GROUPS for command in commands) == sorted(Command)


def test_no_cell_is_empty() -> None:
    rows = [line.split("|")[1:-1] for line in markdown().splitlines() if line.startswith("| ")]
    assert len(rows) == len(GROUPS) * (len(Condition) + 2)
    assert all(one.strip() for row in rows for one in row)


def test_a_cell_tells_what_happens_and_the_exit_code_where_that_is_certain() -> None:
    cells = [cell(answer) for answers in TABLE.values() for answer in answers.values()]
    kinds = [answer for answers in TABLE.values() for answer in answers.values()]
    for told, answer in zip(cells, kinds, strict=True):
        assert told.endswith(")") == (not isinstance(answer, Proceed))
        assert told.startswith("nothing: ") == isinstance(answer, Nothing)
    assert cell(TABLE[Command.DESTROY][Condition.UPDATING]) == "refuses: another operation is running (6)"
