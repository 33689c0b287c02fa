"""Whatever is used says in a log who used it.

HIPAA asks for a record of activity (45 CFR 164.312(b)), and after an incident for the patients whom it touches. Nobody
can say that of a load balancer, bucket, API, database or cache that kept no log. None of them logs by default.

A bucket that other buckets write their access logs to needs no log of its own (it would log its logging for ever), nor
does an archive of logs in a tree that has no such bucket. A network load balancer logs TLS connections only. A database
of PostgreSQL logs who connected if its parameter group says so: `log_connections`.

**How to fix:** the property that the message names, with a bucket or log group of the tree.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, Final, NamedTuple

from stratopause.rules import Rule
from stratopause.rules._database_parameters import OFF, audited
from stratopause.rules._known import at, is_missing, known, options
from stratopause.rules._load_balancers import LISTENER, LOAD_BALANCER, attribute, is_on, kind
from stratopause.rules._log_targets import BUCKET, archives, takes_access_logs
from stratopause.rules._settings import flag
from stratopause.tree.model import Problem, Resource, Tree
from stratopause.tree.text import is_known, references

RULE = Rule(
    "E9504",
    "Load balancers, buckets, web ACLs, APIs, databases and caches log who used them",
    "https://docs.aws.amazon.com/securityhub/latest/userguide/securityhub-controls-reference.html",
    ("logs", "hipaa"),
)

_WEB_ACL: Final = "AWS::WAFv2::WebACL"
_DATABASES: Final = ("AWS::RDS::DBInstance", "AWS::RDS::DBCluster")
_EXPORTS: Final = "EnableCloudwatchLogsExports"


class Log(NamedTuple):
    """Where a type says that it logs, and whether it surely doesn't."""

    path: tuple[str, ...]
    is_silent: Callable[[Any], bool]
    remedy: str


def _is_off(value: Any) -> bool:
    return flag(value) is False


def _lacks(*wanted: str) -> Callable[[Any], bool]:
    """Whether a list surely holds none of some texts."""

    def lacks(value: Any) -> bool:
        found = options(value)
        return found is not None and not {one.lower() for one in found} & set(wanted)

    return lacks


def _lacks_type(name: str, wanted: str) -> Callable[[Any], bool]:
    """Whether a list of objects surely has none of some type."""

    def lacks(value: Any) -> bool:
        if value is not None and not isinstance(value, list):
            return False
        types = [known(at(one, name)) for one in value or ()]
        return None not in types and wanted not in types

    return lacks


def _is_level_off(value: Any) -> bool:
    return is_missing(value) or known(value) == "OFF"


def _logs_nothing(value: Any) -> bool:
    """Whether each of several destinations is surely off."""
    if value is not None and not isinstance(value, dict):
        return False
    return all(flag(at(one, "Enabled")) is False for one in (value or {}).values())


def _tells_nothing(value: Any) -> bool:
    return value is None or (
        isinstance(value, dict) and all(flag(value.get(name)) is False for name in ("General", "Audit"))
    )


_LOGS: Final[dict[str, Log]] = {
    "AWS::AmazonMQ::Broker": Log(("Logs",), _tells_nothing, "Logs with General or Audit true"),
    "AWS::ApiGateway::Stage": Log(
        ("AccessLogSetting", "DestinationArn"), is_missing, "AccessLogSetting with a DestinationArn"
    ),
    "AWS::ApiGatewayV2::Stage": Log(
        ("AccessLogSettings", "DestinationArn"), is_missing, "AccessLogSettings with a DestinationArn"
    ),
    "AWS::AppSync::GraphQLApi": Log(("LogConfig",), is_missing, "LogConfig"),
    "AWS::DocDB::DBCluster": Log((_EXPORTS,), _lacks("audit"), f"audit into {_EXPORTS}"),
    "AWS::EC2::ClientVpnEndpoint": Log(
        ("ConnectionLogOptions", "Enabled"), _is_off, "ConnectionLogOptions with Enabled: true"
    ),
    "AWS::EKS::Cluster": Log(
        ("Logging", "ClusterLogging", "EnabledTypes"),
        _lacks_type("Type", "audit"),
        "audit into Logging.ClusterLogging.EnabledTypes",
    ),
    # The slow log names the client, the engine's doesn't.
    # https://docs.aws.amazon.com/AmazonElastiCache/latest/dg/Log_Delivery.html
    "AWS::ElastiCache::ReplicationGroup": Log(
        ("LogDeliveryConfigurations",),
        _lacks_type("LogType", "slow-log"),
        "a slow-log into LogDeliveryConfigurations",
    ),
    "AWS::ElasticLoadBalancing::LoadBalancer": Log(
        ("AccessLoggingPolicy", "Enabled"), _is_off, "AccessLoggingPolicy with Enabled: true and an S3BucketName"
    ),
    "AWS::Elasticsearch::Domain": Log(
        ("LogPublishingOptions", "AUDIT_LOGS", "Enabled"), _is_off, "AUDIT_LOGS into LogPublishingOptions"
    ),
    "AWS::MSK::Cluster": Log(
        ("LoggingInfo", "BrokerLogs"), _logs_nothing, "LoggingInfo.BrokerLogs with a destination that is enabled"
    ),
    "AWS::Neptune::DBCluster": Log((_EXPORTS,), _lacks("audit"), f"audit into {_EXPORTS}"),
    "AWS::OpenSearchService::Domain": Log(
        ("LogPublishingOptions", "AUDIT_LOGS", "Enabled"), _is_off, "AUDIT_LOGS into LogPublishingOptions"
    ),
    "AWS::Redshift::Cluster": Log(("LoggingProperties",), is_missing, "LoggingProperties"),
    "AWS::RedshiftServerless::Namespace": Log(
        ("LogExports",), _lacks("connectionlog", "userlog", "useractivitylog"), "connectionlog into LogExports"
    ),
    "AWS::StepFunctions::StateMachine": Log(
        ("LoggingConfiguration", "Level"), _is_level_off, "LoggingConfiguration with a Level and Destinations"
    ),
}

_OF_ENGINES: Final = {
    "postgres": ("postgresql",),
    "aurora-postgresql": ("postgresql",),
    "mysql": ("audit", "general"),
    "mariadb": ("audit", "general"),
    "aurora-mysql": ("audit", "general"),
    "aurora": ("audit", "general"),
    "oracle": ("audit", "listener"),
    "custom-oracle": (),
    "sqlserver": ("error", "agent"),
    "custom-sqlserver": (),
    "db2": ("diag.log",),
}
"""The logs of each engine that say who connected. Custom engines don't export.

https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_LogAccess.Procedural.UploadtoCloudWatch.html
"""

_GROUPS: Final = {
    "AWS::RDS::DBInstance": "DBParameterGroupName",
    "AWS::RDS::DBCluster": "DBClusterParameterGroupName",
}


def check(tree: Tree) -> Iterator[Problem]:
    for resource in tree.resources(*_LOGS):
        log = _LOGS[resource.type]
        if log.is_silent(at(resource, *log.path)):
            yield _silent(resource, log.remedy, *log.path)
    yield from _of_balancers(tree)
    yield from _of_buckets(tree)
    yield from _of_web_acls(tree)
    yield from _of_distributions(tree)
    for database in tree.resources(*_DATABASES):
        yield from _of_a_database(tree, database)
    for cache in tree.resources("AWS::ElastiCache::CacheCluster"):
        yield from _of_a_cache(cache)


def _silent(resource: Resource, remedy: str, *path: str | int) -> Problem:
    return resource.problem(f"{resource.name} doesn't log who used it; write {remedy}", *path)


def _of_balancers(tree: Tree) -> Iterator[Problem]:
    protocols: dict[str, set[str | None]] = {}
    for listener in tree.resources(LISTENER):
        balancer = tree.source(listener.get("LoadBalancerArn"))
        if balancer is not None:
            protocols.setdefault(balancer.place, set()).add(known(listener.get("Protocol")))
    for balancer in tree.resources(LOAD_BALANCER):
        if _can_log(balancer, protocols.get(balancer.place, set())):
            yield from _of_a_balancer(balancer)


def _can_log(balancer: Resource, protocols: set[str | None]) -> bool:
    """https://docs.aws.amazon.com/elasticloadbalancing/latest/network/load-balancer-access-logs.html"""
    if kind(balancer) == "network":
        return not protocols or "TLS" in protocols
    return kind(balancer) == "application"


def _of_a_balancer(balancer: Resource) -> Iterator[Problem]:
    enabled = attribute(balancer, "access_logs.s3.enabled")
    bucket = attribute(balancer, "access_logs.s3.bucket")
    if is_on(enabled) is False:
        yield _silent(balancer, "access_logs.s3.enabled: true and access_logs.s3.bucket", *enabled.path)
    elif bucket.is_known and is_missing(bucket.value):
        yield _silent(balancer, "access_logs.s3.bucket", *bucket.path)


def _of_buckets(tree: Tree) -> Iterator[Problem]:
    silent = [bucket for bucket in tree.resources(BUCKET) if bucket.get("LoggingConfiguration") is None]
    if not silent:
        return
    sinks = takes_access_logs(tree)
    excused = sinks or {archive.bucket.place for archive in archives(tree)}
    for bucket in silent:
        if bucket.place not in excused:
            yield _silent(bucket, "LoggingConfiguration with a DestinationBucketName", "LoggingConfiguration")


def _of_web_acls(tree: Tree) -> Iterator[Problem]:
    logged: set[str] = set()
    for logging in tree.resources("AWS::WAFv2::LoggingConfiguration"):
        arn = logging.get("ResourceArn")
        if not isinstance(arn, str) or not is_known(arn):
            return
        logged |= {reference.place for reference in references(arn)}
    for acl in tree.resources(_WEB_ACL):
        if acl.place not in logged:
            yield _silent(acl, "a WAFv2::LoggingConfiguration with its ARN as the ResourceArn")


def _of_distributions(tree: Tree) -> Iterator[Problem]:
    """Distributions log by themselves, or as the source of a delivery.

    https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/standard-logging.html
    """
    sources = [source.get("ResourceArn") for source in tree.resources("AWS::Logs::DeliverySource")]
    delivered = {one.place for arn in sources if isinstance(arn, str) for one in references(arn)}
    if any(not isinstance(arn, str) or not is_known(arn) for arn in sources):
        return
    for distribution in tree.resources("AWS::CloudFront::Distribution"):
        logs = (
            at(distribution, "DistributionConfig", "Logging", "Bucket"),
            at(distribution, "DistributionConfig", "DefaultCacheBehavior", "RealtimeLogConfigArn"),
        )
        if distribution.place not in delivered and all(map(is_missing, logs)):
            yield _silent(distribution, "DistributionConfig.Logging with a Bucket", "DistributionConfig", "Logging")


def _of_a_cache(cache: Resource) -> Iterator[Problem]:
    """Memcached has no logs to deliver."""
    if (known(cache.get("Engine")) or "").lower() in {"redis", "valkey"}:
        log = _LOGS["AWS::ElastiCache::ReplicationGroup"]
        if log.is_silent(at(cache, *log.path)):
            yield _silent(cache, log.remedy, *log.path)


def _of_a_database(tree: Tree, database: Resource) -> Iterator[Problem]:
    # The cluster of an instance logs for it.
    if database.type == "AWS::RDS::DBInstance" and database.get("DBClusterIdentifier") is not None:
        return
    engine = database.get("Engine")
    exports = at(database, _EXPORTS)
    wanted = _wanted(database.type, known(engine))
    if engine is None and is_missing(exports):
        yield _silent(database, f"the engine's log into {_EXPORTS}", _EXPORTS)
    elif wanted and _lacks(*wanted)(exports):
        # The general log names who connected, too, but holds every statement.
        advised = " or ".join(one for one in wanted if one != "general")
        yield _silent(database, f"{advised} into {_EXPORTS}", _EXPORTS)
    elif wanted == ("postgresql",):
        yield from _of_parameters(tree, database)


def _wanted(type_: str, engine: str | None) -> tuple[str, ...]:
    name = (engine or "").lower()
    if (type_, name) == ("AWS::RDS::DBCluster", "mysql"):
        # A Multi-AZ cluster has no audit log; its general log would say who connected with every statement.
        # https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_CreateDBCluster.html
        return ()
    for prefix in sorted(_OF_ENGINES, key=len, reverse=True):
        if name == prefix or name.startswith(f"{prefix}-"):
            return _OF_ENGINES[prefix]
    return ()


def _of_parameters(tree: Tree, database: Resource) -> Iterator[Problem]:
    """PostgreSQL doesn't log connections unless it is told to.

    https://www.postgresql.org/docs/current/runtime-config-logging.html#GUC-LOG-CONNECTIONS
    """
    group = tree.source(database.get(_GROUPS[database.type]))
    if group is None:
        return
    parameters = at(group, "Parameters")
    written = at(parameters, "log_connections")
    value = "" if written is None else known(written)
    if value is None or value.strip().lower() not in {"", *OFF} or _audits(parameters):
        return
    yield group.problem(
        f"{group.name}: {database.name} doesn't log who connects to it; write log_connections: 1",
        "Parameters",
        "log_connections",
    )


def _audits(parameters: Any) -> bool:
    """Whether statements are, or may be, logged with who gave them."""
    written = at(parameters, "pgaudit.log")
    classes = "" if written is None else known(written)
    return classes is None or bool(audited(classes) & {"read", "write"})
