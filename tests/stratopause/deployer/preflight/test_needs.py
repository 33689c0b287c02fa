from __future__ import annotations

import json
from pathlib import Path

import pytest

from stacks.platform import Platform
from stratopause.deployer.errors import InvalidTemplates
from stratopause.deployer.preflight.needs import Resource, pseudo_parameters, read
from stratopause.deployer.target import Target
from stratopause.environments import load
from stratopause.rendering.templates import render
from tests.stratopause.deployer.preflight.scripted import TARGET, resource, tree

ENVIRONMENTS = Path(__file__).parents[4] / "environments"


def test_resources_are_found_in_nested_stacks_with_their_place() -> None:
    found = read(
        tree(Key=resource("AWS::KMS::Key"), Alias=resource("AWS::KMS::Alias", TargetKeyId={"Ref": "Key"})), TARGET
    )
    assert [one.place for one in found.resources] == [("Part", "Key"), ("Part", "Alias")]
    (alias,) = found.of("AWS::KMS::Alias")
    assert found.at(alias.made("TargetKeyId")) == found.resources[0]
    assert found.at(None) is None
    assert alias.made("AliasName") is None


def test_templates_that_are_no_tree_are_refused() -> None:
    with pytest.raises(InvalidTemplates):
        read({"root.json": b"{}"}, TARGET)


def test_a_property_is_told_where_it_is_one_known_value() -> None:
    one = Resource(("A",), "T", {"Text": "a", "Number": 3, "Digits": "04", "Yes": True, "Written": "true", "List": []})
    assert [one.text(name) for name in ("Text", "Number", "Yes", "List", "None")] == ["a", "3", None, None, None]
    assert [one.number(name) for name in ("Text", "Number", "Digits", "None")] == [None, 3, 4, None]
    assert [one.is_true(name) for name in ("Yes", "Written", "Text")] == [True, True, False]


def test_strings_are_found_at_any_depth() -> None:
    needs = read(tree(A=resource("T", One=[{"Two": "deep", "Three": ["x", 1]}], Two={"Two": "deeper"})), TARGET)
    assert [text for _, text in needs.strings()] == ["deep", "x", "deeper"]
    assert [text for _, text in needs.values("Two")] == ["deep", "deeper"]


def test_only_what_is_in_the_templates_that_changed_is_looked_at_but_all_of_it_can_be_referred_to() -> None:
    templates = tree(A=resource("T", Text="a"))
    assert [one.place for one in read(templates, TARGET, {"part.json"}).resources] == [("Part", "A")]
    nothing = read(templates, TARGET, {"root.json"})
    assert (list(nothing.of("T")), list(nothing.strings())) == ([], [])
    found = nothing.at(("Part", "A"))
    assert found is not None
    assert found.text("Text") == "a"


def test_pseudo_parameters_are_those_of_the_target() -> None:
    china = pseudo_parameters(Target("clinic-cn", "cn", "999988887777", "cn-north-1", partition="aws-cn"))
    assert china["AWS::URLSuffix"] == "amazonaws.com.cn"
    assert (china["AWS::Partition"], china["AWS::Region"]) == ("aws-cn", "cn-north-1")
    assert pseudo_parameters(TARGET)["AWS::URLSuffix"] == "amazonaws.com"


def test_the_platform_s_own_needs_are_read_through_its_wires() -> None:
    environment = load("production", ENVIRONMENTS)
    target = Target(environment.prefix, "production", environment.account, environment.region)
    needs = read(render(Platform(environment)), target)
    assert needs.zones == environment.network.zones
    (database,) = needs.of("AWS::RDS::DBInstance")
    assert database.text("EngineVersion") == environment.database.engine_version
    assert needs.at(database.made("DBParameterGroupName")) is not None
    assert "alias/stratopause-production-data" in {one.text("AliasName") for one in needs.of("AWS::KMS::Alias")}
    assert {text for _, text in needs.values("DestinationBackupVaultArn")} == {environment.backup.destination_vault_arn}
    assert "UNKNOWN" not in json.dumps([text for _, text in needs.strings()])
