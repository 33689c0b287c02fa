from __future__ import annotations

from datetime import UTC, datetime

import pytest

from stratopause.deployer.history import before_last_operation, last_operation
from stratopause.deployer.stacks import DeployedStack
from stratopause.deployer.status import StackStatus
from tests.stratopause.deployer.event_log import Log

STACK = DeployedStack("root", "root", StackStatus.UPDATE_COMPLETE, datetime(2026, 1, 1, tzinfo=UTC))


@pytest.fixture
def log() -> Log:
    log = Log()
    log.of_stack("root", "CREATE_IN_PROGRESS")
    log.of_stack("root", "CREATE_COMPLETE")
    return log


def test_the_first_operation_of_a_stack_begins_with_its_first_event(log: Log) -> None:
    assert before_last_operation(log, STACK) is None
    assert [one.event.status for one in last_operation(log, STACK)] == ["CREATE_IN_PROGRESS", "CREATE_COMPLETE"]


def test_the_last_operation_is_told_without_those_before(log: Log) -> None:
    log.of_stack("root", "UPDATE_IN_PROGRESS")
    log.of_stack("root", "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS")
    log.of_stack("root", "UPDATE_COMPLETE")
    assert [one.event.id for one in last_operation(log, STACK)] == ["root-2", "root-3", "root-4"]


def test_a_rollback_is_no_operation_of_its_own_so_that_its_cause_is_told(log: Log) -> None:
    log.of_stack("root", "UPDATE_IN_PROGRESS")
    log.add("root", "Topic", "UPDATE_FAILED", reason="boom")
    log.of_stack("root", "UPDATE_ROLLBACK_IN_PROGRESS")
    log.of_stack("root", "UPDATE_ROLLBACK_FAILED")
    log.of_stack("root", "UPDATE_ROLLBACK_IN_PROGRESS")
    log.of_stack("root", "UPDATE_ROLLBACK_COMPLETE")
    assert "boom" in [one.event.reason for one in last_operation(log, STACK)]
