"""Databases, as RDS shows them."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.stratopause.emulator.resources.templates import Resources, att, key, network, ref, resource, via_service

pytestmark = pytest.mark.emulator


def database(**properties: Any) -> Resources:
    given = {
        "DBInstanceIdentifier": "patients",
        "Engine": "postgres",
        "EngineVersion": "17",
        "DBInstanceClass": "db.m7g.large",
        "AllocatedStorage": 20,
        "MasterUsername": "administrator",
        "ManageMasterUserPassword": True,
        "MasterUserSecret": {"KmsKeyId": att("Key", "Arn")},
        "KmsKeyId": att("Key", "Arn"),
        "StorageEncrypted": "true",
        "DBSubnetGroupName": ref("Subnets"),
        "DBParameterGroupName": ref("Parameters"),
        "VPCSecurityGroups": [ref("Group")],
        "EnableCloudwatchLogsExports": ["postgresql", "upgrade"],
        "EnablePerformanceInsights": True,
        "PerformanceInsightsKMSKeyId": att("Key", "Arn"),
        "BackupRetentionPeriod": 35,
        **properties,
    }
    subnets = [ref("SubnetA"), ref("SubnetB")]
    return network() | {
        "Key": key(via_service("rds"), via_service("secretsmanager")),
        "Subnets": resource("RDS::DBSubnetGroup", DBSubnetGroupDescription="Data subnets", SubnetIds=subnets),
        "Parameters": resource(
            "RDS::DBParameterGroup", Description="TLS", Family="postgres17", Parameters={"rds.force_ssl": "1"}
        ),
        "Exported": resource("Logs::LogGroup", LogGroupName="/aws/rds/instance/patients/upgrade", RetentionInDays=7),
        "Instance": resource("RDS::DBInstance", **given) | {"DependsOn": "Exported"},
        "Topic": resource("SNS::Topic"),
        "Events": resource(
            "RDS::EventSubscription",
            SubscriptionName="patients",
            SnsTopicArn=ref("Topic"),
            SourceType="db-instance",
            SourceIds=[ref("Instance")],
            EventCategories=["failure"],
        ),
    }


def test_a_database_lives_as_rds_shows_it(account: Any) -> None:
    rds, secrets = account.client("rds"), account.client("secretsmanager")
    attributes = ("Endpoint.Address", "Endpoint.Port", "DbiResourceId", "DBInstanceArn", "MasterUserSecret.SecretArn")
    outputs = {name.replace(".", ""): att("Instance", name) for name in attributes}
    stack = account.created(database(), outputs)
    (instance,) = rds.describe_db_instances(DBInstanceIdentifier="patients")["DBInstances"]
    assert instance["EngineVersion"].startswith("17.")
    assert instance["StorageEncrypted"]
    assert instance["EnabledCloudwatchLogsExports"] == ["postgresql", "upgrade"]
    assert instance["MasterUserSecret"]["SecretArn"] == stack.outputs["MasterUserSecretSecretArn"]
    assert instance["Endpoint"]["Address"] == stack.outputs["EndpointAddress"]
    value = secrets.get_secret_value(SecretId=instance["MasterUserSecret"]["SecretArn"])["SecretString"]
    assert json.loads(value)["username"] == "administrator"
    (events,) = rds.describe_event_subscriptions(SubscriptionName="patients")["EventSubscriptionsList"]
    assert (events["SourceIdsList"], events["EventCategoriesList"]) == (["patients"], ["failure"])
    parameters = rds.describe_db_parameters(DBParameterGroupName=stack.physical_ids["Parameters"])["Parameters"]
    assert any((item["ParameterName"], item.get("ParameterValue")) == ("rds.force_ssl", "1") for item in parameters)

    changed = database(BackupRetentionPeriod=14, DBInstanceClass="db.m7g.xlarge")
    changed["Events"]["Properties"]["EventCategories"] = ["failover"]
    assert account.created(changed, outputs).physical_ids == stack.physical_ids
    (instance,) = rds.describe_db_instances(DBInstanceIdentifier="patients")["DBInstances"]
    assert (instance["BackupRetentionPeriod"], instance["DBInstanceClass"]) == (14, "db.m7g.xlarge")
    assert instance["MasterUserSecret"]["SecretArn"] == stack.outputs["MasterUserSecretSecretArn"]
    assert rds.describe_event_subscriptions()["EventSubscriptionsList"][0]["EventCategoriesList"] == ["failover"]

    account.deleted()
    assert not rds.describe_db_instances()["DBInstances"]
    assert not rds.describe_event_subscriptions()["EventSubscriptionsList"]
    assert not [item for item in secrets.list_secrets()["SecretList"] if item["Name"].startswith("rds!")]
    assert rds.describe_db_snapshots()["DBSnapshots"], "AWS takes a snapshot where the template says nothing"


def test_rds_makes_the_log_group_that_is_not_there_unencrypted_and_for_ever(account: Any) -> None:
    account.created(database())
    groups = account.client("logs").describe_log_groups(logGroupNamePrefix="/aws/rds/instance/patients")["logGroups"]
    kept = {group["logGroupName"].rpartition("/")[2]: group.get("retentionInDays") for group in groups}
    assert kept == {"upgrade": 7, "postgresql": None}


@pytest.mark.parametrize(
    ("properties", "sentence"),
    [
        ({"EngineVersion": "16.1"}, "Cannot find version 16.1 for postgres"),
        ({"EngineVersion": "99"}, "Cannot find version 99 for postgres"),
        ({"DBInstanceClass": "db.m0.large"}, "DBInstanceClass=db.m0.large"),
        ({"DBSubnetGroupName": "nowhere"}, "DB subnet group 'nowhere' does not exist."),
        ({"DBParameterGroupName": "nothing"}, "DBParameterGroup not found: nothing"),
        ({"VPCSecurityGroups": ["sg-0"]}, "Invalid security group , groupId= sg-0"),
        ({"EngineVersion": "18"}, "with DBParameterGroupFamily postgres17 cannot be used for this instance."),
        ({"MonitoringInterval": 60}, "A MonitoringRoleARN value is required"),
        ({"DatabaseInsightsMode": "advanced"}, "at least 465 days"),
        ({"BackupRetentionPeriod": "many"}, "#/BackupRetentionPeriod: expected type: Integer, found: String"),
        ({"Colour": "blue"}, "#: extraneous key [Colour] is not permitted"),
    ],
)
def test_an_instance_that_rds_cannot_make_is_refused(account: Any, properties: dict[str, str], sentence: str) -> None:
    assert sentence in account.refusal(database(**properties), "Instance")


def test_a_version_is_not_taken_back(account: Any) -> None:
    account.created(database(EngineVersion="17.9"))
    assert "Cannot upgrade postgres from 17.9 to 17.6" in account.refusal(database(EngineVersion="17.6"), "Instance")


def test_a_subnet_group_covers_two_zones(account: Any) -> None:
    template = database()
    template["Subnets"]["Properties"]["SubnetIds"] = [ref("SubnetA")]
    assert "Add subnets to cover at least 2 AZs." in account.refusal(template, "Subnets")


@pytest.mark.parametrize("logical_id", ["Subnets", "Parameters"])
def test_a_group_that_an_instance_uses_is_not_deleted(account: Any, logical_id: str) -> None:
    template = database()
    ids = account.created(template).physical_ids
    names = {"DBSubnetGroupName": ids["Subnets"], "DBParameterGroupName": ids["Parameters"]}
    instance = {"Engine": "postgres", "EngineVersion": "17", "DBInstanceClass": "db.t4g.micro", **names}
    other = resource(
        "RDS::DBInstance", AllocatedStorage="20", MasterUsername="x1", MasterUserPassword="x" * 9, **instance
    )
    account.created({"Other": other}, name="other")
    assert "still" in account.delete().reasons[logical_id]


def test_an_identifier_that_is_taken_is_refused(account: Any) -> None:
    account.created(database(), name="first")
    second = database()
    del second["Exported"], second["Events"], second["Instance"]["DependsOn"]
    reason = account.refusal(second, "Instance")
    assert (
        "Resource of type 'AWS::RDS::DBInstance' with identifier "
        '\'{"/properties/DBInstanceIdentifier":"patients"}\' already exists.'
    ) in reason


def test_a_protected_instance_is_not_deleted(account: Any) -> None:
    account.created(database(DeletionProtection=True))
    stack = account.delete()
    assert stack.status == "DELETE_FAILED"
    assert (
        "Cannot delete protected DB Instance, please disable deletion protection and try again."
        in (stack.reasons["Instance"])
    )
    account.client("rds").modify_db_instance(DBInstanceIdentifier="patients", DeletionProtection=False)
    account.deleted()


def test_a_change_of_a_create_only_property_under_a_custom_name_is_refused(account: Any) -> None:
    account.created(database())
    reason = account.refusal(database(MasterUsername="somebody"), "Instance")
    assert "CloudFormation cannot update a stack when a custom-named resource requires replacing." in reason


def test_an_event_subscription_needs_its_topic_and_a_free_name(account: Any) -> None:
    topic = "arn:aws:sns:us-east-1:000000000000:missing"
    alone = resource("RDS::EventSubscription", SubscriptionName="patients", SnsTopicArn=topic)
    assert "SNS topic not found." in account.refusal({"Events": alone}, "Events")
    account.created({"Topic": resource("SNS::Topic"), "Events": _subscription()}, name="first")
    template = {"Topic": resource("SNS::Topic"), "Events": _subscription()}
    assert "already exists" in account.refusal(template, "Events", name="second")


def _subscription() -> dict[str, Any]:
    return resource("RDS::EventSubscription", SubscriptionName="patients", SnsTopicArn=ref("Topic"))


def test_an_unknown_event_subscription_is_not_described(account: Any) -> None:
    rds = account.client("rds")
    with pytest.raises(rds.exceptions.SubscriptionNotFoundFault, match="Event Subscription nothing not found"):
        rds.describe_event_subscriptions(SubscriptionName="nothing")
