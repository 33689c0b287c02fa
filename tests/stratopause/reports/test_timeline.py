from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stratopause.deployer.events import Happened
from stratopause.reports.timeline import MOST, chart
from tests.stratopause.reports.runs import HOSTILE, of, own


def took(
    logical_id: str, begin: float, end: float, status: str = "CREATE_COMPLETE", path: tuple[str, ...] = ()
) -> list[Happened]:
    return [of(begin, path, logical_id, "CREATE_IN_PROGRESS"), of(end, path, logical_id, status)]


def test_the_longest_are_shown_as_bars_over_the_run_in_the_order_in_which_they_began() -> None:
    happened = [
        own(0, (), "CREATE_IN_PROGRESS"),
        *took("Instance", 50, 100, path=("Database",)),
        *took("Topic", 0, 25),
        *took("Bucket", 75, 100, "CREATE_FAILED"),
    ]
    assert list(chart(happened, 80)) == [
        "what took long, of 1 min 40 s:",
        "  Topic              |==========                              |  25 s",
        "  Database/Instance  |                    ====================|  50 s",
        "  Bucket             |                              !!!!!!!!!!|  25 s",
    ]


def test_a_nested_stack_takes_what_is_in_it_and_has_no_bar_of_its_own() -> None:
    happened = [
        of(0, (), "Database", "CREATE_IN_PROGRESS", nested=True),
        *took("Instance", 1, 99, path=("Database",)),
        of(100, (), "Database", "CREATE_COMPLETE", nested=True),
    ]
    assert [line.split()[0] for line in chart(happened, 80)] == ["what", "Database/Instance"]


def test_only_those_that_took_longest_are_shown() -> None:
    happened = [event for number in range(30) for event in took(f"R{number}", number, 100 - number)]
    assert len(list(chart(happened, 80))) == 1 + MOST


@pytest.mark.parametrize(
    "happened", [[], took("Topic", 0, 5), [own(0, (), "A_IN_PROGRESS"), own(90, (), "A_COMPLETE")]]
)
def test_a_short_run_or_one_in_which_nothing_took_time_has_no_chart(happened: list[Happened]) -> None:
    assert list(chart(happened, 80)) == []


EVENTS = st.builds(
    of,
    st.floats(0, 5000),
    st.sampled_from([(), ("X",), ("X" * 200, HOSTILE)]),
    st.sampled_from(["A", "B", HOSTILE, "L" * 300]),
    st.sampled_from(["CREATE_IN_PROGRESS", "CREATE_COMPLETE", "CREATE_FAILED"]),
)


@given(st.lists(EVENTS, max_size=40), st.integers(60, 200))
def test_no_line_of_any_chart_is_wider_than_asked_nor_obeyed_by_a_terminal(
    happened: list[Happened], width: int
) -> None:
    ordered = sorted(happened, key=lambda one: one.event.time)
    for line in chart(ordered, width):
        assert len(line) <= width
        assert line.isprintable()
