from __future__ import annotations

from typing import Any

import pytest

from tests.forest import Body, forest, found, places, resource, template
from tests.hostile import hostile

RULE = "E9602"
GROUP = "ElasticLoadBalancingV2::TargetGroup"


def _one(type_: str, **properties: Any) -> dict[str, Any]:
    return template(One=resource(type_, properties))


def _origin(policy: Any) -> dict[str, Any]:
    origins = [{"DomainName": "a"}, {"CustomOriginConfig": {"OriginProtocolPolicy": policy}}]
    return _one("CloudFront::Distribution", DistributionConfig={"Origins": origins})


def _classic(front: str, back: str, check: str = "SSL:443") -> dict[str, Any]:
    listeners = [{"Protocol": front, "InstanceProtocol": back}]
    return _one("ElasticLoadBalancing::LoadBalancer", Listeners=listeners, HealthCheck={"Target": check})


GOOD: dict[str, dict[str, Any]] = {
    "https": _one(GROUP, Protocol="HTTPS", HealthCheckProtocol="HTTPS"),
    "tls": _one(GROUP, Protocol="TLS"),
    "pass through": _one(GROUP, Protocol="TCP", HealthCheckProtocol="HTTPS"),
    "function": _one(GROUP, TargetType="lambda"),
    "gateway": _one(GROUP, Protocol="GENEVE"),
    "unknown": _one(GROUP, Protocol={"Fn::ImportValue": "p"}, HealthCheckProtocol={"Fn::ImportValue": "p"}),
    "classic": _classic("HTTPS", "HTTPS", "HTTPS:443/health"),
    "classic, pass through": _classic("TCP", "TCP"),
    "origin": _origin("https-only"),
    "origin of a bucket": _one("CloudFront::Distribution", DistributionConfig={"Origins": [{"S3OriginConfig": {}}]}),
    "method": _one("ApiGateway::Method", Integration={"Type": "HTTP_PROXY", "Uri": "https://example.org"}),
    "integration": _one("ApiGatewayV2::Integration", IntegrationUri={"Fn::ImportValue": "listener"}),
    "lattice": _one("VpcLattice::TargetGroup", Config={"Protocol": "HTTPS"}),
}


@pytest.mark.parametrize("tree", GOOD.values(), ids=GOOD)
def test_what_goes_on_in_tls_is_fine(tree: Body) -> None:
    assert not found(RULE, forest(platform=tree))


BAD: dict[str, tuple[dict[str, Any], tuple[str | int, ...]]] = {
    "http": (_one(GROUP, Protocol="HTTP", HealthCheckProtocol="HTTP"), ("Protocol",)),
    "check": (_one(GROUP, Protocol="HTTPS", HealthCheckProtocol="HTTP"), ("HealthCheckProtocol",)),
    "check by default": (_one(GROUP, Protocol="HTTPS"), ()),
    "check, network": (_one(GROUP, Protocol="TLS", HealthCheckProtocol="HTTP"), ("HealthCheckProtocol",)),
    "classic": (_classic("HTTPS", "HTTP"), ("Listeners", 0, "InstanceProtocol")),
    "classic, in the clear": (_classic("SSL", "TCP"), ("Listeners", 0, "InstanceProtocol")),
    "classic check": (_classic("HTTPS", "HTTPS", "HTTP:80/health"), ("HealthCheck", "Target")),
    "origin": (
        _origin("http-only"),
        ("DistributionConfig", "Origins", 1, "CustomOriginConfig", "OriginProtocolPolicy"),
    ),
    "method": (_one("ApiGateway::Method", Integration={"Uri": "http://example.org"}), ("Integration", "Uri")),
    "integration": (
        _one("ApiGatewayV2::Integration", IntegrationUri={"Fn::Sub": "http://${AWS::Region}.example.org"}),
        ("IntegrationUri",),
    ),
    "lattice": (_one("VpcLattice::TargetGroup", Config={"Protocol": "HTTP"}), ("Config", "Protocol")),
}


@pytest.mark.parametrize(("tree", "path"), BAD.values(), ids=BAD)
def test_what_goes_on_without_tls_is_found(tree: Body, path: tuple[str | int, ...]) -> None:
    (problem,) = found(RULE, forest(platform=tree))
    assert problem.path == (("Resources", "One", "Properties", *path) if path else problem.path[:3])
    assert "without TLS" in problem.message


@pytest.mark.parametrize(
    "action",
    [
        {"Type": "forward", "TargetGroupArn": {"Ref": "One"}},
        {"Type": "forward", "ForwardConfig": {"TargetGroups": [{"TargetGroupArn": {"Ref": "One"}}]}},
    ],
)
@pytest.mark.parametrize(("protocol", "found_in"), [("TLS", ["platform.json/One"]), ("TCP", [])])
def test_behind_a_tls_listener_tcp_is_in_the_clear(action: Body, protocol: str, found_in: list[str]) -> None:
    tree = _one(GROUP, Protocol="TCP")
    listener = {"Protocol": protocol, "DefaultActions": [action]}
    tree["Resources"]["Listener"] = resource("ElasticLoadBalancingV2::Listener", listener)
    assert places(RULE, forest(platform=tree)) == found_in


def test_hostile_values_do_no_harm() -> None:
    for tree in [*GOOD.values(), *(tree for tree, _ in BAD.values())]:
        for changed in hostile(tree):
            found(RULE, forest(platform=changed))
