"""What changes in a stack, property by property.

ministack compares properties at their first level, without values; takes a resource whose condition is
false for one to be added; and lets a reference to another resource count as an empty string. AWS tells
the path, the value before and after, and whether a part is added, removed or modified
(docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_ResourceTargetDefinition.html).
"""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from typing import Any

from ministack.services.cloudformation import engine

from stratopause.emulator.cloudformation import unknown
from stratopause.emulator.cloudformation.corrections import Function, corrects
from stratopause.emulator.cloudformation.records import Record, stack_of

Template = dict[str, Any]
Path = tuple[str | int, ...]
Difference = tuple[Path, Any, Any]

ABSENT = object()


@corrects("_resolve_props_for_diff")
def effective(_original: Function, template: Template, parameters: Record, stack_name: str, stack_id: str) -> Template:
    """The resources that a template makes of its parameters, with the values that are known before a deployment."""
    stack = stack_of(stack_id) or stack_of(stack_name) or {}
    conditions = engine._evaluate_conditions(template, parameters)
    present = stack.get("_resources", {})
    definitions = (template or {}).get("Resources", {})
    known = {name: unknown.resource(present.get(name)) for name in definitions}
    context = (known, parameters, conditions, template.get("Mappings", {}), stack_name, stack_id)
    return {
        "Resources": {
            name: {**definition, "Properties": resolved(definition.get("Properties") or {}, context)}
            for name, definition in definitions.items()
            if conditions.get(definition.get("Condition", ""), True)
        }
    }


def resolved(properties: Record, context: tuple[Any, ...]) -> Record:
    """Properties with their functions evaluated; one that can't be is unknown."""
    return {name: value for name, raw in properties.items() if (value := one(raw, context)) is not engine._NO_VALUE}


def one(raw: Any, context: tuple[Any, ...]) -> Any:
    """One property's value."""
    try:
        return engine._resolve_refs(copy.deepcopy(raw), *context)
    except (ValueError, IndexError, KeyError, TypeError):
        return unknown.UNKNOWN


@corrects("_diff_resources")
def changes(
    original: Function, before: Template, after: Template, resources: Any, template: Template, *rest: Any
) -> list[Record]:
    """The changes of a change set, each with its paths, its values and its state before and after."""
    found: list[Record] = original(before, after, resources, template, *rest)
    for change in found:
        explain(change["ResourceChange"], before["Resources"], after["Resources"], template["Resources"])
    return found


def explain(change: Record, before: Record, after: Record, raw: Record) -> None:
    """Adds to a change what AWS tells beside ministack's part of it."""
    name = change["LogicalResourceId"]
    old, new = before.get(name), after.get(name)
    for key, definition in (("BeforeContext", old), ("AfterContext", new)):
        if definition is not None:
            change[key] = json.dumps({"Properties": definition["Properties"]})
    if old is None or new is None:
        return
    written = raw[name].get("Properties") or {}
    change["Details"] = [
        {**detail, "Target": {**detail["Target"], **target}}
        for detail in change["Details"]
        for target in targets(detail, old["Properties"], new["Properties"], written)
    ]


def targets(detail: Record, old: Record, new: Record, written: Record) -> Iterator[dict[str, str]]:
    """The places of one property that a detail is about: where it differs, or where it refers to what changes."""
    name = detail["Target"].get("Name")
    if name is None or detail["Target"]["Attribute"] != "Properties":
        yield {}
        return
    entity = detail.get("CausingEntity")
    if entity is None:
        yield from map(told, differences((name,), old.get(name, ABSENT), new.get(name, ABSENT)))
        return
    for path in occurrences((name,), written.get(name), entity):
        yield told((path, at(old, path), at(new, path)))


def occurrences(path: Path, node: Any, entity: str) -> Iterator[Path]:
    """The places whose value is made of a parameter, a resource or an attribute, such as `Key` or `Key.Arn`."""
    if isinstance(node, dict) and len(node) == 1 and next(iter(node)).startswith(("Ref", "Fn::")):
        if any(entity == (f"{name}.{attribute}" if attribute else name) for name, attribute in references(node)):
            yield path
    elif isinstance(node, dict | list):
        for key, item in node.items() if isinstance(node, dict) else enumerate(node):
            yield from occurrences((*path, key), item, entity)


def references(node: Any) -> Iterator[tuple[str, str | None]]:
    """What an expression refers to."""
    yield from engine._intrinsic_references(node)


def at(value: Any, path: Path) -> Any:
    """The value at a place, ABSENT if there is none."""
    for key in path:
        try:
            value = value[key]
        except (KeyError, IndexError, TypeError):
            return ABSENT
    return value


def told(difference: Difference) -> dict[str, str]:
    """A difference as the API tells it."""
    path, old, new = difference
    kind = "Add" if old is ABSENT else "Remove" if new is ABSENT else "Modify"
    values = {"BeforeValue": old, "AfterValue": new}
    return {
        "Path": "/".join(("/Properties", *map(str, path))),
        "AttributeChangeType": kind,
        **{key: as_text(value) for key, value in values.items() if value is not ABSENT},
    }


def as_text(value: Any) -> str:
    """A value as AWS shows it: text as it is, the rest as JSON."""
    return value if isinstance(value, str) else json.dumps(value)


def differences(path: Path, old: Any, new: Any) -> Iterator[Difference]:
    """The places where two values differ, as deep as both have the same shape.

    >>> list(differences(("Tags",), [{"Key": "a", "Value": "1"}], [{"Key": "a", "Value": "2"}]))
    [(('Tags', 0, 'Value'), '1', '2')]
    """
    if old == new:
        return
    if isinstance(old, dict) and isinstance(new, dict):
        for key in sorted({*old, *new}):
            yield from differences((*path, key), old.get(key, ABSENT), new.get(key, ABSENT))
    elif isinstance(old, list) and isinstance(new, list):
        for index in range(max(len(old), len(new))):
            yield from differences((*path, index), at(old, (index,)), at(new, (index,)))
    else:
        yield path, old, new
