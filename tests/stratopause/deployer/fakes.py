"""An account in memory: CloudFormation, a bucket, somebody who answers, and the session that joins them."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from stratopause.deployer.aws.protections import LIFTING
from stratopause.deployer.clock import Pace
from stratopause.deployer.events import Event, Question
from stratopause.deployer.execute import Means
from stratopause.deployer.services import Caller, OneOffTask, Services, TaskState
from stratopause.deployer.session import Session
from stratopause.deployer.stacks import StackResource
from stratopause.deployer.target import Target
from stratopause.deployer.templates import Artifact
from tests.stratopause.deployer.fake_cloudformation import FakeClock, FakeCloudFormation

ACCOUNT = "999988887777"
TARGET = Target("clinic-dev", "dev", ACCOUNT, "eu-central-1", tags={"owner": "us"}, protected=False)


class FakeArtifacts:
    """A bucket that remembers what was put, in which order."""

    def __init__(self) -> None:
        self.objects: dict[str, bytes] = {}
        self.put_names: list[str] = []

    def url(self, bucket: str, key: str) -> str:
        return f"https://{bucket}.s3.eu-central-1.amazonaws.com/{key}"

    def present(self, bucket: str, artifacts: Collection[Artifact]) -> frozenset[str]:
        urls = {artifact.key: self.url(bucket, artifact.key) for artifact in artifacts}
        return frozenset(key for key, url in urls.items() if url in self.objects)

    def put(self, bucket: str, artifact: Artifact) -> None:
        self.objects[self.url(bucket, artifact.key)] = artifact.body
        self.put_names.append(artifact.name)

    def read(self, url: str) -> bytes:
        return self.objects[url]


@dataclass
class FakeIdentity:
    account: str = ACCOUNT
    partition: str = "aws"

    def caller(self) -> Caller:
        return Caller(self.account, f"arn:{self.partition}:sts::{self.account}:assumed-role/deployer/me")


@dataclass
class FakeProtections:
    """Lifting lets CloudFormation delete what it could not."""

    cloudformation: FakeCloudFormation
    lifted: list[str] = field(default_factory=list)

    def guards(self, resource: StackResource) -> bool:
        return resource.type in LIFTING

    def lift(self, resource: StackResource) -> None:
        self.lifted.append(resource.logical_id)
        for place in [place for place in self.cloudformation.undeletable if place[-1] == resource.logical_id]:
            del self.cloudformation.undeletable[place]


@dataclass
class FakeTasks:
    """A task runs for as many looks as `looks` says, then stops in the state `end`."""

    looks: int = 2
    end: TaskState = TaskState(is_stopped=True, exit_code=0)  # noqa: RUF009 - it is frozen
    started: list[tuple[OneOffTask, str]] = field(default_factory=list)

    def start(self, task: OneOffTask, token: str) -> str:
        self.started.append((task, token))
        return f"arn:aws:ecs:eu-central-1:{ACCOUNT}:task/{task.cluster}/1"

    def state(self, cluster: str, arn: str) -> TaskState:
        self.looks -= 1
        return self.end if self.looks < 0 else TaskState(is_stopped=False)


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
    artifacts: FakeArtifacts = field(default_factory=FakeArtifacts)
    identity: FakeIdentity = field(default_factory=FakeIdentity)
    tasks: FakeTasks = field(default_factory=FakeTasks)
    somebody: Somebody = field(default_factory=Somebody)
    target: Target = TARGET
    runs: int = 0

    def __post_init__(self) -> None:
        self.cloudformation = FakeCloudFormation(self.clock, self.artifacts.read)
        self.protections = FakeProtections(self.cloudformation)

    def session(self, assume_yes: bool = False) -> Session:
        self.runs += 1
        services = Services(self.cloudformation, self.artifacts, self.identity, self.protections, self.tasks)
        means = Means(services, f"run-{self.runs}", "commit abc", self.clock, Pace(chance=lambda: 0.5))
        return Session(self.target, means, self.somebody, self.outputs, assume_yes)

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
