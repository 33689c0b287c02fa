"""The fake keeps what its page promises; `test_behaviour.py` holds it to another's word."""

from __future__ import annotations

import json
from typing import Any

import pytest

from stratopause.deployer.errors import NotFound, Refused, Stale
from tests.stratopause.deployer.fake_aws import FakeAws
from tests.stratopause.deployer.fake_clock import FakeClock
from tests.stratopause.deployer.fake_cloudformation import FakeCloudFormation
from tests.stratopause.deployer.fakes import nested, template

CHILD = template({"Topic": {"Type": "AWS::SNS::Topic"}})
OTHER = template({"Topic": {"Type": "AWS::SNS::Topic", "Properties": {"DisplayName": "x"}}})
URLS = {"https://child": CHILD, "https://other": OTHER}


class Desk:
    """One CloudFormation, and how it is asked."""

    def __init__(self) -> None:
        self.clock = FakeClock()
        self.fake = FakeCloudFormation(self.clock, URLS.__getitem__)
        self.api = FakeAws({"cloudformation": self.fake})
        self.names = (f"run-{number}" for number in range(1, 1000))

    def ask(self, operation: str, **parameters: Any) -> dict[str, Any]:
        return self.api.call("cloudformation", operation, **parameters)

    def all(self, operation: str, key: str, **parameters: Any) -> list[dict[str, Any]]:
        return [one for page in self.api.pages("cloudformation", operation, **parameters) for one in page[key]]

    def opened(self, resources: dict[str, Any] | None = None, kind: str = "CREATE", **more: Any) -> str:
        asked = {"StackName": "root", "ChangeSetName": next(self.names), "ChangeSetType": kind} | more
        body = template(resources or {"Child": nested("https://child")}).decode()
        made = self.ask("create_change_set", TemplateBody=body, IncludeNestedStacks=True, **asked)
        self.ask("describe_change_set", ChangeSetName=made["Id"])
        return str(made["Id"])

    def run(self, change_set_id: str, **more: Any) -> str:
        self.ask("describe_change_set", ChangeSetName=change_set_id)
        self.ask("execute_change_set", ChangeSetName=change_set_id, **more)
        return self.settled()

    def settled(self) -> str:
        self.clock.sleep(100)
        return self.status()

    def status(self) -> str:
        try:
            return str(self.root()["StackStatus"])
        except NotFound:
            return "absent"

    def root(self) -> dict[str, Any]:
        (stack,) = self.ask("describe_stacks", StackName="root")["Stacks"]
        return dict(stack)

    def events(self) -> list[dict[str, Any]]:
        return self.all("describe_stack_events", "StackEvents", StackName=self.root()["StackId"])


@pytest.fixture
def desk() -> Desk:
    return Desk()


def test_a_change_set_makes_its_stack_and_those_nested_in_it_in_review(desk: Desk) -> None:
    desk.opened()
    assert {stack.status for stack in desk.fake.stacks.values()} == {"REVIEW_IN_PROGRESS"}
    assert len(desk.fake.stacks) == 2


def test_deleting_the_root_change_set_deletes_what_is_nested(desk: Desk) -> None:
    change_set_id = desk.opened()
    desk.ask("describe_change_set", ChangeSetName=change_set_id)
    desk.ask("delete_change_set", ChangeSetName=change_set_id)
    assert desk.fake.change_sets == {}
    assert [stack.name for stack in desk.fake.stacks.values()] == ["root"]


def test_a_change_set_takes_a_look_to_be_made_and_cannot_be_deleted_before(desk: Desk) -> None:
    change_set_id = desk.opened()
    with pytest.raises(Refused, match="cannot be deleted"):
        desk.ask("delete_change_set", ChangeSetName=change_set_id)
    assert desk.ask("describe_change_set", ChangeSetName=change_set_id)["Status"] == "CREATE_COMPLETE"


def test_an_operation_takes_its_time_and_refuses_a_second_one(desk: Desk) -> None:
    desk.run(desk.opened())
    old = desk.opened({"Child": nested("https://other")}, "UPDATE")
    desk.ask("describe_change_set", ChangeSetName=old)
    desk.ask("execute_change_set", ChangeSetName=old)
    assert desk.status() == "UPDATE_IN_PROGRESS"
    with pytest.raises(Refused, match="UPDATE_IN_PROGRESS"):
        desk.ask("delete_stack", StackName="root")
    with pytest.raises(Refused, match="UPDATE_IN_PROGRESS"):
        desk.opened(kind="UPDATE")
    assert desk.settled() == "UPDATE_COMPLETE"


def test_a_change_set_from_before_the_last_execution_is_gone(desk: Desk) -> None:
    desk.run(desk.opened())
    old = desk.opened({"Child": nested("https://other")}, "UPDATE")
    desk.run(desk.opened({"Child": nested("https://other")}, "UPDATE"))
    with pytest.raises(NotFound):
        desk.ask("execute_change_set", ChangeSetName=old)


def test_a_change_set_from_before_another_change_is_obsolete(desk: Desk) -> None:
    desk.run(desk.opened())
    old = desk.opened({"Child": nested("https://other")}, "UPDATE")
    desk.fake.change_elsewhere("root")
    assert desk.ask("describe_change_set", ChangeSetName=old)["ExecutionStatus"] == "OBSOLETE"
    with pytest.raises(Stale):
        desk.ask("execute_change_set", ChangeSetName=old)


def test_the_same_templates_make_no_change(desk: Desk) -> None:
    desk.run(desk.opened())
    told = desk.ask("describe_change_set", ChangeSetName=desk.opened(kind="UPDATE"))
    assert told["Status"] == "FAILED"
    assert told["StatusReason"].startswith("The submitted information didn't contain changes")


def test_a_failure_rolls_back_and_is_told_newest_first(desk: Desk) -> None:
    desk.fake.failing[("Child", "Topic")] = "boom"
    assert desk.run(desk.opened()) == "ROLLBACK_COMPLETE"
    told = desk.events()
    assert told[0]["ResourceStatus"] == "ROLLBACK_COMPLETE"
    assert [event["Timestamp"] for event in told] == sorted((event["Timestamp"] for event in told), reverse=True)
    assert any(event.get("ResourceStatusReason", "").startswith("Embedded stack") for event in told)


def test_a_stack_that_was_deleted_is_found_by_its_id_only(desk: Desk) -> None:
    desk.run(desk.opened())
    stack_id = desk.root()["StackId"]
    desk.ask("delete_stack", StackName=stack_id)
    assert desk.settled() == "absent"
    (gone,) = desk.ask("describe_stacks", StackName=stack_id)["Stacks"]
    assert gone["StackStatus"] == "DELETE_COMPLETE"


def test_what_cannot_be_deleted_blocks_its_stack(desk: Desk) -> None:
    desk.run(desk.opened())
    desk.fake.undeletable[("Child", "Topic")] = "still in use"
    desk.ask("delete_stack", StackName="root")
    assert desk.settled() == "DELETE_FAILED"


def test_what_is_not_there_is_not_found(desk: Desk) -> None:
    assert desk.status() == "absent"
    for operation in ("list_stack_resources", "describe_stack_events", "get_template"):
        with pytest.raises(NotFound):
            desk.ask(operation, StackName="root")
    with pytest.raises(NotFound):
        desk.ask("describe_change_set", ChangeSetName="arn:nothing")


def test_a_stack_that_exists_is_not_created_and_one_that_does_not_is_not_updated(desk: Desk) -> None:
    with pytest.raises(Refused):
        desk.opened(kind="UPDATE")
    desk.run(desk.opened())
    with pytest.raises(Refused, match="already exists"):
        desk.opened()


def test_a_template_is_given_back_as_json(desk: Desk) -> None:
    desk.run(desk.opened())
    body = desk.ask("get_template", StackName="root")["TemplateBody"]
    assert json.loads(body)["Resources"] == {"Child": nested("https://child")}
