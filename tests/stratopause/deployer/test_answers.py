from __future__ import annotations

from datetime import UTC, datetime

import pytest

from stratopause import exit_codes
from stratopause.deployer.answers import (
    CONDITIONS,
    ENVIRONMENT,
    TABLE,
    Command,
    Condition,
    How,
    Nothing,
    Proceed,
    Refuse,
    answer,
    consult,
    next_step,
)
from stratopause.deployer.errors import NeedsRecovery, StackAbsent, StackBusy
from stratopause.deployer.stacks import DeployedStack
from stratopause.deployer.status import StackStatus

STATUSES = (None, *StackStatus)
LOOKING = {Command.DOCTOR, Command.WATCH, Command.STATUS, Command.OUTPUTS, Command.DRIFT, Command.HISTORY}
READING = {How.FOLLOW, How.EXPLAIN}
DELETING = {How.DELETE, How.CLEAR_AND_CREATE}


def stack(status: StackStatus, reason: str = "") -> DeployedStack:
    return DeployedStack("arn:stack/1", "clinic-dev", status, datetime(2026, 1, 2, tzinfo=UTC), reason)


@pytest.mark.parametrize("status", STATUSES)
def test_every_status_is_of_one_condition(status: StackStatus | None) -> None:
    assert [one for one in Condition if status in one.statuses] == [CONDITIONS[status]]


@pytest.mark.parametrize("command", Command)
def test_no_cell_of_the_table_is_empty(command: Command) -> None:
    assert set(TABLE[command]) == set(Condition)
    for status in STATUSES:
        assert isinstance(answer(command, status), Proceed | Nothing | Refuse)


@pytest.mark.parametrize("command", [one for one in Command if one not in LOOKING])
@pytest.mark.parametrize("status", [one for one in StackStatus if one.is_in_progress])
def test_while_cloudformation_is_at_work_nothing_is_written_but_a_cancellation(
    command: Command, status: StackStatus
) -> None:
    given = answer(command, status)
    if isinstance(given, Proceed) and given.how not in READING:
        assert (command, status) == (Command.CANCEL, StackStatus.UPDATE_IN_PROGRESS)
    if isinstance(given, Refuse):
        assert given.exit_code == exit_codes.BUSY


@pytest.mark.parametrize("command", Command)
@pytest.mark.parametrize("status", [StackStatus.UPDATE_ROLLBACK_FAILED, StackStatus.IMPORT_ROLLBACK_FAILED])
def test_a_stack_whose_rollback_can_go_on_is_never_deleted(command: Command, status: StackStatus) -> None:
    given = answer(command, status)
    assert not isinstance(given, Proceed) or given.how not in DELETING


@pytest.mark.parametrize("command", Command)
def test_what_was_created_once_is_never_created_again_before_it_is_gone(command: Command) -> None:
    creating = {status for status in STATUSES if answer(command, status) == Proceed(How.CREATE)}
    assert creating <= {None, StackStatus.DELETE_COMPLETE, StackStatus.REVIEW_IN_PROGRESS}
    assert answer(command, StackStatus.ROLLBACK_COMPLETE) != Proceed(How.UPDATE)


@pytest.mark.parametrize("status", [one for one in StackStatus if one.needs_recovery])
def test_from_every_status_that_needs_recovery_recover_leads_on(status: StackStatus) -> None:
    assert isinstance(answer(Command.RECOVER, status), Proceed)


@pytest.mark.parametrize("command", Command)
@pytest.mark.parametrize("status", STATUSES)
def test_a_refusal_says_which_command_comes_next(command: Command, status: StackStatus | None) -> None:
    given = answer(command, status)
    if isinstance(given, Refuse):
        assert "python build.py " in given.next_step
        assert f" {ENVIRONMENT}" in given.next_step
        assert "aws " not in given.next_step


def test_a_command_is_named_with_its_environment_before_its_flags() -> None:
    assert Command.RECOVER_BY_DELETING.on("dev --suffix pr-42") == "python build.py recover dev --suffix pr-42 --delete"


def test_a_refusal_tells_status_time_reason_and_what_is_typed_next() -> None:
    found = stack(StackStatus.UPDATE_ROLLBACK_FAILED, "The following resource(s) failed to update: [Instance].")
    with pytest.raises(NeedsRecovery) as refused:
        consult(Command.DESTROY, found, "clinic-dev", "dev --suffix pr-42")
    assert refused.value.message == (
        "clinic-dev is UPDATE_ROLLBACK_FAILED since 2026-01-02 00:00:00 UTC (The following resource(s) failed to "
        "update: [Instance].): a stack whose rollback isn't finished is never deleted"
    )
    assert str(refused.value.next_step).startswith("python build.py recover dev --suffix pr-42, ")


@pytest.mark.parametrize("found", [None, stack(StackStatus.DELETE_COMPLETE)])
def test_what_is_absent_is_refused_as_absent(found: DeployedStack | None) -> None:
    with pytest.raises(StackAbsent, match="clinic-dev doesn't exist: there is nothing yet"):
        consult(Command.PREPARE, found, "clinic-dev", "dev")


def test_what_may_be_done_is_returned() -> None:
    assert consult(Command.DESTROY, None, "clinic-dev", "dev") == Nothing("doesn't exist")
    assert consult(Command.CANCEL, stack(StackStatus.UPDATE_IN_PROGRESS), "clinic-dev", "dev") == Proceed(How.CANCEL)
    with pytest.raises(StackBusy):
        consult(Command.DEPLOY, stack(StackStatus.UPDATE_IN_PROGRESS), "clinic-dev", "dev")


@pytest.mark.parametrize(
    ("status", "command"),
    [
        (StackStatus.UPDATE_ROLLBACK_FAILED, "recover"),
        (StackStatus.UPDATE_IN_PROGRESS, "recover"),
        (StackStatus.UPDATE_ROLLBACK_COMPLETE, "deploy"),
        (StackStatus.ROLLBACK_COMPLETE, "deploy"),
    ],
)
def test_after_an_operation_the_next_step_is_a_command_of_ours(status: StackStatus, command: str) -> None:
    assert next_step(status, "dev") == f"python build.py {command} dev"
