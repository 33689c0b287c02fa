from __future__ import annotations

from typing import Any

import pytest

from tests.forest import forest, found, resource, template

RULE = "E9406"
GROUP: dict[str, Any] = {"TransitEncryptionEnabled": True, "UserGroupIds": ["users"]}


def _found(type_: str, properties: Any = None) -> list[tuple[Any, ...]]:
    return [problem.path[3:] for problem in found(RULE, forest(platform=template(It=resource(type_, properties))))]


@pytest.mark.parametrize(
    ("type_", "properties", "where"),
    [
        ("ElastiCache::ReplicationGroup", GROUP | {"TransitEncryptionEnabled": False}, ("TransitEncryptionEnabled",)),
        ("ElastiCache::ReplicationGroup", {"AuthToken": "x"}, ()),
        ("ElastiCache::ReplicationGroup", GROUP | {"TransitEncryptionMode": "preferred"}, ("TransitEncryptionMode",)),
        ("ElastiCache::ReplicationGroup", {"TransitEncryptionEnabled": True}, ()),
        ("ElastiCache::ReplicationGroup", GROUP | {"UserGroupIds": []}, ("UserGroupIds",)),
        ("ElastiCache::CacheCluster", {"Engine": "memcached"}, ()),
        ("ElastiCache::CacheCluster", {"Engine": "redis"}, ()),
        ("ElastiCache::ServerlessCache", {"Engine": "valkey"}, ()),
        ("ElastiCache::User", {"NoPasswordRequired": True, "AccessString": "on ~* +@all"}, ("NoPasswordRequired",)),
        ("ElastiCache::User", {"AuthenticationMode": {"Type": "no-password-required"}}, ("AuthenticationMode", "Type")),
        ("ElastiCache::UserGroup", {"UserIds": ["app", "default"]}, ("UserIds", 1)),
        ("MemoryDB::Cluster", {"TLSEnabled": False, "ACLName": "app"}, ("TLSEnabled",)),
        ("MemoryDB::Cluster", {"ACLName": "open-access"}, ("ACLName",)),
        ("MemoryDB::ACL", {"UserNames": ["default"]}, ("UserNames", 0)),
        ("DAX::Cluster", {}, ()),
        ("DAX::Cluster", {"ClusterEndpointEncryptionType": "NONE"}, ("ClusterEndpointEncryptionType",)),
    ],
)
def test_what_is_open_is_found_where_it_is(type_: str, properties: Any, where: tuple[Any, ...]) -> None:
    assert _found(type_, properties) == [where]


@pytest.mark.parametrize(
    ("type_", "properties"),
    [
        ("ElastiCache::ReplicationGroup", GROUP),
        ("ElastiCache::ReplicationGroup", GROUP | {"TransitEncryptionMode": "required"}),
        ("ElastiCache::ReplicationGroup", {"TransitEncryptionEnabled": "true", "AuthToken": {"Ref": "Token"}}),
        ("ElastiCache::ReplicationGroup", {"GlobalReplicationGroupId": "global"}),
        ("ElastiCache::CacheCluster", {"Engine": "memcached", "TransitEncryptionEnabled": True}),
        ("ElastiCache::ServerlessCache", {"Engine": "valkey", "UserGroupId": "users"}),
        ("ElastiCache::ServerlessCache", {"Engine": "memcached"}),
        ("ElastiCache::User", {"AuthenticationMode": {"Type": "iam"}, "AccessString": "on ~* +@all"}),
        ("ElastiCache::User", {"UserName": "default", "AccessString": "off ~* -@all", "NoPasswordRequired": True}),
        ("ElastiCache::UserGroup", {"UserIds": ["app", {"Ref": "Other"}]}),
        ("MemoryDB::Cluster", {"ACLName": "app"}),
        ("MemoryDB::User", {"AuthenticationMode": {"Type": "password"}}),
        ("DAX::Cluster", {"ClusterEndpointEncryptionType": "TLS"}),
    ],
)
def test_what_asks_is_fine(type_: str, properties: Any) -> None:
    assert not _found(type_, properties)


@pytest.mark.parametrize("value", [1, [], {}, True, "", [["x"]], [1], {"Fn::ImportValue": "x"}])
def test_no_value_breaks_it(value: Any) -> None:
    names = (
        "TransitEncryptionEnabled",
        "TransitEncryptionMode",
        "UserGroupIds",
        "AuthToken",
        "Engine",
        "UserGroupId",
        "NoPasswordRequired",
        "AuthenticationMode",
        "AccessString",
        "UserIds",
        "UserNames",
        "ACLName",
        "TLSEnabled",
        "ClusterEndpointEncryptionType",
    )
    for type_ in ("ReplicationGroup", "CacheCluster", "ServerlessCache", "User", "UserGroup"):
        _found(f"ElastiCache::{type_}", dict.fromkeys(names, value))
    for type_ in ("MemoryDB::Cluster", "MemoryDB::User", "MemoryDB::ACL", "DAX::Cluster"):
        _found(type_, dict.fromkeys(names, value))
