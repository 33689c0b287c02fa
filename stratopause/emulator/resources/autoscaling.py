"""Application Auto Scaling: targets and policies, with the operations that show them."""

from __future__ import annotations

import time
import uuid
from types import ModuleType
from typing import Any

from ministack import app
from ministack.core import router
from ministack.core.responses import AccountRegionScopedDict
from ministack.services import autoscaling, ecs

from stratopause.emulator.resources.calls import arn
from stratopause.emulator.resources.handlers import Result, add
from stratopause.emulator.resources.operations import Response, answer, forget_on_reset
from stratopause.emulator.resources.refusals import Refusal
from stratopause.emulator.resources.schema import Properties

PARTS = ("ResourceId", "ScalableDimension", "ServiceNamespace")
_targets: AccountRegionScopedDict = AccountRegionScopedDict()  # physical id -> scalable target
_policies: AccountRegionScopedDict = AccountRegionScopedDict()  # ARN -> scaling policy

SERVICE = "application-autoscaling"


def register_target(_logical_id: str, properties: Properties, _stack_name: str) -> Result:
    """Ref is `<resource>|<dimension>|<namespace>`."""
    _refuse_missing_service(properties)
    _refuse_empty_range(properties)
    physical_id = "|".join(properties[name] for name in PARTS)
    target_arn = arn(SERVICE, f"scalable-target/{uuid.uuid4().hex[:24]}")
    _targets[physical_id] = {"CreationTime": int(time.time()), "ScalableTargetARN": target_arn}
    return update_target(physical_id, {}, properties)


def _refuse_missing_service(properties: Properties) -> None:
    if properties["ServiceNamespace"] != "ecs":
        return
    service = properties["ResourceId"].removeprefix("service/")
    if not any(arn_.endswith(f"/{service}") for arn_ in _service_arns()):
        message = f"ECS service doesn't exist: {properties['ResourceId']}"
        raise Refusal(message, "ApplicationAutoScaling", "ValidationException")


def _refuse_empty_range(properties: Properties) -> None:
    if properties["MinCapacity"] > properties["MaxCapacity"]:
        message = "Maximum capacity cannot be less than minimum capacity"
        raise Refusal(message, "ApplicationAutoScaling", "ValidationException")


def _service_arns() -> list[str]:
    return [service["serviceArn"] for service in ecs._services.values()]


def update_target(physical_id: str, _before: Properties, after: Properties) -> Result:
    """Capacities and role change in place."""
    _refuse_empty_range(after)
    names = (*PARTS, "MinCapacity", "MaxCapacity", "RoleARN")
    _targets[physical_id] |= {name: after[name] for name in names if name in after}
    return physical_id, {"Id": physical_id}


def deregister_target(physical_id: str, _properties: Properties) -> None:
    """Its policies go with it."""
    _targets.pop(physical_id, None)
    for policy_arn, policy in list(_policies.items()):
        if physical_id == "|".join(policy[name] for name in PARTS):
            _policies.pop(policy_arn)


def put_policy(_logical_id: str, properties: Properties, _stack_name: str) -> Result:
    """A policy of a registered target, named by its id or by its three parts."""
    target = _target_of(properties)
    name = properties["PolicyName"]
    resource = f"resource/{target['ServiceNamespace']}/{target['ResourceId']}"
    policy_arn = arn("autoscaling", f"scalingPolicy:{uuid.uuid4()}:{resource}:policyName/{name}")
    return update_policy(policy_arn, {}, properties)


def _target_of(properties: Properties) -> dict[str, Any]:
    parts = (properties.get(name, "") for name in PARTS)
    target: dict[str, Any] | None = _targets.get(properties.get("ScalingTargetId") or "|".join(parts))
    if target is None:
        message = "No scalable target registered for namespace, resource ID and dimension of the policy"
        raise Refusal(message, "ApplicationAutoScaling", "ObjectNotFoundException")
    return target


def update_policy(policy_arn: str, _before: Properties, after: Properties) -> Result:
    """The configuration changes in place."""
    target = _target_of(after)
    configurations = ("TargetTrackingScalingPolicyConfiguration", "StepScalingPolicyConfiguration")
    _policies[policy_arn] = {
        **{name: target[name] for name in PARTS},
        **{name: after[name] for name in ("PolicyName", "PolicyType", *configurations) if name in after},
        "PolicyARN": policy_arn,
        "CreationTime": int(time.time()),
    }
    return policy_arn, {"Arn": policy_arn}


def delete_policy(policy_arn: str, _properties: Properties) -> None:
    """Its target stays."""
    _policies.pop(policy_arn, None)


def _describe_targets(request: dict[str, Any]) -> dict[str, Any]:
    wanted = request.get("ResourceIds")
    return {"ScalableTargets": [t for t in _targets.values() if not wanted or t["ResourceId"] in wanted]}


def _describe_policies(request: dict[str, Any]) -> dict[str, Any]:
    wanted = request.get("ResourceId")
    return {"ScalingPolicies": [p for p in _policies.values() if not wanted or p["ResourceId"] == wanted]}


OPERATIONS = {"DescribeScalableTargets": _describe_targets, "DescribeScalingPolicies": _describe_policies}


async def _handle_request(
    _method: str, _path: str, headers: dict[str, str], body: bytes, _query: dict[str, list[str]]
) -> Response:
    def unknown(_request: dict[str, Any]) -> dict[str, Any]:
        raise Refusal("The emulator only describes what stacks made.", SERVICE, "UnknownOperationException")

    return answer(OPERATIONS.get(headers.get("x-amz-target", "").rpartition(".")[2], unknown), body)


def serve(application: ModuleType) -> None:
    """Puts the service, which ministack lacks, behind its router."""
    router.SERVICE_PATTERNS[SERVICE] = {"target_prefixes": ["AnyScaleFrontendService"]}
    application.SERVICE_HANDLERS[SERVICE] = _handle_request


add("AWS::ApplicationAutoScaling::ScalableTarget", register_target, deregister_target, update_target)
add("AWS::ApplicationAutoScaling::ScalingPolicy", put_policy, delete_policy, update_policy)
forget_on_reset(autoscaling, _targets, _policies)
serve(app)
