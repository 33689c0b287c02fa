"""What each service asks of a key, by the type and the property that names the key.

How a service asks is either on behalf of whoever uses it, and then KMS is told by way of which service
(`kms:ViaService`), or as itself, a principal of its own:
https://docs.aws.amazon.com/kms/latest/developerguide/conditions-kms.html#conditions-kms-via-service
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, NamedTuple

from stratopause.tree.model import Path
from stratopause.tree.text import ACCOUNT, PARTITION, REGION, URL_SUFFIX, unknown

_DOCS: Final = "https://docs.aws.amazon.com/"

Context = Mapping[str, str | None]
"""Condition keys; None is for one that surely doesn't come."""


class Need(NamedTuple):
    """What a service does with a key. In texts `{arn}` and `{name}` are those of the encrypted resource."""

    actions: tuple[str, ...]
    source: str
    """The page of AWS that says so."""
    via: str = ""
    """The service that asks on behalf of this account: `rds`; `*` where AWS doesn't say by which it is asked.

    Without one, and without a principal, a role of this account asks KMS itself.
    """
    principal: str = ""
    """The service that asks as itself."""
    context: Context = {}
    """The condition keys that come with it."""
    deployer: bool = False
    """Whether only who creates the resource asks."""
    account: str = ""
    """The other account that asks."""
    spoken_for: bool = False
    """Whether it's enough if any other service is let do it: a topic that only alarms publish to."""
    but_not: frozenset[str] = frozenset()
    """The services that surely don't do it instead."""


def via_service(name: str) -> str:
    """Ends the same in all partitions: https://docs.aws.amazon.com/kms/latest/developerguide/conditions-kms.html"""
    return f"{name}.{REGION}.amazonaws.com"


def _page(source: str) -> str:
    return source if source.startswith("https:") else _DOCS + source


def via(service: str, actions: str, source: str, context: Context | None = None, *, spoken_for: bool = False) -> Need:
    """On behalf of anybody in the account who uses the resource."""
    return Need(_actions(actions), _page(source), via=service, context=context or {}, spoken_for=spoken_for)


def directly(actions: str, source: str, context: Context) -> Need:
    """By a role of the account, which asks KMS itself."""
    return Need(_actions(actions), _page(source), context=context)


def made(service: str, actions: str, source: str, *, for_aws: str = "true") -> Need:
    """On behalf of who creates the resource."""
    context = {"kms:grantisforawsresource": for_aws}
    return Need(_actions(actions), _page(source), via=service, context=context, deployer=True)


def itself(principal: str, actions: str, source: str, context: Context) -> Need:
    return Need(_actions(actions), _page(source), principal=principal, context=context)


def _actions(names: str) -> tuple[str, ...]:
    return tuple(f"kms:{name}" for name in names.split())


def encrypting(name: str) -> str:
    """The condition key of a part of the encryption context."""
    return f"kms:encryptioncontext:{name}".lower()


LOGS_DOC: Final = "AmazonCloudWatch/latest/logs/encrypt-log-data-kms.html"
LOGS: Final = f"logs.{REGION}.{URL_SUFFIX}"
_LOGS_ACTIONS: Final = "Encrypt Decrypt ReEncryptFrom ReEncryptTo GenerateDataKey"
"""The page lists DescribeKey, too, but under a condition on the encryption context, with which that never comes."""


def _logs(arn: str) -> Need:
    context = {encrypting("aws:logs:arn"): arn, "kms:viaservice": via_service("logs")}
    return itself(LOGS, _LOGS_ACTIONS, LOGS_DOC, context)


_RDS: Final = made("rds", "CreateGrant DescribeKey", "AmazonRDS/latest/UserGuide/Overview.Encryption.Keys.html")
_AURORA: Final = made(
    "rds", "CreateGrant DescribeKey", "AmazonRDS/latest/AuroraUserGuide/Overview.Encryption.Keys.html"
)
_INSIGHTS: Final = via(
    "rds",
    "Decrypt GenerateDataKey",
    "AmazonRDS/latest/UserGuide/USER_PerfInsights.access-control.cmk-policy.html",
    context={encrypting("aws:pi:service"): "rds", encrypting("service"): "pi"},
)
_SECRET: Final = via(
    "secretsmanager", "Decrypt GenerateDataKey", "secretsmanager/latest/userguide/security-encryption.html"
)
# Who makes it needs CreateGrant and DescribeKey besides; AWS doesn't say which of the two services asks for the grant.
_MASTER: Final = (
    _SECRET,
    made("secretsmanager", "CreateGrant", "AmazonRDS/latest/UserGuide/rds-secrets-manager.html"),
    made("rds", "CreateGrant DescribeKey", "AmazonRDS/latest/UserGuide/rds-secrets-manager.html"),
)
_DISK: Final = via(
    "ec2",
    "CreateGrant Decrypt DescribeKey GenerateDataKeyWithoutPlaintext",
    "ebs/latest/userguide/ebs-encryption-requirements.html",
)
_TRAIL: Final = f"arn:{PARTITION}:cloudtrail:{REGION}:{ACCOUNT}:trail/{{name}}"
_TRAIL_DOC: Final = "awscloudtrail/latest/userguide/create-kms-key-policy-for-cloudtrail.html"
_FARGATE_DOC: Final = "AmazonECS/latest/developerguide/fargate-create-storage-key.html"
_FARGATE: Final = {
    encrypting("aws:ecs:clusterAccount"): ACCOUNT,
    encrypting("aws:ecs:clusterName"): "{name}",
}
_S3_DOC: Final = "AmazonS3/latest/userguide/UsingKMSEncryption.html"
_DYNAMODB: Final = via(
    "dynamodb",
    "Encrypt Decrypt ReEncryptFrom ReEncryptTo GenerateDataKey GenerateDataKeyWithoutPlaintext DescribeKey CreateGrant",
    "amazondynamodb/latest/developerguide/encryption.usagenotes.html",
)
_SEARCH: Final = made("es", "CreateGrant", "opensearch-service/latest/developerguide/encryption-at-rest.html")
_SAGEMAKER_DOC: Final = "sagemaker/latest/dg/api-permissions-reference.html"
_REDSHIFT_ACTIONS: Final = "CreateGrant GenerateDataKey Encrypt Decrypt DescribeKey"
_REDSHIFT_DOC: Final = "redshift/latest/mgmt/authorizing-kms-customer-managed-key.html"
_HEALTHLAKE_DOC: Final = "healthlake/latest/devguide/encryption-at-rest.html"
_BUS: Final = f"arn:{PARTITION}:events:{REGION}:{ACCOUNT}:event-bus/{{…}}"
_MACHINE: Final = f"arn:{PARTITION}:states:{REGION}:{ACCOUNT}:stateMachine:{{…}}"
_STATES_DOC: Final = "step-functions/latest/dg/encryption-at-rest.html"
_PIPELINE_DOC: Final = "codepipeline/latest/userguide/pipelines-create-cross-account.html"
_BUILD_DOC: Final = "codebuild/latest/userguide/setting-up-kms.html"
_EVENTS_DOC: Final = "eventbridge/latest/userguide/eb-encryption-event-bus-cmkey.html"

_WRITERS: Final = frozenset(
    f"{name}.amazonaws.com" for name in ("backup", "cloudtrail", "cloudwatch", "delivery.logs", "events", "s3", "sns")
)
"""Who only puts into buckets, topics and queues, as itself."""
_BUCKET: Final = (
    via("s3", "Decrypt", _S3_DOC, context={encrypting("aws:s3:arn"): "{arn}{…}"}, spoken_for=True)._replace(
        but_not=_WRITERS
    ),
    via("s3", "GenerateDataKey", _S3_DOC, spoken_for=True, context={encrypting("aws:s3:arn"): "{arn}{…}"}),
)
_BUCKET_KEY: Final = (
    "BucketEncryption",
    "ServerSideEncryptionConfiguration",
    "*",
    "ServerSideEncryptionByDefault",
    "KMSMasterKeyID",
)


def _grant(service: str, source: str) -> tuple[Need, ...]:
    """Services that take a grant when the resource is made, and work with that."""
    return (made(service, "CreateGrant DescribeKey", source),)


NEEDS: Final[dict[str, tuple[tuple[Path, tuple[Need, ...]], ...]]] = {
    "AWS::AmazonMQ::Broker": (
        (
            ("EncryptionOptions", "KmsKeyId"),
            _grant("*", "amazon-mq/latest/developer-guide/data-protection.html"),
        ),
    ),
    "AWS::Athena::WorkGroup": (
        (
            ("WorkGroupConfiguration", "ResultConfiguration", "EncryptionConfiguration", "KmsKey"),
            (via("*", "Decrypt GenerateDataKey", "athena/latest/ug/encryption.html"),),
        ),
    ),
    "AWS::Backup::BackupVault": (
        (
            ("EncryptionKeyArn",),
            (
                made(
                    "backup",
                    "CreateGrant DescribeKey",
                    "https://repost.aws/knowledge-center/backup-vault-access-denied",
                ),
                via(
                    "backup",
                    "Decrypt GenerateDataKey",
                    "https://repost.aws/knowledge-center/backup-vault-access-denied",
                ),
            ),
        ),
    ),
    "AWS::Cassandra::Table": (
        (
            ("EncryptionSpecification", "KmsKeyIdentifier"),
            (
                via(
                    "cassandra",
                    "Encrypt Decrypt ReEncryptFrom ReEncryptTo GenerateDataKey GenerateDataKeyWithoutPlaintext "
                    "DescribeKey CreateGrant",
                    "keyspaces/latest/devguide/encryption.customermanaged.html",
                ),
            ),
        ),
    ),
    "AWS::CloudTrail::EventDataStore": (
        (
            ("KmsKeyId",),
            (
                itself(
                    "cloudtrail.amazonaws.com",
                    "Decrypt GenerateDataKey",
                    _TRAIL_DOC,
                    # A policy for it can't use these, the page says.
                    {"aws:sourcearn": None, "aws:sourceaccount": None},
                ),
            ),
        ),
    ),
    "AWS::CloudTrail::Trail": (
        (
            ("KMSKeyId",),
            (
                itself(
                    "cloudtrail.amazonaws.com",
                    "GenerateDataKey",
                    _TRAIL_DOC,
                    {encrypting("aws:cloudtrail:arn"): _TRAIL, "aws:sourcearn": _TRAIL, "aws:sourceaccount": ACCOUNT},
                ),
                # The page wants DescribeKey, too, but the trail of Control Tower does without:
                # https://docs.aws.amazon.com/controltower/latest/userguide/configure-kms-keys.html
            ),
        ),
    ),
    "AWS::CodeBuild::Project": ((("EncryptionKey",), (via("*", "Decrypt GenerateDataKey", _BUILD_DOC),)),),
    "AWS::CodePipeline::Pipeline": (
        (("ArtifactStore", "EncryptionKey", "Id"), (via("*", "Decrypt GenerateDataKey", _PIPELINE_DOC),)),
        (
            ("ArtifactStores", "*", "ArtifactStore", "EncryptionKey", "Id"),
            (via("*", "Decrypt GenerateDataKey", _PIPELINE_DOC),),
        ),
    ),
    "AWS::DMS::ReplicationInstance": ((("KmsKeyId",), _grant("dms", "dms/latest/userguide/CHAP_Security.html")),),
    "AWS::DocDB::DBCluster": (
        (("KmsKeyId",), _grant("rds", "documentdb/latest/developerguide/encryption-at-rest.html")),
        (("MasterUserSecretKmsKeyId",), _MASTER),
    ),
    "AWS::DocDBElastic::Cluster": (
        (
            ("KmsKeyId",),
            _grant("docdb-elastic", "aws-managed-policy/latest/reference/AmazonDocDBElasticFullAccess.html"),
        ),
    ),
    "AWS::DynamoDB::GlobalTable": ((("Replicas", "*", "SSESpecification", "KMSMasterKeyId"), (_DYNAMODB,)),),
    "AWS::DynamoDB::Table": ((("SSESpecification", "KMSMasterKeyId"), (_DYNAMODB,)),),
    "AWS::EC2::Instance": ((("BlockDeviceMappings", "*", "Ebs", "KmsKeyId"), (_DISK,)),),
    "AWS::EC2::LaunchTemplate": ((("LaunchTemplateData", "BlockDeviceMappings", "*", "Ebs", "KmsKeyId"), (_DISK,)),),
    "AWS::EC2::Volume": ((("KmsKeyId",), (_DISK,)),),
    "AWS::ECR::Repository": (
        (
            ("EncryptionConfiguration", "KmsKey"),
            _grant("ecr", "AmazonECR/latest/userguide/encryption-at-rest.html"),
        ),
    ),
    "AWS::ECS::Cluster": (
        (
            ("Configuration", "ManagedStorageConfiguration", "FargateEphemeralStorageKmsKeyId"),
            (
                itself("fargate.amazonaws.com", "GenerateDataKeyWithoutPlaintext", _FARGATE_DOC, _FARGATE),
                itself(
                    "fargate.amazonaws.com", "CreateGrant", _FARGATE_DOC, {**_FARGATE, "kms:grantoperations": "Decrypt"}
                ),
            ),
        ),
        (("Configuration", "ManagedStorageConfiguration", "KmsKeyId"), (_DISK,)),
        (
            ("Configuration", "ExecuteCommandConfiguration", "KmsKeyId"),
            (via("*", "Decrypt GenerateDataKey", "AmazonECS/latest/developerguide/ecs-exec.html"),),
        ),
    ),
    "AWS::ECS::Service": ((("VolumeConfigurations", "*", "ManagedEBSVolume", "KmsKeyId"), (_DISK,)),),
    "AWS::EFS::FileSystem": (
        (
            ("KmsKeyId",),
            (
                via(
                    "elasticfilesystem",
                    "CreateGrant Decrypt DescribeKey GenerateDataKeyWithoutPlaintext",
                    "efs/latest/ug/encryption-at-rest.html",
                ),
            ),
        ),
    ),
    "AWS::EKS::Cluster": (
        (
            ("EncryptionConfig", "*", "Provider", "KeyArn"),
            # kms:GrantIsForAWSResource isn't sent when a cluster is made, the page says.
            (made("*", "CreateGrant DescribeKey", "eks/latest/userguide/enable-kms.html", for_aws="false"),),
        ),
    ),
    "AWS::ElastiCache::ReplicationGroup": (
        (("KmsKeyId",), _grant("elasticache", "AmazonElastiCache/latest/dg/at-rest-encryption.html")),
    ),
    "AWS::ElastiCache::ServerlessCache": (
        (("KmsKeyId",), _grant("elasticache", "AmazonElastiCache/latest/dg/at-rest-encryption.html")),
    ),
    "AWS::Elasticsearch::Domain": ((("EncryptionAtRestOptions", "KmsKeyId"), (_SEARCH,)),),
    "AWS::Events::EventBus": (
        (
            ("KmsKeyIdentifier",),
            (
                itself(
                    "events.amazonaws.com",
                    "Decrypt GenerateDataKey DescribeKey",
                    _EVENTS_DOC,
                    {
                        encrypting("aws:events:event-bus:arn"): _BUS,
                        "aws:sourcearn": _BUS,
                        "aws:sourceaccount": ACCOUNT,
                    },
                ),
                made(
                    "*",
                    "Encrypt Decrypt ReEncryptFrom ReEncryptTo GenerateDataKeyWithoutPlaintext DescribeKey",
                    _EVENTS_DOC,
                ),
            ),
        ),
    ),
    "AWS::FSx::FileSystem": (
        (
            ("KmsKeyId",),
            (
                via(
                    "fsx",
                    "CreateGrant Decrypt DescribeKey GenerateDataKeyWithoutPlaintext",
                    "fsx/latest/WindowsGuide/encryption-at-rest.html",
                ),
            ),
        ),
    ),
    "AWS::Glue::SecurityConfiguration": (
        (
            ("EncryptionConfiguration", "CloudWatchEncryption", "KmsKeyArn"),
            (_logs(f"arn:{PARTITION}:logs:{REGION}:{ACCOUNT}:log-group:{{…}}"),),
        ),
    ),
    "AWS::GuardDuty::PublishingDestination": (
        (
            ("DestinationProperties", "KmsKeyArn"),
            (
                itself(
                    # With the region in it in those that must be switched on.
                    f"guardduty.{unknown('region')}amazonaws.com",
                    "GenerateDataKey",
                    "guardduty/latest/ug/guardduty_exportfindings.html",
                    {
                        "aws:sourcearn": f"arn:{PARTITION}:guardduty:{REGION}:{ACCOUNT}:detector/{{…}}",
                        "aws:sourceaccount": ACCOUNT,
                    },
                ),
            ),
        ),
    ),
    "AWS::HealthLake::FHIRDatastore": (
        (
            ("SseConfiguration", "KmsEncryptionConfig", "KmsKeyId"),
            (
                made("healthlake", "CreateGrant DescribeKey", _HEALTHLAKE_DOC),
                via("healthlake", "GenerateDataKey Decrypt", _HEALTHLAKE_DOC),
            ),
        ),
    ),
    "AWS::Kinesis::Stream": (
        (
            ("StreamEncryption", "KeyId"),
            (
                via(
                    "kinesis",
                    "Decrypt GenerateDataKey",
                    "streams/latest/dev/permissions-user-key-KMS.html",
                    context={encrypting("aws:kinesis:arn"): "{arn}"},
                ),
            ),
        ),
    ),
    "AWS::KinesisFirehose::DeliveryStream": (
        (
            ("DeliveryStreamEncryptionConfigurationInput", "KeyARN"),
            (made("firehose", "CreateGrant", "firehose/latest/APIReference/API_StartDeliveryStreamEncryption.html"),),
        ),
        (
            (
                "ExtendedS3DestinationConfiguration",
                "EncryptionConfiguration",
                "KMSEncryptionConfig",
                "AWSKMSKeyARN",
            ),
            (via("s3", "Decrypt GenerateDataKey", "firehose/latest/dev/controlling-access.html"),),
        ),
    ),
    "AWS::KinesisVideo::Stream": (
        (
            ("KmsKeyId",),
            (via("kinesisvideo", "Decrypt GenerateDataKey", "kinesisvideostreams/latest/dg/how-kms.html"),),
        ),
    ),
    "AWS::Lambda::Function": (
        (
            ("KmsKeyArn",),
            (made("lambda", "CreateGrant Encrypt", "lambda/latest/dg/configuration-envvars-encryption.html"),),
        ),
    ),
    "AWS::Logs::LogGroup": ((("KmsKeyId",), (_logs(f"arn:{PARTITION}:logs:{REGION}:{ACCOUNT}:log-group:{{name}}"),)),),
    "AWS::MSK::Cluster": (
        (
            ("EncryptionInfo", "EncryptionAtRest", "DataVolumeKMSKeyId"),
            _grant("kafka", "msk/latest/developerguide/security-iam-awsmanpol.html"),
        ),
    ),
    "AWS::MemoryDB::Cluster": (
        (("KmsKeyId",), _grant("memorydb", "memorydb/latest/devguide/at-rest-encryption.html")),
    ),
    "AWS::Neptune::DBCluster": ((("KmsKeyId",), _grant("rds", "neptune/latest/userguide/encrypt.html")),),
    "AWS::OpenSearchService::Domain": ((("EncryptionAtRestOptions", "KmsKeyId"), (_SEARCH,)),),
    "AWS::RDS::DBCluster": (
        (("KmsKeyId",), (_AURORA,)),
        (("PerformanceInsightsKmsKeyId",), (_INSIGHTS,)),
        (("MasterUserSecret", "KmsKeyId"), _MASTER),
    ),
    "AWS::RDS::DBInstance": (
        (("KmsKeyId",), (_RDS,)),
        (("PerformanceInsightsKMSKeyId",), (_INSIGHTS,)),
        (("MasterUserSecret", "KmsKeyId"), _MASTER),
    ),
    "AWS::Redshift::Cluster": (
        (("KmsKeyId",), (made("redshift", _REDSHIFT_ACTIONS, _REDSHIFT_DOC),)),
        (("MasterPasswordSecretKmsKeyId",), (_SECRET,)),
    ),
    "AWS::RedshiftServerless::Namespace": (
        (("KmsKeyId",), (made("redshift-serverless", _REDSHIFT_ACTIONS, _REDSHIFT_DOC),)),
        (("AdminPasswordSecretKmsKeyId",), (_SECRET,)),
    ),
    "AWS::S3::Bucket": ((_BUCKET_KEY, _BUCKET),),
    "AWS::S3Express::DirectoryBucket": (
        (
            _BUCKET_KEY,
            (
                via(
                    "*",
                    "Decrypt GenerateDataKey",
                    "AmazonS3/latest/userguide/s3-express-UsingKMSEncryption.html",
                ),
            ),
        ),
    ),
    "AWS::SNS::Topic": (
        (
            ("KmsMasterKeyId",),
            (
                via(
                    "sns",
                    "Decrypt GenerateDataKey",
                    "sns/latest/dg/sns-key-management.html",
                    spoken_for=True,
                    context={encrypting("aws:sns:topicArn"): "{arn}"},
                ),
            ),
        ),
    ),
    "AWS::SQS::Queue": (
        (
            ("KmsMasterKeyId",),
            (
                via(
                    "sqs",
                    "Decrypt",
                    "AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-key-management.html",
                    context={encrypting("aws:sqs:arn"): "{arn}"},
                ),
                via(
                    "sqs",
                    "GenerateDataKey",
                    "AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-key-management.html",
                    spoken_for=True,
                    context={encrypting("aws:sqs:arn"): "{arn}"},
                ),
            ),
        ),
    ),
    # The file system of a domain is one of EFS, and AWS doesn't say which of the two services asks.
    "AWS::SageMaker::Domain": (
        (
            ("KmsKeyId",),
            (made("*", "CreateGrant Decrypt DescribeKey GenerateDataKeyWithoutPlaintext", _SAGEMAKER_DOC),),
        ),
    ),
    "AWS::SageMaker::EndpointConfig": ((("KmsKeyId",), (made("sagemaker", "CreateGrant", _SAGEMAKER_DOC),)),),
    "AWS::SageMaker::NotebookInstance": ((("KmsKeyId",), _grant("sagemaker", _SAGEMAKER_DOC)),),
    "AWS::SecretsManager::Secret": ((("KmsKeyId",), (_SECRET,)),),
    "AWS::StepFunctions::StateMachine": (
        (
            ("EncryptionConfiguration", "KmsKeyId"),
            (
                via("states", "DescribeKey GenerateDataKey", _STATES_DOC)._replace(deployer=True),
                # By the role that it runs as, which asks KMS itself: a condition on kms:ViaService keeps that out.
                directly("Decrypt GenerateDataKey", _STATES_DOC, {encrypting("aws:states:stateMachineArn"): _MACHINE}),
            ),
        ),
    ),
    "AWS::Timestream::Database": (
        (("KmsKeyId",), _grant("timestream", "aws-managed-policy/latest/reference/AmazonTimestreamFullAccess.html")),
    ),
    "AWS::WorkSpaces::Workspace": (
        (("VolumeEncryptionKey",), _grant("workspaces", "workspaces/latest/adminguide/encrypt-workspaces.html")),
    ),
}


class Publisher(NamedTuple):
    """Who sends to an encrypted topic or queue as itself, and the property that tells it to."""

    path: Path
    principal: str
    arn: str
    """Of what it sends for."""


def _regional(service: str, resource: str) -> str:
    return f"arn:{PARTITION}:{service}:{REGION}:{ACCOUNT}:{resource}"


_RULE: Final = _regional("events", "rule/{…}")
_ALARM: Final = _regional("cloudwatch", "alarm:{…}")
_ALARMS: Final = tuple(
    Publisher((name, "*"), "cloudwatch.amazonaws.com", _ALARM)
    for name in ("AlarmActions", "OKActions", "InsufficientDataActions")
)
_ANY_BUCKET: Final = f"arn:{PARTITION}:s3:::{{…}}"
_NOTIFYING: Final = "NotificationConfiguration"

PUBLISHERS: Final[dict[str, tuple[Publisher, ...]]] = {
    "AWS::Backup::BackupVault": (
        Publisher(("Notifications", "SNSTopicArn"), "backup.amazonaws.com", _regional("backup", "{…}")),
    ),
    "AWS::Budgets::Budget": (
        Publisher(
            ("NotificationsWithSubscribers", "*", "Subscribers", "*", "Address"),
            "budgets.amazonaws.com",
            f"arn:{PARTITION}:budgets::{ACCOUNT}:{{…}}",
        ),
    ),
    "AWS::CE::AnomalySubscription": (
        Publisher(("Subscribers", "*", "Address"), "costalerts.amazonaws.com", f"arn:{PARTITION}:ce::{ACCOUNT}:{{…}}"),
    ),
    "AWS::CloudTrail::Trail": (
        Publisher(("SnsTopicName",), "cloudtrail.amazonaws.com", _regional("cloudtrail", "trail/{…}")),
    ),
    "AWS::CloudWatch::Alarm": _ALARMS,
    "AWS::CloudWatch::CompositeAlarm": _ALARMS,
    "AWS::CodeStarNotifications::NotificationRule": (
        Publisher(
            ("Targets", "*", "TargetAddress"),
            "codestar-notifications.amazonaws.com",
            _regional("codestar-notifications", "notificationrule/{…}"),
        ),
    ),
    "AWS::Events::Rule": (
        Publisher(("Targets", "*", "Arn"), "events.amazonaws.com", _RULE),
        Publisher(("Targets", "*", "DeadLetterConfig", "Arn"), "events.amazonaws.com", _RULE),
    ),
    "AWS::RDS::EventSubscription": (Publisher(("SnsTopicArn",), "events.rds.amazonaws.com", _regional("rds", "{…}")),),
    "AWS::S3::Bucket": (
        Publisher((_NOTIFYING, "TopicConfigurations", "*", "Topic"), "s3.amazonaws.com", _ANY_BUCKET),
        Publisher((_NOTIFYING, "QueueConfigurations", "*", "Queue"), "s3.amazonaws.com", _ANY_BUCKET),
    ),
    "AWS::SES::ConfigurationSetEventDestination": (
        Publisher(("EventDestination", "SnsDestination", "TopicARN"), "ses.amazonaws.com", _regional("ses", "{…}")),
    ),
    "AWS::SNS::Subscription": (
        Publisher(("Endpoint",), "sns.amazonaws.com", _regional("sns", "{…}")),
        Publisher(("RedrivePolicy", "deadLetterTargetArn"), "sns.amazonaws.com", _regional("sns", "{…}")),
    ),
    "AWS::SNS::Topic": (Publisher(("Subscription", "*", "Endpoint"), "sns.amazonaws.com", _regional("sns", "{…}")),),
}
"""https://docs.aws.amazon.com/sns/latest/dg/sns-key-management.html#compatibility-with-aws-services
https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-key-management.html#compatibility-with-aws-services
"""

RECEIVERS: Final = {
    "AWS::SNS::Topic": (
        "KmsMasterKeyId",
        encrypting("aws:sns:topicArn"),
        "sns",
        "sns/latest/dg/sns-key-management.html",
    ),
    "AWS::SQS::Queue": (
        "KmsMasterKeyId",
        encrypting("aws:sqs:arn"),
        "sqs",
        "AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-key-management.html",
    ),
}

COPY_ACTIONS: Final = _actions("CreateGrant Decrypt DescribeKey")
"""What the account needs that a database's backup is copied to: it reads the snapshot under the key of its source.

https://docs.aws.amazon.com/aws-backup/latest/devguide/create-cross-account-backup.html
"""
COPY_DOC: Final = _DOCS + "AmazonRDS/latest/UserGuide/share-encrypted-snapshot.html"

DELIVERIES: Final[dict[str, tuple[Path, str]]] = {
    "AWS::EC2::FlowLog": (("LogDestination",), "vpc/latest/userguide/flow-logs-s3-cmk-policy.html"),
    "AWS::WAFv2::LoggingConfiguration": (
        ("LogDestinationConfigs", "*"),
        "waf/latest/developerguide/logging-s3.html",
    ),
}
"""Who puts logs into a bucket as `delivery.logs.amazonaws.com`, and where it is told."""
