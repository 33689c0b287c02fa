from __future__ import annotations

from typing import Any

import pytest

from tests.forest import found, places
from tests.reach import GONE, changed, hostile

RULE = "E9202"


def test_a_service_that_finds_everything_is_fine() -> None:
    assert not found(RULE, changed())


@pytest.mark.parametrize(
    ("path", "value", "where"),
    [
        ("Service.LoadBalancers.0.ContainerPort", 8444, {"Service", "Targets"}),
        ("Service.LoadBalancers.0.ContainerPort", GONE, {"Service"}),
        ("Service.LoadBalancers.0.ContainerName", "app", {"Service"}),
        ("Service.LoadBalancers", GONE, {"Service"}),
        ("Task.ContainerDefinitions.0.PortMappings.0.ContainerPort", 8444, {"Service"}),
        ("Task.ContainerDefinitions.0.PortMappings.0.Protocol", "udp", {"Service"}),
        ("Task.ContainerDefinitions.0.PortMappings", GONE, {"Service"}),
        ("Task.ContainerDefinitions.0.Environment.1.Value", "5433", {"Task"}),
        (
            "Task.ContainerDefinitions.0.Environment.1.Value",
            {"Fn::GetAtt": ["Cache", "PrimaryEndPoint.Port"]},
            {"Task"},
        ),
        (
            "Task.ContainerDefinitions.0.Environment.2.Value",
            {"Fn::Sub": "${Cache.PrimaryEndPoint.Address}:6380"},
            {"Task"},
        ),
        ("Targets.Port", 8444, {"Targets"}),
        ("Targets.TargetType", GONE, {"Targets"}),
        ("Targets.TargetType", "instance", {"Targets"}),
        ("Targets.HealthCheckPort", "8444", {"Targets", "Service"}),
        ("Targets.HealthCheckProtocol", GONE, {"Targets"}),
        ("Targets.HealthCheckProtocol", "HTTP", {"Targets"}),
        ("Targets.Protocol", "HTTP", {"Targets"}),
        ("Https.DefaultActions.0.ForwardConfig", GONE, {"Service"}),
        ("Https.Port", 8443, {"Https"}),
        ("BalancerGroup.SecurityGroupIngress.0.FromPort", 444, {"Https"}),
        ("BalancerGroup.SecurityGroupIngress.0", GONE, {"Https"}),
        ("Balancer.SecurityGroups", GONE, {"Service", "Https", "Http"}),
        ("Balancer.Subnets.1", {"Ref": "PrivateB"}, {"Balancer"}),
        ("PublicRoute", GONE, {"Balancer"}),
        ("ToService", GONE, {"Service"}),
        ("ServiceGroup.SecurityGroupIngress.0.IpProtocol", "udp", {"Service"}),
        (
            "Service.NetworkConfiguration.AwsvpcConfiguration.SecurityGroups.0",
            {"Ref": "CacheGroup"},
            {"Service", "Database", "Cache"},
        ),
        ("ToDatabase", GONE, {"Database"}),
        ("Database.Port", 5433, {"Database", "Task"}),
        ("Database.Engine", "mysql", {"Database", "Task"}),
        ("Database.VPCSecurityGroups", GONE, {"Database"}),
        ("Database.VPCSecurityGroups.0", {"Ref": "CacheGroup"}, {"Database"}),
        ("DatabaseGroup.SecurityGroupIngress.0.FromPort", 5433, {"Database"}),
        ("Cache.Port", 6380, {"Cache", "Task"}),
        ("Cache.Engine", "memcached", {"Cache", "Task"}),
        ("Cache.SecurityGroupIds.0", {"Ref": "DatabaseGroup"}, {"Cache"}),
        ("CacheGroup.SecurityGroupIngress.0.CidrIp", "10.0.0.0/24", {"Cache"}),
        ("ToCache.ToPort", 6378, {"Cache"}),
    ],
)
def test_whatever_does_not_fit_is_named(path: str, value: Any, where: set[str]) -> None:
    assert places(RULE, changed((path, value))) == sorted(f"platform.json/{place}" for place in where)


@pytest.mark.parametrize(
    "changes",
    [
        [("Service.TaskDefinition", {"Fn::ImportValue": "task"})],
        [("Service.LoadBalancers.0.TargetGroupArn", {"Fn::ImportValue": "targets"})],
        [("Balancer.SecurityGroups.0", "sg-0123456789abcdef0"), ("ToService", GONE)],
        [("Database.VPCSecurityGroups.0", "sg-0123456789abcdef0")],
        [("Database.Port", {"Fn::ImportValue": "port"})],
        [("Database.Engine", "aurora-postgresql")],
        [("Targets.Port", 443)],  # ECS registers the container's own
        [("Targets.Port", 8080), ("Targets.Protocol", "HTTP"), ("Targets.HealthCheckProtocol", "HTTP")],
        [("Targets.HealthCheckPort", "traffic-port")],
        [  # a container may listen at more than it maps
            ("Targets.HealthCheckPort", "8444"),
            ("ToService.ToPort", 8444),
            ("ServiceGroup.SecurityGroupIngress.0.ToPort", 8444),
        ],
        [("Task.ContainerDefinitions.0.PortMappings.0", {"ContainerPortRange": "8000-9000"})],
        [("Balancer.Scheme", "internal"), ("PublicRoute", GONE)],
        [("Http", GONE)],
        [("Vpc", GONE), ("Balancer.SecurityGroups", GONE)],  # the default group of another's VPC
        [
            ("Task.ContainerDefinitions.0.Environment.3", {"Name": "APP_PORT", "Value": "8443"}),
            ("Task.ContainerDefinitions.0.Environment.0.Name", "APP_DATABASE_HOST"),
        ],
    ],
)
def test_other_ways_to_say_it_and_what_is_not_known_are_left_alone(changes: list[tuple[str, Any]]) -> None:
    assert not found(RULE, changed(*changes))


def test_a_service_uses_what_its_role_may_log_in_to() -> None:
    role = {
        "Policies": [
            {
                "PolicyName": "login",
                "PolicyDocument": {
                    "Statement": [
                        {
                            "Effect": "Allow",
                            "Action": "rds-db:connect",
                            "Resource": {
                                "Fn::Sub": "arn:aws:rds-db:eu-west-1:1:dbuser:${Database.DbiResourceId}/service"
                            },
                        }
                    ]
                },
            }
        ]
    }
    alone = [
        ("Task.ContainerDefinitions.0.Environment", []),
        ("Database.VPCSecurityGroups.0", {"Ref": "EndpointGroup"}),
    ]
    assert not found(RULE, changed(*alone))
    assert places(RULE, changed(*alone, ("Role", {"Type": "AWS::IAM::Role", "Properties": role}))) == [
        "platform.json/Database"
    ]


def test_a_function_uses_the_store_whose_secret_it_reads_and_a_proxy_stands_between() -> None:
    function = {
        "Type": "AWS::Lambda::Function",
        "Properties": {
            "VpcConfig": {"SecurityGroupIds": [{"Ref": "EndpointGroup"}], "SubnetIds": [{"Ref": "PrivateA"}]},
            "Environment": {"Variables": {"SECRET": {"Fn::GetAtt": ["Database", "MasterUserSecret.SecretArn"]}}},
        },
    }
    assert places(RULE, changed(("Function", function))) == ["platform.json/Database"]
    proxy = {
        "Type": "AWS::RDS::DBProxy",
        "Properties": {
            "EngineFamily": "POSTGRESQL",
            "VpcSecurityGroupIds": [{"Ref": "ServiceGroup"}],
            "VpcSubnetIds": [{"Ref": "PrivateA"}],
        },
    }
    function["Properties"]["Environment"]["Variables"]["HOST"] = {"Fn::GetAtt": ["Proxy", "Endpoint"]}  # type: ignore[index]
    assert places(RULE, changed(("Proxy", proxy), ("Function", function))) == ["platform.json/Proxy"]


def test_a_file_system_is_used_by_the_task_that_mounts_it() -> None:
    volumes = [{"Name": "data", "EFSVolumeConfiguration": {"FilesystemId": {"Ref": "Files"}}}]
    target = {
        "Type": "AWS::EFS::MountTarget",
        "Properties": {
            "FileSystemId": {"Ref": "Files"},
            "SubnetId": {"Ref": "PrivateA"},
            "SecurityGroups": [{"Ref": "CacheGroup"}],
        },
    }
    tree = changed(("Task.Volumes", volumes), ("Files", {"Type": "AWS::EFS::FileSystem"}), ("Mount", target))
    assert places(RULE, tree) == ["platform.json/Mount"]


def test_the_message_says_which_end_is_closed() -> None:
    (problem,) = found(RULE, changed(("ToDatabase", GONE)))
    assert problem.message == (
        "Database (RDS::DBInstance) listens at port 5432, and Service (ECS::Service), which uses it, doesn't get "
        "there: ServiceGroup (EC2::SecurityGroup) doesn't let it out"
    )
    assert problem.path[-1] == "VPCSecurityGroups"


def test_values_of_any_type_are_survived() -> None:
    for tree in hostile():
        found(RULE, tree)
