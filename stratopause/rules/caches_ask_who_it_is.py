"""Caches take connections by TLS only, and only from somebody.

ElastiCache and MemoryDB answer every client that reaches their port, unless they are told to ask who it is:

- `TransitEncryptionEnabled: true`, with `TransitEncryptionMode` `required`, which is its default: `preferred` takes
  both. Clusters of memcached can have TLS, too, but ask nobody for a password. A `CacheCluster` of Redis can have
  neither: make it a replication group.
- a replication group has `UserGroupIds` or an `AuthToken`; a serverless cache a `UserGroupId`.
- no user who is on does without a password. Neither does the user `default` that ElastiCache brings along: it may do
  everything without one, and is in each group that lists `default`. Groups of Valkey need no such user; those of Redis
  take another one whose `UserName` is `default`, and who is off or has a password.
- MemoryDB: `TLSEnabled` isn't false, and the ACL isn't `open-access`.
- DAX: `ClusterEndpointEncryptionType: TLS`.

**How to fix:** turn TLS on, and give each client a user that authenticates by IAM or by a password.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, Final

from stratopause.rules import Rule
from stratopause.rules._settings import flag, literal
from stratopause.tree.model import Problem, Resource, Tree
from stratopause.tree.policies import many

RULE = Rule(
    "E9406",
    "Caches take connections by TLS only, and from nobody unknown",
    "https://docs.aws.amazon.com/AmazonElastiCache/latest/dg/Clusters.RBAC.html",
    ("data",),
)


def check(tree: Tree) -> Iterator[Problem]:
    for type_, problems in _CHECKS.items():
        for resource in tree.resources(type_):
            yield from problems(resource)


def _replication_group(group: Resource) -> Iterator[Problem]:
    yield from _transit(group, "write TransitEncryptionEnabled: true")
    if literal(group.get("TransitEncryptionMode")) == "preferred":
        message = f"{group.name} takes connections without TLS, too; TransitEncryptionMode must be required"
        yield group.problem(message, "TransitEncryptionMode")
    # The users or the token of a secondary are its primary's, https://docs.aws.amazon.com/AmazonElastiCache/latest/dg/Redis-Global-Datastores-Getting-Started.html
    if not group.get("UserGroupIds") and not group.get("AuthToken") and not group.get("GlobalReplicationGroupId"):
        message = f"{group.name} asks nobody who it is; give it UserGroupIds or an AuthToken"
        yield group.problem(message, "UserGroupIds")


def _transit(resource: Resource, remedy: str) -> Iterator[Problem]:
    if flag(resource.get("TransitEncryptionEnabled")) is False and not resource.get("GlobalReplicationGroupId"):
        yield resource.problem(f"{resource.name} takes connections without TLS; {remedy}", "TransitEncryptionEnabled")


def _cache_cluster(cluster: Resource) -> Iterator[Problem]:
    engine = (literal(cluster.get("Engine")) or "").lower()
    if engine == "memcached":
        yield from _transit(cluster, "write TransitEncryptionEnabled: true")
    elif engine in {"redis", "valkey"}:
        yield from _transit(cluster, "and asks nobody who it is: make it a ReplicationGroup")


def _serverless(cache: Resource) -> Iterator[Problem]:
    """Has TLS always. https://docs.aws.amazon.com/AmazonElastiCache/latest/dg/in-transit-encryption.html"""
    if (literal(cache.get("Engine")) or "").lower() in {"redis", "valkey"} and not cache.get("UserGroupId"):
        yield cache.problem(f"{cache.name} asks nobody who it is; give it a UserGroupId", "UserGroupId")


def _user(user: Resource) -> Iterator[Problem]:
    access = literal(user.get("AccessString")) or ""
    if "off" in access.lower().split():
        return
    if flag(user.get("NoPasswordRequired")):
        yield _without_password(user, "NoPasswordRequired")
    mode = literal(user.get("AuthenticationMode", "Type")) or ""
    if mode.lower().replace("_", "-") in {"no-password-required", "no-password"}:
        yield _without_password(user, "AuthenticationMode", "Type")


def _without_password(user: Resource, *path: str) -> Problem:
    message = f"{user.name} is anybody: it needs no password; let it authenticate by iam or password"
    return user.problem(message, *path)


def _members(property_: str) -> Callable[[Resource], Iterator[Problem]]:
    def problems(group: Resource) -> Iterator[Problem]:
        for at, user in enumerate(many(group.get(property_))):
            if literal(user) == "default":
                message = f"{group.name} lets the user default in, who may do everything without a password; replace it"
                yield group.problem(message, property_, at)

    return problems


def _memory_db(cluster: Resource) -> Iterator[Problem]:
    if flag(cluster.get("TLSEnabled"), default=True) is False:
        yield cluster.problem(f"{cluster.name} takes connections without TLS; write TLSEnabled: true", "TLSEnabled")
    if literal(cluster.get("ACLName")) == "open-access":
        yield cluster.problem(f"{cluster.name} asks nobody who it is; give it an ACL of users", "ACLName")


def _dax(cluster: Resource) -> Iterator[Problem]:
    value: Any = cluster.get("ClusterEndpointEncryptionType", default="NONE")
    if literal(value) == "NONE":
        message = f"{cluster.name} takes connections without TLS; write ClusterEndpointEncryptionType: TLS"
        yield cluster.problem(message, "ClusterEndpointEncryptionType")


_CHECKS: Final[dict[str, Callable[[Resource], Iterator[Problem]]]] = {
    "AWS::ElastiCache::ReplicationGroup": _replication_group,
    "AWS::ElastiCache::CacheCluster": _cache_cluster,
    "AWS::ElastiCache::ServerlessCache": _serverless,
    "AWS::ElastiCache::User": _user,
    "AWS::ElastiCache::UserGroup": _members("UserIds"),
    "AWS::MemoryDB::Cluster": _memory_db,
    "AWS::MemoryDB::User": _user,
    "AWS::MemoryDB::ACL": _members("UserNames"),
    "AWS::DAX::Cluster": _dax,
}
