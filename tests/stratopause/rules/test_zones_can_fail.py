from __future__ import annotations

from typing import Any

import pytest

from tests.forest import forest, found, nested, places, resource, template
from tests.reach import changed, hostile, ref

RULE = "W9206"


def test_what_stands_in_two_zones_is_fine() -> None:
    assert not found(RULE, changed())


@pytest.mark.parametrize(
    ("path", "value", "where"),
    [
        ("Balancer.Subnets", [ref("PublicA")], {"Balancer"}),
        ("Balancer.Subnets.1", ref("PublicA"), {"Balancer"}),
        ("Service.NetworkConfiguration.AwsvpcConfiguration.Subnets", [ref("PrivateA")], {"Service"}),
        ("Service.NetworkConfiguration.AwsvpcConfiguration.Subnets", ["subnet-1", "subnet-1"], {"Service"}),
        ("DatabaseSubnets.SubnetIds", [ref("PrivateA")], {"DatabaseSubnets"}),
        ("CacheSubnets.SubnetIds", ref("PrivateA"), {"CacheSubnets"}),
        ("Logs.SubnetIds", [ref("PrivateA")], {"Logs"}),
        ("PublicB.AvailabilityZone", {"Fn::Select": [0, {"Fn::GetAZs": ""}]}, {"Balancer"}),
        (
            "PrivateA.AvailabilityZone",
            {"Fn::Select": ["1", {"Fn::GetAZs": {"Ref": "AWS::Region"}}]},
            {"Service", "DatabaseSubnets", "CacheSubnets", "EcrApi", "EcrDkr", "Logs", "Secrets"},
        ),
    ],
)
def test_what_stands_in_one_zone_is_named(path: str, value: Any, where: set[str]) -> None:
    assert places(RULE, changed((path, value))) == sorted(f"platform.json/{place}" for place in where)


@pytest.mark.parametrize(
    "other",
    [
        resource("EFS::FileSystem", {"AvailabilityZoneName": "eu-central-1a"}),
        resource("FSx::FileSystem", {"WindowsConfiguration": {"DeploymentType": "SINGLE_AZ_2"}}),
        resource(
            "S3::Bucket", {"LifecycleConfiguration": {"Rules": [{"Transitions": [{"StorageClass": "ONEZONE_IA"}]}]}}
        ),
        resource("Lambda::Function", {"VpcConfig": {"SubnetIds": [ref("PrivateA")]}}),
        resource("AutoScaling::AutoScalingGroup", {"VPCZoneIdentifier": [ref("PrivateA")]}),
        resource("AutoScaling::AutoScalingGroup", {"AvailabilityZones": ["eu-central-1a"]}),
        resource("ElasticLoadBalancing::LoadBalancer", {"AvailabilityZones": ["eu-central-1a", "eu-central-1a"]}),
        resource("EFS::MountTarget", {"FileSystemId": ref("Cache"), "SubnetId": ref("PrivateA")}),
    ],
)
def test_what_is_kept_in_one_zone_is_named(other: dict[str, Any]) -> None:
    assert places(RULE, changed(("Other", other))) == ["platform.json/Other"]


@pytest.mark.parametrize("subnets", [{"Fn::ImportValue": "a"}, ["subnet-1", "subnet-2"], [], None, [{"Ref": "A"}, "x"]])
def test_subnets_that_are_not_known_are_left_alone(subnets: Any) -> None:
    tree = forest(platform=template(Balancer=resource("ElasticLoadBalancingV2::LoadBalancer", {"Subnets": subnets})))
    assert not found(RULE, tree)


def test_what_a_stack_gives_whose_template_is_not_at_hand_may_be_several_subnets() -> None:
    subnets = {"Fn::GetAtt": ["Network", "Outputs.Subnets"]}
    balancer = resource("ElasticLoadBalancingV2::LoadBalancer", {"Subnets": [subnets]})
    body = template(Balancer=balancer, Network=nested("https://files.example.org/network.json"))
    assert not found(RULE, forest(platform=body))


@pytest.mark.parametrize("default", ["", "NA"])
def test_a_default_that_a_person_replaces_is_no_subnet(default: str) -> None:
    balancer = resource("ElasticLoadBalancingV2::LoadBalancer", {"Subnets": [ref("A"), ref("B")]})
    group = resource("AutoScaling::AutoScalingGroup", {"AvailabilityZones": [ref("Zone")]})
    parameters = {"A": {"Default": default}, "B": {"Default": default}, "Zone": {"Default": ""}}
    body = template(Balancer=balancer, Group=group) | {"Parameters": parameters}
    assert not found(RULE, forest(platform=body))


@pytest.mark.parametrize(
    "zones", [["eu-central-1a", "eu-central-1b"], {"Fn::GetAZs": ""}, [{"Ref": "Zones"}], {"Ref": "Zones"}, []]
)
def test_two_zones_or_whatever_zones_there_are_will_do(zones: Any) -> None:
    group = resource("AutoScaling::AutoScalingGroup", {"AvailabilityZones": zones})
    parameters = {"Zones": {"Type": "List<AWS::EC2::AvailabilityZone::Name>"}}
    assert not found(RULE, forest(platform={"Parameters": parameters, "Resources": {"Group": group}}))


def test_parts_of_a_list_that_is_not_known_are_not_taken_for_one() -> None:
    def target(index: int) -> dict[str, Any]:
        chosen = {"Fn::Select": [index, {"Ref": "Subnets"}]}
        return resource("EFS::MountTarget", {"FileSystemId": ref("Files"), "SubnetId": chosen})

    resources = {"Files": resource("EFS::FileSystem"), "First": target(0), "Second": target(1)}
    parameters = {"Subnets": {"Type": "List<AWS::EC2::Subnet::Id>"}}
    assert not found(RULE, forest(platform={"Parameters": parameters, "Resources": resources}))


def test_zones_that_cannot_be_told_apart_are_left_alone() -> None:
    imported = {"Fn::ImportValue": "zone"}
    assert not found(RULE, changed(("PublicA.AvailabilityZone", imported), ("PublicB.AvailabilityZone", imported)))


def test_values_of_any_type_are_survived() -> None:
    for tree in hostile():
        found(RULE, tree)
