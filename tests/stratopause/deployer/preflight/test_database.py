from __future__ import annotations

from typing import Any

import pytest

from stratopause.deployer.preflight.findings import State
from tests.stratopause.deployer.preflight.cases import ZONES, instance, option, subnets, version
from tests.stratopause.deployer.preflight.looking import look, told
from tests.stratopause.deployer.preflight.scripted import REGION, Script, resource, tree

GROUP = resource("AWS::RDS::DBParameterGroup", Family="postgres18")
OTHERS = "choose another version, such as 16.8, 17.9"


def versions(*known: dict[str, Any]) -> Script:
    return {("rds", "describe_db_engine_versions"): {"DBEngineVersions": list(known)}}


def options(*known: dict[str, Any]) -> Script:
    return {("rds", "describe_orderable_db_instance_options"): {"OrderableDBInstanceOptions": list(known)}}


def test_a_version_that_isnt_there_is_told_with_the_nearest_ones() -> None:
    (finding,) = look("database-engine", versions(version("16.8"), version("17.9")))
    assert (finding.next_step, finding.place) == (OTHERS, ("Part", "Instance"))


def test_a_deprecated_version_is_told_apart() -> None:
    old = {"EngineVersion": "18.0", "Status": "deprecated"}
    (finding,) = look("database-engine", versions(old, version("17.9"), version("16.8")))
    assert told((finding,)) == [
        (State.FAILED, f"RDS makes no new instance of postgres 18 in {REGION}: it is deprecated")
    ]
    assert finding.next_step == OTHERS


def test_an_engine_that_isnt_there_has_no_version_near() -> None:
    assert look("database-engine", versions())[0].next_step == "choose another engine"


@pytest.mark.parametrize(
    ("known", "message"),
    [
        ({"SupportedCACertificateIdentifiers": ["rds-ca-ecc384-g1"]}, "it takes no certificate of rds-ca-rsa2048-g1"),
        ({"ExportableLogTypes": ["postgresql"]}, "it exports no log upgrade"),
        ({"DBParameterGroupFamily": "postgres19"}, "its parameter group is of postgres18, it takes postgres19"),
    ],
)
def test_what_the_version_doesnt_take_is_told(known: dict[str, Any], message: str) -> None:
    wanted = instance(
        CACertificateIdentifier="rds-ca-rsa2048-g1",
        EnableCloudwatchLogsExports=["postgresql", "upgrade"],
        DBParameterGroupName={"Ref": "Group"},
    )
    fits = {
        "SupportedCACertificateIdentifiers": ["rds-ca-rsa2048-g1"],
        "ExportableLogTypes": ["postgresql", "upgrade"],
        "DBParameterGroupFamily": "postgres18",
    }
    templates = tree(Instance=wanted, Group=GROUP)
    good = look("database-engine", versions(version("18.1", **fits)), templates)
    assert {one.state for one in good} == {State.PASSED}
    bad = look("database-engine", versions(version("18.1", **{**fits, **known})), templates)
    assert (State.FAILED, message) in told(bad)
    assert all(one.next_step for one in bad if one.state is State.FAILED)


def test_deprecated_versions_are_asked_for_too() -> None:
    asked: list[dict[str, Any]] = []

    def answer(parameters: dict[str, Any]) -> dict[str, Any]:
        asked.append(parameters)
        return {"DBEngineVersions": [version("18.1")]}

    look("database-engine", {("rds", "describe_db_engine_versions"): answer})
    assert asked == [{"Engine": "postgres", "IncludeAll": True}]


@pytest.mark.parametrize("check", ["database-engine", "database-class"])
@pytest.mark.parametrize(
    "known", [{}, {"Engine": "postgres"}, {"EngineVersion": "18", "DBInstanceClass": "db.m7g.large"}]
)
def test_what_isnt_known_beforehand_isnt_asked(check: str, known: dict[str, str]) -> None:
    restored = tree(Instance=resource("AWS::RDS::DBInstance", DBSnapshotIdentifier="before", **known))
    assert [one.message for one in look(check, {}, restored)] == ["nothing here needs it"]


def test_the_class_is_looked_up_for_the_newest_version() -> None:
    asked: list[dict[str, Any]] = []

    def answer(parameters: dict[str, Any]) -> dict[str, Any]:
        asked.append(parameters)
        return {"OrderableDBInstanceOptions": [option(*ZONES)]}

    look("database-class", {("rds", "describe_orderable_db_instance_options"): answer})
    assert (asked[0]["EngineVersion"], asked[0]["Vpc"]) == ("18.10", True)


@pytest.mark.parametrize(
    ("known", "state", "message"),
    [
        (option(*ZONES, StorageType="io1"), State.FAILED, "in several zones and gp3 storage"),
        (option(*ZONES, MultiAZCapable=False), State.FAILED, "in several zones and gp3 storage"),
        (option(ZONES[0]), State.FAILED, f"{ZONES[1]} have no db.m7g.large with postgres 18.10"),
    ],
)
def test_a_class_that_cant_be_had_as_it_is_wanted_fails(known: dict[str, Any], state: State, message: str) -> None:
    (finding,) = look("database-class", options(known))
    assert finding.state is state
    assert message in finding.message
    assert "aws rds describe-orderable-db-instance-options" in finding.next_step


def test_one_zone_is_enough_for_a_single_instance() -> None:
    single = instance()
    single["Properties"]["MultiAZ"] = False
    templates = tree(Instance=single, **subnets())
    (finding,) = look("database-class", options(option(ZONES[0], MultiAZCapable=False)), templates)
    assert (finding.state, finding.next_step) == (State.WARNING, f"it is in {ZONES[0]}")
    (finding,) = look("database-class", options(option()), templates)
    assert finding.state is State.FAILED


def test_a_class_without_its_version_is_told_once_more() -> None:
    assert told(look("database-class", versions())) == [(State.FAILED, "RDS has no postgres 18")]


def test_any_storage_will_do_where_none_is_named() -> None:
    anyhow = instance()
    del anyhow["Properties"]["StorageType"]
    templates = tree(Instance=anyhow)
    assert look("database-class", options(option(StorageType="io1")), templates)[0].state is State.PASSED


def test_a_class_that_isnt_there_at_all_is_told_without_its_storage() -> None:
    (finding,) = look("database-class", options())
    assert finding.message == f"{REGION} has no db.m7g.large with postgres 18.10 in several zones"
