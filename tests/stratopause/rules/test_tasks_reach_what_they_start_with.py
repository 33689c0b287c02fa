from __future__ import annotations

from typing import Any

import pytest

from tests.forest import found, places
from tests.reach import GONE, changed, hostile

RULE = "E9205"


OUT = {"IpProtocol": "tcp", "FromPort": 443, "ToPort": 443, "CidrIp": "0.0.0.0/0"}
NAT = [
    ("Nat", {"Type": "AWS::EC2::NatGateway", "Properties": {"SubnetId": {"Ref": "PublicA"}}}),
    (
        "ToNat",
        {
            "Type": "AWS::EC2::Route",
            "Properties": {
                "RouteTableId": {"Ref": "PrivateTable"},
                "DestinationCidrBlock": "0.0.0.0/0",
                "NatGatewayId": {"Ref": "Nat"},
            },
        },
    ),
    ("ServiceGroup.SecurityGroupEgress", [OUT]),
    ("Secrets", GONE),
    ("EcrApi", GONE),
    ("EcrDkr", GONE),
    ("Logs", GONE),
    ("S3", GONE),
]


def test_tasks_with_every_endpoint_or_with_nat_are_fine() -> None:
    assert not found(RULE, changed())
    assert not found(RULE, changed(*NAT))


@pytest.mark.parametrize(
    "changes",
    [
        [("Task.ContainerDefinitions.0.Image", "registry.example.com/app:1")],
        [("Task.ContainerDefinitions.0.Image", "registry:5000/app:1")],
        [("Service.PlatformVersion", "1.3.0"), ("EcrApi", GONE), ("Secrets", GONE)],
        [("Service.PlatformVersion", {"Fn::ImportValue": "version"}), ("EcrApi", GONE)],
        [
            ("Logs.PrivateDnsEnabled", False),
            ("Zone", {"Type": "AWS::Route53::HostedZone", "Properties": {"Name": "logs.x", "VPCs": [{}]}}),
        ],
    ],
)
def test_what_may_be_reached_otherwise_is_fine(changes: list[tuple[str, Any]]) -> None:
    assert not found(RULE, changed(*changes))


@pytest.mark.parametrize("name", ["EcrDkr", "Logs", "S3"])
def test_an_old_platform_needs_the_rest(name: str) -> None:
    assert places(RULE, changed(("Service.PlatformVersion", "1.3.0"), (name, GONE)))


@pytest.mark.parametrize(
    "image", ["nginx", "library/nginx:1", "docker.io/nginx", "quay.io/a/b@sha256:0", "ghcr.io/a/b"]
)
def test_a_public_registry_is_on_the_internet(image: str) -> None:
    assert places(RULE, changed(("Task.ContainerDefinitions.0.Image", image)))


@pytest.mark.parametrize(
    ("path", "value", "where"),
    [
        *((name, GONE, "Task") for name in ("EcrApi", "EcrDkr", "Logs", "Secrets", "S3")),
        ("EcrApi.ServiceName", "com.amazonaws.eu-central-1.ecr.dkr", "Task"),
        ("EcrDkr.PrivateDnsEnabled", False, "Task"),
        ("EcrDkr.PrivateDnsEnabled", GONE, "Task"),
        ("Logs.SubnetIds", GONE, "Task"),
        ("Logs.SecurityGroupIds", [{"Ref": "CacheGroup"}], "Task"),
        ("Logs.SecurityGroupIds", GONE, "Task"),
        ("Secrets.VpcId", {"Ref": "OtherVpc"}, "Task"),
        ("S3.RouteTableIds.0", {"Ref": "PublicTable"}, "Task"),
        ("PrivateBTable.RouteTableId", {"Ref": "PublicTable"}, "Task"),
        ("PrivateBTable", GONE, "Task"),
        ("ServiceGroup.SecurityGroupEgress.0", GONE, "Task"),
        ("ServiceGroup.SecurityGroupEgress.0.ToPort", 80, "Task"),
        ("ServiceGroup.SecurityGroupEgress.1", GONE, "Task"),
        ("EndpointGroup.SecurityGroupIngress.0.FromPort", 444, "Task"),
        ("Vpc.EnableDnsHostnames", GONE, "Vpc"),
        ("Vpc.EnableDnsSupport", False, "Vpc"),
        ("Task.ContainerDefinitions.0.Image", "nginx:latest", "Task"),
        ("Task.ContainerDefinitions.0.Image", "public.ecr.aws/nginx/nginx:1", "Task"),
        ("Task.ContainerDefinitions.0.Secrets.0.ValueFrom", "/parameter", "Task"),
        (
            "Logs.PolicyDocument",
            {"Statement": [{"Effect": "Allow", "Principal": "*", "Action": "logs:Describe*", "Resource": "*"}]},
            "Task",
        ),
        (
            "S3.PolicyDocument",
            {
                "Statement": [
                    {
                        "Effect": "Allow",
                        "Principal": "*",
                        "Action": "*",
                        "Resource": "*",
                        "Condition": {"StringEquals": {"aws:ResourceAccount": "111122223333"}},
                    }
                ]
            },
            "Task",
        ),
    ],
)
def test_what_a_task_does_not_get_to_is_named(path: str, value: Any, where: str) -> None:
    other = {"Type": "AWS::EC2::VPC", "Properties": {"EnableDnsHostnames": True}}
    tree = changed(("OtherVpc", other), (path, value))
    assert places(RULE, tree) == [f"platform.json/{where}"]


@pytest.mark.parametrize(
    "change",
    [
        ("Nat.SubnetId", {"Ref": "PrivateA"}),
        ("ToNat", GONE),
        ("PublicRoute", GONE),
        ("ServiceGroup.SecurityGroupEgress.0.CidrIp", "10.0.0.0/16"),
        ("ServiceGroup.SecurityGroupEgress.0.FromPort", 444),
        # An endpoint takes the name over, whether it can be reached or not.
        (
            "Logs",
            {
                "Type": "AWS::EC2::VPCEndpoint",
                "Properties": {
                    "VpcId": {"Ref": "Vpc"},
                    "VpcEndpointType": "Interface",
                    "ServiceName": {"Fn::Sub": "com.amazonaws.${AWS::Region}.logs"},
                    "PrivateDnsEnabled": True,
                    "SecurityGroupIds": [{"Ref": "DatabaseGroup"}],
                    "SubnetIds": [{"Ref": "PrivateA"}],
                },
            },
        ),
    ],
)
def test_a_way_by_nat_that_does_not_lead_out_is_named(change: tuple[str, Any]) -> None:
    assert places(RULE, changed(*NAT, change)) == ["platform.json/Task"]


@pytest.mark.parametrize(
    "changes",
    [
        [("Service.NetworkConfiguration.AwsvpcConfiguration.Subnets", ["subnet-1", "subnet-2"]), ("Logs", GONE)],
        [
            (
                "ToHub",
                {
                    "Type": "AWS::EC2::Route",
                    "Properties": {
                        "RouteTableId": {"Ref": "PrivateTable"},
                        "DestinationCidrBlock": "10.0.0.0/8",
                        "TransitGatewayId": {"Fn::ImportValue": "hub"},
                    },
                },
            ),
            ("Logs", GONE),
        ],
        [("Logs.VpcId", {"Fn::ImportValue": "vpc"})],
        [("Logs.ServiceName", {"Fn::ImportValue": "name"})],
        [("Task.ContainerDefinitions.0.Image", {"Fn::ImportValue": "image"}), ("EcrApi", GONE)],
        [("Task.ContainerDefinitions.0.Secrets", GONE), ("Secrets", GONE)],
        [("Task.ContainerDefinitions.0.LogConfiguration", GONE), ("Logs", GONE)],
        [("Task.RequiresCompatibilities", ["EC2"]), ("Service.LaunchType", "EC2"), ("Logs", GONE)],
        [("S3.RouteTableIds", {"Fn::Split": [",", {"Fn::ImportValue": "tables"}]})],
        [("ServiceGroup.SecurityGroupEgress.0.DestinationPrefixListId", {"Fn::ImportValue": "list"})],
    ],
)
def test_what_is_not_needed_or_not_known_is_left_alone(changes: list[tuple[str, Any]]) -> None:
    assert not found(RULE, changed(*changes))


def test_a_task_that_nothing_runs_is_taken_to_stand_where_the_service_does() -> None:
    task = {
        "Type": "AWS::ECS::TaskDefinition",
        "Properties": {
            "NetworkMode": "awsvpc",
            "RequiresCompatibilities": ["FARGATE"],
            "ContainerDefinitions": [{"Name": "once", "Secrets": [{"Name": "A", "ValueFrom": "parameter"}]}],
        },
    }
    tree = changed(("Once", task))
    assert places(RULE, tree) == ["platform.json/Once"]
    assert found(RULE, tree)[0].message == (
        "Once (ECS::TaskDefinition), run by Service (ECS::Service), doesn't get to ssm for its secrets: PrivateA "
        "(EC2::Subnet) has no route to a NAT gateway, and no endpoint for ssm is in its VPC"
    )


def test_values_of_any_type_are_survived() -> None:
    for tree in hostile():
        found(RULE, tree)
