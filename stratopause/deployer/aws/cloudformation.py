"""CloudFormation's API in the deployer's words: every page read, every answer made a record."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import Any, Final

from msgspec.structs import replace

from stratopause.deployer.aws.api import Api
from stratopause.deployer.changes import ChangeSet, PropertyChange, ResourceChange
from stratopause.deployer.errors import NotFound
from stratopause.deployer.plan import OpenChangeSet, TemplateBody
from stratopause.deployer.stacks import (
    DeployedStack,
    DriftDetection,
    HookResult,
    OperationEvent,
    Output,
    PropertyDrift,
    ResourceDrift,
    StackEvent,
    StackResource,
)
from stratopause.deployer.status import ResourceStatus, StackStatus
from stratopause.deployer.templates import Template, parse

API: Final = "cloudformation"


class AwsCloudFormation:
    """`services.CloudFormation` by the API of 2010-05-15.

    https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/
    """

    def __init__(self, api: Api) -> None:
        self.api = api

    def stack(self, stack: str) -> DeployedStack | None:
        try:
            answer = self.api.call(API, "describe_stacks", StackName=stack)
        except NotFound:
            return None
        return _stack(answer["Stacks"][0])

    def resources(self, stack_id: str) -> tuple[StackResource, ...]:
        pages = self.api.pages(API, "list_stack_resources", StackName=stack_id)
        return tuple(_resource(one) for page in pages for one in page["StackResourceSummaries"])

    def events(self, stack_id: str) -> Iterator[StackEvent]:
        for page in self.api.pages(API, "describe_stack_events", StackName=stack_id):
            yield from map(_event, page["StackEvents"])

    def template(self, stack_id: str) -> Template:
        body = self.api.call(API, "get_template", StackName=stack_id)["TemplateBody"]
        return dict(body) if isinstance(body, Mapping) else parse(f"the template of {stack_id}", body.encode())

    def create_change_set(self, step: OpenChangeSet, name: str, description: str) -> ChangeSet:
        wanted = step.wanted
        template = wanted.template
        answer = self.api.call(
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
            **({"RoleARN": wanted.role} if wanted.role else {}),
            **({"DeploymentMode": "REVERT_DRIFT"} if step.reverts_drift else {}),
            **(
                {"TemplateBody": template.body} if isinstance(template, TemplateBody) else {"TemplateURL": template.url}
            ),
        )
        return ChangeSet(answer["Id"], answer["StackId"], "CREATE_PENDING")

    def change_set(self, change_set_id: str) -> ChangeSet:
        """With the values of properties. Where CloudFormation warns that with values it dropped changes, it is asked
        again without, and what was dropped is added.
        """
        whole = self._described(change_set_id, IncludePropertyValues=True)
        if not _is_incomplete(whole):
            return whole
        return _completed(whole, self._described(change_set_id))

    def change_sets(self, stack_id: str) -> tuple[ChangeSet, ...]:
        pages = self.api.pages(API, "list_change_sets", StackName=stack_id)
        every = (_change_set(one) for page in pages for one in page["Summaries"])
        return tuple(one for one in every if not one.was_executed and not one.is_going)

    def execute_change_set(self, change_set: ChangeSet, token: str, without_rollback: bool = False) -> None:
        keeping = {"DisableRollback": True} if without_rollback else {}
        self.api.call(API, "execute_change_set", ChangeSetName=change_set.id, ClientRequestToken=token, **keeping)

    def delete_change_set(self, change_set: ChangeSet) -> None:
        self.api.call(API, "delete_change_set", ChangeSetName=change_set.id)

    def failed_events(self, change_set_id: str) -> tuple[OperationEvent, ...]:
        pages = self.api.pages(API, "describe_events", ChangeSetName=change_set_id, Filters={"FailedEvents": True})
        return tuple(_operation_event(one) for page in pages for one in page["OperationEvents"])

    def hook_results(self, change_set_id: str) -> tuple[HookResult, ...]:
        pages = self.api.pages(API, "list_hook_results", TargetType="CHANGE_SET", TargetId=change_set_id)
        return tuple(self._hook_result(one) for page in pages for one in page["HookResults"])

    def delete_stack(self, stack_id: str, token: str, retain: Collection[str] = ()) -> None:
        kept = {"RetainResources": sorted(retain)} if retain else {}
        self.api.call(API, "delete_stack", StackName=stack_id, ClientRequestToken=token, **kept)

    def cancel_update(self, stack_id: str, token: str) -> None:
        self.api.call(API, "cancel_update_stack", StackName=stack_id, ClientRequestToken=token)

    def roll_back(self, stack_id: str, token: str) -> None:
        self.api.call(API, "rollback_stack", StackName=stack_id, ClientRequestToken=token)

    def continue_rollback(self, stack_id: str, token: str, skip: Collection[str] = ()) -> None:
        skipped = {"ResourcesToSkip": sorted(skip)} if skip else {}
        self.api.call(API, "continue_update_rollback", StackName=stack_id, ClientRequestToken=token, **skipped)

    def protect(self, stack_id: str) -> None:
        self.api.call(API, "update_termination_protection", StackName=stack_id, EnableTerminationProtection=True)

    def stack_policy(self, stack_id: str) -> str | None:
        return self.api.call(API, "get_stack_policy", StackName=stack_id).get("StackPolicyBody") or None

    def set_stack_policy(self, stack_id: str, body: str) -> None:
        self.api.call(API, "set_stack_policy", StackName=stack_id, StackPolicyBody=body)

    def detect_drift(self, stack_id: str) -> DriftDetection:
        answer = self.api.call(API, "detect_stack_drift", StackName=stack_id)
        return DriftDetection(answer["StackDriftDetectionId"], stack_id, "DETECTION_IN_PROGRESS")

    def drift_detection(self, detection: DriftDetection) -> DriftDetection:
        told = self.api.call(API, "describe_stack_drift_detection_status", StackDriftDetectionId=detection.id)
        return DriftDetection(
            detection.id,
            told["StackId"],
            told["DetectionStatus"],
            told.get("StackDriftStatus") or "",
            told.get("DetectionStatusReason") or "",
        )

    def drifted(self, stack_id: str) -> tuple[ResourceDrift, ...]:
        pages = self.api.pages(
            API,
            "describe_stack_resource_drifts",
            StackName=stack_id,
            StackResourceDriftStatusFilters=["MODIFIED", "DELETED"],
        )
        return tuple(_drift(one) for page in pages for one in page["StackResourceDrifts"])

    def _described(self, change_set_id: str, **more: Any) -> ChangeSet:
        pages = list(self.api.pages(API, "describe_change_set", ChangeSetName=change_set_id, **more))
        return _change_set({**pages[-1], "Changes": [change for page in pages for change in page.get("Changes", [])]})

    def _hook_result(self, told: Mapping[str, Any]) -> HookResult:
        """What a failed hook advises stands in its annotations, which are told one result at a time."""
        annotations: list[Mapping[str, Any]] = []
        if told["Status"] in {"HOOK_COMPLETE_FAILED", "HOOK_FAILED"} and told.get("HookResultId"):
            annotations = self.api.call(API, "get_hook_result", HookResultId=told["HookResultId"]).get(
                "Annotations", []
            )
        return HookResult(
            hook=told.get("TypeName") or "",
            status=told["Status"],
            mode=told.get("FailureMode") or "",
            reason=told.get("HookStatusReason") or "",
            target=told.get("HookExecutionTarget") or told.get("TargetId") or "",
            remedies=tuple(_remedy(one) for one in annotations if one.get("Status") == "FAILED"),
        )


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
        tags=tuple(sorted((one["Key"], one["Value"]) for one in told.get("Tags", []))),
        parameters=_parameters(told),
        role=told.get("RoleARN") or None,
        change_set_id=told.get("ChangeSetId") or None,
    )


def _parameters(told: Mapping[str, Any]) -> tuple[tuple[str, str], ...]:
    return tuple(sorted((one["ParameterKey"], one.get("ParameterValue") or "") for one in told.get("Parameters", [])))


def _resource(told: Mapping[str, Any]) -> StackResource:
    return StackResource(
        told["LogicalResourceId"],
        told.get("PhysicalResourceId") or "",
        told["ResourceType"],
        ResourceStatus(told["ResourceStatus"]),
        told["LastUpdatedTimestamp"],
        told.get("ResourceStatusReason") or "",
        told.get("DriftInformation", {}).get("StackResourceDriftStatus") or "",
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
        token=told.get("ClientRequestToken") or "",
    )


def _operation_event(told: Mapping[str, Any]) -> OperationEvent:
    reasons = ("ValidationStatusReason", "HookStatusReason", "ResourceStatusReason")
    return OperationEvent(
        kind=told.get("EventType") or "",
        operation_id=told.get("OperationId") or "",
        stack_id=told.get("StackId") or "",
        logical_id=told.get("LogicalResourceId") or "",
        type=told.get("ResourceType") or "",
        reason=next((told[name] for name in reasons if told.get(name)), ""),
        name=told.get("ValidationName") or told.get("HookType") or "",
        path=told.get("ValidationPath") or "",
        mode=told.get("ValidationFailureMode") or told.get("HookFailureMode") or "",
        time=told.get("Timestamp"),
    )


def _change_set(told: Mapping[str, Any]) -> ChangeSet:
    return ChangeSet(
        id=told["ChangeSetId"],
        stack_id=told["StackId"],
        status=told.get("Status") or "",
        reason=told.get("StatusReason") or "",
        execution=told.get("ExecutionStatus") or "",
        name=told.get("ChangeSetName") or "",
        description=told.get("Description") or "",
        created=told.get("CreationTime"),
        parameters=_parameters(told),
        changes=tuple(_change(one["ResourceChange"]) for one in told.get("Changes", []) if "ResourceChange" in one),
    )


def _change(told: Mapping[str, Any]) -> ResourceChange:
    return ResourceChange(
        logical_id=told["LogicalResourceId"],
        type=told["ResourceType"],
        action=told["Action"],
        replacement=told.get("Replacement") or "",
        policy_action=told.get("PolicyAction") or "",
        details=tuple(map(_detail, told.get("Details", []))),
        change_set_id=told.get("ChangeSetId") or None,
        physical_id=told.get("PhysicalResourceId") or "",
        scope=tuple(told.get("Scope", [])),
        before_context=told.get("BeforeContext") or "",
        after_context=told.get("AfterContext") or "",
        drift_status=told.get("ResourceDriftStatus") or "",
    )


def _detail(told: Mapping[str, Any]) -> PropertyChange:
    target = told.get("Target", {})
    attribute = target.get("Attribute") or "Properties"
    name = target.get("Name")
    return PropertyChange(
        path=target.get("Path") or (f"/{attribute}/{name}" if name else f"/{attribute}"),
        attribute=attribute,
        kind=target.get("AttributeChangeType") or "",
        requires_recreation=target.get("RequiresRecreation") or "",
        before=target.get("BeforeValue"),
        after=target.get("AfterValue"),
        evaluation=told.get("Evaluation") or "",
        source=told.get("ChangeSource") or "",
        cause=told.get("CausingEntity") or "",
        actual=target.get("Drift", {}).get("ActualValue"),
    )


def _drift(told: Mapping[str, Any]) -> ResourceDrift:
    return ResourceDrift(
        logical_id=told["LogicalResourceId"],
        physical_id=told.get("PhysicalResourceId") or "",
        type=told["ResourceType"],
        status=told["StackResourceDriftStatus"],
        differences=tuple(
            PropertyDrift(one["PropertyPath"], one["ExpectedValue"], one["ActualValue"], one["DifferenceType"])
            for one in told.get("PropertyDifferences", [])
        ),
        reason=told.get("DriftStatusReason") or "",
    )


def _remedy(annotation: Mapping[str, Any]) -> str:
    parts = (annotation.get(name) for name in ("StatusMessage", "RemediationMessage", "RemediationLink"))
    return " ".join(part for part in parts if part)


def _is_incomplete(change_set: ChangeSet) -> bool:
    """CloudFormation's words where it left out changes; the status is CREATE_COMPLETE all the same."""
    return change_set.reason.startswith("[WARN] --include-property-values option can return incomplete")


def _completed(with_values: ChangeSet, without: ChangeSet) -> ChangeSet:
    """Every change, with values where they were told."""
    told = {change.logical_id: change for change in with_values.changes}
    return replace(without, changes=tuple(told.get(change.logical_id, change) for change in without.changes))
