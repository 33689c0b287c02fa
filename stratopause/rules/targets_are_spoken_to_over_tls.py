"""Behind a load balancer, distribution or API it goes on in TLS.

Where TLS ends at the load balancer and goes on as HTTP, patient data crosses the network in the clear. A network load
balancer may pass TLS through by TCP; behind a `TLS` listener TCP is in the clear. Health checks of an application load
balancer are HTTP unless `HealthCheckProtocol` says otherwise.

**How to fix:** `Protocol: HTTPS` and `HealthCheckProtocol: HTTPS` for a target group (`TLS` behind a network load
balancer); `OriginProtocolPolicy: https-only` for an origin. A certificate that the target makes itself is enough: load
balancers don't check it.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from stratopause.rules import Rule
from stratopause.rules._containers import parts
from stratopause.rules._known import at, known
from stratopause.rules._load_balancers import CLASSIC, LISTENER, TARGET_GROUP
from stratopause.tree.model import Problem, Resource, Tree

RULE = Rule(
    "E9602",
    "Targets are spoken to over TLS",
    "https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-target-groups.html",
    ("entrance",),
)

_REMEDIES: Final = {"HTTP": "HTTPS", "TCP": "TLS"}


def check(tree: Tree) -> Iterator[Problem]:
    behind_tls = {place for listener in tree.resources(LISTENER) for place in _behind_tls(tree, listener)}
    for group in tree.resources(TARGET_GROUP):
        yield from _of_a_group(group, ends_tls=group.place in behind_tls)
    for balancer in tree.resources(CLASSIC):
        yield from _of_a_classic_one(balancer)
    for distribution in tree.resources("AWS::CloudFront::Distribution"):
        yield from _of_origins(distribution)
    yield from _of_integrations(tree)
    for group in tree.resources("AWS::VpcLattice::TargetGroup"):
        if known(at(group, "Config", "Protocol")) == "HTTP":
            yield _plain(group, "HTTP", "Config", "Protocol")


def _behind_tls(tree: Tree, listener: Resource) -> Iterator[str]:
    """The target groups to which a network load balancer sends what it took from TLS."""
    if known(listener.get("Protocol")) != "TLS":
        return
    for path in _TARGETS:
        for _, arn in parts(listener.properties, ("DefaultActions", *path)):
            group = tree.source(arn)
            if group is not None:
                yield group.place


_TARGETS: Final = (("*", "TargetGroupArn"), ("*", "ForwardConfig", "TargetGroups", "*", "TargetGroupArn"))


def _of_a_group(group: Resource, *, ends_tls: bool) -> Iterator[Problem]:
    if known(group.get("TargetType")) == "lambda":
        return
    protocol = known(group.get("Protocol"))
    checked = known(group.get("HealthCheckProtocol"))
    if protocol == "HTTP" or (protocol == "TCP" and ends_tls):
        yield _plain(group, protocol, "Protocol")
    elif checked == "HTTP" or (protocol == "HTTPS" and group.get("HealthCheckProtocol") is None):
        yield group.problem(
            f"{group.name} is asked by HTTP, without TLS, whether it is healthy; write HealthCheckProtocol: HTTPS",
            "HealthCheckProtocol",
        )


def _plain(resource: Resource, protocol: str, *path: str | int) -> Problem:
    return resource.problem(
        f"{resource.name} is spoken to by {protocol}, without TLS; write {path[-1]}: {_REMEDIES[protocol]}", *path
    )


def _of_a_classic_one(balancer: Resource) -> Iterator[Problem]:
    for path, listener in parts(balancer.properties, ("Listeners", "*")):
        protocol = (known(at(listener, "InstanceProtocol")) or "").upper()
        ends_tls = (known(at(listener, "Protocol")) or "").upper() in {"HTTPS", "SSL"}
        if protocol == "HTTP" or (protocol == "TCP" and ends_tls):
            yield balancer.problem(
                f"{balancer.name} speaks {protocol} to its instances, without TLS; write InstanceProtocol: HTTPS",
                *path,
                "InstanceProtocol",
            )
    if (known(at(balancer, "HealthCheck", "Target")) or "").upper().startswith("HTTP:"):
        yield balancer.problem(
            f"{balancer.name} asks its instances by HTTP, without TLS, whether they are healthy; write HTTPS:<port>/…",
            "HealthCheck",
            "Target",
        )


def _of_origins(distribution: Resource) -> Iterator[Problem]:
    for path, origin in parts(distribution.properties, ("DistributionConfig", "Origins", "*")):
        if known(at(origin, "CustomOriginConfig", "OriginProtocolPolicy")) == "http-only":
            yield distribution.problem(
                f"{distribution.name} speaks HTTP to an origin, without TLS; write OriginProtocolPolicy: https-only",
                *path,
                "CustomOriginConfig",
                "OriginProtocolPolicy",
            )


def _of_integrations(tree: Tree) -> Iterator[Problem]:
    for method in tree.resources("AWS::ApiGateway::Method"):
        if _is_plain(at(method, "Integration", "Uri")):
            yield _integration(method, "Integration", "Uri")
    for integration in tree.resources("AWS::ApiGatewayV2::Integration"):
        if _is_plain(integration.get("IntegrationUri")):
            yield _integration(integration, "IntegrationUri")


def _is_plain(uri: Any) -> bool:
    return isinstance(uri, str) and uri.lower().startswith("http://")


def _integration(resource: Resource, *path: str) -> Problem:
    return resource.problem(f"{resource.name} speaks HTTP to what answers, without TLS; write https://…", *path)
