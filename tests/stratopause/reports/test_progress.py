from __future__ import annotations

import io

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console

from stratopause.deployer.events import Happened
from stratopause.reports.progress import DOING, Board, Line, drawn, fitted
from stratopause.reports.wording import clean
from tests.stratopause.reports.runs import HOSTILE, of, own, review, when


class Screen:
    """A board at a terminal of that size, or none, and the second of the run that it is."""

    def __init__(self, width: int = 80, height: int = 24, live: bool = True) -> None:
        self.second = 0.0
        self.file = io.StringIO()
        self.console = Console(file=self.file, width=width, height=height, force_terminal=live, color_system=None)
        self.board = Board(self.console, lambda: when(self.second), live)
        self.board.begin("clinic-dev", review(Database=3, Alerts=2))

    def take(self, *happened: Happened) -> None:
        for one in happened:
            self.second = (one.event.time - when(0)).total_seconds()
            self.board.take(one)

    def tree(self, second: float) -> list[str]:
        self.second = second
        self.board.end()
        plain = Console(file=io.StringIO(), width=self.console.width, color_system=None)
        with plain.capture() as captured:
            plain.print(self.board.tree())
        return [line.rstrip() for line in captured.get().splitlines()]

    def log(self) -> list[str]:
        return self.file.getvalue().splitlines()


def words(lines: list[str]) -> list[str]:
    return [" ".join(line.split()) for line in lines]


RUN = (
    own(0, (), "CREATE_IN_PROGRESS"),
    of(1, (), "Database", "CREATE_IN_PROGRESS", nested=True),
    own(2, ("Database",), "CREATE_IN_PROGRESS"),
    of(3, ("Database",), "Subnets", "CREATE_IN_PROGRESS"),
    of(5, ("Database",), "Subnets", "CREATE_COMPLETE"),
    of(5, ("Database",), "Instance", "CREATE_IN_PROGRESS"),
)


def test_the_tree_shows_each_stack_with_what_is_at_work_in_it_since_when_and_what_is_to_come() -> None:
    screen = Screen()
    screen.take(*RUN)
    assert words(screen.tree(65)) == [
        "clinic-dev 1 of 5 done creating 1 min 5 s",
        "Database 1 of 3 done creating 1 min 3 s",
        "Instance RDS::DBInstance creating 1 min 0 s",
        "to come: Alerts 2",
    ]


def test_a_nested_stack_stands_below_its_parent() -> None:
    screen = Screen()
    screen.take(*RUN)
    indents = [len(line) - len(line.lstrip()) for line in screen.tree(6)]
    assert indents == [0, 2, 4, 2]


def test_a_nested_stack_that_has_not_told_anything_yet_is_at_work_in_its_parent() -> None:
    screen = Screen()
    screen.take(*RUN[:2])
    assert words(screen.tree(4))[1] == "Database CloudFormation::Stack creating 3 s"


def test_the_time_of_a_stack_stands_still_once_it_has_ended_and_begins_anew_with_what_comes_after() -> None:
    screen = Screen()
    screen.take(*RUN, own(62, ("Database",), "CREATE_COMPLETE"))
    assert words(screen.tree(99))[1] == "Database 1 done created 1 min 0 s"
    screen.take(own(100, ("Database",), "DELETE_IN_PROGRESS"))
    assert words(screen.tree(110))[1] == "Database deleting 10 s"


def test_the_time_of_the_root_goes_on_in_its_rollback_which_counts_nothing() -> None:
    screen = Screen()
    screen.take(*RUN, own(50, (), "ROLLBACK_IN_PROGRESS"))
    assert words(screen.tree(60))[0] == "clinic-dev rolling back 1 min 0 s"


def test_more_resources_than_the_review_promised_are_not_more_than_all() -> None:
    screen = Screen()
    screen.board.begin("clinic-dev", review(Database=1))
    screen.take(*RUN, of(7, ("Database",), "Instance", "CREATE_COMPLETE"))
    assert "2 of 2 done" in screen.tree(8)[1]


def test_a_status_that_is_not_known_is_shown_in_its_own_words() -> None:
    screen = Screen()
    screen.take(own(0, (), "HIBERNATION_IN_PROGRESS"))
    assert "hibernation in progress" in screen.tree(1)[0]
    assert all(DOING.values())


def crowd(stacks: int) -> list[Happened]:
    """Every second stack has ended; in each of the others two resources are at work."""
    happened = [own(0, (), "CREATE_IN_PROGRESS")]
    for number in range(stacks):
        path = (f"Stack{number:02}",)
        happened.append(own(number, path, "CREATE_IN_PROGRESS"))
        happened += [of(number + 1, path, f"{one}{number}", "CREATE_IN_PROGRESS") for one in ("A", "B")]
        if number % 2:
            happened += [of(number + 1, path, f"{one}{number}", "CREATE_COMPLETE") for one in ("A", "B")]
            happened.append(own(number + 1, path, "CREATE_COMPLETE"))
    return happened


@pytest.mark.parametrize("height", [1, 2, 5, 10, 24, 40, 100])
def test_a_tree_taller_than_the_terminal_keeps_what_is_at_work_and_says_how_much_more_there_is(height: int) -> None:
    screen = Screen(height=height)
    screen.board.begin("clinic-dev", review())
    screen.take(*crowd(20))
    whole = 1 + 10 + 10 + 20
    lines = screen.tree(100)
    assert len(lines) <= max(2, height - 2)
    if len(lines) < whole:
        assert lines[-1].strip() == f"… and {whole - len(lines) + 1} more"
        assert "created" not in "".join(lines) or "B18" in "".join(lines)


@pytest.mark.parametrize("width", [20, 40, 80, 200])
def test_no_line_is_wider_than_the_terminal(width: int) -> None:
    screen = Screen(width=width)
    screen.board.begin("clinic-dev", review(**{f"Stack{number}Of{'Many' * 9}": 5 for number in range(30)}))
    screen.take(*crowd(20))
    assert max(map(len, screen.tree(100))) <= width


CLEANED = st.text().map(clean)
LINES = st.builds(
    Line, st.integers(0, 4), st.integers(0, 3), CLEANED, CLEANED, CLEANED, st.text("0123 mins", max_size=9), st.just("")
)


@given(st.lists(LINES, max_size=40), st.integers(-3, 50))
def test_what_fits_is_in_order_and_counts_what_is_left_out(lines: list[Line], height: int) -> None:
    shown = fitted(lines, height)
    assert len(shown) <= max(2, height)
    if len(shown) < len(lines):
        kept = list(shown[:-1])
        assert shown[-1].name == f"… and {len(lines) - len(kept)} more"
        assert max((line.rank for line in kept), default=0) <= max(line.rank for line in lines)
        remaining = iter(lines)
        assert all(any(line is one for one in remaining) for line in kept)
    else:
        assert list(shown) == list(lines)


@given(st.lists(LINES, max_size=10), st.integers(30, 200))
def test_how_long_something_takes_is_never_cut(lines: list[Line], width: int) -> None:
    for line, text in zip(lines, drawn(lines, width), strict=True):
        assert text.plain.endswith(line.took)


def test_on_what_is_not_a_terminal_there_is_a_line_per_stack_and_per_resource_that_took_long() -> None:
    screen = Screen(live=False)
    screen.take(
        *RUN,
        of(65, ("Database",), "Instance", "CREATE_COMPLETE"),
        own(66, ("Database",), "CREATE_COMPLETE"),
        of(67, (), "Database", "CREATE_COMPLETE", nested=True),
        own(68, (), "CREATE_COMPLETE"),
    )
    assert screen.log() == [
        "  CREATE_IN_PROGRESS clinic-dev",
        "  CREATE_IN_PROGRESS clinic-dev/Database",
        "  CREATE_COMPLETE clinic-dev/Database/Instance (AWS::RDS::DBInstance), after 1 min 0 s",
        "  CREATE_COMPLETE clinic-dev/Database, after 1 min 4 s",
        "  CREATE_COMPLETE clinic-dev, after 1 min 8 s",
    ]


@pytest.mark.parametrize("live", [True, False])
def test_a_failure_is_told_once_not_again_by_its_parent_nor_by_what_was_cancelled(live: bool) -> None:
    screen = Screen(live=live)
    screen.take(
        *RUN,
        of(6, ("Database",), "Instance", "CREATE_FAILED", "no such class"),
        of(7, ("Database",), "Other", "CREATE_FAILED", "Resource creation cancelled"),
        of(8, (), "Database", "CREATE_FAILED", "Embedded stack was not successfully created", nested=True),
    )
    screen.board.end()
    failures = [line for line in screen.log() if "CREATE_FAILED" in line]
    assert len(failures) == 1
    assert "clinic-dev/Database/Instance (AWS::RDS::DBInstance): no such class" in failures[0]


def test_after_a_long_run_it_is_shown_what_took_long_and_after_a_short_one_nothing() -> None:
    screen = Screen(live=False)
    screen.take(*RUN, of(65, ("Database",), "Instance", "CREATE_COMPLETE"), own(68, (), "CREATE_COMPLETE"))
    before = len(screen.log())
    screen.board.conclude()
    assert screen.log()[before] == "what took long, of 1 min 8 s:"
    assert "Database/Instance" in screen.log()[-1]
    screen.board.begin("clinic-dev")
    screen.take(*RUN)
    before = len(screen.log())
    screen.board.conclude()
    assert screen.log()[before:] == []


@pytest.mark.parametrize("live", [True, False])
def test_nothing_that_comes_from_aws_moves_the_cursor_or_is_markup(live: bool) -> None:
    screen = Screen(width=300, live=live)
    screen.take(
        own(0, (), "CREATE_IN_PROGRESS"),
        own(1, (HOSTILE,), HOSTILE),
        of(2, (HOSTILE,), HOSTILE, "CREATE_IN_PROGRESS"),
        of(90, (HOSTILE,), HOSTILE, "CREATE_COMPLETE"),
        of(91, (), HOSTILE, HOSTILE),
        of(92, (), "A", "CREATE_FAILED", HOSTILE),
    )
    tree = "\n".join(screen.tree(95))
    assert "evil" in tree
    assert not any(sign in tree for sign in "\x1b\x9b\r\x00\u202e")
    assert not any(sign in screen.file.getvalue() for sign in ("\x1b[2J", "\x1b[31m", "\x9b", "\x00", "\u202e"))
