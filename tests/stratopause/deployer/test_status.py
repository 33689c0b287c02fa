from __future__ import annotations

import boto3
import pytest

from stratopause.deployer.errors import UnknownStatus
from stratopause.deployer.status import ResourceStatus, StackStatus


def test_every_status_that_the_api_knows_is_known() -> None:
    shape = boto3.client("cloudformation", region_name="us-east-1").meta.service_model.shape_for("StackStatus")
    assert {str(status) for status in StackStatus} == set(shape.enum)


def test_a_status_of_the_future_is_refused_by_name() -> None:
    with pytest.raises(UnknownStatus, match="PAUSED"):
        StackStatus.of("PAUSED")


@pytest.mark.parametrize("status", StackStatus)
def test_each_status_calls_for_exactly_one_kind_of_answer(status: StackStatus) -> None:
    answers = [
        status.is_in_review,
        status.is_in_progress,
        status.is_absent,
        status.is_failed_creation,
        status.needs_recovery,
        status.is_stable,
    ]
    assert answers.count(True) == 1


@pytest.mark.parametrize(
    ("status", "is_stable"),
    [
        ("CREATE_COMPLETE", True),
        ("UPDATE_COMPLETE", True),
        ("UPDATE_ROLLBACK_COMPLETE", True),
        ("IMPORT_COMPLETE", True),
        ("IMPORT_ROLLBACK_COMPLETE", True),
        ("ROLLBACK_COMPLETE", False),
        ("UPDATE_COMPLETE_CLEANUP_IN_PROGRESS", False),
    ],
)
def test_only_a_stack_at_rest_can_be_updated(status: str, is_stable: bool) -> None:
    assert StackStatus.of(status).is_stable is is_stable


def test_an_update_that_was_rolled_back_did_not_succeed() -> None:
    assert StackStatus.UPDATE_ROLLBACK_COMPLETE.is_rolled_back
    assert not StackStatus.UPDATE_COMPLETE.is_rolled_back


def test_an_operation_begins_with_what_somebody_asked_for_not_with_its_rollback() -> None:
    assert ResourceStatus("UPDATE_IN_PROGRESS").begins_operation
    assert not ResourceStatus("UPDATE_ROLLBACK_IN_PROGRESS").begins_operation
    assert not ResourceStatus("REVIEW_IN_PROGRESS").begins_operation
