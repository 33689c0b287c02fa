"""Roles that a service assumes: one that isn't there, or whose trust policy leaves the service out, is refused."""

from __future__ import annotations

import json

from ministack.core.iam_evaluator import EvalContext, evaluate_resource_policy
from ministack.core.responses import get_account_id, get_region
from ministack.services import iam
from ministack.services.cloudformation import provisioners

from stratopause.emulator.resources.calls import arn
from stratopause.emulator.resources.ecs import task_definition
from stratopause.emulator.resources.handlers import Change, before_change
from stratopause.emulator.resources.refusals import Refusal


def assumable(role_arn: str, service: str, source: str) -> bool:
    """Whether a role of this account lets a service assume it on behalf of a resource (`source`, its ARN)."""
    role = iam._roles.get(role_arn.rpartition("/")[2])
    if role is None or role["Arn"] != role_arn:
        return False
    request = EvalContext(
        principal_arn=service,
        principal_type="Service",
        principal_account="",
        action="sts:AssumeRole",
        resource_arn=role_arn,
        region=get_region(),
        service_context={"aws:sourceaccount": get_account_id(), "aws:sourcearn": source},
    )
    trust = role["AssumeRolePolicyDocument"]
    document = json.loads(trust) if isinstance(trust, str) else trust
    return bool(evaluate_resource_policy(document, request, service=service).decision == "Allow")


@before_change("AWS::RDS::DBInstance")
def _monitoring(change: Change) -> None:
    role = change.properties.get("MonitoringRoleArn")
    name = change.physical_id or change.properties.get("DBInstanceIdentifier", "unnamed")
    if role is not None and not assumable(role, "monitoring.rds.amazonaws.com", arn("rds", f"db:{name}")):
        message = "IAM role ARN value is invalid or does not include the required permissions for: ENHANCED_MONITORING"
        raise Refusal(message, "Rds", "InvalidRequest")


@before_change("AWS::CloudTrail::Trail")
def _log_delivery(change: Change) -> None:
    role = change.properties.get("CloudWatchLogsRoleArn")
    name = change.physical_id or change.properties.get("TrailName")
    name = name or provisioners._physical_name(change.stack_name, change.logical_id)
    if role is not None and not assumable(role, "cloudtrail.amazonaws.com", arn("cloudtrail", f"trail/{name}")):
        message = "Access denied. Check the permissions for your role."
        raise Refusal(message, "CloudTrail", "InvalidCloudWatchLogsRoleArnException")


@before_change("AWS::Backup::BackupSelection", "AWS::Backup::RestoreTestingSelection")
def _backups(change: Change) -> None:
    role = change.properties.get("BackupSelection", change.properties)["IamRoleArn"]
    if not assumable(role, "backup.amazonaws.com", arn("backup", "backup-plan:unnamed")):
        message = f"Invalid request. IAM Role {role} cannot be assumed by AWS Backup"
        raise Refusal(message, "Backup", "InvalidParameterValueException")


@before_change("AWS::ECS::Service")
def _tasks(change: Change) -> None:
    definition = task_definition(change.properties.get("TaskDefinition", "")) or {}
    for role in (definition.get("executionRoleArn"), definition.get("taskRoleArn")):
        if role and not assumable(role, "ecs-tasks.amazonaws.com", arn("ecs", "*")):
            message = (
                f"ECS was unable to assume the role '{role}' that was provided for this task. Please verify that the "
                "role being passed has the proper trust relationship and permissions and that your IAM user has "
                "permissions to pass this role."
            )
            raise Refusal(message, "AmazonECS", "InvalidRequest")
