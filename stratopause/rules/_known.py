"""Parts of a resource, told apart into written, surely not written, and unknown."""

from __future__ import annotations

from typing import Any, Final

from stratopause.rules._settings import literal
from stratopause.tree.model import Resource
from stratopause.tree.text import unknown

_DYNAMIC: Final = "{{resolve:"
"""https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/dynamic-references.html"""


def at(value: Any, *path: str | int) -> Any:
    """A part of a value; None if it surely isn't written, an unknown text if what should hold it isn't known."""
    if isinstance(value, Resource):
        value = value.properties
    for name in path:
        if isinstance(value, dict):
            value = value.get(str(name))
        elif isinstance(value, list):
            value = value[name] if isinstance(name, int) and 0 <= name < len(value) else None
        elif value is not None:
            return unknown("no object")
    return value


def known(value: Any) -> str | None:
    """A text, number or truth value as text; None if it isn't known, such as a dynamic reference."""
    text = literal(value)
    return None if text is None or _DYNAMIC in text else text


def is_missing(value: Any) -> bool:
    """Whether surely nothing is written."""
    return value is None or value in ("", [], {})


def options(value: Any) -> list[str] | None:
    """The texts of a list; None if one of them, or the list, isn't known."""
    if value is None:
        return []
    found = [known(one) for one in (value if isinstance(value, list) else [value])]
    return None if None in found else [one for one in found if one is not None]
