"""The platform that deployments are measured with: two nested stacks. It takes the place of `stacks/platform.py`."""

from __future__ import annotations

from typing import Annotated

from troposphere import s3, sns, ssm

from stratopause.environments.schema import Environment
from stratopause.wiring.records import Nothing, Record
from stratopause.wiring.stack import ParentStack, Stack
from stratopause.wiring.values import BucketName, TopicArn

VERSION = "1"


class Held(Record, frozen=True, kw_only=True):
    bucket_name: Annotated[BucketName, "Where files are kept"]


class Told(Record, frozen=True, kw_only=True):
    topic_arn: Annotated[TopicArn, "Where alerts are told"]


class Parameters(Record, frozen=True, kw_only=True):
    bucket_name: BucketName


class Files(Stack[Nothing, Held]):
    def resources(self, given: Nothing) -> Held:
        return Held(bucket_name=BucketName.of(self.add(s3.Bucket("Files"))))


class Alerts(Stack[Parameters, Told]):
    def resources(self, given: Parameters) -> Told:
        topic = self.add(sns.Topic("Topic", DisplayName=f"version {VERSION}"))
        self.add(ssm.Parameter("Name", Type="String", Value=given.bucket_name))
        return Told(topic_arn=TopicArn.of(topic))


class Platform(ParentStack[Told]):
    def __init__(self, environment: Environment) -> None:
        super().__init__(environment.resource_tags)

    def resources(self, given: Nothing) -> Told:
        files = self.nest("Files", Files(), Nothing())
        alerts = self.nest("Alerts", Alerts(), Parameters(bucket_name=files.bucket_name))
        return Told(topic_arn=alerts.topic_arn)
