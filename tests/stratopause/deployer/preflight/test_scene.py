from __future__ import annotations

import pytest

from stratopause.deployer.preflight.findings import Unanswered
from stratopause.deployer.preflight.scene import Once
from tests.stratopause.deployer.preflight.scripted import (
    ACCOUNT,
    DENIED,
    NOW,
    ScriptedApi,
    deployed,
    resource,
    scene,
    tree,
)

TOPIC = "AWS::SNS::Topic"
STATUSES = [
    ("CREATE_COMPLETE", True),
    ("UPDATE_ROLLBACK_COMPLETE", True),
    ("CREATE_FAILED", True),
    ("ROLLBACK_COMPLETE", False),
    ("REVIEW_IN_PROGRESS", False),
    ("DELETE_COMPLETE", False),
]


def test_what_is_deployed_is_told_by_place_and_asked_once() -> None:
    api = ScriptedApi(deployed(Topic=(TOPIC, "arn:topic")))
    looked = scene(api, tree(Topic=resource(TOPIC), More=resource(TOPIC)))
    assert set(looked.deployed) == {("Part",), ("Part", "Topic")}
    assert [one.place for one in looked.added(TOPIC)] == [("Part", "More")]
    assert api.operations() == ["describe_stacks", "list_stack_resources", "list_stack_resources"]


def test_another_type_at_the_same_place_is_new() -> None:
    looked = scene(ScriptedApi(deployed(Topic=("AWS::SQS::Queue", "queue"))), tree(Topic=resource(TOPIC)))
    assert [one.place for one in looked.added(TOPIC)] == [("Part", "Topic")]


@pytest.mark.parametrize(("status", "lasts"), STATUSES)
def test_only_what_lasts_counts_as_deployed(status: str, lasts: bool) -> None:
    stack = {"StackId": "arn:1", "StackName": "clinic-dev", "StackStatus": status, "CreationTime": NOW}
    listed = {
        "StackResourceSummaries": [
            {
                "LogicalResourceId": name,
                "ResourceType": TOPIC,
                "PhysicalResourceId": physical_id,
                "ResourceStatus": resource_status,
                "LastUpdatedTimestamp": NOW,
            }
            for name, physical_id, resource_status in (
                ("Kept", "arn:kept", "CREATE_COMPLETE"),
                ("Never", "", "CREATE_FAILED"),
                ("Retained", "arn:retained", "DELETE_SKIPPED"),
                ("Gone", "arn:gone", "DELETE_COMPLETE"),
            )
        ]
    }
    script = {
        ("cloudformation", "describe_stacks"): {"Stacks": [stack]},
        ("cloudformation", "list_stack_resources"): listed,
    }
    looked = scene(ScriptedApi(script), tree(Topic=resource(TOPIC)))
    assert list(looked.deployed) == ([("Kept",)] if lasts else [])


@pytest.mark.parametrize("operation", ["describe_stacks", "list_stack_resources"])
def test_a_denial_is_asked_for_once_and_told_to_everybody(operation: str) -> None:
    api = ScriptedApi({**deployed(), ("cloudformation", operation): DENIED})
    looked = scene(api, tree(Topic=resource(TOPIC)))
    for _ in range(2):
        with pytest.raises(Unanswered, match=f"needs cloudformation:{operation.title().replace('_', '')}"):
            list(looked.added(TOPIC))
    assert api.operations().count(operation) == 1


def test_the_caller_is_asked_for_once() -> None:
    api = ScriptedApi({})
    looked = scene(api, tree(Topic=resource(TOPIC)))
    assert looked.caller.account == looked.caller.account == ACCOUNT
    assert api.operations() == ["get_caller_identity"]


def test_none_is_an_answer_too() -> None:
    asked = []
    once = Once(lambda: asked.append(1))
    once.value()
    once.value()
    assert asked == [1]
