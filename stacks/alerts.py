"""The encrypted topic that alarms and events go to, and who is told."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from policies.kms import TopicPublisher
from stratopause.environments.schema import AlertsSettings
from stratopause.wiring.stack import Stack
from stratopause.wiring.values import KeyArn, TopicArn


@dataclass(frozen=True)
class Parameters:
    topics_key_arn: Annotated[
        KeyArn, TopicPublisher("cloudwatch"), TopicPublisher("events.rds"), TopicPublisher("backup")
    ]


@dataclass(frozen=True)
class Outputs:
    topic_arn: Annotated[TopicArn, "Where alarms and events of the platform are told"]


class Alerts(Stack[Parameters, Outputs]):
    description = "The encrypted topic that alarms and events go to, and who is told."

    def __init__(self, prefix: str, settings: AlertsSettings) -> None:
        super().__init__()
        self.prefix = prefix
        self.settings = settings

    def resources(self, given: Parameters) -> Outputs:
        raise NotImplementedError
