"""What makes a command that runs once and exits quick to start."""

from __future__ import annotations

import gc
import importlib
import sys
from types import ModuleType
from typing import Any


def be_lean() -> None:
    """Call before troposphere is imported: it loads its YAML writer with itself, which few commands need.

    The process is short and its memory small, so cyclic garbage is never worth looking for.
    """
    gc.disable()
    if "cfn_flip" not in sys.modules:
        sys.modules["cfn_flip"] = _LoadedWhenUsed("cfn_flip")


class _LoadedWhenUsed(ModuleType):
    """Stands for a module until an attribute of it is asked for.

    `importlib.util.LazyLoader` loads at the second `import` already, which looks at `__spec__`.
    """

    def __getattr__(self, attribute: str) -> Any:
        if attribute.startswith("__"):
            raise AttributeError(attribute)
        if sys.modules.get(self.__name__) is self:
            del sys.modules[self.__name__]
        return getattr(importlib.import_module(self.__name__), attribute)
