"""What holds for the service and the task that prepares its database."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec.structs import replace

from stacks.service import Service
from stratopause.environments.schema import Environment

Resources = dict[str, Any]


def rendered(given: Environment, /, **changed: Any) -> Resources:
    settings = replace(given.service, **changed)
    resources: Resources = Service(given.prefix, settings, given.retention.log_days).render()["Resources"]
    return resources


@pytest.fixture(scope="module")
def resources(production: Environment) -> Resources:
    return rendered(production)


def container(resources: Resources, task: str) -> dict[str, Any]:
    (definition,) = resources[task]["Properties"]["ContainerDefinitions"]
    assert isinstance(definition, dict)
    return definition


def policy(resources: Resources, name: str) -> list[dict[str, Any]]:
    statements: list[dict[str, Any]] = resources[name]["Properties"]["PolicyDocument"]["Statement"]
    return statements


@pytest.mark.parametrize("task", ["Task", "PreparationTask"])
def test_a_container_is_not_root_and_can_write_to_tmp_only(resources: Resources, task: str) -> None:
    definition = container(resources, task)
    assert definition["User"].split(":")[0] not in {"0", "root"}
    assert definition["ReadonlyRootFilesystem"] is True
    assert definition["LinuxParameters"]["Capabilities"] == {"Drop": ["ALL"]}
    assert [mount["ContainerPath"] for mount in definition["MountPoints"]] == ["/tmp"]


def test_the_service_is_told_where_to_log_in_and_no_secret(resources: Resources) -> None:
    definition = container(resources, "Task")
    assert "Secrets" not in definition
    told = {variable["Name"]: variable["Value"] for variable in definition["Environment"]}
    assert told == {
        "LOG_LEVEL": "info",
        "AWS_REGION": {"Ref": "AWS::Region"},
        "PORT": "8443",
        "DATABASE_HOST": {"Ref": "DatabaseEndpoint"},
        "DATABASE_PORT": {"Ref": "DatabasePort"},
        "DATABASE_NAME": "records",
        "DATABASE_USER": "service",
        "CACHE_HOST": {"Ref": "CacheEndpoint"},
        "CACHE_PORT": {"Ref": "CachePort"},
        "CACHE_NAME": {"Ref": "CacheId"},
        "CACHE_USER": {"Ref": "CacheUserId"},
    }


def test_the_service_is_told_the_database_that_the_instance_is_made_with(
    resources: Resources, templates: dict[str, Any]
) -> None:
    (name,) = (v["Value"] for v in container(resources, "Task")["Environment"] if v["Name"] == "DATABASE_NAME")
    assert name == templates["database.json"]["Resources"]["Instance"]["Properties"]["DBName"]


def test_a_setting_can_t_send_the_service_to_another_database(production: Environment) -> None:
    resources = rendered(production, environment={"DATABASE_HOST": "elsewhere.example.org"})
    (host,) = (v["Value"] for v in container(resources, "Task")["Environment"] if v["Name"] == "DATABASE_HOST")
    assert host == {"Ref": "DatabaseEndpoint"}


def test_only_the_preparation_gets_the_master_s_secret(resources: Resources) -> None:
    assert container(resources, "PreparationTask")["Secrets"] == [
        {"Name": "MASTER_SECRET", "ValueFrom": {"Ref": "MasterSecretArn"}}
    ]
    readers = {
        name
        for name, resource in resources.items()
        if resource["Type"] == "AWS::IAM::ManagedPolicy" and "MasterSecretArn" in str(resource)
    }
    assert readers == {"PreparationExecutionPolicy"}


def test_the_preparation_may_call_nothing_of_aws(resources: Resources) -> None:
    assert "TaskRoleArn" not in resources["PreparationTask"]["Properties"]


def test_the_service_s_tasks_may_log_in_and_nothing_else(resources: Resources) -> None:
    assert resources["Task"]["Properties"]["TaskRoleArn"] == {"Fn::GetAtt": ["TaskRole", "Arn"]}
    actions = [action for statement in policy(resources, "TaskPolicy") for action in statement["Action"]]
    assert actions == ["rds-db:connect", "elasticache:Connect"]


def test_roles_are_ready_before_the_service_starts(resources: Resources) -> None:
    assert set(resources["Service"]["DependsOn"]) == {"ExecutionPolicy", "TaskPolicy"}
    assert resources["PreparationTask"]["DependsOn"] == "PreparationExecutionPolicy"


def test_a_failed_deployment_rolls_back_and_nobody_gets_a_shell(resources: Resources) -> None:
    service = resources["Service"]["Properties"]
    assert service["DeploymentConfiguration"]["DeploymentCircuitBreaker"] == {"Enable": True, "Rollback": True}
    assert service["EnableExecuteCommand"] is False
    assert service["NetworkConfiguration"]["AwsvpcConfiguration"]["AssignPublicIp"] == "DISABLED"
    assert service["PlatformVersion"] == "1.4.0"


def test_autoscaling_alone_sets_the_count(resources: Resources) -> None:
    assert "DesiredCount" not in resources["Service"]["Properties"]
    target = resources["ScalableTarget"]["Properties"]
    assert (target["MinCapacity"], target["MaxCapacity"]) == (2, 10)
    tasks = resources["TasksAlarm"]["Properties"]
    assert (tasks["Threshold"], tasks["TreatMissingData"]) == (2, "breaching")


def test_without_an_image_no_task_runs_and_no_alarm_minds(production: Environment) -> None:
    resources = rendered(production, image=None)
    assert resources["Service"]["Properties"]["DesiredCount"] == 0
    target = resources["ScalableTarget"]["Properties"]
    assert (target["MinCapacity"], target["MaxCapacity"]) == (0, 0)
    assert resources["TasksAlarm"]["Properties"]["TreatMissingData"] == "notBreaching"
    assert "@sha256:" in container(resources, "Task")["Image"]["Fn::Sub"]


def test_insights_log_into_an_encrypted_log_group_made_before_the_cluster(resources: Resources) -> None:
    cluster = resources["Cluster"]
    group = resources["InsightsLogGroup"]["Properties"]
    name = cluster["Properties"]["ClusterName"]
    assert group["LogGroupName"] == {"Fn::Join": ["", ["/aws/ecs/containerinsights/", name, "/performance"]]}
    assert group["KmsKeyId"] == {"Ref": "LogsKeyArn"}
    assert cluster["DependsOn"] == "InsightsLogGroup"


def test_task_storage_is_encrypted_with_our_key(resources: Resources) -> None:
    storage = resources["Cluster"]["Properties"]["Configuration"]["ManagedStorageConfiguration"]
    assert storage == {"FargateEphemeralStorageKmsKeyId": {"Ref": "DataKeyArn"}}
