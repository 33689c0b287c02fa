"""One way, and one only, to write a record as JSON, so that its digest says what it is."""

from __future__ import annotations

import hashlib
import re
from typing import Annotated, Any, Final, TypeVar, get_args, get_origin, get_type_hints

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
    """`plan.account isn't allowed (Expected str, got int); allowed is an account id`."""
    place = "".join(_PLACE.findall(message))
    hint = _hint(record, re.findall(r"[^.\[\]]+|\[[^\]]*\]", place))
    described = f"; {allowed(hint)}" if get_origin(hint) is Annotated else ""
    return f"{place.lstrip('.') or 'it'} isn't as it is written ({_PLACE.sub('', message).replace('`', '')}){described}"


def _hint(hint: Any, place: list[str]) -> Any:
    """The annotation of the value at `place`, if it has one."""
    for step in place:
        inside = get_args(hint)
        if get_origin(hint) is Annotated:
            inside = get_args(inside[0])
        if step.startswith("["):
            hint = inside[-1] if step == "[...]" else inside[0]
        else:
            bare = next((one for one in (hint, *inside) if hasattr(one, "__struct_fields__")), object)
            hint = get_type_hints(bare, include_extras=True).get(step)
    return hint
