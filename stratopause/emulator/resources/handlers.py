"""One layer around every handler: validation first, then what AWS refuses, then the handler, then the rest.

ministack keeps a table of handlers by type, each with `create`, `update`, `delete` and `snapshot`;
`add` puts a handler into it, `install` wraps all that are there. What a service module knows beyond
its handler, it says with the decorators `before_change`, `before_delete` and `after_change`.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from ministack.services.cloudformation import provisioners

from stratopause.emulator.resources import validation
from stratopause.emulator.resources.refusals import InvalidProperties, told_by
from stratopause.emulator.resources.schema import Properties, ProviderSchema, provider_schema

Attributes = dict[str, Any]
Result = tuple[str, Attributes]


@dataclass(frozen=True)
class Change:
    """A resource about to be created, or updated in place; `previous` and `physical_id` are None for a creation."""

    type_name: str
    logical_id: str
    stack_name: str
    properties: Properties
    previous: Properties | None = None
    physical_id: str | None = None

    def changes(self, *names: str) -> bool:
        """Whether one of these properties is new or has another value than before."""
        before = self.previous or {}
        return any(self.properties.get(name) != before.get(name) for name in names)


class Create(Protocol):
    """Makes a resource; gives what Ref and Fn::GetAtt give."""

    def __call__(self, logical_id: str, properties: Properties, stack_name: str, /) -> Result: ...


class Update(Protocol):
    """Changes a resource in place."""

    def __call__(self, physical_id: str, before: Properties, after: Properties, /) -> Result: ...


class Delete(Protocol):
    """Removes a resource; one that is gone already is no error."""

    def __call__(self, physical_id: str, properties: Properties, /) -> None: ...


BeforeChange = Callable[[Change], None]
AfterChange = Callable[[str, Change], Attributes | None]

_before_change: dict[str, list[BeforeChange]] = defaultdict(list)
_after_change: dict[str, list[AfterChange]] = defaultdict(list)
_before_delete: dict[str, list[Delete]] = defaultdict(list)
_after_delete: dict[str, list[Delete]] = defaultdict(list)


def add(
    type_name: str, create: Create, delete: Delete, update: Update | None = None, *, tagged_by_stack: bool = True
) -> None:
    """Handles a type that ministack lacks; one without `update` is only ever replaced."""
    handler: dict[str, Any] = {"create": create, "delete": delete}
    if update is not None:
        handler["update"] = lambda physical_id, before, after, _stack: update(physical_id, before, after)
    provisioners._RESOURCE_HANDLERS[type_name] = handler
    if tagged_by_stack:
        _tag_from_stack(type_name)


def before_change(*type_names: str) -> Callable[[BeforeChange], BeforeChange]:
    """The decorated check runs before a creation and before an update in place; it refuses by raising."""
    return _collector(_before_change, type_names)


def after_change(*type_names: str) -> Callable[[AfterChange], AfterChange]:
    """The decorated function completes what ministack's handler made; its attributes are added."""
    return _collector(_after_change, type_names)


def before_delete(*type_names: str) -> Callable[[Delete], Delete]:
    """The decorated check runs before a deletion; it refuses by raising."""
    return _collector(_before_delete, type_names)


def after_delete(*type_names: str) -> Callable[[Delete], Delete]:
    """The decorated function removes what came with the resource."""
    return _collector(_after_delete, type_names)


def install() -> None:
    """Wraps every handler of a type that has a provider schema, and takes replacement from the schema."""
    for type_name, handler in provisioners._RESOURCE_HANDLERS.items():
        schema = provider_schema(type_name)
        if schema is None or type_name.startswith("AWS::CloudFormation::"):
            continue
        _replace_as(schema)
        handler.update(_wrapped(schema, dict(handler)))


def _collector(table: dict[str, list[Any]], type_names: tuple[str, ...]) -> Callable[[Any], Any]:
    def collect(function: Any) -> Any:
        for type_name in type_names:
            table[type_name].append(function)
        return function

    return collect


def _wrapped(schema: ProviderSchema, handler: Mapping[str, Any]) -> dict[str, Any]:
    type_name = schema.type_name

    def create(logical_id: str, properties: Properties, stack_name: str) -> Result:
        change = Change(type_name, logical_id, stack_name, checked(schema, logical_id, properties))
        return _performed(change, lambda: handler["create"](logical_id, change.properties, stack_name))

    def update(
        physical_id: str, before: Properties, after: Properties, stack_name: str, logical_id: str | None = None
    ) -> Result:
        logical_id = logical_id or physical_id
        before, after = validation.coerced(schema, before), checked(schema, logical_id, after)
        if _nested_create_only_differs(schema, before, after):
            result: Result = provisioners._replace_resource(
                type_name, physical_id, before, after, stack_name, logical_id
            )
            return result
        change = Change(type_name, logical_id, stack_name, after, before, physical_id)
        return _performed(change, lambda: _updated(handler, change))

    def delete(physical_id: str, properties: Properties, logical_id: str | None = None) -> None:
        properties = validation.coerced(schema, properties)
        for check in _before_delete[type_name]:
            check(physical_id, properties)
        named = (logical_id,) if handler.get("delete_with_logical_id") else ()
        with told_by(type_name):
            handler["delete"](physical_id, properties, *named)
        for remove in _after_delete[type_name]:
            remove(physical_id, properties)

    wrapped: dict[str, Any] = {"create": create, "update": update, "update_with_logical_id": True}
    return wrapped | ({"delete": delete} if "delete" in handler else {})


def _performed(change: Change, perform: Callable[[], Result]) -> Result:
    for check in _before_change[change.type_name]:
        check(change)
    with told_by(change.type_name):
        physical_id, attributes = perform()
    for complete in _after_change[change.type_name]:
        attributes = {**attributes, **(complete(physical_id, change) or {})}
    return physical_id, attributes


def _updated(handler: Mapping[str, Any], change: Change) -> Result:
    named = (change.logical_id,) if handler.get("update_with_logical_id") else ()
    result: Result
    if "update" in handler:
        result = handler["update"](change.physical_id, change.previous, change.properties, change.stack_name, *named)
    else:
        result = handler["create"](change.logical_id, change.properties, change.stack_name)
    return result


def checked(schema: ProviderSchema, logical_id: str, properties: Properties) -> Properties:
    """The coerced properties; `InvalidProperties` if they don't follow the schema."""
    properties = validation.coerced(schema, properties)
    found = validation.violations(schema, _without_system_tags(properties))
    if found:
        raise InvalidProperties(logical_id, found)
    return properties


def _without_system_tags(properties: Properties) -> Properties:
    """The properties as the template has them: CloudFormation adds its `aws:` tags after validation."""
    result = dict(properties)
    for name in [name for name in properties if name.endswith("Tags")]:
        tags = properties[name]
        kept = _users_tags(tags)
        result[name] = kept
        if tags and not kept:
            del result[name]
    return result


def _users_tags(tags: Any) -> Any:
    if isinstance(tags, list):
        return [tag for tag in tags if not (isinstance(tag, dict) and str(tag.get("Key")).startswith("aws:"))]
    if isinstance(tags, dict):
        return {key: item for key, item in tags.items() if not key.startswith("aws:")}
    return tags


def _replace_as(schema: ProviderSchema) -> None:
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


def _nested_create_only_differs(schema: ProviderSchema, before: Properties, after: Properties) -> bool:
    paths = [path for path in schema.create_only if len(path) > 1 and "*" not in path]
    return any(_at(before, path) != _at(after, path) for path in paths)


def _at(value: Any, path: tuple[str, ...]) -> Any:
    for part in path:
        value = value.get(part) if isinstance(value, dict) else None
    return value


def _tag_from_stack(type_name: str) -> None:
    """Has the stack's tags reach the resources of a type, as its schema says."""
    schema = provider_schema(type_name)
    tagging = schema.document.get("tagging", {}) if schema else {}
    if schema and tagging.get("taggable") and tagging.get("cloudFormationSystemTags", True):
        name = tagging.get("tagProperty", "/properties/Tags").removeprefix("/properties/")
        shape = "list" if schema.document["properties"].get(name, {}).get("type") == "array" else "map"
        provisioners._STACK_TAG_PROPERTY[type_name] = (name, shape)
