"""The records of a stack's boundary: what each field says of a Parameter or an Output."""

from __future__ import annotations

from functools import cache
from typing import Annotated, Any, NamedTuple, get_args, get_origin, get_type_hints

from msgspec import Struct

from stratopause.wiring.errors import WiringError
from stratopause.wiring.values import ListValue, Value

LETTERS = "ABCDEFGHIJ"


class Record(Struct, frozen=True, kw_only=True):
    """What crosses a stack's boundary: the base of its Parameters and of its Outputs.

    A struct of msgspec reads like a frozen dataclass and costs a fortieth of one to define, which a command
    that defines thirty of them and exits does notice.
    """


class Nothing(Record, frozen=True):
    """What a stack takes that takes no Parameters, or gives that gives no Outputs."""


class Field(NamedTuple):
    """One Parameter or Output, as its record declares it.

    A `str` in its annotation describes it; whatever else stands there are notes to who gives it.
    """

    name: str
    kind: type[Value]
    description: str
    notes: tuple[object, ...] = ()

    @property
    def logical_id(self) -> str:
        return _logical_id(self.name)

    def output_ids(self, length: int | None) -> tuple[str, ...]:
        """The logical ids of its Outputs: its own, or for a list one per element, lettered like zones."""
        if length is None:
            return (self.logical_id,)
        return tuple(self.logical_id.removesuffix("s") + letter for letter in LETTERS[:length])

    @property
    def is_list(self) -> bool:
        return issubclass(self.kind, ListValue)


@cache
def _logical_id(name: str) -> str:
    return "".join(word.capitalize() for word in name.split("_"))


def declared(record: type[Any]) -> tuple[Field, ...]:
    """The fields of a Parameters or Outputs record, in its order.

    Raises:
        WiringError: a field is no kind of value.
    """
    return tuple(_by_name(record).values())


_fields: dict[type[Any], dict[str, Field]] = {}


def _by_name(record: type[Any]) -> dict[str, Field]:
    if record not in _fields:
        hints = get_type_hints(record, include_extras=True)
        _fields[record] = {name: _field(record, name, hints[name]) for name in record.__struct_fields__}
    return _fields[record]


def _field(record: type[Any], name: str, hint: Any) -> Field:
    kind, *notes = get_args(hint) if get_origin(hint) is Annotated else (hint,)
    if not (isinstance(kind, type) and issubclass(kind, Value)):
        raise WiringError(f"{record.__module__}.{record.__qualname__}.{name} is no kind of value: {kind!r}")
    description = " ".join(note for note in notes if isinstance(note, str))
    return Field(name, kind, description, tuple(note for note in notes if not isinstance(note, str)))


def field_named(record: type[Any], name: str) -> Field:
    """The field `name` of a record.

    Raises:
        WiringError: there is none; the nearest name is offered.
    """
    known = _by_name(record)
    if name not in known:
        import difflib

        near = difflib.get_close_matches(name, known, 1)
        hint = f"; did you mean {near[0]}?" if near else ""
        raise WiringError(f"{record.__module__}.{record.__qualname__} has no {name}{hint}")
    return known[name]
