from __future__ import annotations

from typing import Any

import pytest

pytestmark = pytest.mark.emulator

TRUST = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Principal": {"Service": "ecs.amazonaws.com"}, "Action": "sts:AssumeRole"}],
}
RIGHTS = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}]}
CAPABILITIES = {"Capabilities": ["CAPABILITY_NAMED_IAM"]}


def resource(kind: str, **properties: Any) -> Any:
    return {"Type": f"AWS::{kind}", "DeletionPolicy": "Retain", "Properties": properties}


UNNAMED = {
    "Bucket": resource("S3::Bucket"),
    "Group": resource("Logs::LogGroup"),
    "Role": resource("IAM::Role", AssumeRolePolicyDocument=TRUST),
    "Policy": resource("IAM::ManagedPolicy", PolicyDocument=RIGHTS),
    "Topic": resource("SNS::Topic"),
    "Value": resource("SSM::Parameter", Type="String", Value="1"),
    "Cluster": resource("ECS::Cluster"),
    "Repository": resource("ECR::Repository"),
    "Secret": resource("SecretsManager::Secret", GenerateSecretString={}),
    "Parameters": resource("RDS::DBParameterGroup", Family="postgres16", Description="d"),
    "CacheParameters": resource("ElastiCache::ParameterGroup", CacheParameterGroupFamily="valkey8", Description="d"),
    "Alarm": resource(
        "CloudWatch::Alarm",
        ComparisonOperator="GreaterThanThreshold",
        EvaluationPeriods=1,
        MetricName="m",
        Namespace="n",
        Period=60,
        Statistic="Sum",
        Threshold=1,
    ),
    "Walls": resource("EC2::SecurityGroup", GroupDescription="d"),
}


def physical_ids(cloud: Any) -> dict[str, str]:
    return {name: each["PhysicalResourceId"] for name, each in cloud.resources().items()}


def test_what_a_deleted_root_left_behind_is_not_in_the_way_of_the_next(cloud: Any) -> None:
    made = []
    for _ in range(2):
        assert cloud.deploy({"Resources": UNNAMED}, **CAPABILITIES) == "CREATE_COMPLETE"
        made.append(physical_ids(cloud))
        assert cloud.delete() == "DELETE_COMPLETE"
    first, second = made
    assert {name for name in first if first[name] == second[name]} == set()
    assert len(cloud.client("logs").describe_log_groups()["logGroups"]) == 2
    assert len(cloud.client("ecs").list_clusters()["clusterArns"]) == 2
    groups = cloud.client("ec2").describe_security_groups()["SecurityGroups"]
    assert len({each["GroupName"] for each in groups if each["Description"] == "d"}) == 2


def test_an_update_keeps_the_names_that_were_made_up(cloud: Any) -> None:
    cloud.deploy({"Resources": UNNAMED}, **CAPABILITIES)
    before = physical_ids(cloud)
    changed = {**UNNAMED, "Value": resource("SSM::Parameter", Type="String", Value="2")}
    changed["Group"] = resource("Logs::LogGroup", RetentionInDays=30)
    changed["Cluster"] = resource("ECS::Cluster", ClusterSettings=[{"Name": "containerInsights", "Value": "enabled"}])
    changed["Walls"] = resource(
        "EC2::SecurityGroup",
        GroupDescription="d",
        SecurityGroupIngress=[{"IpProtocol": "tcp", "FromPort": 443, "ToPort": 443, "CidrIp": "10.0.0.0/8"}],
    )
    assert cloud.deploy({"Resources": changed}, **CAPABILITIES) == "UPDATE_COMPLETE"
    assert physical_ids(cloud) == before
    assert cloud.values()[before["Value"]] == "2"


def test_a_replacement_gets_a_name_of_its_own_and_keeps_it(cloud: Any) -> None:
    def group(description: str, **more: Any) -> Any:
        return {"Resources": {"Walls": resource("EC2::SecurityGroup", GroupDescription=description, **more)}}

    def name() -> str:
        found = cloud.client("ec2").describe_security_groups(GroupIds=[physical_ids(cloud)["Walls"]])["SecurityGroups"]
        return str(found[0]["GroupName"])

    cloud.deploy(group("one"))
    first = name()
    assert cloud.deploy(group("two")) == "UPDATE_COMPLETE"
    second, replaced = name(), physical_ids(cloud)
    assert first != second
    assert cloud.deploy(group("two", Tags=[{"Key": "owner", "Value": "team"}])) == "UPDATE_COMPLETE"
    assert (name(), physical_ids(cloud)) == (second, replaced)


def test_two_resources_of_a_stack_have_different_names_that_begin_with_the_stack(cloud: Any) -> None:
    cloud.deploy({"Resources": {"One": UNNAMED["Group"], "Other": UNNAMED["Group"]}})
    made = physical_ids(cloud)
    assert made["One"] != made["Other"]
    assert made["One"].startswith("root-One-")
    assert made["Other"].startswith("root-Other-")
