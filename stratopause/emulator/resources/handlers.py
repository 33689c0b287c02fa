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

from stratopause.emulator.resources.coercion import coerced
from stratopause.emulator.resources.generated_names import named
from stratopause.emulator.resources.refusals import told_by
from stratopause.emulator.resources.replacement import nested_create_only_differs, replace_as
from stratopause.emulator.resources.schema import Properties, ProviderSchema, provider_schema
from stratopause.emulator.resources.tags import tag_from_stack
from stratopause.emulator.resources.validation import checked

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
        tag_from_stack(type_name)


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
        replace_as(schema)
        handler.update(Guarded(schema, dict(handler)).entries())


def _collector(table: dict[str, list[Any]], type_names: tuple[str, ...]) -> Callable[[Any], Any]:
    def collect(function: Any) -> Any:
        for type_name in type_names:
            table[type_name].append(function)
        return function

    return collect


@dataclass(frozen=True)
class Guarded:
    """A handler of ministack's table with the layer around it."""

    schema: ProviderSchema
    handler: Mapping[str, Any]

    def create(self, logical_id: str, properties: Properties, stack_name: str) -> Result:
        """Validates, refuses, creates and completes; what can't be completed is removed again."""
        properties = named(self.schema.type_name, checked(self.schema, logical_id, properties), stack_name, logical_id)
        change = Change(self.schema.type_name, logical_id, stack_name, properties)
        _refuse(change)
        with told_by(change.type_name):
            physical_id, attributes = self.handler["create"](logical_id, change.properties, stack_name)
        try:
            return physical_id, _completed(physical_id, attributes, change)
        except Exception:
            self.handler["delete"](physical_id, change.properties)  # CloudFormation doesn't know of it yet
            raise

    def update(
        self, physical_id: str, before: Properties, after: Properties, stack_name: str, logical_id: str | None = None
    ) -> Result:
        """Validates, refuses, updates in place and completes, or replaces."""
        logical_id = logical_id or physical_id
        before, after = coerced(self.schema, before), checked(self.schema, logical_id, after)
        if nested_create_only_differs(self.schema, before, after):
            replaced: Result = provisioners._replace_resource(
                self.schema.type_name, physical_id, before, after, stack_name, logical_id
            )
            return replaced
        before, after = (named(self.schema.type_name, each, stack_name, logical_id) for each in (before, after))
        change = Change(self.schema.type_name, logical_id, stack_name, after, before, physical_id)
        _refuse(change)
        with told_by(change.type_name):
            physical_id, attributes = _updated(self.handler, change)
        return physical_id, _completed(physical_id, attributes, change)

    def delete(self, physical_id: str, properties: Properties, logical_id: str | None = None) -> None:
        """Refuses or deletes, with all that came with the resource."""
        type_name, properties = self.schema.type_name, coerced(self.schema, properties)
        for check in _before_delete[type_name]:
            check(physical_id, properties)
        named = (logical_id,) if self.handler.get("delete_with_logical_id") else ()
        with told_by(type_name):
            self.handler["delete"](physical_id, properties, *named)
        for remove in _after_delete[type_name]:
            remove(physical_id, properties)

    def entries(self) -> dict[str, Any]:
        """What replaces the handler's own entries in ministack's table."""
        entries = {"create": self.create, "update": self.update, "update_with_logical_id": True}
        return entries | ({"delete": self.delete} if "delete" in self.handler else {})


def _refuse(change: Change) -> None:
    for check in _before_change[change.type_name]:
        check(change)


def _completed(physical_id: str, attributes: Attributes, change: Change) -> Attributes:
    for complete in _after_change[change.type_name]:
        attributes = {**attributes, **(complete(physical_id, change) or {})}
    return attributes


def _updated(handler: Mapping[str, Any], change: Change) -> Result:
    named = (change.logical_id,) if handler.get("update_with_logical_id") else ()
    result: Result
    if "update" in handler:
        result = handler["update"](change.physical_id, change.previous, change.properties, change.stack_name, *named)
    else:
        result = handler["create"](change.logical_id, change.properties, change.stack_name)
    return result
