from __future__ import annotations

from typing import Any

import pytest

from tests.forest import Body, forest, found, nested, places, resource, template
from tests.hostile import hostile

RULE = "W9505"
TOPIC = {"Ref": "Topic"}
GOOD = template(
    Alarm=resource("CloudWatch::Alarm", {"AlarmName": "full", "AlarmActions": [TOPIC]}),
    Both=resource("CloudWatch::CompositeAlarm", {"AlarmActions": [TOPIC], "AlarmRule": 'ALARM("other")'}),
    Topic=resource("SNS::Topic"),
    Subscription=resource("SNS::Subscription", {"TopicArn": TOPIC, "Protocol": "email", "Endpoint": "a@example.org"}),
)


def _with(**resources: Body) -> dict[str, Any]:
    return {"Resources": GOOD["Resources"] | resources}


def test_an_alarm_with_a_topic_and_a_subscription_is_fine() -> None:
    assert not found(RULE, forest(platform=GOOD))


@pytest.mark.parametrize(
    "properties",
    [
        {},
        {"AlarmActions": []},
        {"AlarmActions": {"Ref": "AWS::NoValue"}},
        {"AlarmActions": [{"Ref": "AWS::NoValue"}]},
        {"OKActions": [TOPIC]},
    ],
)
@pytest.mark.parametrize("type_", ["CloudWatch::Alarm", "CloudWatch::CompositeAlarm"])
def test_an_alarm_without_actions_is_found(type_: str, properties: Body) -> None:
    (problem,) = found(RULE, forest(platform=_with(Silent=resource(type_, properties))))
    assert problem.path[:2] == ("Resources", "Silent")
    assert "tells nobody; write AlarmActions" in problem.message


def test_an_alarm_that_is_switched_off_is_found() -> None:
    silent = resource("CloudWatch::Alarm", {"AlarmActions": [TOPIC], "ActionsEnabled": False})
    (problem,) = found(RULE, forest(platform=_with(Silent=silent)))
    assert problem.path == ("Resources", "Silent", "Properties", "ActionsEnabled")


@pytest.mark.parametrize(
    "actions",
    [
        [{"Fn::ImportValue": "topic"}],
        {"Ref": "Nothing"},
        ["arn:aws:sns:eu-central-1:111122223333:t"],
        ["arn:aws:swf:x"],
    ],
)
def test_what_is_not_known_is_left_alone(actions: Any) -> None:
    assert not found(RULE, forest(platform=_with(Other=resource("CloudWatch::Alarm", {"AlarmActions": actions}))))


WATCHERS: dict[str, Body] = {
    "composite": resource(
        "CloudWatch::CompositeAlarm", {"AlarmActions": [TOPIC], "AlarmRule": {"Fn::Sub": "ALARM(${Silent})"}}
    ),
    "composite, by name": resource(
        "CloudWatch::CompositeAlarm", {"AlarmActions": [TOPIC], "AlarmRule": 'OK("a") OR ALARM(silent)'}
    ),
    "deployment": resource("ECS::Service", {"DeploymentConfiguration": {"Alarms": {"AlarmNames": ["silent"]}}}),
    "deployment, by reference": resource(
        "CodeDeploy::DeploymentGroup", {"AlarmConfiguration": {"Alarms": [{"Name": {"Ref": "Silent"}}]}}
    ),
    "events": resource("Events::Rule", {"EventPattern": {"source": ["aws.cloudwatch"]}}),
}


@pytest.mark.parametrize("watcher", WATCHERS.values(), ids=WATCHERS)
def test_an_alarm_that_something_else_watches_needs_no_actions(watcher: Body) -> None:
    silent = resource("CloudWatch::Alarm", {"AlarmName": "silent"})
    assert not found(RULE, forest(platform=_with(Silent=silent, Watcher=watcher)))


def test_a_dashboard_does_not_watch() -> None:
    board = resource("CloudWatch::Dashboard", {"DashboardBody": {"Fn::Sub": "${Silent.Arn}"}})
    assert found(RULE, forest(platform=_with(Silent=resource("CloudWatch::Alarm"), Board=board)))


def test_a_topic_that_nobody_is_subscribed_to_is_found_once_and_through_stacks() -> None:
    alarms = template(A=resource("CloudWatch::Alarm", {"AlarmActions": [{"Ref": "T"}]}))
    alarms |= {"Parameters": {"T": {"Type": "String"}}}
    topic = template(Topic=resource("SNS::Topic")) | {"Outputs": {"Arn": {"Value": TOPIC}}}
    root = template(
        Topic=nested("topic.json"), Alarms=nested("alarms.json", T={"Fn::GetAtt": ["Topic", "Outputs.Arn"]})
    )
    tree = forest(platform=root, alarms=alarms, topic=topic)
    assert places(RULE, tree) == ["topic.json/Topic"]
    assert "nobody is subscribed" in found(RULE, tree)[0].message


@pytest.mark.parametrize(
    "resources",
    [
        {"Topic": resource("SNS::Topic", {"Subscription": [{"Protocol": "email", "Endpoint": "a@example.org"}]})},
        {"Subscription": resource("SNS::Subscription", {"TopicArn": {"Fn::ImportValue": "topic"}})},
        {"Subscription": resource("Chatbot::SlackChannelConfiguration", {"SnsTopicArns": [TOPIC]})},
    ],
)
def test_a_topic_that_somebody_is_or_may_be_subscribed_to_is_fine(resources: dict[str, Body]) -> None:
    left = {name: body for name, body in GOOD["Resources"].items() if name != "Subscription"}
    assert not found(RULE, forest(platform={"Resources": left | resources}))
    assert places(RULE, forest(platform={"Resources": left})) == ["platform.json/Topic"]


def test_others_may_subscribe_to_a_topic_that_they_can_import() -> None:
    left = {name: body for name, body in GOOD["Resources"].items() if name != "Subscription"}
    for output, count in (({"Value": TOPIC, "Export": {"Name": "alerts"}}, 0), ({"Value": TOPIC}, 1)):
        assert len(found(RULE, forest(platform={"Resources": left, "Outputs": {"Topic": output}}))) == count


def test_a_subscription_that_a_condition_leaves_out_counts() -> None:
    tree = _with(Subscription=GOOD["Resources"]["Subscription"] | {"Condition": "HasAddress"})
    tree["Parameters"] = {"Address": {"Type": "String", "Default": ""}}
    tree["Conditions"] = {"HasAddress": {"Fn::Not": [{"Fn::Equals": [{"Ref": "Address"}, ""]}]}}
    assert not found(RULE, forest(platform=tree))


def test_hostile_values_do_no_harm() -> None:
    for tree in (
        GOOD,
        *(_with(Silent=resource("CloudWatch::Alarm"), Watcher=watcher) for watcher in WATCHERS.values()),
    ):
        for changed in hostile(tree):
            found(RULE, forest(platform=changed))
