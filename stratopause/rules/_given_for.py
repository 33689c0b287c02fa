"""What a resource needs of a role that it is given: the actions, and on what."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final, NamedTuple

from stratopause.rules import _containers, _tasks
from stratopause.rules._keys import key_of, values_at
from stratopause.rules._settings import flag
from stratopause.tree import identity
from stratopause.tree.evaluation import as_text
from stratopause.tree.model import Path, Resource, Tree
from stratopause.tree.policies import many
from stratopause.tree.text import ACCOUNT, BEGIN, END, PARTITION, REGION, Reference, is_known, references, unknown

ANYTHING: Final = unknown("anything")
# What AWS makes up, as it looks: so no wildcard of another statement may be it.
_SIX: Final = "-AbCdEf"
_STREAM: Final = "2025/01/31/[$LATEST]0123456789abcdef0123456789abcdef"
_TASK: Final = "0123456789abcdef0123456789abcdef"
_OF_INTERFACES: Final = "eni-0123456789abcdef0-all"
_OF_DATABASES: Final = "db-ABCDEFGHIJKLMNOPQRSTUVWXYZ"


class Need(NamedTuple):
    """What a resource does with a role.

    Any of `actions` will do, on what any of `targets` says: ways to write the same.
    """

    path: Path
    """The property that asks for it."""
    role: Any
    actions: tuple[str, ...]
    targets: tuple[str, ...] = ("*",)
    context: Mapping[str, str | None] = {}
    what: str = ""
    """For a person: what it is done on."""
    owner: Resource | None = None
    """What may allow it by a policy of its own."""
    by_any_policy: bool = False
    """Whether a role that has a policy is taken for one that allows it: it may be meant to do without."""


def arn(service: str, resource: str) -> str:
    return f"arn:{PARTITION}:{service}:{REGION}:{ACCOUNT}:{resource}"


def needs(tree: Tree) -> Iterator[tuple[Resource, Need]]:
    """Everything that the resources of a tree need of their roles."""
    yield from of_tasks(tree)
    yield from _of_commands(tree)
    for type_, found in _BY_TYPE.items():
        for resource in tree.resources(type_):
            for need in found(tree, resource):
                yield resource, need


def of_tasks(tree: Tree) -> Iterator[tuple[Resource, Need]]:
    """What task definitions need of their roles."""
    fargate = {run.task.place for run in _tasks.runs(tree) if _tasks.is_fargate(run.task, run.runner)}
    for task in tree.resources(_tasks.TASK):
        pulls = task.place in fargate or "FARGATE" in many(task.get("RequiresCompatibilities"))
        for need in _of_task(tree, task, pulls=pulls):
            yield task, need


def _streams(tree: Tree, group: Any, stream: str = ANYTHING) -> tuple[str, ...]:
    """The ARN of a stream of a group that is given by its name or ARN."""
    text = tree.identity(group) if isinstance(group, str) else ANYTHING
    name = text.partition(":log-group:")[2] or text
    return (arn("logs", f"log-group:{name.removesuffix(':*')}:log-stream:{stream}"),)


def _of_group(name: str) -> str:
    return name.partition(":log-stream:")[0]


def _logging(tree: Tree, path: Path, role: Any, group: Any, stream: str = ANYTHING) -> Iterator[Need]:
    targets = _streams(tree, group, stream)
    what = f"the log group {as_text(group)}"
    # What is made is a stream, which some policies take for a part of the group and some for the group.
    makes = (*targets, *(_of_group(one) + end for one in targets for end in ("", ":*")))
    yield Need(path, role, ("logs:CreateLogStream",), makes, what=what)
    yield Need(path, role, ("logs:PutLogEvents",), targets, what=what)


_ECR: Final = re.compile(r"([^./]+)\.dkr[.-]ecr\.([^./]+)\.[^/]+/([^@:]+)(?:[@:].*)?", re.DOTALL)
_SECRET_ARN: Final = re.compile(r"(arn:[^:]+:secretsmanager:[^:]+:[^:]+:secret:[^:]+)(?::.*)?", re.DOTALL)
_TOKEN: Final = re.compile(f"({BEGIN}[^{END}]*{END}).*", re.DOTALL)


def _of_task(tree: Tree, task: Resource, *, pulls: bool) -> Iterator[Need]:
    role = task.get("ExecutionRoleArn")
    for container in _containers.of(task):
        path = container.path
        logging = container.body.get("LogConfiguration")
        logging = logging if isinstance(logging, dict) else {}
        for below, secrets in (
            ((*path, "Secrets"), container.body.get("Secrets")),
            ((*path, "LogConfiguration", "SecretOptions"), logging.get("SecretOptions")),
        ):
            for at, secret in enumerate(many(secrets)):
                value = secret.get("ValueFrom") if isinstance(secret, dict) else None
                yield from _reading(tree, (*below, at, "ValueFrom"), role, value)
        login = container.body.get("RepositoryCredentials")
        value = login.get("CredentialsParameter") if isinstance(login, dict) else None
        yield from _reading(tree, (*path, "RepositoryCredentials", "CredentialsParameter"), role, value)
        yield from _variables(tree, container, role)
        if pulls:
            yield from _pulling(tree, (*path, "Image"), role, container.body.get("Image"))
            yield from _awslogs(tree, (*path, "LogConfiguration"), role, logging, container.own_name)
    yield from _mounting(tree, task)


def _variables(tree: Tree, container: _containers.Container, role: Any) -> Iterator[Need]:
    """https://docs.aws.amazon.com/AmazonECS/latest/developerguide/use-environment-file.html"""
    for at, file in enumerate(many(container.body.get("EnvironmentFiles"))):
        value = file.get("Value") if isinstance(file, dict) else None
        if isinstance(value, str):
            bucket = next((one for one in map(tree.resource, (r.place for r in references(value))) if one), None)
            path = (*container.path, "EnvironmentFiles", at, "Value")
            yield Need(path, role, ("s3:GetObject",), (tree.identity(value),), {}, "its file of variables", bucket)


def _is_made(tree: Tree, group: Any) -> bool:
    """Whether the tree has a log group, given by its name."""
    source = tree.source(group)
    names = (tree.identity(one.get("LogGroupName", default="")) for one in tree.resources("AWS::Logs::LogGroup"))
    return (source is not None and source.type == "AWS::Logs::LogGroup") or (
        isinstance(group, str) and tree.identity(group) in names
    )


def _awslogs(tree: Tree, path: Path, role: Any, logging: dict[str, Any], name: str) -> Iterator[Need]:
    options = logging.get("Options")
    if logging.get("LogDriver") != "awslogs" or not isinstance(options, dict):
        return
    group = options.get("awslogs-group")
    prefix = options.get("awslogs-stream-prefix")
    stream = _TASK if prefix is None else f"{as_text(prefix)}/{name}/{_TASK}"
    yield from _logging(tree, (*path, "Options", "awslogs-group"), role, group, stream)
    # The driver makes a group only if there is none.
    if flag(options.get("awslogs-create-group")) is True and not _is_made(tree, group):
        targets = tuple(_of_group(one) + end for one in _streams(tree, group) for end in ("", ":*", ":log-stream:"))
        what = f"the log group {as_text(group)}"
        yield Need((*path, "Options", "awslogs-create-group"), role, ("logs:CreateLogGroup",), targets, what=what)


def _pulling(tree: Tree, path: Path, role: Any, image: Any) -> Iterator[Need]:
    """https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task_execution_IAM_role.html"""
    if not isinstance(image, str):
        return
    named = [tree.resource(reference.place) for reference in references(image)]
    repository = next((one for one in named if one and one.type == "AWS::ECR::Repository"), None)
    if repository is not None and ".RepositoryUri" in image:
        target = identity.arn(tree, repository)
    elif match := _ECR.fullmatch(tree.identity(image)):
        target = f"arn:{PARTITION}:ecr:{match[2]}:{match[1]}:repository/{match[3]}"
    else:
        return
    yield Need(path, role, ("ecr:GetAuthorizationToken",), what="the registry of images")
    for action in ("ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"):
        yield Need(path, role, (action,), (target,), what=f"the repository {target}", owner=repository)


_OF_SECRETS: Final = "AWS::SecretsManager::Secret"
_ATTACHMENT: Final = "AWS::SecretsManager::SecretTargetAttachment"
_PARAMETER: Final = "AWS::SSM::Parameter"
_WITH_SECRETS: Final = (_OF_SECRETS, _ATTACHMENT, "AWS::RDS::DBCluster", "AWS::RDS::DBInstance")


def _reading(tree: Tree, path: Path, role: Any, value: Any) -> Iterator[Need]:
    """https://docs.aws.amazon.com/AmazonECS/latest/developerguide/specifying-sensitive-data.html"""
    if not isinstance(value, str) or not value or value.startswith(f"{BEGIN}?"):
        return
    match = _TOKEN.fullmatch(value)
    source = tree.source(match[1]) if match else None
    if source is not None and source.type != _PARAMETER and match:
        yield from _reading_secret(tree, path, role, source, match[1])
    elif literal := _SECRET_ARN.fullmatch(tree.identity(value)):
        targets = (literal[1], f"{literal[1]}{_SIX}")
        yield Need(path, role, ("secretsmanager:GetSecretValue",), targets, what=literal[1])
    elif ":secretsmanager:" not in value:
        name = as_text(source.get("Name", default=ANYTHING)) if source else value.rpartition(":parameter/")[2]
        target = arn("ssm", f"parameter/{name.removeprefix('/')}")
        yield Need(path, role, ("ssm:GetParameters",), (target,), what=f"the parameter {value}")


def _reading_secret(tree: Tree, path: Path, role: Any, source: Resource, token: str) -> Iterator[Need]:
    forms = (token, *_secret_arns(tree, source))
    yield Need(path, role, ("secretsmanager:GetSecretValue",), forms, what=f"the secret {token}", owner=source)
    key = _key_of_secret(tree, source)
    if key is not None:
        context = {"kms:viaservice": f"secretsmanager.{REGION}.amazonaws.com"}
        yield Need(
            path, role, ("kms:Decrypt",), (_key_arn(tree, key),), context, f"the key {key.place} of {token}", key
        )


def _key_of_secret(tree: Tree, source: Resource) -> Resource | None:
    if source.type == _ATTACHMENT:
        secret = tree.source(source.get("SecretId"))
        return key_of(tree, secret.get("KmsKeyId")) if secret else None
    return key_of(
        tree, source.get(*(("KmsKeyId",) if source.type == _OF_SECRETS else ("MasterUserSecret", "KmsKeyId")))
    )


def _key_arn(tree: Tree, key: Resource) -> str:
    return identity.arn(tree, key) if key.type in identity.NAMINGS else str(Reference(key.place, "Arn"))


def _secret_arns(tree: Tree, source: Resource) -> list[str]:
    """What else the ARN of a secret can be written as; what comes after its name is random.

    https://docs.aws.amazon.com/secretsmanager/latest/userguide/troubleshoot.html#ARN_secretnamehyphen
    https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/rds-secrets-manager.html
    """
    if source.type == _ATTACHMENT:
        secret = tree.source(source.get("SecretId"))
        own = _secret_arns(tree, secret) if secret is not None and secret.type == _OF_SECRETS else []
        return [as_text(source.get("SecretId")), *own]
    if source.type == _OF_SECRETS:
        name = tree.identity(source.get("Name")) if source.get("Name") else f"{source.logical_id}-AbCdEfGhIjKl"
        return [arn("secretsmanager", f"secret:{name}{_SIX}")]
    kind = {"AWS::RDS::DBInstance": "rds!db-", "AWS::RDS::DBCluster": "rds!cluster-"}.get(source.type, ANYTHING)
    return [arn("secretsmanager", f"secret:{kind}01234567-89ab-cdef-0123-456789abcdef{_SIX}")]


def _mounting(tree: Tree, task: Resource) -> Iterator[Need]:
    """https://docs.aws.amazon.com/efs/latest/ug/iam-access-control-nfs-efs.html"""
    for at, volume in enumerate(many(task.get("Volumes"))):
        system = volume.get("EFSVolumeConfiguration") if isinstance(volume, dict) else None
        login = system.get("AuthorizationConfig") if isinstance(system, dict) else None
        if isinstance(system, dict) and isinstance(login, dict) and login.get("IAM") == "ENABLED":
            source = tree.source(system.get("FilesystemId"))
            if source is None or source.get("FileSystemPolicy") is None:
                continue  # Without a policy everybody may mount it who gets there.
            file_system = arn("elasticfilesystem", f"file-system/{as_text(system.get('FilesystemId'))}")
            targets = (file_system, str(Reference(source.place, "Arn")))
            path = ("Volumes", at, "EFSVolumeConfiguration")
            role = task.get("TaskRoleArn")
            yield Need(path, role, ("elasticfilesystem:ClientMount",), targets, {}, "the file system", source)


_COMMANDS: Final = (
    "ssmmessages:CreateControlChannel",
    "ssmmessages:CreateDataChannel",
    "ssmmessages:OpenControlChannel",
    "ssmmessages:OpenDataChannel",
)


def _of_commands(tree: Tree) -> Iterator[tuple[Resource, Need]]:
    """https://docs.aws.amazon.com/AmazonECS/latest/developerguide/ecs-exec.html"""
    for service in tree.resources("AWS::ECS::Service"):
        task = _tasks.task_of(tree, service)
        if task is not None and flag(service.get("EnableExecuteCommand")) is True:
            for action in _COMMANDS:
                role = task.get("TaskRoleArn")
                yield service, Need(("EnableExecuteCommand",), role, (action,), what="the channel of commands")


def _of_flow_log(tree: Tree, log: Resource) -> Iterator[Need]:
    if log.get("LogDestinationType", default="cloud-watch-logs") == "cloud-watch-logs":
        name = "LogGroupName" if log.get("LogGroupName") is not None else "LogDestination"
        role = log.get("DeliverLogsPermissionArn")
        yield from _logging(tree, ("DeliverLogsPermissionArn",), role, log.get(name), _OF_INTERFACES)


def _of_trail(tree: Tree, trail: Resource) -> Iterator[Need]:
    """https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-required-policy-for-cloudwatch-logs.html"""
    group = trail.get("CloudWatchLogsLogGroupArn")
    if group is not None:
        stream = f"{ACCOUNT}_CloudTrail_{REGION}"
        yield from _logging(tree, ("CloudWatchLogsRoleArn",), trail.get("CloudWatchLogsRoleArn"), group, stream)


def _of_monitored(tree: Tree, database: Resource) -> Iterator[Need]:
    """https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_Monitoring.OS.Enabling.html"""
    if as_text(database.get("MonitoringInterval", default="60")) != "0":
        role = database.get("MonitoringRoleArn")
        yield from _logging(tree, ("MonitoringRoleArn",), role, "RDSOSMetrics", _OF_DATABASES)


_BACKING_UP: Final = (
    "backup-gateway:Backup",
    "backup:CopyIntoBackupVault",
    "cloudformation:ListStackResources",
    "dsql:StartBackupJob",
    "dynamodb:CreateBackup",
    "dynamodb:StartAwsBackupJob",
    "ec2:CreateSnapshot",
    "ec2:CreateImage",
    "eks:DescribeCluster",
    "elasticfilesystem:Backup",
    "fsx:CreateBackup",
    "rds:CreateDBClusterSnapshot",
    "rds:CreateDBSnapshot",
    "redshift-serverless:CreateSnapshot",
    "redshift:CreateClusterSnapshot",
    "s3:GetBucketVersioning",
    "ssm-sap:BackupDatabase",
    "storagegateway:CreateSnapshot",
    "timestream:StartAwsBackupJob",
)
_RESTORING: Final = (
    "backup-gateway:Restore",
    "cloudformation:CreateChangeSet",
    "dsql:StartRestoreJob",
    "dynamodb:RestoreTableFromAwsBackup",
    "dynamodb:RestoreTableFromBackup",
    "ec2:CreateVolume",
    "ec2:RestoreSnapshotTier",
    "ec2:RunInstances",
    "eks:CreateCluster",
    "elasticfilesystem:Restore",
    "fsx:CreateFileSystemFromBackup",
    "fsx:CreateVolumeFromBackup",
    "rds:RestoreDBClusterFromSnapshot",
    "rds:RestoreDBClusterToPointInTime",
    "rds:RestoreDBInstanceFromDBSnapshot",
    "rds:RestoreDBInstanceToPointInTime",
    "redshift-serverless:RestoreTableFromSnapshot",
    "redshift:RestoreFromClusterSnapshot",
    "redshift:RestoreTableFromClusterSnapshot",
    "s3:PutObject",
    "ssm-sap:RestoreDatabase",
    "storagegateway:CreateCachediSCSIVolume",
    "storagegateway:CreateStorediSCSIVolume",
    "timestream:StartAwsRestoreJob",
)


def _of_selection(_: Tree, selection: Resource) -> Iterator[Need]:
    """https://docs.aws.amazon.com/aws-backup/latest/devguide/iam-service-roles.html"""
    path = ("BackupSelection", "IamRoleArn")
    yield Need(path, selection.get(*path), _BACKING_UP, what="what it backs up")


def _of_restore_test(_: Tree, selection: Resource) -> Iterator[Need]:
    yield Need(("IamRoleArn",), selection.get("IamRoleArn"), _RESTORING, what="what it restores")


def _of_delivery(tree: Tree, stream: Resource) -> Iterator[Need]:
    """https://docs.aws.amazon.com/firehose/latest/dev/controlling-access.html"""
    for name in ("ExtendedS3DestinationConfiguration", "S3DestinationConfiguration"):
        if isinstance(target := stream.get(name), dict):
            yield from _of_destination(tree, stream, name, target)
    source = stream.get("KinesisStreamSourceConfiguration")
    if isinstance(source, dict):
        path = ("KinesisStreamSourceConfiguration", "RoleARN")
        streams = (tree.identity(source.get("KinesisStreamARN")),)
        for action in ("kinesis:GetRecords", "kinesis:GetShardIterator"):
            yield Need(path, source.get("RoleARN"), (action,), streams, what="its source")


def _of_destination(tree: Tree, stream: Resource, name: str, target: dict[str, Any]) -> Iterator[Need]:
    role, path = target.get("RoleARN"), (name, "RoleARN")
    bucket = tree.source(target.get("BucketARN"))
    targets = (f"{tree.identity(target.get('BucketARN'))}/{ANYTHING}",)
    yield Need(path, role, ("s3:PutObject",), targets, {}, "its bucket", bucket)
    key = key_of(tree, stream.get(name, "EncryptionConfiguration", "KMSEncryptionConfig", "AWSKMSKeyARN"))
    if key is not None:
        context = {"kms:viaservice": f"s3.{REGION}.amazonaws.com"}
        keys = (_key_arn(tree, key),)
        yield Need(path, role, ("kms:GenerateDataKey",), keys, context, f"the key {key.place}", key)
    options = target.get("CloudWatchLoggingOptions")
    if isinstance(options, dict) and flag(options.get("Enabled")) is True:
        written = options.get("LogStreamName")
        made = (tree.identity(written), ANYTHING) if isinstance(written, str) else (ANYTHING,)
        logs = tuple(one for name_ in made for one in _streams(tree, options.get("LogGroupName"), name_))
        yield Need(path, role, ("logs:PutLogEvents",), logs, what="its log stream")


def _of_function(tree: Tree, function: Resource) -> Iterator[Need]:
    role = function.get("Role")
    if function.get("VpcConfig", "SubnetIds"):
        # https://docs.aws.amazon.com/lambda/latest/dg/configuration-vpc.html#configuration-vpc-permissions
        for action in ("ec2:CreateNetworkInterface", "ec2:DescribeNetworkInterfaces", "ec2:DeleteNetworkInterface"):
            yield Need(("VpcConfig",), role, (action,), what="the interfaces by which it stands in its subnets")
    yield from _sending(tree, ("DeadLetterConfig", "TargetArn"), role, function.get("DeadLetterConfig", "TargetArn"))
    group = _group_of_function(tree, function)
    if group is not None:
        yield from _logging(tree, ("Role",), role, group, _STREAM)
    else:
        what = "its log group"
        yield Need(("Role",), role, ("logs:CreateLogStream", "logs:PutLogEvents"), what=what, by_any_policy=True)


def _group_of_function(tree: Tree, function: Resource) -> str | None:
    """The log group that a tree has for a function."""
    written = function.get("LoggingConfig", "LogGroup")
    if isinstance(written, str):
        return written
    name = function.get("FunctionName")
    wanted = f"/aws/lambda/{tree.identity(name) if isinstance(name, str) else Reference(function.place)}"
    groups = (tree.identity(one.get("LogGroupName", default="")) for one in tree.resources("AWS::Logs::LogGroup"))
    return wanted if wanted in groups else None


_SENDING: Final = {
    "AWS::SQS::Queue": ("sqs:SendMessage",),
    "AWS::SNS::Topic": ("sns:Publish",),
    "AWS::Kinesis::Stream": ("kinesis:PutRecord", "kinesis:PutRecords"),
    "AWS::KinesisFirehose::DeliveryStream": ("firehose:PutRecord", "firehose:PutRecordBatch"),
    "AWS::Lambda::Function": ("lambda:InvokeFunction",),
    "AWS::StepFunctions::StateMachine": ("states:StartExecution", "states:StartSyncExecution"),
    "AWS::Events::EventBus": ("events:PutEvents",),
    "AWS::CodeBuild::Project": ("codebuild:StartBuild",),
    "AWS::Events::ApiDestination": ("events:InvokeApiDestination",),
    "AWS::Batch::JobQueue": ("batch:SubmitJob",),
}
"""What who is told to send to a resource has to be allowed."""


def _sending(tree: Tree, path: Path, role: Any, value: Any) -> Iterator[Need]:
    source = tree.source(value)
    if source is not None and source.type in _SENDING:
        targets = (as_text(value), tree.identity(value), f"{tree.identity(value)}:{ANYTHING}", ANYTHING)
        known = targets[:-1] if source.type in identity.NAMINGS else targets
        yield Need(path, role, _SENDING[source.type], known, {}, source.place, source)


_POLLING: Final = {
    "AWS::SQS::Queue": ("sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"),
    "AWS::Kinesis::Stream": ("kinesis:GetRecords", "kinesis:GetShardIterator"),
    "AWS::DynamoDB::Table": ("dynamodb:GetRecords", "dynamodb:GetShardIterator"),
}
"""https://docs.aws.amazon.com/lambda/latest/dg/with-sqs.html#events-sqs-permissions"""


def _of_mapping(tree: Tree, mapping: Resource) -> Iterator[Need]:
    function = tree.source(mapping.get("FunctionName"))
    value = mapping.get("EventSourceArn")
    source = tree.source(value)
    if function is None or function.type != "AWS::Lambda::Function" or source is None:
        return
    targets: tuple[str, ...] = (tree.identity(value),)
    if source.type == "AWS::DynamoDB::Table":
        targets = (as_text(value), f"{identity.arn(tree, source)}/stream/{ANYTHING}")
    for action in _POLLING.get(source.type, ()):
        yield Need(("EventSourceArn",), function.get("Role"), (action,), targets, {}, source.place, source)


def _of_targets(tree: Tree, rule: Resource) -> Iterator[Need]:
    for at, target in enumerate(many(rule.get("Targets"))):
        yield from _of_target(tree, ("Targets", at), target)


def _of_schedule(tree: Tree, schedule: Resource) -> Iterator[Need]:
    yield from _of_target(tree, ("Target",), schedule.get("Target"))


def _of_target(tree: Tree, path: Path, target: Any) -> Iterator[Need]:
    """https://docs.aws.amazon.com/AmazonECS/latest/developerguide/CWE_IAM_role.html"""
    if not isinstance(target, dict):
        return
    role, path = target.get("RoleArn"), (*path, "RoleArn")
    yield from _sending(tree, path, role, target.get("Arn"))
    run = target.get("EcsParameters")
    task = tree.source(run.get("TaskDefinitionArn")) if isinstance(run, dict) else None
    if task is None or task.type != _tasks.TASK:
        return
    family = task.get("Family")
    made = tree.identity(family) if isinstance(family, str) else ANYTHING
    targets = (str(Reference(task.place)), arn("ecs", f"task-definition/{made}:{ANYTHING}"))
    yield Need(path, role, ("ecs:RunTask",), targets, what=task.place)
    context = {"iam:passedtoservice": "ecs-tasks.amazonaws.com"}
    for name in ("ExecutionRoleArn", "TaskRoleArn"):
        passed = task.get(name)
        if isinstance(passed, str):
            yield Need(path, role, ("iam:PassRole",), (tree.identity(passed),), context, f"its {name}")


_IN_DEFINITIONS: Final = {
    "Resource": "AWS::Lambda::Function",
    "FunctionName": "AWS::Lambda::Function",
    "TopicArn": "AWS::SNS::Topic",
    "QueueUrl": "AWS::SQS::Queue",
}
"""What a state calls, by the member of its definition.

https://docs.aws.amazon.com/step-functions/latest/dg/connect-to-services.html
"""
_CALLED: Final = re.compile(rf'"({"|".join(_IN_DEFINITIONS)})"\s{{0,9}}:\s{{0,9}}"({BEGIN}[^{END}"]*{END})"')
_SUBSTITUTED: Final = re.compile(r"\$\{([^{}]{1,300})\}")


def _called(tree: Tree, machine: Resource) -> Iterator[Need]:
    """https://docs.aws.amazon.com/step-functions/latest/dg/connect-lambda.html"""
    seen: set[str] = set()
    for name, value in _CALLED.findall(_definition(machine)):
        source = tree.source(value)
        if source is None or source.type != _IN_DEFINITIONS[name] or source.place in seen:
            continue
        seen.add(source.place)
        targets = (identity.arn(tree, source), str(Reference(source.place, "Arn")))
        path = ("RoleArn",)
        yield Need(path, machine.get("RoleArn"), _SENDING[source.type], targets, {}, source.place, source)


def _definition(machine: Resource) -> str:
    """What a machine does, as JSON, with its substitutions put in."""
    written = machine.get("DefinitionString")
    text = (
        written if isinstance(written, str) else json.dumps(machine.get("Definition"), ensure_ascii=False, default=str)
    )
    given = machine.get("DefinitionSubstitutions")
    if not isinstance(given, dict):
        return text
    return _SUBSTITUTED.sub(lambda match: as_text(given.get(match[1], match[0])), text)


def _of_machine(tree: Tree, machine: Resource) -> Iterator[Need]:
    """https://docs.aws.amazon.com/step-functions/latest/dg/cw-logs.html"""
    yield from _called(tree, machine)
    level = machine.get("LoggingConfiguration", "Level", default="OFF")
    if machine.get("LoggingConfiguration", "Destinations") and level in ("ALL", "ERROR", "FATAL"):
        role = machine.get("RoleArn")
        yield Need(("RoleArn",), role, ("logs:CreateLogDelivery",), what="the delivery of its log")


def _of_filter(tree: Tree, filter_: Resource) -> Iterator[Need]:
    yield from _sending(tree, ("RoleArn",), filter_.get("RoleArn"), filter_.get("DestinationArn"))


def _of_metrics(tree: Tree, stream: Resource) -> Iterator[Need]:
    yield from _sending(tree, ("RoleArn",), stream.get("RoleArn"), stream.get("FirehoseArn"))


def _of_replication(tree: Tree, bucket: Resource) -> Iterator[Need]:
    """https://docs.aws.amazon.com/AmazonS3/latest/userguide/setting-repl-config-perm-overview.html"""
    path = ("ReplicationConfiguration", "Role")
    role = bucket.get(*path)
    if role is None:
        return
    own = (identity.arn(tree, bucket),)
    yield Need(path, role, ("s3:GetReplicationConfiguration",), own, {}, "the bucket itself", bucket)
    # The older action does as well.
    reads = ("s3:GetObjectVersionForReplication", "s3:GetObjectVersion")
    yield Need(path, role, reads, (f"{own[0]}/{ANYTHING}",), {}, "what is in the bucket", bucket)
    rules = bucket.get("ReplicationConfiguration", "Rules")
    for _, value in values_at(rules, ("*", "Destination", "Bucket")):
        if isinstance(value, str) and is_known(value):
            targets = (f"{tree.identity(value)}/{ANYTHING}",)
            yield Need(path, role, ("s3:ReplicateObject",), targets, {}, "the bucket of replicas", tree.source(value))


def _of_proxy(tree: Tree, proxy: Resource) -> Iterator[Need]:
    """https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/rds-proxy-iam-setup.html"""
    for below, value in values_at(proxy.get("Auth"), ("*", "SecretArn")):
        text = tree.identity(value) if isinstance(value, str) else ""
        source = tree.source(value)
        if _SECRET_ARN.fullmatch(text) or (source is not None and source.type in _WITH_SECRETS):
            yield from _reading(tree, ("Auth", *below), proxy.get("RoleArn"), value)


def _of_account(_: Tree, account: Resource) -> Iterator[Need]:
    """The settings of API Gateway aren't taken without these.

    https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-logging.html
    """
    for action in ("logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents"):
        yield Need(("CloudWatchRoleArn",), account.get("CloudWatchRoleArn"), (action,), what="the logs of its APIs")


_BY_TYPE: Final[dict[str, Callable[[Tree, Resource], Iterator[Need]]]] = {
    "AWS::EC2::FlowLog": _of_flow_log,
    "AWS::CloudTrail::Trail": _of_trail,
    "AWS::RDS::DBInstance": _of_monitored,
    "AWS::RDS::DBProxy": _of_proxy,
    "AWS::RDS::DBCluster": _of_monitored,
    "AWS::Backup::BackupSelection": _of_selection,
    "AWS::Backup::RestoreTestingSelection": _of_restore_test,
    "AWS::KinesisFirehose::DeliveryStream": _of_delivery,
    "AWS::Lambda::Function": _of_function,
    "AWS::Lambda::EventSourceMapping": _of_mapping,
    "AWS::Events::Rule": _of_targets,
    "AWS::Scheduler::Schedule": _of_schedule,
    "AWS::StepFunctions::StateMachine": _of_machine,
    "AWS::Logs::SubscriptionFilter": _of_filter,
    "AWS::CloudWatch::MetricStream": _of_metrics,
    "AWS::S3::Bucket": _of_replication,
    "AWS::ApiGateway::Account": _of_account,
}
