from __future__ import annotations

import copy
from typing import Any

import pytest

from stratopause.rules._encryption import ENCRYPTIONS
from tests.forest import forest, found, places, resource, template

RULE = "E9106"
KEY = {"Fn::GetAtt": ["Key", "Arn"]}
KMS_ENCRYPTED = {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": KEY}


def encryption(default: Any) -> dict[str, Any]:
    return {"BucketEncryption": {"ServerSideEncryptionConfiguration": [{"ServerSideEncryptionByDefault": default}]}}


STORAGE = {"StorageEncrypted": True, "KmsKeyId": KEY}
DISK = {"DeviceName": "/dev/xvda", "Ebs": {"Encrypted": True, "KmsKeyId": KEY}}
SEARCH = {"EncryptionAtRestOptions": {"Enabled": True, "KmsKeyId": KEY}}

ENCRYPTED: dict[str, dict[str, Any]] = {
    "AmazonMQ::Broker": {"EncryptionOptions": {"UseAwsOwnedKey": False, "KmsKeyId": KEY}},
    "Athena::WorkGroup": {
        "WorkGroupConfiguration": {
            "ResultConfiguration": {"EncryptionConfiguration": {"EncryptionOption": "SSE_KMS", "KmsKey": KEY}}
        }
    },
    "AutoScaling::LaunchConfiguration": {"BlockDeviceMappings": [{"Ebs": {"Encrypted": True}}]},
    "Backup::BackupVault": {"EncryptionKeyArn": KEY},
    "Cassandra::Table": {
        "EncryptionSpecification": {"EncryptionType": "CUSTOMER_MANAGED_KMS_KEY", "KmsKeyIdentifier": KEY}
    },
    "CloudTrail::EventDataStore": {"KmsKeyId": KEY},
    "DMS::ReplicationInstance": {"KmsKeyId": KEY},
    "DocDB::DBCluster": STORAGE,
    "DocDBElastic::Cluster": {"KmsKeyId": KEY},
    "DynamoDB::GlobalTable": {
        "SSESpecification": {"SSEEnabled": True},
        "Replicas": [{"SSESpecification": {"KMSMasterKeyId": KEY}}],
    },
    "DynamoDB::Table": {"SSESpecification": {"SSEEnabled": True, "SSEType": "KMS", "KMSMasterKeyId": KEY}},
    "EC2::Instance": {"BlockDeviceMappings": [DISK]},
    "EC2::LaunchTemplate": {"LaunchTemplateData": {"BlockDeviceMappings": [DISK]}},
    "EC2::Volume": {"Encrypted": True, "KmsKeyId": KEY},
    "ECR::Repository": {"EncryptionConfiguration": {"EncryptionType": "KMS", "KmsKey": KEY}},
    "ECS::Service": {"VolumeConfigurations": [{"ManagedEBSVolume": {"Encrypted": True, "KmsKeyId": KEY}}]},
    "EFS::FileSystem": {"Encrypted": True, "KmsKeyId": KEY},
    "EKS::Cluster": {"EncryptionConfig": [{"Provider": {"KeyArn": KEY}, "Resources": ["secrets"]}]},
    "ElastiCache::ReplicationGroup": {"AtRestEncryptionEnabled": "true", "KmsKeyId": KEY},
    "ElastiCache::ServerlessCache": {"KmsKeyId": KEY},
    "Elasticsearch::Domain": SEARCH,
    "FSx::FileSystem": {"FileSystemType": "WINDOWS", "KmsKeyId": KEY},
    "HealthImaging::Datastore": {"KmsKeyArn": KEY},
    "HealthLake::FHIRDatastore": {
        "SseConfiguration": {"KmsEncryptionConfig": {"CmkType": "CUSTOMER_MANAGED_KMS_KEY", "KmsKeyId": KEY}}
    },
    "Kinesis::Stream": {"StreamEncryption": {"EncryptionType": "KMS", "KeyId": KEY}},
    "KinesisFirehose::DeliveryStream": {
        "DeliveryStreamEncryptionConfigurationInput": {"KeyType": "CUSTOMER_MANAGED_CMK", "KeyARN": KEY}
    },
    "KinesisVideo::Stream": {"KmsKeyId": KEY},
    "MSK::Cluster": {"EncryptionInfo": {"EncryptionAtRest": {"DataVolumeKMSKeyId": KEY}}},
    "MemoryDB::Cluster": {"KmsKeyId": KEY},
    "Neptune::DBCluster": STORAGE,
    "OpenSearchService::Domain": SEARCH,
    "QLDB::Ledger": {"KmsKey": KEY},
    "RDS::DBCluster": {
        **STORAGE,
        "PerformanceInsightsEnabled": True,
        "PerformanceInsightsKmsKeyId": KEY,
        "ManageMasterUserPassword": True,
        "MasterUserSecret": {"KmsKeyId": KEY},
    },
    "RDS::DBInstance": {
        **STORAGE,
        "EnablePerformanceInsights": True,
        "PerformanceInsightsKMSKeyId": KEY,
        "ManageMasterUserPassword": True,
        "MasterUserSecret": {"KmsKeyId": KEY},
    },
    "RDS::GlobalCluster": {"StorageEncrypted": True},
    "Redshift::Cluster": {"Encrypted": True, "KmsKeyId": KEY},
    "RedshiftServerless::Namespace": {"KmsKeyId": KEY},
    "S3::Bucket": encryption(KMS_ENCRYPTED),
    "S3Express::DirectoryBucket": encryption(KMS_ENCRYPTED),
    "SNS::Topic": {"KmsMasterKeyId": KEY},
    "SQS::Queue": {"KmsMasterKeyId": KEY},
    "SageMaker::Domain": {"KmsKeyId": KEY},
    "SageMaker::NotebookInstance": {"KmsKeyId": KEY},
    "SecretsManager::Secret": {"KmsKeyId": KEY},
    "Timestream::Database": {"KmsKeyId": KEY},
    "WorkSpaces::Workspace": {
        "UserVolumeEncryptionEnabled": True,
        "RootVolumeEncryptionEnabled": True,
        "VolumeEncryptionKey": KEY,
    },
}
OFF = {True: False, "true": "false", False: True}


def places_of(type_: str, properties: Any, **others: Any) -> list[str]:
    root = template(Store=resource(type_, properties), Key=resource("KMS::Key"), **others)
    return places(RULE, forest(platform=root))


def mistakes(value: Any) -> list[Any]:
    """The value with one thing in it wrong: a key that is left out, or AWS's own, a switch that is off."""
    made: list[Any] = []
    items: list[tuple[Any, Any]] = list(value.items()) if isinstance(value, dict) else list(enumerate(value))
    for name, part in items:
        wrongs: list[Any] = []
        if part == KEY:
            wrongs = [None, "alias/aws/service", "aws/service", ""]
        elif isinstance(part, (dict, list)):
            wrongs = mistakes(part)
        elif isinstance(part, (bool, str)) and part in OFF and name not in IF_ON:
            wrongs = [OFF[part], None]
        for wrong in wrongs:
            changed = copy.deepcopy(value)
            changed[name] = wrong
            if wrong is None:
                del changed[name]
            made.append(changed)
    return made


IF_ON = {"EnablePerformanceInsights", "PerformanceInsightsEnabled", "ManageMasterUserPassword"}
MISTAKES = [(type_, wrong) for type_, properties in ENCRYPTED.items() for wrong in mistakes(properties)]


def test_every_type_is_tested() -> None:
    untested = {"ElastiCache::CacheCluster"}
    assert {f"AWS::{type_}" for type_ in ENCRYPTED | dict.fromkeys(untested)} == set(ENCRYPTIONS)


@pytest.mark.parametrize("type_", ENCRYPTED)
def test_what_is_encrypted_with_a_key_of_the_tree_is_fine(type_: str) -> None:
    assert not places_of(type_, ENCRYPTED[type_])


@pytest.mark.parametrize(("type_", "wrong"), MISTAKES)
def test_a_key_that_is_missing_or_not_ones_own_or_off_is_found(type_: str, wrong: Any) -> None:
    assert places_of(type_, wrong) == ["platform.json/Store"]


@pytest.mark.parametrize(
    "value", [KEY, {"Ref": "Key"}, "alias/clinic", {"Fn::ImportValue": "Key"}, "arn:aws:kms:x:1:key/2"]
)
def test_a_key_may_be_named_in_any_way_and_lie_elsewhere(value: Any) -> None:
    assert not places_of("SNS::Topic", {"KmsMasterKeyId": value})


@pytest.mark.parametrize(
    ("type_", "properties"),
    [
        ("RDS::DBInstance", {"DBClusterIdentifier": "clinic"}),
        ("RDS::DBInstance", {"SourceDBInstanceIdentifier": "clinic"}),
        ("RDS::DBInstance", {"DBSnapshotIdentifier": "clinic"}),
        ("RDS::DBInstance", {**STORAGE, "EnablePerformanceInsights": False}),
        ("RDS::DBCluster", {"SnapshotIdentifier": "clinic"}),
        ("EC2::Volume", {"SnapshotId": "snap-1"}),
        ("EC2::Instance", {"BlockDeviceMappings": [{"VirtualName": "ephemeral0"}, {"Ebs": {"SnapshotId": "snap-1"}}]}),
        ("EC2::Instance", {}),
        ("FSx::FileSystem", {"FileSystemType": "LUSTRE", "LustreConfiguration": {"DeploymentType": "SCRATCH_2"}}),
        ("KinesisFirehose::DeliveryStream", {"KinesisStreamSourceConfiguration": {"RoleARN": "arn:r"}}),
        ("ElastiCache::CacheCluster", {"Engine": "memcached"}),
        ("Athena::WorkGroup", {}),
        ("DynamoDB::Table", {"SSESpecification": {"SSEEnabled": {"Fn::ImportValue": "On"}, "KMSMasterKeyId": KEY}}),
    ],
)
def test_what_is_encrypted_elsewhere_or_holds_nothing_is_left_alone(type_: str, properties: Any) -> None:
    assert not places_of(type_, properties)


def test_a_cache_that_cannot_be_encrypted_is_found() -> None:
    assert places_of("ElastiCache::CacheCluster", {"Engine": "redis"}) == ["platform.json/Store"]


def test_a_bucket_under_the_keys_of_s3_is_found() -> None:
    assert places_of("S3::Bucket", {})
    assert places_of("S3::Bucket", encryption({"SSEAlgorithm": "AES256"}))


LOGS = {"BucketName": "logs", **encryption({"SSEAlgorithm": "AES256"})}


@pytest.mark.parametrize(
    "other",
    [
        resource(
            "S3::Bucket", {**encryption(KMS_ENCRYPTED), "LoggingConfiguration": {"DestinationBucketName": "logs"}}
        ),
        resource(
            "ElasticLoadBalancingV2::LoadBalancer",
            {"LoadBalancerAttributes": [{"Key": "access_logs.s3.bucket", "Value": {"Ref": "Store"}}]},
        ),
        *(
            resource(
                "S3::BucketPolicy",
                {
                    "Bucket": {"Ref": "Store"},
                    "PolicyDocument": {
                        "Statement": [
                            {"Effect": "Allow", "Principal": {"Service": [service]}, "Action": "s3:PutObject"}
                        ]
                    },
                },
            )
            for service in ("logdelivery.elasticloadbalancing.amazonaws.com", "logging.s3.amazonaws.com")
        ),
    ],
)
def test_a_bucket_for_access_logs_takes_the_keys_of_s3(other: dict[str, Any]) -> None:
    assert not places_of("S3::Bucket", LOGS, Other=other)
    assert places_of("S3::Bucket", LOGS)


def test_a_bucket_that_logs_to_itself_takes_the_keys_of_s3() -> None:
    assert not places_of("S3::Bucket", {**LOGS, "LoggingConfiguration": {"LogFilePrefix": "own/"}})


def test_a_bucket_for_access_logs_of_a_network_load_balancer_can_have_a_key() -> None:
    attributes = [{"Key": "access_logs.s3.bucket", "Value": {"Ref": "Store"}}]
    other = resource("ElasticLoadBalancingV2::LoadBalancer", {"Type": "network", "LoadBalancerAttributes": attributes})
    assert places_of("S3::Bucket", LOGS, Other=other) == ["platform.json/Store"]


@pytest.mark.parametrize(("source", "is_for_itself"), [("store", True), ("another", False)])
def test_a_policy_for_a_buckets_own_log_excuses_it_only_if_it_logs_to_itself(source: str, is_for_itself: bool) -> None:
    named = {**LOGS, "BucketName": "store"}
    statement = {
        "Effect": "Allow",
        "Principal": {"Service": "logging.s3.amazonaws.com"},
        "Action": "s3:PutObject",
        "Condition": {"ArnLike": {"aws:SourceArn": {"Fn::Sub": f"arn:${{AWS::Partition}}:s3:::{source}"}}},
    }
    policy = resource("S3::BucketPolicy", {"Bucket": {"Ref": "Store"}, "PolicyDocument": {"Statement": [statement]}})
    assert bool(places_of("S3::Bucket", named, Policy=policy)) == is_for_itself
    to_itself = {**named, "LoggingConfiguration": {"DestinationBucketName": "store"}}
    assert not places_of("S3::Bucket", to_itself, Policy=policy)


def test_a_policy_for_another_delivery_excuses_no_bucket() -> None:
    statement = {"Effect": "Allow", "Principal": {"Service": "cloudtrail.amazonaws.com"}, "Action": "s3:PutObject"}
    policy = resource("S3::BucketPolicy", {"Bucket": {"Ref": "Store"}, "PolicyDocument": {"Statement": statement}})
    assert places_of("S3::Bucket", LOGS, Policy=policy) == ["platform.json/Store"]


@pytest.mark.parametrize(
    "on",
    [{"LaunchType": "FARGATE"}, {"CapacityProviderStrategy": [{"CapacityProvider": "FARGATE_SPOT", "Weight": 1}]}],
)
def test_a_cluster_whose_tasks_fargate_runs_names_a_key_for_their_disks(on: dict[str, Any]) -> None:
    service = resource("ECS::Service", {"Cluster": {"Ref": "Store"}, **on})
    storage = {"ManagedStorageConfiguration": {"FargateEphemeralStorageKmsKeyId": KEY}}
    assert places_of("ECS::Cluster", {}, Service=service) == ["platform.json/Store"]
    assert not places_of("ECS::Cluster", {"Configuration": storage}, Service=service)
    assert not places_of("ECS::Cluster", {})


def test_the_finding_says_what_to_set() -> None:
    tree = forest(platform=template(Store=resource("EFS::FileSystem", {"Encrypted": False, "KmsKeyId": KEY})))
    (problem,) = found(RULE, tree)
    assert problem.path[-1] == "Encrypted"
    assert problem.message == "Store (EFS::FileSystem) isn't encrypted with a key of yours; set Encrypted to true"


@pytest.mark.parametrize("value", [None, 1, "x", [], [[]], [1, {}], {}, {"a": []}, {"Fn::ImportValue": "x"}])
def test_hostile_values_end_in_nothing_worse_than_a_finding(value: Any) -> None:
    for type_, properties in ENCRYPTED.items():
        for name in properties:
            places_of(type_, {**properties, name: value})
    for type_ in ("S3::BucketPolicy", "ElasticLoadBalancingV2::LoadBalancer", "ECS::Service"):
        names = ("Bucket", "PolicyDocument", "LoadBalancerAttributes", "Cluster", "CapacityProviderStrategy")
        places_of(type_, dict.fromkeys(names, value))


def test_the_master_password_of_documents_that_aws_manages_has_a_key() -> None:
    managed = {**STORAGE, "ManageMasterUserPassword": True}
    for more, count in (
        ({}, 1),
        ({"MasterUserSecretKmsKeyId": KEY}, 0),
        ({"MasterUserSecretKmsKeyId": "alias/aws/x"}, 1),
    ):
        documents = resource("DocDB::DBCluster", {**managed, **more})
        assert len(found(RULE, forest(platform=template(Documents=documents)))) == count
