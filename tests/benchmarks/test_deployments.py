from __future__ import annotations

from benchmarks.deployments import FIRST, LATER, NOTHING, Figures, counted


def test_what_a_tool_adds_is_the_median_of_its_runs() -> None:
    figures = Figures()
    figures.seconds["aws", FIRST] += [3.0, 1.0, 2.0]
    assert figures.added("aws", FIRST) == 2.0


def test_the_calls_are_told_by_situation_and_tool() -> None:
    calls = {("aws", FIRST): 9, ("aws", LATER): 9, ("aws", NOTHING): 6, ("sam", FIRST): 15, ("sam", LATER): 15}
    table = counted(Figures(calls={**calls, ("sam", NOTHING): 7})).splitlines()
    assert table[0] == "| API calls | aws | sam |"
    assert table[2:] == [f"| {FIRST} | 9 | 15 |", f"| {LATER} | 9 | 15 |", f"| {NOTHING} | 6 | 7 |"]
