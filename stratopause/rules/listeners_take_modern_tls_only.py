"""Listeners take HTTP only to redirect it, and no TLS older than 1.2.

What comes by HTTP can be read on the way. TLS 1.0 and 1.1 are broken; a listener without an `SslPolicy` takes them: its
default is `ELBSecurityPolicy-2016-08`. A distribution without a certificate of its own takes TLS 1.0, and so does one
that says nothing of it.

**How to fix:** `Protocol: HTTPS` (`TLS` for a network load balancer) with an `SslPolicy` such as
`ELBSecurityPolicy-TLS13-1-2-2021-06`; on port 80 one default action of type `redirect` to `HTTPS`. For a distribution
`ViewerProtocolPolicy: redirect-to-https` and `MinimumProtocolVersion: TLSv1.2_2021`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, Final

from stratopause.rules import Rule
from stratopause.rules._known import at, is_missing, known
from stratopause.rules._load_balancers import CLASSIC, LISTENER, LISTENER_RULE
from stratopause.rules._settings import flag
from stratopause.tree.model import Problem, Resource, Tree

RULE = Rule(
    "E9601",
    "Listeners take HTTP only to redirect it, and no TLS older than 1.2",
    "https://docs.aws.amazon.com/elasticloadbalancing/latest/application/describe-ssl-policies.html",
    ("entrance",),
)

_DISTRIBUTION: Final = "AWS::CloudFront::Distribution"
_DOMAINS: Final = ("AWS::OpenSearchService::Domain", "AWS::Elasticsearch::Domain")

_MODERN: Final = re.compile(r"ELBSecurityPolicy-(TLS13|TLS|FS)-1-[23]-.+")
_SSL_POLICY: Final = "an SslPolicy such as ELBSecurityPolicy-TLS13-1-2-2021-06"

# https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/secure-connections-supported-viewer-protocols-ciphers.html
_OLD_OF_DISTRIBUTIONS: Final = {"SSLv3", "TLSv1", "TLSv1_2016", "TLSv1.1_2016"}
# https://docs.aws.amazon.com/elasticloadbalancing/latest/classic/elb-security-policy-table.html
_MODERN_OF_CLASSIC: Final = "ELBSecurityPolicy-TLS-1-2-2017-01"
_OLD_PROTOCOLS: Final = ("Protocol-SSLv2", "Protocol-SSLv3", "Protocol-TLSv1", "Protocol-TLSv1.1")


def check(tree: Tree) -> Iterator[Problem]:
    for listener in tree.resources(LISTENER):
        yield from _of_a_listener(listener)
    yield from _of_rules(tree)
    for balancer in tree.resources(CLASSIC):
        yield from _of_a_classic_one(balancer)
    for distribution in tree.resources(_DISTRIBUTION):
        yield from _of_viewers(distribution)
        yield from _of_a_certificate(distribution)
    yield from _of_api_domains(tree)
    for domain in tree.resources(*_DOMAINS):
        yield from _of_a_domain(domain)
    for listener in tree.resources("AWS::VpcLattice::Listener"):
        if known(listener.get("Protocol")) == "HTTP":
            yield listener.problem(f"{listener.name} takes HTTP; write Protocol: HTTPS", "Protocol")


def _of_a_listener(listener: Resource) -> Iterator[Problem]:
    protocol = known(listener.get("Protocol"))
    if protocol == "HTTP" and _lets_in(listener.get("DefaultActions")):
        yield listener.problem(
            f"{listener.name} takes HTTP without redirecting; let its default action be a redirect with Protocol: "
            "HTTPS, or write Protocol: HTTPS",
            "DefaultActions",
        )
    if protocol in {"HTTPS", "TLS"}:
        policy = listener.get("SslPolicy")
        name = known(policy)
        if is_missing(policy):
            yield listener.problem(
                f"{listener.name} has no SslPolicy, so it takes TLS 1.0; write {_SSL_POLICY}", "SslPolicy"
            )
        elif name is not None and not _MODERN.fullmatch(name):
            yield listener.problem(
                f"{listener.name} takes TLS older than 1.2 by {name}; write {_SSL_POLICY}", "SslPolicy"
            )


def _lets_in(actions: Any) -> bool:
    """Whether requests by HTTP are surely answered by anything but a redirect to HTTPS."""
    if not isinstance(actions, list) or not actions:
        return False
    return not any(_redirects(action) for action in actions)


def _redirects(action: Any) -> bool:
    """Whether an action redirects to HTTPS, or may do so. The protocol of a redirect is by default that of the request.

    https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_RedirectActionConfig.html
    """
    kind = known(at(action, "Type"))
    if kind != "redirect":
        return kind is None and isinstance(at(action, "Type"), str)
    protocol = at(action, "RedirectConfig", "Protocol")
    return protocol is not None and known(protocol) in {None, "HTTPS"}


def _of_rules(tree: Tree) -> Iterator[Problem]:
    for rule in tree.resources(LISTENER_RULE):
        listener = tree.source(rule.get("ListenerArn"))
        if listener is None or listener.type != LISTENER or known(listener.get("Protocol")) != "HTTP":
            continue
        if _lets_in(rule.get("Actions")):
            yield rule.problem(
                f"{rule.name} answers HTTP without redirecting; leave it out, or put it on an HTTPS listener", "Actions"
            )


def _of_a_classic_one(balancer: Resource) -> Iterator[Problem]:
    listeners = balancer.get("Listeners")
    for index, listener in enumerate(listeners if isinstance(listeners, list) else ()):
        protocol = (known(at(listener, "Protocol")) or "").upper()
        if protocol == "HTTP":
            yield balancer.problem(
                f"{balancer.name} takes HTTP, which it can't redirect; write Protocol: HTTPS",
                "Listeners",
                index,
                "Protocol",
            )
        elif protocol in {"HTTPS", "SSL"} and _is_old(balancer, at(listener, "PolicyNames")):
            yield balancer.problem(
                f"{balancer.name} takes TLS older than 1.2; write a policy of type SSLNegotiationPolicyType with "
                f"Reference-Security-Policy: {_MODERN_OF_CLASSIC}, and name it in PolicyNames",
                "Listeners",
                index,
            )


def _is_old(balancer: Resource, names: Any) -> bool:
    """Whether a listener surely negotiates by the default policy, or by an old one."""
    if names is not None and not isinstance(names, list):
        return False
    chosen = [known(name) for name in names or ()]
    policies = balancer.get("Policies")
    if None in chosen or not (policies is None or isinstance(policies, list)):
        return False
    found = [one for one in policies or () if known(at(one, "PolicyName")) in chosen]
    negotiating = [one for one in found if known(at(one, "PolicyType")) == "SSLNegotiationPolicyType"]
    return not negotiating or any(map(_negotiates_old, negotiating))


def _negotiates_old(policy: Any) -> bool:
    written = at(policy, "Attributes")
    if not isinstance(written, list):
        return written is None
    attributes = {known(at(one, "Name")): at(one, "Value") for one in written}
    if "Reference-Security-Policy" in attributes:
        return known(attributes["Reference-Security-Policy"]) not in {None, _MODERN_OF_CLASSIC}
    return any(flag(attributes.get(name)) is True for name in _OLD_PROTOCOLS)


def _of_viewers(distribution: Resource) -> Iterator[Problem]:
    config = at(distribution, "DistributionConfig")
    behaviors = at(config, "CacheBehaviors")
    places: list[tuple[str | int, ...]] = [("DefaultCacheBehavior",)]
    places += [("CacheBehaviors", index) for index in range(len(behaviors) if isinstance(behaviors, list) else 0)]
    for place in places:
        if known(at(config, *place, "ViewerProtocolPolicy")) == "allow-all":
            yield distribution.problem(
                f"{distribution.name} takes HTTP without redirecting; write ViewerProtocolPolicy: redirect-to-https",
                "DistributionConfig",
                *place,
                "ViewerProtocolPolicy",
            )


def _of_a_certificate(distribution: Resource) -> Iterator[Problem]:
    """The certificate of CloudFront comes with TLS 1.0, and that is the default of others.

    https://docs.aws.amazon.com/cloudfront/latest/APIReference/API_ViewerCertificate.html
    """
    certificate = at(distribution, "DistributionConfig", "ViewerCertificate")
    if not (certificate is None or isinstance(certificate, dict)):
        return
    version = at(certificate, "MinimumProtocolVersion")
    shared = certificate is None or flag(at(certificate, "CloudFrontDefaultCertificate")) is True
    if shared or is_missing(version) or known(version) in _OLD_OF_DISTRIBUTIONS:
        yield distribution.problem(
            f"{distribution.name} takes TLS older than 1.2; write ViewerCertificate with a certificate of yours and "
            "MinimumProtocolVersion: TLSv1.2_2021",
            "DistributionConfig",
            "ViewerCertificate",
            "MinimumProtocolVersion",
        )


def _of_api_domains(tree: Tree) -> Iterator[Problem]:
    """https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-custom-domain-tls-version.html"""
    for domain in tree.resources("AWS::ApiGateway::DomainName"):
        if known(domain.get("SecurityPolicy")) == "TLS_1_0":
            yield _old(domain, "SecurityPolicy: TLS_1_2", "SecurityPolicy")
    for domain in tree.resources("AWS::ApiGatewayV2::DomainName"):
        configurations = domain.get("DomainNameConfigurations")
        for index, one in enumerate(configurations if isinstance(configurations, list) else ()):
            if known(at(one, "SecurityPolicy")) == "TLS_1_0":
                yield _old(domain, "SecurityPolicy: TLS_1_2", "DomainNameConfigurations", index, "SecurityPolicy")


def _old(resource: Resource, remedy: str, *path: str | int) -> Problem:
    return resource.problem(f"{resource.name} takes TLS older than 1.2; write {remedy}", *path)


def _of_a_domain(domain: Resource) -> Iterator[Problem]:
    options = "DomainEndpointOptions"
    if flag(at(domain, options, "EnforceHTTPS")) is False:
        yield domain.problem(f"{domain.name} takes HTTP; write EnforceHTTPS: true", options, "EnforceHTTPS")
    if known(at(domain, options, "TLSSecurityPolicy")) == "Policy-Min-TLS-1-0-2019-07":
        yield _old(domain, "TLSSecurityPolicy: Policy-Min-TLS-1-2-PFS-2023-10", options, "TLSSecurityPolicy")
