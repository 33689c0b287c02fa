from __future__ import annotations

from typing import Any

import pytest

from tests.forest import Body, forest, found, nested, resource, template
from tests.hostile import hostile

RULE = "E9009"
UNIQUE = {"Fn::Select": [2, {"Fn::Split": ["/", {"Ref": "AWS::StackId"}]}]}


def at(**resources: Body) -> list[tuple[str | int, ...]]:
    return [problem.path[1:] for problem in found(RULE, forest(platform=template(**resources)))]


def two(type_: str, first: Body, second: Body) -> list[tuple[str | int, ...]]:
    return at(A=resource(type_, first), B=resource(type_, second))


@pytest.mark.parametrize(
    ("type_", "name"),
    [
        ("Logs::LogGroup", "LogGroupName"),
        ("S3::Bucket", "BucketName"),
        ("IAM::Role", "RoleName"),
        ("KMS::Alias", "AliasName"),
        ("CloudWatch::Alarm", "AlarmName"),
        ("SecretsManager::Secret", "Name"),
        ("RDS::DBInstance", "DBInstanceIdentifier"),
        ("ElasticLoadBalancingV2::TargetGroup", "Name"),
        ("DynamoDB::Table", "TableName"),
    ],
)
def test_the_second_that_wants_a_name_is_found(type_: str, name: str) -> None:
    assert two(type_, {name: "alias/ours"}, {name: "alias/ours"}) == [("B", "Properties", name)]
    assert not two(type_, {name: "alias/ours"}, {name: "alias/other"})
    assert not two(type_, {}, {})


def test_a_name_of_the_dns_is_the_same_with_a_dot_at_its_end() -> None:
    records = [
        {"Name": name, "Type": "A", "HostedZoneId": "Z1"} for name in ("Clinic.example.org", "clinic.example.org.")
    ]
    assert two("Route53::RecordSet", *records) == [("B", "Properties", "Name")]


@pytest.mark.parametrize(
    "value",
    [
        {"Fn::Sub": "${AWS::StackName}-a"},
        {"Fn::Join": ["-", ["a", UNIQUE]]},
        {"Ref": "Name"},
        {"Fn::ImportValue": "name"},
    ],
)
def test_names_that_are_written_alike_are_one(value: Any) -> None:
    root = template(A=resource("SQS::Queue", {"QueueName": value}), B=resource("SQS::Queue", {"QueueName": value}))
    root["Parameters"] = {"Name": {"Type": "String"}}
    assert len(found(RULE, forest(platform=root))) == 1


def test_names_that_come_to_the_same_are_one() -> None:
    assert two("SQS::Queue", {"QueueName": "a-b"}, {"QueueName": {"Fn::Join": ["-", ["a", "b"]]}})
    assert two("IAM::Role", {"RoleName": "Ours"}, {"RoleName": "ours"})
    assert not two("SQS::Queue", {"QueueName": {"Fn::Sub": "${AWS::Region}-a"}}, {"QueueName": "a"})
    assert not two("SQS::Queue", {"QueueName": UNIQUE}, {"QueueName": {"Fn::Select": [1, UNIQUE["Fn::Select"][1]]}})


def test_types_may_share_their_names() -> None:
    alarms = {"A": resource("CloudWatch::Alarm", {"AlarmName": "a"})}
    assert at(**alarms, B=resource("CloudWatch::CompositeAlarm", {"AlarmName": "a"}))
    assert at(
        A=resource("RDS::DBInstance", {"DBInstanceIdentifier": "a"}),
        B=resource("Neptune::DBInstance", {"DBInstanceIdentifier": "A"}),
    )
    assert not at(**alarms, B=resource("SNS::Topic", {"TopicName": "a"}))


def test_some_names_are_only_the_only_ones_within_something() -> None:
    assert not two("ECS::Service", {"ServiceName": "a", "Cluster": "one"}, {"ServiceName": "a", "Cluster": "other"})
    assert two("ECS::Service", {"ServiceName": "a", "Cluster": "one"}, {"ServiceName": "a", "Cluster": "one"})
    assert not two("WAFv2::WebACL", {"Name": "a", "Scope": "REGIONAL"}, {"Name": "a", "Scope": "CLOUDFRONT"})
    record = {"Name": "a.example.org", "Type": "A", "HostedZoneId": "Z1"}
    assert not two("Route53::RecordSet", record, {**record, "Type": "AAAA"})
    assert not two("Route53::RecordSet", {**record, "SetIdentifier": "1"}, {**record, "SetIdentifier": "2"})


def test_names_are_compared_through_the_whole_tree() -> None:
    child = template(Topic=resource("SNS::Topic", {"TopicName": "alerts"}))
    root = template(A=nested("a.json"), Topic=resource("SNS::Topic", {"TopicName": "alerts"}))
    (problem,) = found(RULE, forest(platform=root, a=child))
    assert problem.message == "A/Topic (SNS::Topic) wants the name alerts, which Topic (SNS::Topic) has"
    assert found(RULE, forest(platform=template(A=nested("a.json"), B=nested("a.json")), a=child))
    own = template(Topic=resource("SNS::Topic", {"TopicName": {"Fn::Sub": "${AWS::StackName}-alerts"}}))
    assert not found(RULE, forest(platform=template(A=nested("a.json"), B=nested("a.json")), a=own))


def test_what_excludes_each_other_may_have_one_name() -> None:
    one, other = {**resource("SNS::Topic", {"TopicName": "a"})}, {**resource("SNS::Topic", {"TopicName": "a"})}
    root = template(A={**one, "Condition": "IsOne"}, B={**other, "Condition": "IsOther"})
    root["Parameters"] = {"Which": {"Type": "String"}}
    root["Conditions"] = {f"Is{name}": {"Fn::Equals": [{"Ref": "Which"}, name]} for name in ("One", "Other")}
    assert not found(RULE, forest(platform=root))
    root["Conditions"]["IsOther"] = {"Fn::Not": [{"Condition": "IsOne"}]}
    assert not found(RULE, forest(platform=root))
    del root["Resources"]["B"]["Condition"]
    assert found(RULE, forest(platform=root))


def test_values_of_any_type_are_taken() -> None:
    twice = {name: resource("ECS::Service", {"ServiceName": "a", "Cluster": "b"}) for name in "AB"}
    for changed in hostile(template(**twice)):
        found(RULE, forest(platform={**changed, "Conditions": 7}))
