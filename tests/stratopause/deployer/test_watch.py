from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from threading import Barrier

import pytest

from stratopause.deployer.errors import Throttled
from stratopause.deployer.stacks import StackEvent
from stratopause.deployer.status import StackStatus
from stratopause.deployer.watch import READ_AT_ONCE, Watch, newest_event
from tests.stratopause.deployer.event_log import Log


def seen(watch: Watch, due: tuple[str, ...] | None = None) -> list[tuple[str, str]]:
    return [("/".join(one.path), f"{one.event.logical_id} {one.event.status}") for one in watch.look(due)]


def begun() -> tuple[Log, Watch]:
    """An update of a root with one nested stack, both at work and read."""
    log = Log()
    log.of_stack("root", "UPDATE_IN_PROGRESS")
    log.of_nested("root", "child", "UPDATE_IN_PROGRESS")
    log.of_stack("child", "UPDATE_IN_PROGRESS")
    watch = Watch(log, "root", "root", None)
    seen(watch)
    log.read.clear()
    log.asked.clear()
    return log, watch


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
    log, watch = begun()
    log.of_stack("child", "UPDATE_COMPLETE")
    log.of_nested("root", "child", "UPDATE_COMPLETE")
    assert ("Child", "child UPDATE_COMPLETE") in seen(watch)
    assert watch.at_work == ("root",)
    log.asked.clear()
    seen(watch)
    assert log.asked == ["root"]
    log.of_nested("root", "child", "DELETE_IN_PROGRESS")
    log.of_stack("child", "DELETE_IN_PROGRESS")
    assert ("Child", "child DELETE_IN_PROGRESS") in seen(watch)


def test_what_a_child_tells_between_being_read_and_its_parents_news_of_its_end_is_not_lost() -> None:
    log, watch = begun()
    events = log.events

    def late(stack_id: str) -> Iterator[StackEvent]:
        told = list(events(stack_id))
        if stack_id == "child" and len(log.by_stack["child"]) == 1:
            log.add("child", "Topic", "UPDATE_FAILED")
            log.of_nested("root", "child", "UPDATE_FAILED")
        yield from told

    log.events = late  # type: ignore[method-assign]
    found = seen(watch) + seen(watch)
    assert ("Child", "Topic UPDATE_FAILED") in found


def test_a_look_reads_no_further_back_than_the_last_event_that_is_known() -> None:
    log, watch = begun()
    for _ in range(100):
        log.add("root", "Topic", "UPDATE_COMPLETE")
    assert len(seen(watch)) == 100
    log.read.clear()
    seen(watch, ("root",))
    assert log.read == ["root-101"]


def test_only_stacks_that_are_due_are_read_and_those_whose_end_was_told() -> None:
    log, watch = begun()
    log.add("child", "Topic", "UPDATE_COMPLETE")
    assert seen(watch, ("root",)) == []
    assert log.asked == ["root"]
    log.of_nested("root", "child", "UPDATE_COMPLETE")
    assert ("Child", "Topic UPDATE_COMPLETE") in seen(watch, ("root",))


def test_a_stack_that_turns_up_is_read_in_the_same_look() -> None:
    log, watch = begun()
    log.of_nested("child", "grandchild", "CREATE_IN_PROGRESS")
    log.of_stack("grandchild", "CREATE_IN_PROGRESS")
    assert ("Child/Grandchild", "grandchild CREATE_IN_PROGRESS") in seen(watch)


def test_stacks_at_work_are_read_at_once_and_told_in_the_order_of_time() -> None:
    log = Log()
    log.of_stack("root", "UPDATE_IN_PROGRESS")
    children = [f"child{number}" for number in range(READ_AT_ONCE)]
    for child in children:
        log.of_nested("root", child, "UPDATE_IN_PROGRESS")
        log.of_stack(child, "UPDATE_IN_PROGRESS")
    watch, together, events = Watch(log, "root", "root", None), Barrier(READ_AT_ONCE, timeout=10), log.events

    def waiting(stack_id: str) -> Iterator[StackEvent]:
        if stack_id != "root":
            together.wait()
        return events(stack_id)

    log.events = waiting  # type: ignore[method-assign]
    told = list(watch.look())
    assert [one.event.time for one in told] == sorted(one.event.time for one in told)
    assert len(told) == 1 + 2 * READ_AT_ONCE


def test_what_could_be_read_is_told_before_it_is_said_that_another_stack_could_not() -> None:
    log, watch = begun()
    log.add("root", "Topic", "UPDATE_COMPLETE")
    log.add("child", "Topic", "UPDATE_COMPLETE")
    log.broken["child"] = Throttled("slow down", "Throttling")
    looking = watch.look()
    assert next(looking).path == ()
    with pytest.raises(Throttled):
        next(looking)
    log.broken.clear()
    assert seen(watch) == [("Child", "Topic UPDATE_COMPLETE")]


def test_the_end_of_the_root_is_the_last_of_what_happened_at_the_same_time() -> None:
    log, watch = begun()
    log.of_nested("root", "child", "UPDATE_COMPLETE")
    log.time -= timedelta(seconds=1)
    log.of_stack("root", "UPDATE_COMPLETE")
    log.time -= timedelta(seconds=1)
    log.of_stack("child", "UPDATE_COMPLETE")
    assert seen(watch)[-1] == ("", "root UPDATE_COMPLETE")


def test_an_operation_has_ended_with_its_rollback_not_with_its_failure() -> None:
    log = Log()
    watch = Watch(log, "root", "root", None)
    log.of_stack("root", "REVIEW_IN_PROGRESS")
    log.of_stack("root", "CREATE_IN_PROGRESS")
    seen(watch)
    assert not watch.has_failed
    log.of_stack("root", "ROLLBACK_IN_PROGRESS")
    seen(watch)
    assert watch.status is None
    assert watch.turned_back
    log.of_stack("root", "ROLLBACK_COMPLETE")
    seen(watch)
    assert watch.status is StackStatus.ROLLBACK_COMPLETE


def test_an_operation_that_begins_as_a_rollback_has_not_turned_into_one() -> None:
    log = Log()
    watch = Watch(log, "root", "root", None)
    log.of_stack("root", "UPDATE_ROLLBACK_IN_PROGRESS")
    log.of_stack("root", "UPDATE_ROLLBACK_COMPLETE")
    seen(watch)
    assert (watch.turned_back, watch.has_begun, watch.status) == (False, True, StackStatus.UPDATE_ROLLBACK_COMPLETE)


def test_what_was_read_of_the_operation_before_is_forgotten_once_this_one_begins() -> None:
    log = Log()
    log.of_stack("root", "UPDATE_IN_PROGRESS")
    log.add("root", "Topic", "UPDATE_FAILED")
    log.of_stack("root", "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS")
    log.of_stack("root", "UPDATE_COMPLETE")
    watch = Watch(log, "root", "root", "root-0")
    seen(watch)
    assert (watch.has_begun, watch.status) == (False, StackStatus.UPDATE_COMPLETE)
    log.of_stack("root", "UPDATE_IN_PROGRESS")
    assert seen(watch) == [("", "root UPDATE_IN_PROGRESS")]
    assert (watch.has_begun, watch.status) == (True, None)
    assert [one.event.status for one in watch.happened] == ["UPDATE_IN_PROGRESS"]


def test_the_newest_event_is_read_without_the_rest_and_a_stack_without_events_has_none() -> None:
    log = Log()
    log.by_stack["root"] = []
    assert newest_event(log, "root") is None
    log.of_stack("root", "CREATE_IN_PROGRESS")
    log.of_stack("root", "CREATE_COMPLETE")
    assert newest_event(log, "root") == "root-1"
    assert log.read == ["root-1"]


def test_news_of_a_stack_are_news_of_those_above_it() -> None:
    log, watch = begun()
    log.add("child", "Topic", "UPDATE_COMPLETE")
    seen(watch)
    assert watch.news == {"root", "child"}
    seen(watch)
    assert watch.news == set()
