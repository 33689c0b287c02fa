"""Databases and caches run a version that AWS offers.

RDS and ElastiCache take away minor versions again and again. Who makes a stack anew then gets

> Cannot find version 16.1 for postgres

and a restore after a disaster is just that. A version without its minor number (`"16"`) takes what AWS prefers. In YAML
a version wants quotes: `16.10` is the number 16.1.

The table is cfn-lint's, of all regions together and without what can't be created any more; cfn-lint knows what a
single region has, but not what a parent passes.

**How to fix:** take a version that the message names, or list them:
`aws rds describe-db-engine-versions --engine postgres`, `aws elasticache describe-cache-engine-versions`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

from stratopause.rules import Rule
from stratopause.rules._known import known
from stratopause.tree.engines import ENGINES, REGIONS
from stratopause.tree.model import Problem, Resource, Tree

RULE = Rule(
    "E9008",
    "Engine versions are offered",
    "https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/PostgreSQL.Concepts.General.DBVersions.html",
    ("versions",),
)


class _Versioned(NamedTuple):
    table: str
    property: str = "EngineVersion"
    engine: str = ""
    """Where none is written."""


_CACHE: Final = "AWS::ElastiCache::CacheCluster"
_TYPES: Final = {
    "AWS::RDS::DBInstance": _Versioned("AWS::RDS::DBInstance"),
    "AWS::RDS::DBCluster": _Versioned("AWS::RDS::DBCluster"),
    "AWS::RDS::GlobalCluster": _Versioned("AWS::RDS::DBCluster"),
    _CACHE: _Versioned(_CACHE),
    # https://docs.aws.amazon.com/AmazonElastiCache/latest/APIReference/API_CreateReplicationGroup.html
    "AWS::ElastiCache::ReplicationGroup": _Versioned(_CACHE, engine="redis"),
    "AWS::ElastiCache::ServerlessCache": _Versioned(_CACHE, "MajorEngineVersion"),
}


def check(tree: Tree) -> Iterator[Problem]:
    chosen = set(tree.scenario.parameters.values())
    for resource in tree.resources(*_TYPES):
        versioned = _TYPES[resource.type]
        engine, version = _engine(resource, versioned), known(resource.get(versioned.property))
        offered = ENGINES[versioned.table].get(engine, ())
        if not offered or not version or version in chosen or _is_offered(version, offered):
            continue
        yield resource.problem(
            f"{resource.name} asks for version {version} of {engine}, which can be made in none of {REGIONS} regions: "
            f"take {_alternatives(version, offered)}",
            versioned.property,
        )


def _engine(resource: Resource, versioned: _Versioned) -> str:
    return (known(resource.get("Engine", default=versioned.engine)) or "").lower()


def _is_offered(version: str, offered: Sequence[str]) -> bool:
    """A major version alone is one, too; ElastiCache also writes it with an x: 6.x."""
    wanted = version.removesuffix(".x")
    return any(one == wanted or one.startswith((f"{wanted}.", f"{wanted}-")) for one in offered)


def _alternatives(version: str, offered: Sequence[str]) -> str:
    major = version.partition(".")[0]
    alike = [one for one in offered if one.partition(".")[0] == major] or list(offered)
    return ", ".join(sorted(alike, key=_number)[-4:])


def _number(version: str) -> list[tuple[int, str]]:
    return [(int(part) if part.isdecimal() and len(part) < 10 else -1, part) for part in version.split(".")]
