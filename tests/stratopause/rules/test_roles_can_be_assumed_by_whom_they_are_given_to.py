from __future__ import annotations

from typing import Any

import pytest
from cfnlint.schema import PROVIDER_SCHEMA_MANAGER

from stratopause.rules import roles_can_be_assumed_by_whom_they_are_given_to as rule
from stratopause.rules._role_positions import POSITIONS
from stratopause.tree.loading import Forest
from tests.forest import forest, resource, template
from tests.roles import HOSTILE, found_in, places_in, role, trusts

OWN = {"Ref": "AWS::AccountId"}


def with_task(trust: Any, **more: Any) -> Forest:
    task = resource("ECS::TaskDefinition", {"TaskRoleArn": {"Fn::GetAtt": ["Role", "Arn"]}})
    return forest(platform=template(Task=task, Role=role(trust), **more))


@pytest.mark.parametrize(
    "trust",
    [
        trusts("ecs-tasks.amazonaws.com"),
        trusts(["ec2.amazonaws.com", "ecs-tasks.amazonaws.com"], action="sts:*"),
        trusts("ecs-tasks.amazonaws.com", {"StringEquals": {"aws:SourceAccount": OWN}}),
        trusts("ecs-tasks.amazonaws.com", {"StringEquals": {"aws:SourceAccount": "123456789012"}}),
        trusts("ecs-tasks.amazonaws.com", {"ArnLike": {"aws:SourceArn": "arn:aws:ecs:eu-west-1:123456789012:*"}}),
        trusts({"Fn::Sub": "ecs-tasks.${AWS::URLSuffix}"}),
        trusts({"Fn::ImportValue": "service"}),
    ],
)
def test_a_role_that_its_service_can_assume_is_fine(trust: Any) -> None:
    assert not found_in(rule, with_task(trust))


@pytest.mark.parametrize(
    "trust",
    [
        trusts("ecs.amazonaws.com"),
        trusts("ecs-tasks.amazonaws.com", action="sts:AssumeRoleWithWebIdentity"),
        trusts("ecs-tasks.amazonaws.com", action="sts:TagSession"),
        trusts("ecs-tasks.amazonaws.com", {"StringEquals": {"sts:ExternalId": "x"}}),
        trusts("ecs-tasks.amazonaws.com", {"ArnLike": {"aws:SourceArn": "arn:aws:lambda:eu-west-1:123456789012:*"}}),
        trusts("ecs-tasks.amazonaws.com", effect="Deny"),
        {"Statement": [{"Effect": "Allow", "Principal": {"AWS": OWN}, "Action": "sts:AssumeRole"}]},
    ],
)
def test_a_role_that_its_service_can_not_assume_is_found_where_it_is_given(trust: Any) -> None:
    (problem,) = found_in(rule, with_task(trust))
    assert problem.path == ("Resources", "Task", "Properties", "TaskRoleArn")
    assert "ecs-tasks.amazonaws.com" in problem.message


def test_another_account_than_the_rest_goes_by_is_another_one() -> None:
    trust = trusts("ecs-tasks.amazonaws.com", {"StringEquals": {"aws:SourceAccount": "999999999999"}})
    other = role(trusts("lambda.amazonaws.com", {"StringEquals": {"aws:SourceAccount": OWN}}))
    assert places_in(rule, with_task(trust, Other=other)) == ["Task"]


@pytest.mark.parametrize(
    ("type_", "properties", "service"),
    [
        ("Lambda::Function", {"Role": "R"}, "lambda"),
        ("EC2::FlowLog", {"DeliverLogsPermissionArn": "R"}, "vpc-flow-logs"),
        ("CloudTrail::Trail", {"CloudWatchLogsRoleArn": "R"}, "cloudtrail"),
        ("RDS::DBInstance", {"MonitoringRoleArn": "R"}, "monitoring.rds"),
        ("Backup::BackupSelection", {"BackupSelection": {"IamRoleArn": "R"}}, "backup"),
        ("Events::Rule", {"Targets": [{"RoleArn": "R"}]}, "events"),
        ("IAM::InstanceProfile", {"Roles": ["R"]}, "ec2"),
        ("S3::Bucket", {"ReplicationConfiguration": {"Role": "R"}}, "s3"),
        ("ApiGateway::Method", {"Integration": {"Credentials": "R"}}, "apigateway"),
        ("Config::ConfigurationRecorder", {"RoleARN": "R"}, "config"),
        ("IoT::TopicRule", {"TopicRulePayload": {"ErrorAction": {"Sqs": {"RoleArn": "R"}}}}, "iot"),
        ("IoT::TopicRule", {"TopicRulePayload": {"Actions": [{}, {"DynamoDBv2": {"RoleArn": "R"}}]}}, "iot"),
        ("ApplicationAutoScaling::ScalableTarget", {"RoleARN": "R"}, "application-autoscaling"),
        ("RDS::DBInstance", {"DomainIAMRoleName": {"Ref": "Role"}}, "directoryservice.rds"),
        ("ECS::Service", {"LoadBalancers": [{"AdvancedConfiguration": {"RoleArn": "R"}}]}, "ecs"),
        ("Batch::JobDefinition", {"EcsProperties": {"TaskProperties": [{"TaskRoleArn": "R"}]}}, "ecs-tasks"),
        ("DMS::Endpoint", {"PostgreSqlSettings": {"SecretsManagerAccessRoleArn": "R"}}, "dms.eu-central-1"),
        ("MWAA::Environment", {"ExecutionRoleArn": "R"}, "airflow-env"),
        (
            "KinesisFirehose::DeliveryStream",
            {"SplunkDestinationConfiguration": {"S3Configuration": {"RoleARN": "R"}}},
            "firehose",
        ),
    ],
)
def test_each_type_has_its_service(type_: str, properties: dict[str, Any], service: str) -> None:
    def platform(principal: str) -> Forest:
        body = resource(type_, replaced(properties))
        return forest(platform=template(User=body, Role=role(trusts(principal))))

    assert not found_in(rule, platform(f"{service}.amazonaws.com"))
    assert places_in(rule, platform("glue.amazonaws.com")) == ["User"]


def test_a_role_for_jobs_replicates_nothing() -> None:
    bucket = resource("S3::Bucket", {"ReplicationConfiguration": {"Role": {"Fn::GetAtt": ["Role", "Arn"]}}})
    jobs = role(trusts("batchoperations.s3.amazonaws.com"))
    assert places_in(rule, forest(platform=template(User=bucket, Role=jobs))) == ["User"]


@pytest.mark.parametrize(
    ("services", "behavior", "count"),
    [
        (["lambda.amazonaws.com", "edgelambda.amazonaws.com"], "DefaultCacheBehavior", 0),
        (["lambda.amazonaws.com"], "DefaultCacheBehavior", 1),
        (["lambda.amazonaws.com"], "CacheBehaviors", 1),
    ],
)
def test_a_function_at_the_edge_is_assumed_by_cloudfront(services: list[str], behavior: str, count: int) -> None:
    call = {"LambdaFunctionAssociations": [{"EventType": "viewer-request", "LambdaFunctionARN": {"Ref": "Version"}}]}
    config = {behavior: [call] if behavior == "CacheBehaviors" else call}
    body = template(
        User=resource("CloudFront::Distribution", {"DistributionConfig": config}),
        Version=resource("Lambda::Version", {"FunctionName": {"Ref": "Function"}}),
        Function=resource("Lambda::Function", {"Role": {"Fn::GetAtt": ["Role", "Arn"]}}),
        Role=role(trusts(services)),
    )
    assert len(found_in(rule, forest(platform=body))) == count


@pytest.mark.parametrize("type_", POSITIONS)
def test_each_property_is_one_of_its_type(type_: str) -> None:
    schema = PROVIDER_SCHEMA_MANAGER.get_resource_schema("us-east-1", type_).schema
    for position in POSITIONS[type_]:
        # Not each destination of a stream has each part.
        path = position.path[:1] if type_ == "AWS::KinesisFirehose::DeliveryStream" else position.path
        assert has(schema, schema, list(path)), path


def has(schema: Any, whole: Any, path: list[Any]) -> bool:
    """Whether a type has a property, as cfn-lint knows it."""
    if "$ref" in schema:
        return has(whole["definitions"][schema["$ref"].rpartition("/")[2]], whole, path)
    parts = [one for name in ("oneOf", "anyOf", "allOf") for one in schema.get(name, ())]
    if any(has(one, whole, path) for one in parts if isinstance(one, dict)) or not path:
        return True
    if path[0] == "*":
        return has(schema.get("items", {}), whole, path[1:])
    below = schema.get("properties", {}).get(path[0])
    # What is any JSON has whatever is written.
    return has(below, whole, path[1:]) if below is not None else "properties" not in schema and not parts


def replaced(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: replaced(part) for name, part in value.items()}
    if isinstance(value, list):
        return [replaced(part) for part in value]
    return {"Fn::GetAtt": ["Role", "Arn"]} if value == "R" else value


def test_a_role_by_its_name_is_the_same_role() -> None:
    arn = {"Fn::Sub": "arn:${AWS::Partition}:iam::${AWS::AccountId}:role/worker"}
    body = template(
        Function=resource("Lambda::Function", {"Role": arn}), Role=role(trusts("ec2.amazonaws.com"), RoleName="worker")
    )
    assert places_in(rule, forest(platform=body)) == ["Function"]


@pytest.mark.parametrize("value", HOSTILE)
def test_values_of_any_type_are_survived(value: Any) -> None:
    found_in(rule, with_task(value))
    found_in(rule, with_task({"Statement": value}))
    found_in(rule, forest(platform=template(Task=resource("ECS::TaskDefinition", {"TaskRoleArn": value}), R=role({}))))
