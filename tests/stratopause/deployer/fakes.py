"""An account in memory: CloudFormation, a bucket, somebody who answers, and the session that joins them."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from stratopause.deployer.clock import Pace
from stratopause.deployer.connection import services_over
from stratopause.deployer.events import Event, Question
from stratopause.deployer.means import Means
from stratopause.deployer.services import Services
from stratopause.deployer.session import Session
from stratopause.deployer.stacks import DeployedStack
from stratopause.deployer.target import Target
from tests.stratopause.deployer.fake_aws import FakeAws
from tests.stratopause.deployer.fake_clock import FakeClock
from tests.stratopause.deployer.fake_cloudformation import YOU, FakeCloudFormation
from tests.stratopause.deployer.fake_services import (
    FakeIdentity,
    FakeKms,
    FakeParameters,
    FakeProtections,
    FakeS3,
    FakeTasks,
    FakeTrail,
)
from tests.stratopause.deployer.fake_stacks import ACCOUNT

TARGET = Target("clinic-dev", "dev", ACCOUNT, "eu-central-1", tags={"owner": "us"}, protected=False)


@dataclass
class Somebody:
    """Answers every question alike, and remembers what was shown and asked."""

    answer: bool = True
    declines: tuple[Question, ...] = ()
    can_ask: bool = True
    typed: str = ""
    shown: list[Event] = field(default_factory=list)
    asked: list[Question] = field(default_factory=list)

    def show(self, event: Event) -> None:
        self.shown.append(event)

    def agrees(self, question: Question) -> bool:
        self.asked.append(question)
        return self.answer and question not in self.declines

    def types(self, name: str) -> bool:
        return self.typed == name

    def saw(self, kind: type[Any]) -> list[Any]:
        return [event for event in self.shown if isinstance(event, kind)]


@dataclass
class Account:
    """Everything in one place, for a test to look at from behind."""

    outputs: Path
    clock: FakeClock = field(default_factory=FakeClock)
    s3: FakeS3 = field(default_factory=FakeS3)
    identity: FakeIdentity = field(default_factory=FakeIdentity)
    kms: FakeKms = field(default_factory=FakeKms)
    parameters: FakeParameters = field(default_factory=FakeParameters)
    tasks: FakeTasks = field(default_factory=FakeTasks)
    somebody: Somebody = field(default_factory=Somebody)
    target: Target = TARGET
    runs: int = 0

    def __post_init__(self) -> None:
        self.trail = FakeTrail(self.clock)
        self.cloudformation = FakeCloudFormation(self.clock, self.s3.read_url)
        self.protections = FakeProtections(self.cloudformation)
        self.api = FakeAws(
            {
                "cloudformation": self.cloudformation,
                "s3": self.s3,
                "sts": self.identity,
                "kms": self.kms,
                "cloudtrail": self.trail,
                "ssm": self.parameters,
                "ecs": self.tasks,
                "rds": self.protections,
                "elbv2": self.protections,
            }
        )

    @property
    def services(self) -> Services:
        return services_over(self.api, self.target)

    def session(self, assume_yes: bool = False) -> Session:
        self.runs += 1
        means = Means(self.services, f"run-{self.runs}", "commit abc", self.clock, Pace(chance=lambda: 0.5))
        return Session(self.target, means, self.somebody, self.outputs, assume_yes, self.outputs.with_name("records"))

    def stack(self, name: str | None = None) -> DeployedStack | None:
        """The target's root stack, or another, as a deployer sees it."""
        return self.services.cloudformation.stack(name or self.target.stack)

    def while_working(self, happen: Callable[[], None]) -> None:
        """Have something happen whenever the deployer waits while CloudFormation is at work."""
        self.clock.at_sleep.append(lambda: happen() if self.cloudformation.is_busy else None)

    def contents(self) -> dict[str, Any]:
        """Template and physical ids of every stack."""
        return {
            stack.name: (stack.template, {name: one.physical_id for name, one in stack.resources.items()})
            for stack in self.cloudformation.stacks.values()
        }

    def stack_names(self) -> list[str]:
        alive = [stack for stack in self.cloudformation.stacks.values() if stack.status != "DELETE_COMPLETE"]
        return sorted(stack.name for stack in alive)

    def execute_elsewhere(self, change_set_id: str, who: str = YOU) -> None:
        """Somebody executes the change set in the console, which CloudTrail sees."""
        self.cloudformation.execute_elsewhere(change_set_id)
        self.trail.note("ExecuteChangeSet", who, {"changeSetName": change_set_id})


def template(resources: Mapping[str, Any], outputs: Mapping[str, Any] | None = None) -> bytes:
    return json.dumps({"Resources": resources, "Outputs": outputs or {}}).encode()


def nested(file: str) -> dict[str, Any]:
    return {"Type": "AWS::CloudFormation::Stack", "Properties": {"TemplateURL": file}}


def clinic(storage: int = 20, **root: Any) -> dict[str, bytes]:
    """A root with two nested stacks; `storage` is what an update changes, `root` adds resources to the root."""
    instance = {"Type": "AWS::RDS::DBInstance", "Properties": {"AllocatedStorage": storage}}
    subnets = {"Type": "AWS::RDS::DBSubnetGroup"}
    key = {"Type": "AWS::KMS::Key", "DeletionPolicy": "Retain", "Properties": {}}
    return {
        "platform.json": template(
            {"Keys": nested("keys.json"), "Database": nested("database.json"), **root},
            {
                "KmsKeyArn": {"Value": {"Fn::GetAtt": ["Keys", "Outputs.KeyArn"]}, "Description": "of the key"},
                "DbEndpoint": {"Value": {"Fn::GetAtt": ["Database", "Outputs.Endpoint"]}},
            },
        ),
        "keys.json": template({"Key": key}, {"KeyArn": {"Value": {"Fn::GetAtt": ["Key", "Arn"]}}}),
        "database.json": template(
            {"Subnets": subnets, "Instance": instance},
            {"Endpoint": {"Value": {"Fn::GetAtt": ["Instance", "Endpoint"]}}},
        ),
    }


BOOTSTRAP = template({"Bucket": {"Type": "AWS::S3::Bucket"}}, {"ArtifactBucketName": {"Value": {"Ref": "Bucket"}}})
