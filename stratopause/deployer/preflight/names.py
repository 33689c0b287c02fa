"""Whether a name is taken outside of the deployed tree, or waits for its deletion."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from shlex import quote
from typing import Final

from msgspec import Struct

from stratopause.deployer.preflight import lookups
from stratopause.deployer.preflight.asking import Call
from stratopause.deployer.preflight.check import Check
from stratopause.deployer.preflight.findings import Finding, failed, passed
from stratopause.deployer.preflight.lookups import Taken
from stratopause.deployer.preflight.needs import Resource
from stratopause.deployer.preflight.scene import Scene


def itself(physical_id: str) -> str:
    return physical_id


class Kind(Struct, frozen=True):
    """Resources of one type, whose property `named` holds the name.

    `look` says whether a name is taken, `name_of` gives the name in a physical id, and `purge` is the command that
    deletes what has the name.
    """

    check: str
    type: str
    named: str
    calls: tuple[Call, ...]
    look: Callable[[Scene, Resource, str], Taken | None]
    purge: str
    name_of: Callable[[str], str] = itself


def names(kind: Kind, scene: Scene) -> Iterator[Finding]:
    wanted = [(one, name) for one in scene.needs.of(kind.type) if (name := one.text(kind.named))]
    if not wanted:
        return
    ours = {kind.name_of(one.physical_id) for one in scene.deployed.values() if one.type == kind.type}
    for resource, name in wanted:
        if name.rstrip(".") in ours:
            yield passed(f"{name} is of this stack", resource.place)
        elif taken := kind.look(scene, resource, name):
            yield failed(f"{name} {taken.how}", _choices(kind, scene, resource, taken), resource.place)
        else:
            yield passed(f"{name} is free", resource.place)


def _choices(kind: Kind, scene: Scene, resource: Resource, taken: Taken) -> str:
    """Restore, import, rename, purge: as far as each is possible."""
    rename = f"rename it: {scene.target.command('deploy')} --suffix NAME"
    if scene.target.suffix is not None:
        rename = "rename it: choose another --suffix"
    choices = [f"{what}: {_command(scene, command, taken)}" for what, command in taken.remedies]
    if taken.is_ours and not taken.remedies:
        choices.append(
            f"import it as {resource.place[-1]} into the stack that makes it, where its type can be imported"
        )
    choices.append(rename)
    if taken.is_ours:
        choices.append(f"purge it, if nothing needs it: {_command(scene, kind.purge, taken)}")
    return "; or ".join(choices)


def _command(scene: Scene, command: str, taken: Taken) -> str:
    return f"{command.format(name=quote(taken.id))} --region {scene.target.region}"


KINDS: Final = (
    Kind(
        "secret-names",
        "AWS::SecretsManager::Secret",
        "Name",
        (lookups.SECRET,),
        lookups.secret,
        "aws secretsmanager delete-secret --force-delete-without-recovery --secret-id {name}",
        lambda arn: arn.rpartition(":secret:")[2].rpartition("-")[0],
    ),
    Kind(
        "log-group-names",
        "AWS::Logs::LogGroup",
        "LogGroupName",
        (lookups.LOG_GROUPS,),
        lookups.log_group,
        "aws logs delete-log-group --log-group-name {name}",
    ),
    Kind(
        "key-aliases",
        "AWS::KMS::Alias",
        "AliasName",
        (lookups.KEY,),
        lookups.alias,
        "aws kms delete-alias --alias-name {name}",
    ),
    Kind(
        "bucket-names",
        "AWS::S3::Bucket",
        "BucketName",
        (lookups.BUCKET,),
        lookups.bucket,
        "aws s3 rb --force s3://{name}",
    ),
    Kind(
        "role-names",
        "AWS::IAM::Role",
        "RoleName",
        (lookups.ROLE,),
        lookups.role,
        "aws iam delete-role --role-name {name}",
    ),
    Kind(
        "policy-names",
        "AWS::IAM::ManagedPolicy",
        "ManagedPolicyName",
        (lookups.POLICY,),
        lookups.policy,
        "aws iam delete-policy --policy-arn {name}",
        lambda arn: arn.rpartition("/")[2],
    ),
    Kind(
        "database-names",
        "AWS::RDS::DBInstance",
        "DBInstanceIdentifier",
        (lookups.DATABASE,),
        lookups.database,
        "aws rds delete-db-instance --final-db-snapshot-identifier SNAPSHOT --db-instance-identifier {name}",
    ),
    Kind(
        "database-parameter-group-names",
        "AWS::RDS::DBParameterGroup",
        "DBParameterGroupName",
        (lookups.DATABASE_PARAMETERS,),
        lookups.database_parameters,
        "aws rds delete-db-parameter-group --db-parameter-group-name {name}",
    ),
    Kind(
        "cache-names",
        "AWS::ElastiCache::ReplicationGroup",
        "ReplicationGroupId",
        (lookups.CACHE,),
        lookups.cache,
        "aws elasticache delete-replication-group --final-snapshot-identifier SNAPSHOT --replication-group-id {name}",
    ),
    Kind(
        "cache-parameter-group-names",
        "AWS::ElastiCache::ParameterGroup",
        "CacheParameterGroupName",
        (lookups.CACHE_PARAMETERS,),
        lookups.cache_parameters,
        "aws elasticache delete-cache-parameter-group --cache-parameter-group-name {name}",
    ),
    Kind(
        "load-balancer-names",
        "AWS::ElasticLoadBalancingV2::LoadBalancer",
        "Name",
        (lookups.LOAD_BALANCER,),
        lookups.load_balancer,
        "aws elbv2 delete-load-balancer --load-balancer-arn {name}",
        lambda arn: "/".join(arn.split("/")[2:3]),
    ),
    Kind(
        "target-group-names",
        "AWS::ElasticLoadBalancingV2::TargetGroup",
        "Name",
        (lookups.TARGET_GROUP,),
        lookups.target_group,
        "aws elbv2 delete-target-group --target-group-arn {name}",
        lambda arn: "/".join(arn.split("/")[1:2]),
    ),
    Kind(
        "vault-names",
        "AWS::Backup::BackupVault",
        "BackupVaultName",
        (lookups.VAULTS,),
        lookups.vault,
        "aws backup delete-backup-vault --backup-vault-name {name}",
    ),
    Kind(
        "dashboard-names",
        "AWS::CloudWatch::Dashboard",
        "DashboardName",
        (lookups.DASHBOARDS,),
        lookups.dashboard,
        "aws cloudwatch delete-dashboards --dashboard-names {name}",
    ),
    Kind(
        "firewall-names",
        "AWS::WAFv2::WebACL",
        "Name",
        (lookups.FIREWALLS,),
        lookups.firewall,
        "aws wafv2 delete-web-acl --scope REGIONAL --lock-token TOKEN --id ID --name {name}",
        lambda physical_id: physical_id.partition("|")[0],
    ),
    Kind(
        "trail-names",
        "AWS::CloudTrail::Trail",
        "TrailName",
        (lookups.TRAILS,),
        lookups.trail,
        "aws cloudtrail delete-trail --name {name}",
    ),
    Kind(
        "record-names",
        "AWS::Route53::RecordSet",
        "Name",
        (lookups.RECORDS,),
        lookups.record,
        "aws route53 change-resource-record-sets --hosted-zone-id ZONE --change-batch FILE # that deletes {name}",
        lambda name: name.rstrip("."),
    ),
)

CHECKS: Final = tuple(
    Check(
        name=kind.check,
        prevents=f"{kind.type}: the name is taken outside of this stack, or waits for its deletion",
        source=lookups.SOURCES[kind.calls[0]],
        calls=kind.calls,
        run=partial(names, kind),
    )
    for kind in KINDS
)
