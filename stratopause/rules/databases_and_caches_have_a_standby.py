"""Databases and caches have a standby in another zone.

Without one a failure of the zone, of the instance or of its disk is an outage until somebody restores a backup, and
each patch of the engine is one, too.

- Instances of RDS: `MultiAZ`. Read replicas and SQL Server's own mirroring (an option group) are left alone.
- Clusters of Aurora, DocumentDB and Neptune: two instances of the tree at least, not all in one zone. Where the
  tree has none they are made elsewhere.
- Replication groups: `MultiAZEnabled` and `AutomaticFailoverEnabled`, and a replica. A cluster of one Redis node has
  none; memcached must spread its nodes (`AZMode: cross-az`).
- MemoryDB, DAX: a replica. OpenSearch: zone awareness.

An environment for development may do without: this rule is silent where the tag `environment` (or `env`, `stage`) of
the resource, in any spelling, says dev, development, test, testing, sandbox, local or demo, and where a parameter of
such a name, which conditions look at, says anything but production. The mere default of a parameter doesn't count: the
same template makes production.

**How to fix:** turn the property on, and give the service its subnets in two zones.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any, Final

from stratopause.rules import Rule
from stratopause.rules import _backups as backups
from stratopause.rules._settings import flag, literal, number, objects
from stratopause.rules._stores import is_copy
from stratopause.tree import evaluation
from stratopause.tree.model import Problem, Resource, Tree
from stratopause.tree.text import is_another, is_literal

RULE = Rule(
    "W9404",
    "Databases and caches have a standby in another zone",
    "https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/Concepts.MultiAZ.html",
    ("data", "availability"),
)

_ENVIRONMENT: Final = {"environment", "env", "stage"}
_DEVELOPMENT: Final = {"dev", "develop", "development", "test", "testing", "sandbox", "local", "demo"}

_PRODUCTION: Final = {"prod", "production", "prd", "live"}

_MEMBERS: Final = {
    "AWS::RDS::DBCluster": "AWS::RDS::DBInstance",
    "AWS::DocDB::DBCluster": "AWS::DocDB::DBInstance",
    "AWS::Neptune::DBCluster": "AWS::Neptune::DBInstance",
}


def check(tree: Tree) -> Iterator[Problem]:
    if _is_chosen_to_be_development(tree):
        return
    free = _is_free_to_be_development(tree)
    for type_, problems in _CHECKS.items():
        for resource in tree.resources(type_):
            if not _is_for_development(resource, free):
                yield from problems(resource)
    for cluster_type, member_type in _MEMBERS.items():
        members = _by_cluster(tree, cluster_type, member_type)
        for cluster in tree.resources(cluster_type):
            if not _is_for_development(cluster, free):
                yield from _cluster(tree, cluster, members.get(cluster.place, []))


def _is_for_development(resource: Resource, free: bool) -> bool:
    if free:
        return False
    return any(
        _words(key) & _ENVIRONMENT and _words(value) & _DEVELOPMENT and not _words(value) & _PRODUCTION
        for key, value in backups.tags(resource).items()
    )


def _words(text: str) -> set[str]:
    return set(re.findall(r"[a-z]+", re.sub(r"([a-z])([A-Z])", r"\1 \2", text).lower()))


def _is_free_to_be_development(tree: Tree) -> bool:
    """Whether a parameter says so by default, and no condition asks it: then the same template makes production."""
    for name, declared in tree.root.section("Parameters").items():
        allowed = declared.get("AllowedValues") if isinstance(declared, dict) else None
        if name not in tree.depends_on and not (isinstance(allowed, list) and len(allowed) == 1):
            value = evaluation.parameter(tree.root, name)
            if isinstance(value, str) and _words(value) & _DEVELOPMENT:
                return True
    return False


def _is_chosen_to_be_development(tree: Tree) -> bool:
    """Whether the parameter that conditions ask for the environment names another than production."""
    values = [evaluation.parameter(tree.root, name) for name in tree.depends_on if _words(name) & _ENVIRONMENT]
    return any(
        isinstance(value, str) and (is_literal(value) or is_another(value)) and not _words(value) & _PRODUCTION
        for value in values
    )


def _problem(resource: Resource, remedy: str, *path: str | int) -> Problem:
    return resource.problem(f"{resource.name} has no standby in another zone; {remedy}", *path)


def _instance(resource: Resource) -> Iterator[Problem]:
    engine = (literal(resource.get("Engine")) or "").lower()
    if is_copy(resource) or engine.startswith(("custom-", "aurora")):
        return
    mirrored = engine.startswith("sqlserver") and resource.get("OptionGroupName") and resource.get("MultiAZ") is None
    if flag(resource.get("MultiAZ")) is False and not mirrored:
        yield _problem(resource, "write MultiAZ: true", "MultiAZ")


_SIZES: Final = ("NumNodeGroups", "ReplicasPerNodeGroup", "NodeGroupConfiguration", "GlobalReplicationGroupId")
"""What says how many nodes there are, or that another group does; without these it is one."""


def _replication_group(group: Resource) -> Iterator[Problem]:
    for name in ("MultiAZEnabled", "AutomaticFailoverEnabled"):
        # A member of a global datastore has what isn't written from that.
        if flag(group.get(name), default=is_copy(group)) is False:
            yield _problem(group, f"write {name}: true", name)
    alone = 0 if any(group.get(name) for name in _SIZES) else 1
    if number(group.get("NumCacheClusters"), default=alone) == 1:
        yield _problem(group, "NumCacheClusters must be 2 at least", "NumCacheClusters")
    if number(group.get("ReplicasPerNodeGroup")) == 0:
        yield _problem(group, "ReplicasPerNodeGroup must be 1 at least", "ReplicasPerNodeGroup")
    for at, shard in enumerate(objects(group.get("NodeGroupConfiguration"))):
        if number(shard.get("ReplicaCount")) == 0:
            yield _problem(group, "ReplicaCount must be 1 at least", "NodeGroupConfiguration", at, "ReplicaCount")
    if _is_one_zone(group.get("PreferredCacheClusterAZs")):
        yield _problem(group, "name more than one zone", "PreferredCacheClusterAZs")


def _is_one_zone(zones: Any) -> bool:
    names = [literal(zone) for zone in zones] if isinstance(zones, list) else []
    return len(names) > 1 and None not in names and len(set(names)) == 1


def _cache_cluster(cluster: Resource) -> Iterator[Problem]:
    engine = (literal(cluster.get("Engine")) or "").lower()
    if engine in {"redis", "valkey"}:
        yield _problem(cluster, "a CacheCluster of this engine has one node; use a ReplicationGroup", "Engine")
    elif engine == "memcached" and literal(cluster.get("AZMode", default=_mode(cluster))) == "single-az":
        yield _problem(cluster, "write AZMode: cross-az, with two nodes at least", "AZMode")


def _mode(cluster: Resource) -> str:
    """How nodes are spread where that isn't written.

    https://docs.aws.amazon.com/AmazonElastiCache/latest/APIReference/API_CreateCacheCluster.html
    """
    return "unknown" if cluster.get("PreferredAvailabilityZones") else "single-az"


def _at_least(name: str, least: int, default: int) -> Callable[[Resource], Iterator[Problem]]:
    def problems(resource: Resource) -> Iterator[Problem]:
        value = number(resource.get(name), default=default)
        if value is not None and 0 <= value < least:
            yield _problem(resource, f"{name} must be {least} at least", name)

    return problems


def _search(*path: str) -> Callable[[Resource], Iterator[Problem]]:
    def problems(domain: Resource) -> Iterator[Problem]:
        config = domain.get(path[0])
        if config is not None and not isinstance(config, dict):
            return
        if not any(flag((config or {}).get(name)) is not False for name in path[1:]):
            yield _problem(domain, f"write {path[1]}: true", *path[:2])

    return problems


def _redshift(cluster: Resource) -> Iterator[Problem]:
    """Only nodes of RA3 can have one, and it isn't usual: only what is turned off is named."""
    if flag(cluster.get("MultiAZ"), default=True) is False:
        yield _problem(cluster, "write MultiAZ: true", "MultiAZ")


def _influx(instance: Resource) -> Iterator[Problem]:
    if literal(instance.get("DeploymentType", default="SINGLE_AZ")) == "SINGLE_AZ":
        yield _problem(instance, "write DeploymentType: WITH_MULTIAZ_STANDBY", "DeploymentType")


_CHECKS: Final[dict[str, Callable[[Resource], Iterator[Problem]]]] = {
    "AWS::RDS::DBInstance": _instance,
    "AWS::ElastiCache::ReplicationGroup": _replication_group,
    "AWS::ElastiCache::CacheCluster": _cache_cluster,
    "AWS::MemoryDB::Cluster": _at_least("NumReplicasPerShard", 1, 1),
    "AWS::DAX::Cluster": _at_least("ReplicationFactor", 2, 2),
    "AWS::DocDBElastic::Cluster": _at_least("ShardInstanceCount", 2, 2),
    "AWS::NeptuneGraph::Graph": _at_least("ReplicaCount", 1, 1),
    "AWS::OpenSearchService::Domain": _search("ClusterConfig", "ZoneAwarenessEnabled", "MultiAZWithStandbyEnabled"),
    "AWS::Elasticsearch::Domain": _search("ElasticsearchClusterConfig", "ZoneAwarenessEnabled"),
    "AWS::Redshift::Cluster": _redshift,
    "AWS::Timestream::InfluxDBInstance": _influx,
}


def _by_cluster(tree: Tree, cluster_type: str, member_type: str) -> dict[str, list[Resource]]:
    """The instances of each cluster, by its place: they refer to it, or give its name."""
    named = {literal(one.get("DBClusterIdentifier")): one for one in tree.resources(cluster_type)}
    found: dict[str, list[Resource]] = {}
    for member in tree.resources(member_type):
        identifier = member.get("DBClusterIdentifier")
        cluster = tree.source(identifier) or (named.get(literal(identifier)) if identifier else None)
        if cluster is not None:
            found.setdefault(cluster.place, []).append(member)
    return found


def _cluster(tree: Tree, cluster: Resource, members: list[Resource]) -> Iterator[Problem]:
    """A cluster whose instances RDS makes itself is spread over zones; those of the first Serverless are as well."""
    serverless = literal(cluster.get("EngineMode", default="provisioned")) != "provisioned"
    if not members or cluster.get("DBClusterInstanceClass") or serverless:
        return
    if len(members) == 1 and not _is_scaled(tree):
        yield _problem(cluster, f"its only instance is {members[0].name}; give it a second")
    elif _is_one_zone([member.get("AvailabilityZone") for member in members]):
        yield _problem(members[0], "all instances of its cluster are in this one", "AvailabilityZone")


def _is_scaled(tree: Tree) -> bool:
    """Whether replicas are made by a scaling policy."""
    return any(
        "ReadReplicaCount" in str(target.get("ScalableDimension")) and number(target.get("MinCapacity")) != 0
        for target in tree.resources("AWS::ApplicationAutoScaling::ScalableTarget")
    )
