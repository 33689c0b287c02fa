from __future__ import annotations

from datetime import UTC, datetime

from stratopause.deployer.diagnosis import diagnosed, root_cause
from stratopause.deployer.events import Happened
from stratopause.deployer.stacks import NESTED_STACK, Path, StackEvent
from stratopause.deployer.status import ResourceStatus

THEN = datetime(2026, 1, 1, tzinfo=UTC)


def failed(path: Path, logical_id: str, reason: str = "boom", kind: str = "AWS::X::Y", id_: str = "id") -> Happened:
    status = ResourceStatus("CREATE_FAILED")
    return Happened("root", path, StackEvent("e", "/".join(path), logical_id, id_, kind, status, THEN, reason))


def test_nothing_that_failed_has_no_cause() -> None:
    assert root_cause([]) is None


def test_the_cause_is_followed_down_through_the_parents_that_only_repeat_it() -> None:
    cause = failed(("A", "B"), "Topic")
    happened = [failed((), "A", "Embedded stack", NESTED_STACK), failed(("A",), "B", "Embedded stack", NESTED_STACK)]
    assert root_cause([*happened, cause, failed(("A", "B"), "Later")]) == cause


def test_what_was_cancelled_failed_because_of_another() -> None:
    cause = failed((), "Topic")
    for operation in ("creation", "update", "deletion"):
        assert root_cause([failed((), "Other", f"Resource {operation} cancelled"), cause]) == cause


def test_a_nested_stack_that_could_not_even_begin_is_itself_the_cause() -> None:
    cause = failed((), "A", "Template error", NESTED_STACK)
    assert root_cause([cause]) == cause


def test_a_stack_that_says_it_failed_itself_is_no_resource() -> None:
    own = failed(("A",), "A", "it failed", NESTED_STACK, "A")
    assert root_cause([own], ("A",)) is None


def test_a_failure_elsewhere_in_the_tree_is_not_taken_for_the_first_one() -> None:
    first = failed((), "A", "Embedded stack", NESTED_STACK)
    assert root_cause([failed(("B",), "Topic"), first]) == first


def test_a_diagnosis_tells_what_the_reason_means_what_to_do_and_what_else_was_found() -> None:
    cause = failed((), "Key", "u is not authorized to perform: kms:CreateKey on resource: *")
    found = diagnosed(cause, ("more",))
    assert found is not None
    assert (found.cause, found.missing_action, found.evidence) == (cause, "kms:CreateKey", ("more",))
    assert "may not call kms:CreateKey" in found.plain
    assert "allow kms:CreateKey" in found.next_step
    assert diagnosed(None, ("more",)) is None
