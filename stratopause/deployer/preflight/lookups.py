"""Who has a name, by the type of what it names."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from msgspec import Struct

from stratopause.deployer.preflight.asking import Call
from stratopause.deployer.preflight.findings import Unanswered
from stratopause.deployer.preflight.needs import Resource
from stratopause.deployer.preflight.scene import Scene

SECRET: Final = Call("secretsmanager", "describe_secret", "secretsmanager:DescribeSecret")
LOG_GROUPS: Final = Call("logs", "describe_log_groups", "logs:DescribeLogGroups")
KEY: Final = Call("kms", "describe_key", "kms:DescribeKey")
BUCKET: Final = Call("s3", "head_bucket", "s3:ListBucket")
ROLE: Final = Call("iam", "get_role", "iam:GetRole")
POLICY: Final = Call("iam", "get_policy", "iam:GetPolicy")
DATABASE: Final = Call("rds", "describe_db_instances", "rds:DescribeDBInstances")
DATABASE_PARAMETERS: Final = Call("rds", "describe_db_parameter_groups", "rds:DescribeDBParameterGroups")
CACHE: Final = Call("elasticache", "describe_replication_groups", "elasticache:DescribeReplicationGroups")
CACHE_PARAMETERS: Final = Call(
    "elasticache", "describe_cache_parameter_groups", "elasticache:DescribeCacheParameterGroups"
)
LOAD_BALANCER: Final = Call("elbv2", "describe_load_balancers", "elasticloadbalancing:DescribeLoadBalancers")
TARGET_GROUP: Final = Call("elbv2", "describe_target_groups", "elasticloadbalancing:DescribeTargetGroups")
VAULTS: Final = Call("backup", "list_backup_vaults", "backup:ListBackupVaults")
DASHBOARDS: Final = Call("cloudwatch", "list_dashboards", "cloudwatch:ListDashboards")
FIREWALLS: Final = Call("wafv2", "list_web_acls", "wafv2:ListWebACLs")
TRAILS: Final = Call("cloudtrail", "describe_trails", "cloudtrail:DescribeTrails")
RECORDS: Final = Call("route53", "list_resource_record_sets", "route53:ListResourceRecordSets")

_DOCS: Final = "https://docs.aws.amazon.com/"
SOURCES: Final[Mapping[Call, str]] = {
    SECRET: _DOCS + "secretsmanager/latest/apireference/API_DescribeSecret.html",
    LOG_GROUPS: _DOCS + "AmazonCloudWatchLogs/latest/APIReference/API_DescribeLogGroups.html",
    KEY: _DOCS + "kms/latest/APIReference/API_DescribeKey.html",
    BUCKET: _DOCS + "AmazonS3/latest/API/API_HeadBucket.html",
    ROLE: _DOCS + "IAM/latest/APIReference/API_GetRole.html",
    POLICY: _DOCS + "IAM/latest/APIReference/API_GetPolicy.html",
    DATABASE: _DOCS + "AmazonRDS/latest/APIReference/API_DescribeDBInstances.html",
    DATABASE_PARAMETERS: _DOCS + "AmazonRDS/latest/APIReference/API_DescribeDBParameterGroups.html",
    CACHE: _DOCS + "AmazonElastiCache/latest/APIReference/API_DescribeReplicationGroups.html",
    CACHE_PARAMETERS: _DOCS + "AmazonElastiCache/latest/APIReference/API_DescribeCacheParameterGroups.html",
    LOAD_BALANCER: _DOCS + "elasticloadbalancing/latest/APIReference/API_DescribeLoadBalancers.html",
    TARGET_GROUP: _DOCS + "elasticloadbalancing/latest/APIReference/API_DescribeTargetGroups.html",
    VAULTS: _DOCS + "aws-backup/latest/devguide/API_ListBackupVaults.html",
    DASHBOARDS: _DOCS + "AmazonCloudWatch/latest/APIReference/API_ListDashboards.html",
    FIREWALLS: _DOCS + "waf/latest/APIReference/API_ListWebACLs.html",
    TRAILS: _DOCS + "awscloudtrail/latest/APIReference/API_DescribeTrails.html",
    RECORDS: _DOCS + "Route53/latest/APIReference/API_ListResourceRecordSets.html",
}


class Taken(Struct, frozen=True):
    """`id` is what commands call it; `how` completes "NAME …".

    `remedies` are what can be done about it, and the command that does it; what isn't `is_ours` is another account's.
    """

    id: str
    how: str = "exists, and isn't of this stack"
    remedies: tuple[tuple[str, str], ...] = ()
    is_ours: bool = True


def secret(scene: Scene, _: Resource, name: str) -> Taken | None:
    """Also found while it waits for its deletion, which keeps the name for 7 to 30 days."""
    told = scene.asking.find(SECRET, SecretId=name)
    if told is None:
        return None
    if not told.get("DeletedDate"):
        return Taken(name)
    restore = "restore it, then import it", "aws secretsmanager restore-secret --secret-id {name}"
    return Taken(name, f"is scheduled for deletion{_since(told['DeletedDate'])}, and keeps its name", (restore,))


def log_group(scene: Scene, _: Resource, name: str) -> Taken | None:
    found = scene.asking.every(LOG_GROUPS, "logGroups", logGroupNamePrefix=name)
    return Taken(name) if any(one["logGroupName"] == name for one in found) else None


def alias(scene: Scene, _: Resource, name: str) -> Taken | None:
    """Deleting a key keeps its alias until the key is gone."""
    told = scene.asking.find(KEY, KeyId=name)
    if told is None:
        return None
    key = told["KeyMetadata"]
    if key.get("KeyState") != "PendingDeletion":
        return Taken(name, f"is of key {key['KeyId']}, which isn't of this stack")
    restore = "keep the key", f"aws kms cancel-key-deletion --key-id {key['KeyId']}"
    until = _until(key.get("DeletionDate"))
    return Taken(name, f"is of key {key['KeyId']}, which waits for its deletion{until}", (restore,))


def bucket(scene: Scene, _: Resource, name: str) -> Taken | None:
    """Bucket names are of all accounts; a refusal says that there is one."""
    try:
        told = scene.asking.find(BUCKET, Bucket=name)
    except Unanswered as error:
        if not error.is_denied:
            raise
        return Taken(name, "is a bucket of another account, or one that the caller may not look at", (), is_ours=False)
    return None if told is None else Taken(name)


def role(scene: Scene, _: Resource, name: str) -> Taken | None:
    return _found(name, scene.asking.find(ROLE, RoleName=name))


def policy(scene: Scene, resource: Resource, name: str) -> Taken | None:
    path = resource.text("Path") or "/"
    arn = f"arn:{scene.target.partition}:iam::{scene.target.account}:policy{path}{name}"
    return _found(arn, scene.asking.find(POLICY, PolicyArn=arn))


def database(scene: Scene, _: Resource, name: str) -> Taken | None:
    return _found(name, scene.asking.find(DATABASE, DBInstanceIdentifier=name))


def database_parameters(scene: Scene, _: Resource, name: str) -> Taken | None:
    return _found(name, scene.asking.find(DATABASE_PARAMETERS, DBParameterGroupName=name))


def cache(scene: Scene, _: Resource, name: str) -> Taken | None:
    return _found(name, scene.asking.find(CACHE, ReplicationGroupId=name))


def cache_parameters(scene: Scene, _: Resource, name: str) -> Taken | None:
    return _found(name, scene.asking.find(CACHE_PARAMETERS, CacheParameterGroupName=name))


def load_balancer(scene: Scene, _: Resource, name: str) -> Taken | None:
    told = scene.asking.find(LOAD_BALANCER, Names=[name])
    return Taken(told["LoadBalancers"][0]["LoadBalancerArn"]) if told and told["LoadBalancers"] else None


def target_group(scene: Scene, _: Resource, name: str) -> Taken | None:
    told = scene.asking.find(TARGET_GROUP, Names=[name])
    return Taken(told["TargetGroups"][0]["TargetGroupArn"]) if told and told["TargetGroups"] else None


def vault(scene: Scene, _: Resource, name: str) -> Taken | None:
    """All are listed, since DescribeBackupVault answers AccessDeniedException where there is none."""
    found = scene.asking.every(VAULTS, "BackupVaultList")
    return Taken(name) if any(one["BackupVaultName"] == name for one in found) else None


def dashboard(scene: Scene, _: Resource, name: str) -> Taken | None:
    found = scene.asking.every(DASHBOARDS, "DashboardEntries", DashboardNamePrefix=name)
    return Taken(name) if any(one["DashboardName"] == name for one in found) else None


def firewall(scene: Scene, resource: Resource, name: str) -> Taken | None:
    scope = resource.text("Scope") or "REGIONAL"
    marker: dict[str, str] = {}
    while True:
        told = scene.asking.ask(FIREWALLS, Scope=scope, Limit=100, **marker)
        if any(one["Name"] == name for one in told["WebACLs"]):
            return Taken(name)
        if not told["WebACLs"] or not told.get("NextMarker"):
            return None
        marker = {"NextMarker": told["NextMarker"]}


def trail(scene: Scene, _: Resource, name: str) -> Taken | None:
    found = scene.asking.ask(TRAILS, trailNameList=[name])["trailList"]
    return Taken(name) if found else None


def record(scene: Scene, resource: Resource, name: str) -> Taken | None:
    zone, kind = resource.text("HostedZoneId"), resource.text("Type")
    if zone is None or kind is None:
        return None
    told = scene.asking.find(RECORDS, HostedZoneId=zone, StartRecordName=name, StartRecordType=kind, MaxItems="1")
    records = told["ResourceRecordSets"] if told else []
    same = (one["Name"].rstrip(".") == name.rstrip(".") and one["Type"] == kind for one in records)
    return Taken(name, f"has a record of type {kind} in {zone} that isn't of this stack") if any(same) else None


def _found(name: str, told: dict[str, Any] | None) -> Taken | None:
    return None if told is None else Taken(name)


def _since(when: object) -> str:
    return f" since {when:%Y-%m-%d}" if isinstance(when, datetime) else ""


def _until(when: object) -> str:
    return f" on {when:%Y-%m-%d}" if isinstance(when, datetime) else ""
