from __future__ import annotations

from typing import Any

import pytest

from stratopause.deployer.errors import NotFound, Refused, Throttled, Unreachable
from tests.stratopause.deployer.desk import Desk
from tests.stratopause.deployer.fake_aws import FakeAws, Fault
from tests.stratopause.deployer.fake_services import FakeIdentity
from tests.stratopause.deployer.fake_stacks import refused


@pytest.fixture
def aws() -> FakeAws:
    return FakeAws({"sts": FakeIdentity()})


def test_calls_are_remembered_with_what_they_asked(desk: Desk) -> None:
    with pytest.raises(NotFound):
        desk.ask("get_template", StackName="root")
    assert desk.api.calls == [("cloudformation", "get_template")]
    assert desk.api.requests == [("cloudformation", "get_template", {"StackName": "root"})]


@pytest.mark.parametrize(
    ("operation", "parameters"),
    [
        ("describe_stacks", {"StackNam": "root"}),
        ("get_stack_policy", {}),
        ("get_stack_policy", {"StackName": 7}),
        ("execute_change_set", {"ChangeSetName": "x", "ClientRequestToken": ""}),
    ],
)
def test_what_the_api_would_not_take_is_not_taken(desk: Desk, operation: str, parameters: dict[str, Any]) -> None:
    with pytest.raises(AssertionError, match=f"{operation} is asked"):
        desk.ask(operation, **parameters)


@pytest.mark.parametrize("answer", [{"Account": 7}, {"Acount": "1"}])
def test_what_the_api_would_not_answer_is_not_answered(aws: FakeAws, answer: dict[str, Any]) -> None:
    aws.answers[("sts", "get_caller_identity")] = answer
    with pytest.raises(AssertionError, match="get_caller_identity is answered"):
        aws.call("sts", "get_caller_identity")


def test_an_operation_without_an_answer_answers_nothing(desk: Desk) -> None:
    desk.create()
    assert desk.ask("delete_stack", StackName="root") == {}
    desk.api.answers[("cloudformation", "delete_stack")] = {"More": "than nothing"}
    with pytest.raises(AssertionError, match="where there is nothing"):
        desk.ask("delete_stack", StackName="root")


def test_answers_come_before_the_fakes(aws: FakeAws) -> None:
    key = ("sts", "get_caller_identity")
    aws.answers[key] = {"Account": "1"}
    assert aws.call(*key) == {"Account": "1"}
    aws.answers[key] = lambda asked: {"UserId": str(asked)}
    assert aws.call(*key) == {"UserId": "{}"}
    aws.answers[key] = refused("Throttling", "Rate exceeded")
    with pytest.raises(Throttled):
        aws.call(*key)


def test_what_the_fake_does_not_have_is_no_answer_of_aws(aws: FakeAws) -> None:
    for service in ("sts", "ec2"):
        operation = {"sts": "get_session_token", "ec2": "describe_vpcs"}[service]
        with pytest.raises(NotImplementedError, match=f"no {service} {operation}"):
            aws.call(service, operation)


def test_what_is_denied_is_refused_with_its_action(aws: FakeAws) -> None:
    aws.denied.add(("sts", "get_caller_identity"))
    with pytest.raises(Refused, match="not authorized to perform: sts:GetCallerIdentity") as denied:
        aws.call("sts", "get_caller_identity")
    assert denied.value.code == "AccessDenied"


def test_a_fault_happens_once_to_the_call_that_it_waits_for(desk: Desk) -> None:
    desk.api.faults += [Fault(Unreachable("no answer"), "describe_stacks", skip=1), Fault(KeyboardInterrupt(), skip=2)]
    assert desk.status() == "absent"
    with pytest.raises(Unreachable):
        desk.ask("describe_stacks", StackName="root")
    with pytest.raises(KeyboardInterrupt):
        desk.ask("describe_stacks", StackName="root")
    assert desk.status() == "absent"
    assert desk.api.faults == []


@pytest.mark.parametrize("takes_effect", [False, True])
def test_a_request_takes_effect_or_not_though_its_answer_is_lost(desk: Desk, takes_effect: bool) -> None:
    change_set_id = desk.ready(kind="CREATE")
    desk.api.faults.append(Fault(Unreachable("no answer"), "execute_change_set", takes_effect=takes_effect))
    with pytest.raises(Unreachable):
        desk.execute(change_set_id)
    assert bool(desk.fake.executed) is takes_effect


def test_pages_are_fetched_when_they_are_read(desk: Desk) -> None:
    for number in range(6):
        desk.opened(StackName=f"root-{number}")
    pages = desk.api.pages("cloudformation", "describe_stacks")
    next(pages)
    assert desk.api.calls.count(("cloudformation", "describe_stacks")) == 1
    assert len(list(pages)) == 2
