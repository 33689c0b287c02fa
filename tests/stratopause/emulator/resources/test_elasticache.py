"""Caches, as ElastiCache shows them."""

from __future__ import annotations

from typing import Any

import pytest

from tests.stratopause.emulator.resources.templates import Resources, att, key, network, ref, resource, via_service

pytestmark = pytest.mark.emulator


def cache(**properties: Any) -> Resources:
    given = {
        "ReplicationGroupId": "sessions",
        "ReplicationGroupDescription": "Sessions",
        "Engine": "valkey",
        "EngineVersion": "8.1",
        "CacheNodeType": "cache.t4g.micro",
        "NumCacheClusters": 2,
        "AutomaticFailoverEnabled": True,
        "MultiAZEnabled": True,
        "TransitEncryptionEnabled": True,
        "AtRestEncryptionEnabled": True,
        "KmsKeyId": att("Key", "Arn"),
        "CacheSubnetGroupName": ref("Subnets"),
        "CacheParameterGroupName": ref("Parameters"),
        "SecurityGroupIds": [ref("Group")],
        "UserGroupIds": [ref("Users")],
        "SnapshotRetentionLimit": 15,
        "LogDeliveryConfigurations": [
            {
                "LogType": "slow-log",
                "LogFormat": "json",
                "DestinationType": "cloudwatch-logs",
                "DestinationDetails": {"CloudWatchLogsDetails": {"LogGroup": ref("LogGroup")}},
            }
        ],
        **properties,
    }
    user = {"Engine": "valkey", "AuthenticationMode": {"Type": "iam"}, "AccessString": "on ~* +@read"}
    subnets = [ref("SubnetA"), ref("SubnetB")]
    return network() | {
        "Key": key(via_service("elasticache")),
        "LogGroup": resource("Logs::LogGroup", LogGroupName="/elasticache/slow"),
        "Subnets": resource("ElastiCache::SubnetGroup", Description="Data subnets", SubnetIds=subnets),
        "Parameters": resource(
            "ElastiCache::ParameterGroup",
            CacheParameterGroupFamily="valkey8",
            Description="Sessions",
            Properties={"maxmemory-policy": "allkeys-lru"},
        ),
        "User": resource("ElastiCache::User", UserId="service", UserName="service", **user),
        "Users": resource("ElastiCache::UserGroup", UserGroupId="users", Engine="valkey", UserIds=[ref("User")]),
        "Cache": resource("ElastiCache::ReplicationGroup", **given) | {"DeletionPolicy": "Snapshot"},
    }


def test_a_cache_lives_as_elasticache_shows_it(account: Any) -> None:
    elasticache = account.client("elasticache")
    attributes = {"PrimaryEndPoint.Address", "PrimaryEndPoint.Port", "ReaderEndPoint.Address", "ReaderEndPoint.Port"}
    outputs = {name.replace(".", ""): att("Cache", name) for name in attributes}
    outputs |= {"User": att("User", "Arn"), "UserStatus": att("User", "Status"), "Users": att("Users", "Arn")}
    stack = account.created(cache(), outputs)
    (group,) = elasticache.describe_replication_groups(ReplicationGroupId="sessions")["ReplicationGroups"]
    assert group["TransitEncryptionEnabled"]
    assert group["AtRestEncryptionEnabled"]
    assert group["KmsKeyId"].endswith(stack.physical_ids["Key"])
    assert group["UserGroupIds"] == ["users"]
    assert len(group["MemberClusters"]) == 2
    assert stack.outputs["PrimaryEndPointAddress"] == group["NodeGroups"][0]["PrimaryEndpoint"]["Address"]
    (users,) = elasticache.describe_user_groups(UserGroupId="users")["UserGroups"]
    assert users["UserIds"] == ["service"]
    (subnets,) = elasticache.describe_cache_subnet_groups(CacheSubnetGroupName=stack.physical_ids["Subnets"])[
        "CacheSubnetGroups"
    ]
    assert len(subnets["Subnets"]) == 2

    changed = cache(SnapshotRetentionLimit=20)
    changed["User"]["Properties"]["AccessString"] = "on ~* +@all"
    changed["Parameters"]["Properties"]["Properties"] = {"maxmemory-policy": "noeviction"}
    assert account.created(changed, outputs).physical_ids == stack.physical_ids
    (group,) = elasticache.describe_replication_groups()["ReplicationGroups"]
    assert group["SnapshotRetentionLimit"] == 20
    assert elasticache.describe_users(UserId="service")["Users"][0]["AccessString"] == "on ~* +@all"

    account.deleted()
    assert not elasticache.describe_replication_groups()["ReplicationGroups"]
    (snapshot,) = elasticache.describe_snapshots()["Snapshots"]
    assert snapshot["ReplicationGroupId"] == "sessions"


@pytest.mark.parametrize(
    ("properties", "sentence"),
    [
        ({"EngineVersion": "6.9"}, "Cannot find version 6.9 for valkey"),
        ({"CacheNodeType": "cache.t0.micro"}, "Invalid Cache Node Type: cache.t0.micro."),
        ({"CacheParameterGroupName": "nothing"}, "CacheParameterGroup nothing not found."),
        ({"Engine": "redis", "EngineVersion": "7.1"}, "Expected a parameter group of family redis7"),
        ({"UserGroupIds": ["nobody"]}, "UserGroup"),
        ({"TransitEncryptionEnabled": False}, "requires encryption-in-transit"),
        ({"NumCacheClusters": 1}, "there must be at least 2 cache clusters"),
        ({"AutomaticFailoverEnabled": False}, "Must enable automatic failover to enable Multi-AZ."),
        ({"CacheSubnetGroupName": "nowhere"}, "Cache Subnet Group nowhere does not exist."),
    ],
)
def test_a_cache_that_elasticache_cannot_make_is_refused(
    account: Any, properties: dict[str, Any], sentence: str
) -> None:
    assert sentence in account.refusal(cache(**properties), "Cache")


def test_a_cluster_has_a_configuration_endpoint(account: Any) -> None:
    template = cache(NumNodeGroups=3, ReplicasPerNodeGroup=1)
    del template["Cache"]["Properties"]["NumCacheClusters"]
    stack = account.created(template, {"Endpoint": att("Cache", "ConfigurationEndPoint.Address")})
    assert stack.outputs["Endpoint"].startswith("clustercfg.sessions.")


def test_a_subnet_group_that_a_cache_uses_is_not_deleted(account: Any) -> None:
    template = {name: item for name, item in cache().items() if name != "Cache"}
    ids = account.created(template).physical_ids
    single = {"NumCacheClusters": 1, "Engine": "valkey", "TransitEncryptionEnabled": True}
    other = resource(
        "ElastiCache::ReplicationGroup",
        ReplicationGroupDescription="x",
        CacheNodeType="cache.t4g.micro",
        CacheSubnetGroupName=ids["Subnets"],
        **single,
    )
    account.created({"Other": other}, name="other")
    reasons = account.delete().reasons
    assert "is currently in use by a cache cluster." in reasons["Subnets"]
    assert "dependencies" in reasons["SubnetA"]


def test_the_default_user_of_a_redis_group_is_not_deleted(account: Any) -> None:
    given = {"Engine": "redis", "AccessString": "off ~* -@all", "NoPasswordRequired": True}
    user = resource("ElastiCache::User", UserId="off", UserName="default", **given)
    account.created({"User": user})
    group = resource("ElastiCache::UserGroup", UserGroupId="group", Engine="redis", UserIds=["off"])
    account.created({"Group": group}, name="other")
    assert "is the default user of user group group" in account.delete().reasons["User"]


def test_an_iam_user_has_one_name(account: Any) -> None:
    iam = {"Engine": "valkey", "AuthenticationMode": {"Type": "iam"}}
    user = resource("ElastiCache::User", UserId="service", UserName="other", **iam)
    assert "must be identical for IAM authenticated users" in account.refusal({"User": user}, "User")


@pytest.mark.parametrize(
    ("users", "sentence"),
    [(["nobody"], "The user does not exist"), ([ref("User")], "You must add default user to a user group.")],
)
def test_a_group_without_its_users_is_refused(account: Any, users: list[Any], sentence: str) -> None:
    given = {"Engine": "redis", "AccessString": "off ~* -@all", "NoPasswordRequired": True}
    template = {
        "User": resource("ElastiCache::User", UserId="service", UserName="service", **given),
        "Group": resource("ElastiCache::UserGroup", UserGroupId="group", Engine="redis", UserIds=users),
    }
    assert sentence in account.refusal(template, "Group")
