from __future__ import annotations

from typing import Any

import pytest

from tests.forest import forest, found, places, resource, template
from tests.hostile import hostile

RULE = "E9305"

_OWN = {"StringEquals": {"aws:SourceAccount": {"Ref": "AWS::AccountId"}}}
_OWNER = {"StringEquals": {"AWS:SourceOwner": {"Ref": "AWS::AccountId"}}}
_BY_RULE = {"ArnEquals": {"aws:SourceArn": {"Fn::GetAtt": ["Source", "Arn"]}}}
_ALARM = resource("CloudWatch::Alarm", {"AlarmName": "busy", "AlarmActions": [{"Ref": "Topic"}]})
_EVENTS = resource("RDS::EventSubscription", {"SnsTopicArn": {"Ref": "Topic"}})
_RULE = resource("Events::Rule", {"Name": "changes", "Targets": [{"Id": "x", "Arn": {"Ref": "Topic"}}]})
_VAULT = resource("Backup::BackupVault", {"Notifications": {"SNSTopicArn": {"Ref": "Topic"}}})


def _allow(service: str, actions: Any, on: Any, condition: Any = None) -> dict[str, Any]:
    allowed = {"Effect": "Allow", "Principal": {"Service": service}, "Action": actions, "Resource": on}
    return allowed | ({"Condition": condition} if condition else {})


def _topic(source: Any, *statements: Any) -> dict[str, Any]:
    policy = resource(
        "SNS::TopicPolicy", {"Topics": [{"Ref": "Topic"}], "PolicyDocument": {"Statement": [*statements]}}
    )
    more = {"Policy": policy} if statements else {}
    return template(Topic=resource("SNS::Topic"), Source=source, **more)


def _publish(service: str, condition: Any = _OWN) -> dict[str, Any]:
    return _allow(service, "sns:Publish", {"Ref": "Topic"}, condition)


@pytest.mark.parametrize(
    ("source", "statements"),
    [
        (_RULE, []),
        (_VAULT, []),
        (_ALARM, [_publish("backup.amazonaws.com")]),
        (_EVENTS, [_publish("cloudwatch.amazonaws.com")]),
        (_ALARM, [_publish("cloudwatch.amazonaws.com", {"StringEquals": {"aws:SourceAccount": "999988887777"}})]),
        (_ALARM, [_publish("cloudwatch.amazonaws.com") | {"Action": "sns:Subscribe"}]),
        (_RULE, [_publish("events.amazonaws.com", {"ArnEquals": {"aws:SourceArn": {"Fn::Sub": "${Other.Arn}"}}})]),
        (
            _RULE,
            [
                _publish(
                    "events.amazonaws.com",
                    {"ArnLike": {"aws:SourceArn": {"Fn::Sub": "arn:aws:events:*:${AWS::AccountId}:rule/another"}}},
                )
            ],
        ),
        (_ALARM, [_publish("cloudwatch.amazonaws.com"), _publish("*") | {"Effect": "Deny", "Principal": "*"}]),
    ],
)
def test_a_topic_that_lets_nobody_in_is_found_at_who_sends(source: Any, statements: list[Any]) -> None:
    for statement in statements:
        if statement["Effect"] == "Deny":
            del statement["Condition"]
    body = _topic(source, *statements)
    body["Resources"]["Other"] = resource("Events::Rule", {"Description": {"Ref": "AWS::AccountId"}})
    assert places(RULE, forest(platform=body)) == ["platform.json/Source"]


@pytest.mark.parametrize(
    ("source", "statements"),
    [
        (_ALARM, []),
        (_EVENTS, []),
        (_ALARM, [_publish("cloudwatch.amazonaws.com")]),
        (
            _ALARM,
            [
                _publish("x")
                | {
                    "Principal": {"AWS": "*"},
                    "Condition": {"StringEquals": {"AWS:SourceOwner": {"Ref": "AWS::AccountId"}}},
                }
            ],
        ),
        (_RULE, [_publish("events.amazonaws.com", None)]),
        (
            _RULE,
            [_publish("events.amazonaws.com", {"ArnEquals": {"aws:SourceArn": {"Fn::GetAtt": ["Source", "Arn"]}}})],
        ),
    ],
)
def test_a_topic_that_lets_in_who_sends_is_fine(source: Any, statements: list[Any]) -> None:
    assert not found(RULE, forest(platform=_topic(source, *statements)))


def _queue(*statements: Any) -> dict[str, Any]:
    policy = resource(
        "SQS::QueuePolicy", {"Queues": [{"Ref": "Queue"}], "PolicyDocument": {"Statement": [*statements]}}
    )
    subscription = {"TopicArn": {"Ref": "Topic"}, "Protocol": "sqs", "Endpoint": {"Fn::GetAtt": ["Queue", "Arn"]}}
    more = {"Policy": policy} if statements else {}
    return template(
        Topic=resource("SNS::Topic"),
        Queue=resource("SQS::Queue"),
        Source=resource("SNS::Subscription", subscription),
        **more,
    )


def _send(service: str, source: Any) -> dict[str, Any]:
    return _allow(
        service, "sqs:SendMessage", {"Fn::GetAtt": ["Queue", "Arn"]}, {"ArnEquals": {"aws:SourceArn": source}}
    )


def test_a_queue_has_to_let_in_its_topic() -> None:
    assert places(RULE, forest(platform=_queue())) == ["platform.json/Source"]
    assert found(RULE, forest(platform=_queue(_send("events.amazonaws.com", "*"))))
    assert found(RULE, forest(platform=_queue(_send("sns.amazonaws.com", {"Fn::GetAtt": ["Queue", "Arn"]}))))
    assert not found(RULE, forest(platform=_queue(_send("sns.amazonaws.com", {"Ref": "Topic"}))))


def test_a_function_has_to_let_in_its_topic() -> None:
    subscription = {"TopicArn": {"Ref": "Topic"}, "Protocol": "lambda", "Endpoint": {"Fn::GetAtt": ["It", "Arn"]}}
    parts = {
        "Topic": resource("SNS::Topic"),
        "It": resource("Lambda::Function"),
        "Source": resource("SNS::Subscription", subscription),
    }
    permission = {"FunctionName": {"Ref": "It"}, "Principal": "sns.amazonaws.com", "SourceArn": {"Ref": "Topic"}}
    assert places(RULE, forest(platform=template(**parts))) == ["platform.json/Source"]
    given = resource("Lambda::Permission", permission)
    assert not found(RULE, forest(platform=template(**parts, Given=given)))
    other = resource("Lambda::Permission", permission | {"Principal": "s3.amazonaws.com"})
    assert found(RULE, forest(platform=template(**parts, Given=other)))


def _bucket(source: Any, *statements: Any, **bucket: Any) -> dict[str, Any]:
    policy = resource("S3::BucketPolicy", {"Bucket": {"Ref": "Bucket"}, "PolicyDocument": {"Statement": [*statements]}})
    return template(Bucket=resource("S3::Bucket", bucket), Source=source, **({"Policy": policy} if statements else {}))


def _put(service: str, prefix: str = "", condition: Any = _OWN) -> dict[str, Any]:
    return _allow(service, "s3:PutObject", {"Fn::Sub": f"${{Bucket.Arn}}/{prefix}*"}, condition)


def _balancer(**more: str) -> dict[str, Any]:
    attributes = {"access_logs.s3.enabled": "true", "access_logs.s3.bucket": {"Ref": "Bucket"}} | more
    listed = [{"Key": key.replace("__", "."), "Value": value} for key, value in attributes.items()]
    return resource("ElasticLoadBalancingV2::LoadBalancer", {"LoadBalancerAttributes": listed})


_ELB = "logdelivery.elasticloadbalancing.amazonaws.com"
_SOURCE = resource(
    "S3::Bucket", {"LoggingConfiguration": {"DestinationBucketName": {"Ref": "Bucket"}, "LogFilePrefix": "x/"}}
)
_TRAIL = resource("CloudTrail::Trail", {"TrailName": "all", "S3BucketName": {"Ref": "Bucket"}})
_CHECK = _allow("cloudtrail.amazonaws.com", "s3:GetBucketAcl", {"Fn::GetAtt": ["Bucket", "Arn"]}, _OWN)
_FLOWS_CHECK = _CHECK | {"Principal": {"Service": "delivery.logs.amazonaws.com"}}
_FLOWS = resource("EC2::FlowLog", {"LogDestinationType": "s3", "LogDestination": {"Fn::Sub": "${Bucket.Arn}/flows"}})


def _of_trail(name: str) -> dict[str, Any]:
    arn = f"arn:${{AWS::Partition}}:cloudtrail:${{AWS::Region}}:${{AWS::AccountId}}:trail/{name}"
    condition = {"StringLike": {"aws:SourceArn": {"Fn::Sub": arn}, "s3:x-amz-acl": "bucket-owner-full-control"}}
    return _put("cloudtrail.amazonaws.com", "AWSLogs/${AWS::AccountId}/", condition)


@pytest.mark.parametrize(
    ("source", "statements"),
    [
        (_balancer(), []),
        (_balancer(), [_put(_ELB, "other/AWSLogs/")]),
        (_balancer(access_logs__s3__prefix="web"), [_put(_ELB, "AWSLogs/")]),
        (_balancer(), [_put("logging.s3.amazonaws.com")]),
        (_SOURCE, [_put(_ELB)]),
        (_SOURCE, [_put("logging.s3.amazonaws.com", "y/")]),
        (_TRAIL, [_of_trail("all")]),
        (_TRAIL, [_CHECK]),
        (_TRAIL, [_CHECK, _of_trail("another")]),
        (_FLOWS, [_FLOWS_CHECK, _put("delivery.logs.amazonaws.com", "AWSLogs/")]),
        (_FLOWS, [_put("delivery.logs.amazonaws.com")]),
    ],
)
def test_a_bucket_that_keeps_logs_out_is_found_at_who_writes_them(source: Any, statements: list[Any]) -> None:
    assert places(RULE, forest(platform=_bucket(source, *statements))) == ["platform.json/Source"]


@pytest.mark.parametrize(
    ("source", "statements"),
    [
        (_balancer(), [_put(_ELB, "AWSLogs/${AWS::AccountId}/")]),
        (_balancer(access_logs__s3__prefix="web"), [_put(_ELB, "web/AWSLogs/")]),
        (_balancer(), [_put("x", condition=None) | {"Principal": {"AWS": "arn:aws:iam::054676820928:root"}}]),
        (_balancer() | {"Condition": "Never"}, [_put(_ELB)]),
        (_SOURCE, [_put("logging.s3.amazonaws.com", "x/")]),
        (_TRAIL, [_CHECK, _of_trail("all")]),
        (_TRAIL, [_CHECK, _of_trail("*")]),
        (_FLOWS, [_FLOWS_CHECK, _put("delivery.logs.amazonaws.com", "flows/AWSLogs/${AWS::AccountId}/")]),
    ],
)
def test_a_bucket_that_lets_logs_in_is_fine(source: Any, statements: list[Any]) -> None:
    assert not found(RULE, forest(platform=_bucket(source, *statements)))


def test_access_logs_may_come_by_acl() -> None:
    assert not found(RULE, forest(platform=_bucket(_SOURCE, AccessControl="LogDeliveryWrite")))


@pytest.mark.parametrize("service", ["delivery.logs.amazonaws.com", "waf.amazonaws.com", ""])
def test_a_log_group_has_to_let_in_the_firewalls_logs(service: str) -> None:
    actions = ["logs:CreateLogStream", "logs:PutLogEvents"]
    policy = {"Statement": [_allow(service, actions, {"Fn::GetAtt": ["Group", "Arn"]}, _OWN)]}
    target = {"Fn::Select": [0, {"Fn::Split": [":*", {"Fn::GetAtt": ["Group", "Arn"]}]}]}
    body = template(
        Group=resource("Logs::LogGroup", {"LogGroupName": "aws-waf-logs-x"}),
        Source=resource("WAFv2::LoggingConfiguration", {"LogDestinationConfigs": [target]}),
        **({"Policy": resource("Logs::ResourcePolicy", {"PolicyDocument": policy})} if service else {}),
    )
    assert bool(found(RULE, forest(platform=body))) == (service != "delivery.logs.amazonaws.com")


def test_hostile_values_do_no_harm() -> None:
    for body in (
        _topic(_RULE, _publish("events.amazonaws.com")),
        _queue(_send("sns.amazonaws.com", {"Ref": "Topic"})),
        _bucket(_balancer(), _put(_ELB)),
        _bucket(_TRAIL, _CHECK, _of_trail("all")),
    ):
        for changed in hostile(body):
            found(RULE, forest(platform=changed))
