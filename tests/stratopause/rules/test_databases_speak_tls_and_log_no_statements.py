from __future__ import annotations

from typing import Any

import pytest

from tests.forest import forest, found, places, resource, template

RULE = "E9405"


def _paths(body: Any) -> list[tuple[Any, ...]]:
    return [problem.path[3:] for problem in found(RULE, forest(platform=template(It=body)))]


def _group(family: str, parameters: Any = None, type_: str = "RDS::DBParameterGroup") -> list[tuple[Any, ...]]:
    return _paths(resource(type_, {"Family": family, "Parameters": parameters or {}}))


CLUSTER = "RDS::DBClusterParameterGroup"


@pytest.mark.parametrize(
    ("family", "parameter", "on", "off", "type_"),
    [
        ("postgres18", "rds.force_ssl", "1", "0", "RDS::DBParameterGroup"),
        ("postgres14", "rds.force_ssl", 1, 0, "RDS::DBParameterGroup"),
        ("postgres15", "rds.force_ssl", "1", "0", CLUSTER),
        ("aurora-postgresql16", "rds.force_ssl", "1", "0", CLUSTER),
        ("mysql8.0", "require_secure_transport", "ON", "OFF", "RDS::DBParameterGroup"),
        ("mysql8.4", "require_secure_transport", "1", 0, "RDS::DBParameterGroup"),
        ("aurora-mysql8.0", "require_secure_transport", "ON", "OFF", CLUSTER),
        ("mariadb10.11", "require_secure_transport", "1", "0", "RDS::DBParameterGroup"),
        ("sqlserver-se-15.0", "rds.force_ssl", "1", "0", "RDS::DBParameterGroup"),
        ("docdb5.0", "tls", "enabled", "disabled", "DocDB::DBClusterParameterGroup"),
        ("neptune1.3", "neptune_enforce_ssl", "1", "0", "Neptune::DBClusterParameterGroup"),
    ],
)
def test_a_group_that_lets_plain_connections_in_is_found(
    family: str, parameter: str, on: Any, off: Any, type_: str
) -> None:
    assert _group(family, {parameter: off}, type_) == [("Parameters", parameter)]
    assert not _group(family, {parameter: on}, type_)
    assert not _group(family, {parameter: {"Fn::ImportValue": "x"}}, type_)


@pytest.mark.parametrize(
    ("family", "type_"),
    [
        ("postgres14", "RDS::DBParameterGroup"),
        ("postgres9.6", "RDS::DBParameterGroup"),
        ("aurora-postgresql16", CLUSTER),
        ("mysql8.0", "RDS::DBParameterGroup"),
        ("mysql8.4", "RDS::DBParameterGroup"),
        ("mariadb11.4", "RDS::DBParameterGroup"),
        ("aurora-mysql8.0", CLUSTER),
        ("mariadb10.6", "RDS::DBParameterGroup"),
        ("sqlserver-ex-16.0", "RDS::DBParameterGroup"),
    ],
)
def test_a_group_that_leaves_it_out_is_found_where_the_default_is_off(family: str, type_: str) -> None:
    assert _group(family, {}, type_) == [("Parameters",)]


@pytest.mark.parametrize(
    ("family", "type_"),
    [
        ("postgres15", "RDS::DBParameterGroup"),
        ("postgres18", CLUSTER),
        ("aurora-postgresql17", CLUSTER),
        ("mysql9.7", "RDS::DBParameterGroup"),
        ("aurora-mysql8.4", CLUSTER),
        ("mariadb11.8", "RDS::DBParameterGroup"),
        ("aurora-postgresql14", "RDS::DBParameterGroup"),
        ("docdb5.0", "DocDB::DBClusterParameterGroup"),
        ("neptune1.3", "Neptune::DBClusterParameterGroup"),
        ("oracle-ee-19", "RDS::DBParameterGroup"),
    ],
)
def test_and_is_fine_where_the_default_is_on_or_another_group_has_it(family: str, type_: str) -> None:
    assert not _group(family, {}, type_)


@pytest.mark.parametrize(
    ("family", "parameters", "is_found"),
    [
        ("redshift-1.0", [], True),
        ("redshift-2.0", [], False),
        ("redshift-1.0", [{"ParameterName": "require_ssl", "ParameterValue": "true"}], False),
        ("redshift-2.0", [{"ParameterName": "require_ssl", "ParameterValue": "false"}], True),
    ],
)
def test_redshift_has_its_parameters_as_a_list(family: str, parameters: Any, is_found: bool) -> None:
    body = resource("Redshift::ClusterParameterGroup", {"ParameterGroupFamily": family, "Parameters": parameters})
    paths = _paths(body)
    assert bool(paths) is is_found
    if parameters and is_found:
        assert paths == [("Parameters", 0, "ParameterValue")]


@pytest.mark.parametrize(
    ("type_", "properties", "is_found"),
    [
        ("RDS::DBInstance", {"Engine": "postgres", "EngineVersion": "14.7"}, True),
        ("RDS::DBInstance", {"Engine": "postgres", "EngineVersion": "18"}, False),
        ("RDS::DBInstance", {"Engine": "postgres"}, False),
        ("RDS::DBInstance", {"Engine": "postgres", "DBParameterGroupName": "default.postgres14"}, True),
        ("RDS::DBInstance", {"Engine": "postgres", "DBParameterGroupName": "default.postgres16"}, False),
        ("RDS::DBInstance", {"Engine": "mysql", "EngineVersion": "8.0.39"}, True),
        ("RDS::DBInstance", {"Engine": "mysql", "EngineVersion": "8.0.39", "DBParameterGroupName": "ours"}, False),
        ("RDS::DBInstance", {"Engine": "sqlserver-se"}, True),
        ("RDS::DBInstance", {"Engine": "mysql", "EngineVersion": "8.0", "SourceDBInstanceIdentifier": "a"}, False),
        ("RDS::DBInstance", {"Engine": "aurora-mysql", "DBClusterIdentifier": "a"}, False),
        ("RDS::DBInstance", {"Engine": "oracle-ee"}, True),
        ("RDS::DBInstance", {"Engine": "oracle-ee", "OptionGroupName": "default:oracle-ee-19"}, True),
        ("RDS::DBInstance", {"Engine": "oracle-ee", "OptionGroupName": "ours"}, False),
        ("RDS::DBCluster", {"Engine": "aurora-mysql", "EngineVersion": "8.0.mysql_aurora.3.05.2"}, True),
        ("RDS::DBCluster", {"Engine": "aurora-postgresql", "EngineVersion": "16.4"}, True),
        ("RDS::DBCluster", {"Engine": "aurora-postgresql", "EngineVersion": "17.2"}, False),
        ("RDS::DBProxy", {}, True),
        ("RDS::DBProxy", {"RequireTLS": True}, False),
        (
            "OpenSearchService::Domain",
            {"DomainEndpointOptions": {"EnforceHTTPS": True}, "NodeToNodeEncryptionOptions": {"Enabled": True}},
            False,
        ),
        ("OpenSearchService::Domain", {"DomainEndpointOptions": {"EnforceHTTPS": True}}, True),
        ("Elasticsearch::Domain", {"NodeToNodeEncryptionOptions": {"Enabled": True}}, True),
        ("MSK::Cluster", {}, False),
        ("MSK::Cluster", {"EncryptionInfo": {"EncryptionInTransit": {"ClientBroker": "TLS_PLAINTEXT"}}}, True),
        ("MSK::Cluster", {"EncryptionInfo": {"EncryptionInTransit": {"InCluster": False}}}, True),
    ],
)
def test_databases_that_take_plain_connections_are_found(type_: str, properties: Any, is_found: bool) -> None:
    assert bool(_paths(resource(type_, properties))) is is_found


def test_a_database_that_leaves_its_group_unused_is_found() -> None:
    group = resource("RDS::DBParameterGroup", {"Family": "postgres18", "Parameters": {}})
    data = {"Engine": "postgres", "EngineVersion": "18"}
    with_group = template(
        Group=group, Data=resource("RDS::DBInstance", data | {"DBParameterGroupName": {"Ref": "Group"}})
    )
    assert not found(RULE, forest(platform=with_group))
    without = template(Group=group, Data=resource("RDS::DBInstance", data))
    assert places(RULE, forest(platform=without)) == ["platform.json/Data"]
    other = template(Group=group, Data=resource("RDS::DBInstance", {"Engine": "mysql", "EngineVersion": "9.7"}))
    assert not found(RULE, forest(platform=other))


@pytest.mark.parametrize(
    ("options", "is_found"),
    [
        ([], True),
        ([{"OptionName": "SSL"}], False),
        ([{"OptionName": "NATIVE_NETWORK_ENCRYPTION"}], True),
        (
            [
                {
                    "OptionName": "NATIVE_NETWORK_ENCRYPTION",
                    "OptionSettings": [{"Name": "SQLNET.ENCRYPTION_SERVER", "Value": "REQUIRED"}],
                }
            ],
            False,
        ),
        (
            [
                {
                    "OptionName": "NATIVE_NETWORK_ENCRYPTION",
                    "OptionSettings": [{"Name": "SQLNET.ENCRYPTION_SERVER", "Value": "Required"}],
                }
            ],
            False,
        ),
        ({"Fn::ImportValue": "x"}, False),
    ],
)
def test_oracle_has_it_in_an_option_group(options: Any, is_found: bool) -> None:
    properties = {"EngineName": "oracle-ee", "OptionConfigurations": options}
    assert bool(_paths(resource("RDS::OptionGroup", properties))) is is_found


@pytest.mark.parametrize(
    ("parameter", "writes", "does_not"),
    [
        ("log_statement", ["all", "mod", "ALL"], ["none", "ddl"]),
        ("log_min_duration_statement", ["0", 0, 1000, "250ms"], ["-1", -1]),
        ("log_min_duration_sample", ["100"], ["-1"]),
        ("log_transaction_sample_rate", ["0.1", 1], ["0", "0.0"]),
        ("log_min_error_statement", ["error", "warning", "debug1"], ["panic", "fatal"]),
        (
            "pgaudit.log",
            ["all", "write", "ddl, read", "role,function", "-write,all", "none,Read", "misc,-ddl,write"],
            ["ddl,role", "none", "all,-read,-write,-function", "read,-all", "misc,misc_set", "write,-write", "unheard"],
        ),
        ("pgaudit.log_parameter", ["1", "on"], ["0", "off"]),
        ("auto_explain.log_min_duration", ["0"], ["-1"]),
        ("debug_print_plan", ["1"], ["0"]),
    ],
)
def test_what_writes_the_statements_of_postgres_is_found(parameter: str, writes: Any, does_not: Any) -> None:
    for family in ("postgres18", "aurora-postgresql17"):
        for value in writes:
            assert _group(family, {parameter: value}, CLUSTER) == [("Parameters", parameter)], value
        for value in does_not:
            assert not _group(family, {parameter: value}, CLUSTER), value


def test_the_statements_that_fail_are_found_where_a_group_means_to_hide_them() -> None:
    hidden = {"log_parameter_max_length_on_error": "0"}
    assert _group("postgres18", hidden) == [("Parameters",)]
    assert not _group("postgres18", hidden | {"log_min_error_statement": "panic"})
    assert not _group("postgres18", {"log_statement": "none"})


def test_an_audit_without_the_text_is_harmless() -> None:
    assert not _group("postgres18", {"pgaudit.log": "all", "pgaudit.log_statement": "off"})


@pytest.mark.parametrize(
    ("family", "parameters", "is_found"),
    [
        ("mysql8.4", {"general_log": "1"}, True),
        ("mysql9.7", {"general_log": 0, "slow_query_log": "0"}, False),
        ("mariadb11.8", {"slow_query_log": 1}, True),
        ("aurora-mysql8.4", {"server_audit_logging": "1", "server_audit_events": "CONNECT,QUERY"}, True),
        ("aurora-mysql8.4", {"server_audit_logging": "1", "server_audit_events": "CONNECT,QUERY_DCL,QUERY_DDL"}, False),
        ("aurora-mysql8.4", {"server_audit_logging": "0", "server_audit_events": "QUERY"}, False),
        ("oracle-ee-19", {"audit_trail": "DB, EXTENDED"}, True),
        ("oracle-ee-19", {"audit_trail": "DB"}, False),
        ("docdb5.0", {"audit_logs": "enabled"}, False),
        ("docdb5.0", {"audit_logs": "dml_write"}, True),
        ("docdb5.0", {"profiler": "enabled"}, True),
        ("neptune1.3", {"neptune_enable_slow_query_log": "debug"}, True),
        ("neptune1.3", {"neptune_enable_audit_log": "1"}, False),
    ],
)
def test_other_engines_write_statements_too(family: str, parameters: Any, is_found: bool) -> None:
    assert bool(_group(family, parameters, CLUSTER)) is is_found


@pytest.mark.parametrize(("value", "count"), [("true", 1), (True, 1), ("false", 0)])
def test_redshift_logs_each_query_of_its_users(value: Any, count: int) -> None:
    given = [{"ParameterName": "enable_user_activity_logging", "ParameterValue": value}]
    body = {"ParameterGroupFamily": "redshift-2.0", "Parameters": given}
    assert len(_paths(resource("Redshift::ClusterParameterGroup", body))) == count


@pytest.mark.parametrize(
    ("settings", "is_found"),
    [
        ([], True),
        ([{"Name": "SERVER_AUDIT_EVENTS", "Value": "CONNECT,QUERY"}], True),
        ([{"Name": "SERVER_AUDIT_EVENTS", "Value": "CONNECT,QUERY_DDL"}], False),
    ],
)
def test_the_audit_plugin_writes_queries_by_default(settings: Any, is_found: bool) -> None:
    option = {"OptionName": "MARIADB_AUDIT_PLUGIN", "OptionSettings": settings}
    body = resource("RDS::OptionGroup", {"EngineName": "mysql", "OptionConfigurations": [option]})
    assert bool(_paths(body)) is is_found


@pytest.mark.parametrize("value", [1, [], {}, True, "", [["x"]], [1], {"Fn::ImportValue": "x"}])
def test_no_value_breaks_it(value: Any) -> None:
    for family in ("postgres14", "aurora-mysql8.0", "docdb5.0", value):
        _group(family, value)
        _group(family, dict.fromkeys(("rds.force_ssl", "log_statement", "pgaudit.log", "general_log"), value))
        _paths(resource("Redshift::ClusterParameterGroup", {"ParameterGroupFamily": family, "Parameters": value}))
    _paths(resource("Redshift::ClusterParameterGroup", {"Parameters": [{"ParameterName": value}]}))
    for name in ("Engine", "EngineVersion", "DBParameterGroupName", "OptionGroupName"):
        _paths(resource("RDS::DBInstance", {"Engine": "mysql", name: value}))
    option = {"OptionName": "MARIADB_AUDIT_PLUGIN", "OptionSettings": value}
    for options in (value, [option], [{"OptionName": value}]):
        _paths(resource("RDS::OptionGroup", {"EngineName": "oracle-ee", "OptionConfigurations": options}))
    for type_ in ("OpenSearchService::Domain", "MSK::Cluster", "RDS::DBProxy"):
        names = ("DomainEndpointOptions", "NodeToNodeEncryptionOptions", "EncryptionInfo", "RequireTLS")
        _paths(resource(type_, dict.fromkeys(names, value)))
