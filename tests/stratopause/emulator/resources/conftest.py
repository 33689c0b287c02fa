"""Small stacks, deployed to the emulator."""

from __future__ import annotations

import json
import time
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import boto3
import botocore.config
import pytest

REGION = "us-east-1"


@dataclass(frozen=True)
class Stack:
    """A stack after an operation."""

    status: str
    outputs: dict[str, str]
    physical_ids: dict[str, str]
    reasons: dict[str, str] = field(repr=False)


@dataclass(frozen=True)
class Account:
    """An empty account in the emulator."""

    endpoint: str

    def client(self, service: str) -> Any:
        return _client(self.endpoint, service)

    def deploy(self, resources: dict[str, Any], outputs: dict[str, Any] | None = None, name: str = "stack") -> Stack:
        """Creates the stack, or updates it if it is there."""
        cloudformation = self.client("cloudformation")
        values = {key: {"Value": value} for key, value in (outputs or {}).items()}
        template = json.dumps({"Resources": resources, "Outputs": values} if values else {"Resources": resources})
        operation = cloudformation.update_stack if self._exists(name) else cloudformation.create_stack
        operation(StackName=name, TemplateBody=template, Capabilities=["CAPABILITY_NAMED_IAM"])
        return self._settled(name)

    def delete(self, name: str = "stack") -> Stack:
        stack_id = self.client("cloudformation").describe_stacks(StackName=name)["Stacks"][0]["StackId"]
        self.client("cloudformation").delete_stack(StackName=name)
        return self._settled(stack_id)

    def created(self, resources: dict[str, Any], outputs: dict[str, Any] | None = None, name: str = "stack") -> Stack:
        """Deploys, and says why if it failed."""
        stack = self.deploy(resources, outputs, name)
        assert stack.status in {"CREATE_COMPLETE", "UPDATE_COMPLETE"}, stack.reasons
        return stack

    def deleted(self, name: str = "stack") -> None:
        stack = self.delete(name)
        assert stack.status == "DELETE_COMPLETE", stack.reasons

    def refusal(self, resources: dict[str, Any], logical_id: str, name: str = "stack") -> str:
        """The reason of a resource that can't be made."""
        stack = self.deploy(resources, name=name)
        assert stack.status in {"ROLLBACK_COMPLETE", "UPDATE_ROLLBACK_COMPLETE"}, stack
        assert logical_id in stack.reasons, stack.reasons
        return stack.reasons[logical_id]

    def _exists(self, name: str) -> bool:
        stacks = self.client("cloudformation").list_stacks()["StackSummaries"]
        return any(stack["StackName"] == name and stack["StackStatus"] != "DELETE_COMPLETE" for stack in stacks)

    def _settled(self, name: str) -> Stack:
        cloudformation = self.client("cloudformation")
        deadline = time.monotonic() + 20
        while time.monotonic() < deadline:
            stack = cloudformation.describe_stacks(StackName=name)["Stacks"][0]
            if not stack["StackStatus"].endswith("IN_PROGRESS"):
                break
            time.sleep(0.02)
        events = cloudformation.describe_stack_events(StackName=stack["StackId"])["StackEvents"]
        failed = [event for event in events if event["ResourceStatus"].endswith("_FAILED")]
        resources = cloudformation.describe_stack_resources(StackName=stack["StackId"])["StackResources"]
        return Stack(
            status=stack["StackStatus"],
            outputs={output["OutputKey"]: output["OutputValue"] for output in stack.get("Outputs", ())},
            physical_ids={item["LogicalResourceId"]: item.get("PhysicalResourceId", "") for item in resources},
            reasons={event["LogicalResourceId"]: event.get("ResourceStatusReason", "") for event in failed},
        )


@cache
def _client(endpoint: str, service: str) -> Any:
    return boto3.client(
        service,
        region_name=REGION,
        endpoint_url=endpoint,
        aws_access_key_id="test",
        aws_secret_access_key="test",
        config=botocore.config.Config(retries={"total_max_attempts": 1}, s3={"addressing_style": "path"}),
    )


@pytest.fixture
def account(clean_account: str) -> Account:
    return Account(clean_account)
