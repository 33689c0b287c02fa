from __future__ import annotations

from typing import Any

import pytest

from stratopause.rules import roles_allow_what_they_are_given_for as rule
from stratopause.tree.loading import Forest
from tests.forest import forest, resource, template
from tests.roles import HOSTILE, document, found_in, places_in, role, statement, trusts

TRUST = trusts("ecs-tasks.amazonaws.com")
IMAGE = "123456789012.dkr.ecr.eu-west-1.amazonaws.com/app@sha256:0"


def att(name: str, attribute: str = "Arn") -> dict[str, Any]:
    return {"Fn::GetAtt": [name, attribute]}


def sub(text: str) -> dict[str, Any]:
    return {"Fn::Sub": text}


LOGIN = statement(Action="ecr:GetAuthorizationToken", Resource="*")
PULL = statement(
    Action=["ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"],
    Resource=sub("arn:${AWS::Partition}:ecr:eu-west-1:123456789012:repository/app"),
)
WRITE = statement(Action=["logs:CreateLogStream", "logs:PutLogEvents"], Resource=att("Log"))
READ = statement(Action="secretsmanager:GetSecretValue", Resource={"Ref": "Secret"})
DECRYPT = statement(
    Action="kms:Decrypt",
    Resource=att("Key"),
    Condition={"StringEquals": {"kms:ViaService": sub("secretsmanager.${AWS::Region}.amazonaws.com")}},
)
ALL = (LOGIN, PULL, WRITE, READ, DECRYPT)


def platform(*policies: Any, managed: Any = None, value: Any = None, **more: Any) -> Forest:
    logging = {"LogDriver": "awslogs", "Options": {"awslogs-group": {"Ref": "Log"}, "awslogs-stream-prefix": "app"}}
    secrets = [{"Name": "A", "ValueFrom": value or sub("${Secret}:password::")}]
    container = {"Name": "app", "Image": IMAGE, "LogConfiguration": logging, "Secrets": secrets}
    properties = {
        "RequiresCompatibilities": ["FARGATE"],
        "ExecutionRoleArn": att("Role"),
        "ContainerDefinitions": [container],
    }
    body = {
        "Task": resource("ECS::TaskDefinition", properties),
        "Log": resource("Logs::LogGroup", {"LogGroupName": "/app"}),
        "Secret": resource("SecretsManager::Secret", {"KmsKeyId": att("Key"), "Name": "app"}),
        "Key": resource("KMS::Key"),
        "Role": role(TRUST, *policies, **({"ManagedPolicyArns": managed} if managed else {})),
    }
    return forest(platform=template(**{**body, **more}))


def test_a_role_that_allows_all_is_fine() -> None:
    assert not found_in(rule, platform(document(*ALL)))
    assert not found_in(rule, platform(*(document(one) for one in ALL)))


@pytest.mark.parametrize(
    ("left_out", "path"),
    [
        (LOGIN, ("Image",)),
        (PULL, ("Image",)),
        (WRITE, ("LogConfiguration", "Options", "awslogs-group")),
        (READ, ("Secrets", 0, "ValueFrom")),
        (DECRYPT, ("Secrets", 0, "ValueFrom")),
    ],
)
def test_what_a_role_lacks_is_found_where_it_is_needed(left_out: Any, path: tuple[Any, ...]) -> None:
    found = found_in(rule, platform(document(*(one for one in ALL if one is not left_out))))
    assert {problem.path[3:] for problem in found} == {("ContainerDefinitions", 0, *path)}


@pytest.mark.parametrize(
    ("instead_of", "other"),
    [
        (WRITE, {"Resource": "arn:aws:logs:eu-west-1:123456789012:log-group:/other:*"}),
        (WRITE, {"Resource": sub("arn:aws:logs:${AWS::Region}:${AWS::AccountId}:log-group:/app")}),
        (WRITE, {"Action": "logs:PutLogEvents"}),
        (PULL, {"Resource": "arn:aws:ecr:eu-west-1:123456789012:repository/other"}),
        (READ, {"Resource": sub("arn:aws:secretsmanager:${AWS::Region}:${AWS::AccountId}:secret:other-??????")}),
        (READ, {"Action": "secretsmanager:DescribeSecret"}),
        (READ, {"Resource": "arn:aws:secretsmanager:*:*:secret:other-*"}),
        (WRITE, {"Resource": "arn:aws:logs:*:*:log-group:/other:*"}),
        (READ, {"Effect": "Deny"}),
        (DECRYPT, {"Condition": {"StringEquals": {"kms:ViaService": "ssm.eu-west-1.amazonaws.com"}}}),
        (DECRYPT, {"Resource": att("OtherKey")}),
        (DECRYPT, {"Resource": {"Ref": "Key"}}),
    ],
)
def test_a_statement_for_something_else_does_not_do(instead_of: Any, other: Any) -> None:
    statements = [{**one, **other} if one is instead_of else one for one in ALL]
    assert places_in(rule, platform(document(*statements), OtherKey=resource("KMS::Key"))) == ["Task"]


@pytest.mark.parametrize(
    ("instead_of", "other"),
    [
        (WRITE, {"Resource": sub("arn:${AWS::Partition}:logs:${AWS::Region}:${AWS::AccountId}:log-group:/app:*")}),
        (WRITE, {"Resource": sub("arn:aws:logs:*:*:log-group:${Log}:log-stream:app/*")}),
        (WRITE, {"Action": "logs:*", "Resource": "*"}),
        (PULL, {"Action": "ecr:*", "Resource": "arn:aws:ecr:*:*:repository/*"}),
        (READ, {"Resource": sub("arn:aws:secretsmanager:${AWS::Region}:${AWS::AccountId}:secret:app-??????")}),
        (READ, {"Resource": sub("arn:aws:secretsmanager:eu-west-1:${AWS::AccountId}:secret:*")}),
        (DECRYPT, {"Condition": {}}),
        (DECRYPT, {"Condition": {"StringLike": {"kms:ViaService": "secretsmanager.*.amazonaws.com"}}}),
        (DECRYPT, {"Condition": {"StringEquals": {"kms:EncryptionContext:SecretARN": {"Ref": "Secret"}}}}),
        (DECRYPT, {"Resource": sub("arn:aws:kms:${AWS::Region}:${AWS::AccountId}:key/*")}),
        (DECRYPT, {"Resource": sub("arn:aws:kms:${AWS::Region}:${AWS::AccountId}:key/${Key}")}),
    ],
)
def test_other_ways_to_write_a_statement_are_fine(instead_of: Any, other: Any) -> None:
    assert not found_in(rule, platform(document(*({**one, **other} if one is instead_of else one for one in ALL))))


def test_policies_of_every_kind_count() -> None:
    first, *rest = ALL
    policy = {"PolicyDocument": document(*rest)}
    for attached in (
        resource("IAM::ManagedPolicy", {**policy, "Roles": [{"Ref": "Role"}]}),
        resource("IAM::Policy", {**policy, "PolicyName": "p", "Roles": [{"Ref": "Role"}]}),
        resource("IAM::RolePolicy", {**policy, "PolicyName": "p", "RoleName": {"Ref": "Role"}}),
    ):
        assert not found_in(rule, platform(document(first), Attached=attached))
    managed = resource("IAM::ManagedPolicy", policy)
    assert not found_in(rule, platform(document(first), managed=[{"Ref": "Managed"}], Managed=managed))
    assert places_in(rule, platform(document(first), Managed=managed)) == ["Task"]


def test_policies_of_aws_allow_what_they_are_for() -> None:
    arn = sub("arn:${AWS::Partition}:iam::aws:policy/service-role/AmazonECSTaskExecutionRolePolicy")
    assert not found_in(rule, platform(document(READ, DECRYPT), managed=[arn]))
    assert places_in(rule, platform(document(DECRYPT), managed=[arn])) == ["Task"]


@pytest.mark.parametrize("arn", ["arn:aws:iam::aws:policy/Unheard", "arn:aws:iam::123456789012:policy/ours"])
def test_a_policy_that_is_not_known_may_allow_anything(arn: str) -> None:
    assert not found_in(rule, platform(managed=[arn]))


def test_a_key_or_a_secret_may_name_the_role_itself() -> None:
    without = document(*(one for one in ALL if one is not DECRYPT))
    named = {"Statement": [statement(Principal={"AWS": att("Role")}, Action="kms:Decrypt", Resource="*")]}
    assert not found_in(rule, platform(without, Key=resource("KMS::Key", {"KeyPolicy": named})))
    root = {"Statement": [statement(Principal={"AWS": "123456789012"}, Action="kms:*", Resource="*")]}
    assert places_in(rule, platform(without, Key=resource("KMS::Key", {"KeyPolicy": root}))) == ["Task"]


def test_a_parameter_is_read_with_systems_manager() -> None:
    parameter = resource("SSM::Parameter", {"Name": "/app/a"})
    read = statement(
        Action="ssm:GetParameters", Resource=sub("arn:aws:ssm:${AWS::Region}:${AWS::AccountId}:parameter/app/*")
    )
    arguments = {"value": {"Ref": "Parameter"}, "Parameter": parameter}
    assert not found_in(rule, platform(document(LOGIN, PULL, WRITE, read), **arguments))
    assert places_in(rule, platform(document(*ALL), **arguments)) == ["Task"]


def policy_of(*statements: Any, **more: Any) -> Any:
    return role(trusts("x.amazonaws.com"), document(*statements), **more) if statements else role(TRUST, **more)


MONITORING = "arn:aws:iam::aws:policy/service-role/AmazonRDSEnhancedMonitoringRole"
BACKUP = "arn:aws:iam::aws:policy/service-role/AWSBackupServiceRolePolicyForBackup"
RESTORE = "arn:aws:iam::aws:policy/service-role/AWSBackupServiceRolePolicyForRestores"
BUCKET = statement(Action="s3:PutObject", Resource=sub("${Bucket.Arn}/*"))
SEND = statement(Action="sqs:SendMessage", Resource=att("Queue"))
TARGET = {"Arn": att("Queue"), "RoleArn": att("Role")}


@pytest.mark.parametrize(
    ("type_", "properties", "right", "wrong"),
    [
        (
            "EC2::FlowLog",
            {"LogGroupName": {"Ref": "Log"}, "DeliverLogsPermissionArn": att("Role")},
            policy_of(WRITE),
            policy_of({**WRITE, "Action": "logs:CreateLogStream"}),
        ),
        (
            "CloudTrail::Trail",
            {"CloudWatchLogsLogGroupArn": att("Log"), "CloudWatchLogsRoleArn": att("Role")},
            policy_of(WRITE),
            policy_of({**WRITE, "Resource": sub("arn:aws:logs:*:*:log-group:${Log}:log-stream:other*")}),
        ),
        (
            "RDS::DBInstance",
            {"MonitoringInterval": 60, "MonitoringRoleArn": att("Role")},
            policy_of(ManagedPolicyArns=[MONITORING]),
            policy_of(),
        ),
        (
            "Backup::BackupSelection",
            {"BackupSelection": {"IamRoleArn": att("Role")}},
            policy_of(ManagedPolicyArns=[BACKUP]),
            policy_of(ManagedPolicyArns=[RESTORE]),
        ),
        (
            "Backup::RestoreTestingSelection",
            {"IamRoleArn": att("Role")},
            policy_of(ManagedPolicyArns=[RESTORE]),
            policy_of(ManagedPolicyArns=[BACKUP]),
        ),
        (
            "KinesisFirehose::DeliveryStream",
            {"ExtendedS3DestinationConfiguration": {"BucketARN": att("Bucket"), "RoleARN": att("Role")}},
            policy_of(BUCKET),
            policy_of({**BUCKET, "Resource": att("Bucket")}),
        ),
        ("Events::Rule", {"Targets": [TARGET]}, policy_of(SEND), policy_of(BUCKET)),
        ("Scheduler::Schedule", {"Target": TARGET}, policy_of(SEND), policy_of(BUCKET)),
        (
            "Lambda::Function",
            {"Role": att("Role"), "LoggingConfig": {"LogGroup": {"Ref": "Log"}}},
            policy_of(ManagedPolicyArns=["arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole"]),
            policy_of(SEND),
        ),
        (
            "Lambda::Function",
            {"Role": att("Role"), "VpcConfig": {"SubnetIds": ["a"]}},
            policy_of(ManagedPolicyArns=["arn:aws:iam::aws:policy/service-role/AWSLambdaVPCAccessExecutionRole"]),
            policy_of(ManagedPolicyArns=["arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole"]),
        ),
    ],
)
def test_each_type_needs_its_own(type_: str, properties: Any, right: Any, wrong: Any) -> None:
    def with_role(given: Any) -> Forest:
        return forest(
            platform=template(
                User=resource(type_, properties),
                Role=given,
                Log=resource("Logs::LogGroup", {"LogGroupName": "/log"}),
                Bucket=resource("S3::Bucket"),
                Queue=resource("SQS::Queue"),
            )
        )

    assert not found_in(rule, with_role(right))
    assert places_in(rule, with_role(wrong)) == ["User"]


@pytest.mark.parametrize(
    ("action", "resource_", "is_fine"),
    [
        ("rds-db:connect", "dbuser:${Database.DbiResourceId}/app", True),
        ("rds-db:connect", "dbuser:${Database}/app", False),
        ("rds-db:connect", "dbuser:${Queue.QueueName}/app", False),
        ("rds-db:connect", "dbuser:${Id}/app", True),
        ("elasticache:Connect", "replicationgroup:${Cache}", True),
        ("elasticache:Connect", "replicationgroup:${Queue}", False),
    ],
)
def test_who_logs_in_names_a_store(action: str, resource_: str, *, is_fine: bool) -> None:
    arn = sub("arn:aws:x:${AWS::Region}:${AWS::AccountId}:" + resource_)
    body = {
        **template(
            Role=role(TRUST, document(statement(Action=action, Resource=arn))),
            Database=resource("RDS::DBInstance"),
            Cache=resource("ElastiCache::ReplicationGroup"),
            Queue=resource("SQS::Queue"),
        ),
        "Parameters": {"Id": {"Type": "String"}},
    }
    assert places_in(rule, forest(platform=body)) == ([] if is_fine else ["Role"])


PLACES = [
    ("ECS::TaskDefinition", "ContainerDefinitions"),
    ("ECS::TaskDefinition", "Volumes"),
    ("Events::Rule", "Targets"),
    ("Scheduler::Schedule", "Target"),
    ("Lambda::Function", "VpcConfig"),
    ("Lambda::Function", "LoggingConfig"),
    ("EC2::FlowLog", "LogGroupName"),
    ("S3::Bucket", "ReplicationConfiguration"),
    ("KinesisFirehose::DeliveryStream", "ExtendedS3DestinationConfiguration"),
    ("StepFunctions::StateMachine", "LoggingConfiguration"),
]


@pytest.mark.parametrize("value", HOSTILE)
def test_values_of_any_type_are_survived(value: Any) -> None:
    found_in(rule, platform(value, managed=value, value=value))
    found_in(rule, platform(document(value), Secret=resource("SecretsManager::Secret", {"Name": value})))
    for type_, name in PLACES:
        body = resource(
            type_, {"ExecutionRoleArn": att("Role"), "Role": att("Role"), "RoleArn": att("Role"), name: value}
        )
        found_in(rule, forest(platform=template(User=body, Role=policy_of())))


def _log_group(name: str) -> Any:
    return sub(f"arn:${{AWS::Partition}}:logs:${{AWS::Region}}:${{AWS::AccountId}}:log-group:{name}:*")


@pytest.mark.parametrize(
    ("name", "is_right"),
    [
        ("${AWS::StackName}-*", True),
        ("${AWS::StackName}-Log-*", True),
        ("records-*", True),
        ("${AWS::StackName}-Other-*", False),
        ("${AWS::StackName}", False),
        ("/records", False),
    ],
)
def test_a_log_group_without_a_name_is_called_after_its_stack(name: str, is_right: bool) -> None:
    write = statement(Action=["logs:CreateLogStream", "logs:PutLogEvents"], Resource=_log_group(name))
    found = found_in(rule, platform(document(LOGIN, PULL, write, READ, DECRYPT), Log=resource("Logs::LogGroup")))
    assert bool(found) != is_right


@pytest.mark.parametrize("name", ["${AWS::StackName}-*", "records-Inner-*", "*-Log-*"])
def test_a_log_group_of_a_nested_stack_is_called_after_both(name: str) -> None:
    write = statement(Action=["logs:CreateLogStream", "logs:PutLogEvents"], Resource=_log_group(name))
    flows = {"LogGroupName": {"Ref": "Log"}, "DeliverLogsPermissionArn": att("Role")}
    inner = template(
        Log=resource("Logs::LogGroup"),
        Role=role(trusts("vpc-flow-logs.amazonaws.com"), document(write)),
        Flows=resource("EC2::FlowLog", flows),
    )
    stack = resource("CloudFormation::Stack", {"TemplateURL": "inner.json"})
    assert not found_in(rule, forest(platform=template(Inner=stack), inner=inner))


def test_a_function_has_a_role_that_lets_it_log() -> None:
    function = resource("Lambda::Function", {"Role": att("Role")})
    trust = trusts("lambda.amazonaws.com")
    basic = sub("arn:${AWS::Partition}:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole")
    (problem,) = found_in(rule, forest(platform=template(It=function, Role=role(trust))))
    assert problem.path == ("Resources", "It", "Properties", "Role")
    logging = role(trust, ManagedPolicyArns=[basic])
    assert not found_in(rule, forest(platform=template(It=function, Role=logging)))
    silent = role(trust, document(statement(Action="s3:GetObject", Resource="arn:aws:s3:::x/*")))
    assert not found_in(rule, forest(platform=template(It=function, Role=silent)))


def test_enhanced_monitoring_needs_a_role_with_a_policy() -> None:
    database = resource("RDS::DBInstance", {"MonitoringRoleArn": att("Role")})
    body = template(It=database, Role=role(trusts("monitoring.rds.amazonaws.com")))
    assert places_in(rule, forest(platform=body)) == ["It"]


def test_a_proxy_reads_its_secrets() -> None:
    key = resource("KMS::Key")
    secret = resource("SecretsManager::Secret", {"KmsKeyId": att("Key")})
    proxy = resource("RDS::DBProxy", {"RoleArn": att("Role"), "Auth": [{"SecretArn": {"Ref": "Secret"}}]})
    for allowed, lacks in (((), True), ((READ,), True), ((DECRYPT,), True), ((READ, DECRYPT), False)):
        own = role(trusts("rds.amazonaws.com"), *([document(*allowed)] if allowed else []))
        body = template(It=proxy, Secret=secret, Key=key, Role=own)
        assert bool(found_in(rule, forest(platform=body))) == lacks


INVOKE = {"Type": "Task", "Resource": "arn:aws:states:::lambda:invoke"}


@pytest.mark.parametrize(
    "definition",
    [
        {"DefinitionString": sub('{"States": {"A": {"Type": "Task", "Resource": "${It.Arn}"}}}')},
        {"DefinitionString": sub('{"States": {"A": {"Parameters": {"FunctionName": "${It}"}}}}')},
        {"Definition": {"States": {"A": {**INVOKE, "Arguments": {"FunctionName": att("It")}}}}},
        {
            "DefinitionString": '{"States": {"A": {"Type": "Task", "Resource": "${called}"}}}',
            "DefinitionSubstitutions": {"called": att("It")},
        },
    ],
)
def test_a_state_machine_may_invoke_the_functions_in_it(definition: dict[str, Any]) -> None:
    machine = resource("StepFunctions::StateMachine", {"RoleArn": att("Role"), **definition})
    for on, lacks in (("It", False), ("Other", True)):
        invoke = statement(Action="lambda:InvokeFunction", Resource=att(on))
        own = role(trusts("states.amazonaws.com"), document(invoke))
        functions = {name: resource("Lambda::Function") for name in ("It", "Other")}
        body = template(Machine=machine, Role=own, **functions)
        assert bool(found_in(rule, forest(platform=body))) == lacks


def with_task(task: dict[str, Any], *statements: Any, **more: Any) -> Forest:
    body = {"ExecutionRoleArn": att("Role"), "TaskRoleArn": att("Role"), **task}
    given = role(TRUST, document(LOGIN, *statements))
    return forest(platform=template(Task=resource("ECS::TaskDefinition", body), Role=given, **more))


@pytest.mark.parametrize(("group", "is_found"), [({"Ref": "Log"}, False), ("/log", False), ("/other", True)])
def test_a_group_that_there_is_is_not_made(group: Any, *, is_found: bool) -> None:
    options = {"awslogs-group": group, "awslogs-stream-prefix": "a", "awslogs-create-group": "true"}
    container = {"Name": "app", "LogConfiguration": {"LogDriver": "awslogs", "Options": options}}
    task = {"RequiresCompatibilities": ["FARGATE"], "ContainerDefinitions": [container]}
    write = {**WRITE, "Resource": "*"}
    log = resource("Logs::LogGroup", {"LogGroupName": "/log"})
    assert bool(found_in(rule, with_task(task, write, Log=log))) is is_found


def test_a_file_of_variables_is_read_from_its_bucket() -> None:
    container = {"Name": "app", "EnvironmentFiles": [{"Type": "s3", "Value": sub("${Bucket.Arn}/app.env")}]}
    task = {"ContainerDefinitions": [container]}
    read = statement(Action="s3:GetObject", Resource=sub("${Bucket.Arn}/*"))
    bucket = resource("S3::Bucket")
    assert not found_in(rule, with_task(task, read, Bucket=bucket))
    (problem,) = found_in(rule, with_task(task, Bucket=bucket))
    assert problem.path[3:] == ("ContainerDefinitions", 0, "EnvironmentFiles", 0, "Value")


@pytest.mark.parametrize(("policy", "is_found"), [(None, False), (document(), True)])
def test_a_file_system_without_a_policy_lets_everybody_mount_it(policy: Any, *, is_found: bool) -> None:
    login = {"FilesystemId": {"Ref": "Files"}, "AuthorizationConfig": {"IAM": "ENABLED"}}
    task = {"Volumes": [{"Name": "files", "EFSVolumeConfiguration": login}]}
    files = resource("EFS::FileSystem", {} if policy is None else {"FileSystemPolicy": policy})
    assert bool(found_in(rule, with_task(task, Files=files))) is is_found
    mount = statement(Action="elasticfilesystem:ClientMount", Resource=att("Files"))
    assert not found_in(rule, with_task(task, mount, Files=files))


CHANNELS = ["CreateControlChannel", "CreateDataChannel", "OpenControlChannel", "OpenDataChannel"]


@pytest.mark.parametrize("left_out", [None, *CHANNELS])
def test_commands_need_four_channels(left_out: str | None) -> None:
    allowed = [f"ssmmessages:{one}" for one in CHANNELS if one != left_out]
    service = resource("ECS::Service", {"TaskDefinition": {"Ref": "Task"}, "EnableExecuteCommand": True})
    tree = with_task({}, statement(Action=allowed, Resource="*"), Service=service)
    assert len(found_in(rule, tree)) == (left_out is not None)


def test_the_settings_of_api_gateway_need_a_role_that_may_log() -> None:
    account = resource("ApiGateway::Account", {"CloudWatchRoleArn": att("Role")})
    push = "arn:aws:iam::aws:policy/service-role/AmazonAPIGatewayPushToCloudWatchLogs"
    assert not found_in(rule, forest(platform=template(It=account, Role=role(TRUST, ManagedPolicyArns=[push]))))
    assert places_in(rule, forest(platform=template(It=account, Role=role(TRUST, document(LOGIN))))) == ["It"]


SECRET = {"Secrets": [{"Name": "A", "ValueFrom": "/app/a"}]}
LOGGING = {"LogConfiguration": {"LogDriver": "awslogs", "Options": {"awslogs-group": "/a"}}}


@pytest.mark.parametrize(
    ("container", "launch", "count"),
    [
        (SECRET, "EC2", 1),
        (SECRET, "FARGATE", 1),
        ({"Image": IMAGE}, "FARGATE", 1),
        (LOGGING, "FARGATE", 1),
        ({**SECRET, **LOGGING, "Image": IMAGE}, "FARGATE", 1),
        ({"Image": IMAGE}, "EC2", 0),
        (LOGGING, "EC2", 0),
        ({"Image": "public.ecr.aws/nginx/nginx"}, "FARGATE", 0),
    ],
)
def test_without_an_execution_role_no_secret_is_read(container: Any, launch: str, count: int) -> None:
    body = {"RequiresCompatibilities": [launch], "ContainerDefinitions": [{"Name": "app", **container}]}
    assert len(found_in(rule, forest(platform=template(Task=resource("ECS::TaskDefinition", body))))) == count
