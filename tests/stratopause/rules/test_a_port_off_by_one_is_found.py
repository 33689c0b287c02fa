"""Whichever port of a platform is off by one, a rule about reach names it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.forest import found
from tests.reach import changed, platform

RULES = ("E9201", "E9202", "E9203", "E9205", "E9207")
PORTS = {"FromPort", "ToPort", "Port", "ContainerPort"}


def ports() -> Iterator[str]:
    for name, resource in platform()["Resources"].items():
        for path, value in leaves(resource.get("Properties", {})):
            if path[-1] in PORTS and str(value).isdecimal() and "RedirectConfig" not in path:
                yield ".".join([name, *path])


def leaves(value: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Any]]:
    parts = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for name, part in parts:
        yield (*path, str(name)), part
        yield from leaves(part, (*path, str(name)))


def value_at(path: str) -> int:
    name, *rest = path.split(".")
    value: Any = platform()["Resources"][name]["Properties"]
    for part in rest:
        value = value[int(part)] if isinstance(value, list) else value[part]
    return int(value)


@pytest.mark.parametrize("path", ports())
@pytest.mark.parametrize("by", [1, -1])
def test_a_port_off_by_one_is_found(path: str, by: int) -> None:
    changes = [(path, value_at(path) + by)]
    if path.endswith(("FromPort", "ToPort")):
        rule = path.rpartition(".")[0]
        changes = [(f"{rule}.{name}", value_at(path) + by) for name in ("FromPort", "ToPort")]
    assert any(found(rule, changed(*changes)) for rule in RULES)
