from __future__ import annotations

from typing import Any

import pytest

from stratopause.deployer.review.contexts import UNKNOWN
from stratopause.deployer.review.safeguards import SAFEGUARDS, knows, lowered, lowered_at

INSTANCE, BUCKET, LOGS, LISTENER = (
    "AWS::RDS::DBInstance",
    "AWS::S3::Bucket",
    "AWS::Logs::LogGroup",
    "AWS::ElasticLoadBalancingV2::Listener",
)
BALANCER, CACHE, WEB_ACL, TRAIL = (
    "AWS::ElasticLoadBalancingV2::LoadBalancer",
    "AWS::ElastiCache::ReplicationGroup",
    "AWS::WAFv2::WebACL",
    "AWS::CloudTrail::Trail",
)
ALGORITHM = "BucketEncryption.ServerSideEncryptionConfiguration.0.ServerSideEncryptionByDefault.SSEAlgorithm"


def told(type_: str, before: dict[str, Any], after: dict[str, Any]) -> list[str]:
    return [text for text, is_wide in lowered(type_, before, after) if not is_wide]


def settings(**values: str) -> dict[str, Any]:
    return {"LoadBalancerAttributes": [{"Key": key.replace("_", "."), "Value": one} for key, one in values.items()]}


def encrypted(by: str) -> dict[str, Any]:
    rules = [{"ServerSideEncryptionByDefault": {"SSEAlgorithm": by}}]
    return {"BucketEncryption": {"ServerSideEncryptionConfiguration": rules}}


@pytest.mark.parametrize(
    ("type_", "before", "after", "sentence"),
    [
        (INSTANCE, {"DeletionProtection": True}, {"DeletionProtection": False}, "DeletionProtection: true → false"),
        (INSTANCE, {"MultiAZ": "true"}, {}, "MultiAZ: true → none"),
        (INSTANCE, {"BackupRetentionPeriod": 35}, {"BackupRetentionPeriod": "7"}, "BackupRetentionPeriod: 35 → 7"),
        (INSTANCE, {"BackupRetentionPeriod": 35}, {}, "BackupRetentionPeriod: 35 → none"),
        (INSTANCE, {}, {"PubliclyAccessible": True}, "PubliclyAccessible: none → true"),
        (INSTANCE, {"KmsKeyId": "arn:k"}, {}, "KmsKeyId: arn:k → none"),
        (
            INSTANCE,
            {"EnableCloudwatchLogsExports": ["a", "b"]},
            {"EnableCloudwatchLogsExports": ["a"]},
            "EnableCloudwatchLogsExports: 2 → 1",
        ),
        (INSTANCE, {"EnableCloudwatchLogsExports": ["a"]}, {}, "EnableCloudwatchLogsExports: 1 → none"),
        (LOGS, {}, {"RetentionInDays": 7}, "RetentionInDays: none → 7"),
        (LOGS, {"RetentionInDays": 30}, {"RetentionInDays": 7}, "RetentionInDays: 30 → 7"),
        (LISTENER, {"Protocol": "HTTPS"}, {"Protocol": "HTTP"}, "Protocol: HTTPS → HTTP"),
        (LISTENER, {"SslPolicy": "new"}, {"SslPolicy": "old"}, "SslPolicy: new → old"),
        (BALANCER, {"Scheme": "internal"}, {"Scheme": "internet-facing"}, "Scheme: internal → internet-facing"),
        (BALANCER, settings(a_b="true"), settings(a_b="false"), "a.b: true → false"),
        (BALANCER, settings(a_b="true"), {}, "a.b: true → none"),
        (BUCKET, encrypted("aws:kms"), encrypted("AES256"), f"{ALGORITHM}: aws:kms → AES256"),
        (
            BUCKET,
            {"VersioningConfiguration": {"Status": "Enabled"}},
            {"VersioningConfiguration": {"Status": "Suspended"}},
            "VersioningConfiguration.Status: Enabled → Suspended",
        ),
        (
            BUCKET,
            {"PublicAccessBlockConfiguration": {"BlockPublicAcls": True}},
            {},
            "PublicAccessBlockConfiguration.BlockPublicAcls: true → none",
        ),
        (CACHE, {"TransitEncryptionMode": "required"}, {"TransitEncryptionMode": "preferred"},
         "TransitEncryptionMode: required → preferred"),
        (CACHE, {"AuthToken": "hunter2"}, {}, "AuthToken: (hidden) → none"),
        (WEB_ACL, {"DefaultAction": {"Block": {}}}, {"DefaultAction": {"Allow": {}}}, "DefaultAction: Block → Allow"),
        (WEB_ACL, {"DefaultAction": {"Block": {}}}, {"DefaultAction": "x"}, "DefaultAction: Block → x"),
        (WEB_ACL, {"Rules": [1, 2]}, {"Rules": [1]}, "Rules: 2 → 1"),
        (TRAIL, {"IsLogging": True}, {"IsLogging": False}, "IsLogging: true → false"),
    ],
)  # fmt: skip
def test_a_safeguard_that_gets_weaker_is_said(
    type_: str, before: dict[str, Any], after: dict[str, Any], sentence: str
) -> None:
    assert sentence in told(type_, before, after)


@pytest.mark.parametrize(
    ("type_", "before", "after"),
    [
        (INSTANCE, {"DeletionProtection": False}, {"DeletionProtection": True}),
        (INSTANCE, {"BackupRetentionPeriod": 7}, {"BackupRetentionPeriod": 35}),
        (INSTANCE, {}, {"BackupRetentionPeriod": 7}),
        (INSTANCE, {"PubliclyAccessible": True}, {"PubliclyAccessible": True}),
        (INSTANCE, {"KmsKeyId": "arn:k"}, {"KmsKeyId": UNKNOWN}),
        (INSTANCE, {"StorageEncrypted": True}, {"StorageEncrypted": UNKNOWN}),
        (INSTANCE, {"EnableCloudwatchLogsExports": "x"}, {}),
        (LOGS, {"RetentionInDays": 7}, {}),
        (LOGS, {"RetentionInDays": 7}, {"RetentionInDays": 30}),
        (LISTENER, {"Protocol": "HTTP"}, {"Protocol": "HTTPS"}),
        (LISTENER, {"SslPolicy": "a"}, {"SslPolicy": UNKNOWN}),
        (BALANCER, {"Scheme": "internet-facing"}, {"Scheme": "internet-facing"}),
        (BALANCER, settings(a_b="false"), settings(a_b="true")),
        (BALANCER, {"LoadBalancerAttributes": ["text"]}, {}),
        (WEB_ACL, {"DefaultAction": {"Allow": {}}}, {"DefaultAction": {"Block": {}}}),
        (WEB_ACL, {"DefaultAction": {"Block": {}}}, {"DefaultAction": {"Block": {"CustomResponse": {}}}}),
        ("AWS::SNS::Topic", {"TopicName": "a"}, {}),
    ],
)
def test_a_safeguard_that_stays_or_gets_stronger_is_not(
    type_: str, before: dict[str, Any], after: dict[str, Any]
) -> None:
    assert told(type_, before, after) == []


def test_every_safeguard_notices_when_all_of_it_is_taken_away_or_turned() -> None:
    for type_, guards in SAFEGUARDS.items():
        for guard in guards:
            changes: list[tuple[Any, Any]] = [
                (True, False),
                (True, None),
                ([1, 2], [1]),
                (30, 7),
                ("HTTPS", "HTTP"),
                (False, True),
            ]
            changes += [("internal", "internet-facing"), ({"Block": {}}, {"Allow": {}}), ("a", "b")]
            assert any(guard.is_lowered(before, after) for before, after in changes), (type_, guard.path)


def test_one_property_is_compared_by_itself_where_no_more_is_known() -> None:
    assert knows(BUCKET, ("VersioningConfiguration", "Status"))
    assert not knows(BUCKET, ("VersioningConfiguration",))
    assert list(lowered_at(INSTANCE, ("BackupRetentionPeriod",), "35", "7")) == [
        ("BackupRetentionPeriod: 35 → 7", False)
    ]
    assert list(lowered_at(INSTANCE, ("BackupRetentionPeriod",), "7", "35")) == []
