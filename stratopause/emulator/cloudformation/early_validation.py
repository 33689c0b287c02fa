"""Pre-deployment validation when a change set is made.

ministack validates only when a stack is deployed. AWS does before: the change set fails, and DescribeEvents by its name
tells why. The sentence of the change set is quoted in github.com/aws-cloudformation/rain/pull/744, with that of a name
which is taken; which names and values are looked at is ministack's choice.
"""

from __future__ import annotations

from typing import Any

from ministack.core.responses import new_uuid
from ministack.services.cloudformation import engine, stacks

from stratopause.emulator.cloudformation.records import Record
from stratopause.emulator.cloudformation.unknown import UNKNOWN

CHECKS = {"NAME_CONFLICT_VALIDATION": "ResourceExistenceCheck", "PROPERTY_VALIDATION": "PropertyValidation"}


def validate(change_set: Record, stack: Record) -> None:
    """Fails a change set that couldn't be deployed, and keeps the events that tell why."""
    if change_set["Status"] != "CREATE_COMPLETE" or change_set["_disable_validation"]:
        return
    operation = new_uuid()
    events = [
        stacks._operation_event(
            change_set["StackId"],
            operation,
            "VALIDATION_ERROR",
            "CREATE_CHANGESET",
            LogicalResourceId=logical_id,
            ResourceType=resource_type,
            ValidationFailureMode="FAIL",
            ValidationName=name,
            ValidationStatus="FAILED",
            ValidationStatusReason=reason,
            ValidationPath=path,
        )
        | {"OperationId": operation}
        for logical_id, resource_type, name, path, reason in errors(change_set, stack)
    ]
    if not events:
        return
    checks = sorted({f"AWS::EarlyValidation::{CHECKS[event['ValidationName']]}" for event in events})
    reason = (
        f"The following hook(s)/validation failed: [{', '.join(checks)}]. To troubleshoot Early Validation errors, "
        "use the DescribeEvents API for detailed failure information."
    )
    change_set |= {"Status": "FAILED", "ExecutionStatus": "UNAVAILABLE", "StatusReason": reason, "Changes": []}
    change_set["_validation_events"] = events


def errors(change_set: Record, stack: Record) -> list[tuple[Any, ...]]:
    """Logical id, type, name of the validation, path and reason of each finding; a value not known yet is none."""
    template, parameters = change_set["_template"], change_set["_resolved_params"]
    conditions = engine._evaluate_conditions(template, parameters)
    definitions = template.get("Resources", {})
    owned = frozenset(record.get("PhysicalResourceId") for record in stack["_resources"].values())
    found = stacks._validation_errors(
        definitions,
        engine._topological_sort(definitions, conditions),
        parameters,
        conditions,
        template.get("Mappings", {}),
        stack["StackName"],
        stack["StackId"],
        owned,
    )
    return [error for error in found if UNKNOWN not in error[-1]]
