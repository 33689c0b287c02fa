"""How answers of the API become records; botocore's own models check what is asked and answered."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from botocore.stub import Stubber

from stratopause.deployer.aws.boto import Aws
from stratopause.deployer.aws.cloudformation import AwsCloudFormation
from stratopause.deployer.changes import ChangeSet, Kind, PropertyChange, ResourceChange
from stratopause.deployer.errors import InvalidTemplates
from stratopause.deployer.plan import OpenChangeSet, TemplateBody, TemplateUrl, Wanted
from stratopause.deployer.stacks import (
    DeployedStack,
    DriftDetection,
    HookResult,
    OperationEvent,
    Output,
    PropertyDrift,
    ResourceDrift,
)
from stratopause.deployer.status import StackStatus
from stratopause.deployer.target import LOCAL_ACCOUNT, Target

TARGET = Target("clinic", "local", LOCAL_ACCOUNT, "us-east-1", endpoint_url="http://127.0.0.1:9")
THEN, LATER = datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 1, 2, tzinfo=UTC)
STACK_ID = "arn:aws:cloudformation:us-east-1:000000000000:stack/clinic/1"
CHANGE_SET_ID = "arn:aws:cloudformation:us-east-1:000000000000:changeSet/run/1"


@pytest.fixture
def aws() -> Aws:
    return Aws(TARGET)


@pytest.fixture
def stub(aws: Aws) -> Iterator[Stubber]:
    with Stubber(aws.client("cloudformation")) as stub:
        yield stub
        stub.assert_no_pending_responses()


@pytest.fixture
def cloudformation(aws: Aws, stub: Stubber) -> AwsCloudFormation:
    return AwsCloudFormation(aws)


def test_a_stack_is_read_with_its_outputs_and_the_time_of_its_last_change(
    cloudformation: AwsCloudFormation, stub: Stubber
) -> None:
    told = {
        "StackId": STACK_ID,
        "StackName": "clinic",
        "CreationTime": THEN,
        "LastUpdatedTime": LATER,
        "StackStatus": "UPDATE_COMPLETE",
        "EnableTerminationProtection": True,
        "Outputs": [{"OutputKey": "VpcId", "OutputValue": "vpc-1"}],
    }
    stub.add_response("describe_stacks", {"Stacks": [told]}, {"StackName": "clinic"})
    assert cloudformation.stack("clinic") == DeployedStack(
        STACK_ID, "clinic", StackStatus.UPDATE_COMPLETE, LATER, "", (Output("VpcId", "vpc-1"),), is_protected=True
    )


def test_a_stack_that_is_not_there_is_none(cloudformation: AwsCloudFormation, stub: Stubber) -> None:
    stub.add_client_error("describe_stacks", "ValidationError", "Stack with id clinic does not exist")
    assert cloudformation.stack("clinic") is None


def test_a_change_set_asks_for_the_whole_tree_and_can_be_asked_for_again(
    cloudformation: AwsCloudFormation, stub: Stubber
) -> None:
    wanted = Wanted("clinic", TemplateUrl("https://b/k.json"), ("CAPABILITY_IAM",), (("owner", "us"),))
    asked = {
        "StackName": "clinic",
        "ChangeSetName": "run",
        "ClientToken": "run",
        "ChangeSetType": "UPDATE",
        "IncludeNestedStacks": True,
        "Capabilities": ["CAPABILITY_IAM"],
        "Tags": [{"Key": "owner", "Value": "us"}],
        "Description": "commit abc",
        "TemplateURL": "https://b/k.json",
    }
    stub.add_response("create_change_set", {"Id": CHANGE_SET_ID, "StackId": STACK_ID}, asked)
    made = cloudformation.create_change_set(OpenChangeSet(wanted, "UPDATE"), "run", "commit abc")
    assert made == ChangeSet(CHANGE_SET_ID, STACK_ID, "CREATE_PENDING")
    assert made.is_pending


def test_a_small_template_goes_with_the_request_and_an_empty_description_does_not(
    cloudformation: AwsCloudFormation, stub: Stubber
) -> None:
    asked = {
        "StackName": "clinic",
        "ChangeSetName": "run",
        "ClientToken": "run",
        "ChangeSetType": "CREATE",
        "IncludeNestedStacks": True,
        "Capabilities": [],
        "Tags": [],
        "TemplateBody": "{}",
    }
    stub.add_response("create_change_set", {"Id": CHANGE_SET_ID, "StackId": STACK_ID}, asked)
    cloudformation.create_change_set(OpenChangeSet(Wanted("clinic", TemplateBody("{}")), "CREATE"), "run", "")


def test_the_changes_on_every_page_are_read(cloudformation: AwsCloudFormation, stub: Stubber) -> None:
    first: dict[str, Any] = {
        "Action": "Modify",
        "LogicalResourceId": "Instance",
        "ResourceType": "AWS::RDS::DBInstance",
        "Replacement": "True",
        "PolicyAction": "ReplaceAndSnapshot",
        "Scope": ["Properties", "Tags"],
        "PhysicalResourceId": "db-1",
        "BeforeContext": "{}",
        "AfterContext": "{}",
        "ResourceDriftStatus": "MODIFIED",
        "Details": [
            {
                "Target": {
                    "Attribute": "Properties",
                    "Name": "Engine",
                    "Path": "/Properties/Engine",
                    "AttributeChangeType": "Modify",
                    "RequiresRecreation": "Always",
                    "BeforeValue": "mysql",
                    "AfterValue": "postgres",
                    "Drift": {"PreviousValue": "mysql", "ActualValue": "mariadb", "DriftDetectionTimestamp": THEN},
                },
                "Evaluation": "Static",
                "ChangeSource": "ParameterReference",
                "CausingEntity": "Engine",
            },
            {"Target": {"Attribute": "Tags"}},
            {"Target": {"Attribute": "Properties", "Name": "Port"}},
        ],
    }
    second = {
        "Action": "Modify",
        "LogicalResourceId": "Child",
        "ResourceType": "AWS::CloudFormation::Stack",
        "ChangeSetId": "arn:child",
        "Details": [{"ChangeSource": "Automatic", "Evaluation": "Dynamic"}],
    }
    pages = (({"ResourceChange": first}, None, "more"), ({"ResourceChange": second}, "more", None))
    for change, token, following in pages:
        told = {"ChangeSetId": CHANGE_SET_ID, "StackId": STACK_ID, "Status": "CREATE_COMPLETE"}
        answer = {**told, "Changes": [{"Type": "Resource", **change}, {"Type": "Resource"}]}
        stub.add_response(
            "describe_change_set",
            answer | ({"NextToken": following} if following else {}),
            {"ChangeSetName": CHANGE_SET_ID, "IncludePropertyValues": True} | ({"NextToken": token} if token else {}),
        )
    instance, child = cloudformation.change_set(CHANGE_SET_ID).changes
    assert instance == ResourceChange(
        "Instance",
        "AWS::RDS::DBInstance",
        "Modify",
        "True",
        "ReplaceAndSnapshot",
        (
            PropertyChange(
                "/Properties/Engine",
                kind="Modify",
                requires_recreation="Always",
                before="mysql",
                after="postgres",
                evaluation="Static",
                source="ParameterReference",
                cause="Engine",
                actual="mariadb",
            ),
            PropertyChange("/Tags", "Tags"),
            PropertyChange("/Properties/Port"),
        ),
        physical_id="db-1",
        scope=("Properties", "Tags"),
        before_context="{}",
        after_context="{}",
        drift_status="MODIFIED",
    )
    assert instance.kind is Kind.REPLACE
    assert (child.change_set_id, child.is_automatic) == ("arn:child", True)


def test_a_change_set_is_read_with_its_reason(cloudformation: AwsCloudFormation, stub: Stubber) -> None:
    told = {"ChangeSetId": CHANGE_SET_ID, "StackId": STACK_ID, "Status": "FAILED", "StatusReason": "because"}
    asked = {"ChangeSetName": CHANGE_SET_ID, "IncludePropertyValues": True}
    stub.add_response("describe_change_set", told, asked)
    assert cloudformation.change_set(CHANGE_SET_ID) == ChangeSet(CHANGE_SET_ID, STACK_ID, "FAILED", "because")


def event(number: int) -> dict[str, Any]:
    return {
        "StackId": STACK_ID,
        "EventId": str(number),
        "StackName": "clinic",
        "Timestamp": THEN,
        "ResourceStatus": "CREATE_FAILED",
        "ResourceStatusReason": "because",
        "LogicalResourceId": "Child",
        "PhysicalResourceId": "arn:child",
        "ResourceType": "AWS::CloudFormation::Stack",
    }


def test_a_page_of_events_is_fetched_only_when_it_is_read(cloudformation: AwsCloudFormation, stub: Stubber) -> None:
    answer = {"StackEvents": [event(2), event(1)], "NextToken": "more"}
    stub.add_response("describe_stack_events", answer, {"StackName": STACK_ID})
    events = cloudformation.events(STACK_ID)
    assert [next(events).id, next(events).id] == ["2", "1"]
    stub.assert_no_pending_responses()
    asked = {"StackName": STACK_ID, "NextToken": "more"}
    stub.add_response("describe_stack_events", {"StackEvents": [event(0)]}, asked)
    (last,) = events
    assert (last.id, last.nested_stack_id, last.status.is_failure, last.reason) == ("0", "arn:child", True, "because")


def test_an_event_of_the_stack_itself_tells_of_no_nested_one(cloudformation: AwsCloudFormation, stub: Stubber) -> None:
    told = {**event(1), "PhysicalResourceId": STACK_ID}
    stub.add_response("describe_stack_events", {"StackEvents": [told]}, {"StackName": STACK_ID})
    (own,) = cloudformation.events(STACK_ID)
    assert own.is_of_its_stack
    assert own.nested_stack_id is None


def test_resources_are_read_with_or_without_a_physical_id(cloudformation: AwsCloudFormation, stub: Stubber) -> None:
    told = {
        "LogicalResourceId": "Child",
        "ResourceType": "AWS::CloudFormation::Stack",
        "LastUpdatedTimestamp": THEN,
        "ResourceStatus": "CREATE_COMPLETE",
    }
    summaries = [told, {**told, "PhysicalResourceId": "arn:child"}]
    stub.add_response("list_stack_resources", {"StackResourceSummaries": summaries}, {"StackName": STACK_ID})
    assert [one.is_nested_stack for one in cloudformation.resources(STACK_ID)] == [False, True]


def test_a_template_in_json_is_read(cloudformation: AwsCloudFormation, stub: Stubber) -> None:
    stub.add_response("get_template", {"TemplateBody": '{"Resources": {}}'}, {"StackName": STACK_ID})
    assert cloudformation.template(STACK_ID) == {"Resources": {}}


def test_a_template_that_somebody_else_wrote_in_yaml_is_refused(
    cloudformation: AwsCloudFormation, stub: Stubber
) -> None:
    stub.add_response("get_template", {"TemplateBody": "Resources: {}"}, {"StackName": STACK_ID})
    with pytest.raises(InvalidTemplates, match="isn't JSON"):
        cloudformation.template(STACK_ID)


@pytest.mark.parametrize(
    ("status", "execution", "is_open"),
    [
        ("DELETE_IN_PROGRESS", "UNAVAILABLE", False),
        ("CREATE_COMPLETE", "EXECUTE_COMPLETE", False),
        ("CREATE_COMPLETE", "AVAILABLE", True),
        ("CREATE_IN_PROGRESS", "UNAVAILABLE", True),
    ],
)
def test_only_a_change_set_that_can_still_be_executed_is_listed(
    cloudformation: AwsCloudFormation, stub: Stubber, status: str, execution: str, is_open: bool
) -> None:
    told = {"ChangeSetId": CHANGE_SET_ID, "StackId": STACK_ID, "Status": status, "ExecutionStatus": execution}
    stub.add_response("list_change_sets", {"Summaries": [told]}, {"StackName": STACK_ID})
    assert bool(cloudformation.change_sets(STACK_ID)) is is_open


def test_what_changes_a_stack_carries_a_token_that_makes_repeating_it_safe(
    cloudformation: AwsCloudFormation, stub: Stubber
) -> None:
    change_set = ChangeSet(CHANGE_SET_ID, STACK_ID, "CREATE_COMPLETE")
    stub.add_response("execute_change_set", {}, {"ChangeSetName": CHANGE_SET_ID, "ClientRequestToken": "run"})
    stub.add_response("delete_stack", {}, {"StackName": STACK_ID, "ClientRequestToken": "run"})
    stub.add_response("delete_change_set", {}, {"ChangeSetName": CHANGE_SET_ID})
    protection = {"StackName": STACK_ID, "EnableTerminationProtection": True}
    stub.add_response("update_termination_protection", {"StackId": STACK_ID}, protection)
    cloudformation.execute_change_set(change_set, "run")
    cloudformation.delete_stack(STACK_ID, "run")
    cloudformation.delete_change_set(change_set)
    cloudformation.protect(STACK_ID)


def test_a_change_set_acts_as_the_service_role_and_reverts_drift_where_that_is_wanted(
    cloudformation: AwsCloudFormation, stub: Stubber
) -> None:
    role = "arn:aws:iam::000000000000:role/cloudformation"
    asked = {
        "StackName": "clinic",
        "ChangeSetName": "run",
        "ClientToken": "run",
        "ChangeSetType": "UPDATE",
        "IncludeNestedStacks": True,
        "Capabilities": [],
        "Tags": [],
        "TemplateBody": "{}",
        "RoleARN": role,
        "DeploymentMode": "REVERT_DRIFT",
    }
    stub.add_response("create_change_set", {"Id": CHANGE_SET_ID, "StackId": STACK_ID}, asked)
    wanted = Wanted("clinic", TemplateBody("{}"), role=role)
    cloudformation.create_change_set(OpenChangeSet(wanted, "UPDATE", reverts_drift=True), "run", "")


def described(*changes: dict[str, Any], reason: str = "") -> dict[str, Any]:
    told = {"ChangeSetId": CHANGE_SET_ID, "StackId": STACK_ID, "Status": "CREATE_COMPLETE", "StatusReason": reason}
    return {**told, "Changes": [{"Type": "Resource", "ResourceChange": one} for one in changes]}


def test_changes_that_are_dropped_with_values_are_added_without(
    cloudformation: AwsCloudFormation, stub: Stubber
) -> None:
    first = {"Action": "Add", "LogicalResourceId": "First", "ResourceType": "AWS::SNS::Topic"}
    second = {**first, "LogicalResourceId": "Second"}
    told = {**second, "AfterContext": "{}"}
    warning = "[WARN] --include-property-values option can return incomplete ChangeSet data because: too big"
    asked = {"ChangeSetName": CHANGE_SET_ID}
    stub.add_response("describe_change_set", described(told, reason=warning), asked | {"IncludePropertyValues": True})
    stub.add_response("describe_change_set", described(first, second), asked)
    changes = cloudformation.change_set(CHANGE_SET_ID).changes
    assert [(one.logical_id, one.after_context) for one in changes] == [("First", ""), ("Second", "{}")]


def test_a_change_set_tells_whether_it_can_be_executed_and_by_what_name_and_parameters(
    cloudformation: AwsCloudFormation, stub: Stubber
) -> None:
    told = described() | {
        "ChangeSetName": "run",
        "Description": "commit abc",
        "CreationTime": THEN,
        "ExecutionStatus": "AVAILABLE",
        "Parameters": [{"ParameterKey": "B", "ParameterValue": "2"}, {"ParameterKey": "A"}],
    }
    asked = {"ChangeSetName": CHANGE_SET_ID, "IncludePropertyValues": True}
    stub.add_response("describe_change_set", told, asked)
    made = cloudformation.change_set(CHANGE_SET_ID)
    assert made.is_available
    assert (made.name, made.description, made.created) == ("run", "commit abc", THEN)
    assert made.parameters == (("A", ""), ("B", "2"))


def test_a_failure_is_kept_only_where_that_is_asked_for(cloudformation: AwsCloudFormation, stub: Stubber) -> None:
    asked = {"ChangeSetName": CHANGE_SET_ID, "ClientRequestToken": "run", "DisableRollback": True}
    stub.add_response("execute_change_set", {}, asked)
    change_set = ChangeSet(CHANGE_SET_ID, STACK_ID, "CREATE_COMPLETE")
    cloudformation.execute_change_set(change_set, "run", without_rollback=True)


def test_what_validation_and_hooks_found_is_read_from_every_page(
    cloudformation: AwsCloudFormation, stub: Stubber
) -> None:
    shared = {"OperationId": "o", "StackId": STACK_ID, "LogicalResourceId": "Topic", "ResourceType": "AWS::SNS::Topic"}
    validation = {
        **shared,
        "EventType": "VALIDATION_ERROR",
        "Timestamp": THEN,
        "ValidationName": "PROPERTY_VALIDATION",
        "ValidationPath": "/Properties/Nam",
        "ValidationStatusReason": "unknown",
        "ValidationFailureMode": "FAIL",
    }
    hook = {
        **shared,
        "EventType": "HOOK_INVOCATION_ERROR",
        "HookType": "Ours::Check::Hook",
        "HookStatusReason": "open",
        "HookFailureMode": "WARN",
    }
    asked = {"ChangeSetName": CHANGE_SET_ID, "Filters": {"FailedEvents": True}}
    stub.add_response("describe_events", {"OperationEvents": [validation], "NextToken": "next"}, asked)
    error = {"EventType": "PROVISIONING_ERROR", "ResourceStatusReason": "boom"}
    stub.add_response("describe_events", {"OperationEvents": [hook, error]}, asked | {"NextToken": "next"})
    place = ("o", STACK_ID, "Topic", "AWS::SNS::Topic")
    assert cloudformation.failed_events(CHANGE_SET_ID) == (
        OperationEvent(
            "VALIDATION_ERROR", *place, "unknown", "PROPERTY_VALIDATION", "/Properties/Nam", "FAIL", time=THEN
        ),
        OperationEvent("HOOK_INVOCATION_ERROR", *place, "open", "Ours::Check::Hook", mode="WARN"),
        OperationEvent("PROVISIONING_ERROR", "", "", "", "", "boom"),
    )


def test_hooks_are_told_with_the_advice_of_those_that_failed(cloudformation: AwsCloudFormation, stub: Stubber) -> None:
    result_id = "x" * 36
    failed = {
        "HookResultId": result_id,
        "TypeName": "Ours::Check::Hook",
        "Status": "HOOK_COMPLETE_FAILED",
        "FailureMode": "FAIL",
        "HookStatusReason": "open",
        "HookExecutionTarget": "Topic",
    }
    passed = {"HookResultId": result_id, "Status": "HOOK_COMPLETE_SUCCEEDED", "TargetId": CHANGE_SET_ID}
    nameless = {"Status": "HOOK_FAILED"}
    asked = {"TargetType": "CHANGE_SET", "TargetId": CHANGE_SET_ID}
    stub.add_response("list_hook_results", {"HookResults": [failed, passed, nameless]}, asked)
    annotations = [
        {"Status": "PASSED", "StatusMessage": "fine"},
        {
            "Status": "FAILED",
            "StatusMessage": "public",
            "RemediationMessage": "close it",
            "RemediationLink": "https://x",
        },
    ]
    stub.add_response("get_hook_result", {"Annotations": annotations}, {"HookResultId": result_id})
    assert cloudformation.hook_results(CHANGE_SET_ID) == (
        HookResult(
            "Ours::Check::Hook", "HOOK_COMPLETE_FAILED", "FAIL", "open", "Topic", ("public close it https://x",)
        ),
        HookResult("", "HOOK_COMPLETE_SUCCEEDED", "", target=CHANGE_SET_ID),
        HookResult("", "HOOK_FAILED", ""),
    )


def test_each_way_back_carries_its_token_and_what_it_leaves_in_order(
    cloudformation: AwsCloudFormation, stub: Stubber
) -> None:
    asked = {"StackName": STACK_ID, "ClientRequestToken": "run"}
    stub.add_response("delete_stack", {}, asked | {"RetainResources": ["A", "B"]})
    stub.add_response("cancel_update_stack", {}, asked)
    stub.add_response("rollback_stack", {}, asked)
    stub.add_response("continue_update_rollback", {}, asked)
    stub.add_response("continue_update_rollback", {}, asked | {"ResourcesToSkip": ["A", "nested.B"]})
    cloudformation.delete_stack(STACK_ID, "run", retain={"B", "A"})
    cloudformation.cancel_update(STACK_ID, "run")
    cloudformation.roll_back(STACK_ID, "run")
    cloudformation.continue_rollback(STACK_ID, "run")
    cloudformation.continue_rollback(STACK_ID, "run", skip={"nested.B", "A"})


def test_a_stack_policy_is_read_and_set(cloudformation: AwsCloudFormation, stub: Stubber) -> None:
    stub.add_response("get_stack_policy", {}, {"StackName": STACK_ID})
    stub.add_response("get_stack_policy", {"StackPolicyBody": "{}"}, {"StackName": STACK_ID})
    stub.add_response("set_stack_policy", {}, {"StackName": STACK_ID, "StackPolicyBody": "{}"})
    assert cloudformation.stack_policy(STACK_ID) is None
    assert cloudformation.stack_policy(STACK_ID) == "{}"
    cloudformation.set_stack_policy(STACK_ID, "{}")


def test_drift_is_detected_followed_and_read(cloudformation: AwsCloudFormation, stub: Stubber) -> None:
    stub.add_response("detect_stack_drift", {"StackDriftDetectionId": "d"}, {"StackName": STACK_ID})
    told = {"StackId": STACK_ID, "StackDriftDetectionId": "d", "Timestamp": THEN}
    asked = {"StackDriftDetectionId": "d"}
    running, failed = {"DetectionStatus": "DETECTION_IN_PROGRESS"}, {"DetectionStatus": "DETECTION_FAILED"}
    stub.add_response("describe_stack_drift_detection_status", told | running, asked)
    stub.add_response(
        "describe_stack_drift_detection_status", told | failed | {"DetectionStatusReason": "denied"}, asked
    )
    complete = {"DetectionStatus": "DETECTION_COMPLETE", "StackDriftStatus": "DRIFTED"}
    stub.add_response("describe_stack_drift_detection_status", told | complete, asked)
    begun = cloudformation.detect_drift(STACK_ID)
    assert begun == DriftDetection("d", STACK_ID, "DETECTION_IN_PROGRESS")
    assert cloudformation.drift_detection(begun) == begun
    assert cloudformation.drift_detection(begun).reason == "denied"
    ended = cloudformation.drift_detection(begun)
    assert (ended.is_running, ended.drift) == (False, "DRIFTED")


def test_what_has_drifted_is_read_from_every_page(cloudformation: AwsCloudFormation, stub: Stubber) -> None:
    shared = {"StackId": STACK_ID, "ResourceType": "AWS::SNS::Topic", "Timestamp": THEN}
    difference = {"PropertyPath": "/A", "ExpectedValue": "1", "ActualValue": "2", "DifferenceType": "NOT_EQUAL"}
    modified = {
        **shared,
        "LogicalResourceId": "Topic",
        "PhysicalResourceId": "topic-1",
        "StackResourceDriftStatus": "MODIFIED",
        "PropertyDifferences": [difference],
    }
    deleted = {**shared, "LogicalResourceId": "Gone", "StackResourceDriftStatus": "DELETED", "DriftStatusReason": "why"}
    asked = {"StackName": STACK_ID, "StackResourceDriftStatusFilters": ["MODIFIED", "DELETED"]}
    stub.add_response("describe_stack_resource_drifts", {"StackResourceDrifts": [modified], "NextToken": "n"}, asked)
    stub.add_response("describe_stack_resource_drifts", {"StackResourceDrifts": [deleted]}, asked | {"NextToken": "n"})
    assert cloudformation.drifted(STACK_ID) == (
        ResourceDrift("Topic", "topic-1", "AWS::SNS::Topic", "MODIFIED", (PropertyDrift("/A", "1", "2", "NOT_EQUAL"),)),
        ResourceDrift("Gone", "", "AWS::SNS::Topic", "DELETED", reason="why"),
    )


def test_resources_tell_their_drift_and_events_their_token(cloudformation: AwsCloudFormation, stub: Stubber) -> None:
    told = {
        "LogicalResourceId": "Topic",
        "ResourceType": "AWS::SNS::Topic",
        "LastUpdatedTimestamp": THEN,
        "ResourceStatus": "CREATE_COMPLETE",
        "DriftInformation": {"StackResourceDriftStatus": "MODIFIED"},
    }
    stub.add_response("list_stack_resources", {"StackResourceSummaries": [told]}, {"StackName": STACK_ID})
    answer = {"StackEvents": [{**event(1), "ClientRequestToken": "run"}]}
    stub.add_response("describe_stack_events", answer, {"StackName": STACK_ID})
    assert cloudformation.resources(STACK_ID)[0].drift == "MODIFIED"
    assert next(cloudformation.events(STACK_ID)).token == "run"


def test_a_stack_is_read_with_its_parameters_tags_role_and_last_change_set(
    cloudformation: AwsCloudFormation, stub: Stubber
) -> None:
    told = {
        "StackId": STACK_ID,
        "StackName": "clinic",
        "CreationTime": THEN,
        "DeletionTime": LATER,
        "StackStatus": "DELETE_COMPLETE",
        "StackStatusReason": "why",
        "Parameters": [{"ParameterKey": "A", "ParameterValue": "1"}],
        "Tags": [{"Key": "b", "Value": "2"}, {"Key": "a", "Value": "1"}],
        "RoleARN": "arn:aws:iam::000000000000:role/cloudformation",
        "ChangeSetId": CHANGE_SET_ID,
    }
    stub.add_response("describe_stacks", {"Stacks": [told]}, {"StackName": STACK_ID})
    stack = cloudformation.stack(STACK_ID)
    assert stack is not None
    assert (stack.since, stack.reason, stack.change_set_id) == (LATER, "why", CHANGE_SET_ID)
    assert (stack.parameters, stack.tags) == ((("A", "1"),), (("a", "1"), ("b", "2")))
    assert stack.role == told["RoleARN"]
