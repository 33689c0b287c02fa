"""RDS: versions and classes that exist, the managed master secret, and exported logs."""

from __future__ import annotations

import re
import secrets
import string
from typing import Any

from ministack.services import cloudwatch_logs, ec2, rds, secretsmanager
from ministack.services.cloudformation import provisioners

from stratopause.emulator.resources.handlers import (
    Attributes,
    Change,
    after_change,
    after_delete,
    before_change,
    before_delete,
)
from stratopause.emulator.resources.operations import as_xml
from stratopause.emulator.resources.refusals import Refusal
from stratopause.emulator.resources.schema import Properties, extension
from stratopause.emulator.resources.validation import follows

TYPE = "AWS::RDS::DBInstance"
# https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_DatabaseInsights.TurnOnAdvanced.html
ADVANCED_INSIGHTS_DAYS = 465
PROTECTED = "Cannot delete protected DB Instance, please disable deletion protection and try again."


def offered(engine: str) -> list[str]:
    """The versions of an engine that can be created today, without those that RDS has deprecated, oldest first."""
    versions = [
        version
        for rule in extension(TYPE, "engine_version")["allOf"]
        if rule["if"]["properties"]["Engine"].get("const") == engine
        for version in rule["then"]["properties"]["EngineVersion"]["enum"]
    ]
    deprecated = extension(TYPE, "engine_version_deprecated")
    current = [v for v in versions if "." in v and follows(deprecated, {"Engine": engine, "EngineVersion": v})]
    return sorted(current, key=lambda version: [int(part) for part in re.findall(r"\d+", version)])


def full_version(engine: str, version: str) -> str | None:
    """The version that RDS creates: the newest minor one where only the major one is given; None if it has none."""
    matching = [known for known in offered(engine) if known == version or known.startswith(f"{version}.")]
    return matching[-1] if matching else None


def class_exists(engine: str, instance_class: str) -> bool:
    """Whether RDS offers an instance class for an engine in this region."""
    regions = extension(TYPE, "dbinstanceclass_enum")
    return follows(regions.get(rds.get_region(), {}), {"Engine": engine, "DBInstanceClass": instance_class})


@before_change(TYPE)
def _version_and_class_exist(change: Change) -> None:
    properties = change.properties
    engine, version = properties.get("Engine", ""), properties.get("EngineVersion")
    if version is not None and change.changes("EngineVersion"):
        target = full_version(engine, version)
        if target is None:
            raise Refusal(f"Cannot find version {version} for {engine}", "Rds", "InvalidRequest")
        current = rds._instances.get(change.physical_id, {}).get("EngineVersion", target)
        versions = offered(engine)
        if current in versions and versions.index(target) < versions.index(current):
            raise Refusal(f"Cannot upgrade {engine} from {current} to {target}", "Rds", "InvalidRequest")
    if not class_exists(engine, properties["DBInstanceClass"]):
        message = "RDS does not support creating a DB instance with the following combination: DBInstanceClass="
        raise Refusal(f"{message}{properties['DBInstanceClass']}, Engine={engine}, EngineVersion={version}", "Rds")


@before_change(TYPE)
def _what_it_names_exists(change: Change) -> None:
    properties = change.properties
    group = properties.get("DBSubnetGroupName")
    if group is not None and group not in rds._subnet_groups:
        raise Refusal(f"DB subnet group '{group}' does not exist.", "Rds", "NotFound", 404)
    for security_group in properties.get("VPCSecurityGroups", ()):
        if security_group not in ec2._security_groups:
            raise Refusal(f"Invalid security group , groupId= {security_group}, groupName=.", "Rds")
    name = properties.get("DBParameterGroupName", "default.")
    if name.startswith("default."):
        return
    if name not in rds._param_groups:
        raise Refusal(f"DBParameterGroup not found: {name}", "Rds", "NotFound", 404)
    family = rds._param_groups[name]["DBParameterGroupFamily"]
    wanted = f"{properties.get('Engine')}{str(properties.get('EngineVersion', '')).partition('.')[0]}"
    if properties.get("Engine") == "postgres" and "EngineVersion" in properties and family != wanted:
        message = f"The Parameter Group {name} with DBParameterGroupFamily {family} cannot be used for this instance. "
        raise Refusal(f"{message}Please use a Parameter Group with DBParameterGroupFamily {wanted}", "Rds")


@before_change(TYPE)
def _monitoring_is_whole(change: Change) -> None:
    properties = change.properties
    if properties.get("MonitoringInterval") and "MonitoringRoleArn" not in properties:
        message = "A MonitoringRoleARN value is required if you specify a MonitoringInterval value other than 0."
        raise Refusal(message, "Rds")
    days = properties.get("PerformanceInsightsRetentionPeriod", 7)
    if properties.get("DatabaseInsightsMode") == "advanced" and days < ADVANCED_INSIGHTS_DAYS:
        message = "To enable the Advanced mode of Database Insights, modify your instance to set a retention period of"
        raise Refusal(f"{message} at least {ADVANCED_INSIGHTS_DAYS} days for Performance Insights.", "Rds")


@before_change("AWS::RDS::DBSubnetGroup")
def _covers_two_zones(change: Change) -> None:
    subnets = [ec2._subnets.get(subnet) for subnet in change.properties["SubnetIds"]]
    if None in subnets:
        raise Refusal("Some input subnets are invalid.", "Rds", "InvalidSubnet")
    if len({subnet["AvailabilityZone"] for subnet in subnets if subnet}) < 2:
        message = "The DB subnet group doesn't meet Availability Zone (AZ) coverage requirement. "
        raise Refusal(f"{message}Add subnets to cover at least 2 AZs.", "Rds")


@after_change(TYPE)
def _instance_record(identifier: str, change: Change) -> Attributes:
    """What ministack forgets: managed secret, exported logs, Performance Insights."""
    instance, properties = rds._instances[identifier], change.properties
    instance["EngineVersion"] = full_version(instance["Engine"], instance["EngineVersion"]) or instance["EngineVersion"]
    instance["EnabledCloudwatchLogsExports"] = properties.get("EnableCloudwatchLogsExports", [])
    instance["PerformanceInsightsKMSKeyId"] = properties.get("PerformanceInsightsKMSKeyId", "")
    instance["PerformanceInsightsRetentionPeriod"] = properties.get("PerformanceInsightsRetentionPeriod", 7)
    instance["DatabaseInsightsMode"] = properties.get("DatabaseInsightsMode", "standard")
    _export_logs(instance)
    attributes = {
        "CertificateDetails.CAIdentifier": instance["CACertificateIdentifier"],
        "DBInstanceStatus": instance["DBInstanceStatus"],
        "Endpoint.HostedZoneId": instance["Endpoint"]["HostedZoneId"],
        "InstanceCreateTime": instance["InstanceCreateTime"],
    }
    if properties.get("ManageMasterUserPassword"):
        if "MasterUserSecret" not in instance:
            instance["MasterUserSecret"] = _managed_secret(instance, properties)
        attributes["MasterUserSecret.SecretArn"] = instance["MasterUserSecret"]["SecretArn"]
    return attributes


def _export_logs(instance: dict[str, Any]) -> None:
    """RDS makes a log group that isn't there, unencrypted and without retention."""
    for kind in instance["EnabledCloudwatchLogsExports"]:
        name = f"/aws/rds/instance/{instance['DBInstanceIdentifier']}/{kind}"
        if name not in cloudwatch_logs._log_groups:
            provisioners._cwlogs_create("", {"LogGroupName": name}, "")


def _managed_secret(instance: dict[str, Any], properties: Properties) -> dict[str, str]:
    """A secret of RDS's name with a password that nobody has seen."""
    password = "".join(secrets.choice(string.ascii_letters + string.digits) for _ in range(28))
    kms_key = properties.get("MasterUserSecret", {}).get("KmsKeyId", "alias/aws/secretsmanager")
    secret_arn, _ = secretsmanager._store_new_secret(
        f"rds!{instance['DbiResourceId'].lower()}",
        secret_string=f'{{"username":"{instance["MasterUsername"]}","password":"{password}"}}',
        description=f"Secret associated with primary RDS DB instance: {instance['DBInstanceArn']}",
        kms_key_id=kms_key,
        rotation_rules={"AutomaticallyAfterDays": 7},
    )
    return {"SecretArn": secret_arn, "SecretStatus": "active", "KmsKeyId": kms_key}


@before_delete(TYPE)
def _instance_is_not_protected(identifier: str, _properties: Properties) -> None:
    instance = rds._instances.get(identifier)
    if instance is not None and instance["DeletionProtection"]:
        raise Refusal(PROTECTED, "Rds", "InvalidRequest")


@after_delete(TYPE)
def _managed_secret_goes_too(_identifier: str, _properties: Properties) -> None:
    """The secret that RDS manages is deleted with its instance."""
    managed = {i["MasterUserSecret"]["SecretArn"] for i in rds._instances.values() if "MasterUserSecret" in i}
    for name, secret in list(secretsmanager._secrets.items()):
        if name.startswith("rds!") and secret["ARN"] not in managed:
            secretsmanager._purge_secret(name, secret)


@before_delete("AWS::RDS::DBSubnetGroup")
def _subnet_group_is_free(name: str, _properties: Properties) -> None:
    for instance in rds._instances.values():
        if instance["DBSubnetGroup"]["DBSubnetGroupName"] == name:
            message = f"Cannot delete the subnet group '{name}' because at least one database instance: "
            raise Refusal(f"{message}{instance['DBInstanceIdentifier']} is still using it.", "Rds")


@before_delete("AWS::RDS::DBParameterGroup")
def _parameter_group_is_free(name: str, _properties: Properties) -> None:
    groups = [group for instance in rds._instances.values() for group in instance["DBParameterGroups"]]
    if any(group["DBParameterGroupName"] == name for group in groups):
        raise Refusal("One or more database instances are still members of this parameter group.", "Rds")


_instance_xml = rds._instance_xml


def _complete_instance_xml(instance: dict[str, Any]) -> str:
    """DescribeDBInstances with what ministack leaves out."""
    exports = "".join(f"<member>{kind}</member>" for kind in instance.get("EnabledCloudwatchLogsExports", ()))
    xml: str = _instance_xml(instance)
    xml = xml.replace(
        "<EnabledCloudwatchLogsExports/>", f"<EnabledCloudwatchLogsExports>{exports}</EnabledCloudwatchLogsExports>"
    )
    names = ("PerformanceInsightsKMSKeyId", "DatabaseInsightsMode", "MasterUserSecret")
    extra = {name: instance[name] for name in names if instance.get(name)}
    if "MasterUserSecret" in extra:
        extra["MasterUserSecret"] = list(extra["MasterUserSecret"].items())
    return xml + as_xml(extra)


rds._instance_xml = _complete_instance_xml
