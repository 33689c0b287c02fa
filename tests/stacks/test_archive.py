"""The logs that are kept: by whom they are written, and that nobody can lose or read them on the way."""

from __future__ import annotations

from typing import Any

import pytest


@pytest.fixture(scope="module")
def resources(templates: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = templates["archive.json"]["Resources"]
    return found


BUCKETS = ("AccessLogs", "LoadBalancerLogs")


def statements(resources: dict[str, Any], bucket: str) -> dict[str, Any]:
    policy = resources[f"{bucket}Policy"]["Properties"]
    assert policy["Bucket"] == {"Ref": bucket}
    return {statement["Sid"]: statement for statement in policy["PolicyDocument"]["Statement"]}


@pytest.mark.parametrize("bucket", BUCKETS)
def test_no_bucket_can_be_public(resources: dict[str, Any], bucket: str) -> None:
    properties = resources[bucket]["Properties"]
    assert set(properties["PublicAccessBlockConfiguration"].values()) == {True}
    assert len(properties["PublicAccessBlockConfiguration"]) == 4
    assert properties["OwnershipControls"] == {"Rules": [{"ObjectOwnership": "BucketOwnerEnforced"}]}


@pytest.mark.parametrize("bucket", BUCKETS)
@pytest.mark.parametrize(
    ("sid", "condition"),
    [
        ("TlsOnly", {"Bool": {"aws:SecureTransport": "false"}}),
        ("NoOldTls", {"NumericLessThan": {"s3:TlsVersion": "1.2"}}),
    ],
)
def test_who_comes_without_tls_is_refused_everything(
    resources: dict[str, Any], bucket: str, sid: str, condition: dict[str, Any]
) -> None:
    refusal = statements(resources, bucket)[sid]
    assert (refusal["Effect"], refusal["Principal"], refusal["Action"]) == ("Deny", "*", ["s3:*"])
    assert refusal["Resource"] == [{"Fn::Sub": f"${{{bucket}.Arn}}"}, {"Fn::Sub": f"${{{bucket}.Arn}}/*"}]
    assert refusal["Condition"] == condition


@pytest.mark.parametrize("bucket", BUCKETS)
def test_records_are_kept_as_long_as_the_environment_says_and_survive_the_stack(
    resources: dict[str, Any], production: Any, bucket: str
) -> None:
    assert resources[bucket]["DeletionPolicy"] == "RetainExceptOnCreate"
    assert resources[bucket]["UpdateReplacePolicy"] == "Retain"
    properties = resources[bucket]["Properties"]
    assert properties["VersioningConfiguration"] == {"Status": "Enabled"}
    keep, _tidy = properties["LifecycleConfiguration"]["Rules"]
    assert keep["ExpirationInDays"] == production.retention.archive_days
    assert "BucketName" not in properties


@pytest.mark.parametrize("bucket", BUCKETS)
def test_delivery_is_to_sse_s3_since_the_deliverers_know_no_other(resources: dict[str, Any], bucket: str) -> None:
    (rule,) = resources[bucket]["Properties"]["BucketEncryption"]["ServerSideEncryptionConfiguration"]
    assert rule == {"ServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}}


def test_only_s3_writes_access_logs_and_only_for_this_account(resources: dict[str, Any]) -> None:
    allowed = [s for s in statements(resources, "AccessLogs").values() if s["Effect"] == "Allow"]
    assert [(s["Principal"], s["Action"]) for s in allowed] == [
        ({"Service": "logging.s3.amazonaws.com"}, ["s3:PutObject"])
    ]
    assert allowed[0]["Condition"] == {"StringEquals": {"aws:SourceAccount": {"Ref": "AWS::AccountId"}}}


def test_only_load_balancers_of_this_account_write_their_logs_where_this_account_belongs(
    resources: dict[str, Any],
) -> None:
    allowed = [s for s in statements(resources, "LoadBalancerLogs").values() if s["Effect"] == "Allow"]
    (delivery,) = allowed
    assert delivery["Principal"] == {"Service": "logdelivery.elasticloadbalancing.amazonaws.com"}
    assert delivery["Action"] == ["s3:PutObject"]
    assert delivery["Resource"] == [{"Fn::Sub": "${LoadBalancerLogs.Arn}/AWSLogs/${AWS::AccountId}/*"}]
    source = delivery["Condition"]["ArnLike"]["aws:SourceArn"]["Fn::Sub"]
    assert source == "arn:${AWS::Partition}:elasticloadbalancing:${AWS::Region}:${AWS::AccountId}:loadbalancer/*"


def test_the_load_balancer_writes_where_its_delivery_is_allowed(templates: dict[str, Any]) -> None:
    """A prefix in its attributes would need the same prefix in the bucket's policy."""
    balancer = templates["ingress.json"]["Resources"]["LoadBalancer"]["Properties"]
    attributes = {entry["Key"]: entry["Value"] for entry in balancer["LoadBalancerAttributes"]}
    assert attributes["access_logs.s3.enabled"] == "true"
    assert not [key for key in attributes if key.endswith("s3.prefix")]


def test_access_to_logs_is_logged_but_the_log_of_access_not_into_itself(resources: dict[str, Any]) -> None:
    logging = resources["LoadBalancerLogs"]["Properties"]["LoggingConfiguration"]
    assert logging["DestinationBucketName"] == {"Ref": "AccessLogs"}
    assert "LoggingConfiguration" not in resources["AccessLogs"]["Properties"]
    assert "ObjectLockConfiguration" not in resources["AccessLogs"]["Properties"]
