"""How a function of ministack's CloudFormation is corrected: replaced by one that gets the original to call.

ministack's modules import each other's functions by name, so a correction goes into every module that
holds the name, and into the table of API actions.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

from ministack.services.cloudformation import changesets, engine, handlers, helpers, provisioners, stacks

MODULES = (changesets, engine, handlers, helpers, provisioners, stacks)

Function = Callable[..., Any]

_corrections: list[tuple[str, Function]] = []


def corrects(*names: str) -> Callable[[Function], Function]:
    """The decorated function takes the place of ministack's of these names; its first argument is the original."""

    def keep(function: Function) -> Function:
        _corrections.extend((name, function) for name in names)
        return function

    return keep


def apply() -> None:
    """Puts every correction in its place, in the order of their definition."""
    for name, function in _corrections:
        _replace(name, function)
    _corrections.clear()


def _replace(name: str, function: Function) -> None:
    holders = [module for module in MODULES if hasattr(module, name)]
    if not holders:
        raise LookupError(f"ministack has no {name} any more")
    original = getattr(holders[0], name)
    corrected = functools.update_wrapper(functools.partial(function, original), original)
    for module in holders:
        setattr(module, name, corrected)
    actions = handlers._ACTION_HANDLERS
    actions |= {action: corrected for action, handler in actions.items() if handler is original}
