"""SNS: the attributes of a topic that ministack's handler leaves out."""

from __future__ import annotations

from ministack.services import sns

from stratopause.emulator.resources.calls import arn
from stratopause.emulator.resources.handlers import Attributes, Change, after_change, before_change
from stratopause.emulator.resources.refusals import Refusal

ATTRIBUTES = ("KmsMasterKeyId", "SignatureVersion", "TracingConfig")


@after_change("AWS::SNS::Topic")
def _topic_record(topic_arn: str, change: Change) -> Attributes:
    """A key that doesn't exist is accepted: SNS looks for it when it publishes."""
    attributes = sns._topics[topic_arn]["attributes"]
    for name in ATTRIBUTES:
        if name in change.properties:
            attributes[name] = change.properties[name]
        elif name in (change.previous or {}):
            attributes.pop(name, None)
    return {}


@before_change("AWS::SNS::Topic")
def _topic_name_is_free(change: Change) -> None:
    name = change.properties.get("TopicName")
    if change.previous is None and name is not None and arn("sns", name) in sns._topics:
        raise Refusal("Topic creation failed because the topic already exists", "Sns", "AlreadyExists")


@before_change("AWS::SNS::TopicPolicy")
def _topics_exist(change: Change) -> None:
    for topic in change.properties["Topics"]:
        if topic not in sns._topics:
            raise Refusal("Topic does not exist", "Sns", "NotFound", 404)


@before_change("AWS::SNS::Subscription")
def _topic_exists(change: Change) -> None:
    if change.properties["TopicArn"] not in sns._topics:
        raise Refusal("Topic does not exist", "Sns", "NotFound", 404)
