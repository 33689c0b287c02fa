"""Who may use which key, across the whole platform."""

from __future__ import annotations

from typing import Any

import pytest

from stacks.platform import Platform
from stratopause.environments import load
from tests.stacks.conftest import ENVIRONMENTS, of_type


@pytest.fixture(scope="module")
def keys(templates: dict[str, dict[str, Any]]) -> dict[str, dict[str, Any]]:
    return of_type(templates["keys.json"], "AWS::KMS::Key")


def services(key: dict[str, Any]) -> set[str]:
    """The services that a key's policy lets in, by either way."""
    found = set()
    for statement in key["Properties"]["KeyPolicy"]["Statement"]:
        via = statement.get("Condition", {}).get("StringEquals", {}).get("kms:ViaService", {}).get("Fn::Sub", "")
        principal = statement["Principal"].get("Service", "")
        found |= {
            via.split(".$")[0],
            (principal if isinstance(principal, str) else principal["Fn::Sub"]).split(".$")[0],
        }
    return {service.removesuffix(".amazonaws.com") for service in found} - {""}


def test_each_class_of_data_has_a_key_of_its_own(keys: dict[str, dict[str, Any]]) -> None:
    assert set(keys) == {"ArchiveKey", "DataKey", "LogsKey", "SecretsKey", "TopicsKey"}


def test_every_key_rotates_and_outlives_its_stack(keys: dict[str, dict[str, Any]]) -> None:
    for key in keys.values():
        assert key["Properties"]["EnableKeyRotation"] is True
        assert key["Properties"]["PendingWindowInDays"] == 30
        assert (key["DeletionPolicy"], key["UpdateReplacePolicy"]) == ("RetainExceptOnCreate", "Retain")


def test_exactly_who_takes_a_key_may_use_it(keys: dict[str, dict[str, Any]]) -> None:
    assert {name: services(key) for name, key in keys.items()} == {
        "ArchiveKey": {"cloudtrail", "s3"},
        "DataKey": {"backup", "elasticache", "fargate", "rds"},
        "LogsKey": {"logs"},
        "SecretsKey": {"rds", "secretsmanager"},
        "TopicsKey": {"backup", "cloudwatch", "events.rds"},
    }


ROOTS = [f"arn:${{AWS::Partition}}:iam::{account}:root" for account in ("${AWS::AccountId}", "444455556666")]
"""This account, and the one that keeps copies of backups."""


def test_no_key_names_a_role(keys: dict[str, dict[str, Any]]) -> None:
    """KMS refuses a policy that names a principal which doesn't exist yet."""
    for key in keys.values():
        for statement in key["Properties"]["KeyPolicy"]["Statement"]:
            principal = statement["Principal"].get("AWS", {"Fn::Sub": ROOTS[0]})
            assert principal["Fn::Sub"] in ROOTS


def test_no_data_action_is_allowed_without_a_condition(keys: dict[str, dict[str, Any]]) -> None:
    for key in keys.values():
        for statement in key["Properties"]["KeyPolicy"]["Statement"]:
            uses = {"kms:Decrypt", "kms:Encrypt", "kms:GenerateDataKey", "kms:CreateGrant", "kms:*"}
            assert statement.get("Condition") or not uses & set(statement["Action"])


def test_a_copy_without_a_trail_has_no_key_for_it() -> None:
    copy = Platform(load("production", ENVIRONMENTS, "pr-42")).render_all()
    assert "ArchiveKey" not in copy["keys.json"]["Resources"]
    assert "audit.json" not in copy
