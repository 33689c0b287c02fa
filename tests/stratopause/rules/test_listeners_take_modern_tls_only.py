from __future__ import annotations

from typing import Any

import pytest

from tests.forest import Body, forest, found, nested, places, resource, template
from tests.hostile import hostile

RULE = "E9601"
LISTENER = "ElasticLoadBalancingV2::Listener"
FORWARD = {"Type": "forward", "TargetGroupArn": {"Fn::ImportValue": "group"}}
REDIRECT = {"Type": "redirect", "RedirectConfig": {"Protocol": "HTTPS", "Port": "443", "StatusCode": "HTTP_301"}}
MODERN = "ELBSecurityPolicy-TLS13-1-2-2021-06"


def _one(type_: str, **properties: Any) -> dict[str, Any]:
    return template(One=resource(type_, properties))


def _tls(policy: Any, protocol: str = "HTTPS") -> dict[str, Any]:
    return _one(LISTENER, Protocol=protocol, Port=443, SslPolicy=policy, DefaultActions=[FORWARD])


def _distribution(certificate: Any, *, viewers: str = "redirect-to-https") -> dict[str, Any]:
    config = {"DefaultCacheBehavior": {"ViewerProtocolPolicy": viewers}, "ViewerCertificate": certificate}
    return _one("CloudFront::Distribution", DistributionConfig=config)


def _classic(
    *, protocol: str = "HTTPS", names: Any = ("tls",), reference: str = "ELBSecurityPolicy-TLS-1-2-2017-01"
) -> dict[str, Any]:
    attributes = [{"Name": "Reference-Security-Policy", "Value": reference}]
    policy = {"PolicyName": "tls", "PolicyType": "SSLNegotiationPolicyType", "Attributes": attributes}
    listener = {"Protocol": protocol, "InstanceProtocol": "HTTPS", "PolicyNames": list(names)}
    return _one("ElasticLoadBalancing::LoadBalancer", Listeners=[listener], Policies=[policy])


CERTIFICATE = {"AcmCertificateArn": {"Fn::ImportValue": "c"}, "MinimumProtocolVersion": "TLSv1.2_2021"}
GOOD: dict[str, dict[str, Any]] = {
    "redirect": _one(LISTENER, Protocol="HTTP", Port=80, DefaultActions=[REDIRECT]),
    "redirect after another": _one(LISTENER, Protocol="HTTP", DefaultActions=[{"Type": "authenticate-oidc"}, REDIRECT]),
    "modern": _tls(MODERN),
    "res": _tls("ELBSecurityPolicy-TLS13-1-2-Res-FIPS-PQ-2025-09"),
    "1.3": _tls("ELBSecurityPolicy-TLS13-1-3-2021-06"),
    "1.2": _tls("ELBSecurityPolicy-TLS-1-2-Ext-2018-06"),
    "forward secrecy": _tls("ELBSecurityPolicy-FS-1-2-Res-2020-10"),
    "network": _tls(MODERN, "TLS"),
    "pass through": _one(LISTENER, Protocol="TCP", Port=443, DefaultActions=[FORWARD]),
    "unknown": _tls({"Fn::ImportValue": "policy"}),
    "dynamic": _tls("{{resolve:ssm:/tls/policy}}"),
    "unknown protocol": _one(LISTENER, Protocol={"Fn::ImportValue": "protocol"}, DefaultActions=[FORWARD]),
    "classic": _classic(),
    "classic, pass through": _classic(protocol="TCP", names=()),
    "distribution": _distribution(CERTIFICATE),
    "domain": _one("ApiGateway::DomainName", SecurityPolicy="TLS_1_2"),
    "domain, default": _one("ApiGateway::DomainName"),
    "http domain": _one("ApiGatewayV2::DomainName", DomainNameConfigurations=[{"SecurityPolicy": "TLS_1_2"}]),
    "search": _one("OpenSearchService::Domain", DomainEndpointOptions={"EnforceHTTPS": True}),
    "lattice": _one("VpcLattice::Listener", Protocol="HTTPS"),
}


@pytest.mark.parametrize("tree", GOOD.values(), ids=GOOD)
def test_what_takes_only_modern_tls_is_fine(tree: Body) -> None:
    assert not found(RULE, forest(platform=tree))


def _redirect(**config: str) -> dict[str, Any]:
    return _one(LISTENER, Protocol="HTTP", DefaultActions=[{"Type": "redirect", "RedirectConfig": config}])


BAD: dict[str, tuple[dict[str, Any], tuple[str | int, ...]]] = {
    "forward": (_one(LISTENER, Protocol="HTTP", Port=80, DefaultActions=[FORWARD]), ("DefaultActions",)),
    "fixed": (_one(LISTENER, Protocol="HTTP", DefaultActions=[{"Type": "fixed-response"}]), ("DefaultActions",)),
    "redirect to HTTP": (_redirect(Protocol="HTTP", StatusCode="HTTP_301"), ("DefaultActions",)),
    "redirect to the same": (_redirect(Port="8080"), ("DefaultActions",)),
    "no policy": (_one(LISTENER, Protocol="HTTPS", DefaultActions=[FORWARD]), ()),
    "no policy, network": (_one(LISTENER, Protocol="TLS", DefaultActions=[FORWARD]), ()),
    "default": (_tls("ELBSecurityPolicy-2016-08"), ("SslPolicy",)),
    "1.1": (_tls("ELBSecurityPolicy-TLS-1-1-2017-01"), ("SslPolicy",)),
    "1.0 with 1.3": (_tls("ELBSecurityPolicy-TLS13-1-0-2021-06", "TLS"), ("SslPolicy",)),
    "old forward secrecy": (_tls("ELBSecurityPolicy-FS-2018-06"), ("SslPolicy",)),
    "classic HTTP": (_classic(protocol="http"), ("Listeners", 0, "Protocol")),
    "classic default": (_classic(names=()), ("Listeners", 0)),
    "classic old": (_classic(reference="ELBSecurityPolicy-2016-08"), ("Listeners", 0)),
    "distribution HTTP": (
        _distribution(CERTIFICATE, viewers="allow-all"),
        ("DistributionConfig", "DefaultCacheBehavior", "ViewerProtocolPolicy"),
    ),
    "distribution old": (
        _distribution(CERTIFICATE | {"MinimumProtocolVersion": "TLSv1.1_2016"}),
        ("DistributionConfig", "ViewerCertificate", "MinimumProtocolVersion"),
    ),
    "distribution without a certificate": (
        _distribution({"Ref": "AWS::NoValue"}),
        ("DistributionConfig", "ViewerCertificate"),
    ),
    "distribution without a version": (
        _distribution({"AcmCertificateArn": "arn:aws:acm:us-east-1:111122223333:certificate/x"}),
        ("DistributionConfig", "ViewerCertificate"),
    ),
    "distribution default": (
        _distribution({"CloudFrontDefaultCertificate": True}),
        ("DistributionConfig", "ViewerCertificate"),
    ),
    "domain": (_one("ApiGateway::DomainName", SecurityPolicy="TLS_1_0"), ("SecurityPolicy",)),
    "http domain": (
        _one("ApiGatewayV2::DomainName", DomainNameConfigurations=[{"SecurityPolicy": "TLS_1_0"}]),
        ("DomainNameConfigurations", 0, "SecurityPolicy"),
    ),
    "search HTTP": (_one("OpenSearchService::Domain"), ()),
    "search old": (
        _one(
            "OpenSearchService::Domain",
            DomainEndpointOptions={"EnforceHTTPS": True, "TLSSecurityPolicy": "Policy-Min-TLS-1-0-2019-07"},
        ),
        ("DomainEndpointOptions", "TLSSecurityPolicy"),
    ),
    "lattice": (_one("VpcLattice::Listener", Protocol="HTTP"), ("Protocol",)),
}


@pytest.mark.parametrize(("tree", "path"), BAD.values(), ids=BAD)
def test_what_takes_http_or_old_tls_is_found(tree: Body, path: tuple[str | int, ...]) -> None:
    (problem,) = found(RULE, forest(platform=tree))
    assert problem.path == (("Resources", "One", "Properties", *path) if path else problem.path[:3])
    assert problem.path[:2] == ("Resources", "One")


@pytest.mark.parametrize(
    ("attributes", "count"),
    [
        ([{"Name": "Protocol-TLSv1.2", "Value": True}], 0),
        ([{"Name": "Protocol-TLSv1.2", "Value": True}, {"Name": "Protocol-TLSv1", "Value": "true"}], 1),
        ([{"Name": "Protocol-TLSv1.1", "Value": True}], 1),
        ([{"Name": "Protocol-TLSv1", "Value": False}], 0),
        ({"Fn::ImportValue": "attributes"}, 0),
        ({"Ref": "AWS::NoValue"}, 1),
    ],
)
def test_protocols_of_a_classic_one_are_judged_one_by_one(attributes: Any, count: int) -> None:
    tree = _classic(names=("tls", "sticky"))
    policies = tree["Resources"]["One"]["Properties"]["Policies"]
    policies[0]["Attributes"] = attributes
    policies.append({"PolicyName": "sticky", "PolicyType": "LBCookieStickinessPolicyType"})
    assert len(found(RULE, forest(platform=tree))) == count


def test_a_rule_on_an_https_listener_may_forward() -> None:
    rule = {"ListenerArn": {"Ref": "One"}, "Actions": [FORWARD]}
    tree = _tls(MODERN)
    tree["Resources"]["Rule"] = resource("ElasticLoadBalancingV2::ListenerRule", rule)
    elsewhere = resource("ElasticLoadBalancingV2::ListenerRule", rule | {"ListenerArn": {"Fn::ImportValue": "x"}})
    tree["Resources"]["Elsewhere"] = elsewhere
    assert not found(RULE, forest(platform=tree))


def test_a_rule_on_an_http_listener_only_redirects() -> None:
    tree = _one(LISTENER, Protocol="HTTP", DefaultActions=[REDIRECT])
    for name, action in (("Fine", REDIRECT), ("Rule", FORWARD)):
        tree["Resources"][name] = resource(
            "ElasticLoadBalancingV2::ListenerRule", {"ListenerArn": {"Ref": "One"}, "Actions": [action]}
        )
    assert places(RULE, forest(platform=tree)) == ["platform.json/Rule"]


def test_a_policy_that_a_parent_passes_is_judged() -> None:
    child = _tls({"Ref": "Policy"}) | {"Parameters": {"Policy": {"Type": "String", "Default": MODERN}}}
    assert not found(RULE, forest(platform=template(C=nested("child.json")), child=child))
    root = template(C=nested("child.json", Policy="ELBSecurityPolicy-2016-08"))
    assert places(RULE, forest(platform=root, child=child)) == ["child.json/One"]


def test_each_behavior_is_judged() -> None:
    tree = _distribution(CERTIFICATE)
    config = tree["Resources"]["One"]["Properties"]["DistributionConfig"]
    config["CacheBehaviors"] = [{"ViewerProtocolPolicy": "https-only"}, {"ViewerProtocolPolicy": "allow-all"}]
    (problem,) = found(RULE, forest(platform=tree))
    assert problem.path[-3:] == ("CacheBehaviors", 1, "ViewerProtocolPolicy")


def test_hostile_values_do_no_harm() -> None:
    for tree in [*GOOD.values(), *(tree for tree, _ in BAD.values())]:
        for changed in hostile(tree):
            found(RULE, forest(platform=changed))
