"""Which security groups and subnets a resource stands in, and at which ports a data store listens.

The sources are the pages of the types:
https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-template-resource-type-ref.html
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from stratopause.tree.evaluation import as_text
from stratopause.tree.text import is_literal

if TYPE_CHECKING:
    from stratopause.tree.model import Resource, Tree


class Standing(NamedTuple):
    """Where a resource stands, as far as that is of the tree."""

    resource: Resource
    groups: tuple[Resource, ...]
    groups_known: bool
    """Whether these are all its groups; where there are none it stands in its VPC's default group."""
    subnets: tuple[Resource, ...]
    subnets_known: bool


class Facts(NamedTuple):
    """The properties of a type that say where it stands, `*` for each of a list."""

    groups: tuple[str, ...] = ()
    subnets: tuple[str, ...] = ()
    subnet_group: tuple[str, str, str] | None = None
    """The property that names a group of subnets, the type of that, and the property that gives it its name."""


_AWSVPC: Final = "NetworkConfiguration.AwsvpcConfiguration"
_RULE: Final = "Targets.*.EcsParameters.NetworkConfiguration.AwsVpcConfiguration"
_SCHEDULE: Final = "Target.EcsParameters.NetworkConfiguration.AwsvpcConfiguration"
_GLUE: Final = "ConnectionInput.PhysicalConnectionRequirements"
_RDS_SUBNETS: Final = ("DBSubnetGroupName", "AWS::RDS::DBSubnetGroup", "DBSubnetGroupName")
_CACHE_SUBNETS: Final = ("CacheSubnetGroupName", "AWS::ElastiCache::SubnetGroup", "CacheSubnetGroupName")

FACTS: Final = {
    "AWS::ElasticLoadBalancingV2::LoadBalancer": Facts(("SecurityGroups",), ("Subnets", "SubnetMappings.*.SubnetId")),
    "AWS::ElasticLoadBalancing::LoadBalancer": Facts(("SecurityGroups",), ("Subnets",)),
    "AWS::ECS::Service": Facts((f"{_AWSVPC}.SecurityGroups",), (f"{_AWSVPC}.Subnets",)),
    "AWS::ECS::TaskSet": Facts((f"{_AWSVPC}.SecurityGroups",), (f"{_AWSVPC}.Subnets",)),
    "AWS::Events::Rule": Facts((f"{_RULE}.SecurityGroups",), (f"{_RULE}.Subnets",)),
    "AWS::Scheduler::Schedule": Facts((f"{_SCHEDULE}.SecurityGroups",), (f"{_SCHEDULE}.Subnets",)),
    "AWS::Lambda::Function": Facts(("VpcConfig.SecurityGroupIds",), ("VpcConfig.SubnetIds",)),
    "AWS::Serverless::Function": Facts(("VpcConfig.SecurityGroupIds",), ("VpcConfig.SubnetIds",)),
    "AWS::RDS::DBInstance": Facts(("VPCSecurityGroups",), (), _RDS_SUBNETS),
    "AWS::RDS::DBCluster": Facts(("VpcSecurityGroupIds",), (), _RDS_SUBNETS),
    "AWS::RDS::DBProxy": Facts(("VpcSecurityGroupIds",), ("VpcSubnetIds",)),
    "AWS::ElastiCache::ReplicationGroup": Facts(("SecurityGroupIds",), (), _CACHE_SUBNETS),
    "AWS::ElastiCache::CacheCluster": Facts(("VpcSecurityGroupIds",), (), _CACHE_SUBNETS),
    "AWS::ElastiCache::ServerlessCache": Facts(("SecurityGroupIds",), ("SubnetIds",)),
    "AWS::MemoryDB::Cluster": Facts(
        ("SecurityGroupIds",), (), ("SubnetGroupName", "AWS::MemoryDB::SubnetGroup", "SubnetGroupName")
    ),
    "AWS::DocDB::DBCluster": Facts(
        ("VpcSecurityGroupIds",), (), ("DBSubnetGroupName", "AWS::DocDB::DBSubnetGroup", "DBSubnetGroupName")
    ),
    "AWS::Neptune::DBCluster": Facts(
        ("VpcSecurityGroupIds",), (), ("DBSubnetGroupName", "AWS::Neptune::DBSubnetGroup", "DBSubnetGroupName")
    ),
    "AWS::Redshift::Cluster": Facts(
        ("VpcSecurityGroupIds",), (), ("ClusterSubnetGroupName", "AWS::Redshift::ClusterSubnetGroup", "")
    ),
    "AWS::RedshiftServerless::Workgroup": Facts(("SecurityGroupIds",), ("SubnetIds",)),
    "AWS::OpenSearchService::Domain": Facts(("VPCOptions.SecurityGroupIds",), ("VPCOptions.SubnetIds",)),
    "AWS::Elasticsearch::Domain": Facts(("VPCOptions.SecurityGroupIds",), ("VPCOptions.SubnetIds",)),
    "AWS::MSK::Cluster": Facts(("BrokerNodeGroupInfo.SecurityGroups",), ("BrokerNodeGroupInfo.ClientSubnets",)),
    "AWS::MSK::ServerlessCluster": Facts(("VpcConfigs.*.SecurityGroups",), ("VpcConfigs.*.SubnetIds",)),
    "AWS::EFS::MountTarget": Facts(("SecurityGroups",), ("SubnetId",)),
    "AWS::FSx::FileSystem": Facts(("SecurityGroupIds",), ("SubnetIds",)),
    "AWS::DAX::Cluster": Facts(
        ("SecurityGroupIds",), (), ("SubnetGroupName", "AWS::DAX::SubnetGroup", "SubnetGroupName")
    ),
    "AWS::AmazonMQ::Broker": Facts(("SecurityGroups",), ("SubnetIds",)),
    "AWS::DMS::ReplicationInstance": Facts(
        ("VpcSecurityGroupIds",),
        (),
        (
            "ReplicationSubnetGroupIdentifier",
            "AWS::DMS::ReplicationSubnetGroup",
            "ReplicationSubnetGroupIdentifier",
        ),
    ),
    "AWS::Timestream::InfluxDBInstance": Facts(("VpcSecurityGroupIds",), ("VpcSubnetIds",)),
    "AWS::EC2::VPCEndpoint": Facts(("SecurityGroupIds",), ("SubnetIds",)),
    "AWS::EC2::Instance": Facts(
        # In the default VPC groups may be given by name, which is what their `Ref` is there.
        ("SecurityGroupIds", "SecurityGroups", "NetworkInterfaces.*.GroupSet"),
        ("SubnetId", "NetworkInterfaces.*.SubnetId"),
    ),
    "AWS::EC2::NetworkInterface": Facts(("GroupSet",), ("SubnetId",)),
    "AWS::EC2::LaunchTemplate": Facts(
        (
            "LaunchTemplateData.SecurityGroupIds",
            "LaunchTemplateData.SecurityGroups",
            "LaunchTemplateData.NetworkInterfaces.*.Groups",
        ),
        ("LaunchTemplateData.NetworkInterfaces.*.SubnetId",),
    ),
    "AWS::AutoScaling::LaunchConfiguration": Facts(("SecurityGroups",)),
    "AWS::AutoScaling::AutoScalingGroup": Facts((), ("VPCZoneIdentifier",)),
    "AWS::EKS::Cluster": Facts(("ResourcesVpcConfig.SecurityGroupIds",), ("ResourcesVpcConfig.SubnetIds",)),
    "AWS::CodeBuild::Project": Facts(("VpcConfig.SecurityGroupIds",), ("VpcConfig.Subnets",)),
    "AWS::SageMaker::NotebookInstance": Facts(("SecurityGroupIds",), ("SubnetId",)),
    "AWS::Batch::ComputeEnvironment": Facts(("ComputeResources.SecurityGroupIds",), ("ComputeResources.Subnets",)),
    "AWS::Glue::Connection": Facts((f"{_GLUE}.SecurityGroupIdList",), (f"{_GLUE}.SubnetId",)),
    "AWS::ApiGatewayV2::VpcLink": Facts(("SecurityGroupIds",), ("SubnetIds",)),
    "AWS::AppRunner::VpcConnector": Facts(("SecurityGroups",), ("Subnets",)),
    "AWS::Route53Resolver::ResolverEndpoint": Facts(("SecurityGroupIds",), ("IpAddresses.*.SubnetId",)),
}

IN_DEFAULT_GROUP: Final = frozenset(
    type_
    for type_ in FACTS
    if type_.startswith(
        ("AWS::RDS::", "AWS::ElastiCache::", "AWS::DocDB::", "AWS::Neptune::", "AWS::EFS::", "AWS::EC2::VPCEndpoint")
    )
) | {"AWS::ECS::Service", "AWS::Redshift::Cluster", "AWS::ElasticLoadBalancingV2::LoadBalancer"}
"""Those that stand in the VPC's default group where the template names none; their pages say so."""

_LOWER: Final = {"network", "gateway"}

Finder = Callable[[Any], "Resource | None"]


def all_of(tree: Tree, group: Finder, subnet: Finder) -> Iterator[Standing]:
    held: dict[Resource | None, tuple[tuple[Resource, ...], bool]] = {}
    ours: dict[Resource | None, bool] = {}
    for resource in tree.resources(*FACTS):
        holder = _holder(tree, resource, groups=True)
        groups, groups_known = _found(list(values(holder, *FACTS[holder.type].groups)), group)
        named = subnet_holder(tree, resource)
        if named not in held:
            held[named] = _found(subnet_values(tree, resource), subnet)
            # The default group of a VPC that isn't of the tree may have any rules.
            ours[named] = held[named][1] and all(tree.source(one.get("VpcId")) for one in held[named][0])
        subnets, subnets_known = held[named]
        by_default = ours[named] and not groups and _is_in_default_group(resource) and not _is_said(holder)
        yield Standing(resource, groups, groups_known or by_default, subnets, subnets_known)


def _is_in_default_group(resource: Resource) -> bool:
    # A network load balancer without a group stands in none.
    is_network = (
        resource.type == "AWS::ElasticLoadBalancingV2::LoadBalancer" and as_text(resource.get("Type")) in _LOWER
    )
    return resource.type in IN_DEFAULT_GROUP and not is_network


def _is_said(holder: Resource) -> bool:
    """Whether something is written where the groups are."""
    return any(True for _ in values(holder, *FACTS[holder.type].groups))


def _found(written: list[Any], finder: Finder) -> tuple[tuple[Resource, ...], bool]:
    found = [finder(value) for value in written]
    return tuple(resource for resource in found if resource), bool(found) and None not in found


def _holder(tree: Tree, resource: Resource, *, groups: bool) -> Resource:
    """An instance of an Aurora cluster stands where the cluster does."""
    cluster = tree.source(resource.get("DBClusterIdentifier")) if resource.type == "AWS::RDS::DBInstance" else None
    if cluster is None or cluster.type != "AWS::RDS::DBCluster":
        return resource
    return resource if groups and resource.get("VPCSecurityGroups") is not None else cluster


def subnet_values(tree: Tree, resource: Resource) -> list[Any]:
    """The ids of the subnets that a resource stands in, as they are written."""
    holder = subnet_holder(tree, resource)
    if holder is None:
        return []
    facts = FACTS.get(holder.type)
    return list(values(holder, *(facts.subnets if facts else ("SubnetIds",))))


def subnet_holder(tree: Tree, resource: Resource) -> Resource | None:
    """What names the subnets: the resource itself, or its group of subnets."""
    resource = _holder(tree, resource, groups=False)
    facts = FACTS[resource.type]
    if facts.subnet_group is None:
        return resource
    property_, type_, naming = facts.subnet_group
    value = resource.get(property_)
    source = tree.source(value)
    if source is not None and source.type == type_:
        return source
    if value is None or not naming:
        return None
    return tree.network.subnet_group(type_, as_text(value))


def values(resource: Resource, *paths: str) -> Iterator[Any]:
    """What stands at some paths, `*` for each of a list; lists are taken apart, and text with commas too."""
    for path in paths:
        found: list[Any] = [resource.properties]
        for name in path.split("."):
            found = [part for value in found for part in _step(value, name)]
        for value in found:
            for part in value if isinstance(value, list) else [value]:
                if part is not None:
                    yield from part.split(",") if isinstance(part, str) and "," in part else [part]


def _step(value: Any, name: str) -> list[Any]:
    if name == "*":
        return value if isinstance(value, list) else [value]
    return [value[name]] if isinstance(value, dict) and name in value else []


# Ports

# https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_CreateDBInstance.html
# The page of the cluster's type names 3306 for Aurora PostgreSQL, too, and that of the API 5432.
# https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-rds-dbcluster.html
_ENGINES: Final = (
    ("aurora-postgresql", (5432, 3306)),
    ("aurora", (3306,)),
    ("postgres", (5432,)),
    ("mysql", (3306,)),
    ("mariadb", (3306,)),
    ("oracle", (1521,)),
    ("custom-oracle", (1521,)),
    ("sqlserver", (1433,)),
    ("custom-sqlserver", (1433,)),
    ("db2", (50000,)),
    ("valkey", (6379,)),
    ("redis", (6379,)),
    ("memcached", (11211,)),
)


class Listening(NamedTuple):
    """Where a type says its port, and at which ports it listens otherwise."""

    property: str = ""
    defaults: tuple[int, ...] = ()
    """Empty where the engine says it."""
    engine: str = "Engine"


LISTENING: Final = {
    "AWS::RDS::DBInstance": Listening("Port"),
    "AWS::RDS::DBCluster": Listening("Port"),
    "AWS::RDS::DBProxy": Listening("", (), "EngineFamily"),
    "AWS::ElastiCache::ReplicationGroup": Listening("Port"),
    "AWS::ElastiCache::CacheCluster": Listening("Port"),
    # https://docs.aws.amazon.com/AmazonElastiCache/latest/dg/set-up.html: 6379, and 6380 to read
    "AWS::ElastiCache::ServerlessCache": Listening("", (), "Engine"),
    "AWS::MemoryDB::Cluster": Listening("Port", (6379,)),
    "AWS::DocDB::DBCluster": Listening("Port", (27017,)),
    "AWS::Neptune::DBCluster": Listening("DBPort", (8182,)),
    "AWS::Redshift::Cluster": Listening("Port", (5439,)),
    "AWS::RedshiftServerless::Workgroup": Listening("Port", (5439,)),
    "AWS::OpenSearchService::Domain": Listening("", (443,)),
    "AWS::Elasticsearch::Domain": Listening("", (443,)),
    # https://docs.aws.amazon.com/msk/latest/developerguide/port-info.html
    "AWS::MSK::Cluster": Listening("", (9092, 9094, 9096, 9098)),
    "AWS::MSK::ServerlessCluster": Listening("", (9098,)),
    "AWS::EFS::MountTarget": Listening("", (2049,)),
    "AWS::DAX::Cluster": Listening("", (8111, 9111)),
    "AWS::Timestream::InfluxDBInstance": Listening("Port", (8086,)),
}

_FAMILIES: Final = {"POSTGRESQL": (5432,), "MYSQL": (3306,), "SQLSERVER": (1433,)}


def port(tree: Tree, value: Any) -> int | None:
    """A port as a number, also where it is said as that of a data store; None if it isn't known."""
    if isinstance(value, (int, str, float)) and not isinstance(value, bool):
        text = as_text(value).strip().removesuffix(".0")
        if is_literal(text):
            return int(text) if text.removeprefix("-").isdecimal() and len(text) < 7 else None
    referred = tree.referred(value)
    if referred and referred[1].lower().endswith("port"):
        ports = listening(tree, referred[0])
        return ports[0] if ports else None
    return None


def listening(tree: Tree, resource: Resource, depth: int = 3) -> tuple[int, ...]:
    """The ports at which a data store listens, the usual one first; none if that isn't known."""
    facts = LISTENING.get(resource.type)
    if facts is None or depth == 0:
        return ()
    holder = _holder(tree, resource, groups=False)
    if holder is not resource:
        return listening(tree, holder, depth - 1)
    given = resource.get(facts.property) if facts.property else None
    if given is not None:
        return _given(tree, resource, given)
    return facts.defaults or _of_engine(as_text(resource.get(facts.engine, default="")))


def _given(tree: Tree, resource: Resource, given: Any) -> tuple[int, ...]:
    if tree.source(given) is resource:
        return ()
    found = port(tree, given) if is_literal(as_text(given)) else None
    return () if found is None else (found,)


def _of_engine(engine: str) -> tuple[int, ...]:
    if engine in _FAMILIES:
        return _FAMILIES[engine]
    return next((ports for name, ports in _ENGINES if engine.lower().startswith(name)), ())
