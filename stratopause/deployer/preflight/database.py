"""Whether the region has the database's engine version and instance class."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Final

from stratopause.deployer.preflight.asking import Call
from stratopause.deployer.preflight.check import Check
from stratopause.deployer.preflight.findings import Finding, failed, passed, warning
from stratopause.deployer.preflight.needs import Resource
from stratopause.deployer.preflight.scene import Scene
from stratopause.deployer.preflight.versions import is_of, nearest, newest

INSTANCE: Final = "AWS::RDS::DBInstance"
VERSIONS: Final = Call("rds", "describe_db_engine_versions", "rds:DescribeDBEngineVersions")
OPTIONS: Final = Call("rds", "describe_orderable_db_instance_options", "rds:DescribeOrderableDBInstanceOptions")


def engine(scene: Scene) -> Iterator[Finding]:
    for instance in scene.needs.of(INSTANCE):
        name, version = instance.text("Engine"), instance.text("EngineVersion")
        if name and version:
            known = list(scene.asking.every(VERSIONS, "DBEngineVersions", Engine=name, IncludeAll=True))
            yield from _engine(scene, instance, name, version, known)


def _engine(
    scene: Scene, instance: Resource, name: str, version: str, known: Sequence[dict[str, Any]]
) -> Iterator[Finding]:
    fitting = [one for one in known if is_of(version, one["EngineVersion"])]
    offered = [one for one in fitting if one.get("Status", "available") == "available"]
    others = nearest(version, [one["EngineVersion"] for one in known if one.get("Status", "available") == "available"])
    choose = f"choose another version, such as {', '.join(others)}" if others else "choose another engine"
    where = f"{name} {version} in {scene.target.region}"
    if not fitting:
        yield failed(f"RDS has no {where}", choose, instance.place)
    elif not offered:
        yield failed(f"RDS makes no new instance of {where}: it is deprecated", choose, instance.place)
    else:
        yield passed(f"RDS has {where}", instance.place)
        yield from _fits(scene, instance, offered)


def _fits(scene: Scene, instance: Resource, offered: Iterable[dict[str, Any]]) -> Iterator[Finding]:
    """What else an engine version decides: each is told in the same answer."""
    chosen = newest(offered)
    authority = instance.text("CACertificateIdentifier")
    authorities = chosen.get("SupportedCACertificateIdentifiers", [])
    if authority and authorities and authority not in authorities:
        yield failed(f"it takes no certificate of {authority}", f"choose {', '.join(authorities)}", instance.place)
    logs = chosen.get("ExportableLogTypes", [])
    wanted = instance.properties.get("EnableCloudwatchLogsExports")
    missing = sorted(set(wanted) - set(logs)) if isinstance(wanted, list) and logs else []
    if missing:
        yield failed(f"it exports no log {', '.join(missing)}", f"it exports {', '.join(logs)}", instance.place)
    group = scene.needs.at(instance.made("DBParameterGroupName"))
    family = group.text("Family") if group else None
    if family and family != chosen.get("DBParameterGroupFamily", family):
        told = chosen["DBParameterGroupFamily"]
        yield failed(f"its parameter group is of {family}, it takes {told}", f"set Family to {told}", instance.place)


def instance_class(scene: Scene) -> Iterator[Finding]:
    for instance in scene.needs.of(INSTANCE):
        name, version, size = (instance.text(one) for one in ("Engine", "EngineVersion", "DBInstanceClass"))
        if not (name and version and size):
            continue
        known = scene.asking.every(VERSIONS, "DBEngineVersions", Engine=name)
        fitting = [one for one in known if is_of(version, one["EngineVersion"])]
        if not fitting:
            yield failed(f"RDS has no {name} {version}", "see the check database-engine", instance.place)
            continue
        exact = newest(fitting)["EngineVersion"]
        options = scene.asking.every(
            OPTIONS,
            "OrderableDBInstanceOptions",
            Engine=name,
            EngineVersion=exact,
            DBInstanceClass=size,
            Vpc=True,
        )
        yield from _class(scene, instance, f"{size} with {name} {exact}", list(options))


def _class(scene: Scene, instance: Resource, what: str, options: Sequence[dict[str, Any]]) -> Iterator[Finding]:
    storage, region = instance.text("StorageType"), scene.target.region
    of_storage = [one for one in options if storage is None or one.get("StorageType") == storage]
    needed = 2 if instance.is_true("MultiAZ") else 1
    if needed == 2:
        of_storage = [one for one in of_storage if one.get("MultiAZCapable")]
    kind = " in several zones" if needed == 2 else ""
    kind += f" and {storage} storage" if storage and options else ""
    if not of_storage:
        yield failed(f"{region} has no {what}{kind}", _look(scene, instance), instance.place)
        return
    sold = {zone["Name"] for one in of_storage for zone in one.get("AvailabilityZones", [])}
    ours = scene.needs.zones
    missing = [zone for zone in ours if zone not in sold]
    if ours and len(ours) - len(missing) < needed:
        yield failed(f"{', '.join(missing)} have no {what}", _look(scene, instance), instance.place)
    elif missing:
        message = f"{', '.join(missing)} has no {what}: the database can't go there"
        yield warning(message, f"it is in {', '.join(sorted(sold))}", instance.place)
    else:
        yield passed(f"{region} has {what}", instance.place)


def _look(scene: Scene, instance: Resource) -> str:
    return (
        f"choose another class: aws rds describe-orderable-db-instance-options --region {scene.target.region} "
        f"--engine {instance.text('Engine')} --vpc "
        "--query 'OrderableDBInstanceOptions[].DBInstanceClass'"
    )


CHECKS: Final = (
    Check(
        name="database-engine",
        prevents="RDS refuses the engine version, its parameter group, its logs or its certificate authority",
        source="https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_DescribeDBEngineVersions.html",
        calls=(VERSIONS,),
        run=engine,
        only_aws=True,
    ),
    Check(
        name="database-class",
        prevents="RDS has no such instance class for the engine in the region, its zones, or in several of them",
        source="https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_DescribeOrderableDBInstanceOptions.html",
        calls=(VERSIONS, OPTIONS),
        run=instance_class,
        only_aws=True,
    ),
)
