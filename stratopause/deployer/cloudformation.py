"""CloudFormation's API in the deployer's words: every page read, every answer made a record."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from stratopause.deployer.aws import Aws
from stratopause.deployer.changes import ChangeSet, ResourceChange
from stratopause.deployer.errors import NotFound
from stratopause.deployer.plan import OpenChangeSet, TemplateBody
from stratopause.deployer.stacks import DeployedStack, Output, StackEvent, StackResource
from stratopause.deployer.status import ResourceStatus, StackStatus
from stratopause.deployer.templates import Template, parse

API: Final = "cloudformation"


class AwsCloudFormation:
    """`services.CloudFormation` by the API of 2010-05-15.

    https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/
    """

    def __init__(self, aws: Aws) -> None:
        self.aws = aws

    def stack(self, stack: str) -> DeployedStack | None:
        try:
            answer = self.aws.call(API, "describe_stacks", StackName=stack)
        except NotFound:
            return None
        return _stack(answer["Stacks"][0])

    def resources(self, stack_id: str) -> tuple[StackResource, ...]:
        pages = self.aws.pages(API, "list_stack_resources", StackName=stack_id)
        return tuple(_resource(one) for page in pages for one in page["StackResourceSummaries"])

    def events(self, stack_id: str) -> Iterator[StackEvent]:
        for page in self.aws.pages(API, "describe_stack_events", StackName=stack_id):
            yield from map(_event, page["StackEvents"])

    def template(self, stack_id: str) -> Template:
        body = self.aws.call(API, "get_template", StackName=stack_id)["TemplateBody"]
        return dict(body) if isinstance(body, Mapping) else parse(f"the template of {stack_id}", body.encode())

    def create_change_set(self, step: OpenChangeSet, name: str, description: str) -> ChangeSet:
        wanted = step.wanted
        template = wanted.template
        answer = self.aws.call(
            API,
            "create_change_set",
            StackName=wanted.stack,
            ChangeSetName=name,
            ClientToken=name,
            ChangeSetType=step.type,
            IncludeNestedStacks=True,
            Capabilities=list(wanted.capabilities),
            Tags=[{"Key": key, "Value": value} for key, value in wanted.tags],
            **({"Description": description} if description else {}),
            **(
                {"TemplateBody": template.body} if isinstance(template, TemplateBody) else {"TemplateURL": template.url}
            ),
        )
        return ChangeSet(answer["Id"], answer["StackId"], "CREATE_PENDING")

    def change_set(self, change_set_id: str) -> ChangeSet:
        answer = self.aws.call(API, "describe_change_set", ChangeSetName=change_set_id)
        return ChangeSet(answer["ChangeSetId"], answer["StackId"], answer["Status"], answer.get("StatusReason") or "")

    def changes(self, change_set_id: str) -> tuple[ResourceChange, ...]:
        pages = self.aws.pages(API, "describe_change_set", ChangeSetName=change_set_id)
        changes = (change for page in pages for change in page.get("Changes", []))
        return tuple(_change(change["ResourceChange"]) for change in changes if "ResourceChange" in change)

    def execute_change_set(self, change_set: ChangeSet, token: str) -> None:
        self.aws.call(API, "execute_change_set", ChangeSetName=change_set.id, ClientRequestToken=token)

    def delete_change_set(self, change_set: ChangeSet) -> None:
        self.aws.call(API, "delete_change_set", ChangeSetName=change_set.id)

    def has_open_change_sets(self, stack_id: str) -> bool:
        pages = self.aws.pages(API, "list_change_sets", StackName=stack_id)
        return any(_is_open(one) for page in pages for one in page["Summaries"])

    def delete_stack(self, stack_id: str, token: str) -> None:
        self.aws.call(API, "delete_stack", StackName=stack_id, ClientRequestToken=token)

    def protect(self, stack_id: str) -> None:
        self.aws.call(API, "update_termination_protection", StackName=stack_id, EnableTerminationProtection=True)


def _stack(told: Mapping[str, Any]) -> DeployedStack:
    return DeployedStack(
        id=told["StackId"],
        name=told["StackName"],
        status=StackStatus.of(told["StackStatus"]),
        since=told.get("DeletionTime") or told.get("LastUpdatedTime") or told["CreationTime"],
        reason=told.get("StackStatusReason") or "",
        outputs=tuple(
            Output(one["OutputKey"], one["OutputValue"], one.get("Description") or "")
            for one in told.get("Outputs", [])
        ),
        is_protected=bool(told.get("EnableTerminationProtection")),
    )


def _resource(told: Mapping[str, Any]) -> StackResource:
    return StackResource(
        told["LogicalResourceId"],
        told.get("PhysicalResourceId") or "",
        told["ResourceType"],
        ResourceStatus(told["ResourceStatus"]),
        told["LastUpdatedTimestamp"],
    )


def _event(told: Mapping[str, Any]) -> StackEvent:
    return StackEvent(
        id=told["EventId"],
        stack_id=told["StackId"],
        logical_id=told.get("LogicalResourceId") or "",
        physical_id=told.get("PhysicalResourceId") or "",
        type=told.get("ResourceType") or "",
        status=ResourceStatus(told.get("ResourceStatus") or ""),
        time=told["Timestamp"],
        reason=told.get("ResourceStatusReason") or "",
    )


def _change(told: Mapping[str, Any]) -> ResourceChange:
    details = told.get("Details", [])
    return ResourceChange(
        logical_id=told["LogicalResourceId"],
        type=told["ResourceType"],
        action=told["Action"],
        replacement=told.get("Replacement") or "",
        policy_action=told.get("PolicyAction") or "",
        paths=tuple(dict.fromkeys(filter(None, (_path(detail.get("Target", {})) for detail in details)))),
        change_set_id=told.get("ChangeSetId") or None,
        is_automatic=bool(details) and all(detail.get("ChangeSource") == "Automatic" for detail in details),
    )


def _path(target: Mapping[str, Any]) -> str:
    """`Properties.Tags`, `Metadata`…: the property as far as CloudFormation names it."""
    return target.get("Path") or ".".join(filter(None, (target.get("Attribute"), target.get("Name"))))


def _is_open(summary: Mapping[str, Any]) -> bool:
    """It can still be executed: neither has it been, nor is it being deleted."""
    was_executed = str(summary.get("ExecutionStatus", "")).startswith("EXECUTE_")
    return not was_executed and not str(summary.get("Status", "")).startswith("DELETE_")
