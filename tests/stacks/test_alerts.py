"""Who is told, by whom, and that no message is dropped in silence."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec.structs import replace

from policies.kms import TopicPublisher
from stacks.alerts import Alerts
from stratopause.environments.schema import Environment
from stratopause.wiring.errors import WiringError
from stratopause.wiring.stack import Wire


@pytest.fixture(scope="module")
def resources(templates: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = templates["alerts.json"]["Resources"]
    return found


def publishers(resources: dict[str, Any]) -> dict[str, Any]:
    statements = resources["TopicPolicy"]["Properties"]["PolicyDocument"]["Statement"]
    return {s["Principal"]["Service"]: s for s in statements if s["Effect"] == "Allow"}


def taken_by(production: Environment, *services: str) -> Alerts:
    stack = Alerts(production.prefix, production.alerts)
    stack.taken = tuple(
        Wire("Alerts", "topic_arn", "Taker", "topic_arn", (TopicPublisher(service),)) for service in services
    )
    return stack


def test_the_topic_is_encrypted_by_the_key_of_topics(resources: dict[str, Any]) -> None:
    assert resources["Topic"]["Properties"]["KmsMasterKeyId"] == {"Ref": "TopicsKeyArn"}


def test_whoever_publishes_may_use_the_key_of_the_topic(resources: dict[str, Any], templates: dict[str, Any]) -> None:
    key = templates["keys.json"]["Resources"]["TopicsKey"]["Properties"]["KeyPolicy"]["Statement"]
    with_key = {s["Principal"]["Service"] for s in key if "kms:GenerateDataKey" in s["Action"]}
    assert set(publishers(resources)) == with_key
    assert "cloudwatch.amazonaws.com" in with_key


def test_publishers_speak_for_this_account_only(resources: dict[str, Any]) -> None:
    ours = {"StringEquals": {"aws:SourceAccount": {"Ref": "AWS::AccountId"}}}
    assert all(statement["Condition"] == ours for statement in publishers(resources).values())
    assert all(statement["Action"] == ["sns:Publish"] for statement in publishers(resources).values())


def test_nobody_publishes_without_tls(resources: dict[str, Any]) -> None:
    statements = resources["TopicPolicy"]["Properties"]["PolicyDocument"]["Statement"]
    (refusal,) = [statement for statement in statements if statement["Effect"] == "Deny"]
    assert (refusal["Principal"], refusal["Action"]) == ("*", ["sns:Publish"])
    assert refusal["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}


def test_the_policy_lets_in_whoever_takes_the_topic_and_nobody_else(production: Environment) -> None:
    template = taken_by(production, "cloudwatch", "cloudwatch").render()
    assert set(publishers(template["Resources"])) == {"cloudwatch.amazonaws.com"}


def test_a_publisher_without_the_key_is_refused(production: Environment) -> None:
    with pytest.raises(WiringError, match="codebuild publishes to the alert topic, but may not use its key"):
        taken_by(production, "cloudwatch", "codebuild").render()


def test_every_address_is_subscribed(production: Environment) -> None:
    emails = ("a@example.org", "b@example.org")
    template = Alerts(production.prefix, replace(production.alerts, emails=emails)).render()
    subscriptions = [r["Properties"] for r in template["Resources"].values() if r["Type"] == "AWS::SNS::Subscription"]
    assert [subscription["Endpoint"] for subscription in subscriptions] == list(emails)
    assert {subscription["Protocol"] for subscription in subscriptions} == {"email"}
