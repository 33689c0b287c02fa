"""The parameters of database engines that ask for TLS, and those that write statements to a log.

A statement holds what it looks for and what it writes, so patient data. Whether that comes to a log is up to many
parameters of each engine; the defaults are those of AWS's parameter groups.

- https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/PostgreSQL.Concepts.General.SSL.html
- https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/AuroraPostgreSQL.Security.html
- https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/mysql-ssl-connections.require-ssl.html
- https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/mariadb-ssl-connections.require-ssl.html
- https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/AuroraMySQL.Compare-v3-v84.html
- https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/SQLServer.Concepts.General.SSL.Using.html
- https://docs.aws.amazon.com/redshift/latest/mgmt/connecting-ssl-support.html
- https://docs.aws.amazon.com/documentdb/latest/developerguide/cluster_parameter_groups-list_of_parameters.html
- https://docs.aws.amazon.com/neptune/latest/userguide/parameters.html
- https://www.postgresql.org/docs/current/runtime-config-logging.html
- https://github.com/pgaudit/pgaudit#settings
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any, Final, NamedTuple

from stratopause.rules._settings import literal, objects

Version = tuple[int, ...]
Parameters = Mapping[str, str]

_ON: Final = {"1", "on", "true", "yes"}
OFF: Final = {"0", "off", "false", "no"}

_FAMILY: Final = re.compile(
    r"(?:default\.)?(aurora-postgresql|aurora-mysql|postgres|mysql|mariadb|sqlserver|docdb|neptune|redshift|oracle)"
    r"(?:-[a-z0-9]+)*?-?(\d{1,4}(?:\.\d{1,4})?)?"
)
_VERSION: Final = re.compile(r"(\d{1,4})(?:\.(\d{1,4}))?")


class Family(NamedTuple):
    engine: str
    version: Version | None


def family(text: Any) -> Family | None:
    """`postgres18`, `default.mysql8.0`, `sqlserver-se-15.0`"""
    match = _FAMILY.match((literal(text) or "").lower())
    return Family(match[1], version(match[2])) if match else None


def version(text: Any) -> Version | None:
    """The first two parts: `8.0.mysql_aurora.3.05.2` is 8.0."""
    match = _VERSION.match(literal(text) or "")
    return tuple(int(part) for part in match.groups() if part) if match else None


def parameters(value: Any) -> dict[str, str] | None:
    """Those with a value that is known, by name; None if nothing is known of them."""
    if isinstance(value, dict):
        pairs = [(str(name).lower(), literal(one)) for name, one in value.items()]
    elif isinstance(value, list):
        pairs = [
            ((literal(one.get("ParameterName")) or "").lower(), literal(one.get("ParameterValue")))
            for one in objects(value)
        ]
    else:
        return {} if value is None else None
    return {name: one.strip().lower() if one is not None else UNKNOWN for name, one in pairs}


UNKNOWN: Final = ""


class Tls(NamedTuple):
    parameter: str
    refused: frozenset[str] | set[str]
    """The values that let connections without TLS in."""
    remedy: str
    since: Version | None
    """The version from which on its default asks for TLS, or may: of later ones that isn't known. None for never."""


_SECURE_TRANSPORT: Final = ("require_secure_transport", OFF, "ON")

TLS: Final = {
    "postgres": Tls("rds.force_ssl", OFF, "1", (15,)),
    "aurora-postgresql": Tls("rds.force_ssl", OFF, "1", (17,)),
    "mysql": Tls(*_SECURE_TRANSPORT, (9,)),
    "aurora-mysql": Tls(*_SECURE_TRANSPORT, (8, 4)),
    "mariadb": Tls(*_SECURE_TRANSPORT, (11, 8)),
    "sqlserver": Tls("rds.force_ssl", OFF, "1", None),
    "docdb": Tls("tls", {"disabled"}, "enabled", ()),
    "neptune": Tls("neptune_enforce_ssl", OFF, "1", ()),
    "redshift": Tls("require_ssl", OFF, "true", (2,)),
}


def is_asked_by_default(tls: Tls, found: Version | None) -> bool:
    """Whether the engine asks for TLS, or may, where the parameter isn't written."""
    return tls.since is not None and (found is None or found >= tls.since)


Writes = Callable[[str, Parameters], bool]


def _is_on(value: str, _: Parameters) -> bool:
    return value in _ON


def _is_from_zero(value: str, _: Parameters) -> bool:
    """Milliseconds, maybe with a unit; -1 is off."""
    return re.match(r"\+?\d", value) is not None


def _is_not_zero(value: str, _: Parameters) -> bool:
    return re.search("[1-9]", value) is not None


def _is_one_of(*values: str) -> Writes:
    return lambda value, _: value in values


def _names(*events: str) -> Writes:
    return lambda value, _: bool(set(re.split(r"[\s,]+", value)) & set(events))


_CLASSES: Final = frozenset({"read", "write", "function", "role", "ddl", "misc", "misc_set"})


def audited(value: str) -> frozenset[str]:
    """The classes of statements that pgaudit logs: a minus takes one out of those before it, and `none` is none.

    https://github.com/pgaudit/pgaudit#pgauditlog
    """
    classes: frozenset[str] = frozenset()
    for name in re.split(r"[\s,]+", value.lower()):
        of = name.removeprefix("-")
        named = _CLASSES if of == "all" else _CLASSES & {of}
        classes = classes - named if name.startswith("-") else classes | named
    return classes


def _audits(value: str, of: Parameters) -> bool:
    """Whether pgaudit logs what is asked for or written; without the text of statements it is harmless."""
    return bool(audited(value) & {"read", "write", "function"}) and of.get("pgaudit.log_statement", "on") not in OFF


def _audits_queries(value: str, of: Parameters) -> bool:
    return of.get("server_audit_logging", "0") in _ON and QUERIES(value, of)


QUERIES: Final = _names("query", "query_dml", "query_dml_no_select")
"""https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/Appendix.MySQL.Options.AuditPlugin.html"""

_POSTGRES: Final[dict[str, tuple[Writes, str]]] = {
    "log_statement": (_is_one_of("mod", "all"), "none or ddl"),
    "log_min_duration_statement": (_is_from_zero, "-1"),
    "log_min_duration_sample": (_is_from_zero, "-1"),
    "log_transaction_sample_rate": (_is_not_zero, "0"),
    "log_min_error_statement": (
        _is_one_of("debug5", "debug4", "debug3", "debug2", "debug1", "info", "notice", "warning", "error"),
        "panic",
    ),
    "log_parameter_max_length_on_error": (_is_not_zero, "0"),
    "pgaudit.log": (_audits, "ddl,role, without read, write and function"),
    "pgaudit.log_parameter": (_is_on, "0"),
    "auto_explain.log_min_duration": (_is_from_zero, "-1"),
    "debug_print_parse": (_is_on, "off"),
    "debug_print_rewritten": (_is_on, "off"),
    "debug_print_plan": (_is_on, "off"),
}
_MYSQL: Final[dict[str, tuple[Writes, str]]] = {
    "general_log": (_is_on, "0"),
    "slow_query_log": (_is_on, "0"),
    "log_slow_query": (_is_on, "0"),
    "server_audit_events": (_audits_queries, "CONNECT, QUERY_DCL and QUERY_DDL"),
}

STATEMENTS: Final[dict[str, dict[str, tuple[Writes, str]]]] = {
    "postgres": _POSTGRES,
    "aurora-postgresql": _POSTGRES,
    "mysql": _MYSQL,
    "aurora-mysql": _MYSQL,
    "mariadb": _MYSQL,
    "oracle": {"audit_trail": (lambda value, _: "extended" in value, "DB, without EXTENDED")},
    "docdb": {
        "audit_logs": (_names("all", "dml_read", "dml_write"), "enabled or ddl"),
        "profiler": (_is_one_of("enabled"), "disabled"),
    },
    "redshift": {"enable_user_activity_logging": (_is_on, "false")},
    "neptune": {"neptune_enable_slow_query_log": (_is_one_of("info", "debug"), "disabled")},
}
"""By engine and parameter: whether a value makes the engine write statements, and what it should be instead."""
