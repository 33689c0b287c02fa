from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from stratopause.deployer.clock import Pace
from stratopause.deployer.errors import LostSight, Refused, Throttled
from stratopause.deployer.follow import MISSED_LOOKS, Watch, follow
from stratopause.deployer.stacks import NESTED_STACK, StackEvent
from stratopause.deployer.status import ResourceStatus, StackStatus
from tests.stratopause.deployer.fake_clock import FakeClock

PACE = Pace(chance=lambda: 0.5)


class Log:
    """Events by stack, as they were added; counts what is read."""

    def __init__(self) -> None:
        self.by_stack: dict[str, list[StackEvent]] = {}
        self.read: list[str] = []
        self.time = datetime(2026, 1, 1, tzinfo=UTC)

    def add(
        self, stack: str, logical_id: str, status: str, physical_id: str = "", kind: str = "AWS::SNS::Topic"
    ) -> None:
        self.time += timedelta(seconds=1)
        told = ResourceStatus(status)
        own = self.by_stack.setdefault(stack, [])
        own.append(StackEvent(f"{stack}-{len(own)}", stack, logical_id, physical_id, kind, told, self.time))

    def of_stack(self, stack: str, status: str) -> None:
        self.add(stack, stack, status, stack, NESTED_STACK)

    def of_nested(self, stack: str, child: str, status: str) -> None:
        self.add(stack, child.title(), status, child, NESTED_STACK)

    def events(self, stack_id: str) -> Iterator[StackEvent]:
        for event in reversed(self.by_stack[stack_id]):
            self.read.append(event.id)
            yield event


def seen(watch: Watch) -> list[tuple[str, str]]:
    return [("/".join(one.path), f"{one.event.logical_id} {one.event.status}") for one in watch.look()]


def test_only_what_happened_since_the_operation_began_is_told() -> None:
    log = Log()
    log.of_stack("child", "CREATE_COMPLETE")
    log.of_stack("root", "CREATE_COMPLETE")
    watch = Watch(log, "root", "root", "root-0")
    assert seen(watch) == []
    log.of_stack("root", "UPDATE_IN_PROGRESS")
    log.of_nested("root", "child", "UPDATE_IN_PROGRESS")
    log.of_stack("child", "UPDATE_IN_PROGRESS")
    assert seen(watch) == [
        ("", "root UPDATE_IN_PROGRESS"),
        ("", "Child UPDATE_IN_PROGRESS"),
        ("Child", "child UPDATE_IN_PROGRESS"),
    ]
    assert seen(watch) == []


def test_a_stack_that_has_ended_is_read_once_more_and_then_left_alone() -> None:
    log = Log()
    watch = Watch(log, "root", "root", None)
    log.of_stack("root", "UPDATE_IN_PROGRESS")
    log.of_nested("root", "child", "UPDATE_IN_PROGRESS")
    log.of_stack("child", "UPDATE_IN_PROGRESS")
    seen(watch)
    log.of_stack("child", "UPDATE_COMPLETE")
    log.of_nested("root", "child", "UPDATE_COMPLETE")
    assert ("Child", "child UPDATE_COMPLETE") in seen(watch)
    log.read.clear()
    seen(watch)
    assert not any(event_id.startswith("child") for event_id in log.read)
    log.of_nested("root", "child", "DELETE_IN_PROGRESS")
    log.of_stack("child", "DELETE_IN_PROGRESS")
    assert ("Child", "child DELETE_IN_PROGRESS") in seen(watch)


def test_a_look_reads_no_further_back_than_the_last_event_that_is_known() -> None:
    log = Log()
    for _ in range(100):
        log.add("root", "Topic", "UPDATE_COMPLETE")
    watch = Watch(log, "root", "root", "root-97")
    assert len(seen(watch)) == 2
    log.read.clear()
    seen(watch)
    assert log.read == ["root-99"]


def test_an_operation_has_ended_with_its_rollback_not_with_its_failure() -> None:
    log = Log()
    watch = Watch(log, "root", "root", None)
    log.of_stack("root", "CREATE_IN_PROGRESS")
    log.of_stack("root", "ROLLBACK_IN_PROGRESS")
    seen(watch)
    assert watch.status is None
    log.of_stack("root", "ROLLBACK_COMPLETE")
    seen(watch)
    assert watch.status is StackStatus.ROLLBACK_COMPLETE


class Broken:
    def __init__(self, error: Exception) -> None:
        self.error = error

    def events(self, stack_id: str) -> Iterator[StackEvent]:
        raise self.error


def test_too_many_throttled_looks_in_a_row_lose_sight_of_the_stack() -> None:
    clock = FakeClock()
    with pytest.raises(LostSight, match="root goes on, but slow down"):
        list(follow(Watch(Broken(Throttled("slow down")), "1", "root", None), clock, PACE))
    assert clock.now() > MISSED_LOOKS * 3


def test_a_refusal_loses_sight_at_once_and_keeps_the_next_step() -> None:
    clock = FakeClock()
    with pytest.raises(LostSight) as lost:
        list(follow(Watch(Broken(Refused("denied", "AccessDenied", "ask for it")), "1", "root", None), clock, PACE))
    assert lost.value.next_step == "ask for it"
    assert clock.now() == 0


def test_an_operation_that_nobody_hears_of_is_given_up() -> None:
    log = Log()
    log.by_stack["root"] = []
    with pytest.raises(LostSight, match="nothing is heard"):
        list(follow(Watch(log, "root", "root", None), FakeClock(), PACE))


def test_the_pace_is_fast_at_first_and_never_slower_than_the_longest_interval() -> None:
    intervals = PACE.intervals()
    first = [next(intervals) for _ in range(30)]
    assert first[0] == pytest.approx(0.2)
    assert first == sorted(first)
    assert first[-1] == pytest.approx(5.0)


@pytest.mark.parametrize(("chance", "factor"), [(0.0, 0.8), (1.0, 1.2)])
def test_chance_moves_an_interval_by_a_fifth(chance: float, factor: float) -> None:
    assert next(Pace(chance=lambda: chance).intervals()) == pytest.approx(0.2 * factor)
