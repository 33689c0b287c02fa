from __future__ import annotations

from typing import Any

import pytest

from stratopause.rules._stores import STORES
from tests.forest import forest, found, places, resource, template

RULE = "E9401"
KEPT: dict[str, Any] = {"DeletionPolicy": "Retain", "UpdateReplacePolicy": "Retain"}
SNAPSHOT: dict[str, Any] = {"DeletionPolicy": "Snapshot", "UpdateReplacePolicy": "Snapshot"}


def _found(body: Any) -> list[tuple[Any, ...]]:
    return [problem.path for problem in found(RULE, forest(platform=template(Store=body)))]


@pytest.mark.parametrize("type_", STORES)
def test_each_type_is_kept_by_retain_and_found_without(type_: str) -> None:
    name = type_.removeprefix("AWS::")
    assert not _found(resource(name, {"Engine": "redis"}, **KEPT))
    assert ("Resources", "Store") in _found(resource(name, {"Engine": "redis"}))
    assert _found(resource(name, {"Engine": "redis"}, **KEPT | {"DeletionPolicy": "Delete"})) == [
        ("Resources", "Store", "DeletionPolicy")
    ]


@pytest.mark.parametrize(
    "type_",
    [
        "RDS::DBInstance",
        "RDS::DBCluster",
        "DocDB::DBCluster",
        "Neptune::DBCluster",
        "EC2::Volume",
        "Redshift::Cluster",
        "ElastiCache::ReplicationGroup",
    ],
)
def test_a_snapshot_will_do_where_the_type_can_have_one(type_: str) -> None:
    assert not _found(resource(type_, **SNAPSHOT))


@pytest.mark.parametrize("type_", ["S3::Bucket", "DynamoDB::Table", "EFS::FileSystem", "Cognito::UserPool"])
def test_a_snapshot_is_no_policy_of_other_types(type_: str) -> None:
    assert len(_found(resource(type_, **SNAPSHOT))) == 2


def test_a_bucket_may_go_if_its_creation_fails() -> None:
    assert not _found(resource("S3::Bucket", **KEPT | {"DeletionPolicy": "RetainExceptOnCreate"}))


def test_a_database_of_rds_is_snapshotted_by_default_but_not_when_it_is_replaced() -> None:
    assert not _found(resource("RDS::DBInstance", UpdateReplacePolicy="Snapshot"))
    assert _found(resource("RDS::DBInstance", DeletionPolicy="Snapshot")) == [("Resources", "Store")]


@pytest.mark.parametrize(
    "body",
    [
        resource("RDS::DBInstance", {"DBClusterIdentifier": "aurora"}),
        resource("RDS::DBInstance", {"SourceDBInstanceIdentifier": "primary"}),
        resource("RDS::DBCluster", {"ReplicationSourceIdentifier": "primary"}),
        resource("ElastiCache::CacheCluster", {"Engine": "memcached"}),
        resource("ElastiCache::ServerlessCache", {"FinalSnapshotName": "last"}),
        resource("MemoryDB::Cluster", {"FinalSnapshotName": "last"}),
        resource("RedshiftServerless::Namespace", {"FinalSnapshotName": "last"}),
        resource("RDS::DBSubnetGroup"),
    ],
)
def test_what_holds_nothing_of_its_own_or_ends_with_a_snapshot_may_go(body: Any) -> None:
    assert not _found(body)


def test_a_policy_may_be_computed() -> None:
    store = resource("S3::Bucket", **KEPT | {"DeletionPolicy": {"Ref": "Policy"}})
    with_default = {**template(Store=store), "Parameters": {"Policy": {"Type": "String", "Default": "Delete"}}}
    unknown = {**template(Store=store), "Parameters": {"Policy": {"Type": "String"}}}
    assert places(RULE, forest(platform=with_default)) == ["platform.json/Store"]
    assert not found(RULE, forest(platform=unknown))


@pytest.mark.parametrize("value", [1, [], {}, True, "", [["x"]]])
def test_no_value_breaks_it(value: Any) -> None:
    _found(resource("RDS::DBInstance", {"DBClusterIdentifier": value}, DeletionPolicy=value))
    _found({"Type": "AWS::S3::Bucket", "Properties": value, "DeletionPolicy": value})


def test_the_message_says_what_it_can_be() -> None:
    tree = forest(platform=template(Data=resource("RDS::DBInstance", **SNAPSHOT | {"DeletionPolicy": "Delete"})))
    assert found(RULE, tree)[0].message == (
        "Data (RDS::DBInstance) is deleted with its stack, with its data: its DeletionPolicy is Delete; "
        "it can be Snapshot or Retain or RetainExceptOnCreate"
    )
