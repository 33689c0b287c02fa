"""What makes a command that runs once and exits quick to start."""

from __future__ import annotations

import gc
import importlib
import os
import sys
import typing
from types import ModuleType
from typing import Any


def be_lean() -> None:
    """Call before the libraries are imported: it keeps out what they load and a render never uses.

    The process is short and its memory small, so cyclic garbage is never worth looking for.
    """
    gc.disable()
    # troposphere's YAML writer, and its serverless resources, of which a template names one class
    _put_off("cfn_flip")
    _put_off("troposphere.serverless", Globals=type("Globals", (), {}))
    # msgspec prefers these three to typing's own, which are the same from Python 3.11 on
    _put_off(
        "typing_extensions",
        get_type_hints=typing.get_type_hints,
        NotRequired=typing.NotRequired,
        Required=typing.Required,
    )
    # msgspec's JSON Schema, and its view of types
    _put_off("textwrap")
    _put_off("msgspec.inspect")
    # uuid, which msgspec knows as a type, and awacs ask these for one thing each
    _put_off("platform", system=lambda: os.uname().sysname)
    _put_off("inspect", getmro=lambda kind: kind.__mro__)


def _put_off(name: str, **known: object) -> None:
    if name not in sys.modules:
        sys.modules[name] = _LoadedWhenUsed(name, known)


class _LoadedWhenUsed(ModuleType):
    """Stands for a module until another attribute of it is asked for than the `known` ones.

    `importlib.util.LazyLoader` loads at the second `import` already, which looks at `__spec__`.
    """

    def __init__(self, name: str, known: dict[str, object]) -> None:
        super().__init__(name)
        self.__dict__.update(known)

    def __getattr__(self, attribute: str) -> Any:
        if attribute.startswith("__"):
            raise AttributeError(attribute)
        if sys.modules.get(self.__name__) is self:
            del sys.modules[self.__name__]
        # Who has imported this one keeps it, and finds all there from now on.
        self.__dict__.update(vars(importlib.import_module(self.__name__)))
        return super().__getattribute__(attribute)
