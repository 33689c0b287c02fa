"""Every resource that is encrypted with a customer managed key, and what its service says when it may not use it."""

from __future__ import annotations

from ministack.core.responses import get_account_id, get_region
from ministack.services.cloudformation import provisioners

from stratopause.emulator.resources.calls import arn
from stratopause.emulator.resources.handlers import Change, before_change
from stratopause.emulator.resources.kms_access import Use, by_service, usable, via_service
from stratopause.emulator.resources.refusals import Refusal

# https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/encrypt-log-data-kms.html
LOGS_ACTIONS = ("Encrypt", "Decrypt", "ReEncryptFrom", "ReEncryptTo", "GenerateDataKey", "DescribeKey")
# https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/Overview.Encryption.Keys.html
GRANT_ACTIONS = ("CreateGrant", "DescribeKey")
# https://docs.aws.amazon.com/secretsmanager/latest/userguide/security-encryption.html
SECRET_ACTIONS = ("GenerateDataKey", "Decrypt")


def secret_uses() -> tuple[Use, ...]:
    """What Secrets Manager does with the key of a secret."""
    return (via_service("secretsmanager", *SECRET_ACTIONS),)


@before_change("AWS::Logs::LogGroup")
def _log_group(change: Change) -> None:
    reference = change.properties.get("KmsKeyId")
    if reference is None:
        return
    log_group = arn("logs", f"log-group:{change.properties['LogGroupName']}")
    use = by_service(f"logs.{get_region()}.amazonaws.com", *LOGS_ACTIONS, aws_logs_arn=log_group)
    if not reference.startswith("arn:") or not usable(reference, [use]):
        message = f"The specified KMS key does not exist or is not allowed to be used with Arn '{log_group}'"
        raise Refusal(message, "CloudWatchLogs", "InvalidRequest")


@before_change("AWS::RDS::DBInstance")
def _database(change: Change) -> None:
    properties = change.properties
    secret = properties.get("MasterUserSecret", {}).get("KmsKeyId")
    for reference in (properties.get("KmsKeyId"), properties.get("PerformanceInsightsKMSKeyId")):
        if reference is not None and not usable(reference, [via_service("rds", *GRANT_ACTIONS)]):
            raise _inaccessible(reference, "Rds", "KMSKeyNotAccessibleFault")
    # RDS checks the key of its secret itself, then Secrets Manager encrypts with it:
    # https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/rds-secrets-manager.html
    if secret is not None and not usable(secret, [via_service("rds", "DescribeKey"), *secret_uses()]):
        raise _inaccessible(secret, "Rds", "KMSKeyNotAccessibleFault")


def _inaccessible(reference: str, service: str, code: str) -> Refusal:
    message = f"The specified KMS key [{reference}] does not exist, is not enabled or you do not have permissions to"
    return Refusal(f"{message} access it.", service, code)


@before_change("AWS::ElastiCache::ReplicationGroup")
def _cache(change: Change) -> None:
    reference = change.properties.get("KmsKeyId")
    if reference is not None and not usable(reference, [via_service("elasticache", *GRANT_ACTIONS)]):
        raise Refusal("The KMS key supplied is not valid.", "ElastiCache", "InvalidKMSKeyFault")


@before_change("AWS::SecretsManager::Secret")
def _secret(change: Change) -> None:
    reference = change.properties.get("KmsKeyId")
    if reference is not None and not usable(reference, secret_uses()):
        raise Refusal("Access to KMS is not allowed", "SecretsManager", "AccessDenied")


@before_change("AWS::CloudTrail::Trail")
def _trail(change: Change) -> None:
    reference = change.properties.get("KMSKeyId")
    if reference is None:
        return
    name = change.properties.get("TrailName") or change.physical_id
    name = name or provisioners._physical_name(change.stack_name, change.logical_id)
    trail = arn("cloudtrail", f"trail/{name}")
    # https://docs.aws.amazon.com/awscloudtrail/latest/userguide/create-kms-key-policy-for-cloudtrail.html
    use = by_service("cloudtrail.amazonaws.com", "GenerateDataKey", "DescribeKey", aws_cloudtrail_arn=trail)
    if not usable(reference, [use]):
        bucket = change.properties["S3BucketName"]
        message = f"Insufficient permissions to access S3 bucket {bucket} or KMS key {reference}."
        raise Refusal(message, "CloudTrail", "InsufficientEncryptionPolicyException")


@before_change("AWS::Backup::BackupVault")
def _vault(change: Change) -> None:
    reference = change.properties.get("EncryptionKeyArn")
    # https://docs.aws.amazon.com/aws-backup/latest/devguide/encryption.html
    use = via_service("backup", "CreateGrant", "DescribeKey", "GenerateDataKey", "Decrypt")
    if reference is not None and not usable(reference, [use]):
        message = "The provided key is not accessible: it does not exist, is not enabled or its policy denies access."
        raise Refusal(message, "Backup", "InvalidParameterValueException")


@before_change("AWS::ECS::Cluster")
def _ephemeral_storage(change: Change) -> None:
    storage = change.properties.get("Configuration", {}).get("ManagedStorageConfiguration", {})
    reference = storage.get("FargateEphemeralStorageKmsKeyId")
    # https://docs.aws.amazon.com/AmazonECS/latest/developerguide/fargate-create-storage-key.html
    use = by_service(
        "fargate.amazonaws.com", "GenerateDataKeyWithoutPlaintext", aws_ecs_clusterAccount=get_account_id()
    )
    if reference is not None and not usable(reference, [use]):
        message = f"Unable to use the KMS key {reference} for Fargate ephemeral storage."
        raise Refusal(message, "AmazonECS", "InvalidParameterException")


@before_change("AWS::ECR::Repository")
def _repository(change: Change) -> None:
    reference = change.properties.get("EncryptionConfiguration", {}).get("KmsKey")
    # https://docs.aws.amazon.com/AmazonECR/latest/userguide/encryption-at-rest.html
    if reference is not None and not usable(reference, [via_service("ecr", *GRANT_ACTIONS)]):
        message = f"KMS key {reference} does not exist, is not enabled or cannot be used by Amazon ECR."
        raise Refusal(message, "Ecr", "KmsException")
