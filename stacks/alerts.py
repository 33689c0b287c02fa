"""The encrypted topic that alarms and events go to, and who is told."""

from __future__ import annotations

from typing import Annotated

from troposphere import Ref, sns

from policies.kms import TopicPublisher
from policies.topics import topic_policy
from stratopause.environments.schema import AlertsSettings
from stratopause.wiring.errors import WiringError
from stratopause.wiring.records import Record, field_named
from stratopause.wiring.stack import Stack
from stratopause.wiring.values import KeyArn, TopicArn


class Parameters(Record, frozen=True, kw_only=True):
    topics_key_arn: Annotated[
        KeyArn, TopicPublisher("cloudwatch"), TopicPublisher("events.rds"), TopicPublisher("backup")
    ]


class Outputs(Record, frozen=True, kw_only=True):
    topic_arn: Annotated[TopicArn, "Where alarms and events of the platform are told"]


class Alerts(Stack[Parameters, Outputs]):
    description = "The encrypted topic that alarms and events go to, and who is told."

    def __init__(self, prefix: str, settings: AlertsSettings) -> None:
        super().__init__()
        self.prefix = prefix
        self.settings = settings

    def resources(self, given: Parameters) -> Outputs:
        topic = self.add(
            sns.Topic("Topic", DisplayName=self.prefix, KmsMasterKeyId=given.topics_key_arn, SignatureVersion="2")
        )
        self.add(
            sns.TopicPolicy("TopicPolicy", Topics=[Ref(topic)], PolicyDocument=topic_policy(topic, self.publishers()))
        )
        for number, email in enumerate(self.settings.emails, start=1):
            self.add(
                sns.SubscriptionResource(f"Subscription{number}", TopicArn=Ref(topic), Protocol="email", Endpoint=email)
            )
        return Outputs(topic_arn=TopicArn.of(topic))

    def publishers(self) -> list[TopicPublisher]:
        """Who publishes, as those say who take the topic.

        Raises:
            WiringError: one may not use the topic's key, so that what it publishes would be dropped in silence.
        """
        publishers = [note for note in self.notes_on("topic_arn") if isinstance(note, TopicPublisher)]
        with_key = field_named(self.takes(), "topics_key_arn").notes
        without = [publisher.service for publisher in publishers if publisher not in with_key]
        if without:
            raise WiringError(
                f"{', '.join(without)} publishes to the alert topic, but may not use its key",
                "say so where Alerts takes topics_key_arn: TopicPublisher(...) in its annotation",
            )
        return publishers
