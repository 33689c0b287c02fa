"""What holds for the only way in."""

from __future__ import annotations

import json
from typing import Any

import pytest
from msgspec.structs import replace

from stacks.ingress import Ingress
from stacks.platform import Platform
from stratopause.environments.schema import Environment

Resources = dict[str, Any]
CERTIFICATE = "arn:aws:acm:eu-central-1:111122223333:certificate/12345678-1234-1234-1234-123456789012"


def rendered(environment: Environment, **changed: Any) -> Resources:
    settings = replace(environment.ingress, **changed)
    ingress = Ingress(environment.prefix, settings, environment.service, environment.retention.log_days)
    resources: Resources = ingress.render()["Resources"]
    return resources


def of_type(resources: Resources, resource_type: str) -> list[dict[str, Any]]:
    return [resource["Properties"] for resource in resources.values() if resource["Type"] == resource_type]


def attributes(properties: list[dict[str, Any]]) -> dict[str, Any]:
    return {attribute["Key"]: attribute["Value"] for attribute in properties}


@pytest.fixture(scope="module")
def resources(production: Environment) -> Resources:
    return rendered(production)


@pytest.fixture(scope="module")
def load_balancer(resources: Resources) -> dict[str, Any]:
    return attributes(resources["LoadBalancer"]["Properties"]["LoadBalancerAttributes"])


def test_the_load_balancer_speaks_https_only(resources: Resources) -> None:
    (listener,) = of_type(resources, "AWS::ElasticLoadBalancingV2::Listener")
    assert (listener["Protocol"], listener["Port"]) == ("HTTPS", 443)
    assert listener["SslPolicy"].startswith("ELBSecurityPolicy-TLS13-1-2-Res-")


def test_tasks_are_reached_and_checked_by_https(resources: Resources) -> None:
    (targets,) = of_type(resources, "AWS::ElasticLoadBalancingV2::TargetGroup")
    assert targets["TargetType"] == "ip"
    assert (targets["Protocol"], targets["HealthCheckProtocol"]) == ("HTTPS", "HTTPS")
    assert (targets["Port"], targets["HealthCheckPath"]) == (8443, "/healthz")


def test_it_cant_be_deleted_by_mistake_and_drops_malformed_headers(load_balancer: dict[str, Any]) -> None:
    assert load_balancer["deletion_protection.enabled"] == "true"
    assert load_balancer["routing.http.drop_invalid_header_fields.enabled"] == "true"
    assert load_balancer["routing.http.desync_mitigation_mode"] in {"defensive", "strictest"}


def test_requests_and_connections_are_logged_to_the_archive(load_balancer: dict[str, Any]) -> None:
    for log in ("access_logs", "connection_logs"):
        assert load_balancer[f"{log}.s3.enabled"] == "true"
        assert load_balancer[f"{log}.s3.bucket"] == {"Ref": "LogBucketName"}


def test_browsers_are_told_to_come_by_https_for_a_year(resources: Resources) -> None:
    headers = attributes(resources["HttpsListener"]["Properties"]["ListenerAttributes"])
    assert headers["routing.http.response.strict_transport_security.header_value"].startswith("max-age=31536000")


def test_the_firewall_guards_the_load_balancer_and_fails_closed(
    resources: Resources, load_balancer: dict[str, Any]
) -> None:
    association = resources["FirewallAssociation"]["Properties"]
    assert association["ResourceArn"] == {"Ref": "LoadBalancer"}
    assert association["WebACLArn"] == {"Fn::GetAtt": ["Firewall", "Arn"]}
    assert load_balancer["waf.fail_open.enabled"] == "false"


def test_the_firewall_logs_into_an_encrypted_log_group_that_it_may_write_to(resources: Resources) -> None:
    log = resources["FirewallLogging"]
    (destination,) = log["Properties"]["LogDestinationConfigs"]
    assert destination["Fn::Sub"].endswith(":log-group:${FirewallLogGroup}")
    group = resources["FirewallLogGroup"]["Properties"]
    assert group["LogGroupName"]["Fn::Join"][1][0].startswith("aws-waf-logs-")
    assert group["KmsKeyId"] == {"Ref": "LogsKeyArn"}
    assert log["DependsOn"] == "FirewallLogDelivery"
    text, names = resources["FirewallLogDelivery"]["Properties"]["PolicyDocument"]["Fn::Sub"]
    (statement,) = json.loads(text)["Statement"]
    assert statement["Principal"] == {"Service": "delivery.logs.amazonaws.com"}
    assert statement["Condition"]["StringEquals"] == {"aws:SourceAccount": "${AWS::AccountId}"}
    assert names == {"LogGroup": {"Ref": "FirewallLogGroup"}}


def test_an_internal_load_balancer_stands_beside_the_tasks(production: Environment) -> None:
    internal = replace(production, ingress=replace(production.ingress, scheme="internal"))
    templates = Platform(internal).render_all()
    assert templates["ingress.json"]["Resources"]["LoadBalancer"]["Properties"]["Scheme"] == "internal"
    subnets = templates["platform.json"]["Resources"]["Ingress"]["Properties"]["Parameters"]["SubnetIds"]
    assert {part["Fn::GetAtt"][1] for part in subnets["Fn::Join"][1]} == {
        f"Outputs.ServiceSubnetId{letter}" for letter in "ABC"
    }


def test_the_certificate_made_here_is_validated_in_the_zone_of_the_alias(resources: Resources) -> None:
    certificate = resources["Certificate"]["Properties"]
    assert certificate["ValidationMethod"] == "DNS"
    assert certificate["DomainValidationOptions"][0]["HostedZoneId"] == "Z0123456789ABCDEFGHIJ"
    assert resources["AliasRecord"]["Properties"]["HostedZoneId"] == "Z0123456789ABCDEFGHIJ"
    assert resources["AliasRecord"]["Properties"]["Name"] == "app.example.org"


def test_a_certificate_that_is_given_is_used_and_none_is_made(production: Environment) -> None:
    resources = rendered(production, certificate_arn=CERTIFICATE, hosted_zone_id=None)
    assert resources["HttpsListener"]["Properties"]["Certificates"] == [{"CertificateArn": CERTIFICATE}]
    assert "Certificate" not in resources
    assert "AliasRecord" not in resources


def test_errors_rejections_latency_and_expiry_are_told(resources: Resources) -> None:
    alarms = of_type(resources, "AWS::CloudWatch::Alarm")
    assert {alarm["MetricName"] for alarm in alarms} == {
        "HTTPCode_ELB_5XX_Count",
        "HTTPCode_Target_5XX_Count",
        "RejectedConnectionCount",
        "UnHealthyHostCount",
        "TargetResponseTime",
        "TargetTLSNegotiationErrorCount",
        "DaysToExpiry",
    }
    assert all(alarm["AlarmActions"] == [{"Ref": "TopicArn"}] for alarm in alarms)
