"""Two places to deploy to: the fake, and the emulator, a CloudFormation that others wrote."""

from __future__ import annotations

import time
from collections.abc import Mapping
from functools import cached_property, partial
from pathlib import Path
from typing import Any, Protocol

from stratopause.deployer.changes import ChangeSet
from stratopause.deployer.clock import Clock, SystemClock
from stratopause.deployer.connection import begin
from stratopause.deployer.plan import OpenChangeSet, TemplateUrl, Wanted
from stratopause.deployer.services import Services
from stratopause.deployer.session import Session
from stratopause.deployer.stacks import DeployedStack, StackResource
from stratopause.deployer.target import LOCAL_ACCOUNT, Target
from stratopause.deployer.templates import address
from tests.stratopause.deployer.fakes import Account, Somebody

BUCKET = "artifacts"
NO_SUCH_KEY = "arn:aws:kms:us-east-1:000000000000:key/00000000-0000-0000-0000-000000000000"
BAD: dict[str, Any] = {"Type": "AWS::Logs::LogGroup", "Properties": {"KmsKeyId": NO_SUCH_KEY}}
"""A resource that can't be created."""


class Ground(Protocol):
    """What differs between the two."""

    protected: bool

    @property
    def somebody(self) -> Somebody: ...
    @property
    def name(self) -> str: ...
    @property
    def clock(self) -> Clock: ...
    @property
    def outputs(self) -> Path: ...
    def session(self) -> Session: ...
    def fails(self, *place: str) -> None:
        """The resource at that place, which is `BAD`, can't be created."""
        ...

    def guards(self, *place: str) -> None:
        """The database at that place refuses its deletion until its protection is lifted."""
        ...


class Fake:
    def __init__(self, directory: Path) -> None:
        self.account = Account(directory / "outputs")
        self.account.somebody.typed = self.name
        self.protected = False

    @property
    def name(self) -> str:
        return "clinic-dev"

    @property
    def somebody(self) -> Somebody:
        return self.account.somebody

    @property
    def clock(self) -> Clock:
        return self.account.clock

    @property
    def outputs(self) -> Path:
        return self.account.outputs

    def session(self) -> Session:
        target = self.account.target
        self.account.target = Target(
            target.stack, target.environment, target.account, target.region, tags=target.tags, protected=self.protected
        )
        return self.account.session()

    def fails(self, *place: str) -> None:
        self.account.cloudformation.failing[place] = "The specified KMS key does not exist"

    def guards(self, *place: str) -> None:
        self.account.cloudformation.undeletable[place] = "its deletion protection is on"


class Emulator:
    def __init__(self, endpoint: str, directory: Path) -> None:
        self.endpoint, self.directory = endpoint, directory
        self.somebody = Somebody(typed=self.name)
        self.protected = False
        self.clock = SystemClock()

    @property
    def name(self) -> str:
        return "clinic-local"

    @property
    def outputs(self) -> Path:
        return self.directory / "outputs"

    def session(self) -> Session:
        target = Target(
            self.name,
            "local",
            LOCAL_ACCOUNT,
            "us-east-1",
            tags={"owner": "us"},
            protected=self.protected,
            endpoint_url=self.endpoint,
        )
        session = begin(target, self.somebody, self.outputs)
        return Session(target, session.means, self.somebody, self.outputs, records=self.directory / "records")

    def fails(self, *place: str) -> None:
        """It is the key that fails it."""

    def guards(self, *place: str) -> None:
        """It is its own property that does."""


class Place:
    """How one root stack is asked and brought somewhere, without the deployer's flows."""

    def __init__(self, ground: Ground) -> None:
        self.ground = ground
        self.runs = 0

    @cached_property
    def services(self) -> Services:
        return self.ground.session().means.services

    def ask(self, operation: str, **parameters: Any) -> dict[str, Any]:
        return self.services.api.call("cloudformation", operation, **parameters)

    def open(self, templates: Mapping[str, bytes], token: str = "", **more: Any) -> ChangeSet:
        """A change set of the tree that has been made, or has failed."""
        artifacts = self.services.artifacts
        self.services.api.call("s3", "create_bucket", Bucket=BUCKET)
        addressed = address(templates, partial(artifacts.url, BUCKET))
        for artifact in addressed:
            artifacts.put(BUCKET, artifact)
        url = artifacts.url(BUCKET, addressed[-1].key)
        wanted = Wanted(self.ground.name, TemplateUrl(url), ("CAPABILITY_IAM",), **more)
        stack = self.stack()
        self.runs += 1
        step = OpenChangeSet(wanted, "CREATE" if stack is None or stack.status.is_in_review else "UPDATE")
        made = self.services.cloudformation.create_change_set(step, token or f"run-{self.runs}", "")
        while made.is_pending:
            self.ground.clock.sleep(0.01)
            made = self.services.cloudformation.change_set(made.id)
        return made

    def execute(self, change_set: ChangeSet, token: str = "") -> str:
        self.services.cloudformation.execute_change_set(change_set, token or f"execute-{self.runs}")
        return self.end()

    def bring(self, templates: Mapping[str, bytes]) -> str:
        return self.execute(self.open(templates))

    def end(self) -> str:
        """The status of the root stack once it is at rest."""
        until = time.monotonic() + 60
        while (stack := self.stack()) is not None and stack.status.is_in_progress:
            assert time.monotonic() < until, f"{stack.name} stays {stack.status}"
            self.ground.clock.sleep(0.05)
        return "absent" if stack is None else str(stack.status)

    def stack(self) -> DeployedStack | None:
        return self.services.cloudformation.stack(self.ground.name)

    def known(self) -> DeployedStack:
        stack = self.stack()
        assert stack is not None
        return stack

    def resources(self, *path: str) -> dict[str, StackResource]:
        """Those of the stack at a path, by logical id."""
        stack_id = self.known().id
        for logical_id in path:
            stack_id = {one.logical_id: one for one in self._resources(stack_id)}[logical_id].physical_id
        return {one.logical_id: one for one in self._resources(stack_id)}

    def stack_names(self) -> list[str]:
        """The roots."""
        pages = self.services.api.pages("cloudformation", "describe_stacks")
        return sorted(one["StackName"] for page in pages for one in page["Stacks"] if "ParentId" not in one)

    def _resources(self, stack_id: str) -> tuple[StackResource, ...]:
        return self.services.cloudformation.resources(stack_id)
