"""Whether the certificate is good and the hosted zone can prove and serve the domain."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any, Final

from stratopause.deployer.preflight.asking import Call
from stratopause.deployer.preflight.check import Check
from stratopause.deployer.preflight.findings import Finding, failed, passed, warning
from stratopause.deployer.preflight.needs import Resource
from stratopause.deployer.preflight.scene import Scene
from stratopause.deployer.stacks import Path

CERTIFICATE: Final = Call("acm", "describe_certificate", "acm:DescribeCertificate")
ZONE: Final = Call("route53", "get_hosted_zone", "route53:GetHostedZone")
SOON: Final = timedelta(days=30)


def certificate(scene: Scene) -> Iterator[Finding]:
    for listener, arn in scene.needs.values("CertificateArn"):
        region = arn.split(":")[3] if arn.count(":") > 4 else ""
        if region != scene.target.region:
            message = f"the certificate {arn} isn't of {scene.target.region}, where the load balancer is"
            yield failed(message, f"request one in {scene.target.region}", listener.place)
            continue
        found = scene.asking.find(CERTIFICATE, CertificateArn=arn)
        if found is None:
            yield failed(f"there is no certificate {arn}", "set the ARN of one that is there", listener.place)
        else:
            yield from _certificate(scene, found["Certificate"], listener.place)


def _certificate(scene: Scene, told: dict[str, Any], place: Path) -> Iterator[Finding]:
    arn, status, until = told["CertificateArn"], told["Status"], told.get("NotAfter")
    if status != "ISSUED":
        validate = "prove the domain: https://docs.aws.amazon.com/acm/latest/userguide/domain-ownership-validation.html"
        yield failed(f"the certificate {arn} is {status}", validate, place)
        return
    if until is not None and until <= scene.now:
        yield failed(f"the certificate {arn} expired on {until:%Y-%m-%d}", "renew it", place)
        return
    names = {told["DomainName"], *told.get("SubjectAlternativeNames", [])}
    domain = scene.facts.domain
    if domain and not any(covers(name, domain) for name in names):
        message = f"the certificate {arn} is of {', '.join(sorted(names))}, not of {domain}"
        yield failed(message, "choose one that covers it", place)
    elif until is not None and until - scene.now < SOON and told.get("RenewalEligibility") != "ELIGIBLE":
        yield warning(f"the certificate {arn} expires on {until:%Y-%m-%d}", "renew it, nobody else does", place)
    else:
        yield passed(f"the certificate {arn} is issued", place)


def covers(name: str, domain: str) -> bool:
    """A wildcard stands for one label.

    https://docs.aws.amazon.com/acm/latest/userguide/acm-concepts.html#concept-wildcard
    """
    return name == domain or (name.startswith("*.") and domain.partition(".")[2] == name[2:])


def hosted_zone(scene: Scene) -> Iterator[Finding]:
    wanted: dict[str, dict[str | None, Resource]] = {}
    for resource, name in scene.needs.values("HostedZoneId"):
        wanted.setdefault(name, {}).setdefault(resource.text("Name") or resource.text("DomainName"), resource)
    for name, resources in sorted(wanted.items()):
        answer = scene.asking.find(ZONE, Id=name)
        for domain, resource in resources.items():
            if answer is None:
                look = "set the id of one that is there: aws route53 list-hosted-zones"
                yield failed(f"there is no hosted zone {name}", look, resource.place)
            else:
                yield _zone(name, answer, domain or scene.facts.domain, resource.place)


def _zone(name: str, answer: dict[str, Any], domain: str | None, place: Path) -> Finding:
    zone = answer["HostedZone"]["Name"].rstrip(".")
    if answer["HostedZone"].get("Config", {}).get("PrivateZone"):
        message = f"hosted zone {name} is private: nobody outside can look {zone} up, and ACM can't prove it"
        return failed(message, "set the id of a public one", place)
    if domain and not f".{domain.rstrip('.')}".endswith(f".{zone}"):
        return failed(f"hosted zone {name} is of {zone}, not of {domain}", f"set the id of that of {domain}", place)
    servers = ", ".join(sorted(answer.get("DelegationSet", {}).get("NameServers", [])))
    return passed(f"hosted zone {name} is of {zone}" + (f"; its name servers are {servers}" if servers else ""), place)


CHECKS: Final = (
    Check(
        name="certificate",
        prevents="a listener that refuses a certificate which isn't issued, has expired or is of another region",
        source="https://docs.aws.amazon.com/acm/latest/APIReference/API_DescribeCertificate.html",
        calls=(CERTIFICATE,),
        run=certificate,
    ),
    Check(
        name="hosted-zone",
        prevents="a record that fits no hosted zone, and a certificate that waits for ever to be proved",
        source="https://docs.aws.amazon.com/Route53/latest/APIReference/API_GetHostedZone.html",
        calls=(ZONE,),
        run=hosted_zone,
    ),
)
