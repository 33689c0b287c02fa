"""AWS as a script: each operation gives what a test says, and whatever else is asked is told to the test."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from stratopause.deployer.connection import services_over
from stratopause.deployer.errors import NotFound, Refused
from stratopause.deployer.preflight import needs
from stratopause.deployer.preflight.facts import Facts
from stratopause.deployer.preflight.scene import Scene
from stratopause.deployer.target import Target
from tests.stratopause.deployer.fakes import nested, template

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
ACCOUNT = "999988887777"
REGION = "eu-central-1"
TARGET = Target("clinic-dev", "dev", ACCOUNT, REGION)
ROLE = f"arn:aws:iam::{ACCOUNT}:role/teams/deployer"
CALLER = {"Account": ACCOUNT, "Arn": f"arn:aws:sts::{ACCOUNT}:assumed-role/deployer/me"}

Answer = Mapping[str, Any] | Exception | Callable[[dict[str, Any]], Mapping[str, Any]]
Script = Mapping[tuple[str, str], Answer]
Asked = tuple[str, str, dict[str, Any]]

DENIED = Refused("AWS refuses it: AccessDenied", "AccessDenied")
ABSENT = NotFound("Stack clinic-dev does not exist", "ValidationError")
ALWAYS: Script = {("sts", "get_caller_identity"): CALLER, ("cloudformation", "describe_stacks"): ABSENT}


@dataclass
class ScriptedApi:
    """An answer may be made of what is asked; an exception is raised."""

    script: Script
    asked: list[Asked] = field(default_factory=list)

    def call(self, service: str, operation: str, **parameters: Any) -> dict[str, Any]:
        self.asked.append((service, operation, parameters))
        answer = {**ALWAYS, **self.script}[service, operation]
        if isinstance(answer, Exception):
            raise answer
        return dict(answer(parameters) if callable(answer) else answer)

    def pages(self, service: str, operation: str, **parameters: Any) -> Iterator[dict[str, Any]]:
        yield self.call(service, operation, **parameters)

    def operations(self) -> list[str]:
        return [operation for _, operation, _ in self.asked]


def resource(kind: str, **properties: Any) -> dict[str, Any]:
    return {"Type": kind, "Properties": properties}


def tree(**resources: Any) -> dict[str, bytes]:
    """A root with these resources in its one nested stack, Part."""
    return {"root.json": template({"Part": nested("part.json")}), "part.json": template(resources)}


def scene(api: ScriptedApi, templates: Mapping[str, bytes], facts: Facts | None = None, to: Target = TARGET) -> Scene:
    return Scene(services_over(api, to), to, needs.read(templates, to), facts or Facts(), NOW)


def deployed(**resources: tuple[str, str]) -> dict[tuple[str, str], Answer]:
    """The answers of a deployed root with these resources, by logical id type and physical id, in Part."""
    root, part = (f"arn:aws:cloudformation:{REGION}:{ACCOUNT}:stack/{name}/1" for name in ("clinic-dev", "part"))

    def one(logical_id: str, kind: str, physical_id: str) -> dict[str, Any]:
        status = {"ResourceStatus": "CREATE_COMPLETE", "LastUpdatedTimestamp": NOW}
        return {"LogicalResourceId": logical_id, "ResourceType": kind, "PhysicalResourceId": physical_id, **status}

    lists = {
        root: [one("Part", "AWS::CloudFormation::Stack", part)],
        part: [one(logical_id, *told) for logical_id, told in resources.items()],
    }
    stack = {"StackId": root, "StackName": "clinic-dev", "StackStatus": "CREATE_COMPLETE", "CreationTime": NOW}
    return {
        ("cloudformation", "describe_stacks"): {"Stacks": [stack]},
        ("cloudformation", "list_stack_resources"): lambda asked: {"StackResourceSummaries": lists[asked["StackName"]]},
    }


def body(value: Any) -> bytes:
    return json.dumps(value).encode()
