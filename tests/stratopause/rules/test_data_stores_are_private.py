from __future__ import annotations

from typing import Any

import pytest

from tests.forest import forest, found, places, resource, template
from tests.reach import GONE, changed, hostile, ref

RULE = "E9204"


def test_stores_in_private_subnets_are_fine() -> None:
    assert not found(RULE, changed())


@pytest.mark.parametrize(
    ("path", "value", "where"),
    [
        ("Database.PubliclyAccessible", True, {"Database"}),
        ("Database.PubliclyAccessible", "true", {"Database"}),
        ("Database.PubliclyAccessible", GONE, {"Database"}),
        ("Database.DBSubnetGroupName", GONE, {"Database"}),
        ("DatabaseSubnets.SubnetIds.0", {"Ref": "PublicA"}, {"DatabaseSubnets"}),
        ("CacheSubnets.SubnetIds.1", {"Ref": "PublicB"}, {"CacheSubnets"}),
        ("Cache.CacheSubnetGroupName", GONE, {"Cache"}),
        ("PrivateATable.RouteTableId", {"Ref": "PublicTable"}, {"CacheSubnets", "DatabaseSubnets"}),
        ("PublicRoute.RouteTableId", {"Ref": "PrivateTable"}, {"CacheSubnets", "DatabaseSubnets"}),
        ("PrivateB.MapPublicIpOnLaunch", True, {"CacheSubnets", "DatabaseSubnets"}),
    ],
)
def test_a_store_that_is_public_is_named(path: str, value: Any, where: set[str]) -> None:
    assert places(RULE, changed((path, value))) == sorted(f"platform.json/{place}" for place in where)


@pytest.mark.parametrize(
    "other",
    [
        resource("OpenSearchService::Domain"),
        resource("OpenSearchService::Domain", {"VPCOptions": {"SubnetIds": [ref("PublicA")]}}),
        resource("EFS::MountTarget", {"SubnetId": ref("PublicA")}),
        resource("MSK::Cluster", {"BrokerNodeGroupInfo": {"ClientSubnets": [ref("PublicA"), ref("PrivateB")]}}),
        resource("MSK::Cluster", {"ConnectivityInfo": {"PublicAccess": {"Type": "SERVICE_PROVIDED_EIPS"}}}),
        resource("Redshift::Cluster", {"ClusterSubnetGroupName": "outside", "PubliclyAccessible": True}),
        resource("RedshiftServerless::Workgroup", {"SubnetIds": [ref("PublicA")]}),
        resource("DMS::ReplicationInstance", {"ReplicationSubnetGroupIdentifier": "outside"}),
        resource("DocDB::DBCluster"),
        resource("AmazonMQ::Broker", {"PubliclyAccessible": "true"}),
        resource("RDS::DBCluster", {"DBSubnetGroupName": "subnets", "Name": "the group below has that name"}),
    ],
)
def test_other_stores_are_named_too(other: dict[str, Any]) -> None:
    named = resource("RDS::DBSubnetGroup", {"DBSubnetGroupName": "subnets", "SubnetIds": [ref("PublicA")]})
    tree = changed(("Other", other), ("Named", named))
    assert len(places(RULE, tree)) == 1


def test_a_store_whose_subnets_or_vpc_are_not_of_the_tree_is_left_alone() -> None:
    tree = forest(
        platform=template(
            Database=resource("RDS::DBInstance", {"DBSubnetGroupName": "outside"}),
            Member=resource("RDS::DBInstance", {"DBClusterIdentifier": "outside"}),
            Group=resource("RDS::DBSubnetGroup", {"SubnetIds": ["subnet-1", {"Fn::ImportValue": "b"}]}),
            Other=resource("RDS::DBInstance", {"DBSubnetGroupName": ref("Group")}),
        )
    )
    assert not found(RULE, tree)


def test_values_of_any_type_are_survived() -> None:
    for tree in hostile():
        found(RULE, tree)
