"""A data store stands in private subnets and has no public address.

A subnet is public if its route table has a route to an internet gateway, or if it gives what starts in it a public
address. A database in one is a mistaken security group away from the internet. Some types get a public address unless
the template says otherwise:

- an RDS instance without `PubliclyAccessible` is public if its VPC has an internet gateway
- a DMS replication instance without it is public
- an OpenSearch domain without `VPCOptions` has a public endpoint
- a database or cache without a group of subnets is put into the default VPC, whose subnets are public

**How to fix:** say `PubliclyAccessible: false`, and give the store (or its group of subnets) subnets whose route table
has no route to an internet gateway.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from stratopause.rules import Rule
from stratopause.rules._subnets import property_of_subnets
from stratopause.tree import standing
from stratopause.tree.evaluation import as_text
from stratopause.tree.model import Problem, Resource, Tree
from stratopause.tree.text import is_literal

RULE = Rule(
    "E9204",
    "Data stores are private",
    "https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_VPC.WorkingWithRDSInstanceinaVPC.html",
    ("reach",),
)

STORES: Final = (
    "AWS::RDS::DBInstance",
    "AWS::RDS::DBCluster",
    "AWS::ElastiCache::ReplicationGroup",
    "AWS::ElastiCache::CacheCluster",
    "AWS::ElastiCache::ServerlessCache",
    "AWS::MemoryDB::Cluster",
    "AWS::DocDB::DBCluster",
    "AWS::Neptune::DBCluster",
    "AWS::Redshift::Cluster",
    "AWS::RedshiftServerless::Workgroup",
    "AWS::OpenSearchService::Domain",
    "AWS::Elasticsearch::Domain",
    "AWS::MSK::Cluster",
    "AWS::MSK::ServerlessCluster",
    "AWS::EFS::MountTarget",
    "AWS::FSx::FileSystem",
    "AWS::DAX::Cluster",
    "AWS::AmazonMQ::Broker",
    "AWS::DMS::ReplicationInstance",
    "AWS::Timestream::InfluxDBInstance",
)

_PUBLIC_BY_DEFAULT: Final = {"AWS::DMS::ReplicationInstance"}
_DOMAINS: Final = {"AWS::OpenSearchService::Domain", "AWS::Elasticsearch::Domain"}


# A member stands where its cluster does, a replica where its source does.
_ELSEWHERE: Final = ("DBClusterIdentifier", "SourceDBInstanceIdentifier", "SourceDBClusterIdentifier")


def check(tree: Tree) -> Iterator[Problem]:
    seen: set[Resource] = set()
    for resource in tree.resources(*STORES):
        yield from _addresses(tree, resource)
        holder = standing.subnet_holder(tree, resource)
        if holder is not None and holder not in seen:
            seen.add(holder)
            yield from _subnets(tree, resource, holder)
        if _is_in_default_vpc(resource):
            yield resource.problem(
                f"{resource.name} names no group of subnets, so it stands in the default VPC, whose subnets are public"
            )


def _addresses(tree: Tree, resource: Resource) -> Iterator[Problem]:
    flag = as_text(resource.get("PubliclyAccessible", default="")).lower()
    if flag == "true":
        yield resource.problem(
            f"{resource.name} has a public address; say PubliclyAccessible: false", "PubliclyAccessible"
        )
    elif flag == "" and _is_public_by_default(tree, resource):
        yield resource.problem(
            f"{resource.name} doesn't say PubliclyAccessible: false, so it is given a public address",
            "PubliclyAccessible",
        )
    access = as_text(resource.get("ConnectivityInfo", "PublicAccess", "Type", default="DISABLED"))
    if is_literal(access) and access != "DISABLED":
        yield resource.problem(
            f"{resource.name} has public addresses ({access}); PublicAccess may only be DISABLED",
            "ConnectivityInfo",
            "PublicAccess",
        )
    if resource.type in _DOMAINS and resource.get("VPCOptions") is None:
        yield resource.problem(
            f"{resource.name} has a public endpoint, since it stands in no VPC; give it VPCOptions", "VPCOptions"
        )


def _is_public_by_default(tree: Tree, resource: Resource) -> bool:
    # "PubliclyAccessible" of https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_CreateDBInstance.html
    if resource.type == "AWS::RDS::DBInstance":
        # All subnets of a group lie in one VPC.
        first = tree.network.standing(resource).subnets[:1]
        return any(tree.network.vpc(subnet) in tree.network.vpcs_with_internet_gateway for subnet in first)
    return resource.type in _PUBLIC_BY_DEFAULT


def _is_in_default_vpc(resource: Resource) -> bool:
    facts = standing.FACTS[resource.type]
    return (
        facts.subnet_group is not None
        and resource.get(facts.subnet_group[0]) is None
        and not any(resource.get(name) is not None for name in _ELSEWHERE)
    )


def _subnets(tree: Tree, resource: Resource, holder: Resource) -> Iterator[Problem]:
    network = tree.network
    for subnet in network.standing(resource).subnets:
        if network.is_public(subnet):
            why = "has a route to an internet gateway"
        elif as_text(subnet.get("MapPublicIpOnLaunch", default="")).lower() == "true":
            why = "gives public addresses to what starts in it"
        else:
            continue
        by = "" if holder is resource else f" by {holder.name}"
        yield holder.problem(
            f"{resource.name} stands{by} in {subnet.name}, which {why}; a data store may stand in private subnets only",
            *property_of_subnets(holder),
        )
