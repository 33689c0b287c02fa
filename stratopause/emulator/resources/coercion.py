"""Scalars in the type that the provider schema wants.

CloudFormation passes numbers and booleans as strings where an intrinsic function gave them, and
converts them to what the schema says.
"""

from __future__ import annotations

import re
from typing import Any

from stratopause.emulator.resources.schema import Document, ProviderSchema

SCHEMA_TYPES: dict[str, type | tuple[type, ...]] = {
    "object": dict,
    "array": list,
    "string": str,
    "boolean": bool,
    "integer": int,
    "number": (int, float),
    "null": type(None),
}


def coerced(schema: ProviderSchema, properties: dict[str, Any]) -> dict[str, Any]:
    """The properties with every scalar in the type that the schema wants, where it can be."""
    result: dict[str, Any] = _coerced(schema.document, schema.document, properties)
    return result


def resolved(root: Document, schema: Document) -> Document:
    """The schema that a `$ref` leads to."""
    while "$ref" in schema:
        target: Any = root
        for part in schema["$ref"].removeprefix("#/").split("/"):
            target = target[part]
        schema = target
    return schema


def types(schema: Document) -> tuple[str, ...]:
    """The types that a schema allows; none means any."""
    declared = schema.get("type", ())
    return (declared,) if isinstance(declared, str) else tuple(declared)


def is_of(value: Any, name: str) -> bool:
    """Whether a value is of a type of JSON schema: a boolean is no number."""
    if isinstance(value, bool):
        return name == "boolean"
    return isinstance(value, SCHEMA_TYPES[name])


def _coerced(root: Document, schema: Document, value: Any) -> Any:
    schema = resolved(root, schema)
    if isinstance(value, dict):
        return {key: _coerced(root, member(schema, key), item) for key, item in value.items()}
    if isinstance(value, list):
        return [_coerced(root, schema.get("items", {}), item) for item in value]
    wanted = types(schema)
    if not wanted or any(is_of(value, name) for name in wanted):
        return value
    return _scalar(wanted, value)


def member(schema: Document, key: str) -> Document:
    """The schema of one key of an object."""
    if key in schema.get("properties", {}):
        return schema["properties"][key]  # type: ignore[no-any-return]
    for pattern, matched in schema.get("patternProperties", {}).items():
        if matches(pattern, key):
            return matched  # type: ignore[no-any-return]
    extra = schema.get("additionalProperties")
    return extra if isinstance(extra, dict) else {}


def _scalar(types: tuple[str, ...], value: Any) -> Any:
    if isinstance(value, bool):
        return ("true" if value else "false") if "string" in types else value
    if isinstance(value, int | float) and "string" in types:
        return str(value)
    if isinstance(value, str):
        if "boolean" in types and value.lower() in ("true", "false"):
            return value.lower() == "true"
        if {"integer", "number"} & set(types) and re.fullmatch(r"-?\d+", value):
            return int(value)
        if "number" in types and re.fullmatch(r"-?\d+\.\d+", value):
            return float(value)
    return value


def matches(pattern: str, value: str) -> bool:
    """Whether a pattern is found anywhere in the value, as JSON schema has it."""
    try:
        return re.search(pattern, value) is not None
    except re.error:  # Java's classes, such as \p{L}: AWS checks them, Python can't
        return True
