"""Every data store is backed up, for seven days at least.

What is backed up where nothing is written: databases of RDS, Aurora, DocumentDB and Neptune and clusters of Redshift
for one day, caches, tables and file systems not at all. OpenSearch makes its snapshots itself, for fourteen days.

- Databases: `BackupRetentionPeriod` (Redshift: `AutomatedSnapshotRetentionPeriod`). A plan of AWS Backup doesn't stand
  in for it, since only automated backups restore to any second; unless it makes continuous backups and the template
  leaves the property to it.
- Caches: `SnapshotRetentionLimit`.
- Tables: point-in-time recovery; a file system: `BackupPolicy`, or automatic backups of FSx. Here a plan of AWS Backup
  that selects them, by ARN or by tag, and keeps for seven days is as good.
- Volumes: if the tree has selections of AWS Backup, one must take them, or a policy of Data Lifecycle Manager.
- A plan of AWS Backup must keep for seven days what one of its rules makes.

Read replicas, instances of a cluster and memcached are left alone, and so is what is made from a backup and says
nothing: it keeps its backups for as long as what was backed up did.

**How to fix:** set the property to 7 or more, or let a plan take the resource.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, Final, NamedTuple

from stratopause.rules import Rule
from stratopause.rules import _backups as backups
from stratopause.rules._settings import flag, literal, number, objects
from stratopause.rules._stores import is_copy, keeps_nothing
from stratopause.tree.model import Problem, Resource, Tree

RULE = Rule(
    "E9402",
    "Data stores are backed up for seven days at least",
    "https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_WorkingWithAutomatedBackups.BackupRetention.html",
    ("data", "backup"),
)

LEAST_DAYS: Final = 7


class Days(NamedTuple):
    """The property that says for how long, what it is where it isn't written, and which plans replace it then."""

    property: str
    default: int
    plan: str = ""


_RDS: Final = Days("BackupRetentionPeriod", 1, "continuous")
_CLUSTER: Final = Days("BackupRetentionPeriod", 1, "any")
_CACHE: Final = Days("SnapshotRetentionLimit", 0)

_DAYS: Final = {
    "AWS::RDS::DBInstance": _RDS,
    "AWS::RDS::DBCluster": _RDS,
    "AWS::DocDB::DBCluster": _CLUSTER,
    "AWS::DocDBElastic::Cluster": _CLUSTER,
    "AWS::Neptune::DBCluster": _CLUSTER,
    "AWS::Redshift::Cluster": Days("AutomatedSnapshotRetentionPeriod", 1, "any"),
    "AWS::ElastiCache::ReplicationGroup": _CACHE,
    "AWS::ElastiCache::CacheCluster": _CACHE,
    "AWS::ElastiCache::ServerlessCache": _CACHE,
    "AWS::MemoryDB::Cluster": _CACHE,
}


_BACKUPS: Final = (
    *("DBSnapshotIdentifier", "DBClusterSnapshotIdentifier", "SourceDbiResourceId", "BackupId"),
    *("SourceDBInstanceAutomatedBackupsArn", "SnapshotIdentifier", "SourceDBClusterIdentifier"),
)
"""The properties that name what a store is restored from.

https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_RestoreDBInstanceFromDBSnapshot.html
https://docs.aws.amazon.com/redshift/latest/APIReference/API_RestoreFromClusterSnapshot.html
https://docs.aws.amazon.com/fsx/latest/APIReference/API_CreateFileSystemFromBackup.html
"""


def check(tree: Tree) -> Iterator[Problem]:
    selections = backups.Selections(tree)
    for resource in tree.resources(*_DAYS):
        yield from _with_days(selections, resource)
    for type_, problems in _WITH_A_SWITCH.items():
        for resource in tree.resources(type_):
            found = [*problems(resource)]
            if found and not _is_covered(selections, resource) and not _is_linked(tree, resource):
                yield from found
    yield from _volumes(tree, selections)
    yield from _plans(tree)


def _with_days(selections: backups.Selections, resource: Resource) -> Iterator[Problem]:
    name, default, plan = _DAYS[resource.type]
    value = resource.get(name)
    days = number(value, default=default)
    if days is None or days >= LEAST_DAYS or is_copy(resource) or keeps_nothing(resource):
        return
    if value is None and _is_restored(resource):
        return
    if value is None and plan and _is_covered(selections, resource, continuously=plan == "continuous"):
        return
    yield resource.problem(f"{resource.name} is {_kept(days)}; {name} must be {LEAST_DAYS} at least", name)


def _is_restored(resource: Resource) -> bool:
    return any(resource.get(name) for name in _BACKUPS)


def _kept(days: int) -> str:
    return f"backed up for {days} day{'s' if days != 1 else ''} only" if days > 0 else "not backed up"


def _is_covered(selections: backups.Selections, resource: Resource, *, continuously: bool = False) -> bool:
    return any(
        (days is None or days >= LEAST_DAYS) and (is_continuous or not continuously)
        for days, is_continuous in selections.covering(resource)
    )


_BY_A_PLAN: Final = "or let a backup plan select it"


def _recovery(resource: Resource, specification: Any, *path: str | int) -> Iterator[Problem]:
    """Point-in-time recovery of DynamoDB goes back 35 days where nothing else is written."""
    if specification is not None and not isinstance(specification, dict):
        return
    found = specification or {}
    if flag(found.get("PointInTimeRecoveryEnabled")) is False:
        yield resource.problem(
            f"{resource.name} is not backed up; write PointInTimeRecoveryEnabled: true, {_BY_A_PLAN}",
            *path,
            "PointInTimeRecoveryEnabled",
        )
    elif (days := number(found.get("RecoveryPeriodInDays"), default=35)) is not None and days < LEAST_DAYS:
        yield resource.problem(
            f"{resource.name} is {_kept(days)}; RecoveryPeriodInDays must be {LEAST_DAYS} at least",
            *path,
            "RecoveryPeriodInDays",
        )


def _table(resource: Resource) -> Iterator[Problem]:
    name = "PointInTimeRecoverySpecification"
    yield from _recovery(resource, resource.get(name), name)


def _global_table(resource: Resource) -> Iterator[Problem]:
    name = "PointInTimeRecoverySpecification"
    for at, replica in enumerate(objects(resource.get("Replicas"))):
        yield from _recovery(resource, replica.get(name), "Replicas", at, name)


def _keyspaces(resource: Resource) -> Iterator[Problem]:
    if flag(resource.get("PointInTimeRecoveryEnabled")) is False:
        message = f"{resource.name} is not backed up; write PointInTimeRecoveryEnabled: true"
        yield resource.problem(message, "PointInTimeRecoveryEnabled")


def _efs(resource: Resource) -> Iterator[Problem]:
    policy = resource.get("BackupPolicy")
    status = policy.get("Status") if isinstance(policy, dict) else policy
    # In one zone it is backed up unless the policy says otherwise.
    # https://docs.aws.amazon.com/efs/latest/ug/API_CreateFileSystem.html#efs-CreateFileSystem-request-Backup
    if status is None and resource.get("AvailabilityZoneName"):
        return
    if status is None or literal(status) in {"DISABLED", "DISABLING"}:
        message = f"{resource.name} is not backed up; write BackupPolicy: Status: ENABLED, {_BY_A_PLAN}"
        yield resource.problem(message, "BackupPolicy", "Status")


_FSX_DEFAULTS: Final = {"LUSTRE": ("LustreConfiguration", 0), "WINDOWS": ("WindowsConfiguration", 30)} | {
    "ONTAP": ("OntapConfiguration", 30),
    "OPENZFS": ("OpenZFSConfiguration", 30),
}
"""https://docs.aws.amazon.com/fsx/latest/APIReference/API_CreateFileSystem.html"""


def _fsx(resource: Resource) -> Iterator[Problem]:
    section, default = _FSX_DEFAULTS.get(literal(resource.get("FileSystemType")) or "", ("", 30))
    found = resource.get(section)
    if not section or not (found is None or isinstance(found, dict)) or _is_scratch(section, found or {}):
        return
    value = (found or {}).get("AutomaticBackupRetentionDays")
    days = number(value, default=default)
    if days is not None and days < LEAST_DAYS and not (value is None and _is_restored(resource)):
        message = f"{resource.name} is {_kept(days)}; AutomaticBackupRetentionDays must be {LEAST_DAYS} at least"
        yield resource.problem(message, section, "AutomaticBackupRetentionDays")


def _is_linked(tree: Tree, resource: Resource) -> bool:
    """Whether a file system stands before a bucket, and can't be backed up then.

    https://docs.aws.amazon.com/fsx/latest/LustreGuide/using-backups-fsx.html
    """
    links = tree.resources("AWS::FSx::DataRepositoryAssociation") if resource.type == "AWS::FSx::FileSystem" else ()
    return any(tree.source(link.get("FileSystemId")) is resource for link in links)


def _is_scratch(section: str, configuration: dict[str, Any]) -> bool:
    """Lustre on scratch disks, or before a bucket, can't be backed up."""
    if section != "LustreConfiguration":
        return False
    kind = literal(configuration.get("DeploymentType", "SCRATCH_1")) or ""
    return not kind.startswith("PERSISTENT") or "ImportPath" in configuration


_WITH_A_SWITCH: Final[dict[str, Callable[[Resource], Iterator[Problem]]]] = {
    "AWS::DynamoDB::Table": _table,
    "AWS::DynamoDB::GlobalTable": _global_table,
    "AWS::Cassandra::Table": _keyspaces,
    "AWS::EFS::FileSystem": _efs,
    "AWS::FSx::FileSystem": _fsx,
}


def _volumes(tree: Tree, selections: backups.Selections) -> Iterator[Problem]:
    """Without a selection in the tree somebody else's may take them, by their tags."""
    if not selections.all:
        return
    for volume in tree.resources("AWS::EC2::Volume"):
        if not _is_covered(selections, volume) and not backups.is_snapshotted(tree, volume):
            yield volume.problem(f"{volume.name} is not backed up; let a selection of a backup plan take it", "Tags")


def _plans(tree: Tree) -> Iterator[Problem]:
    for plan in tree.resources(backups.PLAN):
        days = [backups.kept_days(rule) for rule in backups.rules(plan)]
        if days and all(one is not None and one < LEAST_DAYS for one in days):
            message = f"{plan.name} keeps no backup for {LEAST_DAYS} days; raise DeleteAfterDays of one of its rules"
            yield plan.problem(message, "BackupPlan", "BackupPlanRule")
