from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from stratopause.deployer.events import Happened
from stratopause.deployer.stacks import NESTED_STACK, Path, StackEvent
from stratopause.deployer.status import ResourceStatus
from stratopause.deployer.timeline import at_work, spans

BEGIN = datetime(2026, 1, 1, tzinfo=UTC)


def at(second: float, path: Path, logical_id: str, status: str, nested: str = "") -> Happened:
    kind = NESTED_STACK if nested else "AWS::SNS::Topic"
    time = BEGIN + timedelta(seconds=second)
    stack = "/".join(path) or "root"
    return Happened("root", path, StackEvent("e", stack, logical_id, nested or "p", kind, ResourceStatus(status), time))


def told(*happened: Happened, now: float = 100) -> list[tuple[str, float, bool]]:
    then = BEGIN + timedelta(seconds=now)
    return [("/".join((*one.path, one.logical_id)), one.seconds(then), one.end is None) for one in spans(happened)]


def test_a_resource_spans_from_its_first_event_to_its_end() -> None:
    assert told(
        at(0, (), "A", "CREATE_IN_PROGRESS"),
        at(2, (), "A", "CREATE_IN_PROGRESS"),
        at(3, ("X",), "A", "CREATE_IN_PROGRESS"),
        at(10, (), "A", "CREATE_COMPLETE"),
    ) == [("A", 10.0, False), ("X/A", 97.0, True)]


def test_what_is_done_to_a_resource_again_is_a_span_of_its_own() -> None:
    assert told(
        at(0, (), "A", "CREATE_IN_PROGRESS"),
        at(1, (), "A", "CREATE_FAILED"),
        at(5, (), "A", "DELETE_IN_PROGRESS"),
        at(9, (), "A", "DELETE_COMPLETE"),
    ) == [("A", 1.0, False), ("A", 4.0, False)]


def test_a_stacks_own_events_are_no_resource() -> None:
    own = Happened(
        "root", (), StackEvent("e", "s", "root", "s", NESTED_STACK, ResourceStatus("CREATE_COMPLETE"), BEGIN)
    )
    assert spans([own]) == ()


def test_a_nested_stack_is_known_as_one_though_its_first_event_has_no_id_yet() -> None:
    first = at(0, (), "X", "CREATE_IN_PROGRESS")
    (span,) = spans([first, at(1, (), "X", "CREATE_IN_PROGRESS", nested="arn")])
    assert span.is_nested_stack


def test_time_that_runs_backwards_between_two_clocks_takes_nothing() -> None:
    assert told(at(10, (), "A", "CREATE_IN_PROGRESS"), now=5) == [("A", 0.0, True)]


def test_at_work_is_told_longest_first_and_a_nested_stack_by_what_is_in_it() -> None:
    happened = [
        at(0, (), "X", "UPDATE_IN_PROGRESS", nested="arn:x"),
        at(1, (), "Y", "UPDATE_IN_PROGRESS", nested="arn:y"),
        at(5, ("X",), "A", "UPDATE_IN_PROGRESS"),
        at(2, (), "B", "UPDATE_IN_PROGRESS"),
        at(2, (), "C", "UPDATE_IN_PROGRESS"),
        at(3, (), "C", "UPDATE_COMPLETE"),
    ]
    assert at_work(happened, BEGIN + timedelta(seconds=10)) == (((), "Y", 9.0), ((), "B", 8.0), (("X",), "A", 5.0))


EVENTS = st.builds(
    at,
    st.floats(0, 1000),
    st.sampled_from([(), ("X",), ("X", "Y")]),
    st.sampled_from(["A", "B", "X", "Y"]),
    st.sampled_from(["CREATE_IN_PROGRESS", "CREATE_COMPLETE", "DELETE_FAILED", "NEW_WORD"]),
    st.sampled_from(["", "arn"]),
)


@given(st.lists(EVENTS, max_size=40))
def test_whatever_the_events_no_span_is_negative_and_at_most_one_of_a_resource_is_open(
    happened: list[Happened],
) -> None:
    found = spans(happened)
    running = [(span.path, span.logical_id) for span in found if span.end is None]
    assert len(running) == len(set(running))
    assert all(span.seconds(BEGIN) >= 0 for span in found)
    assert len(at_work(happened, BEGIN)) <= len(running)
