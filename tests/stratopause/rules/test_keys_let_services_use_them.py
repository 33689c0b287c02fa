from __future__ import annotations

import copy
import time
from collections.abc import Callable
from typing import Any

import pytest

from tests.forest import forest, found, nested, places, resource, template

RULE = "E9101"
ROOT = {"Fn::Sub": "arn:${AWS::Partition}:iam::${AWS::AccountId}:root"}
ACCOUNT = {"Ref": "AWS::AccountId"}
KEY_ARN = {"Fn::GetAtt": ["Key", "Arn"]}
USE = ["kms:Encrypt", "kms:Decrypt", "kms:ReEncrypt*", "kms:GenerateDataKey*", "kms:DescribeKey"]

Statement = dict[str, Any]


def sub(text: str) -> dict[str, str]:
    return {"Fn::Sub": text}


def statement(principal: Any, actions: Any, condition: Any = None, **rest: Any) -> Statement:
    made = {"Effect": "Allow", "Principal": principal, "Action": actions, "Resource": "*", **rest}
    return made if condition is None else {**made, "Condition": condition}


ADMINISTRATION = statement({"AWS": ROOT}, ["kms:PutKeyPolicy", "kms:GetKeyPolicy"], Sid="Administration")


def by_way_of(service: str, *actions: str) -> list[Statement]:
    asked = {
        "StringEquals": {
            "kms:CallerAccount": ACCOUNT,
            "kms:ViaService": sub(f"{service}.${{AWS::Region}}.amazonaws.com"),
        }
    }
    granted = {**asked, "Bool": {"kms:GrantIsForAWSResource": "true"}}
    return [
        statement({"AWS": ROOT}, list(actions) or USE, asked, Sid="Use"),
        statement({"AWS": ROOT}, "kms:CreateGrant", granted, Sid="Grant"),
    ]


def by(principal: Any, *actions: str, **condition: Any) -> list[Statement]:
    return [statement({"Service": principal}, list(actions) or USE, condition, Sid="Service")]


def key(*statements: Statement) -> dict[str, Any]:
    return resource("KMS::Key", {"KeyPolicy": {"Version": "2012-10-17", "Statement": [ADMINISTRATION, *statements]}})


def messages(statements: list[Statement], **resources: Any) -> list[str]:
    tree = forest(platform=template(Key=key(*statements), **resources))
    return [problem.message for problem in found(RULE, tree)]


LOGS = by(
    sub("logs.${AWS::Region}.${AWS::URLSuffix}"),
    ArnLike={
        "kms:EncryptionContext:aws:logs:arn": sub(
            "arn:${AWS::Partition}:logs:${AWS::Region}:${AWS::AccountId}:log-group:*"
        )
    },
)
LOG_GROUP = resource("Logs::LogGroup", {"LogGroupName": "/clinic/app", "KmsKeyId": KEY_ARN})
TOPIC = resource("SNS::Topic", {"TopicName": "alerts", "KmsMasterKeyId": {"Ref": "Key"}})
ALARM = resource("CloudWatch::Alarm", {"AlarmActions": [{"Ref": "Topic"}], "OKActions": [{"Ref": "Topic"}]})
QUEUE = resource("SQS::Queue", {"KmsMasterKeyId": KEY_ARN})
TRAIL = resource("CloudTrail::Trail", {"TrailName": "all", "KMSKeyId": KEY_ARN})
CLUSTER = resource(
    "ECS::Cluster",
    {"Configuration": {"ManagedStorageConfiguration": {"FargateEphemeralStorageKmsKeyId": KEY_ARN}}},
)
TRAILS = sub("arn:${AWS::Partition}:cloudtrail:*:${AWS::AccountId}:trail/*")
TRAIL_USES = [
    *by(
        "cloudtrail.amazonaws.com",
        "kms:GenerateDataKey*",
        StringLike={"kms:EncryptionContext:aws:cloudtrail:arn": TRAILS},
        StringEquals={
            "aws:SourceArn": sub("arn:${AWS::Partition}:cloudtrail:${AWS::Region}:${AWS::AccountId}:trail/all")
        },
    ),
    statement({"Service": "cloudtrail.amazonaws.com"}, "kms:DescribeKey"),
]
FARGATE = [
    *by(
        "fargate.amazonaws.com",
        "kms:GenerateDataKeyWithoutPlaintext",
        StringEquals={"kms:EncryptionContext:aws:ecs:clusterAccount": [ACCOUNT]},
    ),
    *by(
        "fargate.amazonaws.com",
        "kms:CreateGrant",
        **{
            "StringEquals": {"kms:EncryptionContext:aws:ecs:clusterAccount": [ACCOUNT]},
            "ForAllValues:StringEquals": {"kms:GrantOperations": ["Decrypt"]},
        },
    ),
]
CLOUDWATCH = by(
    "cloudwatch.amazonaws.com",
    "kms:Decrypt",
    "kms:GenerateDataKey*",
    StringEquals={"aws:SourceAccount": ACCOUNT},
)


def encrypted(type_: str, properties: dict[str, Any]) -> dict[str, Any]:
    return resource(type_, properties)


def bucket(**properties: Any) -> dict[str, Any]:
    default = {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": KEY_ARN}
    encryption = {"ServerSideEncryptionConfiguration": [{"ServerSideEncryptionByDefault": default}]}
    return resource("S3::Bucket", {"BucketName": "clinic", "BucketEncryption": encryption, **properties})


VIA = {
    "rds instance": ("rds", encrypted("RDS::DBInstance", {"KmsKeyId": KEY_ARN})),
    "performance insights": ("rds", encrypted("RDS::DBInstance", {"PerformanceInsightsKMSKeyId": KEY_ARN})),
    "aurora": ("rds", encrypted("RDS::DBCluster", {"KmsKeyId": KEY_ARN})),
    "documentdb": ("rds", encrypted("DocDB::DBCluster", {"KmsKeyId": KEY_ARN})),
    "neptune": ("rds", encrypted("Neptune::DBCluster", {"KmsKeyId": KEY_ARN})),
    "cache": ("elasticache", encrypted("ElastiCache::ReplicationGroup", {"KmsKeyId": KEY_ARN})),
    "serverless cache": ("elasticache", encrypted("ElastiCache::ServerlessCache", {"KmsKeyId": KEY_ARN})),
    "memorydb": ("memorydb", encrypted("MemoryDB::Cluster", {"KmsKeyId": KEY_ARN})),
    "secret": ("secretsmanager", encrypted("SecretsManager::Secret", {"KmsKeyId": KEY_ARN})),
    "bucket": ("s3", bucket()),
    "topic": ("sns", TOPIC),
    "queue": ("sqs", QUEUE),
    "table": ("dynamodb", encrypted("DynamoDB::Table", {"SSESpecification": {"KMSMasterKeyId": KEY_ARN}})),
    "file system": ("elasticfilesystem", encrypted("EFS::FileSystem", {"KmsKeyId": KEY_ARN})),
    "volume": ("ec2", encrypted("EC2::Volume", {"KmsKeyId": KEY_ARN})),
    "stream": ("kinesis", encrypted("Kinesis::Stream", {"StreamEncryption": {"KeyId": KEY_ARN}})),
    "delivery": (
        "firehose",
        encrypted(
            "KinesisFirehose::DeliveryStream", {"DeliveryStreamEncryptionConfigurationInput": {"KeyARN": KEY_ARN}}
        ),
    ),
    "function": ("lambda", encrypted("Lambda::Function", {"KmsKeyArn": KEY_ARN})),
    "repository": ("ecr", encrypted("ECR::Repository", {"EncryptionConfiguration": {"KmsKey": KEY_ARN}})),
    "vault": ("backup", encrypted("Backup::BackupVault", {"EncryptionKeyArn": KEY_ARN})),
    "search": ("es", encrypted("OpenSearchService::Domain", {"EncryptionAtRestOptions": {"KmsKeyId": KEY_ARN}})),
    "warehouse": ("redshift", encrypted("Redshift::Cluster", {"KmsKeyId": KEY_ARN})),
    "kafka": (
        "kafka",
        encrypted("MSK::Cluster", {"EncryptionInfo": {"EncryptionAtRest": {"DataVolumeKMSKeyId": KEY_ARN}}}),
    ),
    "notebook": ("sagemaker", encrypted("SageMaker::NotebookInstance", {"KmsKeyId": KEY_ARN})),
    "endpoint": ("sagemaker", encrypted("SageMaker::EndpointConfig", {"KmsKeyId": KEY_ARN})),
    "serverless warehouse": (
        "redshift-serverless",
        encrypted("RedshiftServerless::Namespace", {"KmsKeyId": KEY_ARN}),
    ),
    "keyspace": (
        "cassandra",
        encrypted("Cassandra::Table", {"EncryptionSpecification": {"KmsKeyIdentifier": KEY_ARN}}),
    ),
    "health records": (
        "healthlake",
        encrypted("HealthLake::FHIRDatastore", {"SseConfiguration": {"KmsEncryptionConfig": {"KmsKeyId": KEY_ARN}}}),
    ),
    "time series": ("timestream", encrypted("Timestream::Database", {"KmsKeyId": KEY_ARN})),
    "elastic documents": ("docdb-elastic", encrypted("DocDBElastic::Cluster", {"KmsKeyId": KEY_ARN})),
    "desktop": ("workspaces", encrypted("WorkSpaces::Workspace", {"VolumeEncryptionKey": KEY_ARN})),
    "windows files": ("fsx", encrypted("FSx::FileSystem", {"KmsKeyId": KEY_ARN})),
    "migration": ("dms", encrypted("DMS::ReplicationInstance", {"KmsKeyId": KEY_ARN})),
    "video": ("kinesisvideo", encrypted("KinesisVideo::Stream", {"KmsKeyId": KEY_ARN})),
}


@pytest.mark.parametrize("kind", VIA)
def test_a_service_that_acts_for_others_needs_its_name_in_the_policy(kind: str) -> None:
    service, made = VIA[kind]
    assert not messages(by_way_of(service), Store=made)
    assert messages(by_way_of("xray"), Store=made), "another service"
    assert messages([], Store=made), "only administration"


@pytest.mark.parametrize("kind", VIA)
def test_the_default_policy_lets_every_service_act_for_others(kind: str) -> None:
    tree = forest(platform=template(Key=resource("KMS::Key"), Store=VIA[kind][1]))
    assert not found(RULE, tree)


def edited(statements: list[Statement], edit: Callable[[list[Statement]], object]) -> list[Statement]:
    changed = copy.deepcopy(statements)
    edit(changed)
    return changed


def put(condition: dict[str, Any], at: int = 0) -> Callable[[list[Statement]], object]:
    return lambda statements: statements[at].update(Condition=condition)


def told(**elements: Any) -> Callable[[list[Statement]], object]:
    return lambda statements: statements[0].update(elements)


def arn_like(arn: str, name: str = "kms:EncryptionContext:aws:logs:arn") -> Callable[[list[Statement]], object]:
    return put({"ArnLike": {name: sub(arn)}})


LOG_MISTAKES = {
    "no statement": list[Statement].clear,
    "not regional": told(Principal={"Service": "logs.amazonaws.com"}),
    "another service": told(Principal={"Service": sub("log.${AWS::Region}.amazonaws.com")}),
    "another region's principal": told(Principal={"Service": "logs.us-west-2.amazonaws.com"}),
    "the root": told(Principal={"AWS": ROOT}),
    "no Encrypt": told(Action=["kms:Decrypt", "kms:ReEncrypt*", "kms:GenerateDataKey*", "kms:DescribeKey"]),
    "no ReEncryptTo": told(Action=[*USE[:2], "kms:ReEncryptFrom", *USE[3:]]),
    "another region": arn_like("arn:aws:logs:us-west-2:${AWS::AccountId}:log-group:*"),
    "another account": arn_like("arn:aws:logs:${AWS::Region}:999999999999:log-group:*"),
    "another group": arn_like("arn:aws:logs:${AWS::Region}:${AWS::AccountId}:log-group:/other/*"),
    "its ARN with a star": arn_like("arn:aws:logs:${AWS::Region}:${AWS::AccountId}:log-group:/clinic/app:*"),
    "misspelt": arn_like("arn:aws:logs:*:*:log-group:*", "kms:EncryptionContext:aws:log:arn"),
    "misspelt as a whole": arn_like("arn:aws:logs:*:*:log-group:*", "kms:EncryptContext:aws:logs:arn"),
    "stars that are none": put(
        {
            "StringEquals": {
                "kms:EncryptionContext:aws:logs:arn": sub("arn:aws:logs:${AWS::Region}:${AWS::AccountId}:log-group:*")
            }
        }
    ),
    "another resource": told(Resource="arn:aws:s3:::clinic"),
    "denied": lambda statements: statements.append(
        {"Effect": "Deny", "Principal": "*", "Action": "kms:Encrypt", "Resource": "*"}
    ),
}


@pytest.mark.parametrize("mistake", LOG_MISTAKES)
def test_a_log_group_needs_its_service_under_its_own_encryption_context(mistake: str) -> None:
    assert messages(edited(LOGS, LOG_MISTAKES[mistake]), Group=LOG_GROUP)


CORRECT_LOGS = {
    "as it is": lambda _: None,
    "every account's": arn_like("arn:aws:logs:*:*:*"),
    "its name": arn_like("arn:aws:logs:${AWS::Region}:${AWS::AccountId}:log-group:/clinic/app"),
    "equal": put(
        {
            "StringEquals": {
                "kms:EncryptionContext:aws:logs:arn": sub(
                    "arn:aws:logs:${AWS::Region}:${AWS::AccountId}:log-group:/clinic/app"
                )
            }
        }
    ),
    "no condition": put({}),
    "the account": put({"StringEquals": {"aws:SourceAccount": ACCOUNT}}),
    "a list": told(Principal={"Service": ["delivery.logs.amazonaws.com", sub("logs.${AWS::Region}.amazonaws.com")]}),
    "all actions": told(Action="kms:*"),
    "as the CDK grants it": told(Action=["kms:Decrypt", "kms:Encrypt", "kms:GenerateDataKey*", "kms:ReEncrypt*"]),
    "with stars": told(
        Action=["kms:Encrypt*", "kms:Decrypt*", "kms:ReEncrypt*", "kms:GenerateDataKey*", "kms:Describe*"]
    ),
    "all but some": lambda statements: statements[0].update(NotAction=["kms:Put*", statements[0].pop("Action")[-1]]),
    "in capitals": told(Action=[action.upper().replace("KMS", "kms") for action in USE]),
    "an unknown prefix": lambda statements: statements[0].update(
        Condition={
            "ArnLike": {
                "kms:EncryptionContext:aws:logs:arn": {
                    "Fn::Join": ["", ["arn:aws:logs:*:*:log-group:", {"Fn::ImportValue": "Prefix"}, "*"]]
                }
            }
        }
    ),
}


@pytest.mark.parametrize("way", CORRECT_LOGS)
def test_a_log_group_is_content_with_every_way_to_say_it(way: str) -> None:
    assert not messages(edited(LOGS, CORRECT_LOGS[way]), Group=LOG_GROUP)


def test_a_policy_of_literals_is_right_where_they_agree() -> None:
    def literal(region: str) -> list[Statement]:
        return by(
            "logs.eu-central-1.amazonaws.com",
            ArnLike={"kms:EncryptionContext:aws:logs:arn": f"arn:aws:logs:{region}:111122223333:log-group:*"},
        )

    def administered(*statements: Statement) -> list[str]:
        root = {**ADMINISTRATION, "Principal": {"AWS": "arn:aws:iam::111122223333:root"}}
        made = resource("KMS::Key", {"KeyPolicy": {"Statement": [root, *statements]}})
        return places(RULE, forest(platform=template(Key=made, Group=LOG_GROUP)))

    assert not administered(*literal("eu-central-1"))
    assert administered(*literal("eu-west-1")) == ["platform.json/Group"]


def test_a_literal_region_is_its_own_if_the_tree_names_it_elsewhere() -> None:
    statements = edited(LOGS, told(Principal={"Service": "logs.eu-central-1.amazonaws.com"}))
    subnet = resource("EC2::Subnet", {"AvailabilityZone": "eu-central-1a"})
    assert not messages(statements, Group=LOG_GROUP, Subnet=subnet)
    assert messages(statements, Group=LOG_GROUP)


def test_the_partition_of_a_policy_may_be_any() -> None:
    statements = by(
        "logs.cn-north-1.amazonaws.com.cn",
        ArnEquals={"kms:EncryptionContext:aws:logs:arn": "arn:aws-cn:logs:cn-north-1:*:log-group:*"},
    )
    root = {**ADMINISTRATION, "Principal": {"AWS": "arn:aws-cn:iam::111122223333:root"}}
    made = resource("KMS::Key", {"KeyPolicy": {"Statement": [root, *statements]}})
    assert not found(RULE, forest(platform=template(Key=made, Group=LOG_GROUP)))


def test_a_log_group_that_gets_a_name_may_have_any() -> None:
    unnamed = resource("Logs::LogGroup", {"KmsKeyId": KEY_ARN})
    narrow = arn_like("arn:aws:logs:${AWS::Region}:${AWS::AccountId}:log-group:clinic-*")
    assert not messages(edited(LOGS, narrow), Group=unnamed)
    assert messages(edited(LOGS, arn_like("arn:aws:logs:us-west-2:${AWS::AccountId}:log-group:*")), Group=unnamed)


def test_the_finding_says_what_is_lacking_and_what_comes_nearest() -> None:
    (message,) = messages(edited(LOGS, LOG_MISTAKES["another group"]), Group=LOG_GROUP)
    assert message == (
        "Group (Logs::LogGroup) is encrypted with Key, whose policy has no statement that lets "
        "logs.${AWS::Region}.${AWS::URLSuffix} call kms:Encrypt, kms:Decrypt, kms:ReEncryptFrom, kms:ReEncryptTo, "
        "kms:GenerateDataKey under the encryption context aws:logs:arn = "
        "arn:${AWS::Partition}:logs:${AWS::Region}:${AWS::AccountId}:log-group:/clinic/app: the nearest, Service, asks "
        "for kms:EncryptionContext:aws:logs:arn ArnLike arn:aws:logs:${AWS::Region}:${AWS::AccountId}:log-group:"
        "/other/*, where arn:aws:logs:${AWS::Region}:${AWS::AccountId}:log-group:/clinic/app comes"
    )
    (message,) = messages([], Group=LOG_GROUP)
    assert message.endswith(": no statement is for logs.${AWS::Region}.amazonaws.com")
    (message,) = messages(edited(LOGS, LOG_MISTAKES["denied"]), Group=LOG_GROUP)
    assert message.endswith("log-group:/clinic/app: a statement without Sid denies it")


VIA_MISTAKES = {
    "another service": put({"StringEquals": {"kms:ViaService": sub("ec2.${AWS::Region}.amazonaws.com")}}, 1),
    "another region": put(
        {
            "StringEquals": {"kms:ViaService": "rds.us-west-2.amazonaws.com", "kms:CallerAccount": ACCOUNT},
        },
        1,
    ),
    "no region": put({"StringEquals": {"kms:ViaService": "rds.amazonaws.com"}}, 1),
    "a star that is none": put({"StringEquals": {"kms:ViaService": "rds.*.amazonaws.com"}}, 1),
    "another account": put({"StringEquals": {"kms:CallerAccount": "999999999999"}}, 1),
    "misspelt": put({"StringEquals": {"kms:ViaServices": sub("rds.${AWS::Region}.amazonaws.com")}}, 1),
    "a source": put({"StringEquals": {"aws:SourceAccount": ACCOUNT}}, 1),
    "no grant": lambda statements: statements.pop(),
    "grants by hand": put({"Bool": {"kms:GrantIsForAWSResource": "false"}}, 1),
    "for the service itself": lambda statements: statements[1].update(Principal={"Service": "rds.amazonaws.com"}),
    "for another account": lambda statements: statements[1].update(Principal={"AWS": "arn:aws:iam::999999999999:root"}),
    "no description": lambda statements: statements[0]["Action"].remove("kms:DescribeKey"),
    "a condition on grants for all": put({"Bool": {"kms:GrantIsForAWSResource": "true"}}),
}


@pytest.mark.parametrize("mistake", VIA_MISTAKES)
def test_a_database_needs_grants_and_a_description_by_way_of_its_service(mistake: str) -> None:
    assert messages(edited(by_way_of("rds"), VIA_MISTAKES[mistake]), Store=VIA["rds instance"][1])


@pytest.mark.parametrize(
    "condition",
    [
        {"StringLike": {"kms:ViaService": "rds.*.amazonaws.com"}},
        {
            "StringEquals": {
                "kms:ViaService": [sub(f"{name}.${{AWS::Region}}.amazonaws.com") for name in ("ec2", "rds")]
            }
        },
        {"Bool": {"kms:GrantIsForAWSResource": True}},
        {"StringEquals": {"aws:PrincipalOrgID": "o-a1b2c3d4e5"}},
        {"ForAnyValue:StringEquals": {"kms:EncryptionContextKeys": ["aws:rds:db-id"]}},
    ],
)
def test_conditions_that_may_hold_are_fine(condition: dict[str, Any]) -> None:
    assert not messages(edited(by_way_of("rds"), put(condition, 1)), Store=VIA["rds instance"][1])


def test_performance_insights_comes_with_its_own_encryption_context() -> None:
    """https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_PerfInsights.access-control.cmk-policy.html"""

    def under(service: str) -> list[str]:
        condition = {
            "StringEquals": {"kms:ViaService": sub("rds.${AWS::Region}.amazonaws.com")},
            "ForAnyValue:StringEquals": {
                "kms:EncryptionContext:aws:pi:service": "rds",
                "kms:EncryptionContext:service": service,
                "kms:EncryptionContext:aws:rds:db-id": "db-AAAAABBBBBCCCCDDDDDEEEEE",
            },
        }
        reader = {"AWS": "arn:aws:iam::444455556666:role/Role1"}
        use = statement(reader, ["kms:Decrypt", "kms:GenerateDataKey"], condition)
        root = {**ADMINISTRATION, "Principal": {"AWS": "arn:aws:iam::444455556666:root"}}
        made = resource("KMS::Key", {"KeyPolicy": {"Statement": [root, use]}})
        return places(RULE, forest(platform=template(Key=made, Database=VIA["performance insights"][1])))

    assert not under("pi")
    assert under("rds")


def test_a_role_that_is_named_may_create_what_is_encrypted_unless_only_a_service_takes_it() -> None:
    def role(service: str) -> dict[str, Any]:
        trust = {"Statement": {"Effect": "Allow", "Principal": {"Service": service}, "Action": "sts:AssumeRole"}}
        return resource("IAM::Role", {"AssumeRolePolicyDocument": trust})

    use = [statement({"AWS": {"Fn::GetAtt": "Role.Arn"}}, "kms:*")]
    store = VIA["rds instance"][1]
    assert not messages(use, Store=store, Role=role("cloudformation.amazonaws.com"))
    assert messages(use, Store=store, Role=role("ecs-tasks.amazonaws.com"))
    assert not messages(use, Store=VIA["secret"][1], Role=role("ecs-tasks.amazonaws.com"))
    assert not messages([statement({"AWS": sub("arn:aws:iam::${AWS::AccountId}:role/deploy")}, "kms:*")], Store=store)


def test_a_master_password_needs_two_services() -> None:
    database = resource("RDS::DBInstance", {"MasterUserSecret": {"KmsKeyId": KEY_ARN}})
    both = [*by_way_of("rds"), *by_way_of("secretsmanager")]
    assert not messages(both, Database=database)
    assert messages(both[:2], Database=database)
    assert messages(both[2:], Database=database)
    assert messages(both[:3], Database=database)


TRAIL_MISTAKES = {
    "nothing": list[Statement].clear,
    "no data key": told(Action="kms:Encrypt"),
    "another account": put(
        {"StringLike": {"kms:EncryptionContext:aws:cloudtrail:arn": "arn:aws:cloudtrail:*:999999999999:trail/*"}}
    ),
    "another trail": put(
        {"StringEquals": {"aws:SourceArn": sub("arn:aws:cloudtrail:${AWS::Region}:${AWS::AccountId}:trail/one")}}
    ),
    "another context": put({"StringLike": {"kms:EncryptionContext:aws:logs:arn": "*"}}),
}


@pytest.mark.parametrize("mistake", TRAIL_MISTAKES)
def test_a_trail_needs_its_service_under_its_own_name(mistake: str) -> None:
    assert not messages(TRAIL_USES, Trail=TRAIL)
    assert messages(edited(TRAIL_USES, TRAIL_MISTAKES[mistake]), Trail=TRAIL)


FARGATE_MISTAKES = {
    "no grant": lambda statements: statements.pop(),
    "no key": lambda statements: statements.pop(0),
    "another context": put({"StringEquals": {"kms:EncryptionContext:aws:ecs:clusterArn": ACCOUNT}}),
    "another account": put({"StringEquals": {"kms:EncryptionContext:aws:ecs:clusterAccount": "999999999999"}}),
    "another grant": put({"StringEquals": {"kms:GrantOperations": "Encrypt"}}, 1),
    "the tasks": told(Principal={"Service": "ecs-tasks.amazonaws.com"}),
}


@pytest.mark.parametrize("mistake", FARGATE_MISTAKES)
def test_the_disks_of_tasks_need_fargate(mistake: str) -> None:
    assert not messages(FARGATE, Cluster=CLUSTER)
    assert messages(edited(FARGATE, FARGATE_MISTAKES[mistake]), Cluster=CLUSTER)


ALARMED_MISTAKES = {
    "nobody": list[Statement].clear,
    "no Decrypt": told(Action="kms:GenerateDataKey*"),
    "no GenerateDataKey": told(Action="kms:Decrypt"),
    "another service": told(Principal={"Service": "events.amazonaws.com"}),
    "another account": put({"StringEquals": {"aws:SourceAccount": "999999999999"}}),
    "a source of another service": put(
        {"ArnLike": {"aws:SourceArn": sub("arn:aws:events:${AWS::Region}:${AWS::AccountId}:rule/*")}}
    ),
    "another topic": put(
        {
            "StringEquals": {
                "kms:EncryptionContext:aws:sns:topicArn": sub("arn:aws:sns:${AWS::Region}:${AWS::AccountId}:other")
            }
        }
    ),
    "a queue": put({"StringLike": {"kms:EncryptionContext:aws:sqs:arn": "*"}}),
}


@pytest.mark.parametrize("mistake", ALARMED_MISTAKES)
def test_an_alarm_needs_the_key_of_its_topic(mistake: str) -> None:
    assert not messages(CLOUDWATCH, Topic=TOPIC, Alarm=ALARM)
    tree = forest(platform=template(Key=key(*edited(CLOUDWATCH, ALARMED_MISTAKES[mistake])), Topic=TOPIC, Alarm=ALARM))
    assert places(RULE, tree) == ["platform.json/Topic"]
    assert {problem.path[-1] for problem in found(RULE, tree)} == {"KmsMasterKeyId"}


def events(**target: Any) -> dict[str, Any]:
    return resource("Events::Rule", {"Targets": [{"Id": "a", **target}]})


PUBLISHERS = {
    "composite alarm": ("cloudwatch", resource("CloudWatch::CompositeAlarm", {"AlarmActions": [{"Ref": "Topic"}]})),
    "database": ("events.rds", resource("RDS::EventSubscription", {"SnsTopicArn": {"Ref": "Topic"}})),
    "vault": ("backup", resource("Backup::BackupVault", {"Notifications": {"SNSTopicArn": {"Ref": "Topic"}}})),
    "rule": ("events", events(Arn={"Ref": "Topic"})),
    "rule by name": ("events", events(Arn=sub("arn:${AWS::Partition}:sns:${AWS::Region}:${AWS::AccountId}:alerts"))),
    "bucket": (
        "s3",
        resource("S3::Bucket", {"NotificationConfiguration": {"TopicConfigurations": [{"Topic": {"Ref": "Topic"}}]}}),
    ),
    "budget": (
        "budgets",
        resource(
            "Budgets::Budget",
            {"NotificationsWithSubscribers": [{"Subscribers": [{"Address": {"Ref": "Topic"}}]}]},
        ),
    ),
    "trail": ("cloudtrail", resource("CloudTrail::Trail", {"SnsTopicName": {"Fn::GetAtt": "Topic.TopicName"}})),
}


@pytest.mark.parametrize("kind", PUBLISHERS)
def test_whoever_publishes_to_an_encrypted_topic_needs_its_key(kind: str) -> None:
    service, publisher = PUBLISHERS[kind]
    let = by(
        f"{service}.amazonaws.com", "kms:Decrypt", "kms:GenerateDataKey", StringEquals={"aws:SourceAccount": ACCOUNT}
    )
    assert not messages(let, Topic=TOPIC, Publisher=publisher)
    assert messages(by_way_of("sns"), Topic=TOPIC, Publisher=publisher)


@pytest.mark.parametrize(
    ("service", "sender"),
    [
        ("sns", resource("SNS::Subscription", {"Protocol": "sqs", "Endpoint": {"Fn::GetAtt": "Queue.Arn"}})),
        (
            "sns",
            resource("SNS::Topic", {"Subscription": [{"Protocol": "sqs", "Endpoint": {"Fn::GetAtt": "Queue.Arn"}}]}),
        ),
        ("events", events(Arn={"Fn::GetAtt": "Queue.Arn"})),
        ("events", events(Arn="arn:x", DeadLetterConfig={"Arn": {"Fn::GetAtt": "Queue.Arn"}})),
        (
            "s3",
            resource(
                "S3::Bucket",
                {"NotificationConfiguration": {"QueueConfigurations": [{"Queue": {"Fn::GetAtt": "Queue.Arn"}}]}},
            ),
        ),
    ],
)
def test_whoever_sends_to_an_encrypted_queue_needs_its_key(service: str, sender: dict[str, Any]) -> None:
    let = [*by(f"{service}.amazonaws.com", "kms:Decrypt", "kms:GenerateDataKey*"), *by_way_of("sqs", "kms:Decrypt")]
    assert not messages(let, Queue=QUEUE, Sender=sender)
    assert messages(by_way_of("sqs"), Queue=QUEUE, Sender=sender)
    assert messages(let[:1], Queue=QUEUE, Sender=sender), "nobody receives"


def test_a_rule_with_a_role_sends_as_that_role() -> None:
    assert not messages(by_way_of("sqs"), Queue=QUEUE, Rule=events(Arn={"Fn::GetAtt": "Queue.Arn"}, RoleArn="arn:r"))


@pytest.mark.parametrize(
    "sender",
    [
        resource("EC2::FlowLog", {"LogDestinationType": "s3", "LogDestination": {"Fn::GetAtt": "Store.Arn"}}),
        resource("EC2::FlowLog", {"LogDestination": sub("arn:${AWS::Partition}:s3:::clinic/flows/")}),
        resource("WAFv2::LoggingConfiguration", {"LogDestinationConfigs": [{"Fn::GetAtt": "Store.Arn"}]}),
    ],
)
def test_what_delivers_logs_needs_the_key_of_the_bucket(sender: dict[str, Any]) -> None:
    let = by("delivery.logs.amazonaws.com", StringEquals={"aws:SourceAccount": ACCOUNT})
    assert not messages([*let, *by_way_of("s3")], Store=bucket(), Sender=sender)
    assert messages(by_way_of("s3"), Store=bucket(), Sender=sender)


def test_a_distribution_needs_the_key_of_the_bucket_that_it_serves() -> None:
    origin = {"DomainName": {"Fn::GetAtt": "Store.RegionalDomainName"}, "OriginAccessControlId": "E1"}
    site = resource("CloudFront::Distribution", {"DistributionConfig": {"Origins": [origin]}})
    source = sub("arn:${AWS::Partition}:cloudfront::${AWS::AccountId}:distribution/*")
    let = by("cloudfront.amazonaws.com", "kms:Decrypt", ArnLike={"aws:SourceArn": source})
    assert not messages([*let, *by_way_of("s3")], Store=bucket(), Site=site)
    assert messages(by_way_of("s3"), Store=bucket(), Site=site)


COPIER = {"AWS": "arn:aws:iam::444455556666:root"}


def test_the_account_that_databases_are_copied_to_reads_under_their_key() -> None:
    vault = "arn:aws:backup:eu-central-1:444455556666:backup-vault:copies"
    rule = {"CopyActions": [{"DestinationBackupVaultArn": vault}]}
    plan = resource("Backup::BackupPlan", {"BackupPlan": {"BackupPlanRule": [rule]}})
    via = {"StringLike": {"kms:ViaService": "rds.*.amazonaws.com"}}
    takes = [
        statement(COPIER, USE, via),
        statement(COPIER, "kms:CreateGrant", {**via, "Bool": {"kms:GrantIsForAWSResource": "true"}}),
    ]
    database = VIA["rds instance"][1]
    for statements, count in ((takes, 0), (takes[:1], 1), (takes[1:], 1), ([], 0)):
        assert len(messages([*by_way_of("rds"), *statements], Database=database, Plan=plan)) == count


def test_access_logs_go_into_no_bucket_under_a_key() -> None:
    attributes = [{"Key": "access_logs.s3.bucket", "Value": {"Ref": "Store"}}]
    for type_, count in (("application", 1), ("network", 0)):
        balancer = resource(
            "ElasticLoadBalancingV2::LoadBalancer", {"Type": type_, "LoadBalancerAttributes": attributes}
        )
        assert len(messages(by_way_of("s3"), Store=bucket(), Balancer=balancer)) == count
    logged = resource("S3::Bucket", {"LoggingConfiguration": {"DestinationBucketName": "clinic"}})
    assert messages(by_way_of("s3"), Store=bucket(), Logged=logged)


def test_a_cluster_of_kubernetes_sends_no_condition_for_grants() -> None:
    cluster = resource("EKS::Cluster", {"EncryptionConfig": [{"Provider": {"KeyArn": KEY_ARN}}]})
    assert messages([statement({"AWS": ROOT}, "kms:DescribeKey"), by_way_of("eks")[1]], Cluster=cluster)
    assert not messages([statement({"AWS": ROOT}, ["kms:DescribeKey", "kms:CreateGrant"])], Cluster=cluster)


@pytest.mark.parametrize(
    "named",
    [
        KEY_ARN,
        {"Ref": "Key"},
        {"Ref": "Alias"},
        "alias/clinic",
        sub("arn:${AWS::Partition}:kms:${AWS::Region}:${AWS::AccountId}:alias/clinic"),
        sub("arn:${AWS::Partition}:kms:${AWS::Region}:${AWS::AccountId}:${Alias}"),
        sub("arn:aws:kms:${AWS::Region}:${AWS::AccountId}:key/${Key}"),
        {"Fn::If": ["Encrypts", KEY_ARN, {"Ref": "AWS::NoValue"}]},
    ],
)
def test_a_key_is_followed_however_it_is_named(named: Any) -> None:
    alias = resource("KMS::Alias", {"AliasName": "alias/clinic", "TargetKeyId": {"Ref": "Key"}})
    store = resource("SecretsManager::Secret", {"KmsKeyId": named})
    root = {**template(Key=key(), Alias=alias, Store=store), "Conditions": {"Encrypts": {"Fn::Equals": ["a", "a"]}}}
    assert places(RULE, forest(platform=root)) == ["platform.json/Store"]


@pytest.mark.parametrize("named", ["alias/aws/rds", "alias/other", {"Fn::ImportValue": "Key"}, "arn:aws:kms:x:1:key/2"])
def test_a_key_from_elsewhere_is_left_alone(named: Any) -> None:
    assert not messages([], Store=resource("SecretsManager::Secret", {"KmsKeyId": named}))


def test_a_key_is_followed_through_nested_stacks() -> None:
    keys = {**template(Key=key()), "Outputs": {"KeyArn": {"Value": KEY_ARN}}}
    data = {
        **template(Database=resource("RDS::DBInstance", {"KmsKeyId": {"Ref": "KeyArn"}})),
        "Parameters": {"KeyArn": {"Type": "String"}},
    }
    passed = {"Fn::GetAtt": ["Keys", "Outputs.KeyArn"]}
    root = template(Keys=nested("keys.json"), Data=nested("data.json", KeyArn=passed))
    tree = forest(platform=root, keys=keys, data=data)
    assert places(RULE, tree) == ["data.json/Database"]
    assert found(RULE, tree)[0].path[-1] == "KmsKeyId"


def test_a_policy_that_is_not_known_is_not_judged() -> None:
    for policy in ({"Fn::ImportValue": "Policy"}, {"Statement": [{"Fn::ImportValue": "Statement"}]}):
        made = resource("KMS::Key", {"KeyPolicy": policy})
        assert not found(RULE, forest(platform=template(Key=made, Group=LOG_GROUP)))


def test_yaml_says_the_same() -> None:
    text = """
Resources:
  Key:
    Type: AWS::KMS::Key
    Properties:
      KeyPolicy:
        Statement:
          Effect: Allow
          Principal: {AWS: !Sub "arn:${AWS::Partition}:iam::${AWS::AccountId}:root"}
          Action: kms:*
          Resource: "*"
  Secret:
    Type: AWS::SecretsManager::Secret
    Properties: {KmsKeyId: !Ref Key}
  Group:
    Type: AWS::Logs::LogGroup
    Properties: {KmsKeyId: !GetAtt Key.Arn}
"""
    assert places(RULE, forest(platform=text)) == ["platform.yaml/Group"]


HOSTILE: list[Any] = [
    None,
    1,
    True,
    "",
    "x",
    [],
    [[]],
    {},
    {"a": {"b": []}},
    [None, 1],
    {"Fn::Sub": 1},
    {"AWS": [1, {}]},
]


@pytest.mark.parametrize("value", HOSTILE)
def test_hostile_values_end_in_nothing_worse_than_a_finding(value: Any) -> None:
    for element in ("Principal", "Action", "Condition", "Resource", "Effect", "Sid"):
        messages([{**LOGS[0], element: value}], Group=LOG_GROUP, Store=VIA["rds instance"][1])
    messages([], Group=resource("Logs::LogGroup", {"KmsKeyId": KEY_ARN, "LogGroupName": value}))
    messages([], Alias=resource("KMS::Alias", {"AliasName": value, "TargetKeyId": value}), Topic=TOPIC, Alarm=ALARM)
    for policy in (value, {"Statement": value}, {"Statement": [value]}):
        made = resource("KMS::Key", {"KeyPolicy": policy})
        list(found(RULE, forest(platform=template(Key=made, Group=LOG_GROUP))))
    for type_ in ("S3::Bucket", "Events::Rule", "CloudFront::Distribution", "EC2::FlowLog", "SNS::Subscription"):
        names = ("BucketEncryption", "Targets", "DistributionConfig", "LogDestination", "Endpoint", "BucketName")
        messages([], Store=resource(type_, dict.fromkeys(names, value)), Topic=TOPIC, Queue=QUEUE)


def via_services(*names: str) -> dict[str, Any]:
    return {"kms:ViaService": [sub(f"{name}.${{AWS::Region}}.amazonaws.com") for name in names]}


EVERYTHING = {
    "Bucket": bucket(),
    **{
        kind.title().replace(" ", ""): made
        for kind, (_, made) in VIA.items()
        if kind in {"rds instance", "secret", "topic", "queue", "table", "volume", "file system", "function", "cache"}
    },
}
SERVICES = (
    "rds",
    "secretsmanager",
    "s3",
    "sns",
    "sqs",
    "dynamodb",
    "ec2",
    "elasticfilesystem",
    "lambda",
    "elasticache",
)
OWN = {"kms:CallerAccount": ACCOUNT}
DENIED: dict[str, Any] = {"Effect": "Deny"}
ALL: dict[str, Statement] = {"root": statement({"AWS": ROOT}, "kms:*")}

STYLES: dict[str, list[Statement]] = {
    "the root": [ALL["root"]],
    "the account's number": [statement({"AWS": ACCOUNT}, "kms:*")],
    "one statement for all services": [
        statement({"AWS": ROOT}, [*USE, "kms:CreateGrant"], {"StringEquals": {**OWN, **via_services(*SERVICES)}})
    ],
    "any service": [
        statement(
            {"AWS": "*"},
            [*USE, "kms:CreateGrant"],
            {"StringEquals": OWN, "StringLike": {"kms:ViaService": "*.amazonaws.com"}},
        )
    ],
    "for any value": [
        statement({"AWS": "*"}, "kms:*", {"StringEquals": OWN, "ForAnyValue:StringEquals": via_services(*SERVICES)})
    ],
    "all but what administers": [
        {"Effect": "Allow", "Principal": {"AWS": ROOT}, "NotAction": "kms:ScheduleKeyDeletion", "Resource": "*"}
    ],
    "everybody of the account": [statement("*", "kms:*", {"StringEquals": {"aws:PrincipalAccount": ACCOUNT}})],
    "everybody of the organization": [statement("*", "kms:*", {"StringEquals": {"aws:PrincipalOrgID": "o-1"}})],
    "a variable": [statement("*", "kms:*", {"StringEquals": {"kms:CallerAccount": "${aws:ResourceAccount}"}})],
    "grants by themselves": [
        statement({"AWS": ROOT}, USE, {"StringEquals": via_services(*SERVICES)}),
        statement(
            {"AWS": ROOT},
            ["kms:CreateGrant", "kms:ListGrants", "kms:RevokeGrant"],
            {"Bool": {"kms:GrantIsForAWSResource": True}},
        ),
    ],
    "grants of some operations": [
        statement({"AWS": ROOT}, USE),
        statement(
            {"AWS": ROOT},
            "kms:CreateGrant",
            {"ForAllValues:StringEquals": {"kms:GrantOperations": ["Decrypt", "GenerateDataKey"]}},
        ),
    ],
    "denied to others": [
        ALL["root"],
        statement("*", "kms:*", {"StringNotEquals": OWN}, **DENIED),
        statement("*", "kms:Decrypt", {"StringNotEquals": via_services(*SERVICES)}, **DENIED),
        statement("*", "kms:*", {"Bool": {"aws:SecureTransport": "false"}}, **DENIED),
        statement("*", "kms:CreateGrant", {"Bool": {"kms:GrantIsForAWSResource": "false"}}, **DENIED),
    ],
    "roles by their names": [
        statement("*", "kms:*", {"ArnLike": {"aws:PrincipalArn": sub("arn:aws:iam::${AWS::AccountId}:role/*")}})
    ],
    "no server of agents": [statement({"AWS": ROOT}, "kms:*", {"Bool": {"aws:ViaAWSMCPService": "false"}})],
    "this account's keys": [
        statement({"AWS": ROOT}, "kms:*", Resource=sub("arn:aws:kms:${AWS::Region}:${AWS::AccountId}:key/*"))
    ],
}


@pytest.mark.parametrize("style", STYLES)
def test_there_are_many_ways_to_let_the_services_of_an_account(style: str) -> None:
    assert not messages(STYLES[style], **EVERYTHING)


DENIALS = {
    "of everything": statement("*", "kms:*", **DENIED),
    "of one service": statement("*", "kms:*", {"StringEquals": via_services("rds")}, **DENIED),
    "of what isn't by way of another": statement("*", "kms:*", {"StringNotEquals": via_services("s3")}, **DENIED),
    "of what is no grant": statement("*", "kms:*", {"BoolIfExists": {"kms:GrantIsForAWSResource": "false"}}, **DENIED),
    "of this account": statement("*", "kms:*", {"StringEquals": OWN}, **DENIED),
}


@pytest.mark.parametrize("denial", DENIALS)
def test_a_denial_takes_back_what_was_let(denial: str) -> None:
    assert messages([ALL["root"], DENIALS[denial]], Database=VIA["rds instance"][1])


def test_conditions_of_grants_and_encryption_contexts_keep_out_what_comes_without() -> None:
    """https://docs.aws.amazon.com/kms/latest/developerguide/conditions-kms.html"""
    database = VIA["rds instance"][1]
    grants = {"Bool": {"kms:GrantIsForAWSResource": "true"}}
    (found_,) = messages([statement({"AWS": ROOT}, [*USE, "kms:CreateGrant"], grants)], Database=database)
    assert "call kms:DescribeKey: " in found_
    of_one = {"StringLike": {"kms:EncryptionContext:aws:rds:db-id": "*"}}
    (found_,) = messages([statement({"AWS": ROOT}, [*USE, "kms:CreateGrant"], of_one)], Database=database)
    assert "call kms:DescribeKey: " in found_


def test_a_search_domain_needs_a_grant_only() -> None:
    """https://docs.aws.amazon.com/opensearch-service/latest/developerguide/encryption-at-rest.html"""
    condition = {"StringEquals": via_services("es"), "Bool": {"kms:GrantIsForAWSResource": "true"}}
    assert not messages([statement({"AWS": ROOT}, "kms:CreateGrant", condition)], Domain=VIA["search"][1])


def test_a_star_takes_no_colon_of_an_arn() -> None:
    assert messages(edited(LOGS, arn_like("arn:aws:logs:*:log-group:*")), Group=LOG_GROUP)
    assert not messages(edited(LOGS, arn_like("arn:aws:logs:*")), Group=LOG_GROUP), "not known"


def test_an_event_data_store_comes_without_a_source() -> None:
    store = resource("CloudTrail::EventDataStore", {"KmsKeyId": KEY_ARN})
    uses = by("cloudtrail.amazonaws.com", "kms:GenerateDataKey", "kms:Decrypt")
    assert not messages(uses, Store=store)
    for source in (
        {"StringEquals": {"aws:SourceAccount": ACCOUNT}},
        {"ArnLike": {"aws:SourceArn": sub("arn:aws:cloudtrail:${AWS::Region}:${AWS::AccountId}:eventdatastore/*")}},
    ):
        assert messages(edited(uses, put(source)), Store=store)
    assert messages(by("cloudtrail.amazonaws.com", "kms:GenerateDataKey"), Store=store)


def test_a_trail_is_content_with_what_control_tower_allows() -> None:
    uses = edited(TRAIL_USES[:1], told(Action=["kms:GenerateDataKey*", "kms:Decrypt"]))
    assert not messages(uses, Trail=TRAIL)


def test_a_state_machine_asks_as_its_role_and_its_maker_by_way_of_it() -> None:
    """https://docs.aws.amazon.com/step-functions/latest/dg/encryption-at-rest.html"""
    machine = resource("StepFunctions::StateMachine", {"EncryptionConfiguration": {"KmsKeyId": KEY_ARN}})
    makes = statement(
        {"AWS": ROOT}, ["kms:DescribeKey", "kms:GenerateDataKey"], {"StringEquals": via_services("states")}
    )
    role = {"AWS": sub("arn:aws:iam::${AWS::AccountId}:role/runs")}
    machines = sub("arn:aws:states:${AWS::Region}:${AWS::AccountId}:stateMachine:*")
    context = {"ArnLike": {"kms:EncryptionContext:aws:states:stateMachineArn": machines}}
    runs = statement(role, ["kms:Decrypt", "kms:GenerateDataKey"], context)
    assert not messages([makes, runs], Machine=machine)
    assert messages([runs], Machine=machine), "nobody makes it"
    assert messages([makes], Machine=machine), "no role"
    assert messages(by_way_of("states"), Machine=machine), "a role comes by way of nothing"
    elsewhere = put(
        {"ArnLike": {"kms:EncryptionContext:aws:states:stateMachineArn": "arn:aws:states:*:999999999999:*"}}
    )
    assert messages([makes, *edited([runs], elsewhere)], Machine=machine)


def test_findings_are_delivered_by_the_principal_of_the_region_too() -> None:
    delivery = resource("GuardDuty::PublishingDestination", {"DestinationProperties": {"KmsKeyArn": KEY_ARN}})
    for principal in ("guardduty.amazonaws.com", sub("guardduty.${AWS::Region}.amazonaws.com")):
        let = by(principal, "kms:GenerateDataKey", StringEquals={"aws:SourceAccount": ACCOUNT})
        assert not messages(let, Delivery=delivery)
    assert messages(by("guard.amazonaws.com", "kms:GenerateDataKey"), Delivery=delivery)


def test_jobs_of_glue_may_log_to_any_group() -> None:
    security = resource(
        "Glue::SecurityConfiguration",
        {"EncryptionConfiguration": {"CloudWatchEncryption": {"KmsKeyArn": KEY_ARN}}},
    )
    for arn, count in (("log-group:/clinic/*", 0), ("log-group:/aws-glue/*", 0), ("stream:*", 1)):
        own = arn_like(f"arn:aws:logs:${{AWS::Region}}:${{AWS::AccountId}}:{arn}")
        assert len(messages(edited(LOGS, own), Security=security)) == count


CLOUDFRONT = by(
    "cloudfront.amazonaws.com",
    "kms:Decrypt",
    StringEquals={"AWS:SourceArn": sub("arn:aws:cloudfront::${AWS::AccountId}:distribution/${Site}")},
)
WRITES = statement({"AWS": sub("arn:aws:iam::${AWS::AccountId}:role/pipeline")}, "kms:GenerateDataKey*")


def test_a_bucket_that_somebody_else_reads_needs_no_reader_of_the_account() -> None:
    origin = {"DomainName": {"Fn::GetAtt": "Store.RegionalDomainName"}, "OriginAccessControlId": "E1"}
    site = resource("CloudFront::Distribution", {"DistributionConfig": {"Origins": [origin]}})
    assert not messages([*CLOUDFRONT, WRITES], Store=bucket(), Site=site)
    elsewhere = statement({"AWS": "arn:aws:iam::999999999999:role/reader"}, "kms:Decrypt")
    assert not messages([elsewhere, WRITES], Store=bucket())
    assert messages([WRITES], Store=bucket())


def test_who_uses_the_key_for_something_else_does_not_speak_for_a_bucket_or_topic() -> None:
    assert len(messages(LOGS, Store=bucket())) == 2
    assert messages(LOGS, Topic=TOPIC)
    writer = by("delivery.logs.amazonaws.com", StringEquals={"aws:SourceAccount": ACCOUNT})
    (found_,) = messages(writer, Store=bucket())
    assert "call kms:Decrypt " in found_
    assert not messages(CLOUDWATCH, Topic=TOPIC)


def test_a_stream_has_its_own_encryption_context() -> None:
    stream = resource("Kinesis::Stream", {"Name": "vitals", "StreamEncryption": {"KeyId": KEY_ARN}})
    for name, count in (("vitals", 0), ("*", 0), ("other", 1)):
        arn = sub(f"arn:aws:kinesis:${{AWS::Region}}:${{AWS::AccountId}}:stream/{name}")
        condition = {"ArnLike": {"kms:EncryptionContext:aws:kinesis:arn": arn}}
        assert len(messages([statement({"AWS": ROOT}, USE, condition)], Stream=stream)) == count


@pytest.mark.parametrize(("via", "count"), [("amazonaws.com", 0), ("amazonaws.com.cn", 1)])
def test_by_way_of_a_service_ends_the_same_in_china(via: str, count: int) -> None:
    """https://docs.aws.amazon.com/kms/latest/developerguide/conditions-kms.html#conditions-kms-via-service"""
    root = {"AWS": "arn:aws-cn:iam::111122223333:root"}
    condition = {"StringEquals": {"kms:ViaService": f"rds.cn-north-1.{via}"}}
    policy = {"Statement": [{**ADMINISTRATION, "Principal": root}, statement(root, "kms:*", condition)]}
    tree = forest(platform=template(Key=resource("KMS::Key", {"KeyPolicy": policy}), Database=VIA["rds instance"][1]))
    assert len(found(RULE, tree)) == count


@pytest.mark.parametrize("suffix", ["amazonaws.com", "amazonaws.com.cn"])
def test_services_may_be_called_either_way_in_china(suffix: str) -> None:
    root = {**ADMINISTRATION, "Principal": {"AWS": "arn:aws-cn:iam::111122223333:root"}}
    made = resource("KMS::Key", {"KeyPolicy": {"Statement": [root, *by(f"logs.cn-north-1.{suffix}")]}})
    assert not found(RULE, forest(platform=template(Key=made, Group=LOG_GROUP)))


def test_what_asks_too_much_is_judged_in_short_and_nothing_is_claimed() -> None:
    groups = {
        f"Group{at}": resource("Logs::LogGroup", {"LogGroupName": f"/clinic/{at}", "KmsKeyId": KEY_ARN})
        for at in range(800)
    }
    many = [edited(LOGS, arn_like(f"arn:aws:logs:*:*:log-group:/other/{at}"))[0] for at in range(150)]
    begin = time.process_time()
    assert not messages(many, **groups)
    assert len(messages(many[:5], **groups)) == len(groups), "as many as are real"
    assert time.process_time() - begin < 20


def test_a_bus_needs_its_service_and_who_makes_it() -> None:
    """https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-encryption-event-bus-cmkey.html"""
    bus = resource("Events::EventBus", {"Name": "orders", "KmsKeyIdentifier": KEY_ARN})
    arn = sub("arn:aws:events:${AWS::Region}:${AWS::AccountId}:event-bus/orders")
    describes = statement({"Service": "events.amazonaws.com"}, "kms:DescribeKey")
    encrypts = by(
        "events.amazonaws.com",
        "kms:GenerateDataKey",
        "kms:Decrypt",
        StringEquals={"kms:EncryptionContext:aws:events:event-bus:arn": arn, "aws:SourceArn": arn},
    )
    makes = statement({"AWS": ROOT}, USE)
    assert not messages([describes, *encrypts, makes], Bus=bus)
    for lacking in ([*encrypts, makes], [describes, makes], [describes, *encrypts]):
        assert len(messages(lacking, Bus=bus)) == 1
    other = put({"ArnLike": {"aws:SourceArn": sub("arn:aws:events:*:${AWS::AccountId}:rule/*")}})
    assert messages([describes, *edited(encrypts, other), makes], Bus=bus)
    together = edited(encrypts, told(Action=["kms:GenerateDataKey", "kms:Decrypt", "kms:DescribeKey"]))
    assert messages([*together, makes], Bus=bus), "a description has no encryption context"


def test_the_master_password_of_documents_needs_two_services() -> None:
    documents = resource("DocDB::DBCluster", {"MasterUserSecretKmsKeyId": KEY_ARN})
    both = [*by_way_of("rds"), *by_way_of("secretsmanager")]
    assert not messages(both, Documents=documents)
    assert messages(both[:2], Documents=documents)
