"""A key that a service may not use is refused where the resource is made, in the service's own words."""

from __future__ import annotations

from typing import Any

import pytest

from tests.stratopause.emulator.resources.templates import (
    ACCOUNT,
    LOG_GROUPS,
    REGION,
    TRAILS,
    Resources,
    att,
    delivery,
    key,
    network,
    ref,
    resource,
    via_service,
)

pytestmark = pytest.mark.emulator

LOG_GROUP_SENTENCE = (
    "The specified KMS key does not exist or is not allowed to be used with Arn "
    f"'arn:aws:logs:{REGION}:{ACCOUNT}:log-group:/ecs/patients'"
)


def log_group(kms_key: Any) -> dict[str, Any]:
    return resource("Logs::LogGroup", LogGroupName="/ecs/patients", KmsKeyId=kms_key)


def database(**properties: Any) -> Resources:
    return network() | {
        "Subnets": resource(
            "RDS::DBSubnetGroup",
            DBSubnetGroupDescription="Data subnets",
            SubnetIds=[ref("SubnetA"), ref("SubnetB")],
        ),
        "Encrypted": resource(
            "RDS::DBInstance",
            Engine="postgres",
            DBInstanceClass="db.t4g.micro",
            AllocatedStorage="20",
            MasterUsername="admin1",
            ManageMasterUserPassword=True,
            DBSubnetGroupName=ref("Subnets"),
            StorageEncrypted=True,
            **properties,
        ),
    }


def cache() -> Resources:
    return {
        "Encrypted": resource(
            "ElastiCache::ReplicationGroup",
            ReplicationGroupDescription="Sessions",
            Engine="valkey",
            CacheNodeType="cache.t4g.micro",
            NumCacheClusters=1,
            TransitEncryptionEnabled=True,
            AtRestEncryptionEnabled=True,
            KmsKeyId=att("Key", "Arn"),
        )
    }


def trail() -> Resources:
    name, source = "trails-of-the-test", f"arn:aws:cloudtrail:{REGION}:{ACCOUNT}:trail/all"
    bucket = resource("S3::Bucket", BucketName=name)
    policy = delivery(name, "cloudtrail.amazonaws.com", source) | {"DependsOn": "Bucket"}
    encrypted = resource(
        "CloudTrail::Trail", TrailName="all", IsLogging=True, S3BucketName=ref("Bucket"), KMSKeyId=att("Key", "Arn")
    )
    return {"Bucket": bucket, "Policy": policy, "Encrypted": encrypted | {"DependsOn": "Policy"}}


def cluster() -> Resources:
    storage = {"FargateEphemeralStorageKmsKeyId": ref("Key")}
    return {"Encrypted": resource("ECS::Cluster", Configuration={"ManagedStorageConfiguration": storage})}


INACCESSIBLE = "does not exist, is not enabled or you do not have permissions to access it."
FARGATE = {
    "Effect": "Allow",
    "Principal": {"Service": "fargate.amazonaws.com"},
    "Action": ["kms:GenerateDataKeyWithoutPlaintext", "kms:CreateGrant"],
    "Resource": "*",
    "Condition": {"StringEquals": {"kms:EncryptionContext:aws:ecs:clusterAccount": ACCOUNT}},
}

CASES = {
    "log group": ({"Encrypted": log_group(att("Key", "Arn"))}, [LOG_GROUPS], LOG_GROUP_SENTENCE),
    "database": (database(KmsKeyId=att("Key", "Arn")), [via_service("rds")], INACCESSIBLE),
    "performance insights": (
        database(EnablePerformanceInsights=True, PerformanceInsightsKMSKeyId=att("Key", "Arn")),
        [via_service("rds")],
        INACCESSIBLE,
    ),
    "managed secret": (
        database(MasterUserSecret={"KmsKeyId": att("Key", "Arn")}),
        [via_service("rds"), via_service("secretsmanager")],
        INACCESSIBLE,
    ),
    "cache": (cache(), [via_service("elasticache")], "The KMS key supplied is not valid."),
    "secret": (
        {"Encrypted": resource("SecretsManager::Secret", KmsKeyId=ref("Key"), GenerateSecretString={})},
        [via_service("secretsmanager")],
        "Access to KMS is not allowed",
    ),
    "trail": (trail(), [TRAILS], "Insufficient permissions to access S3 bucket trails-of-the-test or KMS key"),
    "vault": (
        {"Encrypted": resource("Backup::BackupVault", BackupVaultName="vault", EncryptionKeyArn=att("Key", "Arn"))},
        [via_service("backup")],
        "The provided key is not accessible",
    ),
    "repository": (
        {
            "Encrypted": resource(
                "ECR::Repository", EncryptionConfiguration={"EncryptionType": "KMS", "KmsKey": att("Key", "Arn")}
            )
        },
        [via_service("ecr")],
        "cannot be used by Amazon ECR",
    ),
    "ephemeral storage": (cluster(), [FARGATE], "Unable to use the KMS key"),
}


@pytest.mark.parametrize("case", CASES)
def test_a_service_that_the_key_policy_lets_in_encrypts(account: Any, case: str) -> None:
    template, uses, _ = CASES[case]
    account.created({"Key": key(*uses), **template})
    account.deleted()


@pytest.mark.parametrize("case", CASES)
def test_a_service_that_the_key_policy_leaves_out_is_refused(account: Any, case: str) -> None:
    template, _, sentence = CASES[case]
    assert sentence in account.refusal({"Key": key(via_service("sqs")), **template}, "Encrypted")


def test_a_log_group_outside_the_encryption_context_is_refused(account: Any) -> None:
    narrow = {**LOG_GROUPS, "Condition": {"ArnLike": {"kms:EncryptionContext:aws:logs:arn": "arn:aws:logs:*:*:other"}}}
    template = {"Key": key(narrow), "Encrypted": log_group(att("Key", "Arn"))}
    assert LOG_GROUP_SENTENCE in account.refusal(template, "Encrypted")


def test_a_key_id_is_refused_where_a_key_arn_is_wanted(account: Any) -> None:
    template = {"Key": key(LOG_GROUPS), "Encrypted": log_group(ref("Key"))}
    reason = account.refusal(template, "Encrypted")
    assert reason == (
        "Properties validation failed for resource Encrypted with message: "
        "[#/KmsKeyId: failed validation constraint for keyword [pattern]]"
    )


@pytest.mark.parametrize("operation", ["disable_key", "schedule_key_deletion"])
def test_a_key_that_is_not_enabled_is_refused(account: Any, operation: str) -> None:
    keys = account.created({"Key": key(LOG_GROUPS)}, {"Arn": att("Key", "Arn")}, name="keys")
    getattr(account.client("kms"), operation)(KeyId=keys.physical_ids["Key"])
    assert LOG_GROUP_SENTENCE in account.refusal({"Encrypted": log_group(keys.outputs["Arn"])}, "Encrypted")


def test_a_key_that_does_not_exist_is_refused(account: Any) -> None:
    missing = f"arn:aws:kms:{REGION}:{ACCOUNT}:key/00000000-0000-0000-0000-000000000000"
    assert LOG_GROUP_SENTENCE in account.refusal({"Encrypted": log_group(missing)}, "Encrypted")
