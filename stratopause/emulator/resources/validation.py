"""Properties against their provider schema, refused as CloudFormation does it.

The sentences are those of the JSON schema validator that CloudFormation's resource handlers use; a
sentence of `pattern` or `enum` never repeats the value.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from stratopause.emulator.resources.coercion import coerced, is_of, matches, member, resolved, types
from stratopause.emulator.resources.refusals import InvalidProperties
from stratopause.emulator.resources.schema import Document, Properties, ProviderSchema
from stratopause.emulator.resources.tags import without_system_tags

TYPE_NAMES = {
    dict: "JSONObject",
    list: "JSONArray",
    str: "String",
    bool: "Boolean",
    int: "Integer",
    float: "BigDecimal",
    type(None): "Null",
}


def checked(schema: ProviderSchema, logical_id: str, properties: Properties) -> Properties:
    """The coerced properties; `InvalidProperties` if they don't follow the schema."""
    properties = coerced(schema, properties)
    found = violations(schema, without_system_tags(properties))
    if found:
        raise InvalidProperties(logical_id, found)
    return properties


def violations(schema: ProviderSchema, properties: dict[str, Any]) -> list[str]:
    """What there is to say against coerced properties, one sentence per place; none means valid."""
    read_only = {path[0] for path in schema.read_only if len(path) == 1}
    named = set(properties) & read_only - {schema.name_property}
    found = [f"#: extraneous key [{name}] is not permitted" for name in sorted(named)]
    return found + list(_violations(schema.document, schema.document, properties, "#"))


def follows(document: Document, value: Any) -> bool:
    """Whether a value satisfies a schema document that refers to nothing outside itself."""
    return not any(_violations(document, document, value, "#"))


def _violations(root: Document, schema: Document | bool, value: Any, place: str) -> Iterator[str]:
    if isinstance(schema, bool):
        if not schema:
            yield f"{place}: false schema always fails"
        return
    schema = resolved(root, schema)
    allowed = types(schema)
    if allowed and not any(is_of(value, name) for name in allowed):
        wanted = " or ".join(name.capitalize() for name in allowed)
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
            yield from _violations(root, member(schema, key), item, f"{place}/{key}")


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
    return key in schema.get("properties", {}) or any(matches(pattern, key) for pattern in patterns)


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
    if "pattern" in schema and not matches(schema["pattern"], value):
        yield f"{place}: failed validation constraint for keyword [pattern]"
    folded = [item.lower() for item in schema.get("enumCaseInsensitive", ())]
    if folded and value.lower() not in folded:
        yield f"{place}: failed validation constraint for keyword [enum]"


def _number(schema: Document, value: float, place: str) -> Iterator[str]:
    if value < schema.get("minimum", value):
        yield f"{place}: {value} is not greater or equal to {schema['minimum']}"
    if value > schema.get("maximum", value):
        yield f"{place}: {value} is not less or equal to {schema['maximum']}"
