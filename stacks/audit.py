"""The trail of API calls, and alarms on what nobody should do."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from policies.kms import LogGroups, TopicPublisher, Trail
from stratopause.wiring.stack import Stack
from stratopause.wiring.values import BucketName, KeyArn, TopicArn, TrailArn


@dataclass(frozen=True)
class Parameters:
    trail_bucket_name: BucketName
    archive_key_arn: Annotated[KeyArn, Trail()]
    logs_key_arn: Annotated[KeyArn, LogGroups()]
    topic_arn: Annotated[TopicArn, TopicPublisher("cloudwatch")]


@dataclass(frozen=True)
class Outputs:
    trail_arn: Annotated[TrailArn, "The trail that records API calls"]


class Audit(Stack[Parameters, Outputs]):
    description = "The trail of API calls, and alarms on what nobody should do."

    def __init__(self, prefix: str, log_days: int) -> None:
        super().__init__()
        self.prefix = prefix
        self.log_days = log_days

    def resources(self, given: Parameters) -> Outputs:
        raise NotImplementedError
