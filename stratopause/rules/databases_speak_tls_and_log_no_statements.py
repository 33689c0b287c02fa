"""Databases take connections by TLS only, and write no statements to their logs.

Every engine offers TLS, and most take a connection without it, too, until a parameter says otherwise:

- PostgreSQL: `rds.force_ssl` = 1. It is the default from version 15 on (Aurora: 17), in custom parameter groups, too.
- MySQL and MariaDB: `require_secure_transport` = ON. It is the default from MySQL 9.7 on, of Aurora's 8.4, and from
  MariaDB 11.8 on. Aurora has both parameters in the group of the cluster.
- SQL Server: `rds.force_ssl` = 1. Oracle: an option group with `SSL`, or with `NATIVE_NETWORK_ENCRYPTION` whose
  `SQLNET.ENCRYPTION_SERVER` is `REQUIRED`.
- DocumentDB: `tls` isn't disabled. Neptune: `neptune_enforce_ssl` isn't 0. Redshift: `require_ssl` = true, the default
  of the family redshift-2.0.
- A proxy of RDS: `RequireTLS`. OpenSearch: `EnforceHTTPS` and node-to-node encryption. Kafka: `ClientBroker: TLS`.

A statement holds what it looks for and what it writes. Logs are read by more people than a database is and are kept for
longer, so none may get there: not by `log_statement`, `log_min_duration_statement` or `log_min_error_statement`, not by
pgaudit's classes `read`, `write` and `function` or its parameters, not by MySQL's general and slow log or an audit of
queries, not by the profiler or the DML audit of DocumentDB, and not by Redshift's log of user activity. PostgreSQL
writes statements that fail by default: a group that looks after `log_parameter_max_length_on_error` must set
`log_min_error_statement`, too.

A database that is left with its engine's default group, while a group that was made for its engine is used by nothing,
is found for that.

**How to fix:** set the parameter in the group that the database uses. Who logged on, and what changed the schema or the
roles, can still be logged.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, Final

from stratopause.rules import Rule
from stratopause.rules._database_parameters import (
    QUERIES,
    STATEMENTS,
    TLS,
    UNKNOWN,
    Family,
    family,
    is_asked_by_default,
    parameters,
    version,
)
from stratopause.rules._settings import flag, literal, objects
from stratopause.rules._stores import is_copy
from stratopause.tree.model import Problem, Resource, Tree
from stratopause.tree.text import shown

RULE = Rule(
    "E9405",
    "Databases take connections by TLS only, and write no statements to their logs",
    "https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/UsingWithRDS.SSL.html",
    ("data", "logs"),
)

_GROUPS: Final = {
    "AWS::RDS::DBParameterGroup": "Family",
    "AWS::RDS::DBClusterParameterGroup": "Family",
    "AWS::DocDB::DBClusterParameterGroup": "Family",
    "AWS::Neptune::DBClusterParameterGroup": "Family",
    "AWS::Neptune::DBParameterGroup": "Family",
    "AWS::Redshift::ClusterParameterGroup": "ParameterGroupFamily",
}
_USERS: Final = {
    "AWS::RDS::DBInstance": "DBParameterGroupName",
    "AWS::RDS::DBCluster": "DBClusterParameterGroupName",
}
_NAMED_BY: Final = {
    "AWS::RDS::DBParameterGroup": "DBParameterGroupName",
    "AWS::RDS::DBClusterParameterGroup": "DBClusterParameterGroupName",
}


def check(tree: Tree) -> Iterator[Problem]:
    for group in tree.resources(*_GROUPS):
        found = family(group.get(_GROUPS[group.type]))
        given = parameters(group.get("Parameters"))
        if found and given is not None:
            yield from _tls_of_group(group, found, given)
            yield from _statements(group, found, given)
    unused = _unused(tree)
    for database in tree.resources(*_USERS):
        if not is_copy(database):
            yield from _without_group(database, unused)
            yield from _oracle(database)
    for type_, problems in _CHECKS.items():
        for resource in tree.resources(type_):
            yield from problems(resource)


def _tls_of_group(group: Resource, of: Family, given: dict[str, str]) -> Iterator[Problem]:
    tls = TLS.get(of.engine)
    if not tls or (group.type == "AWS::RDS::DBParameterGroup" and of.engine.startswith("aurora")):
        return  # Aurora has the parameter in the group of the cluster.
    value = given.get(tls.parameter)
    if value is None and is_asked_by_default(tls, of.version):
        return
    if value is None or value in tls.refused:
        message = f"{group.name} lets connections without TLS in; {tls.parameter} must be {tls.remedy}"
        yield group.problem(message, "Parameters", *_where(group, tls.parameter))


def _where(group: Resource, parameter: str) -> tuple[str | int, ...]:
    """Below Parameters, which Redshift has as a list."""
    written = group.get("Parameters")
    if isinstance(written, list):
        names = (
            at for at, one in enumerate(written) if isinstance(one, dict) and one.get("ParameterName") == parameter
        )
        return next(((at, "ParameterValue") for at in names), ())
    return (parameter,)


def _statements(group: Resource, of: Family, given: dict[str, str]) -> Iterator[Problem]:
    for name, (writes, remedy) in STATEMENTS.get(of.engine, {}).items():
        value = given.get(name, UNKNOWN)
        if value != UNKNOWN and writes(value, given):
            yield _written(group, f"{name} is {shown(value)}; it should be {remedy}", name)
    if "log_parameter_max_length_on_error" in given and "log_min_error_statement" not in given:
        yield _written(group, "what fails is written by default; set log_min_error_statement to panic")


def _written(group: Resource, why: str, *parameter: str) -> Problem:
    message = f"{group.name} writes statements, which hold patient data, to the log: {why}"
    return group.problem(message, "Parameters", *parameter)


def _unused(tree: Tree) -> dict[tuple[str, str], Resource]:
    """The groups that no database of the tree uses, by the property that would name them and their engine."""
    found: dict[tuple[str, str], Resource] = {}
    used = {source.place for one in tree.resources(*_USERS) if (source := tree.source(one.get(_USERS[one.type])))}
    for type_, property_ in _NAMED_BY.items():
        for group in tree.resources(type_):
            of = family(group.get("Family"))
            if of and group.place not in used and group.get(property_) is None:
                found.setdefault((property_, of.engine), group)
    return found


def _without_group(database: Resource, unused: dict[tuple[str, str], Resource]) -> Iterator[Problem]:
    """A database whose group is its engine's default one."""
    property_ = _USERS[database.type]
    group = database.get(property_)
    engine = family(database.get("Engine"))
    if group is not None:
        if not (literal(group) or "").lower().startswith("default."):
            return
        engine = family(group)
    if engine and (better := unused.get((property_, engine.engine))):
        message = f"{database.name} uses its engine's default parameters, and nothing uses those of {better.name}"
        yield database.problem(message, property_)
        return
    tls = TLS.get(engine.engine) if engine else None
    found = version(database.get("EngineVersion")) or (engine.version if engine else None)
    if tls and not is_asked_by_default(tls, found):
        message = (
            f"{database.name} lets connections without TLS in, as the default parameter group does; "
            f"give it one with {tls.parameter} {tls.remedy}"
        )
        yield database.problem(message, property_)


_ORACLE_TLS: Final = "an option group with SSL, or with NATIVE_NETWORK_ENCRYPTION that is REQUIRED"


def _oracle(database: Resource) -> Iterator[Problem]:
    group = database.get("OptionGroupName")
    if not (literal(database.get("Engine")) or "").lower().startswith("oracle"):
        return
    if group is None or (literal(group) or "").lower().startswith("default:"):
        message = f"{database.name} lets connections without TLS in; give it {_ORACLE_TLS}"
        yield database.problem(message, "OptionGroupName")


def _option_group(group: Resource) -> Iterator[Problem]:
    engine = (literal(group.get("EngineName")) or "").lower()
    written = group.get("OptionConfigurations")
    if not (written is None or isinstance(written, list)):
        return
    options = {literal(one.get("OptionName")): _settings(one) for one in objects(written)}
    if engine.startswith("oracle") and not _has_tls(options):
        yield group.problem(f"{group.name} lets connections without TLS in; it should be {_ORACLE_TLS}")
    audit = options.get("MARIADB_AUDIT_PLUGIN")
    # Its default is CONNECT,QUERY.
    if audit is not None and QUERIES((audit.get("SERVER_AUDIT_EVENTS", "query") or "").lower(), {}):
        yield group.problem(
            f"{group.name} writes statements, which hold patient data, to the log; SERVER_AUDIT_EVENTS of "
            "MARIADB_AUDIT_PLUGIN should be CONNECT, QUERY_DCL and QUERY_DDL",
            "OptionConfigurations",
        )


def _settings(option: dict[str, Any]) -> dict[str | None, str | None]:
    return {literal(one.get("Name")): literal(one.get("Value")) for one in objects(option.get("OptionSettings"))}


def _has_tls(options: dict[str | None, dict[str | None, str | None]]) -> bool:
    native = options.get("NATIVE_NETWORK_ENCRYPTION")
    asked = native.get("SQLNET.ENCRYPTION_SERVER", "requested") if native is not None else ""
    return asked is None or asked.lower() == "required" or "SSL" in options or None in options


def _proxy(proxy: Resource) -> Iterator[Problem]:
    if flag(proxy.get("RequireTLS")) is False:
        yield proxy.problem(f"{proxy.name} lets connections without TLS in; write RequireTLS: true", "RequireTLS")


def _search(domain: Resource) -> Iterator[Problem]:
    if flag(domain.get("DomainEndpointOptions", "EnforceHTTPS")) is False:
        message = f"{domain.name} takes requests without TLS; write EnforceHTTPS: true"
        yield domain.problem(message, "DomainEndpointOptions", "EnforceHTTPS")
    if flag(domain.get("NodeToNodeEncryptionOptions", "Enabled")) is False:
        message = f"{domain.name} has nodes that talk without TLS; turn NodeToNodeEncryptionOptions on"
        yield domain.problem(message, "NodeToNodeEncryptionOptions", "Enabled")


def _kafka(cluster: Resource) -> Iterator[Problem]:
    path = ("EncryptionInfo", "EncryptionInTransit")
    if literal(cluster.get(*path, "ClientBroker")) in {"PLAINTEXT", "TLS_PLAINTEXT"}:
        yield cluster.problem(
            f"{cluster.name} takes connections without TLS; ClientBroker must be TLS", *path, "ClientBroker"
        )
    if flag(cluster.get(*path, "InCluster"), default=True) is False:
        yield cluster.problem(
            f"{cluster.name} has brokers that talk without TLS; write InCluster: true", *path, "InCluster"
        )


_CHECKS: Final[dict[str, Callable[[Resource], Iterator[Problem]]]] = {
    "AWS::RDS::OptionGroup": _option_group,
    "AWS::RDS::DBProxy": _proxy,
    "AWS::OpenSearchService::Domain": _search,
    "AWS::Elasticsearch::Domain": _search,
    "AWS::MSK::Cluster": _kafka,
}
