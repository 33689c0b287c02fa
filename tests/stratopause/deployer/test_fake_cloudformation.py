"""The fake keeps what its page promises; `test_against_emulator.py` holds the deployer to another's word."""

from __future__ import annotations

import pytest

from stratopause.deployer.errors import NotFound, Refused, Stale
from stratopause.deployer.plan import OpenChangeSet, TemplateBody, Wanted
from tests.stratopause.deployer.fake_cloudformation import FakeClock, FakeCloudFormation
from tests.stratopause.deployer.fakes import nested, template

CHILD = template({"Topic": {"Type": "AWS::SNS::Topic"}})
OTHER = template({"Topic": {"Type": "AWS::SNS::Topic", "Properties": {"DisplayName": "x"}}})
URLS = {"https://child": CHILD, "https://other": OTHER}


@pytest.fixture
def cloudformation() -> FakeCloudFormation:
    return FakeCloudFormation(FakeClock(), URLS.__getitem__)


def opened(cloudformation: FakeCloudFormation, url: str = "https://child", kind: str = "CREATE") -> str:
    body = template({"Child": nested(url)}).decode()
    step = OpenChangeSet(Wanted("root", TemplateBody(body)), "CREATE" if kind == "CREATE" else "UPDATE")
    return cloudformation.create_change_set(step, "run", "").id


def run(cloudformation: FakeCloudFormation, change_set_id: str) -> str:
    cloudformation.change_set(change_set_id)
    cloudformation.execute_change_set(cloudformation.change_set(change_set_id), "run")
    return settled(cloudformation)


def settled(cloudformation: FakeCloudFormation) -> str:
    cloudformation.clock.sleep(100)
    stack = cloudformation.stack("root")
    return str(stack.status) if stack else "absent"


def test_a_change_set_makes_its_stack_and_those_nested_in_it_in_review(cloudformation: FakeCloudFormation) -> None:
    opened(cloudformation)
    assert {stack.status for stack in cloudformation.stacks.values()} == {"REVIEW_IN_PROGRESS"}
    assert len(cloudformation.stacks) == 2


def test_deleting_the_root_change_set_deletes_what_is_nested(cloudformation: FakeCloudFormation) -> None:
    change_set = cloudformation.change_set(opened(cloudformation))
    cloudformation.delete_change_set(change_set)
    assert cloudformation.change_sets == {}
    assert [stack.name for stack in cloudformation.stacks.values()] == ["root"]


def test_an_operation_takes_its_time_and_refuses_a_second_one(cloudformation: FakeCloudFormation) -> None:
    change_set_id = opened(cloudformation)
    cloudformation.change_set(change_set_id)
    cloudformation.execute_change_set(cloudformation.change_set(change_set_id), "run")
    stack = cloudformation.stack("root")
    assert stack is not None
    assert stack.status == "CREATE_IN_PROGRESS"
    with pytest.raises(Refused, match="in progress"):
        cloudformation.delete_stack(stack.id, "run")
    assert settled(cloudformation) == "CREATE_COMPLETE"


def test_a_change_set_from_before_the_last_operation_is_stale(cloudformation: FakeCloudFormation) -> None:
    run(cloudformation, opened(cloudformation))
    old = opened(cloudformation, "https://other", "UPDATE")
    run(cloudformation, opened(cloudformation, "https://other", "UPDATE"))
    cloudformation.change_set(old)
    with pytest.raises(Stale):
        cloudformation.execute_change_set(cloudformation.change_set(old), "run")


def test_the_same_templates_make_no_change(cloudformation: FakeCloudFormation) -> None:
    run(cloudformation, opened(cloudformation))
    change_set = cloudformation.change_set(opened(cloudformation, kind="UPDATE"))
    assert cloudformation.change_set(change_set.id).says_no_changes


def test_a_failure_rolls_back_and_is_told_newest_first(cloudformation: FakeCloudFormation) -> None:
    cloudformation.failing[("Child", "Topic")] = "boom"
    assert run(cloudformation, opened(cloudformation)) == "ROLLBACK_COMPLETE"
    stack = cloudformation.stack("root")
    assert stack is not None
    told = list(cloudformation.events(stack.id))
    assert told[0].status == "ROLLBACK_COMPLETE"
    assert [event.time for event in told] == sorted((event.time for event in told), reverse=True)
    assert any(event.reason.startswith("Embedded stack") for event in told)


def test_a_stack_that_was_deleted_is_found_by_its_id_only(cloudformation: FakeCloudFormation) -> None:
    run(cloudformation, opened(cloudformation))
    stack = cloudformation.stack("root")
    assert stack is not None
    cloudformation.delete_stack(stack.id, "run")
    assert settled(cloudformation) == "absent"
    gone = cloudformation.stack(stack.id)
    assert gone is not None
    assert gone.status.is_absent


def test_what_cannot_be_deleted_blocks_its_stack(cloudformation: FakeCloudFormation) -> None:
    run(cloudformation, opened(cloudformation))
    cloudformation.undeletable[("Child", "Topic")] = "still in use"
    stack = cloudformation.stack("root")
    assert stack is not None
    cloudformation.delete_stack(stack.id, "run")
    assert settled(cloudformation) == "DELETE_FAILED"


def test_what_is_not_there_is_not_found(cloudformation: FakeCloudFormation) -> None:
    assert cloudformation.stack("root") is None
    with pytest.raises(NotFound):
        cloudformation.resources("root")
    with pytest.raises(NotFound):
        cloudformation.change_set("arn:nothing")


def test_a_stack_that_exists_is_not_created_and_one_that_does_not_is_not_updated(
    cloudformation: FakeCloudFormation,
) -> None:
    with pytest.raises(Refused):
        opened(cloudformation, kind="UPDATE")
    run(cloudformation, opened(cloudformation))
    with pytest.raises(Refused, match="already exists"):
        opened(cloudformation)
