from __future__ import annotations

from collections.abc import Callable, Generator, Iterator

import pytest

from stratopause.deployer.clock import Pace
from stratopause.deployer.errors import DeploymentError, LostSight, NoCredentials, Refused, Throttled, Unreachable
from stratopause.deployer.events import Event, Happened, RollingBack, StillAtWork
from stratopause.deployer.follow import DOUBTFUL_LOOKS, MISSED_LOOKS, QUIET_SECONDS, Witness, follow
from stratopause.deployer.stacks import StackEvent
from stratopause.deployer.status import StackStatus
from stratopause.deployer.watch import Watch
from tests.stratopause.deployer.event_log import Log
from tests.stratopause.deployer.fake_clock import FakeClock

PACE = Pace(chance=lambda: 0.5)


def told_by(following: Generator[Event, None, StackStatus]) -> tuple[list[Event], StackStatus]:
    events = list[Event]()
    while True:
        try:
            events.append(next(following))
        except StopIteration as end:
            return events, end.value


class Operation:
    """A root with one nested stack at work; `at` says what happens when, in seconds of the clock."""

    def __init__(self) -> None:
        self.clock, self.log = FakeClock(), Log()
        self.plan: list[tuple[float, Callable[[], None]]] = []
        self.clock.at_sleep.append(self._catch_up)
        self.log.of_stack("root", "UPDATE_IN_PROGRESS")
        self.log.of_nested("root", "child", "UPDATE_IN_PROGRESS")
        self.log.of_stack("child", "UPDATE_IN_PROGRESS")
        self.watch = Watch(self.log, "root", "root", None)

    def at(self, seconds: float, happens: Callable[[], None]) -> None:
        self.plan.append((seconds, happens))

    def ends(self, seconds: float, status: str = "UPDATE_COMPLETE") -> None:
        self.at(seconds, lambda: self.log.of_stack("child", status))
        self.at(seconds, lambda: self.log.of_nested("root", "child", status))
        self.at(seconds, lambda: self.log.of_stack("root", status))

    def fails(self, seconds: float) -> None:
        self.at(seconds, lambda: self.log.add("child", "Topic", "UPDATE_FAILED", reason="no such key"))
        self.at(seconds, lambda: self.log.of_nested("root", "child", "UPDATE_FAILED"))
        self.at(seconds, lambda: self.log.of_stack("root", "UPDATE_ROLLBACK_IN_PROGRESS"))

    def breaks(self, seconds: float, error: DeploymentError, stack: str = "root") -> None:
        self.at(seconds, lambda: self.log.broken.update({stack: error}))

    def mends(self, seconds: float) -> None:
        self.at(seconds, self.log.broken.clear)

    def follow(self, witness: Witness | None = None, longest: float | None = None) -> tuple[list[Event], StackStatus]:
        return told_by(follow(self.watch, self.clock, PACE, witness, longest))

    def _catch_up(self) -> None:
        while self.plan and self.plan[0][0] <= self.clock.now():
            self.plan.pop(0)[1]()


@pytest.fixture
def operation() -> Operation:
    return Operation()


def of(kind: type[Event], events: list[Event]) -> list[Event]:
    return [event for event in events if isinstance(event, kind)]


def test_an_operation_is_followed_to_its_end_with_every_event_once(operation: Operation) -> None:
    operation.ends(100)
    events, status = operation.follow()
    assert status is StackStatus.UPDATE_COMPLETE
    told = [event.event.id for event in events if isinstance(event, Happened)]
    assert sorted(told) == ["child-0", "child-1", "root-0", "root-1", "root-2", "root-3"]


def test_its_end_is_seen_within_seconds_of_it_after_an_hour(operation: Operation) -> None:
    operation.ends(3600)
    operation.follow()
    assert operation.clock.now() - 3600 < 25


def test_an_hour_of_following_costs_twelve_calls_a_minute_at_most(operation: Operation) -> None:
    operation.ends(3600)
    operation.follow()
    assert len(operation.log.asked) <= 20 + 12 * 61


def test_a_rollback_is_told_as_soon_as_it_begins_with_its_cause_and_evidence(operation: Operation) -> None:
    operation.fails(10)
    operation.ends(100, "UPDATE_ROLLBACK_COMPLETE")
    events, status = operation.follow(lambda cause: (f"seen at {operation.clock.now() < 100}: {cause.event.reason}",))
    assert status is StackStatus.UPDATE_ROLLBACK_COMPLETE
    (told,) = of(RollingBack, events)
    assert isinstance(told, RollingBack)
    assert told.cause is not None
    assert (told.cause.path, told.cause.event.logical_id) == (("Child",), "Topic")
    assert told.evidence == operation.watch.evidence == ("seen at True: no such key",)
    ends = [index for index, event in enumerate(events) if isinstance(event, Happened) and event.path == ()]
    assert events.index(told) < ends[-1]


def test_a_rollback_without_a_known_cause_asks_no_witness(operation: Operation) -> None:
    operation.at(10, lambda: operation.log.of_stack("root", "UPDATE_ROLLBACK_IN_PROGRESS"))
    operation.ends(20, "UPDATE_ROLLBACK_COMPLETE")
    events, _ = operation.follow(lambda cause: ("never",))
    assert of(RollingBack, events) == [RollingBack("root", None)]


def test_a_failure_that_isnt_rolled_back_has_its_evidence_too(operation: Operation) -> None:
    operation.at(10, lambda: operation.log.add("child", "Topic", "UPDATE_FAILED"))
    operation.ends(10, "UPDATE_FAILED")
    events, status = operation.follow(lambda cause: ("found",))
    assert status is StackStatus.UPDATE_FAILED
    assert of(RollingBack, events) == []
    assert operation.watch.evidence == ("found",)


def test_after_a_minute_without_news_it_is_said_what_is_at_work(operation: Operation) -> None:
    operation.at(1, lambda: operation.log.add("child", "Instance", "UPDATE_IN_PROGRESS"))
    operation.ends(QUIET_SECONDS * 3.5)
    events, _ = operation.follow()
    told = of(StillAtWork, events)
    assert len(told) == 3
    assert isinstance(told[0], StillAtWork)
    assert [(path, name) for path, name, _ in told[0].at_work] == [(("Child",), "Instance")]


def test_looks_that_are_throttled_or_get_no_answer_are_made_again(operation: Operation) -> None:
    operation.breaks(5, Throttled("slow down", "Throttling"))
    operation.mends(60)
    operation.breaks(61, Unreachable("no answer"), "child")
    operation.mends(80)
    operation.ends(100)
    events, status = operation.follow()
    assert status is StackStatus.UPDATE_COMPLETE
    assert len(of(Happened, events)) == 6


def test_what_is_throttled_is_asked_ever_less(operation: Operation) -> None:
    operation.breaks(30, Throttled("slow down", "Throttling"))
    operation.mends(330)
    operation.ends(331)
    operation.follow()
    assert len(operation.log.asked) < 20 + 6 + 5 * 6 + 10


def test_a_throttled_last_look_never_turns_a_success_into_a_failure(operation: Operation) -> None:
    operation.ends(50)
    operation.breaks(50, Throttled("slow down", "Throttling"), "child")
    _, status = operation.follow()
    assert status is StackStatus.UPDATE_COMPLETE
    assert len([asked for asked in operation.log.asked if asked == "child"]) > DOUBTFUL_LOOKS


def test_details_that_are_throttled_at_the_end_are_read_later(operation: Operation) -> None:
    operation.fails(50)
    operation.ends(50, "UPDATE_ROLLBACK_COMPLETE")
    operation.breaks(50, Throttled("slow down", "Throttling"), "child")
    operation.at(52, operation.log.broken.clear)
    events, _ = operation.follow()
    assert ("Child",) in [event.path for event in events if isinstance(event, Happened) and event.event.reason]


@pytest.mark.parametrize("error", [Throttled("slow down"), Unreachable("slow down")])
def test_too_many_missed_looks_in_a_row_lose_sight_of_the_stack(operation: Operation, error: DeploymentError) -> None:
    operation.log.broken["root"] = error
    with pytest.raises(LostSight, match="root goes on, but slow down"):
        operation.follow()
    assert operation.clock.now() > MISSED_LOOKS * 3


@pytest.mark.parametrize("error", [Refused("denied", "AccessDenied", "ask"), NoCredentials("expired", "ask")])
def test_a_refusal_loses_sight_at_once_and_keeps_the_next_step(operation: Operation, error: DeploymentError) -> None:
    operation.log.broken["root"] = error
    with pytest.raises(LostSight) as lost:
        operation.follow()
    assert lost.value.next_step == "ask"
    assert operation.clock.now() == 0


def test_an_operation_that_nobody_hears_of_is_given_up() -> None:
    log = Log()
    log.by_stack["root"] = []
    with pytest.raises(LostSight, match="nothing is heard"):
        list(follow(Watch(log, "root", "root", None), FakeClock(), PACE))


def test_it_is_followed_no_longer_than_was_asked(operation: Operation) -> None:
    with pytest.raises(LostSight, match="as long as was asked"):
        operation.follow(longest=90)
    assert 90 <= operation.clock.now() < 110


def test_a_status_from_before_the_operation_is_tolerated_for_a_few_looks() -> None:
    clock, log = FakeClock(), Log()
    log.of_stack("root", "UPDATE_IN_PROGRESS")
    log.of_stack("root", "UPDATE_COMPLETE")
    watch = Watch(log, "root", "root", "root-0")
    events = log.events
    looks = iter(range(100))

    def stale(stack_id: str) -> Iterator[StackEvent]:
        if next(looks) == DOUBTFUL_LOOKS - 1:
            log.of_stack("root", "UPDATE_IN_PROGRESS")
            log.of_stack("root", "UPDATE_ROLLBACK_IN_PROGRESS")
            log.of_stack("root", "UPDATE_ROLLBACK_COMPLETE")
        return events(stack_id)

    log.events = stale  # type: ignore[method-assign]
    assert told_by(follow(watch, clock, PACE))[1] is StackStatus.UPDATE_ROLLBACK_COMPLETE


def test_an_end_without_a_beginning_is_believed_after_a_few_looks() -> None:
    log = Log()
    log.of_stack("root", "UPDATE_COMPLETE")
    assert len(list(follow(Watch(log, "root", "root", None), FakeClock(), PACE))) == 1
    assert len(log.asked) == DOUBTFUL_LOOKS + 1


def test_a_nested_stack_whose_end_is_never_told_holds_nothing_up(operation: Operation) -> None:
    operation.at(10, lambda: operation.log.of_stack("root", "UPDATE_COMPLETE"))
    assert operation.follow()[1] is StackStatus.UPDATE_COMPLETE
