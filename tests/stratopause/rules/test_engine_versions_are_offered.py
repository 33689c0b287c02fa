from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from stratopause.tree import engines, generate_engines
from tests.forest import forest, found, nested, resource, template
from tests.hostile import hostile

RULE = "E9008"
# A number without quotes, as YAML takes 16.10.
OLD = [
    ("RDS::DBInstance", "postgres", "16.1"),
    ("RDS::DBInstance", "postgres", 16.1),
    ("RDS::DBInstance", "Postgres", "99"),
    ("RDS::DBInstance", "mysql", "8.0.11"),
    ("RDS::DBCluster", "aurora-postgresql", "16.99"),
    ("RDS::DBCluster", "aurora-mysql", "8.0.mysql_aurora.9.99.0"),
    ("RDS::GlobalCluster", "aurora-postgresql", "9"),
    ("ElastiCache::ReplicationGroup", "redis", "6.3"),
    ("ElastiCache::ReplicationGroup", "valkey", "7.1"),
    ("ElastiCache::ReplicationGroup", None, "3.2"),
    ("ElastiCache::CacheCluster", "memcached", "2.0"),
]
OFFERED = [
    ("RDS::DBInstance", "postgres", "17"),
    ("RDS::DBInstance", "postgres", 17),
    ("RDS::DBInstance", "postgres", engines.ENGINES["AWS::RDS::DBInstance"]["postgres"][-1]),
    ("RDS::DBInstance", "postgres", {"Fn::ImportValue": "version"}),
    ("RDS::DBInstance", "oracle-ee", "19"),
    ("RDS::DBCluster", "aurora-mysql", "8.0"),
    ("ElastiCache::ReplicationGroup", "redis", "6.x"),
    ("ElastiCache::ReplicationGroup", "redis", 7.1),
    ("ElastiCache::ReplicationGroup", "valkey", "8.0"),
    ("ElastiCache::ReplicationGroup", {"Fn::ImportValue": "engine"}, "0.1"),
]


def at(type_: str, engine: Any, version: Any) -> list[str | int]:
    properties = {"EngineVersion": version} | ({} if engine is None else {"Engine": engine})
    return [problem.path[-1] for problem in found(RULE, forest(platform=template(A=resource(type_, properties))))]


@pytest.mark.parametrize(("type_", "engine", "version"), OLD)
def test_a_version_that_cannot_be_made_is_found(type_: str, engine: Any, version: Any) -> None:
    assert at(type_, engine, version) == ["EngineVersion"]


@pytest.mark.parametrize(("type_", "engine", "version"), OFFERED)
def test_a_version_that_can_be_made_or_is_not_known_is_fine(type_: str, engine: Any, version: Any) -> None:
    assert not at(type_, engine, version)


def test_a_serverless_cache_has_a_major_version() -> None:
    def cache(version: str) -> Any:
        return resource("ElastiCache::ServerlessCache", {"Engine": "valkey", "MajorEngineVersion": version})

    assert found(RULE, forest(platform=template(Cache=cache("6"))))
    assert not found(RULE, forest(platform=template(Cache=cache("8"))))


def test_a_version_that_a_parent_passes_is_judged() -> None:
    database = template(Db=resource("RDS::DBInstance", {"Engine": "postgres", "EngineVersion": {"Ref": "Version"}}))
    database["Parameters"] = {"Version": {"Type": "String"}}
    (problem,) = found(RULE, forest(platform=template(Data=nested("data.json", Version="16.1")), data=database))
    assert problem.file == "data.json"
    assert problem.message.startswith(
        "Data/Db (RDS::DBInstance) asks for version 16.1 of postgres, which can be made in"
    )
    assert "take 16." in problem.message


def test_values_of_any_type_are_taken() -> None:
    cache = resource("ElastiCache::ReplicationGroup", {"Engine": "redis", "EngineVersion": "7.1"})
    for changed in hostile(template(Cache=cache)):
        found(RULE, forest(platform=changed))


def test_generating_again_changes_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(generate_engines, "__file__", str(tmp_path / "generate_engines.py"))
    generate_engines.main()
    assert (tmp_path / "engines.py").read_text() == Path(engines.__file__).read_text()
