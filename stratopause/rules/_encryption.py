"""How each type that holds data is told to encrypt it with a key of the customer's.

From the pages of the types: https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-template-resource-type-ref.html
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, NamedTuple

from stratopause.tree.model import Path


class Encryption(NamedTuple):
    """The property that names the key, and what else must be set so that it is used."""

    key: Path
    """Empty where the type can't take a key, and what is `needs` is all there is."""
    needs: Mapping[str, tuple[str, ...]] = {}
    """What properties must be, by their paths joined by dots."""
    each: Path = ()
    """A list of parts that are encrypted each for itself; the other paths begin in it."""
    unless: tuple[str, ...] = ()
    """Properties by which the encryption is another's: of a snapshot, a source, a cluster."""
    only_if: Mapping[str, tuple[str, ...]] = {}
    """What properties are where there is something to encrypt at all; nothing is any value."""
    what: str = ""
    """What of it is encrypted, if that isn't all."""
    instead: str = ""
    """What to do, where the type can't do it."""


_ON: Final = ("true",)
_KMS: Final = ("aws:kms", "aws:kms:dsse")
_STORAGE: Final = {"StorageEncrypted": _ON}
_EBS: Final = Encryption(("Ebs", "KmsKeyId"), {"Ebs.Encrypted": _ON}, unless=("Ebs.SnapshotId",), only_if={"Ebs": ()})
_KEY_ID: Final = (Encryption(("KmsKeyId",)),)
_DOMAIN: Final = (Encryption(("EncryptionAtRestOptions", "KmsKeyId"), {"EncryptionAtRestOptions.Enabled": _ON}),)
_MASTER: Final = Encryption(
    ("MasterUserSecret", "KmsKeyId"), only_if={"ManageMasterUserPassword": _ON}, what="the master password"
)
_BUCKET: Final = Encryption(
    ("ServerSideEncryptionByDefault", "KMSMasterKeyID"),
    {"ServerSideEncryptionByDefault.SSEAlgorithm": _KMS},
    each=("BucketEncryption", "ServerSideEncryptionConfiguration"),
)

ENCRYPTIONS: Final[dict[str, tuple[Encryption, ...]]] = {
    "AWS::AmazonMQ::Broker": (
        Encryption(("EncryptionOptions", "KmsKeyId"), {"EncryptionOptions.UseAwsOwnedKey": ("false",)}),
    ),
    "AWS::Athena::WorkGroup": (
        Encryption(
            ("WorkGroupConfiguration", "ResultConfiguration", "EncryptionConfiguration", "KmsKey"),
            {
                "WorkGroupConfiguration.ResultConfiguration.EncryptionConfiguration.EncryptionOption": (
                    "SSE_KMS",
                    "CSE_KMS",
                )
            },
            only_if={"WorkGroupConfiguration.ResultConfiguration": ()},
        ),
    ),
    "AWS::AutoScaling::LaunchConfiguration": (
        Encryption((), {"Ebs.Encrypted": _ON}, ("BlockDeviceMappings",), ("Ebs.SnapshotId",), {"Ebs": ()}),
    ),
    "AWS::Backup::BackupVault": (Encryption(("EncryptionKeyArn",)),),
    "AWS::Cassandra::Table": (
        Encryption(
            ("EncryptionSpecification", "KmsKeyIdentifier"),
            {"EncryptionSpecification.EncryptionType": ("CUSTOMER_MANAGED_KMS_KEY",)},
        ),
    ),
    "AWS::CloudTrail::EventDataStore": _KEY_ID,
    "AWS::DMS::ReplicationInstance": _KEY_ID,
    "AWS::DocDB::DBCluster": (
        Encryption(("KmsKeyId",), _STORAGE, unless=("SnapshotIdentifier", "SourceDBClusterIdentifier")),
        Encryption(
            ("MasterUserSecretKmsKeyId",), only_if={"ManageMasterUserPassword": _ON}, what="the master password"
        ),
    ),
    "AWS::DocDBElastic::Cluster": _KEY_ID,
    "AWS::DynamoDB::GlobalTable": (
        Encryption((), {"SSESpecification.SSEEnabled": _ON}),
        Encryption(("SSESpecification", "KMSMasterKeyId"), each=("Replicas",)),
    ),
    "AWS::DynamoDB::Table": (Encryption(("SSESpecification", "KMSMasterKeyId"), {"SSESpecification.SSEEnabled": _ON}),),
    "AWS::EC2::Instance": (_EBS._replace(each=("BlockDeviceMappings",)),),
    "AWS::EC2::LaunchTemplate": (_EBS._replace(each=("LaunchTemplateData", "BlockDeviceMappings")),),
    "AWS::EC2::Volume": (Encryption(("KmsKeyId",), {"Encrypted": _ON}, unless=("SnapshotId",)),),
    "AWS::ECR::Repository": (
        Encryption(
            ("EncryptionConfiguration", "KmsKey"), {"EncryptionConfiguration.EncryptionType": ("KMS", "KMS_DSSE")}
        ),
    ),
    "AWS::ECS::Service": (
        Encryption(
            ("ManagedEBSVolume", "KmsKeyId"),
            {"ManagedEBSVolume.Encrypted": _ON},
            ("VolumeConfigurations",),
            ("ManagedEBSVolume.SnapshotId",),
            {"ManagedEBSVolume": ()},
        ),
    ),
    "AWS::EFS::FileSystem": (Encryption(("KmsKeyId",), {"Encrypted": _ON}),),
    "AWS::EKS::Cluster": (Encryption(("EncryptionConfig", 0, "Provider", "KeyArn"), what="Kubernetes' secrets"),),
    "AWS::ElastiCache::CacheCluster": (
        Encryption(
            (),
            {"AtRestEncryptionEnabled": _ON},
            only_if={"Engine": ("redis", "valkey")},
            instead="this type can't be: make an AWS::ElastiCache::ReplicationGroup",
        ),
    ),
    "AWS::ElastiCache::ReplicationGroup": (Encryption(("KmsKeyId",), {"AtRestEncryptionEnabled": _ON}),),
    "AWS::ElastiCache::ServerlessCache": _KEY_ID,
    "AWS::Elasticsearch::Domain": _DOMAIN,
    "AWS::FSx::FileSystem": (
        Encryption(("KmsKeyId",), unless=("BackupId",), only_if={"FileSystemType": ("WINDOWS", "ONTAP", "OPENZFS")}),
        # The scratch types of Lustre take no key.
        Encryption(
            ("KmsKeyId",),
            unless=("BackupId",),
            only_if={"LustreConfiguration.DeploymentType": ("PERSISTENT_1", "PERSISTENT_2")},
        ),
    ),
    "AWS::HealthLake::FHIRDatastore": (
        Encryption(
            ("SseConfiguration", "KmsEncryptionConfig", "KmsKeyId"),
            {"SseConfiguration.KmsEncryptionConfig.CmkType": ("CUSTOMER_MANAGED_KMS_KEY",)},
        ),
    ),
    "AWS::HealthImaging::Datastore": (Encryption(("KmsKeyArn",)),),
    "AWS::Kinesis::Stream": (Encryption(("StreamEncryption", "KeyId"), {"StreamEncryption.EncryptionType": ("KMS",)}),),
    "AWS::KinesisFirehose::DeliveryStream": (
        # What comes from a stream or a topic of Kafka is encrypted there.
        Encryption(
            ("DeliveryStreamEncryptionConfigurationInput", "KeyARN"),
            {"DeliveryStreamEncryptionConfigurationInput.KeyType": ("CUSTOMER_MANAGED_CMK",)},
            unless=("KinesisStreamSourceConfiguration", "MSKSourceConfiguration", "DatabaseSourceConfiguration"),
        ),
    ),
    "AWS::KinesisVideo::Stream": _KEY_ID,
    "AWS::MSK::Cluster": (Encryption(("EncryptionInfo", "EncryptionAtRest", "DataVolumeKMSKeyId")),),
    "AWS::MemoryDB::Cluster": _KEY_ID,
    "AWS::Neptune::DBCluster": (
        Encryption(("KmsKeyId",), _STORAGE, unless=("SnapshotIdentifier", "SourceDBClusterIdentifier")),
    ),
    "AWS::OpenSearchService::Domain": _DOMAIN,
    "AWS::QLDB::Ledger": (Encryption(("KmsKey",)),),
    "AWS::RDS::DBCluster": (
        Encryption(
            ("KmsKeyId",),
            _STORAGE,
            unless=("SnapshotIdentifier", "SourceDBClusterIdentifier", "ReplicationSourceIdentifier"),
        ),
        Encryption(
            ("PerformanceInsightsKmsKeyId",), only_if={"PerformanceInsightsEnabled": _ON}, what="Performance Insights"
        ),
        _MASTER,
    ),
    "AWS::RDS::DBInstance": (
        Encryption(
            ("KmsKeyId",),
            _STORAGE,
            unless=(
                "DBClusterIdentifier",
                "DBSnapshotIdentifier",
                "DBClusterSnapshotIdentifier",
                "SourceDBInstanceIdentifier",
                "SourceDBClusterIdentifier",
                "SourceDbiResourceId",
            ),
        ),
        Encryption(
            ("PerformanceInsightsKMSKeyId",), only_if={"EnablePerformanceInsights": _ON}, what="Performance Insights"
        ),
        _MASTER,
    ),
    "AWS::RDS::GlobalCluster": (Encryption((), _STORAGE, unless=("SourceDBClusterIdentifier",)),),
    "AWS::Redshift::Cluster": (Encryption(("KmsKeyId",), {"Encrypted": _ON}),),
    "AWS::RedshiftServerless::Namespace": _KEY_ID,
    "AWS::S3::Bucket": (_BUCKET,),
    "AWS::S3Express::DirectoryBucket": (_BUCKET,),
    "AWS::SNS::Topic": (Encryption(("KmsMasterKeyId",)),),
    "AWS::SQS::Queue": (Encryption(("KmsMasterKeyId",)),),
    "AWS::SageMaker::Domain": _KEY_ID,
    "AWS::SageMaker::NotebookInstance": _KEY_ID,
    "AWS::SecretsManager::Secret": _KEY_ID,
    "AWS::Timestream::Database": _KEY_ID,
    "AWS::WorkSpaces::Workspace": (
        Encryption(("VolumeEncryptionKey",), {"UserVolumeEncryptionEnabled": _ON, "RootVolumeEncryptionEnabled": _ON}),
    ),
}
"""Log groups and trails have rules of their own."""
