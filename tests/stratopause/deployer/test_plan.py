from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as some

from stratopause.deployer.errors import DeploymentError, NeedsRecovery, StackBusy
from stratopause.deployer.plan import (
    DeleteRolledBack,
    OpenChangeSet,
    Plan,
    TemplateUrl,
    Upload,
    Wanted,
    plan,
)
from stratopause.deployer.stacks import DeployedStack
from stratopause.deployer.status import StackStatus

WANTED = Wanted("clinic-dev", TemplateUrl("https://bucket/templates/1.json"))
KEEPING = (StackStatus.CREATE_FAILED, StackStatus.UPDATE_FAILED)
CREATE, UPDATE = OpenChangeSet(WANTED, "CREATE"), OpenChangeSet(WANTED, "UPDATE")


def deployed(status: StackStatus, reason: str = "") -> DeployedStack:
    return DeployedStack("arn:stack/1", "clinic-dev", status, datetime(2026, 1, 2, tzinfo=UTC), reason)


def test_a_stack_that_is_absent_is_created() -> None:
    assert plan(WANTED, None) == Plan(CREATE)


@pytest.mark.parametrize("status", [StackStatus.DELETE_COMPLETE, StackStatus.REVIEW_IN_PROGRESS])
def test_a_stack_that_was_deleted_or_never_made_is_created(status: StackStatus) -> None:
    assert plan(WANTED, deployed(status)) == Plan(CREATE)


def test_a_stack_whose_creation_was_rolled_back_is_deleted_first() -> None:
    assert plan(WANTED, deployed(StackStatus.ROLLBACK_COMPLETE)) == Plan(CREATE, DeleteRolledBack("arn:stack/1"))


@pytest.mark.parametrize("status", [status for status in StackStatus if status.is_stable])
def test_a_stack_at_rest_is_updated(status: StackStatus) -> None:
    assert plan(WANTED, deployed(status)) == Plan(UPDATE)


@pytest.mark.parametrize("status", [status for status in StackStatus if status.is_in_progress])
def test_a_stack_at_work_is_refused_with_since_when(status: StackStatus) -> None:
    with pytest.raises(StackBusy, match=f"clinic-dev is {status} since 2026-01-02 00:00:00 UTC"):
        plan(WANTED, deployed(status))


@pytest.mark.parametrize("status", KEEPING)
def test_a_stack_whose_failure_was_left_for_a_look_is_updated_without_rollback(status: StackStatus) -> None:
    assert plan(WANTED, deployed(status)) == Plan(OpenChangeSet(WANTED, "UPDATE", without_rollback=True))


@pytest.mark.parametrize("status", [one for one in StackStatus if one.needs_recovery and one not in KEEPING])
def test_a_stack_that_needs_recovery_is_refused_with_its_reason_and_the_next_step(status: StackStatus) -> None:
    with pytest.raises(NeedsRecovery, match="because") as refused:
        plan(WANTED, deployed(status, "because"), environment="dev --suffix pr-42")
    assert str(refused.value.next_step).startswith("python build.py recover dev --suffix pr-42")
    assert refused.value.exit_code == 5


@given(some.sampled_from(StackStatus))
def test_a_plan_clears_only_what_was_never_created_and_always_uploads(status: StackStatus) -> None:
    upload = Upload("bucket", ())
    try:
        steps = plan(WANTED, deployed(status), upload)
    except DeploymentError:
        assert not status.is_stable
        assert status not in KEEPING
        return
    assert (steps.clear is not None) == (status is StackStatus.ROLLBACK_COMPLETE)
    assert steps.upload == upload
    assert steps.open.wanted == WANTED
