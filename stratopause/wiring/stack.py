"""A stack, the Parameters it takes and the Outputs it gives.

Both are frozen records whose fields are `wiring.values`, and both sides of the boundary read
the same one: inside the stack a field is a Ref to a Parameter, in its parent a GetAtt of the
Output of a sibling. The parent wires first and renders after, so that a stack can ask who takes
what it gives (`notes_on`).
"""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from types import FrameType
from typing import Any, ClassVar, Generic, NamedTuple, TypeVar, get_type_hints

from troposphere import AWSObject, Output, Parameter, Template, cloudformation

from stratopause.wiring.checks import refuse_cycles, refuse_loose_ends
from stratopause.wiring.errors import WiringError
from stratopause.wiring.plain import to_dict
from stratopause.wiring.records import Field, Nothing, declared, field_named
from stratopause.wiring.tagging import tag
from stratopause.wiring.values import Origin, Value

Takes = TypeVar("Takes")
Gives = TypeVar("Gives")
ChildGives = TypeVar("ChildGives")
Resource = TypeVar("Resource", bound=AWSObject)


class Wire(NamedTuple):
    """One Output of one nested stack, taken as a Parameter of another."""

    source: str
    output: str
    target: str
    parameter: str
    notes: tuple[object, ...] = ()


class Stack(Generic[Takes, Gives]):
    """One template: `resources` adds what it contains and returns what it gives."""

    description: ClassVar[str] = ""

    def __init__(self) -> None:
        self.template = Template(Description=self.description)
        self.template.set_version("2010-09-09")
        self.tags: Mapping[str, str] = {}
        self.taken: tuple[Wire, ...] = ()
        self.made_at: dict[str, tuple[str, int]] = {}
        """The file and line that added each resource, by logical id."""

    def resources(self, given: Takes) -> Gives:
        raise NotImplementedError

    def add(self, resource: Resource) -> Resource:
        """Add a resource, with the tags of the platform where it can carry tags."""
        self.template.add_resource(tag(resource, self.tags))
        self.made_at[str(resource.title)] = _caller()
        return resource

    def length_of(self, output: str) -> int:
        """How many elements a list among the outputs has; a stack that gives one says it here."""
        raise WiringError(f"{type(self).__name__} gives {output} as a list, but length_of doesn't say how long")

    def output_ids(self, output: str) -> tuple[str, ...]:
        """The logical ids of the Outputs that `output` of the record becomes."""
        field = field_named(self.gives(), output)
        return field.output_ids(self.length_of(output) if field.is_list else None)

    def is_taken(self, output: str) -> bool:
        return any(wire.output == field_named(self.gives(), output).name for wire in self.taken)

    def notes_on(self, output: str) -> tuple[object, ...]:
        """What the takers of `output` say of their use of it, each once, in the order of the wires."""
        name = field_named(self.gives(), output).name
        return tuple(dict.fromkeys(note for wire in self.taken if wire.output == name for note in wire.notes))

    @classmethod
    def takes(cls) -> type[Any]:
        """The record of its Parameters, as `resources` declares it."""
        return _signature(cls)[0]

    @classmethod
    def gives(cls) -> type[Any]:
        """The record of its Outputs, as `resources` declares it."""
        return _signature(cls)[1]

    def render(self) -> dict[str, Any]:
        """This template, as CloudFormation reads it.

        Raises:
            WiringError: it gives something else than it declares, or doesn't read what it takes.
        """
        takes = declared(self.takes())
        for field in takes:
            self.template.add_parameter(
                Parameter(field.logical_id, Type=field.kind.parameter_type, Description=_description(field))
            )
        outputs = self.resources(
            self.takes()(**{field.name: field.kind.parameter(field.logical_id) for field in takes})
        )
        if not isinstance(outputs, self.gives()):
            raise WiringError(f"{type(self).__name__} gives {type(outputs).__name__}, not {self.gives().__name__}")
        for field in declared(self.gives()):
            self._give(field, getattr(outputs, field.name))
        self._refuse_shared_names(takes)
        return to_dict(self.template)

    def _give(self, field: Field, value: object) -> None:
        me = type(self).__name__
        if not isinstance(value, field.kind):
            raise WiringError(f"{me} gives {field.name} as {field.kind.__name__}, not {type(value).__name__}")
        if value.is_absent:
            if self.is_taken(field.name):
                raise WiringError(f"{me} gives no {field.name}, but {self._takers(field.name)} takes it")
            return
        if not field.description:
            raise WiringError(f"{me} doesn't describe {field.name}: write Annotated[{field.kind.__name__}, 'what for']")
        logical_ids = self.output_ids(field.name)
        if len(logical_ids) != len(value.elements):
            raise WiringError(f"{me} gives {len(value.elements)} {field.name}, but length_of says {len(logical_ids)}")
        for logical_id, element in zip(logical_ids, value.elements, strict=True):
            self.template.add_output(Output(logical_id, Value=element, Description=field.description))

    def _takers(self, output: str) -> str:
        return ", ".join(wire.target for wire in self.taken if wire.output == output)

    def _refuse_shared_names(self, takes: tuple[Field, ...]) -> None:
        for field in takes:
            if field.logical_id in self.template.resources:
                raise WiringError(f"{type(self).__name__} has a Parameter and a resource named {field.logical_id}")


class ParentStack(Stack[Nothing, Gives]):
    """A stack of nested stacks; what it gives are the Outputs of the root."""

    def __init__(self, tags: Mapping[str, str]) -> None:
        super().__init__()
        self.tags = tags
        self.nested: dict[str, Stack[Any, Any]] = {}
        self.wires: list[Wire] = []
        self.order: list[tuple[str, str]] = []

    def nest(
        self, logical_id: str, stack: Stack[Takes, ChildGives], given: Takes, after: Sequence[str] = ()
    ) -> ChildGives:
        """Nest `stack`; return its Outputs as this template reads them.

        `after` names stacks that must be there first although nothing of theirs is taken.

        Raises:
            WiringError: `given` holds another kind of value than `stack` takes, or a stack of the tree has that name.
        """
        if logical_id in {type(self).__name__, *self.nested}:
            raise WiringError(f"{logical_id} is nested under a name that another stack of the tree has")
        if not isinstance(given, stack.takes()):
            raise WiringError(f"{logical_id} takes {_named(stack.takes())}, not {_named(type(given))}")
        parameters = {field.logical_id: self._wire(logical_id, field, given) for field in declared(stack.takes())}
        stack.tags = self.tags
        self.nested[logical_id] = stack
        self.add(
            cloudformation.Stack(
                logical_id,
                TemplateURL=file_name(logical_id),
                DeletionPolicy="Delete",
                UpdateReplacePolicy="Delete",
                **_unless_empty(Parameters=parameters, DependsOn=list(after)),
            )
        )
        self.order.extend((logical_id, earlier) for earlier in after)
        outputs: ChildGives = stack.gives()(
            **{
                field.name: field.kind.output(Origin(logical_id, field.name), stack.output_ids(field.name))
                for field in declared(stack.gives())
            }
        )
        return outputs

    def _wire(self, target: str, field: Field, given: object) -> Value:
        value = getattr(given, field.name)
        if not isinstance(value, field.kind):
            raise WiringError(f"{target} takes {field.name} as {field.kind.__name__}, not {type(value).__name__}")
        if value.origin is not None:
            self.wires.append(Wire(value.origin.stack, value.origin.field, target, field.name, field.notes))
        return value

    def _give(self, field: Field, value: object) -> None:
        super()._give(field, value)
        if isinstance(value, Value) and value.origin is not None:
            self.wires.append(Wire(value.origin.stack, value.origin.field, type(self).__name__, field.name))

    def render_all(self) -> dict[str, dict[str, Any]]:
        """This template and those nested in it, by file name.

        Raises:
            WiringError: the stacks need each other in a circle, or a wire ends nowhere.
        """
        root = self.render()
        for later, earlier in self.order:
            if earlier not in self.nested:
                raise WiringError(f"{later} comes after {earlier}, but no such stack is nested")
        refuse_cycles([*self.order, *((wire.target, wire.source) for wire in self.wires)])
        children = {}
        for logical_id, stack in self.nested.items():
            stack.taken = tuple(wire for wire in self.wires if wire.source == logical_id)
            children[file_name(logical_id)] = stack.render()
            refuse_loose_ends(logical_id, stack, children[file_name(logical_id)])
        return {file_name(type(self).__name__): root, **children}

    def origins(self) -> dict[str, dict[str, tuple[str, int]]]:
        """The file and line that added each resource, by template and logical id; known after `render_all`."""
        children = {file_name(logical_id): stack.made_at for logical_id, stack in self.nested.items()}
        return {file_name(type(self).__name__): self.made_at, **children}

    def count_resources(self) -> int:
        """How many resources the whole tree holds, the nested stacks themselves not counted."""
        own = len(self.template.resources) - len(self.nested)
        return own + sum(len(stack.template.resources) for stack in self.nested.values())


def _caller() -> tuple[str, int]:
    """The nearest line that is no part of the library."""
    frame: FrameType | None = sys._getframe(2)  # noqa: SLF001 - inspect, which wraps this, takes longer than the render
    while frame is not None and frame.f_globals.get("__name__", "").startswith("stratopause."):
        frame = frame.f_back
    return (frame.f_code.co_filename, frame.f_lineno) if frame else ("", 0)


def file_name(logical_id: str) -> str:
    """`TrailArchive` is rendered into `trail_archive.json`."""
    return "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in logical_id).lstrip("_") + ".json"


_signatures: dict[type[Any], tuple[type[Any], type[Any]]] = {}


def _signature(stack: type[Any]) -> tuple[type[Any], type[Any]]:
    if stack not in _signatures:
        hints = get_type_hints(stack.resources)
        _signatures[stack] = hints["given"], hints["return"]
    return _signatures[stack]


def _named(record: type[Any]) -> str:
    return f"{record.__module__}.{record.__qualname__}"


def _description(field: Field) -> str:
    return field.description or (field.kind.__doc__ or field.kind.__name__).splitlines()[0]


def _unless_empty(**properties: Any) -> dict[str, Any]:
    return {name: value for name, value in properties.items() if value}
