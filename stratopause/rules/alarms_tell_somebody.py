"""An alarm tells somebody.

An alarm without `AlarmActions`, or whose actions are switched off, turns red where nobody looks. The same if its topic
has no subscription. An alarm that something else of the tree watches needs no actions: a composite alarm, a deployment
that rolls back, a health check, a rule of EventBridge for changes of alarms.

**How to fix:** `AlarmActions` with a topic that somebody is subscribed to.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cached_property
from typing import Any, Final

from stratopause.rules import Rule
from stratopause.rules._known import is_missing, known
from stratopause.rules._settings import flag
from stratopause.tree import policies
from stratopause.tree.model import Problem, Resource, Tree
from stratopause.tree.text import references

RULE = Rule(
    "W9505",
    "Alarms tell somebody",
    "https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/Notify_Users_Alarm_Changes.html",
    ("logs",),
)

_ALARMS: Final = ("AWS::CloudWatch::Alarm", "AWS::CloudWatch::CompositeAlarm")
_TOPIC: Final = "AWS::SNS::Topic"
_SUBSCRIPTION: Final = "AWS::SNS::Subscription"
_ONLOOKERS: Final = frozenset({"AWS::CloudWatch::Dashboard", "AWS::CloudFormation::Stack"})
"""What may name an alarm without ever telling anybody."""
_IN_A_RULE: Final = re.compile(r"[\"'()]")


def check(tree: Tree) -> Iterator[Problem]:
    watched = _Watched(tree)
    topics: dict[str, Resource] = {}
    for alarm in tree.resources(*_ALARMS):
        actions = alarm.get("AlarmActions")
        switched_off = flag(alarm.get("ActionsEnabled"), default=True) is False
        if (is_missing(actions) or switched_off) and not watched.sees(alarm):
            yield _silent(alarm, switched_off=switched_off)
        for action in policies.many(actions):
            topic = tree.source(action)
            if topic is not None and topic.type == _TOPIC:
                topics[topic.place] = topic
    if topics:
        yield from _unheard(tree, topics)


def _silent(alarm: Resource, *, switched_off: bool) -> Problem:
    if switched_off:
        return alarm.problem(
            f"{alarm.name} tells nobody: its actions are off; leave ActionsEnabled out", "ActionsEnabled"
        )
    return alarm.problem(f"{alarm.name} tells nobody; write AlarmActions with the ARN of a topic", "AlarmActions")


class _Watched:
    """The alarms that something else looks at; looked for only if an alarm without actions asks."""

    def __init__(self, tree: Tree) -> None:
        self._tree = tree

    def sees(self, alarm: Resource) -> bool:
        name = known(alarm.get("AlarmName"))
        return self._by_events or alarm.place in self._places or (name is not None and name in self._names)

    @cached_property
    def _by_events(self) -> bool:
        patterns = [rule.get("EventPattern") for rule in self._tree.resources("AWS::Events::Rule")]
        return any("aws.cloudwatch" in text for text in _texts(patterns))

    @cached_property
    def _places(self) -> set[str]:
        return {reference.place for text in self._written for reference in references(text)}

    @cached_property
    def _names(self) -> set[str]:
        """Names stand alone, or in a rule such as `ALARM("one") OR ALARM(other)`."""
        return {part.strip() for text in self._written for part in (text, *_IN_A_RULE.split(text))}

    @cached_property
    def _written(self) -> list[str]:
        found: list[str] = []
        for resource in self._tree.resources():
            if resource.type == "AWS::CloudWatch::Alarm" or resource.type in _ONLOOKERS:
                continue
            own = {"AlarmName", "AlarmDescription", "Tags"}
            found += _texts([value for name, value in resource.properties.items() if name not in own])
        return found


def _texts(value: Any) -> list[str]:
    found, todo = [], [value]
    while todo:
        one = todo.pop()
        if isinstance(one, str):
            found.append(one)
        elif isinstance(one, (list, dict)):
            todo += one.values() if isinstance(one, dict) else one
    return found


def _unheard(tree: Tree, topics: dict[str, Resource]) -> Iterator[Problem]:
    """Topics that surely nobody is subscribed to.

    A subscription that a condition leaves out counts: who didn't give an address knows it.
    """
    heard: set[str] = set()
    for subscription in tree.resources(_SUBSCRIPTION):
        topic = tree.source(subscription.get("TopicArn"))
        if topic is None:
            return
        heard.add(topic.place)
    if _has_conditional_subscriptions(tree):
        return
    heard |= {
        reference.place
        for resource in tree.resources(
            "AWS::Chatbot::SlackChannelConfiguration", "AWS::Chatbot::MicrosoftTeamsChannelConfiguration"
        )
        for text in _texts(resource.get("SnsTopicArns"))
        for reference in references(text)
    }
    heard |= _exported(tree) | tree.handed_out
    for place, topic in topics.items():
        properties = topic.body.get("Properties")
        inline = properties.get("Subscription") if isinstance(properties, dict) else None
        if place not in heard and not inline:
            yield topic.problem(
                f"{topic.name} is where alarms go, and nobody is subscribed to it; write a SNS::Subscription"
            )


def _exported(tree: Tree) -> set[str]:
    """The places of what other stacks can import, and subscribe to."""
    values = [
        stack.output(name)
        for stack in tree.stacks.values()
        for name, declared in stack.section("Outputs").items()
        if isinstance(declared, dict) and "Export" in declared
    ]
    return {reference.place for text in _texts(values) for reference in references(text)}


def _has_conditional_subscriptions(tree: Tree) -> bool:
    """Whether a template of the tree has a subscription that isn't there in this scenario."""
    return any(
        isinstance(body, dict) and body.get("Type") == _SUBSCRIPTION and logical_id not in stack.resources
        for stack in tree.stacks.values()
        for logical_id, body in stack.section("Resources").items()
    )
