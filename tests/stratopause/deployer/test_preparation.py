"""The one-off task after the first deployment."""

from __future__ import annotations

from pathlib import Path

import pytest

from stratopause.deployer.errors import InvalidOutputs, TaskFailed
from stratopause.deployer.events import TaskEnded, TaskStarted
from stratopause.deployer.outcomes import Deployed
from stratopause.deployer.preparation import is_task_new, prepare_database, task_of
from stratopause.deployer.services import OneOffTask, TaskState
from stratopause.deployer.stacks import Output
from tests.stratopause.deployer.fakes import Account

OUTPUTS = (
    Output("ClusterName", "clinic", ""),
    Output("PreparationTaskArn", "arn:aws:ecs:eu-central-1:999988887777:task-definition/prepare:1", ""),
    Output("ServiceSubnetIdB", "subnet-b", ""),
    Output("ServiceSubnetIdA", "subnet-a", ""),
    Output("ServiceSecurityGroupId", "sg-1", ""),
    Output("VpcId", "vpc-1", ""),
)


@pytest.fixture
def account(tmp_path: Path) -> Account:
    return Account(tmp_path)


def test_it_runs_once_where_the_service_runs_and_is_waited_for(account: Account) -> None:
    prepare_database(account.session(), OUTPUTS)
    (task, token), *others = account.tasks.started
    assert task == OneOffTask("clinic", OUTPUTS[1].value, ("subnet-a", "subnet-b"), "sg-1")
    assert (token, others) == ("run-1", [])
    assert [type(event) for event in account.somebody.shown] == [TaskStarted, TaskEnded]
    assert account.tasks.looks < 0


@pytest.mark.parametrize(
    ("end", "how"),
    [
        (TaskState(is_stopped=True, exit_code=1, reason="Essential container exited"), "exited with 1: Essential"),
        (TaskState(is_stopped=True, reason="CannotPullContainerError"), "never started: CannotPullContainerError"),
    ],
)
def test_a_task_that_fails_says_why_and_how_to_run_it_again(account: Account, end: TaskState, how: str) -> None:
    account.tasks.end = end
    with pytest.raises(TaskFailed, match=how) as failed:
        prepare_database(account.session(), OUTPUTS)
    assert failed.value.next_step
    assert "python build.py prepare dev" in failed.value.next_step


def test_a_task_that_never_ends_is_given_up(account: Account) -> None:
    account.tasks.looks = 10_000
    with pytest.raises(TaskFailed, match="doesn't end"):
        prepare_database(account.session(), OUTPUTS)


def test_a_task_is_new_where_none_was_or_another() -> None:
    other = tuple(Output(one.logical_id, one.value.replace(":1", ":2")) for one in OUTPUTS)
    assert is_task_new(Deployed("clinic-dev", OUTPUTS, 1.0))
    assert is_task_new(Deployed("clinic-dev", other, 1.0, OUTPUTS))
    assert not is_task_new(Deployed("clinic-dev", OUTPUTS, 1.0, OUTPUTS))
    assert not is_task_new(Deployed("clinic-dev", (), 1.0, OUTPUTS))


def test_outputs_that_name_no_task_are_refused() -> None:
    with pytest.raises(InvalidOutputs, match="the outputs name no cluster_name"):
        task_of({"vpc_id": "vpc-1"})
