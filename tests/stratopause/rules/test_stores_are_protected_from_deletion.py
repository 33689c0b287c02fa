from __future__ import annotations

from typing import Any

import pytest

from tests.forest import forest, found, resource, template

RULE = "E9403"
OFF_BY_DEFAULT = {
    "RDS::DBInstance": "DeletionProtection",
    "RDS::DBCluster": "DeletionProtection",
    "RDS::GlobalCluster": "DeletionProtection",
    "DocDB::DBCluster": "DeletionProtection",
    "DocDB::GlobalCluster": "DeletionProtection",
    "Neptune::DBCluster": "DeletionProtection",
    "Neptune::GlobalCluster": "DeletionProtection",
    "DynamoDB::Table": "DeletionProtectionEnabled",
}
ON_BY_DEFAULT = {
    "QLDB::Ledger": "DeletionProtection",
    "NeptuneGraph::Graph": "DeletionProtection",
    "DSQL::Cluster": "DeletionProtectionEnabled",
    "CloudTrail::EventDataStore": "TerminationProtectionEnabled",
}


def _found(type_: str, properties: Any = None) -> list[tuple[Any, ...]]:
    return [problem.path[2:] for problem in found(RULE, forest(platform=template(It=resource(type_, properties))))]


@pytest.mark.parametrize(("type_", "name"), [*OFF_BY_DEFAULT.items(), *ON_BY_DEFAULT.items()])
def test_each_type_is_found_where_it_is_off_and_fine_where_it_is_on(type_: str, name: str) -> None:
    assert _found(type_, {name: False}) == [("Properties", name)]
    assert _found(type_, {name: "false"})
    assert not _found(type_, {name: True})
    assert not _found(type_, {name: "true"})


@pytest.mark.parametrize("type_", OFF_BY_DEFAULT)
def test_what_says_nothing_is_off(type_: str) -> None:
    assert _found(type_) == [("Properties",)]


@pytest.mark.parametrize("type_", ON_BY_DEFAULT)
def test_some_are_on_by_default(type_: str) -> None:
    assert not _found(type_)


def test_a_pool_of_users_has_a_word_for_it() -> None:
    assert _found("Cognito::UserPool") == [("Properties",)]
    assert _found("Cognito::UserPool", {"DeletionProtection": "INACTIVE"}) == [("Properties", "DeletionProtection")]
    assert not _found("Cognito::UserPool", {"DeletionProtection": "ACTIVE"})


def test_each_replica_of_a_global_table_has_its_own() -> None:
    replicas = [{"DeletionProtectionEnabled": True}, {"Region": "eu-west-1"}]
    assert _found("DynamoDB::GlobalTable", {"Replicas": replicas}) == [("Properties", "Replicas", 1)]
    assert not _found("DynamoDB::GlobalTable", {"Replicas": replicas[:1]})


def test_instances_of_a_cluster_and_replicas_are_left_alone() -> None:
    assert not _found("RDS::DBInstance", {"DBClusterIdentifier": "aurora"})
    assert not _found("RDS::DBInstance", {"SourceDBInstanceIdentifier": "primary"})


@pytest.mark.parametrize("value", [1, [], {}, "", [["x"]], {"Fn::ImportValue": "x"}])
def test_what_is_not_known_is_not_judged(value: Any) -> None:
    for type_, name in OFF_BY_DEFAULT.items():
        assert not _found(type_, {name: value})
    assert not _found("DynamoDB::GlobalTable", {"Replicas": [value]} if not isinstance(value, dict) else {})
    assert not _found("Cognito::UserPool", {"DeletionProtection": value})
