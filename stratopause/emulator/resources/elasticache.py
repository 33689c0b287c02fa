"""ElastiCache: versions and node types that exist, access by user groups, and final snapshots."""

from __future__ import annotations

import hashlib

from ministack.services import elasticache
from ministack.services.cloudformation import provisioners

from stratopause.emulator.resources.calls import arn
from stratopause.emulator.resources.handlers import Attributes, Change, after_change, before_change, before_delete
from stratopause.emulator.resources.refusals import Refusal
from stratopause.emulator.resources.schema import Properties, extension
from stratopause.emulator.resources.validation import follows

TYPE = "AWS::ElastiCache::ReplicationGroup"
VERSIONS_OF = "AWS::ElastiCache::CacheCluster"  # where cfn-lint keeps what both types share


def offers(engine: str, version: str) -> bool:
    """Whether ElastiCache has a version of an engine."""
    return follows(extension(VERSIONS_OF, "engine_version"), {"Engine": engine, "EngineVersion": version})


def node_type_exists(node_type: str) -> bool:
    """Whether this region has a node type."""
    regions = extension(VERSIONS_OF, "cachenodetype_enum")
    return follows(regions.get(elasticache.get_region(), {}), node_type)


def _fits(family: str, engine: str, version: str) -> bool:
    """A family is an engine with its major version; `redis6.x` has its own spelling."""
    return family.removesuffix(".x") == f"{engine}{version.partition('.')[0]}"


def _refusal(message: str, code: str = "InvalidParameterValue") -> Refusal:
    return Refusal(message, "ElastiCache", code)


@before_change(TYPE)
def _group_can_be(change: Change) -> None:
    properties = change.properties
    engine, version = properties.get("Engine", "redis"), properties.get("EngineVersion")
    if version is not None and not offers(engine, version):
        raise _refusal(f"Cannot find version {version} for {engine}", "InvalidParameterCombination")
    node_type = properties.get("CacheNodeType")
    if node_type is not None and not node_type_exists(node_type):
        raise _refusal(f"Invalid Cache Node Type: {node_type}.")
    subnet_group = properties.get("CacheSubnetGroupName")
    if subnet_group is not None and subnet_group not in elasticache._subnet_groups:
        raise _refusal(f"Cache Subnet Group {subnet_group} does not exist.", "CacheSubnetGroupNotFoundFault")
    parameters = properties.get("CacheParameterGroupName", "default.")
    if not parameters.startswith("default.") and parameters not in elasticache._param_groups:
        raise _refusal(f"CacheParameterGroup {parameters} not found.", "CacheParameterGroupNotFound")
    family = elasticache._param_groups.get(parameters, {}).get("CacheParameterGroupFamily", "")
    if version is not None and family and not _fits(family, engine, version):
        message = f"Expected a parameter group of family {engine}{version.partition('.')[0]} but found one of family "
        raise _refusal(f"{message}{family}", "InvalidParameterCombination")


@before_change(TYPE)
def _combination(change: Change) -> None:
    """https://docs.aws.amazon.com/AmazonElastiCache/latest/dg/Clusters.RBAC.html"""
    properties = change.properties
    if properties.get("UserGroupIds") and not properties.get("TransitEncryptionEnabled"):
        message = (
            "User group based access control requires encryption-in-transit to be enabled on the replication group."
        )
        raise _refusal(message, "InvalidParameterCombination")
    failover = properties.get("AutomaticFailoverEnabled")
    if properties.get("MultiAZEnabled") and not failover:
        raise _refusal("Must enable automatic failover to enable Multi-AZ.", "InvalidParameterCombination")
    single = properties.get("NumCacheClusters", 1) < 2 and not properties.get("ReplicasPerNodeGroup")
    if failover and single and properties.get("NumNodeGroups", 1) == 1:
        message = "When using automatic failover, there must be at least 2 cache clusters in the replication group."
        raise _refusal(message, "InvalidParameterCombination")


@after_change(TYPE)
def _group_record(identifier: str, change: Change) -> Attributes:
    """What ministack forgets, the key, and endpoints as ElastiCache names them: nothing listens there."""
    group = elasticache._replication_groups[identifier]
    group["KmsKeyId"] = change.properties.get("KmsKeyId", "")
    port = change.properties.get("Port", 6379)
    for shard in group["NodeGroups"]:
        shard["PrimaryEndpoint"] = {"Address": _host("master", identifier), "Port": port}
        shard["ReaderEndpoint"] = {"Address": _host("replica", identifier), "Port": port}
        for member in shard["NodeGroupMembers"]:
            member["ReadEndpoint"] = {"Address": _host(member["CacheClusterId"], identifier), "Port": port}
    if group.get("ConfigurationEndpoint"):
        group["ConfigurationEndpoint"] = {"Address": _host("clustercfg", identifier), "Port": port}
    attributes: Attributes = provisioners._ec_rg_attrs(identifier)
    return attributes


def _host(name: str, identifier: str) -> str:
    """https://docs.aws.amazon.com/AmazonElastiCache/latest/dg/Endpoints.html"""
    digest = hashlib.sha256(identifier.encode()).hexdigest()[:6]
    return f"{name}.{identifier}.{digest}.{elasticache.get_region()}.cache.amazonaws.com"


@before_change("AWS::ElastiCache::User")
def _names_of_an_iam_user(change: Change) -> None:
    """https://docs.aws.amazon.com/AmazonElastiCache/latest/dg/auth-iam.html"""
    properties = change.properties
    iam = properties.get("AuthenticationMode", {}).get("Type") == "iam"
    if iam and properties["UserId"] != properties["UserName"]:
        raise _refusal("User id and user name must be identical for IAM authenticated users.")


@before_change("AWS::ElastiCache::UserGroup")
def _users_exist(change: Change) -> None:
    users = [elasticache._users.get(user) for user in change.properties.get("UserIds", ())]
    if None in users:
        raise _refusal("The user does not exist or could not be found.", "UserNotFound")
    names = {user["UserName"] for user in users if user}
    if change.properties["Engine"] == "redis" and "default" not in names:
        raise _refusal("You must add default user to a user group.", "DefaultUserRequired")


@after_change("AWS::ElastiCache::UserGroup")
def _user_group(identifier: str, _change: Change) -> Attributes:
    return {"Arn": arn("elasticache", f"usergroup:{identifier}"), "Status": "active"}


@after_change("AWS::ElastiCache::User")
def _user(identifier: str, _change: Change) -> Attributes:
    return {"Arn": arn("elasticache", f"user:{identifier}"), "Status": "active"}


@before_delete("AWS::ElastiCache::SubnetGroup")
def _subnet_group_is_free(name: str, _properties: Properties) -> None:
    groups = elasticache._replication_groups.values()
    if any(group.get("CacheSubnetGroupName") == name for group in groups):
        message = f"Cache subnet group {name} is currently in use by a cache cluster."
        raise _refusal(message, "CacheSubnetGroupInUse")


@before_delete("AWS::ElastiCache::User")
def _user_is_free(identifier: str, _properties: Properties) -> None:
    """A user leaves its groups by itself; the default user of a group can't."""
    for group in elasticache._user_groups.values():
        if identifier in group.get("UserIds", ()) and group.get("Engine") == "redis":
            user = elasticache._users.get(identifier, {})
            if user.get("UserName") == "default":
                message = f"User {identifier} is the default user of user group {group['UserGroupId']}."
                raise _refusal(message, "DefaultUserAssociatedToUserGroup")


def _snapshot(identifier: str, _properties: Properties) -> None:
    """DeletionPolicy Snapshot."""
    name = provisioners._snapshot_id(identifier)
    elasticache._create_snapshot({"SnapshotName": [name], "ReplicationGroupId": [identifier]})


_group_xml = elasticache._rg_xml


def _complete_group_xml(group: Properties) -> str:
    """DescribeReplicationGroups with the key."""
    key = f"<KmsKeyId>{group['KmsKeyId']}</KmsKeyId>" if group.get("KmsKeyId") else ""
    return f"{_group_xml(group)}{key}"


elasticache._rg_xml = _complete_group_xml
provisioners._RESOURCE_HANDLERS[TYPE]["snapshot"] = _snapshot
