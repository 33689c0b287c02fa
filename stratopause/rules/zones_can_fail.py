"""What must survive a zone stands in two at least.

A zone is a data centre or a few, and now and then one is gone for hours. A load balancer, service, database, cache or
endpoint all of whose subnets lie in one zone is gone with it, and so is a file system or a class of storage that is
kept in one zone by itself.

**How to fix:** give it subnets in at least two zones. Where several lie in the same zone, choose the zones of the
subnets by `Fn::Select` of `Fn::GetAZs`, with another number each.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from stratopause.rules import Rule
from stratopause.rules._subnets import property_of_subnets
from stratopause.tree import standing
from stratopause.tree.evaluation import as_text
from stratopause.tree.model import Problem, Resource, Tree
from stratopause.tree.policies import many
from stratopause.tree.text import is_known

RULE = Rule(
    "W9206",
    "What must survive a zone stands in two",
    "https://docs.aws.amazon.com/wellarchitected/latest/reliability-pillar/rel_fault_isolation_multiaz_region_system.html",
    ("reach", "availability"),
)

# Not those that stand in one zone by nature: an instance, a mount target, a Redshift cluster's nodes, a broker of one.
SURVIVING: Final = (
    "AWS::ElasticLoadBalancingV2::LoadBalancer",
    "AWS::ElasticLoadBalancing::LoadBalancer",
    "AWS::ECS::Service",
    "AWS::ECS::TaskSet",
    "AWS::Lambda::Function",
    "AWS::Serverless::Function",
    "AWS::RDS::DBInstance",
    "AWS::RDS::DBCluster",
    "AWS::RDS::DBProxy",
    "AWS::ElastiCache::ReplicationGroup",
    "AWS::ElastiCache::ServerlessCache",
    "AWS::MemoryDB::Cluster",
    "AWS::DocDB::DBCluster",
    "AWS::Neptune::DBCluster",
    "AWS::OpenSearchService::Domain",
    "AWS::Elasticsearch::Domain",
    "AWS::MSK::Cluster",
    "AWS::MSK::ServerlessCluster",
    "AWS::DAX::Cluster",
    "AWS::EC2::VPCEndpoint",
    "AWS::AutoScaling::AutoScalingGroup",
    "AWS::EKS::Cluster",
)

# These take zones, too, where they name no subnets.
_BY_ZONES: Final = {
    "AWS::AutoScaling::AutoScalingGroup": "VPCZoneIdentifier",
    "AWS::ElasticLoadBalancing::LoadBalancer": "Subnets",
}

_NOT_ZONAL: Final = {"Gateway", "GatewayLoadBalancer"}
_SINGLE: Final = "SINGLE_AZ"


def check(tree: Tree) -> Iterator[Problem]:
    seen = set()
    for resource in tree.resources(*SURVIVING):
        holder = standing.subnet_holder(tree, resource)
        if holder is None or holder in seen or as_text(resource.get("VpcEndpointType")) in _NOT_ZONAL:
            continue
        seen.add(holder)
        if why := _why(tree, standing.subnet_values(tree, resource)):
            by = "" if holder is resource else f" by {holder.name}"
            yield holder.problem(
                f"{resource.name} stands{by} in {why}; give it subnets of two zones", *property_of_subnets(holder)
            )
    yield from _mounted(tree)
    yield from _in_zones(tree)
    yield from _by_choice(tree)


def _why(tree: Tree, subnets: list[Any]) -> str:
    """What is wrong with some subnets, if they surely lie in one zone."""
    zones = set()
    for value in subnets:
        subnet = tree.network.subnet(value)
        if subnet is None and not _is_id(as_text(value)):
            return ""  # a list that isn't known, one of such a list, or a default that a person replaces
        zones.add(tree.network.zone(subnet) if subnet else as_text(value))
    if len(zones) != 1:
        return ""
    return "one subnet only" if len(set(map(as_text, subnets))) == 1 else f"{len(subnets)} subnets of one zone"


def _is_id(text: str) -> bool:
    return is_known(text) and text.startswith("subnet-")


def _in_zones(tree: Tree) -> Iterator[Problem]:
    for type_, subnets in _BY_ZONES.items():
        for resource in tree.resources(type_):
            zones = resource.get("AvailabilityZones")
            named = set(map(as_text, zones)) if isinstance(zones, list) and resource.get(subnets) is None else set()
            if len(named) == 1 and all(zone and is_known(zone) for zone in named):
                yield resource.problem(f"{resource.name} stands in one zone only; name two", "AvailabilityZones")


def _mounted(tree: Tree) -> Iterator[Problem]:
    """A file system is reached in the zones that it has mount targets in."""
    targets: dict[str, list[Resource]] = {}
    for target in tree.resources("AWS::EFS::MountTarget"):
        if file_system := tree.source(target.get("FileSystemId")):
            targets.setdefault(file_system.place, []).append(target)
    for place, found in targets.items():
        if why := _why(tree, [target.get("SubnetId") for target in found]):
            name = file_system.name if (file_system := tree.resource(place)) else place
            yield found[0].problem(f"{name} is mounted in {why}; give it mount targets in two zones", "SubnetId")


def _by_choice(tree: Tree) -> Iterator[Problem]:
    for file_system in tree.resources("AWS::EFS::FileSystem"):
        if file_system.get("AvailabilityZoneName") is not None:
            yield file_system.problem(
                f"{file_system.name} is kept in one zone; leave AvailabilityZoneName out", "AvailabilityZoneName"
            )
    for file_system in tree.resources("AWS::FSx::FileSystem"):
        for name in ("WindowsConfiguration", "OntapConfiguration", "OpenZFSConfiguration"):
            if as_text(file_system.get(name, "DeploymentType", default="")).startswith(_SINGLE):
                yield file_system.problem(
                    f"{file_system.name} is kept in one zone; choose a DeploymentType of MULTI_AZ",
                    name,
                    "DeploymentType",
                )
    for bucket in tree.resources("AWS::S3::Bucket"):
        yield from _moved(bucket)


def _moved(bucket: Resource) -> Iterator[Problem]:
    for at, rule in enumerate(many(bucket.get("LifecycleConfiguration", "Rules"))):
        if isinstance(rule, dict) and any(_is_one_zone(transition) for transition in _transitions(rule)):
            yield bucket.problem(
                f"{bucket.name} moves objects to ONEZONE_IA, which is kept in one zone; STANDARD_IA is kept in three",
                *("LifecycleConfiguration", "Rules", at),
            )


def _transitions(rule: dict[str, Any]) -> list[Any]:
    names = ("Transition", "Transitions", "NoncurrentVersionTransition", "NoncurrentVersionTransitions")
    return [transition for name in names for transition in many(rule.get(name))]


def _is_one_zone(transition: Any) -> bool:
    return isinstance(transition, dict) and transition.get("StorageClass") == "ONEZONE_IA"
