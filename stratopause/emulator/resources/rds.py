"""RDS: versions and classes that exist, the managed master secret, exported logs, and event subscriptions."""

from __future__ import annotations

import re
import secrets
import string
import time
from typing import Any
from xml.sax.saxutils import escape

from ministack.core.responses import AccountRegionScopedDict
from ministack.services import cloudwatch_logs, ec2, rds, secretsmanager, sns
from ministack.services.cloudformation import provisioners

from stratopause.emulator.resources.calls import arn
from stratopause.emulator.resources.handlers import (
    Attributes,
    Change,
    Result,
    add,
    after_change,
    after_delete,
    before_change,
    before_delete,
)
from stratopause.emulator.resources.operations import forget_on_reset
from stratopause.emulator.resources.refusals import AlreadyExists, Refusal
from stratopause.emulator.resources.schema import Properties, extension
from stratopause.emulator.resources.validation import follows

TYPE = "AWS::RDS::DBInstance"
PROTECTED = "Cannot delete protected DB Instance, please disable deletion protection and try again."

_subscriptions: AccountRegionScopedDict = AccountRegionScopedDict()  # name -> event subscription


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
def _instance_can_be(change: Change) -> None:
    properties = change.properties
    engine, version = properties.get("Engine", ""), properties.get("EngineVersion")
    if version is not None and change.changes("EngineVersion") and full_version(engine, version) is None:
        raise Refusal(f"Cannot find version {version} for {engine}", "Rds", "InvalidRequest")
    if not class_exists(engine, properties["DBInstanceClass"]):
        message = "RDS does not support creating a DB instance with the following combination: DBInstanceClass="
        raise Refusal(f"{message}{properties['DBInstanceClass']}, Engine={engine}, EngineVersion={version}", "Rds")
    group = properties.get("DBSubnetGroupName")
    if group is not None and group not in rds._subnet_groups:
        raise Refusal(f"DB subnet group '{group}' does not exist.", "Rds", "NotFound", 404)
    parameters = properties.get("DBParameterGroupName")
    if parameters is not None and not parameters.startswith("default.") and parameters not in rds._param_groups:
        raise Refusal(f"DBParameterGroup not found: {parameters}", "Rds", "NotFound", 404)
    for security_group in properties.get("VPCSecurityGroups", ()):
        if security_group not in ec2._security_groups:
            raise Refusal(f"Invalid security group , groupId= {security_group}, groupName=.", "Rds")


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
    if not properties.get("ManageMasterUserPassword"):
        return {}
    if "MasterUserSecret" not in instance:
        instance["MasterUserSecret"] = _managed_secret(instance, properties)
    return {"MasterUserSecret.SecretArn": instance["MasterUserSecret"]["SecretArn"]}


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


def create_subscription(logical_id: str, properties: Properties, stack_name: str) -> Result:
    """Its topic exists."""
    name = properties.get("SubscriptionName") or provisioners._physical_name(stack_name, logical_id, lowercase=True)
    if name in _subscriptions:
        raise AlreadyExists("AWS::RDS::EventSubscription", "SubscriptionName", name)
    if properties["SnsTopicArn"] not in sns._topics:
        raise Refusal("SNS topic not found.", "Rds", "NotFound", 404)
    _subscriptions[name] = {"SubscriptionCreationTime": time.strftime("%Y-%m-%d %H:%M:%S", time.gmtime())}
    return update_subscription(name, {}, properties)


def update_subscription(name: str, _before: Properties, after: Properties) -> Result:
    """Everything but name and topic changes in place."""
    _subscriptions[name] |= {
        "CustSubscriptionId": name,
        "CustomerAwsId": rds.get_account_id(),
        "EventSubscriptionArn": arn("rds", f"es:{name}"),
        "SnsTopicArn": after["SnsTopicArn"],
        "Status": "active",
        "SourceType": after.get("SourceType", ""),
        "Enabled": str(after.get("Enabled", True)).lower(),
        "SourceIdsList": [("SourceId", item) for item in after.get("SourceIds", ())],
        "EventCategoriesList": [("EventCategory", item) for item in after.get("EventCategories", ())],
    }
    return name, {}


def delete_subscription(name: str, _properties: Properties) -> None:
    """Its topic stays."""
    _subscriptions.pop(name, None)


def _describe_subscriptions(parameters: dict[str, Any]) -> Any:
    name = rds._p(parameters, "SubscriptionName")
    if name and name not in _subscriptions:
        return rds._error("SubscriptionNotFound", f"Event Subscription {name} not found.", 404)
    wanted = [_subscriptions[name]] if name else _subscriptions.values()
    items = "".join(f"<EventSubscription>{_xml(item)}</EventSubscription>" for item in wanted)
    result = f"<EventSubscriptionsList>{items}</EventSubscriptionsList>"
    answer = f"<DescribeEventSubscriptionsResult>{result}</DescribeEventSubscriptionsResult>"
    return rds._xml(200, "DescribeEventSubscriptionsResponse", answer)


def _xml(record: dict[str, Any]) -> str:
    def text(value: Any) -> str:
        if isinstance(value, list):
            return "".join(f"<{name}>{escape(item)}</{name}>" for name, item in value)
        return escape(str(value))

    return "".join(f"<{name}>{text(value)}</{name}>" for name, value in record.items())


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
    return xml + _xml(extra)


add("AWS::RDS::EventSubscription", create_subscription, delete_subscription, update_subscription)
rds._ACTION_MAP["DescribeEventSubscriptions"] = _describe_subscriptions
rds._instance_xml = _complete_instance_xml
forget_on_reset(rds, _subscriptions)
