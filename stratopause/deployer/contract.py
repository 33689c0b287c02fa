"""Which Outputs a template promises, and whether a stack keeps that. Pure: nothing here talks to AWS."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import Any

from msgspec import Struct

from stratopause.deployer.errors import OutputsBroken
from stratopause.deployer.secrecy import is_secret
from stratopause.deployer.stacks import Output
from stratopause.deployer.templates import Template


class Declared(Struct, frozen=True):
    """An Output as the template declares it; one with a condition may be missing.

    `tells_no_echo`: its value is made of a parameter that CloudFormation itself shows to nobody.
    """

    logical_id: str
    description: str = ""
    is_optional: bool = False
    tells_no_echo: bool = False


def declared(template: Template) -> tuple[Declared, ...]:
    hidden = {
        name for name, one in template.get("Parameters", {}).items() if str(one.get("NoEcho", False)).lower() == "true"
    }
    return tuple(
        Declared(
            logical_id,
            one.get("Description", ""),
            is_optional="Condition" in one,
            tells_no_echo=any(_mentions(one.get("Value"), name) for name in hidden),
        )
        for logical_id, one in template.get("Outputs", {}).items()
    )


def check(outputs: Iterable[Output], promised: Iterable[Declared] | None, next_step: str) -> None:
    """Hold `outputs` against what is `promised`, or, where nobody knows that, against what no Output may be.

    Raises:
        OutputsBroken: some are missing, undeclared, empty, or hold a secret; all are named, no value is.
    """
    found = tuple(outputs)
    problems = [*_by_themselves(found), *(() if promised is None else _against(found, tuple(promised)))]
    if problems:
        raise OutputsBroken(f"the Outputs aren't as they are declared: {'; '.join(problems)}", next_step)


def _by_themselves(outputs: tuple[Output, ...]) -> Iterator[str]:
    for output in outputs:
        if not output.value:
            yield f"{output.logical_id} is empty"
        if is_secret(output.logical_id, output.value):
            yield f"{output.logical_id} is a secret, which a template must not output"


def _against(outputs: tuple[Output, ...], promised: tuple[Declared, ...]) -> Iterator[str]:
    values = {output.logical_id: output.value for output in outputs}
    names = {one.logical_id for one in promised}
    for one in promised:
        if one.logical_id not in values and not one.is_optional:
            yield f"{one.logical_id} is missing"
        if one.tells_no_echo:
            yield f"{one.logical_id} tells a parameter with NoEcho, which a template must not output"
    yield from (f"{name} is undeclared" for name in values if name not in names)


def _mentions(value: Any, parameter: str) -> bool:
    """By Ref, or inside a Sub."""
    text = json.dumps(value)
    return json.dumps({"Ref": parameter}) in text or f"${{{parameter}}}" in text
