from __future__ import annotations

from datetime import timedelta

import pytest

from stratopause.deployer.clock import Pace, SystemClock


def test_the_pace_is_fast_at_first_and_never_slower_than_the_longest_interval() -> None:
    intervals = Pace(chance=lambda: 0.5).intervals()
    first = [next(intervals) for _ in range(30)]
    assert first[0] == pytest.approx(0.2)
    assert first == sorted(first)
    assert first[-1] == pytest.approx(5.0)


@pytest.mark.parametrize(("chance", "factor"), [(0.0, 0.8), (1.0, 1.2)])
def test_chance_moves_an_interval_by_a_fifth(chance: float, factor: float) -> None:
    assert next(Pace(chance=lambda: chance).intervals()) == pytest.approx(0.2 * factor)


def test_the_systems_clock_goes_on_while_it_sleeps_and_tells_the_time_of_day_in_utc() -> None:
    clock = SystemClock()
    began = clock.now()
    clock.sleep(0.01)
    assert clock.now() - began >= 0.01
    assert clock.time().utcoffset() == timedelta(0)
