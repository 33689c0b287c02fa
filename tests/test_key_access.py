"""Every encrypted resource can use its key, in whichever stack it is, and nobody else can: failure 1, in general."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from tests.key_access import ACCOUNT, REGION, ROOT, Request, allows
from tests.tree import Resource, Tree, parts, tree, values

ELSEWHERE = "999999999999"


@pytest.fixture(params=["dev", "production", "staging"], scope="module")
def platform(request: pytest.FixtureRequest) -> Tree:
    return tree(request.param)


def asked(service: str, *actions: str, account: str = ACCOUNT) -> list[Request]:
    """The service asks on behalf of a caller of `account`, and takes grants for itself."""
    context = {
        "kms:ViaService": f"{service}.{REGION}.amazonaws.com",
        "kms:CallerAccount": account,
        "kms:GrantIsForAWSResource": "true",
    }
    return [Request(f"arn:aws:iam::{account}:root", action, context) for action in actions]


def itself(service: str, actions: tuple[str, ...], **context: str) -> list[Request]:
    """The service asks as itself; of the context's keys, `aws_logs_arn` is the encryption context `aws:logs:arn`."""
    encryption = {f"kms:EncryptionContext:{name.replace('_', ':')}": value for name, value in context.items()}
    source = {"aws:SourceArn": next(iter(context.values()))}
    return [Request(service, action, encryption | source) for action in actions]


def log_group(account: str) -> list[Request]:
    """https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/encrypt-log-data-kms.html"""
    actions = ("Encrypt", "Decrypt", "ReEncryptFrom", "ReEncryptTo", "GenerateDataKey", "DescribeKey")
    arn = f"arn:aws:logs:{REGION}:{account}:log-group:/aws/anything"
    return itself(f"logs.{REGION}.amazonaws.com", actions, aws_logs_arn=arn)


def database(account: str) -> list[Request]:
    """https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/Overview.Encryption.Keys.html"""
    return asked("rds", "CreateGrant", "DescribeKey", "GenerateDataKey", "Decrypt", account=account)


def master_secret(account: str) -> list[Request]:
    """https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/rds-secrets-manager.html"""
    secret = asked("secretsmanager", "CreateGrant", "DescribeKey", "GenerateDataKey", "Decrypt", account=account)
    return [*secret, *asked("rds", "DescribeKey", account=account)]


def cache(account: str) -> list[Request]:
    """https://docs.aws.amazon.com/AmazonElastiCache/latest/dg/at-rest-encryption.html"""
    return asked("elasticache", "CreateGrant", "DescribeKey", account=account)


def vault(account: str) -> list[Request]:
    """https://docs.aws.amazon.com/aws-backup/latest/devguide/encryption.html"""
    return asked("backup", "CreateGrant", "DescribeKey", "GenerateDataKey", "Decrypt", account=account)


def topic(account: str) -> list[Request]:
    """https://docs.aws.amazon.com/sns/latest/dg/sns-key-management.html"""
    arn = f"arn:aws:sns:{REGION}:{account}:topic"
    return [
        request
        for service in ("cloudwatch", "events.rds", "backup")
        for request in itself(f"{service}.amazonaws.com", ("GenerateDataKey", "Decrypt"), aws_sns_topicArn=arn)
    ]


def trail(account: str) -> list[Request]:
    """https://docs.aws.amazon.com/awscloudtrail/latest/userguide/create-kms-key-policy-for-cloudtrail.html"""
    arn = f"arn:aws:cloudtrail:{REGION}:{account}:trail/stratopause-production"
    return itself("cloudtrail.amazonaws.com", ("GenerateDataKey", "DescribeKey"), aws_cloudtrail_arn=arn)


def bucket(account: str) -> list[Request]:
    """Who reads it, by S3: https://docs.aws.amazon.com/AmazonS3/latest/userguide/UsingKMSEncryption.html"""
    return asked("s3", "Decrypt", "GenerateDataKey", account=account)


def task_storage(account: str) -> list[Request]:
    """https://docs.aws.amazon.com/AmazonECS/latest/developerguide/fargate-create-storage-key.html"""
    actions = ("GenerateDataKeyWithoutPlaintext", "CreateGrant")
    requests = itself("fargate.amazonaws.com", actions, aws_ecs_clusterAccount=account)
    return [one._replace(context={**one.context, "kms:GrantOperations": "Decrypt"}) for one in requests]


USES = {
    ("AWS::Backup::BackupVault", "EncryptionKeyArn"): vault,
    ("AWS::CloudTrail::Trail", "KMSKeyId"): trail,
    ("AWS::ECS::Cluster", "FargateEphemeralStorageKmsKeyId"): task_storage,
    ("AWS::ElastiCache::ReplicationGroup", "KmsKeyId"): cache,
    ("AWS::Logs::LogGroup", "KmsKeyId"): log_group,
    ("AWS::RDS::DBInstance", "KmsKeyId"): database,
    ("AWS::RDS::DBInstance", "PerformanceInsightsKMSKeyId"): database,
    ("AWS::RDS::DBInstance", "MasterUserSecret.KmsKeyId"): master_secret,
    ("AWS::S3::Bucket", "KMSMasterKeyID"): bucket,
    ("AWS::SNS::Topic", "KmsMasterKeyId"): topic,
}
A_KEY = re.compile(r"(kms\w*key\w*|encryptionkey\w*)$", re.IGNORECASE)


def encrypted(platform: Tree) -> Iterator[tuple[Resource, str, Mapping[str, Any]]]:
    """Each resource with a key, which of its properties names it, and that key's policy."""
    for resource in platform.resources():
        master = resource.properties.get("MasterUserSecret", {})
        for name, value in parts(resource.properties):
            if A_KEY.search(name) and resource.type != "AWS::CloudFormation::Stack":
                key = platform.resource(platform.origin(resource.stack, value))
                assert key.type == "AWS::KMS::Key", resource.place
                prefix = "MasterUserSecret." if value in master.values() else ""
                yield resource, prefix + name, key.properties["KeyPolicy"]


def test_every_encrypted_resource_can_use_its_key(platform: Tree) -> None:
    seen = set()
    for resource, name, policy in encrypted(platform):
        for request in USES[resource.type, name](ACCOUNT):
            assert allows(policy, request), f"{resource.place} {name}: {request}"
        seen.add((resource.type, name))
    assert seen == set(USES)


def test_what_happens_in_another_account_uses_no_key(platform: Tree) -> None:
    for resource, name, policy in encrypted(platform):
        for request in USES[resource.type, name](ELSEWHERE):
            assert not allows(policy, request), f"{resource.place} {name}: {request}"


def test_no_caller_uses_a_key_without_a_service(platform: Tree) -> None:
    """Not even the root user: whoever is allowed everything in IAM would read patient data past every service."""
    for key in platform.resources("AWS::KMS::Key"):
        for action in ("Decrypt", "Encrypt", "GenerateDataKey", "CreateGrant", "ReEncryptFrom"):
            assert not allows(key.properties["KeyPolicy"], Request(ROOT, action, {})), f"{key.place} {action}"


def test_no_key_locks_its_owner_out(platform: Tree) -> None:
    """https://docs.aws.amazon.com/kms/latest/developerguide/key-policy-default.html"""
    for key in platform.resources("AWS::KMS::Key"):
        for action in ("PutKeyPolicy", "GetKeyPolicy", "DescribeKey", "ScheduleKeyDeletion", "EnableKeyRotation"):
            assert allows(key.properties["KeyPolicy"], Request(ROOT, action, {})), f"{key.place} {action}"


def test_a_key_is_used_by_those_who_need_it_only(platform: Tree) -> None:
    """A service that none of a key's resources belongs to is refused."""
    needed: dict[str, set[str]] = {}
    for resource, name, policy in encrypted(platform):
        vias = {one.context.get("kms:ViaService", "") for one in USES[resource.type, name](ACCOUNT)}
        needed.setdefault(str(policy), set()).update(vias - {""})
    for key in platform.resources("AWS::KMS::Key"):
        named = {str(via["Fn::Sub"]) for via in values(key.properties["KeyPolicy"], "kms:ViaService")}
        ours = {via.split(".$")[0] for via in named if ".*." not in via}
        assert ours == {via.split(".")[0] for via in needed[str(key.properties["KeyPolicy"])]}, key.place


def test_who_publishes_to_the_topic_may_use_its_key(platform: Tree) -> None:
    (policy,) = platform.resources("AWS::SNS::TopicPolicy")
    allowed = [one for one in policy.properties["PolicyDocument"]["Statement"] if one["Effect"] == "Allow"]
    publishers = {one["Principal"]["Service"] for one in allowed}
    key = platform.resource("Keys.TopicsKey").properties["KeyPolicy"]
    arn = {"kms:EncryptionContext:aws:sns:topicArn": f"arn:aws:sns:{REGION}:{ACCOUNT}:topic"}
    assert publishers == {one.principal for one in topic(ACCOUNT)}
    assert all(allows(key, Request(publisher, "GenerateDataKey", arn)) for publisher in publishers)
