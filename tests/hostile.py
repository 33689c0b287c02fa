"""Templates in which one value is of a type that nobody expects."""

from __future__ import annotations

import copy
from collections.abc import Iterator, Mapping
from typing import Any, Final

VALUES: Final[tuple[Any, ...]] = (
    None,
    7,
    -1.5,
    True,
    "",
    "text",
    [],
    {},
    [[], None, {}, 7, "text"],
    {"7": [None]},
    {"Ref": "Nothing"},
    {"Ref": ["Nothing"]},
    {"Fn::GetAtt": 7},
    {"Fn::If": ["Maybe", [None], {"Ref": "AWS::NoValue"}]},
    {"Fn::Sub": "${Nothing}:${"},
)


def hostile(template: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """The template with each value below its resources' properties replaced by each of these."""
    for logical_id, resource in template["Resources"].items():
        for path in _paths(resource.get("Properties", {})):
            for value in VALUES:
                changed = copy.deepcopy(dict(template))
                _put(changed["Resources"][logical_id], ("Properties", *path), value)
                yield changed


def _paths(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    yield path
    for name, part in value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ():
        yield from _paths(part, (*path, name))


def _put(value: Any, path: tuple[Any, ...], new: Any) -> None:
    for name in path[:-1]:
        value = value[name]
    value[path[-1]] = new
