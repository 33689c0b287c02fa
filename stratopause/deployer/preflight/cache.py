"""Whether the region has the cache's engine version and node type."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from stratopause.deployer.preflight.asking import Call
from stratopause.deployer.preflight.check import Check
from stratopause.deployer.preflight.findings import Finding, failed, passed, warning
from stratopause.deployer.preflight.scene import Scene
from stratopause.deployer.preflight.versions import is_of, nearest

GROUP: Final = "AWS::ElastiCache::ReplicationGroup"
VERSIONS: Final = Call("elasticache", "describe_cache_engine_versions", "elasticache:DescribeCacheEngineVersions")
OFFERINGS: Final = Call(
    "elasticache", "describe_reserved_cache_nodes_offerings", "elasticache:DescribeReservedCacheNodesOfferings"
)


def engine(scene: Scene) -> Iterator[Finding]:
    for group in scene.needs.of(GROUP):
        name, version = group.text("Engine"), group.text("EngineVersion")
        if not (name and version):
            continue
        known = [one["EngineVersion"] for one in scene.asking.every(VERSIONS, "CacheEngineVersions", Engine=name)]
        where = f"{name} {version} in {scene.target.region}"
        if any(is_of(version, one) for one in known):
            yield passed(f"ElastiCache has {where}", group.place)
        else:
            others = ", ".join(nearest(version, known))
            choose = f"choose another version, such as {others}" if others else "choose another engine"
            yield failed(f"ElastiCache has no {where}", choose, group.place)


def node_type(scene: Scene) -> Iterator[Finding]:
    """No operation lists the node types of a region: that they are sold in advance there tells as much."""
    for group in scene.needs.of(GROUP):
        size = group.text("CacheNodeType")
        if not size:
            continue
        answer = scene.asking.ask(OFFERINGS, CacheNodeType=size)
        if answer.get("ReservedCacheNodesOfferings"):
            yield passed(f"{scene.target.region} has {size}", group.place)
        else:
            message = f"{scene.target.region} sells no {size} in advance, so it may not have it at all"
            yield warning(
                message,
                "https://docs.aws.amazon.com/AmazonElastiCache/latest/dg/CacheNodes.SupportedTypes.html",
                group.place,
            )


CHECKS: Final = (
    Check(
        name="cache-engine",
        prevents="ElastiCache refuses the engine version",
        source="https://docs.aws.amazon.com/AmazonElastiCache/latest/APIReference/API_DescribeCacheEngineVersions.html",
        calls=(VERSIONS,),
        run=engine,
        only_aws=True,
    ),
    Check(
        name="cache-node-type",
        prevents="ElastiCache has no such node type in the region",
        source="https://docs.aws.amazon.com/AmazonElastiCache/latest/APIReference/"
        "API_DescribeReservedCacheNodesOfferings.html",
        calls=(OFFERINGS,),
        run=node_type,
        only_aws=True,
    ),
)
