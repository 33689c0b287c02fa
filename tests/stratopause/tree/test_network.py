from __future__ import annotations

from typing import Any

import pytest

from stratopause.tree.model import Resource, Tree
from stratopause.tree.network import block, is_internet
from stratopause.tree.standing import listening
from tests.forest import forest, nested, resource, template
from tests.reach import GONE, changed, ref


def tree_of(*changes: tuple[str, Any]) -> Tree:
    return changed(*changes).trees[0]


def at(tree: Tree, place: str) -> Resource:
    found = tree.resource(place)
    assert found is not None
    return found


def test_rules_are_found_wherever_they_are_declared() -> None:
    rule = {"IpProtocol": 6, "FromPort": "1", "ToPort": 2, "CidrIp": "10.0.0.0/8"}
    apart = resource("EC2::SecurityGroupIngress", rule | {"GroupId": ref("Group")})
    tree = forest(
        root=template(
            A=nested("a.json"), B=nested("b.json", Group={"Fn::GetAtt": ["A", "Outputs.Group"]}), Loose=apart
        ),
        a=template(Group=resource("EC2::SecurityGroup", {"SecurityGroupIngress": [rule]}))
        | {"Outputs": {"Group": {"Value": {"Fn::GetAtt": ["Group", "GroupId"]}}}},
        b=template(Rule=apart) | {"Parameters": {"Group": {"Type": "String"}}},
    ).trees[0]
    inward = [opening for opening in tree.network.openings if not opening.outward]
    assert [(found.group.place, found.resource.place, found.said) for found in inward] == [
        ("A/Group", "A/Group", "TCP 1-2"),
        ("A/Group", "B/Rule", "TCP 1-2"),
    ]


def test_a_group_without_an_outward_rule_of_its_own_lets_everything_out() -> None:
    tree = tree_of(("BalancerGroup.SecurityGroupEgress", GONE))
    said = {opening.said for opening in tree.network.of([at(tree, "BalancerGroup")], outward=True)}
    assert said == {"everything", "TCP 8443"}


def test_a_subnet_is_public_by_its_route_to_an_internet_gateway() -> None:
    tree = tree_of()
    assert tree.network.is_public(at(tree, "PublicA"))
    assert not tree.network.is_public(at(tree, "PrivateA"))
    assert tree.network.way_out(at(tree, "PublicA"), public_address=True) is True
    assert tree.network.way_out(at(tree, "PublicA"), public_address=False) is False


def test_a_way_out_that_is_not_of_the_tree_is_not_known() -> None:
    tree = tree_of(("PrivateATable.RouteTableId", {"Fn::ImportValue": "table"}))
    assert tree.network.way_out(at(tree, "PrivateA"), public_address=False) is None


def test_an_instance_of_a_cluster_stands_and_listens_where_the_cluster_does() -> None:
    cluster = resource(
        "RDS::DBCluster",
        {
            "Engine": "aurora-mysql",
            "DBSubnetGroupName": ref("DatabaseSubnets"),
            "VpcSecurityGroupIds": [ref("CacheGroup")],
        },
    )
    tree = tree_of(
        ("Cluster", cluster), ("Database", resource("RDS::DBInstance", {"DBClusterIdentifier": ref("Cluster")}))
    )
    found = tree.network.standing(at(tree, "Database"))
    assert [group.place for group in found.groups] == ["CacheGroup"]
    assert [subnet.place for subnet in found.subnets] == ["PrivateA", "PrivateB"]
    assert listening(tree, at(tree, "Database")) == (3306,)


@pytest.mark.parametrize(
    ("type_", "properties", "ports"),
    [
        ("RDS::DBInstance", {"Engine": "postgres"}, (5432,)),
        ("RDS::DBInstance", {"Engine": "postgres", "Port": "5433"}, (5433,)),
        ("RDS::DBInstance", {"Engine": "sqlserver-se"}, (1433,)),
        ("RDS::DBInstance", {"Port": {"Fn::ImportValue": "port"}, "Engine": "mysql"}, ()),
        ("RDS::DBInstance", {"DBSnapshotIdentifier": "snapshot"}, ()),
        ("ElastiCache::ServerlessCache", {"Engine": "redis"}, (6379,)),
        ("RDS::DBProxy", {"EngineFamily": "MYSQL"}, (3306,)),
        ("S3::Bucket", {}, ()),
    ],
)
def test_a_store_listens_where_it_says_or_where_its_engine_does(
    type_: str, properties: dict[str, Any], ports: tuple[int, ...]
) -> None:
    tree = tree_of(("Store", resource(type_, properties)))
    assert listening(tree, at(tree, "Store")) == ports


@pytest.mark.parametrize(
    ("text", "whole"), [("0.0.0.0/0", True), ("::/0", True), ("128.0.0.0/1", True), ("10.0.0.0/8", False)]
)
def test_the_internet_is_any_address_or_nearly(text: str, whole: bool) -> None:
    assert is_internet(block(text)) is whole
    assert block("10.0.0.300/8") is None
