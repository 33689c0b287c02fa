from __future__ import annotations

from typing import Any

import pytest

from tests.forest import forest, found, places, resource, template

RULE = "E9407"
SWITCHES = ("BlockPublicAcls", "BlockPublicPolicy", "IgnorePublicAcls", "RestrictPublicBuckets")
BLOCK = "PublicAccessBlockConfiguration"
CLOSED: dict[str, Any] = {BLOCK: dict.fromkeys(SWITCHES, True)}


def _owned(ownership: Any) -> dict[str, Any]:
    return {"OwnershipControls": {"Rules": [{"ObjectOwnership": ownership}]}}


def _found(properties: Any, type_: str = "S3::Bucket") -> list[tuple[Any, ...]]:
    return [problem.path[3:] for problem in found(RULE, forest(platform=template(It=resource(type_, properties))))]


def test_a_closed_bucket_is_fine() -> None:
    assert not _found(CLOSED)
    assert not _found({BLOCK: dict.fromkeys(SWITCHES, "true")} | _owned("BucketOwnerEnforced"))
    assert not _found(CLOSED | {"AccessControl": "Private"})


@pytest.mark.parametrize("switch", SWITCHES)
def test_each_switch_counts(switch: str) -> None:
    block = CLOSED[BLOCK]
    assert _found({BLOCK: block | {switch: False}}) == [(BLOCK, switch)]
    assert _found({BLOCK: {name: True for name in SWITCHES if name != switch}}) == [(BLOCK,)]
    assert not _found({BLOCK: block | {switch: {"Fn::ImportValue": "x"}}})


def test_a_bucket_that_says_nothing_is_found() -> None:
    assert _found({}) == [()]


@pytest.mark.parametrize("ownership", ["ObjectWriter", "BucketOwnerPreferred"])
def test_access_lists_are_found(ownership: str) -> None:
    assert _found(CLOSED | _owned(ownership)) == [("OwnershipControls", "Rules", 0, "ObjectOwnership")]


@pytest.mark.parametrize("access", ["PublicRead", "PublicReadWrite", "LogDeliveryWrite", "AuthenticatedRead"])
def test_a_canned_list_is_found(access: str) -> None:
    assert _found(CLOSED | {"AccessControl": access}) == [("AccessControl",)]


def test_a_bucket_that_does_not_say_what_its_neighbour_says_is_found() -> None:
    body = template(A=resource("S3::Bucket", CLOSED), B=resource("S3::Bucket", CLOSED | _owned("BucketOwnerEnforced")))
    assert places(RULE, forest(platform=body)) == ["platform.json/A"]


@pytest.mark.parametrize(
    "target",
    [{"Fn::GetAtt": ["Logs", "DomainName"]}, {"Fn::Sub": "${Logs}.s3.amazonaws.com"}, "access-logs.s3.amazonaws.com"],
)
def test_the_old_access_logs_of_cloudfront_need_lists(target: Any) -> None:
    logs = CLOSED | _owned("BucketOwnerPreferred") | {"BucketName": "access-logs", "AccessControl": "LogDeliveryWrite"}
    distribution = resource("CloudFront::Distribution", {"DistributionConfig": {"Logging": {"Bucket": target}}})
    assert not found(RULE, forest(platform=template(Logs=resource("S3::Bucket", logs), Cdn=distribution)))


def test_an_access_point_may_not_open_what_its_bucket_closes() -> None:
    assert not _found({}, "S3::AccessPoint")
    assert _found({BLOCK: CLOSED[BLOCK] | {"BlockPublicPolicy": False}}, "S3::AccessPoint")


@pytest.mark.parametrize("value", [1, [], {}, True, "", [["x"]], [1], {"Fn::ImportValue": "x"}])
def test_no_value_breaks_it(value: Any) -> None:
    _found({BLOCK: value, "OwnershipControls": value, "AccessControl": value})
    _found({"OwnershipControls": {"Rules": value}})
    _found({"DistributionConfig": {"Logging": {"Bucket": value}}}, "CloudFront::Distribution")
