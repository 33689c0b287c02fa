"""Which changes replace a resource, as its provider schema says."""

from __future__ import annotations

from typing import Any

from ministack.services.cloudformation import provisioners

from stratopause.emulator.resources.schema import Properties, ProviderSchema


def replace_as(schema: ProviderSchema) -> None:
    """Tells ministack, for change sets and for updates, which properties replace the resource."""
    always = {path[0] for path in schema.create_only if len(path) == 1}
    sometimes = {path[0] for path in schema.conditionally_create_only}
    sometimes |= {path[0] for path in schema.create_only if len(path) > 1}
    type_name = schema.type_name
    known = provisioners._REPLACING_PROPERTIES
    known[type_name] = tuple(sorted(always | set(known.get(type_name, ()))))
    conditional = provisioners._CONDITIONALLY_REPLACING_PROPERTIES
    conditional[type_name] = tuple(sorted((sometimes | set(conditional.get(type_name, ()))) - always))
    if schema.name_property in always:
        provisioners._CUSTOM_NAME_REPLACEMENT.setdefault(type_name, {"name": schema.name_property})


def nested_create_only_differs(schema: ProviderSchema, before: Properties, after: Properties) -> bool:
    """Whether an update changes a part of a property whose other parts change in place."""
    paths = [path for path in schema.create_only if len(path) > 1 and "*" not in path]
    return any(_at(before, path) != _at(after, path) for path in paths)


def _at(value: Any, path: tuple[str, ...]) -> Any:
    for part in path:
        value = value.get(part) if isinstance(value, dict) else None
    return value
