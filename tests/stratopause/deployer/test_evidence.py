from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from stacks.bootstrap import template as bootstrap_template
from stratopause.deployer.connection import begin
from stratopause.deployer.errors import DeploymentError, NotFound, Refused, Throttled, Unreachable
from stratopause.deployer.events import Happened
from stratopause.deployer.evidence import MOST, evidence, witness
from stratopause.deployer.outcomes import RolledBack
from stratopause.deployer.stacks import StackEvent
from stratopause.deployer.status import ResourceStatus
from stratopause.deployer.target import LOCAL_ACCOUNT, Target
from tests.stratopause.deployer.fakes import Somebody, template
from tests.stratopause.deployer.orders import bring

ARN = "arn:aws:ecs:eu-central-1:1:service/clinic/web"


class Scripted:
    """Answers by operation; what isn't there is denied."""

    def __init__(self, **answers: Any) -> None:
        self.answers = answers
        self.asked: list[tuple[str, dict[str, Any]]] = []

    def call(self, service: str, operation: str, **parameters: Any) -> dict[str, Any]:
        self.asked.append((operation, parameters))
        answer = self.answers.get(operation, Refused("no", "AccessDenied"))
        if isinstance(answer, DeploymentError):
            raise answer
        told: dict[str, Any] = answer(parameters) if callable(answer) else answer
        return told

    def pages(self, service: str, operation: str, **parameters: Any) -> Iterator[dict[str, Any]]:
        yield self.call(service, operation, **parameters)


def failure(reason: str = "circuit breaker", kind: str = "AWS::ECS::Service", physical_id: str = ARN) -> Happened:
    then = datetime(2026, 1, 1, tzinfo=UTC)
    status = ResourceStatus("CREATE_FAILED")
    return Happened("root", ("Service",), StackEvent("e", "arn:stack", "Web", physical_id, kind, status, then, reason))


def task(why: str, minute: int = 0, **container: Any) -> dict[str, Any]:
    stopped = datetime(2026, 1, 1, 0, minute, tzinfo=UTC)
    return {"stoppedReason": why, "stoppedAt": stopped, "containers": [{"name": "app", **container}]}


def test_a_service_tells_why_its_tasks_stopped_the_newest_first_and_each_reason_once() -> None:
    tasks = [
        task("Essential container in task exited", 1, exitCode=1),
        task("Task failed ELB health checks", 3),
        task("Essential container in task exited", 2, exitCode=1),
        task("CannotPullContainerError", 0, reason="no such image", exitCode=0),
    ]
    api = Scripted(list_tasks={"taskArns": ["a", "b"]}, describe_tasks={"tasks": tasks})
    assert evidence(api, failure()) == (
        "a task stopped: Task failed ELB health checks",
        "a task stopped: Essential container in task exited; app: exit code 1",
        "a task stopped: CannotPullContainerError; app: no such image",
    )
    assert api.asked == [
        ("list_tasks", {"cluster": "clinic", "serviceName": "web", "desiredStatus": "STOPPED"}),
        ("describe_tasks", {"cluster": "clinic", "tasks": ["a", "b"]}),
    ]


def test_a_task_without_a_reason_is_told_as_such() -> None:
    api = Scripted(list_tasks={"taskArns": ["a"]}, describe_tasks={"tasks": [{}]})
    assert evidence(api, failure()) == ("a task stopped: ECS gives no reason",)


def test_without_a_stopped_task_the_service_itself_tells() -> None:
    events = [{"message": f"unable to place a task: {number}"} for number in range(9)]
    api = Scripted(list_tasks={"taskArns": []}, describe_services={"services": [{"events": events}]})
    told = evidence(api, failure())
    assert told == tuple(f"the service tells: unable to place a task: {number}" for number in range(MOST))
    assert evidence(Scripted(list_tasks={}, describe_services={"services": []}), failure()) == ()


@pytest.mark.parametrize(
    "error", [Refused("no", "AccessDenied"), NotFound("gone"), Throttled("slow"), Unreachable("?")]
)
def test_what_cant_be_asked_leaves_that_much_less_evidence(error: DeploymentError) -> None:
    assert evidence(Scripted(list_tasks=error, describe_stacks=error), failure("")) == ()


def test_a_service_that_never_came_to_be_is_not_asked_for() -> None:
    api = Scripted()
    assert evidence(api, failure(physical_id="")) == ()
    assert api.asked == []


def test_a_reason_that_explains_itself_needs_no_second_source() -> None:
    api = Scripted()
    assert evidence(api, failure("Bucket already exists", "AWS::S3::Bucket")) == ()
    assert api.asked == []


@pytest.mark.parametrize("reason", ["", "mystery", "Internal Failure"])
def test_a_reason_that_says_nothing_is_looked_up_in_the_last_operations(reason: str) -> None:
    operations = [{"OperationId": "rollback"}, {"OperationId": "update"}]
    events = {
        "rollback": [],
        "update": [
            {"LogicalResourceId": "Web", "ResourceStatusReason": reason},
            {"LogicalResourceId": "Web", "ValidationStatusReason": "port out of range"},
            {"HookStatusReason": "the hook says no"},
        ],
    }
    api = Scripted(
        describe_stacks={"Stacks": [{"LastOperations": operations}]},
        describe_events=lambda asked: {"OperationEvents": events[asked["OperationId"]]},
    )
    assert witness(api)(failure(reason, "AWS::SNS::Topic")) == (
        "Web: port out of range",
        "the stack: the hook says no",
    )
    assert api.asked[0] == ("describe_stacks", {"StackName": "arn:stack"})


@pytest.mark.emulator
def test_a_cloudformation_that_others_wrote_tells_what_failed_before_the_rollback(
    clean_account: str, tmp_path: Path
) -> None:
    target = Target("clinic-local", "local", LOCAL_ACCOUNT, "us-east-1", endpoint_url=clean_account)
    session = begin(target, Somebody(), tmp_path)
    key = f"arn:aws:kms:us-east-1:{LOCAL_ACCOUNT}:key/00000000-0000-0000-0000-000000000000"
    bad = {"Type": "AWS::Logs::LogGroup", "Properties": {"KmsKeyId": key}}
    outcome = bring(session, {"platform.json": template({"Log": bad})}, bootstrap_template({}))
    assert isinstance(outcome, RolledBack)
    assert outcome.cause is not None
    assert outcome.diagnosis is not None
    assert "KMS key" in outcome.diagnosis.plain
    silent = replace(outcome.cause, event=replace(outcome.cause.event, reason=""))
    told = evidence(session.means.services.api, silent)
    assert any(line.startswith("Log: ") and "key" in line for line in told)
