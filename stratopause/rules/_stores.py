"""The types that hold data, and which of them is only a copy of another.

Types that can be told to make a snapshot when they go:
https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-attribute-deletionpolicy.html
"""

from __future__ import annotations

from typing import Final, NamedTuple

from stratopause.rules._settings import literal
from stratopause.tree.model import Resource


class Store(NamedTuple):
    """How the data of a type can outlive its resource, other than by `Retain`."""

    snapshot: bool = False
    """Whether `Snapshot` is a policy for it."""
    by_default: bool = False
    """Whether a missing DeletionPolicy is `Snapshot`."""
    final_snapshot: str = ""
    """The property that names a snapshot to make at the end."""


STORES: Final = {
    "AWS::Backup::BackupVault": Store(),
    "AWS::Backup::LogicallyAirGappedBackupVault": Store(),
    "AWS::Cassandra::Keyspace": Store(),
    "AWS::Cassandra::Table": Store(),
    "AWS::CloudTrail::EventDataStore": Store(),
    "AWS::Cognito::UserPool": Store(),
    "AWS::DSQL::Cluster": Store(),
    "AWS::DocDB::DBCluster": Store(snapshot=True),
    "AWS::DocDBElastic::Cluster": Store(),
    "AWS::DynamoDB::GlobalTable": Store(),
    "AWS::DynamoDB::Table": Store(),
    "AWS::EC2::Volume": Store(snapshot=True),
    "AWS::EFS::FileSystem": Store(),
    "AWS::ElastiCache::CacheCluster": Store(snapshot=True),
    "AWS::ElastiCache::ReplicationGroup": Store(snapshot=True),
    "AWS::ElastiCache::ServerlessCache": Store(final_snapshot="FinalSnapshotName"),
    "AWS::Elasticsearch::Domain": Store(),
    "AWS::FSx::FileSystem": Store(),
    "AWS::FSx::Volume": Store(),
    "AWS::HealthImaging::Datastore": Store(),
    "AWS::HealthLake::FHIRDatastore": Store(),
    "AWS::MSK::Cluster": Store(),
    "AWS::MSK::ServerlessCluster": Store(),
    "AWS::MemoryDB::Cluster": Store(final_snapshot="FinalSnapshotName"),
    "AWS::Neptune::DBCluster": Store(snapshot=True),
    "AWS::NeptuneGraph::Graph": Store(),
    "AWS::OpenSearchServerless::Collection": Store(),
    "AWS::OpenSearchService::Domain": Store(),
    "AWS::QLDB::Ledger": Store(),
    "AWS::RDS::DBCluster": Store(snapshot=True, by_default=True),
    "AWS::RDS::DBInstance": Store(snapshot=True, by_default=True),
    "AWS::Redshift::Cluster": Store(snapshot=True),
    "AWS::RedshiftServerless::Namespace": Store(final_snapshot="FinalSnapshotName"),
    "AWS::S3::Bucket": Store(),
    "AWS::S3Express::DirectoryBucket": Store(),
    "AWS::S3Tables::TableBucket": Store(),
    "AWS::SDB::Domain": Store(),
    "AWS::Timestream::Database": Store(),
    "AWS::Timestream::InfluxDBInstance": Store(),
    "AWS::Timestream::Table": Store(),
}

_ORIGINALS: Final = {
    "AWS::RDS::DBInstance": ("DBClusterIdentifier", "SourceDBInstanceIdentifier", "SourceDBClusterIdentifier"),
    "AWS::RDS::DBCluster": ("ReplicationSourceIdentifier",),
    "AWS::ElastiCache::ReplicationGroup": ("GlobalReplicationGroupId",),
}
"""The properties that say of what a resource is a copy, or whose data it serves."""

_NOTHING_KEPT: Final = {
    "AWS::ElastiCache::CacheCluster": "memcached",
    "AWS::ElastiCache::ServerlessCache": "memcached",
}
"""The engines that keep nothing."""


def is_copy(resource: Resource) -> bool:
    """Whether the data is another's: a replica, or an instance of a cluster."""
    return any(resource.get(name) for name in _ORIGINALS.get(resource.type, ()))


def keeps_nothing(resource: Resource) -> bool:
    """Whether it is a cache whose engine has no persistence, or may be one."""
    if resource.type not in _NOTHING_KEPT:
        return False
    engine = literal(resource.get("Engine"))
    return engine is None or engine.lower() == _NOTHING_KEPT[resource.type]
