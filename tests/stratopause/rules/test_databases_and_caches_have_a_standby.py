from __future__ import annotations

from typing import Any

import pytest

from tests.forest import forest, found, places, resource, template

RULE = "W9404"
GROUP = {"MultiAZEnabled": True, "AutomaticFailoverEnabled": True, "NumCacheClusters": 2}


def _found(type_: str, properties: Any = None) -> list[tuple[Any, ...]]:
    return [problem.path[3:] for problem in found(RULE, forest(platform=template(It=resource(type_, properties))))]


@pytest.mark.parametrize(
    ("type_", "good", "bad"),
    [
        ("RDS::DBInstance", {"MultiAZ": True}, {"MultiAZ": False}),
        ("RDS::DBInstance", {"MultiAZ": "true", "Engine": "sqlserver-se"}, {}),
        ("RDS::DBInstance", {"Engine": "sqlserver-se", "OptionGroupName": "mirroring"}, {"Engine": "sqlserver-se"}),
        ("ElastiCache::ReplicationGroup", GROUP, GROUP | {"MultiAZEnabled": False}),
        ("ElastiCache::ReplicationGroup", GROUP, GROUP | {"AutomaticFailoverEnabled": "false"}),
        ("ElastiCache::ReplicationGroup", GROUP, GROUP | {"NumCacheClusters": 1}),
        ("ElastiCache::ReplicationGroup", GROUP, {name: value for name, value in GROUP.items() if value is True}),
        ("ElastiCache::ReplicationGroup", GROUP, GROUP | {"ReplicasPerNodeGroup": 0}),
        ("ElastiCache::ReplicationGroup", GROUP, GROUP | {"NodeGroupConfiguration": [{"ReplicaCount": 0}]}),
        (
            "ElastiCache::ReplicationGroup",
            GROUP | {"PreferredCacheClusterAZs": ["a", "b"]},
            GROUP | {"PreferredCacheClusterAZs": ["a", "a"]},
        ),
        ("ElastiCache::CacheCluster", {"Engine": "memcached", "AZMode": "cross-az"}, {"Engine": "memcached"}),
        (
            "ElastiCache::CacheCluster",
            {"Engine": "memcached", "PreferredAvailabilityZones": ["a", "b"]},
            {"Engine": "memcached", "PreferredAvailabilityZones": ["a", "b"], "AZMode": "single-az"},
        ),
        (
            "ElastiCache::ReplicationGroup",
            {"GlobalReplicationGroupId": "global"},
            {"GlobalReplicationGroupId": "global", "MultiAZEnabled": False},
        ),
        ("ElastiCache::CacheCluster", {}, {"Engine": "redis"}),
        ("MemoryDB::Cluster", {}, {"NumReplicasPerShard": 0}),
        ("DAX::Cluster", {"ReplicationFactor": 3}, {"ReplicationFactor": 1}),
        ("DocDBElastic::Cluster", {}, {"ShardInstanceCount": 1}),
        ("NeptuneGraph::Graph", {}, {"ReplicaCount": 0}),
        ("OpenSearchService::Domain", {"ClusterConfig": {"ZoneAwarenessEnabled": True}}, {"ClusterConfig": {}}),
        ("OpenSearchService::Domain", {"ClusterConfig": {"MultiAZWithStandbyEnabled": True}}, {}),
        ("Elasticsearch::Domain", {"ElasticsearchClusterConfig": {"ZoneAwarenessEnabled": True}}, {}),
        ("Redshift::Cluster", {}, {"MultiAZ": False}),
        ("Timestream::InfluxDBInstance", {"DeploymentType": "WITH_MULTIAZ_STANDBY"}, {}),
    ],
)
def test_each_type_is_found_without_a_standby_and_fine_with_one(type_: str, good: Any, bad: Any) -> None:
    assert not _found(type_, good)
    assert len(_found(type_, bad)) == 1


@pytest.mark.parametrize(
    ("cluster", "instance"),
    [
        ("RDS::DBCluster", "RDS::DBInstance"),
        ("DocDB::DBCluster", "DocDB::DBInstance"),
        ("Neptune::DBCluster", "Neptune::DBInstance"),
    ],
)
def test_a_cluster_has_two_instances_in_two_zones(cluster: str, instance: str) -> None:
    def member(zone: str | None = None) -> dict[str, Any]:
        properties = {"DBClusterIdentifier": {"Ref": "Cluster"}} | ({"AvailabilityZone": zone} if zone else {})
        return resource(instance, properties)

    alone = resource(cluster)
    assert not found(RULE, forest(platform=template(Cluster=alone)))
    assert places(RULE, forest(platform=template(Cluster=alone, A=member()))) == ["platform.json/Cluster"]
    assert not found(RULE, forest(platform=template(Cluster=alone, A=member(), B=member())))
    assert not found(RULE, forest(platform=template(Cluster=alone, A=member("a"), B=member("b"))))
    assert places(RULE, forest(platform=template(Cluster=alone, A=member("a"), B=member("a")))) == ["platform.json/A"]
    target = {"ScalableDimension": "rds:cluster:ReadReplicaCount", "MinCapacity": 1}
    scaled = template(Cluster=alone, A=member(), Target=resource("ApplicationAutoScaling::ScalableTarget", target))
    assert not found(RULE, forest(platform=scaled))


def test_an_instance_may_name_its_cluster() -> None:
    cluster = resource("RDS::DBCluster", {"DBClusterIdentifier": "records"})
    member = resource("RDS::DBInstance", {"DBClusterIdentifier": "records"})
    assert places(RULE, forest(platform=template(C=cluster, A=member))) == ["platform.json/C"]


@pytest.mark.parametrize("properties", [{"DBClusterInstanceClass": "db.m6gd.large"}, {"EngineMode": "serverless"}])
def test_a_cluster_that_makes_its_instances_itself_has_them_in_several_zones(properties: Any) -> None:
    member = resource("RDS::DBInstance", {"DBClusterIdentifier": {"Ref": "C"}})
    assert not found(RULE, forest(platform=template(C=resource("RDS::DBCluster", properties), A=member)))


@pytest.mark.parametrize(
    "properties", [{"SourceDBInstanceIdentifier": "a"}, {"Engine": "custom-oracle-ee"}, {"MultiAZ": {"Ref": "P"}}]
)
def test_replicas_and_what_is_not_known_are_left_alone(properties: Any) -> None:
    body = {**template(It=resource("RDS::DBInstance", properties)), "Parameters": {"P": {"Type": "String"}}}
    assert not found(RULE, forest(platform=body))


@pytest.mark.parametrize(
    ("key", "value", "is_found"),
    [
        ("environment", "stratopause-dev", False),
        ("Environment", "Development", False),
        ("app:env", "sandbox", False),
        ("environment", "production", True),
        ("environment", "staging", True),
        ("environment", "production-test", True),
        ("name", "dev", True),
    ],
)
def test_only_an_environment_for_development_may_do_without(key: str, value: str, is_found: bool) -> None:
    assert bool(_found("RDS::DBInstance", {"Tags": [{"Key": key, "Value": value}]})) is is_found


def _with_parameter(multi_az: Any, **more: Any) -> dict[str, Any]:
    properties = {"MultiAZ": multi_az, "Tags": [{"Key": "Environment", "Value": {"Ref": "Environment"}}]}
    parameter = {"Type": "String", "Default": "dev", "AllowedValues": ["dev", "production"]}
    return {**template(It=resource("RDS::DBInstance", properties)), "Parameters": {"Environment": parameter}, **more}


IS_PRODUCTION = {"IsProduction": {"Fn::Equals": [{"Ref": "Environment"}, "production"]}}


def test_the_default_of_a_parameter_is_no_excuse_but_a_choice_is() -> None:
    assert found(RULE, forest(platform=_with_parameter(False)))
    alone = _with_parameter(False, Parameters={"Environment": {"Default": "dev", "AllowedValues": ["dev"]}})
    assert not found(RULE, forest(platform=alone))
    other = _with_parameter(False, Parameters={"Environment": {"Default": "production"}})
    assert found(RULE, forest(platform=other))
    chosen = {"Fn::If": ["IsProduction", True, False]}
    assert not found(RULE, forest(platform=_with_parameter(chosen, Conditions=IS_PRODUCTION)))
    wrong = {"Fn::If": ["IsProduction", False, True]}
    assert found(RULE, forest(platform=_with_parameter(wrong, Conditions=IS_PRODUCTION)))


@pytest.mark.parametrize("value", [1, [], {}, True, "", [["x"]], [1], {"Fn::ImportValue": "x"}])
def test_no_value_breaks_it(value: Any) -> None:
    cluster = {"DBClusterIdentifier": value, "EngineMode": value, "DBClusterInstanceClass": value}
    body = template(
        A=resource("RDS::DBInstance", {"MultiAZ": value, "Engine": value, "Tags": value}),
        B=resource("RDS::DBCluster", cluster),
        C=resource("RDS::DBInstance", {"DBClusterIdentifier": value, "AvailabilityZone": value}),
        D=resource("ElastiCache::ReplicationGroup", dict.fromkeys(GROUP, value)),
        E=resource("ElastiCache::CacheCluster", {"Engine": value, "AZMode": value}),
        F=resource("OpenSearchService::Domain", {"ClusterConfig": value}),
        G=resource(
            "ElastiCache::ReplicationGroup", {"NodeGroupConfiguration": value, "PreferredCacheClusterAZs": value}
        ),
        H=resource("ApplicationAutoScaling::ScalableTarget", {"ScalableDimension": value, "MinCapacity": value}),
    )
    found(RULE, forest(platform=body))
    found(RULE, forest(platform={**body, "Parameters": {"Environment": value}}))
