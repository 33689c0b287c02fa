from __future__ import annotations

from typing import Any

import pytest

from tests.forest import forest, found, nested, places, resource, template
from tests.hostile import hostile

RULE = "E9305"

_OWN = {"StringEquals": {"aws:SourceAccount": {"Ref": "AWS::AccountId"}}}
_OWNER = {"StringEquals": {"AWS:SourceOwner": {"Ref": "AWS::AccountId"}}}
_BY_RULE = {"ArnEquals": {"aws:SourceArn": {"Fn::GetAtt": ["Source", "Arn"]}}}
_ALARM = resource("CloudWatch::Alarm", {"AlarmName": "busy", "AlarmActions": [{"Ref": "Topic"}]})
_EVENTS = resource("RDS::EventSubscription", {"SnsTopicArn": {"Ref": "Topic"}})
_RULE = resource("Events::Rule", {"Name": "changes", "Targets": [{"Id": "x", "Arn": {"Ref": "Topic"}}]})
_VAULT = resource("Backup::BackupVault", {"Notifications": {"SNSTopicArn": {"Ref": "Topic"}}})


def _allow(service: Any, actions: Any, on: Any, condition: Any = None) -> dict[str, Any]:
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


def _put(service: Any, prefix: str = "", condition: Any = _OWN) -> dict[str, Any]:
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
_REDSHIFT = resource("Redshift::Cluster", {"LoggingProperties": {"BucketName": {"Ref": "Bucket"}}})
_FINDINGS = resource(
    "GuardDuty::PublishingDestination", {"DestinationProperties": {"DestinationArn": {"Fn::GetAtt": ["Bucket", "Arn"]}}}
)


def _hive(value: Any) -> dict[str, Any]:
    properties = {**_FLOWS["Properties"], "DestinationOptions": {"HiveCompatiblePartitions": value}}
    return resource("EC2::FlowLog", properties)


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
        (_hive(True), [_FLOWS_CHECK, _put("delivery.logs.amazonaws.com", "flows/AWSLogs/${AWS::AccountId}/")]),
        (_REDSHIFT, [_put("rds.amazonaws.com")]),
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
        (_FLOWS, []),
        (_hive(True), [_FLOWS_CHECK, _put("delivery.logs.amazonaws.com", "flows/AWSLogs/aws-account-id=*/")]),
        (_hive({"Ref": "Hive"}), [_FLOWS_CHECK, _put("delivery.logs.amazonaws.com", "flows/AWSLogs/")]),
        (_balancer(), [_put("logdelivery.elb.amazonaws.com", "AWSLogs/${AWS::AccountId}/")]),
        (_REDSHIFT, [_put("redshift.amazonaws.com")]),
        (_REDSHIFT, [_put({"Fn::Sub": "redshift.${AWS::Region}.amazonaws.com"})]),
        (_FINDINGS, [_put({"Fn::Sub": "guardduty.${AWS::Region}.amazonaws.com"})]),
    ],
)
def test_a_bucket_that_lets_logs_in_is_fine(source: Any, statements: list[Any]) -> None:
    assert not found(RULE, forest(platform=_bucket(source, *statements)))


def test_access_logs_may_come_by_acl() -> None:
    assert not found(RULE, forest(platform=_bucket(_SOURCE, AccessControl="LogDeliveryWrite")))


@pytest.mark.parametrize("service", ["delivery.logs.amazonaws.com", "waf.amazonaws.com", ""])
def test_aws_lets_the_firewalls_logs_into_a_log_group_itself(service: str) -> None:
    actions = ["logs:CreateLogStream", "logs:PutLogEvents"]
    policy = {"Statement": [_allow(service, actions, {"Fn::GetAtt": ["Group", "Arn"]}, _OWN)]}
    target = {"Fn::Select": [0, {"Fn::Split": [":*", {"Fn::GetAtt": ["Group", "Arn"]}]}]}
    body = template(
        Group=resource("Logs::LogGroup", {"LogGroupName": "aws-waf-logs-x"}),
        Source=resource("WAFv2::LoggingConfiguration", {"LogDestinationConfigs": [target]}),
        **({"Policy": resource("Logs::ResourcePolicy", {"PolicyDocument": policy})} if service else {}),
    )
    assert not found(RULE, forest(platform=body))


_GROUP = {"Fn::GetAtt": ["Group", "Arn"]}


def _logged(source: Any, **more: Any) -> dict[str, Any]:
    return template(Group=resource("Logs::LogGroup", {"LogGroupName": "/aws/events/x"}), Source=source, **more)


def _searched(enabled: bool) -> dict[str, Any]:
    options = {"AUDIT_LOGS": {"CloudWatchLogsLogGroupArn": _GROUP, "Enabled": enabled}}
    return resource("OpenSearchService::Domain", {"LogPublishingOptions": options})


@pytest.mark.parametrize(
    ("service", "source"),
    [
        ("route53", resource("Route53::QueryLoggingConfig", {"CloudWatchLogsLogGroupArn": _GROUP})),
        ("es", _searched(True)),
        (
            "events",
            resource(
                "Events::Rule",
                {"Targets": [{"Arn": {"Fn::Sub": "arn:aws:logs:${AWS::Region}:${AWS::AccountId}:log-group:${Group}"}}]},
            ),
        ),
    ],
)
def test_a_log_group_has_to_let_in_what_is_logged_to_it(service: str, source: Any) -> None:
    actions = ["logs:CreateLogStream", "logs:PutLogEvents"]
    body = {"Statement": [_allow(f"{service}.amazonaws.com", actions, _GROUP, _OWN)]}
    policy = resource("Logs::ResourcePolicy", {"PolicyDocument": body})
    assert places(RULE, forest(platform=_logged(source))) == ["platform.json/Source"]
    assert not found(RULE, forest(platform=_logged(source, Policy=policy)))


def test_a_log_that_is_off_and_a_target_that_is_reached_by_a_role_need_no_policy() -> None:
    by_role = resource("Events::Rule", {"Targets": [{"Arn": _GROUP, "RoleArn": "arn:aws:iam::111122223333:role/x"}]})
    assert not found(RULE, forest(platform=_logged(_searched(False))))
    assert not found(RULE, forest(platform=_logged(by_role)))


def test_hostile_values_do_no_harm() -> None:
    for body in (
        _topic(_RULE, _publish("events.amazonaws.com")),
        _queue(_send("sns.amazonaws.com", {"Ref": "Topic"})),
        _bucket(_balancer(), _put(_ELB)),
        _bucket(_TRAIL, _CHECK, _of_trail("all")),
        _invoked(*_CALLERS[0][1:], Principal="apigateway.amazonaws.com"),
        _invoked(*_CALLERS[3][1:], Principal="apigateway.amazonaws.com"),
        _invoked(*_CALLERS[4][1:], Principal="secretsmanager.amazonaws.com"),
    ):
        for changed in hostile(body):
            found(RULE, forest(platform=changed))


def test_a_topic_that_a_nested_stack_may_let_more_into_is_left_alone() -> None:
    body = _topic(_RULE, _publish("cloudwatch.amazonaws.com"))
    assert found(RULE, forest(platform=body))
    body["Resources"]["Elsewhere"] = nested("https://bucket.s3.amazonaws.com/policies.yaml", Topic={"Ref": "Topic"})
    assert not found(RULE, forest(platform=body))


_FUNCTION = {"Fn::GetAtt": ["It", "Arn"]}
_URI = {
    "Fn::Sub": "arn:${AWS::Partition}:apigateway:${AWS::Region}:lambda:path/2015-03-31/functions/${It.Arn}/invocations"
}
_CALLERS = [
    ("apigateway", "ApiGateway::Method", {"RestApiId": {"Ref": "Api"}, "Integration": {"Uri": _URI}}),
    ("apigateway", "ApiGateway::Authorizer", {"RestApiId": {"Ref": "Api"}, "AuthorizerUri": _URI}),
    ("apigateway", "ApiGatewayV2::Integration", {"ApiId": {"Ref": "Api"}, "IntegrationUri": _FUNCTION}),
    (
        "apigateway",
        "ApiGateway::RestApi",
        {"Body": {"paths": {"/x": {"get": {"x-amazon-apigateway-integration": {"uri": _URI}}}}}},
    ),
    ("secretsmanager", "SecretsManager::RotationSchedule", {"SecretId": {"Ref": "S"}, "RotationLambdaARN": _FUNCTION}),
    ("cognito-idp", "Cognito::UserPool", {"LambdaConfig": {"PostConfirmation": _FUNCTION}}),
    ("cognito-idp", "Cognito::UserPool", {"LambdaConfig": {"CustomEmailSender": {"LambdaArn": _FUNCTION}}}),
    ("config", "Config::ConfigRule", {"Source": {"SourceIdentifier": _FUNCTION}}),
    ("elasticloadbalancing", "ElasticLoadBalancingV2::TargetGroup", {"Targets": [{"Id": _FUNCTION}]}),
    ("iot", "IoT::TopicRule", {"TopicRulePayload": {"Actions": [{"Lambda": {"FunctionArn": _FUNCTION}}]}}),
    ("iot", "IoT::TopicRule", {"TopicRulePayload": {"ErrorAction": {"Lambda": {"FunctionArn": _FUNCTION}}}}),
    ("lambda.alarms.cloudwatch", "CloudWatch::CompositeAlarm", {"AlarmActions": [_FUNCTION]}),
    ("apigateway", "ApiGatewayV2::Api", {"ProtocolType": "HTTP", "Target": _FUNCTION}),
    ("transfer", "Transfer::Server", {"IdentityProviderDetails": {"Function": _FUNCTION}}),
]


def _invoked(type_: str, properties: Any, **permission: Any) -> dict[str, Any]:
    given = {"FunctionName": {"Ref": "It"}, "Action": "lambda:InvokeFunction"} | permission
    return template(
        It=resource("Lambda::Function"),
        S=resource("SecretsManager::Secret"),
        Source=resource(type_, properties),
        **({"Given": resource("Lambda::Permission", given)} if permission else {}),
    )


@pytest.mark.parametrize(("service", "type_", "properties"), _CALLERS)
def test_a_function_has_to_let_in_whoever_calls_it(service: str, type_: str, properties: Any) -> None:
    principal = f"{service}.amazonaws.com"
    assert places(RULE, forest(platform=_invoked(type_, properties))) == ["platform.json/Source"]
    assert found(RULE, forest(platform=_invoked(type_, properties, Principal="edgelambda.amazonaws.com")))
    assert found(RULE, forest(platform=_invoked(type_, properties, Principal=principal, Action="lambda:GetFunction")))
    assert found(RULE, forest(platform=_invoked(type_, properties, Principal=principal, SourceArn="arn:aws:s3:::x")))
    assert not found(RULE, forest(platform=_invoked(type_, properties, Principal=principal)))


def test_who_calls_with_a_role_needs_no_permission() -> None:
    given = {"IntegrationUri": _FUNCTION, "CredentialsArn": "arn:aws:iam::111122223333:role/x"}
    assert not found(RULE, forest(platform=_invoked("ApiGatewayV2::Integration", given)))
    target = {"Arn": _FUNCTION, "RoleArn": "arn:aws:iam::111122223333:role/x"}
    assert not found(RULE, forest(platform=_invoked("Events::Rule", {"Targets": [target]})))


@pytest.mark.parametrize(
    ("source", "is_let"), [("Api", True), ("Api.RestApiId", True), ("Another", False), ("Another.RestApiId", False)]
)
def test_a_permission_is_for_one_api(source: str, is_let: bool) -> None:
    _, type_, properties = _CALLERS[0]
    arn = {"Fn::Sub": f"arn:${{AWS::Partition}}:execute-api:${{AWS::Region}}:${{AWS::AccountId}}:${{{source}}}/*/GET/x"}
    body = _invoked(type_, properties, Principal="apigateway.amazonaws.com", SourceArn=arn)
    body["Resources"] |= {name: resource("ApiGateway::RestApi") for name in ("Api", "Another")}
    assert bool(found(RULE, forest(platform=body))) != is_let


def test_a_rotation_may_be_let_in_by_the_secret_that_an_attachment_is_of() -> None:
    attachment = resource("SecretsManager::SecretTargetAttachment", {"SecretId": {"Ref": "S"}})
    schedule = {"SecretId": {"Ref": "Attached"}, "RotationLambdaARN": _FUNCTION}
    for source, is_let in (("S", True), ("Attached", True), ("Other", False)):
        permission = {"Principal": "secretsmanager.amazonaws.com", "SourceArn": {"Ref": source}}
        body = _invoked("SecretsManager::RotationSchedule", schedule, **permission)
        body["Resources"] |= {"Attached": attachment, "Other": resource("SecretsManager::Secret")}
        assert bool(found(RULE, forest(platform=body))) != is_let


@pytest.mark.parametrize(
    ("source", "is_let"),
    [
        ({"Ref": "Topic"}, True),
        ({"Ref": "Another"}, False),
        ({"Fn::Sub": "arn:${AWS::Partition}:sns:${AWS::Region}:${AWS::AccountId}:${AWS::StackName}-Topic-*"}, True),
        ({"Fn::Sub": "arn:${AWS::Partition}:sns:${AWS::Region}:${AWS::AccountId}:${AWS::StackName}-Another-*"}, False),
    ],
)
def test_a_queue_that_lets_in_another_topic_keeps_its_own_out(source: Any, is_let: bool) -> None:
    body = _queue(_send("sns.amazonaws.com", source))
    body["Resources"]["Another"] = resource("SNS::Topic")
    assert bool(found(RULE, forest(platform=body))) != is_let


def test_logs_of_balancers_come_from_the_accounts_of_their_service_only() -> None:
    for account, is_let in (("156460612806", True), ("444455556666", False)):
        statement = _put("x", condition=None) | {"Principal": {"AWS": f"arn:aws:iam::{account}:root"}}
        assert bool(found(RULE, forest(platform=_bucket(_balancer(), statement)))) != is_let


def test_logs_of_network_load_balancers_are_delivered_by_another_service() -> None:
    network = _balancer()
    network["Properties"]["Type"] = "network"
    assert found(RULE, forest(platform=_bucket(network, _put(_ELB))))
    assert not found(RULE, forest(platform=_bucket(network, _put("delivery.logs.amazonaws.com"))))
