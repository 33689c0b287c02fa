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
Difference = tuple[str, Any, Any]

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
def changes(original: Function, before: Template, after: Template, *rest: Any) -> list[Record]:
    """The changes of a change set, each with its paths, its values and its state before and after."""
    found: list[Record] = original(before, after, *rest)
    for change in found:
        explain(change["ResourceChange"], before["Resources"], after["Resources"])
    return found


def explain(change: Record, before: Record, after: Record) -> None:
    """Adds to a change what AWS tells beside ministack's part of it."""
    name = change["LogicalResourceId"]
    old, new = before.get(name), after.get(name)
    for key, definition in (("BeforeContext", old), ("AfterContext", new)):
        if definition is not None:
            change[key] = json.dumps({"Properties": definition.get("Properties") or {}})
    if old is None or new is None:
        return
    change["Details"] = [
        explained for detail in change["Details"] for explained in by_path(detail, old["Properties"], new["Properties"])
    ]


def by_path(detail: Record, old: Record, new: Record) -> Iterator[Record]:
    """A detail of one property as one detail for each place in it that differs."""
    name = detail["Target"].get("Name")
    if detail["Target"]["Attribute"] != "Properties" or name is None:
        yield detail
        return
    places = list(differences(f"/Properties/{name}", old.get(name, ABSENT), new.get(name, ABSENT)))
    if not places:
        yield {**detail, "Target": {**detail["Target"], "Path": f"/Properties/{name}"}}
    for place in places:
        yield {**detail, "Target": {**detail["Target"], **told(place)}}


def told(difference: Difference) -> dict[str, str]:
    """A difference as the API tells it."""
    path, old, new = difference
    kind = "Add" if old is ABSENT else "Remove" if new is ABSENT else "Modify"
    values = {"BeforeValue": old, "AfterValue": new}
    return {
        "Path": path,
        "AttributeChangeType": kind,
        **{key: as_text(value) for key, value in values.items() if value is not ABSENT},
    }


def as_text(value: Any) -> str:
    """A value as AWS shows it: text as it is, the rest as JSON."""
    return value if isinstance(value, str) else json.dumps(value)


def differences(path: str, old: Any, new: Any) -> Iterator[Difference]:
    """The places where two values differ, as deep as both have the same shape.

    >>> list(differences("/Properties/Tags", [{"Key": "a", "Value": "1"}], [{"Key": "a", "Value": "2"}]))
    [('/Properties/Tags/0/Value', '1', '2')]
    """
    if old == new:
        return
    if isinstance(old, dict) and isinstance(new, dict):
        for key in sorted({*old, *new}):
            yield from differences(f"{path}/{key}", old.get(key, ABSENT), new.get(key, ABSENT))
    elif isinstance(old, list) and isinstance(new, list):
        for index in range(max(len(old), len(new))):
            pair = (values[index] if index < len(values) else ABSENT for values in (old, new))
            yield from differences(f"{path}/{index}", *pair)
    else:
        yield path, old, new
