from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stratopause.deployer.clock import LOCAL_PACE, Pace
from stratopause.deployer.rounds import SHORTEST, SLOWEST, Rounds

PACE = Pace(chance=lambda: 0.5)


def calls_of(stacks: tuple[str, ...], seconds: float, busy: bool, pace: Pace = PACE) -> list[float]:
    """When calls are made while `stacks` are at work, all of them with news all the time or none."""
    rounds, now, calls = Rounds(pace, 0.0), 0.0, list[float]()
    while now < seconds:
        due = rounds.due(stacks, now)
        calls += [now] * len(due)
        rounds.looked(len(due), due, due if busy else (), now)
        now += rounds.wait(now)
    return calls


@pytest.mark.parametrize("busy", [True, False])
@pytest.mark.parametrize("nested", [0, 1, 6, 20])
def test_after_the_first_burst_there_are_at_most_twelve_calls_a_minute(nested: int, busy: bool) -> None:
    calls = calls_of(("root", *(f"child{number}" for number in range(nested))), 1200, busy)
    assert len(calls) <= 20 + 12 * 20 + 1
    for begin in range(120, 1140, 60):
        assert len([at for at in calls if begin <= at < begin + 60]) <= 13


@given(begin=st.floats(0, 1e5), later=st.floats(0, 60))
def test_what_is_missing_of_a_call_by_rounding_alone_is_no_reason_to_wait_for_ever(begin: float, later: float) -> None:
    rounds, now = Rounds(PACE, begin), begin
    rounds.looked(25, rounds.due(("root",), now), (), now)
    now += later
    for _ in range(4):
        if rounds.due(("root",), now):
            return
        now += rounds.wait(now)
    raise AssertionError(f"nothing is due at {now}")


def test_fifty_that_follow_at_once_stay_below_ten_calls_a_second() -> None:
    stacks = ("root", *(f"child{number}" for number in range(6)))
    chance = random.Random(1)
    calls = [
        at for _ in range(50) for at in calls_of(stacks, 600, busy=True, pace=Pace(chance=chance.random)) if at >= 60
    ]
    assert len(calls) / 540 <= 10.0


def test_the_first_looks_come_fast() -> None:
    assert len([at for at in calls_of(("root",), 10, busy=False) if at < 2.0]) >= 5


def test_every_stack_has_its_turn_however_many_are_busy() -> None:
    stacks = tuple(f"child{number}" for number in range(20))
    rounds, now, turns = Rounds(PACE, 0.0), 0.0, dict.fromkeys(stacks, 0)
    while now < 1200:
        due = rounds.due(stacks, now)
        for stack in due:
            turns[stack] += 1
        rounds.looked(len(due), due, due, now)
        now += rounds.wait(now)
    assert min(turns.values()) >= 10
    assert max(turns.values()) - min(turns.values()) <= 2


def test_a_stack_that_is_silent_is_read_ever_later_and_soon_again_once_it_has_news() -> None:
    rounds, now = Rounds(LOCAL_PACE, 0.0), 0.0
    for _ in range(30):
        rounds.looked(1, rounds.due(("root",), now), (), now)
        now += rounds.wait(now)
    rounds.looked(1, rounds.due(("root",), now), (), now)
    assert rounds.wait(now) > 0.7
    rounds.looked(1, (), ("root",), now)
    assert rounds.wait(now) < 0.3


def test_what_is_throttled_halves_the_rate_but_never_to_nothing() -> None:
    rounds = Rounds(PACE, 0.0)
    rounds.due(("root",), 0.0)
    rounds.throttled()
    assert rounds.rate == pytest.approx(0.1)
    assert rounds.wait(0.0) == pytest.approx(10.0)
    for _ in range(10):
        rounds.throttled()
    assert rounds.rate == SLOWEST / 60


def test_calls_that_no_stack_was_due_for_count_as_well() -> None:
    rounds = Rounds(PACE, 0.0)
    rounds.looked(30, (), (), 0.0)
    assert rounds.due(("root",), 0.0) == ()
    assert rounds.wait(0.0) == pytest.approx(55.0)


def test_time_always_goes_on_also_where_the_budget_lacks_no_more_than_a_rounding_error() -> None:
    rounds = Rounds(PACE, 0.0)
    rounds.looked(20, (), (), 0.0)
    assert rounds.due(("root",), 5.0 - 1e-12) == ()
    assert rounds.wait(5.0 - 1e-12) == SHORTEST


def test_a_machines_own_cloudformation_is_asked_without_a_budget() -> None:
    assert len(calls_of(tuple(f"child{number}" for number in range(20)), 10, busy=True, pace=LOCAL_PACE)) > 500
