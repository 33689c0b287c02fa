"""What holds for the cache of sessions and hot records."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec.structs import replace

from stacks.cache import Cache
from stratopause.environments.schema import Environment

Resources = dict[str, Any]


def rendered(environment: Environment, **changed: Any) -> Resources:
    cache = Cache(environment.prefix, replace(environment.cache, **changed), environment.retention.log_days)
    resources: Resources = cache.render()["Resources"]
    return resources


@pytest.fixture(scope="module")
def resources(production: Environment) -> Resources:
    return rendered(production)


@pytest.fixture(scope="module")
def group(resources: Resources) -> dict[str, Any]:
    properties: dict[str, Any] = resources["ReplicationGroup"]["Properties"]
    return properties


def test_nothing_travels_or_rests_in_the_clear(group: dict[str, Any]) -> None:
    assert group["TransitEncryptionEnabled"] is True
    assert group["TransitEncryptionMode"] == "required"
    assert group["AtRestEncryptionEnabled"] is True
    assert group["KmsKeyId"] == {"Ref": "DataKeyArn"}


def test_a_login_needs_iam_and_there_is_no_token_to_leak(resources: Resources, group: dict[str, Any]) -> None:
    user = resources["ServiceUser"]["Properties"]
    assert user["AuthenticationMode"] == {"Type": "iam"}
    assert user["UserId"] == user["UserName"]
    assert group["UserGroupIds"] == [{"Ref": "UserGroup"}]
    assert "AuthToken" not in group


def test_the_service_gets_no_command_that_is_marked_as_dangerous(resources: Resources) -> None:
    access = resources["ServiceUser"]["Properties"]["AccessString"].split()
    assert "+@all" not in access
    assert access.index("-@all") < access.index("+@read")
    assert access[-2:] == ["-@admin", "-@dangerous"]


def test_valkey_has_the_service_as_its_only_user(resources: Resources) -> None:
    assert resources["UserGroup"]["Properties"]["UserIds"] == [{"Ref": "ServiceUser"}]
    assert "DefaultUser" not in resources


def test_the_default_user_that_redis_wants_is_off(production: Environment) -> None:
    resources = rendered(production, engine="redis", engine_version="7.1")
    default = resources["DefaultUser"]["Properties"]
    assert default["UserName"] == "default"
    assert default["AccessString"].split()[0] == "off"
    assert resources["UserGroup"]["Properties"]["UserIds"] == [{"Ref": "ServiceUser"}, {"Ref": "DefaultUser"}]


@pytest.mark.parametrize(("replicas", "fails_over"), [(0, False), (1, True), (2, True)])
def test_it_fails_over_to_another_zone_as_soon_as_there_is_a_replica(
    production: Environment, replicas: int, fails_over: bool
) -> None:
    group = rendered(production, replicas=replicas)["ReplicationGroup"]["Properties"]
    assert group["NumCacheClusters"] == replicas + 1
    assert group["AutomaticFailoverEnabled"] is fails_over
    assert group["MultiAZEnabled"] is fails_over


def test_it_keeps_snapshots_of_its_own_and_one_when_it_goes(resources: Resources, group: dict[str, Any]) -> None:
    assert group["SnapshotRetentionLimit"] >= 15
    assert resources["ReplicationGroup"]["DeletionPolicy"] == "Snapshot"
    assert resources["ReplicationGroup"]["UpdateReplacePolicy"] == "Snapshot"


def test_both_logs_go_to_log_groups_that_are_encrypted_and_kept(resources: Resources, group: dict[str, Any]) -> None:
    delivered = {
        log["LogType"]: log["DestinationDetails"]["CloudWatchLogsDetails"]["LogGroup"]["Ref"]
        for log in group["LogDeliveryConfigurations"]
    }
    assert set(delivered) == {"slow-log", "engine-log"}
    for logical_id in delivered.values():
        log_group = resources[logical_id]
        assert log_group["Properties"]["KmsKeyId"] == {"Ref": "LogsKeyArn"}
        assert log_group["Properties"]["RetentionInDays"] == 3653
        assert log_group["DeletionPolicy"] == "RetainExceptOnCreate"


def test_only_the_client_reaches_it(resources: Resources) -> None:
    group = resources["SecurityGroup"]["Properties"]
    (way_in,) = group["SecurityGroupIngress"]
    assert way_in["SourceSecurityGroupId"] == {"Ref": "ClientSecurityGroupId"}
    assert (way_in["FromPort"], way_in["ToPort"]) == (6379, 6379)
    assert [rule["CidrIp"] for rule in group["SecurityGroupEgress"]] == ["255.255.255.255/32"]
    assert resources["ClientEgress"]["Properties"]["GroupId"] == {"Ref": "ClientSecurityGroupId"}


def test_every_node_is_watched_and_somebody_is_told(resources: Resources) -> None:
    alarms = [resource["Properties"] for resource in resources.values() if resource["Type"] == "AWS::CloudWatch::Alarm"]
    watched = {(alarm["MetricName"], alarm["Dimensions"][0]["Value"]["Fn::Join"][1][1]) for alarm in alarms}
    for node in ("001", "002", "003"):
        assert {metric for metric, of in watched if of == node} == {
            "EngineCPUUtilization",
            "DatabaseMemoryUsagePercentage",
            "ReplicationLag",
            "Evictions",
            "AuthenticationFailures",
        }
    assert all(alarm["AlarmActions"] == [{"Ref": "TopicArn"}] for alarm in alarms)
