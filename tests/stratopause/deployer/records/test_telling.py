from __future__ import annotations

from datetime import UTC, datetime

from stratopause.deployer import canonical
from stratopause.deployer.events import Happened
from stratopause.deployer.outcomes import Declined, Deployed, NothingToDo, RolledBack, Stuck
from stratopause.deployer.records import chain
from stratopause.deployer.records.entries import Cause, Ended, RecordedEvent
from stratopause.deployer.records.telling import LONGEST_REASON, MOST_EVENTS, ended
from stratopause.deployer.stacks import Output, Path, StackEvent
from stratopause.deployer.status import ResourceStatus, StackStatus
from tests.stratopause.deployer.records.bucket import draft

NOON = datetime(2026, 1, 31, 12, tzinfo=UTC)


def happened(status: str, path: Path = ("Database",), reason: str = "", logical_id: str = "Instance") -> Happened:
    event = StackEvent("1", "stack", logical_id, "db-1", "AWS::RDS::DBInstance", ResourceStatus(status), NOON, reason)
    return Happened("clinic-dev", path, event)


def of_the_root(status: str) -> Happened:
    event = StackEvent("1", "stack", "clinic", "stack", "AWS::CloudFormation::Stack", ResourceStatus(status), NOON)
    return Happened("clinic-dev", (), event)


def test_outputs_are_told_by_name_and_never_by_value() -> None:
    outputs = (Output("Secret", "hunter2"), Output("Endpoint", "db.example.org"))
    told = ended(
        Deployed("clinic-dev", outputs, 3.0), 3.00049, [of_the_root("UPDATE_COMPLETE")], {"Database": "a" * 64}
    )
    assert told == Ended(
        outcome="Deployed",
        status="UPDATE_COMPLETE",
        seconds=3.0,
        events=told.events,
        outputs=("Endpoint", "Secret"),
        policies={"Database": "a" * 64},
    )
    assert b"hunter2" not in canonical.encoded(told)
    assert ended(NothingToDo("clinic-dev", outputs), 1.0).outputs == ("Endpoint", "Secret")


def test_a_failure_is_told_with_its_cause_and_where_it_is() -> None:
    cause = happened("UPDATE_FAILED", ("Database", "Inner"), "no capacity")
    told = Cause(path="Database/Inner", logical_id="Instance", type="AWS::RDS::DBInstance", reason="no capacity")
    rolled_back = ended(RolledBack("clinic-dev", StackStatus.UPDATE_ROLLBACK_COMPLETE, cause), 60.0, [cause])
    assert (rolled_back.outcome, rolled_back.status, rolled_back.cause) == (
        "RolledBack",
        "UPDATE_ROLLBACK_COMPLETE",
        told,
    )
    assert rolled_back.events == (
        RecordedEvent(
            path="Database/Inner",
            logical_id="Instance",
            type="AWS::RDS::DBInstance",
            status="UPDATE_FAILED",
            time=NOON,
            reason="no capacity",
        ),
    )
    stuck = ended(Stuck("clinic-dev", StackStatus.UPDATE_ROLLBACK_FAILED, None, "repair it"), 1.0)
    assert (stuck.status, stuck.cause, stuck.policies) == ("UPDATE_ROLLBACK_FAILED", None, None)
    assert ended(Declined("clinic-dev"), 1.0) == Ended(outcome="Declined", seconds=1.0)


def test_of_many_events_the_first_failures_and_the_last_ones_are_told_in_their_order() -> None:
    failures = [happened("CREATE_FAILED", reason=f"{number}") for number in range(MOST_EVENTS)]
    others = [happened("DELETE_COMPLETE", reason=f"after {number}") for number in range(MOST_EVENTS)]
    events = ended(Declined("clinic-dev"), 1.0, [*failures, *others]).events
    half = MOST_EVENTS // 2
    assert [event.reason for event in events] == [
        *(f"{number}" for number in range(half)),
        *(f"after {number}" for number in range(half, MOST_EVENTS)),
    ]
    assert len(ended(Declined("clinic-dev"), 1.0, others).events) == MOST_EVENTS


def test_however_much_aws_tells_the_record_can_be_read_again() -> None:
    hostile = "\ud800\x1b[2J" + "é" * LONGEST_REASON
    events = [happened("CREATE_FAILED", ("A" * 128,) * 5, hostile, "L" * 255)] * (2 * MOST_EVENTS)
    entry = chain.after(None, draft(body=ended(Declined("clinic-dev"), 1.0, events)))
    assert chain.read(canonical.encoded(entry)) == entry
    assert isinstance(entry.body, Ended)
    assert len(entry.body.events[0].reason) == LONGEST_REASON
    assert entry.body.events[0].reason.endswith("é…")
