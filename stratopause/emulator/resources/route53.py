"""Route 53: health checks, names that fit their zone, and a zone to begin with."""

from __future__ import annotations

import uuid
from typing import Any

from ministack.services import route53

from stratopause.emulator.resources.calls import call
from stratopause.emulator.resources.handlers import Change, Result, add, before_change
from stratopause.emulator.resources.operations import restore_on_reset
from stratopause.emulator.resources.refusals import Refusal
from stratopause.emulator.resources.schema import Properties

# The zone that the committed environments name: an id of the documentation and a reserved domain (RFC 2606).
EXAMPLE_ZONE = "Z0123456789ABCDEFGHIJ"
EXAMPLE_DOMAIN = "example.org."


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
def _zone_takes_the_name(change: Change) -> None:
    reference = change.properties.get("HostedZoneId")
    if reference is None:
        return
    zone = _zone(reference)
    name = change.properties["Name"].rstrip(".") + "."
    if name != zone["name"] and not name.endswith(f".{zone['name']}"):
        message = f"[RRSet with DNS name {name} is not permitted in zone {zone['name']}]"
        raise Refusal(message, "Route53", "InvalidRequest")


@before_change("AWS::CertificateManager::Certificate")
def _validation_zones_exist(change: Change) -> None:
    """CloudFormation writes the validation records of a certificate itself where it is told the zone."""
    for option in change.properties.get("DomainValidationOptions", ()):
        if "HostedZoneId" in option:
            _zone(option["HostedZoneId"])


def _zone(reference: str) -> dict[str, Any]:
    zone: dict[str, Any] | None = route53._zones.get(reference.removeprefix("/hostedzone/"))
    if zone is None:
        raise Refusal(f"No hosted zone found with ID: {reference}", "Route53", "NotFound", 404)
    return zone


def delegate_example_zone() -> None:
    """A public, delegated zone that is there before any stack, as the environments expect one."""
    with route53._lock:
        zone = {"id": EXAMPLE_ZONE, "name": EXAMPLE_DOMAIN, "caller_reference": EXAMPLE_ZONE, "comment": ""}
        route53._zones[EXAMPLE_ZONE] = zone | {"private": False, "vpcs": []}
        route53._records[EXAMPLE_ZONE] = route53._default_records(EXAMPLE_DOMAIN)


add("AWS::Route53::HealthCheck", create_health_check, delete_health_check, update_health_check)
delegate_example_zone()
restore_on_reset(route53, delegate_example_zone)
