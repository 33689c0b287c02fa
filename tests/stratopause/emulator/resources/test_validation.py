"""Properties against the schemas that AWS publishes."""

from __future__ import annotations

from typing import Any

import pytest

from stratopause.emulator.resources.coercion import coerced
from stratopause.emulator.resources.schema import ProviderSchema, extension, provider_schema
from stratopause.emulator.resources.validation import follows, violations


def schema(**document: Any) -> ProviderSchema:
    return ProviderSchema("Test::Test::Test", {"type": "object", "additionalProperties": False, **document})


def published(type_name: str) -> ProviderSchema:
    found = provider_schema(type_name)
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("declared", "given", "expected"),
    [
        ({"type": "integer"}, "5432", 5432),
        ({"type": "number"}, "0.5", 0.5),
        ({"type": "number"}, "7", 7),
        ({"type": "boolean"}, "true", True),
        ({"type": "boolean"}, "False", False),
        ({"type": "string"}, 17, "17"),
        ({"type": "string"}, True, "true"),
        ({"type": ["object", "string"]}, "text", "text"),
        ({"type": "array", "items": {"type": "integer"}}, ["1", 2], [1, 2]),
        ({"$ref": "#/definitions/Port"}, "80", 80),
        ({"type": "integer"}, "many", "many"),
        ({"type": "boolean"}, 1, 1),
        ({}, "1", "1"),
    ],
)
def test_a_scalar_takes_the_type_that_the_schema_wants(declared: dict[str, Any], given: Any, expected: Any) -> None:
    definitions = {"Port": {"type": "integer"}}
    result = coerced(schema(properties={"P": declared}, definitions=definitions), {"P": given})
    assert result == {"P": expected}
    assert type(result["P"]) is type(expected)


def test_members_of_maps_are_coerced_by_pattern_and_by_additional_properties() -> None:
    declared = schema(
        properties={
            "Matched": {"type": "object", "patternProperties": {"^n": {"type": "integer"}}},
            "Any": {"type": "object", "additionalProperties": {"type": "string"}},
        }
    )
    given = {"Matched": {"n1": "1", "other": "1"}, "Any": {"a": 1}}
    assert coerced(declared, given) == {"Matched": {"n1": 1, "other": "1"}, "Any": {"a": "1"}}


CASES: list[tuple[dict[str, Any], Any, list[str]]] = [
    ({"type": "string"}, ["a"], ["#/P: expected type: String, found: JSONArray"]),
    ({"type": "object"}, "a", ["#/P: expected type: Object, found: String"]),
    ({"type": ["object", "string"]}, ["a"], ["#/P: expected type: Object or String, found: JSONArray"]),
    ({"type": "string", "enum": ["a"]}, "b", ["#/P: failed validation constraint for keyword [enum]"]),
    ({"type": "string", "enumCaseInsensitive": ["VPC"]}, "vpc", []),
    ({"type": "string", "enumCaseInsensitive": ["VPC"]}, "x", ["#/P: failed validation constraint for keyword [enum]"]),
    ({"const": "a"}, "b", ["#/P: failed validation constraint for keyword [const]"]),
    ({"type": "string", "pattern": "^a$"}, "b", ["#/P: failed validation constraint for keyword [pattern]"]),
    ({"type": "string", "pattern": "\\p{L}"}, "1", []),
    ({"type": "string", "minLength": 2}, "a", ["#/P: expected minLength: 2, actual: 1"]),
    ({"type": "string", "maxLength": 1}, "ab", ["#/P: expected maxLength: 1, actual: 2"]),
    ({"type": "integer", "minimum": 7}, 6, ["#/P: 6 is not greater or equal to 7"]),
    ({"type": "integer", "maximum": 35}, 36, ["#/P: 36 is not less or equal to 35"]),
    ({"type": "boolean"}, 1, ["#/P: expected type: Boolean, found: Integer"]),
    ({"type": "array", "minItems": 1}, [], ["#/P: expected minimum item count: 1, found: 0"]),
    ({"type": "array", "maxItems": 1}, [1, 2], ["#/P: expected maximum item count: 1, found: 2"]),
    ({"type": "array", "uniqueItems": True}, [1, 1], ["#/P: array items are not unique"]),
    ({"type": "array", "items": {"type": "string"}}, [["a"]], ["#/P/0: expected type: String, found: JSONArray"]),
    ({"type": "object", "required": ["A"]}, {}, ["#/P: required key [A] not found"]),
    ({"type": "object", "minProperties": 1}, {}, ["#/P: minimum size: [1], found: [0]"]),
    ({"type": "object", "additionalProperties": False}, {"A": 1}, ["#/P: extraneous key [A] is not permitted"]),
    ({"dependentRequired": {"A": ["B"]}}, {"A": 1}, ["#/P: property [B] is required"]),
    ({"dependentExcluded": {"A": ["B"]}}, {"A": 1, "B": 1}, ["#/P: extraneous key [B] is not permitted"]),
    ({"requiredXor": ["A", "B"]}, {"A": 1, "B": 1}, ["#/P: 2 subschemas matched instead of one"]),
    ({"requiredXor": ["A", "B"]}, {"A": 1}, []),
    ({"requiredOr": ["A", "B"]}, {}, ["#/P: 0 subschemas matched instead of one"]),
    ({"requiredOr": ["A", "B"]}, {"A": 1, "B": 1}, []),
    ({"anyOf": [{"required": ["A"]}, {"required": ["B"]}]}, {}, ["#/P: 0 subschemas matched instead of one"]),
    ({"oneOf": [{"type": "object"}, {"required": ["A"]}]}, {"A": 1}, ["#/P: 2 subschemas matched instead of one"]),
    ({"allOf": [{"required": ["A"]}]}, {}, ["#/P: required key [A] not found"]),
    ({"if": {"required": ["A"]}, "then": {"required": ["B"]}}, {"A": 1}, ["#/P: required key [B] not found"]),
    ({"if": {"required": ["A"]}, "then": False}, {"A": 1}, ["#/P: false schema always fails"]),
    ({"if": {"required": ["A"]}, "else": True}, {}, []),
]


@pytest.mark.parametrize(("declared", "given", "expected"), CASES)
def test_a_violation_names_its_place_and_what_is_allowed(
    declared: dict[str, Any], given: Any, expected: list[str]
) -> None:
    assert violations(schema(properties={"P": declared}), {"P": given}) == expected


def test_a_read_only_property_is_not_permitted() -> None:
    assert violations(published("AWS::RDS::DBInstance"), {"DBInstanceArn": "a"}) == [
        "#: extraneous key [DBInstanceArn] is not permitted"
    ]


def test_a_key_id_does_not_follow_the_pattern_of_a_log_groups_key() -> None:
    assert violations(published("AWS::Logs::LogGroup"), {"KmsKeyId": "1234"}) == [
        "#/KmsKeyId: failed validation constraint for keyword [pattern]"
    ]


def test_a_type_that_aws_does_not_publish_has_no_schema() -> None:
    assert provider_schema("AWS::No::Such") is None


def test_a_schema_knows_its_name_and_what_replaces_it() -> None:
    role = published("AWS::IAM::Role")
    assert role.name_property == "RoleName"
    assert set(role.create_only) == {("Path",), ("RoleName",)}
    assert published("AWS::KMS::Key").name_property is None
    assert ("HealthCheckConfig", "Type") in published("AWS::Route53::HealthCheck").create_only
    assert ("Engine",) in published("AWS::RDS::DBInstance").conditionally_create_only


def test_an_extension_tells_versions_apart() -> None:
    versions = extension("AWS::ElastiCache::CacheCluster", "engine_version")
    assert follows(versions, {"Engine": "valkey", "EngineVersion": "8.1"})
    assert not follows(versions, {"Engine": "valkey", "EngineVersion": "6.0"})
