from __future__ import annotations

from typing import Any

import pytest

from tests.forest import forest, found, resource, template

RULE = "W9104"
ROTATED = {"EnableKeyRotation": True}


def at(type_: str = "KMS::Key", /, **properties: Any) -> list[object]:
    """The properties that something is found at; `Properties` where none is written."""
    tree = forest(platform=template(Key=resource(type_, properties)))
    return [problem.path[-1] for problem in found(RULE, tree)]


def test_a_key_that_is_not_rotated_is_found() -> None:
    assert at() == ["Properties"]
    assert at(EnableKeyRotation=False) == ["EnableKeyRotation"]
    assert at(EnableKeyRotation="false", KeySpec="SYMMETRIC_DEFAULT", Origin="AWS_KMS") == ["EnableKeyRotation"]


def test_a_key_that_is_rotated_is_fine() -> None:
    assert not at(**ROTATED)
    assert not at(EnableKeyRotation="true", PendingWindowInDays=30, Enabled=True, RotationPeriodInDays=180)
    assert not at(EnableKeyRotation={"Fn::ImportValue": "Rotates"})


@pytest.mark.parametrize(
    "properties",
    [
        {"KeySpec": "RSA_4096", "KeyUsage": "SIGN_VERIFY"},
        {"KeySpec": "HMAC_256", "KeyUsage": "GENERATE_VERIFY_MAC"},
        {"KeyUsage": "SIGN_VERIFY"},
        {"Origin": "EXTERNAL"},
        {"Origin": "EXTERNAL_KEY_STORE"},
    ],
)
def test_what_kms_cannot_rotate_is_left_alone(properties: dict[str, Any]) -> None:
    assert not at(**properties)


def test_a_replica_follows_its_primary_key() -> None:
    assert not at("KMS::ReplicaKey")
    assert at("KMS::ReplicaKey", PendingWindowInDays=7) == ["PendingWindowInDays"]


@pytest.mark.parametrize("days", [7, 29, "14"])
def test_a_short_time_until_it_is_deleted_is_found(days: Any) -> None:
    assert at(**ROTATED, PendingWindowInDays=days) == ["PendingWindowInDays"]


def test_a_disabled_key_is_found() -> None:
    assert at(**ROTATED, Enabled=False) == ["Enabled"]
    assert at(**ROTATED, Enabled="false") == ["Enabled"]


@pytest.mark.parametrize("value", [None, 1, -1, 1.5, "x", [], [[]], {}, {"a": []}])
def test_hostile_values_end_in_nothing_worse_than_a_finding(value: Any) -> None:
    for name in ("EnableKeyRotation", "PendingWindowInDays", "Enabled", "KeySpec", "KeyUsage", "Origin"):
        at(**{name: value})
