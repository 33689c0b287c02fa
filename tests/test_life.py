"""The whole life of the platform on the emulator, with the templates of production, unchanged."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3
import pytest
from msgspec.structs import replace

from stacks.bootstrap import template as bootstrap_template
from stacks.platform import Outputs, Platform
from stratopause.deployer.connection import begin
from stratopause.deployer.destruction import destroy
from stratopause.deployer.errors import TerminationProtected
from stratopause.deployer.events import ReviewReady
from stratopause.deployer.outcomes import Deployed, Destroyed, NothingToDo, Outcome, RolledBack, Stuck
from stratopause.deployer.session import Session
from stratopause.deployer.target import LOCAL_ACCOUNT, Target
from stratopause.environments import load
from stratopause.environments.schema import Environment
from stratopause.rendering.templates import render
from tests.stratopause.deployer import orders
from tests.stratopause.deployer.fakes import Somebody

pytestmark = pytest.mark.emulator

ROOT = Path(__file__).parents[1]
STACK = "AWS::CloudFormation::Stack"
KEPT = {
    "AWS::KMS::Key",
    "AWS::Logs::LogGroup",
    "AWS::S3::Bucket",
    "AWS::S3::BucketPolicy",
    "AWS::Backup::BackupVault",
    # As a final snapshot:
    "AWS::RDS::DBInstance",
    "AWS::ElastiCache::ReplicationGroup",
}
"""What a destruction may leave behind, by policy."""

Templates = dict[str, bytes]


@dataclass
class Cloud:
    """The emulator's account in the region of production, as deployer and services see it."""

    endpoint: str
    outputs: Path
    environment: Environment

    def __post_init__(self) -> None:
        self.somebody = Somebody(typed=self.environment.prefix)

    def session(self) -> Session:
        environment = self.environment
        target = Target(
            environment.prefix,
            environment.name,
            LOCAL_ACCOUNT,
            environment.region,
            tags={"owner": environment.tags.owner},
            endpoint_url=self.endpoint,
        )
        return begin(target, self.somebody, self.outputs)

    def deploy(self, templates: Templates) -> Outcome:
        self.somebody.shown.clear()
        return orders.bring(self.session(), templates, bootstrap_template({}))

    def client(self, service: str) -> Any:
        return boto3.client(
            service,
            endpoint_url=self.endpoint,
            region_name=self.environment.region,
            aws_access_key_id="test",
            aws_secret_access_key="test",
        )

    def resources(self) -> dict[tuple[str, str], dict[str, Any]]:
        """Every resource of the tree by nested stack ("" for the root) and logical id."""
        client = self.client("cloudformation")
        pages = client.get_paginator("list_stack_resources").paginate(StackName=self.environment.prefix)
        found = {("", each["LogicalResourceId"]): each for page in pages for each in page["StackResourceSummaries"]}
        for (_, child), resource in list(found.items()):
            if resource["ResourceType"] == STACK:
                below = client.get_paginator("list_stack_resources").paginate(StackName=resource["PhysicalResourceId"])
                found |= {
                    (child, each["LogicalResourceId"]): each
                    for page in below
                    for each in page["StackResourceSummaries"]
                }
        return found

    def physical_ids(self) -> dict[tuple[str, str], str]:
        return {place: resource["PhysicalResourceId"] for place, resource in self.resources().items()}

    def templates(self) -> dict[str, Any]:
        """The template of the root and of each nested stack, as CloudFormation has it."""
        client = self.client("cloudformation")
        stacks = {"": self.environment.prefix} | {
            child: resource["PhysicalResourceId"]
            for (parent, child), resource in self.resources().items()
            if resource["ResourceType"] == STACK
        }
        return {child: client.get_template(StackName=name)["TemplateBody"] for child, name in stacks.items()}

    def lift_termination_protection(self) -> None:
        self.client("cloudformation").update_termination_protection(
            StackName=self.environment.prefix, EnableTerminationProtection=False
        )


@pytest.fixture(scope="module")
def production() -> Environment:
    return load("production", ROOT / "environments")


@pytest.fixture(scope="module")
def templates(production: Environment) -> Templates:
    return render(Platform(production))


@pytest.fixture
def cloud(clean_account: str, tmp_path: Path, production: Environment) -> Cloud:
    return Cloud(clean_account, tmp_path, production)


@pytest.fixture
def deployed(cloud: Cloud, templates: Templates) -> Cloud:
    outcome = cloud.deploy(templates)
    assert isinstance(outcome, Deployed), outcome
    return cloud


def edited(templates: Templates, file: str, edit: Callable[[dict[str, Any]], object]) -> Templates:
    """The same templates with one mistake, or one change."""
    template = json.loads(templates[file])
    edit(template)
    return {**templates, file: json.dumps(template).encode()}


def test_every_resource_is_created_and_every_output_is_a_real_value(deployed: Cloud) -> None:
    resources = deployed.resources()
    assert len(resources) > 150
    assert {resource["ResourceStatus"] for resource in resources.values()} == {"CREATE_COMPLETE"}
    outputs = json.loads((deployed.outputs / "production.json").read_text())
    contract = {name for name in Outputs.__struct_fields__ if name != "service_subnet_ids"}
    assert set(outputs) == contract | {f"service_subnet_id_{letter}" for letter in "abc"}
    for value in outputs.values():
        assert value
        assert not {"{", "}", "None", "${"} & {value[:1], value[-1:], value}


def test_the_review_lists_every_resource_of_every_nested_stack(cloud: Cloud, templates: Templates) -> None:
    cloud.deploy(templates)
    reviewed = {
        ("/".join(path), change.logical_id) for path, change in cloud.somebody.saw(ReviewReady)[-1].review.all()
    }
    assert reviewed == set(cloud.resources())


def test_the_services_know_what_was_created(deployed: Cloud) -> None:
    ids = {place: resource["PhysicalResourceId"] for place, resource in deployed.resources().items()}
    seen = {name: look(deployed.client, ids) for name, look in LOOKS.items()}
    assert seen == dict.fromkeys(LOOKS, True)


Look = Callable[[Callable[[str], Any], Mapping[tuple[str, str], str]], bool]


def database(client: Callable[[str], Any], ids: Mapping[tuple[str, str], str]) -> bool:
    (instance,) = client("rds").describe_db_instances(DBInstanceIdentifier=ids["Database", "Instance"])["DBInstances"]
    return bool(
        instance["StorageEncrypted"]
        and instance["MultiAZ"]
        and instance["DeletionProtection"]
        and instance["KmsKeyId"].endswith(ids["Keys", "DataKey"])
        and not instance["PubliclyAccessible"]
    )


def cache(client: Callable[[str], Any], ids: Mapping[tuple[str, str], str]) -> bool:
    (group,) = client("elasticache").describe_replication_groups(ReplicationGroupId=ids["Cache", "ReplicationGroup"])[
        "ReplicationGroups"
    ]
    return bool(group["TransitEncryptionEnabled"] and group["AtRestEncryptionEnabled"])


def trail(client: Callable[[str], Any], ids: Mapping[tuple[str, str], str]) -> bool:
    cloudtrail = client("cloudtrail")
    found = cloudtrail.get_trail(Name=ids["Audit", "Trail"])["Trail"]
    logging = cloudtrail.get_trail_status(Name=ids["Audit", "Trail"])["IsLogging"]
    return bool(found["IsMultiRegionTrail"] and found["S3BucketName"] == ids["TrailArchive", "TrailBucket"] and logging)


def master_secret(client: Callable[[str], Any], ids: Mapping[tuple[str, str], str]) -> bool:
    (instance,) = client("rds").describe_db_instances(DBInstanceIdentifier=ids["Database", "Instance"])["DBInstances"]
    secret = client("secretsmanager").describe_secret(SecretId=instance["MasterUserSecret"]["SecretArn"])
    return bool(secret["KmsKeyId"].endswith(ids["Keys", "SecretsKey"]))


def log_groups(client: Callable[[str], Any], ids: Mapping[tuple[str, str], str]) -> bool:
    groups = [
        group for page in client("logs").get_paginator("describe_log_groups").paginate() for group in page["logGroups"]
    ]
    return len(groups) >= 10 and all(group["retentionInDays"] == 3653 and group.get("kmsKeyId") for group in groups)


def load_balancer(client: Callable[[str], Any], ids: Mapping[tuple[str, str], str]) -> bool:
    arn = ids["Ingress", "LoadBalancer"]
    (found,) = client("elbv2").describe_load_balancers(LoadBalancerArns=[arn])["LoadBalancers"]
    (listener,) = client("elbv2").describe_listeners(LoadBalancerArn=arn)["Listeners"]
    firewall = client("wafv2").get_web_acl_for_resource(ResourceArn=arn)["WebACL"]
    return bool(found["Scheme"] == "internet-facing" and listener["Protocol"] == "HTTPS" and firewall)


def service(client: Callable[[str], Any], ids: Mapping[tuple[str, str], str]) -> bool:
    cluster, name = ids["Service", "Cluster"], ids["Service", "Service"]
    (found,) = client("ecs").describe_services(cluster=cluster, services=[name])["services"]
    return bool(found["launchType"] == "FARGATE" and found["loadBalancers"])


def network(client: Callable[[str], Any], ids: Mapping[tuple[str, str], str]) -> bool:
    vpc = ids["Network", "Vpc"]
    (found,) = client("ec2").describe_vpcs(VpcIds=[vpc])["Vpcs"]
    (log,) = client("ec2").describe_flow_logs()["FlowLogs"]
    endpoints = client("ec2").describe_vpc_endpoints()["VpcEndpoints"]
    return bool(found["CidrBlock"] == "10.40.0.0/16" and log["ResourceId"] == vpc and len(endpoints) == 10)


LOOKS: dict[str, Look] = {
    "database": database,
    "its master secret": master_secret,
    "cache": cache,
    "trail": trail,
    "log groups": log_groups,
    "key": lambda client, ids: client("kms").get_key_rotation_status(KeyId=ids["Keys", "DataKey"])[
        "KeyRotationEnabled"
    ],
    "load balancer": load_balancer,
    "service": service,
    "network": network,
    "vault": lambda client, ids: client("backup").describe_backup_vault(BackupVaultName=ids["Backup", "Vault"])[
        "Locked"
    ],
    "topic": lambda client, ids: bool(
        client("sns").get_topic_attributes(TopicArn=ids["Alerts", "Topic"])["Attributes"]["KmsMasterKeyId"]
    ),
    "dashboard": lambda client, ids: bool(
        client("cloudwatch").get_dashboard(DashboardName=ids["Dashboard", "Dashboard"])["DashboardBody"]
    ),
    "alarms": lambda client, ids: len(client("cloudwatch").describe_alarms(MaxRecords=100)["MetricAlarms"]) > 30,
}


def test_a_second_deployment_has_nothing_to_do(deployed: Cloud, templates: Templates) -> None:
    assert isinstance(deployed.deploy(templates), NothingToDo)
    left = deployed.client("cloudformation").list_change_sets(StackName=deployed.environment.prefix)["Summaries"]
    assert [change_set["ExecutionStatus"] for change_set in left] == ["EXECUTE_COMPLETE"]


def test_an_update_changes_only_what_changed(deployed: Cloud, production: Environment) -> None:
    before = deployed.physical_ids()
    larger = replace(production, database=replace(production.database, max_storage_gib=600))
    assert isinstance(deployed.deploy(render(Platform(larger))), Deployed)
    assert deployed.physical_ids() == before
    statuses = {place: each["ResourceStatus"] for place, each in deployed.resources().items()}
    updated = {place for place, status in statuses.items() if status == "UPDATE_COMPLETE" and place[0]}
    assert updated == {("Database", "Instance")}
    (instance,) = deployed.client("rds").describe_db_instances()["DBInstances"]
    assert instance["MaxAllocatedStorage"] == 600


def test_an_update_that_fails_leaves_every_nested_stack_as_it_was(
    deployed: Cloud, production: Environment, templates: Templates
) -> None:
    ids, held = deployed.physical_ids(), deployed.templates()
    larger = replace(
        production,
        database=replace(production.database, max_storage_gib=600),
        cache=replace(production.cache, snapshot_days=20),
        service=replace(production.service, maximum=20),
    )
    broken = edited(
        render(Platform(larger)), "dashboard.json", lambda template: template["Resources"].update(Log=UNUSABLE_KEY)
    )
    outcome = deployed.deploy(broken)
    assert isinstance(outcome, RolledBack)
    assert outcome.cause is not None
    assert (outcome.cause.path, outcome.cause.event.logical_id) == (("Dashboard",), "Log")
    assert deployed.physical_ids() == ids
    assert deployed.templates() == held
    (instance,) = deployed.client("rds").describe_db_instances()["DBInstances"]
    assert instance["MaxAllocatedStorage"] == production.database.max_storage_gib
    assert isinstance(deployed.deploy(templates), NothingToDo)


UNUSABLE_KEY = {
    "Type": "AWS::Logs::LogGroup",
    "DeletionPolicy": "Delete",
    "Properties": {"KmsKeyId": f"arn:aws:kms:eu-central-1:{LOCAL_ACCOUNT}:key/00000000-0000-0000-0000-000000000000"},
}


def test_destroy_and_create_again_leave_nothing_in_the_way(deployed: Cloud, templates: Templates) -> None:
    with pytest.raises(TerminationProtected):
        destroy(deployed.session())
    made = deployed.resources()
    deployed.lift_termination_protection()
    outcome = destroy(deployed.session())
    assert isinstance(outcome, Destroyed)
    assert {kept.resource.type for kept in outcome.kept} <= KEPT
    for service, listing in GONE.items():
        assert listing(deployed.client) == [], service
    assert isinstance(deployed.deploy(templates), Deployed)
    assert set(deployed.resources()) == set(made)


GONE: dict[str, Callable[[Callable[[str], Any]], list[Any]]] = {
    "instances": lambda client: client("rds").describe_db_instances()["DBInstances"],
    "caches": lambda client: client("elasticache").describe_replication_groups()["ReplicationGroups"],
    "load balancers": lambda client: client("elbv2").describe_load_balancers()["LoadBalancers"],
    "gateways": lambda client: [
        gateway
        for gateway in client("ec2").describe_nat_gateways()["NatGateways"]
        if gateway["State"] not in ("deleted", "deleting")
    ],
    "networks": lambda client: [vpc for vpc in client("ec2").describe_vpcs()["Vpcs"] if not vpc["IsDefault"]],
    "clusters": lambda client: client("ecs").list_clusters()["clusterArns"],
    "trails": lambda client: client("cloudtrail").describe_trails()["trailList"],
    "alarms": lambda client: client("cloudwatch").describe_alarms()["MetricAlarms"],
    "aliases": lambda client: [
        alias for alias in client("kms").list_aliases()["Aliases"] if not alias["AliasName"].startswith("alias/aws/")
    ],
    "firewalls": lambda client: client("wafv2").list_web_acls(Scope="REGIONAL")["WebACLs"],
    "subscriptions": lambda client: client("sns").list_subscriptions()["Subscriptions"],
}


def without_logs_in_key_policy(template: dict[str, Any]) -> None:
    policy = template["Resources"]["LogsKey"]["Properties"]["KeyPolicy"]
    policy["Statement"] = [each for each in policy["Statement"] if not each["Sid"].startswith("LogGroups")]


def withdrawn_engine_version(template: dict[str, Any]) -> None:
    template["Resources"]["Instance"]["Properties"]["EngineVersion"] = "16.1"


def key_id_for_key_arn(template: dict[str, Any]) -> None:
    template["Outputs"]["LogsKeyArn"]["Value"] = {"Ref": "LogsKey"}


FAILURES = {
    "1: a key that CloudWatch Logs may not use": (
        "keys.json",
        without_logs_in_key_policy,
        "The specified KMS key does not exist or is not allowed to be used with",
    ),
    "2: an engine version that RDS doesn't offer": (
        "database.json",
        withdrawn_engine_version,
        "Cannot find version 16.1 for postgres",
    ),
    "5: a key id where a key ARN was meant": (
        "keys.json",
        key_id_for_key_arn,
        "#/KmsKeyId: failed validation constraint for keyword [pattern]",
    ),
}


@pytest.mark.parametrize(("file", "put_back", "sentence"), FAILURES.values(), ids=FAILURES)
def test_a_failure_of_the_first_version_put_back_fails_with_the_sentence_of_aws(
    cloud: Cloud, templates: Templates, file: str, put_back: Callable[[dict[str, Any]], object], sentence: str
) -> None:
    outcome = cloud.deploy(edited(templates, file, put_back))
    assert isinstance(outcome, RolledBack)
    assert outcome.cause is not None
    assert sentence in outcome.cause.event.reason


def test_a_secret_whose_name_is_scheduled_for_deletion_is_refused(cloud: Cloud, templates: Templates) -> None:
    secrets = cloud.client("secretsmanager")
    secrets.create_secret(Name="clinic/api", SecretString="old")
    secrets.delete_secret(SecretId="clinic/api", RecoveryWindowInDays=7)
    secret = {"Type": "AWS::SecretsManager::Secret", "Properties": {"Name": "clinic/api", "GenerateSecretString": {}}}
    outcome = cloud.deploy(
        edited(templates, "alerts.json", lambda template: template["Resources"].update(Secret=secret))
    )
    assert isinstance(outcome, RolledBack)
    assert outcome.cause is not None
    assert "a secret with this name is already scheduled for deletion" in outcome.cause.event.reason


def test_a_creation_that_fails_late_is_cleared_by_destroy(cloud: Cloud, templates: Templates) -> None:
    """The database is protected by then, so that CloudFormation can't roll the creation back."""
    broken = edited(templates, "dashboard.json", lambda template: template["Resources"].update(Log=UNUSABLE_KEY))
    outcome = cloud.deploy(broken)
    assert isinstance(outcome, Stuck)
    assert outcome.next_step == "python build.py recover production"
    assert outcome.cause is not None
    assert outcome.cause.event.logical_id == "Log"
    assert isinstance(destroy(cloud.session()), Destroyed)
    for service, listing in GONE.items():
        assert listing(cloud.client) == [], service
    assert isinstance(cloud.deploy(templates), Deployed)
