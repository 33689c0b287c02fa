"""One way, and one only, to write a record as JSON, so that its digest says what it is."""

from __future__ import annotations

import hashlib
import re
from types import UnionType
from typing import Annotated, Any, Final, TypeVar, Union, get_args, get_origin, get_type_hints

import msgspec

from stratopause.environments.diagnosis import allowed

T = TypeVar("T")

_PLACE: Final = re.compile(r" - at `(?:key in )?\$(.*)`$")


class Malformed(Exception):
    """JSON that isn't the record: at which place, and what is allowed there."""


def encoded(record: Any) -> bytes:
    """UTF-8 without spaces, keys sorted."""
    return msgspec.json.encode(record, order="sorted")


def digest(record: Any) -> str:
    """SHA-256 in hexadecimal digits."""
    return hashlib.sha256(encoded(record)).hexdigest()


def decoded(body: bytes, record: type[T]) -> T:
    """Raises: Malformed."""
    try:
        return msgspec.json.decode(body, type=record)
    except msgspec.ValidationError as error:
        raise Malformed(_told(str(error), record)) from None
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise Malformed(f"it isn't JSON ({type(error).__name__})") from None


def _told(message: str, record: Any) -> str:
    """`plan.account: allowed is an account id`, or msgspec's words where there are none of ours."""
    place = "".join(_PLACE.findall(message))
    hint = _hint(record, re.findall(r"[^.\[\]]+|\[[^\]]*\]", place))
    problem = allowed(hint) if get_origin(hint) is Annotated else _PLACE.sub("", message).replace("`", "")
    return f"{place.lstrip('.') or 'the whole'}: {_printable(problem)}"


def _hint(hint: Any, place: list[str]) -> Any:
    """The annotation of the value at `place`, None where it can't be told."""
    for step in place:
        if step.startswith("["):
            bare = get_args(hint)[0] if get_origin(hint) is Annotated else hint
            hint = next(iter(get_args(bare)), None)
        else:
            tables = [one for one in (hint, *get_args(hint)) if hasattr(one, "__struct_fields__")]
            hint = get_type_hints(tables[0], include_extras=True).get(step) if len(tables) == 1 else None
        hint = _without_none(hint)
    return hint


def _without_none(hint: Any) -> Any:
    if get_origin(hint) in {Union, UnionType}:
        return next(one for one in get_args(hint) if one is not type(None))
    return hint


def _printable(text: str, longest: int = 300) -> str:
    """The name of a key may be anything."""
    return "".join(one if one.isprintable() else "?" for one in text[:longest])
