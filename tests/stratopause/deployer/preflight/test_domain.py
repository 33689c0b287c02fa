from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from stratopause.deployer.preflight.domain import covers
from stratopause.deployer.preflight.facts import Facts
from stratopause.deployer.preflight.findings import State
from tests.stratopause.deployer.preflight.cases import CERTIFICATE, LISTENER, refused
from tests.stratopause.deployer.preflight.looking import look
from tests.stratopause.deployer.preflight.scripted import NOW, REGION, Script, resource, tree

ZONE = ("route53", "get_hosted_zone")


def certificate(**more: Any) -> Script:
    told = {"CertificateArn": CERTIFICATE, "Status": "ISSUED", "DomainName": "app.example.org", **more}
    return {("acm", "describe_certificate"): {"Certificate": told}}


@pytest.mark.parametrize(
    ("told", "state", "message"),
    [
        (certificate(NotAfter=NOW), State.FAILED, "expired on 2026-03-01"),
        (certificate(NotAfter=NOW + timedelta(days=9)), State.WARNING, "expires on 2026-03-10"),
        (certificate(NotAfter=NOW + timedelta(days=9), RenewalEligibility="ELIGIBLE"), State.PASSED, "is issued"),
        (certificate(), State.PASSED, "is issued"),
        (certificate(DomainName="example.com"), State.FAILED, "is of example.com, not of app.example.org"),
        (certificate(DomainName="a.org", SubjectAlternativeNames=["*.example.org"]), State.PASSED, "is issued"),
        ({("acm", "describe_certificate"): refused("ResourceNotFoundException")}, State.FAILED, "there is no"),
    ],
)
def test_a_certificate_must_be_issued_of_the_domain_and_last(told: Script, state: State, message: str) -> None:
    (finding,) = look("certificate", told)
    assert finding.state is state
    assert message in finding.message
    assert bool(finding.next_step) is (state is not State.PASSED)


def test_any_domain_will_do_where_none_is_known() -> None:
    assert look("certificate", certificate(DomainName="example.com"), facts=Facts())[0].state is State.PASSED


@pytest.mark.parametrize("arn", [CERTIFICATE.replace(REGION, "us-east-1"), "no-arn"])
def test_a_certificate_of_another_region_fails_unasked(arn: str) -> None:
    listener = resource(LISTENER, Certificates=[{"CertificateArn": arn}])
    (finding,) = look("certificate", {("acm", "describe_certificate"): AssertionError()}, tree(Listener=listener))
    assert finding.message == f"the certificate {arn} isn't of {REGION}, where the load balancer is"


@pytest.mark.parametrize(
    ("name", "domain", "does"),
    [
        ("example.org", "example.org", True),
        ("*.example.org", "app.example.org", True),
        ("*.example.org", "example.org", False),
        ("*.example.org", "a.app.example.org", False),
        ("example.org", "app.example.org", False),
    ],
)
def test_a_wildcard_stands_for_one_label(name: str, domain: str, does: bool) -> None:
    assert covers(name, domain) is does


def test_a_private_zone_proves_nothing() -> None:
    zone = {"HostedZone": {"Name": "example.org.", "Config": {"PrivateZone": True}}}
    (finding,) = look("hosted-zone", {ZONE: zone})
    assert finding.message.startswith("hosted zone Z1 is private")


def test_a_zone_that_isnt_there_fails() -> None:
    (finding,) = look("hosted-zone", {ZONE: refused("NoSuchHostedZone")})
    assert (finding.message, finding.place) == ("there is no hosted zone Z1", ("Part", "Record"))


def test_a_name_only_ends_like_a_zone_at_a_dot() -> None:
    (finding,) = look("hosted-zone", {ZONE: {"HostedZone": {"Name": "ample.org."}}})
    assert finding.state is State.FAILED


def test_name_servers_are_told_to_compare_them_with_the_registrar_s() -> None:
    zone = {"HostedZone": {"Name": "example.org."}, "DelegationSet": {"NameServers": ["ns-2.org", "ns-1.org"]}}
    (finding,) = look("hosted-zone", {ZONE: zone})
    assert finding.message == "hosted zone Z1 is of example.org; its name servers are ns-1.org, ns-2.org"


def test_each_domain_of_a_zone_is_judged_and_the_zone_is_asked_for_once() -> None:
    records = {
        name: resource("AWS::Route53::RecordSet", Name=domain, HostedZoneId="Z1")
        for name, domain in (("Good", "example.org."), ("Bad", "example.com"), ("Again", "example.org."))
    }
    asked: list[dict[str, Any]] = []

    def answer(parameters: dict[str, Any]) -> dict[str, Any]:
        asked.append(parameters)
        return {"HostedZone": {"Name": "example.org."}}

    findings = look("hosted-zone", {ZONE: answer}, tree(**records))
    assert [(one.state, one.place[-1]) for one in findings] == [(State.PASSED, "Good"), (State.FAILED, "Bad")]
    assert asked == [{"Id": "Z1"}]


@pytest.mark.parametrize(
    ("domain", "state"), [("app.example.com", State.FAILED), ("app.example.org", State.PASSED), (None, State.PASSED)]
)
def test_a_record_without_a_known_name_is_taken_to_be_of_the_environment_s_domain(
    domain: str | None, state: State
) -> None:
    record = tree(Record=resource("AWS::Route53::RecordSet", HostedZoneId="Z1"))
    (finding,) = look("hosted-zone", {}, record, Facts(domain=domain))
    assert finding.state is state
