"""Route 53: health checks."""

from __future__ import annotations

import uuid
from typing import Any

from ministack.services import route53

from stratopause.emulator.resources.calls import call
from stratopause.emulator.resources.handlers import Change, Result, add, before_change
from stratopause.emulator.resources.refusals import Refusal
from stratopause.emulator.resources.schema import Properties


def create_health_check(_logical_id: str, properties: Properties, _stack_name: str) -> Result:
    """Ref is the id."""
    reference = str(uuid.uuid4())
    answer = call("route53", "CreateHealthCheck", CallerReference=reference, HealthCheckConfig=_config(properties))
    health_check_id = answer["HealthCheck"]["Id"]
    _tag(health_check_id, properties)
    return health_check_id, {"HealthCheckId": health_check_id}


def _config(properties: Properties) -> dict[str, Any]:
    config: dict[str, Any] = properties["HealthCheckConfig"]
    return config


def _tag(health_check_id: str, properties: Properties) -> None:
    tags = properties.get("HealthCheckTags")
    if tags:
        call("route53", "ChangeTagsForResource", ResourceType="healthcheck", ResourceId=health_check_id, AddTags=tags)


def update_health_check(health_check_id: str, _before: Properties, after: Properties) -> Result:
    """Type, interval and latency measurement replace it; the rest changes in place."""
    fixed = ("Type", "RequestInterval", "MeasureLatency")
    config = {name: value for name, value in _config(after).items() if name not in fixed}
    call("route53", "UpdateHealthCheck", HealthCheckId=health_check_id, **config)
    _tag(health_check_id, after)
    return health_check_id, {"HealthCheckId": health_check_id}


def delete_health_check(health_check_id: str, _properties: Properties) -> None:
    """A health check that is gone already is no error."""
    if health_check_id in route53._health_checks:
        call("route53", "DeleteHealthCheck", HealthCheckId=health_check_id)


@before_change("AWS::Route53::RecordSet")
def _zone_exists(change: Change) -> None:
    zone = change.properties.get("HostedZoneId")
    if zone is not None and zone.removeprefix("/hostedzone/") not in route53._zones:
        raise Refusal(f"No hosted zone found with ID: {zone}", "Route53", "NotFound", 404)


add("AWS::Route53::HealthCheck", create_health_check, delete_health_check, update_health_check)
