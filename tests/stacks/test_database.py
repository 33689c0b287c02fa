"""What holds for the store of patient records."""

from __future__ import annotations

from typing import Any

import pytest

from stacks.database import LOG_EXPORTS, Database
from stratopause.environments.schema import Environment


@pytest.fixture(scope="module")
def template(production: Environment) -> dict[str, Any]:
    database = Database(production.prefix, production.database, production.retention.log_days)
    return database.render()


@pytest.fixture(scope="module")
def instance(template: dict[str, Any]) -> dict[str, Any]:
    resource: dict[str, Any] = template["Resources"]["Instance"]
    return resource


def test_the_database_cant_be_reached_from_the_internet(template: dict[str, Any], instance: dict[str, Any]) -> None:
    assert instance["Properties"]["PubliclyAccessible"] is False
    group = template["Resources"]["SecurityGroup"]["Properties"]
    (rule,) = group["SecurityGroupIngress"]
    assert rule["SourceSecurityGroupId"] == {"Ref": "ClientSecurityGroupId"}
    assert (rule["FromPort"], rule["ToPort"]) == (5432, 5432)
    assert "CidrIp" not in rule
    assert [rule["CidrIp"] for rule in group["SecurityGroupEgress"]] == ["255.255.255.255/32"]


def test_the_client_may_reach_the_database_and_no_more(template: dict[str, Any]) -> None:
    egress = template["Resources"]["ClientEgress"]["Properties"]
    assert egress["GroupId"] == {"Ref": "ClientSecurityGroupId"}
    assert egress["DestinationSecurityGroupId"] == {"Fn::GetAtt": ["SecurityGroup", "GroupId"]}
    assert (egress["FromPort"], egress["ToPort"], egress["IpProtocol"]) == (5432, 5432, "tcp")


def test_everything_that_holds_patient_data_is_encrypted_with_our_key(instance: dict[str, Any]) -> None:
    properties = instance["Properties"]
    assert properties["StorageEncrypted"] is True
    assert properties["KmsKeyId"] == {"Ref": "DataKeyArn"}
    assert properties["PerformanceInsightsKMSKeyId"] == {"Ref": "DataKeyArn"}


def test_no_password_is_in_the_template(instance: dict[str, Any]) -> None:
    assert instance["Properties"]["ManageMasterUserPassword"] is True
    assert instance["Properties"]["MasterUserSecret"] == {"KmsKeyId": {"Ref": "SecretsKeyArn"}}
    assert "MasterUserPassword" not in instance["Properties"]


def test_connections_need_tls_and_logins_can_use_iam(template: dict[str, Any], instance: dict[str, Any]) -> None:
    assert template["Resources"]["ParameterGroup"]["Properties"]["Parameters"]["rds.force_ssl"] == "1"
    assert instance["Properties"]["EnableIAMDatabaseAuthentication"] is True


def test_no_patient_data_is_logged(template: dict[str, Any]) -> None:
    parameters = template["Resources"]["ParameterGroup"]["Properties"]["Parameters"]
    assert parameters["log_statement"] == "none"
    assert parameters["log_min_duration_statement"] == "-1"
    assert parameters["log_min_error_statement"] == "panic"
    assert parameters["log_parameter_max_length"] == parameters["log_parameter_max_length_on_error"] == "0"
    assert parameters["pgaudit.log_parameter"] == "0"
    assert "pgaudit" in parameters["shared_preload_libraries"]
    assert not {"all", "read", "write"} & set(parameters["pgaudit.log"].split(","))


def test_every_exported_log_has_an_encrypted_group_before_the_instance(
    template: dict[str, Any], instance: dict[str, Any], production: Environment
) -> None:
    groups = {
        name: resource for name, resource in template["Resources"].items() if resource["Type"] == "AWS::Logs::LogGroup"
    }
    assert set(groups) == set(instance["DependsOn"])
    exports = [group["Properties"]["LogGroupName"]["Fn::Join"][1][-1] for group in groups.values()]
    assert sorted(exports) == sorted(f"/{export}" for export in instance["Properties"]["EnableCloudwatchLogsExports"])
    assert len(exports) == len(LOG_EXPORTS)
    for group in groups.values():
        assert group["Properties"]["KmsKeyId"] == {"Ref": "LogsKeyArn"}
        assert group["Properties"]["RetentionInDays"] == production.retention.log_days
        assert group["Properties"]["LogGroupName"]["Fn::Join"][1][1] == instance["Properties"]["DBInstanceIdentifier"]


def test_no_deletion_loses_the_records(instance: dict[str, Any]) -> None:
    assert instance["Properties"]["DeletionProtection"] is True
    assert instance["DeletionPolicy"] == instance["UpdateReplacePolicy"] == "Snapshot"
    assert instance["Properties"]["DeleteAutomatedBackups"] is False


def test_production_survives_the_loss_of_a_zone_and_can_be_restored(
    template: dict[str, Any], instance: dict[str, Any]
) -> None:
    assert instance["Properties"]["MultiAZ"] is True
    assert instance["Properties"]["BackupRetentionPeriod"] == 35
    selection = template["Resources"]["BackupSelection"]["Properties"]
    assert selection["BackupSelection"]["Resources"] == [{"Fn::GetAtt": ["Instance", "DBInstanceArn"]}]
    assert selection["BackupPlanId"] == {"Ref": "BackupPlanId"}


def test_alarms_and_events_tell_the_topic(template: dict[str, Any]) -> None:
    alarms = [r["Properties"] for r in template["Resources"].values() if r["Type"] == "AWS::CloudWatch::Alarm"]
    assert {alarm["MetricName"] for alarm in alarms} == {
        "CPUUtilization",
        "FreeStorageSpace",
        "FreeableMemory",
        "MaximumUsedTransactionIDs",
    }
    for alarm in alarms:
        assert alarm["AlarmActions"] == [{"Ref": "TopicArn"}]
        assert alarm["Dimensions"] == [{"Name": "DBInstanceIdentifier", "Value": {"Ref": "Instance"}}]
    assert template["Resources"]["Events"]["Properties"]["SnsTopicArn"] == {"Ref": "TopicArn"}


def test_the_engine_is_a_major_version_that_grows_minors_by_itself(instance: dict[str, Any]) -> None:
    """A pinned minor rots: RDS withdraws it, and an automatic upgrade makes it a refused downgrade."""
    assert instance["Properties"]["EngineVersion"].isdigit()
    assert instance["Properties"]["AutoMinorVersionUpgrade"] is True
