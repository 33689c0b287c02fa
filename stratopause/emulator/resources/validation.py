"""Properties against their provider schema, coerced and refused as CloudFormation does it.

CloudFormation passes numbers and booleans as strings where an intrinsic function gave them, and
converts them to what the schema says. The sentences are those of the JSON schema validator that
CloudFormation's resource handlers use; a sentence of `pattern` or `enum` never repeats the value.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from stratopause.emulator.resources.schema import Document, ProviderSchema

TYPE_NAMES = {
    dict: "JSONObject",
    list: "JSONArray",
    str: "String",
    bool: "Boolean",
    int: "Integer",
    float: "BigDecimal",
    type(None): "Null",
}
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


def violations(schema: ProviderSchema, properties: dict[str, Any]) -> list[str]:
    """What AWS would say against coerced properties, one sentence per place; none means valid."""
    read_only = {path[0] for path in schema.read_only if len(path) == 1}
    named = set(properties) & read_only - {schema.name_property}
    found = [f"#: extraneous key [{name}] is not permitted" for name in sorted(named)]
    return found + list(_violations(schema.document, schema.document, properties, "#"))


def follows(document: Document, value: Any) -> bool:
    """Whether a value satisfies a schema document that refers to nothing outside itself."""
    return not any(_violations(document, document, value, "#"))


def _resolved(root: Document, schema: Document) -> Document:
    while "$ref" in schema:
        target: Any = root
        for part in schema["$ref"].removeprefix("#/").split("/"):
            target = target[part]
        schema = target
    return schema


def _types(schema: Document) -> tuple[str, ...]:
    declared = schema.get("type", ())
    return (declared,) if isinstance(declared, str) else tuple(declared)


def _is(value: Any, name: str) -> bool:
    if isinstance(value, bool):
        return name == "boolean"
    return isinstance(value, SCHEMA_TYPES[name])


def _coerced(root: Document, schema: Document, value: Any) -> Any:
    schema = _resolved(root, schema)
    if isinstance(value, dict):
        return {key: _coerced(root, _member(schema, key), item) for key, item in value.items()}
    if isinstance(value, list):
        return [_coerced(root, schema.get("items", {}), item) for item in value]
    types = _types(schema)
    if not types or any(_is(value, name) for name in types):
        return value
    return _scalar(types, value)


def _member(schema: Document, key: str) -> Document:
    if key in schema.get("properties", {}):
        return schema["properties"][key]  # type: ignore[no-any-return]
    for pattern, member in schema.get("patternProperties", {}).items():
        if _matches(pattern, key):
            return member  # type: ignore[no-any-return]
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


def _violations(root: Document, schema: Document | bool, value: Any, place: str) -> Iterator[str]:
    if isinstance(schema, bool):
        if not schema:
            yield f"{place}: false schema always fails"
        return
    schema = _resolved(root, schema)
    types = _types(schema)
    if types and not any(_is(value, name) for name in types):
        wanted = " or ".join(name.capitalize() for name in types)
        yield f"{place}: expected type: {wanted}, found: {TYPE_NAMES.get(type(value), 'JSONObject')}"
        return
    yield from _choices(root, schema, value, place)
    if isinstance(value, dict):
        yield from _object(root, schema, value, place)
    elif isinstance(value, list):
        yield from _array(root, schema, value, place)
    elif isinstance(value, str):
        yield from _string(schema, value, place)
    elif isinstance(value, int | float) and not isinstance(value, bool):
        yield from _number(schema, value, place)


def _choices(root: Document, schema: Document, value: Any, place: str) -> Iterator[str]:
    if "enum" in schema and value not in schema["enum"]:
        yield f"{place}: failed validation constraint for keyword [enum]"
    if "const" in schema and value != schema["const"]:
        yield f"{place}: failed validation constraint for keyword [const]"
    for branch in schema.get("allOf", ()):
        yield from _violations(root, branch, value, place)
    for keyword in ("anyOf", "oneOf"):
        branches = schema.get(keyword, ())
        matched = sum(not any(_violations(root, branch, value, place)) for branch in branches)
        if branches and not matched:
            yield f"{place}: 0 subschemas matched instead of one"
        elif keyword == "oneOf" and matched > 1:
            yield f"{place}: {matched} subschemas matched instead of one"
    if "if" in schema:
        branch = "else" if any(_violations(root, schema["if"], value, place)) else "then"
        yield from _violations(root, schema.get(branch, {}), value, place)


def _object(root: Document, schema: Document, value: dict[str, Any], place: str) -> Iterator[str]:
    for key in schema.get("required", ()):
        if key not in value:
            yield f"{place}: required key [{key}] not found"
    yield from _combination(schema, value, place)
    if len(value) < schema.get("minProperties", 0):
        yield f"{place}: minimum size: [{schema['minProperties']}], found: [{len(value)}]"
    for key, item in value.items():
        if schema.get("additionalProperties") is False and not _declares(schema, key):
            yield f"{place}: extraneous key [{key}] is not permitted"
        else:
            yield from _violations(root, _member(schema, key), item, f"{place}/{key}")


def _combination(schema: Document, value: dict[str, Any], place: str) -> Iterator[str]:
    """Which keys go together, as cfn-lint writes it down for the schemas' own oneOf and anyOf."""
    for key, others in schema.get("dependentRequired", {}).items():
        if key in value:
            yield from (f"{place}: property [{other}] is required" for other in others if other not in value)
    for key, others in schema.get("dependentExcluded", {}).items():
        excluded = [other for other in others if key in value and other in value]
        yield from (f"{place}: extraneous key [{other}] is not permitted" for other in excluded)
    for keyword, most in (("requiredXor", 1), ("requiredOr", len(value))):
        matched = sum(key in value for key in schema.get(keyword, ()))
        if keyword in schema and not 1 <= matched <= most:
            yield f"{place}: {matched} subschemas matched instead of one"


def _declares(schema: Document, key: str) -> bool:
    patterns = schema.get("patternProperties", ())
    return key in schema.get("properties", {}) or any(_matches(pattern, key) for pattern in patterns)


def _array(root: Document, schema: Document, value: list[Any], place: str) -> Iterator[str]:
    if len(value) < schema.get("minItems", 0):
        yield f"{place}: expected minimum item count: {schema['minItems']}, found: {len(value)}"
    if len(value) > schema.get("maxItems", len(value)):
        yield f"{place}: expected maximum item count: {schema['maxItems']}, found: {len(value)}"
    if schema.get("uniqueItems") and any(item in value[:index] for index, item in enumerate(value)):
        yield f"{place}: array items are not unique"
    for index, item in enumerate(value):
        yield from _violations(root, schema.get("items", {}), item, f"{place}/{index}")


def _string(schema: Document, value: str, place: str) -> Iterator[str]:
    if len(value) < schema.get("minLength", 0):
        yield f"{place}: expected minLength: {schema['minLength']}, actual: {len(value)}"
    if len(value) > schema.get("maxLength", len(value)):
        yield f"{place}: expected maxLength: {schema['maxLength']}, actual: {len(value)}"
    if "pattern" in schema and not _matches(schema["pattern"], value):
        yield f"{place}: failed validation constraint for keyword [pattern]"
    folded = [item.lower() for item in schema.get("enumCaseInsensitive", ())]
    if folded and value.lower() not in folded:
        yield f"{place}: failed validation constraint for keyword [enum]"


def _number(schema: Document, value: float, place: str) -> Iterator[str]:
    if value < schema.get("minimum", value):
        yield f"{place}: {value} is not greater or equal to {schema['minimum']}"
    if value > schema.get("maximum", value):
        yield f"{place}: {value} is not less or equal to {schema['maximum']}"


def _matches(pattern: str, value: str) -> bool:
    try:
        return re.search(pattern, value) is not None
    except re.error:  # Java's classes, such as \p{L}: AWS checks them, Python can't
        return True
