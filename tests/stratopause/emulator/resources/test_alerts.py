"""What tells people: topics, alarms, dashboards and rules."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.stratopause.emulator.resources.templates import Resources, att, key, ref, resource

pytestmark = pytest.mark.emulator


def alerts() -> Resources:
    metric = {"Namespace": "AWS/RDS", "MetricName": "CPUUtilization", "Period": 60, "EvaluationPeriods": 3}
    publish = {
        "Effect": "Allow",
        "Principal": {"Service": "cloudwatch.amazonaws.com"},
        "Action": "sns:Publish",
        "Resource": ref("Topic"),
    }
    return {
        "Key": key(),
        "Topic": resource("SNS::Topic", TopicName="alerts", KmsMasterKeyId=ref("Key")),
        "TopicPolicy": resource(
            "SNS::TopicPolicy",
            Topics=[ref("Topic")],
            PolicyDocument={"Version": "2012-10-17", "Statement": [publish]},
        ),
        "Mail": resource("SNS::Subscription", TopicArn=ref("Topic"), Protocol="email", Endpoint="ops@example.org"),
        "Alarm": resource(
            "CloudWatch::Alarm",
            AlarmName="cpu",
            **metric,
            Statistic="Average",
            Threshold="80",
            ComparisonOperator="GreaterThanThreshold",
            AlarmActions=[ref("Topic")],
        ),
        "Any": resource(
            "CloudWatch::CompositeAlarm",
            AlarmName="any",
            AlarmRule={"Fn::Sub": 'ALARM("${Alarm}")'},
            AlarmActions=[ref("Topic")],
        ),
        "Dashboard": resource("CloudWatch::Dashboard", DashboardName="overview", DashboardBody='{"widgets":[]}'),
        "Rule": resource(
            "Events::Rule",
            Name="backup-failed",
            EventPattern={"source": ["aws.backup"]},
            Targets=[{"Id": "topic", "Arn": ref("Topic")}],
        ),
    }


def test_alerts_live_as_their_services_show_them(account: Any) -> None:
    sns, cloudwatch, events = account.client("sns"), account.client("cloudwatch"), account.client("events")
    outputs = {"Alarm": att("Alarm", "Arn"), "Any": att("Any", "Arn"), "Rule": att("Rule", "Arn")}
    stack = account.created(alerts(), outputs | {"Topic": att("Topic", "TopicArn"), "Name": att("Topic", "TopicName")})
    topic = stack.physical_ids["Topic"]
    attributes = sns.get_topic_attributes(TopicArn=topic)["Attributes"]
    assert attributes["KmsMasterKeyId"] == stack.physical_ids["Key"]
    assert "cloudwatch.amazonaws.com" in attributes["Policy"]
    assert sns.list_subscriptions_by_topic(TopicArn=topic)["Subscriptions"][0]["Endpoint"] == "ops@example.org"
    shown = cloudwatch.describe_alarms(AlarmTypes=["MetricAlarm", "CompositeAlarm"])
    assert shown["MetricAlarms"][0]["Threshold"] == 80
    assert shown["CompositeAlarms"][0]["AlarmRule"] == 'ALARM("cpu")'
    assert cloudwatch.get_dashboard(DashboardName="overview")["DashboardBody"] == '{"widgets":[]}'
    assert events.list_targets_by_rule(Rule="backup-failed")["Targets"][0]["Arn"] == topic

    changed = alerts()
    changed["Alarm"]["Properties"]["Threshold"] = 90
    changed["Any"]["Properties"]["AlarmRule"] = {"Fn::Sub": 'NOT ALARM("${Alarm}")'}
    changed["Rule"]["Properties"]["EventPattern"] = {"source": ["aws.rds"]}
    changed["Dashboard"]["Properties"]["DashboardBody"] = '{"widgets":[],"start":"-PT1H"}'
    del changed["Topic"]["Properties"]["KmsMasterKeyId"]
    assert account.created(changed).physical_ids == stack.physical_ids
    shown = cloudwatch.describe_alarms(AlarmTypes=["MetricAlarm", "CompositeAlarm"])
    assert shown["MetricAlarms"][0]["Threshold"] == 90
    assert shown["CompositeAlarms"][0]["AlarmRule"].startswith("NOT")
    assert json.loads(events.describe_rule(Name="backup-failed")["EventPattern"]) == {"source": ["aws.rds"]}
    assert "KmsMasterKeyId" not in sns.get_topic_attributes(TopicArn=topic)["Attributes"]

    account.deleted()
    shown = cloudwatch.describe_alarms(AlarmTypes=["MetricAlarm", "CompositeAlarm"])
    assert not shown["MetricAlarms"] + shown["CompositeAlarms"]
    assert not sns.list_topics()["Topics"] + events.list_rules()["Rules"]


@pytest.mark.parametrize("logical_id", ["TopicPolicy", "Mail"])
def test_a_topic_that_does_not_exist_is_refused(account: Any, logical_id: str) -> None:
    missing = "arn:aws:sns:us-east-1:000000000000:missing"
    template = alerts()
    template["TopicPolicy"]["Properties"]["Topics"] = [missing]
    template["Mail"]["Properties"]["TopicArn"] = missing
    assert "Topic does not exist" in account.refusal(
        {logical_id: template[logical_id], "Topic": template["Topic"], "Key": template["Key"]}, logical_id
    )


@pytest.mark.parametrize("logical_id", ["Alarm", "Dashboard"])
def test_a_name_that_is_taken_is_refused(account: Any, logical_id: str) -> None:
    template = {name: alerts()[name] for name in (logical_id, "Topic", "Key")}
    account.created(template, name="first")
    template["Topic"]["Properties"]["TopicName"] = "others"
    assert "already exists" in account.refusal(template, logical_id)


def test_tags_of_a_composite_alarm_change_in_place(account: Any) -> None:
    template = alerts()
    template["Any"]["Properties"]["Tags"] = [{"Key": "a", "Value": "1"}]
    arn = account.created(template, {"Any": att("Any", "Arn")}).outputs["Any"]
    template["Any"]["Properties"]["Tags"] = [{"Key": "b", "Value": "2"}]
    account.created(template)
    tags = account.client("cloudwatch").list_tags_for_resource(ResourceARN=arn)["Tags"]
    assert tags == [{"Key": "b", "Value": "2"}]


def test_a_topic_whose_name_is_taken_is_refused(account: Any) -> None:
    account.created({"Topic": resource("SNS::Topic", TopicName="alerts")}, name="first")
    template = {"Topic": resource("SNS::Topic", TopicName="alerts")}
    assert "the topic already exists" in account.refusal(template, "Topic")
