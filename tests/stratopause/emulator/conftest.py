from __future__ import annotations

import json
import time
from dataclasses import dataclass
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

STACK = "AWS::CloudFormation::Stack"
BUCKET = "artifacts"

Template = dict[str, Any]


def parameter(value: Any, **more: Any) -> Template:
    """An SSM parameter: the cheapest resource whose value can be read back."""
    return {"Type": "AWS::SSM::Parameter", "Properties": {"Type": "String", "Value": value, **more}}


@dataclass
class Cloud:
    """The emulator's account, as a test talks to it."""

    endpoint: str

    def client(self, service: str) -> Any:
        keys = {"aws_access_key_id": "test", "aws_secret_access_key": "test", "region_name": "us-east-1"}
        return boto3.client(service, endpoint_url=self.endpoint, **keys)

    def __post_init__(self) -> None:
        self.cloudformation = self.client("cloudformation")
        self.s3 = self.client("s3")
        self.ssm = self.client("ssm")
        self.s3.create_bucket(Bucket=BUCKET)

    def put(self, key: str, template: Template | str) -> str:
        """Uploads a template; gives its TemplateURL."""
        body = template if isinstance(template, str) else json.dumps(template)
        self.s3.put_object(Bucket=BUCKET, Key=key, Body=body.encode())
        return f"https://{BUCKET}.s3.us-east-1.amazonaws.com/{key}"

    def nested(self, key: str, template: Template, **parameters: Any) -> Template:
        """Uploads a template; gives the resource that nests it."""
        return {"Type": STACK, "Properties": {"TemplateURL": self.put(key, template), "Parameters": parameters}}

    def change_set(self, template: Template, name: str = "change", stack: str = "root", **more: Any) -> Any:
        """Creates a change set and describes it."""
        kind = "CREATE" if self.status(stack) in ("", "REVIEW_IN_PROGRESS") else "UPDATE"
        given = {"StackName": stack, "ChangeSetName": name, "ChangeSetType": kind, "IncludeNestedStacks": True}
        body = {"TemplateBody": json.dumps(template)}
        return self.describe(self.cloudformation.create_change_set(**{**given, **body, **more})["Id"])

    def describe(self, change_set: str, **more: Any) -> Any:
        return self.cloudformation.describe_change_set(ChangeSetName=change_set, **more)

    def below(self, change_set: Any, logical_id: str, **more: Any) -> Any:
        """The change set of a nested stack."""
        return self.describe(self.changes(change_set)[logical_id]["ChangeSetId"], **more)

    @staticmethod
    def changes(change_set: Any) -> dict[str, Any]:
        return {
            change["ResourceChange"]["LogicalResourceId"]: change["ResourceChange"] for change in change_set["Changes"]
        }

    def deploy(self, template: Template, stack: str = "root", **more: Any) -> str:
        """Deploys by a change set; gives the status at the end."""
        change_set = self.change_set(template, f"c{time.monotonic_ns()}", stack, **more)
        assert change_set["Status"] == "CREATE_COMPLETE", change_set["StatusReason"]
        self.cloudformation.execute_change_set(ChangeSetName=change_set["ChangeSetId"])
        return self.settled(stack)

    def settled(self, stack: str = "root") -> str:
        """The status of a stack once it is at rest."""
        deadline = time.monotonic() + 30
        while time.monotonic() < deadline:
            status = self.status(stack)
            if not status.endswith("_IN_PROGRESS"):
                return status
            time.sleep(0.02)
        raise TimeoutError(stack)

    def wait_for(self, status: str, stack: str) -> None:
        """Look until a stack has a status, which must last longer than a look takes, even on a busy machine."""
        deadline = time.monotonic() + 30
        while (seen := self.status(stack)) != status:
            assert time.monotonic() < deadline, f"{stack} is {seen}, never seen in {status}"

    def status(self, stack: str) -> str:
        try:
            return str(self.stack(stack)["StackStatus"])
        except ClientError:
            return ""

    def stack(self, stack: str = "root") -> Any:
        return self.cloudformation.describe_stacks(StackName=stack)["Stacks"][0]

    def child(self, logical_id: str, parent: str = "root") -> Any:
        return self.stack(self.resources(parent)[logical_id]["PhysicalResourceId"])

    def resources(self, stack: str = "root") -> dict[str, Any]:
        found = self.cloudformation.describe_stack_resources(StackName=stack)["StackResources"]
        return {resource["LogicalResourceId"]: resource for resource in found}

    def outputs(self, stack: str = "root") -> dict[str, str]:
        return {output["OutputKey"]: output["OutputValue"] for output in self.stack(stack).get("Outputs", ())}

    def events(self, stack: str = "root") -> list[tuple[str, str]]:
        """Logical ids and statuses, oldest first."""
        return [(event["LogicalResourceId"], event["ResourceStatus"]) for event in self.told(stack)]

    def told(self, stack: str = "root") -> list[Any]:
        pages = self.cloudformation.get_paginator("describe_stack_events").paginate(StackName=stack)
        return [event for page in pages for event in page["StackEvents"]][::-1]

    def reason(self, logical_id: str, status: str, stack: str = "root") -> str:
        """Why the last event of a resource with this status happened."""
        reasons = [
            event.get("ResourceStatusReason", "")
            for event in self.told(stack)
            if (event["LogicalResourceId"], event["ResourceStatus"]) == (logical_id, status)
        ]
        return str(reasons[-1])

    def delete(self, stack: str = "root") -> str:
        stack_id = self.stack(stack)["StackId"]
        self.cloudformation.delete_stack(StackName=stack)
        return self.settled(stack_id)

    def values(self) -> dict[str, str]:
        """Every SSM parameter of the account."""
        found = self.ssm.describe_parameters()["Parameters"]
        return {each["Name"]: self.ssm.get_parameter(Name=each["Name"])["Parameter"]["Value"] for each in found}

    def refused(self, call: str, **parameters: Any) -> str:
        """The sentence with which CloudFormation refuses a call."""
        with pytest.raises(ClientError) as refusal:
            getattr(self.cloudformation, call)(**parameters)
        return str(refusal.value.response["Error"]["Message"])


@pytest.fixture
def cloud(clean_account: str) -> Cloud:
    return Cloud(clean_account)
