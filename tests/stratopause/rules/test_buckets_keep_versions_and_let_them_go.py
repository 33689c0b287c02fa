from __future__ import annotations

from typing import Any

import pytest

from tests.forest import forest, found, resource, template

RULE = "E9409"
NONCURRENT = {"NoncurrentVersionExpiration": {"NoncurrentDays": 30}}
VERSIONS = {"VersioningConfiguration": {"Status": "Enabled"}}


def _rules(*rules: Any) -> dict[str, Any]:
    return {"LifecycleConfiguration": {"Rules": [{"Status": "Enabled", **rule} for rule in rules]}}


GOOD = VERSIONS | _rules(NONCURRENT)


def _found(properties: Any) -> list[tuple[Any, ...]]:
    body = template(It=resource("S3::Bucket", properties))
    return [problem.path[3:] for problem in found(RULE, forest(platform=body))]


@pytest.mark.parametrize(
    "properties",
    [
        GOOD,
        VERSIONS | _rules({"ExpirationInDays": 400}, NONCURRENT),
        VERSIONS | _rules({"NoncurrentVersionExpirationInDays": 30}),
        GOOD | {"ObjectLockEnabled": True},
        GOOD | {"LifecycleConfiguration": {"Fn::ImportValue": "x"}},
        GOOD | {"VersioningConfiguration": {"Status": {"Fn::ImportValue": "x"}}},
    ],
)
def test_a_bucket_that_keeps_versions_and_lets_them_go_is_fine(properties: Any) -> None:
    assert not _found(properties)


@pytest.mark.parametrize(
    ("properties", "where"),
    [
        (_rules(NONCURRENT), ()),
        (GOOD | {"VersioningConfiguration": {"Status": "Suspended"}}, ("VersioningConfiguration", "Status")),
        (GOOD | {"VersioningConfiguration": {}}, ("VersioningConfiguration",)),
        (VERSIONS, ()),
        (VERSIONS | {"LifecycleConfiguration": {}}, ("LifecycleConfiguration",)),
        (VERSIONS | _rules(), ("LifecycleConfiguration", "Rules")),
        (VERSIONS | _rules(NONCURRENT | {"Status": "Disabled"}), ("LifecycleConfiguration", "Rules")),
        (VERSIONS | _rules({"ExpirationInDays": 400}), ("LifecycleConfiguration", "Rules")),
        (
            VERSIONS | _rules({"Transitions": [], "ExpiredObjectDeleteMarker": True}),
            ("LifecycleConfiguration", "Rules"),
        ),
    ],
)
def test_a_bucket_that_does_not_is_found(properties: Any, where: tuple[Any, ...]) -> None:
    assert _found(properties) == [where]


@pytest.mark.parametrize("value", [1, [], {}, True, "", [["x"]], [1]])
def test_no_value_breaks_it(value: Any) -> None:
    _found({"VersioningConfiguration": value, "LifecycleConfiguration": value})
    _found({"VersioningConfiguration": {"Status": value}, "LifecycleConfiguration": {"Rules": value}})
    _found(_rules({"Status": value}))
